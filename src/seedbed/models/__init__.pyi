from .channels import Routing as Routing
from .config import (
    ExpertsConfig as ExpertsConfig,
)
from .config import (
    GamConfig as GamConfig,
)
from .config import (
    MambaConfig as MambaConfig,
)
from .config import (
    ModelConfig as ModelConfig,
)
from .config import (
    RotaryConfig as RotaryConfig,
)
from .config import (
    check_all_meant as check_all_meant,
)
from .counts import flops_per_token as flops_per_token
from .counts import parameter_count as parameter_count
from .decoding import generate as generate
from .decoding import stream as stream
from .decoding import surplus as surplus
from .language_model import (
    LanguageModel as LanguageModel,
)
from .language_model import (
    in_bfloat16 as in_bfloat16,
)
from .language_model import (
    scaled as scaled,
)
from .language_model import (
    weight_matrices as weight_matrices,
)
from .mixer import TokenMixer as TokenMixer
from .presets import PRESETS as PRESETS
from .presets import Preset as Preset
from .presets import paper as paper
from .presets import preset as preset
from .registry import CHANNELS as CHANNELS
from .registry import MIXERS as MIXERS
from .sampling import Sampling as Sampling
from .weights import (
    array_shapes as array_shapes,
)
from .weights import (
    named_arrays as named_arrays,
)
from .weights import (
    restored as restored,
)
from .weights import (
    with_arrays as with_arrays,
)
