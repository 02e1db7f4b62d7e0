from .cloze import cloze_probes as cloze_probes
from .cloze import minimal_pairs as minimal_pairs
from .cloze import story_probes as story_probes
from .corpus import CorpusConfig as CorpusConfig
from .corpus import Document as Document
from .documents import documents as documents
from .fact_probes import fact_probes as fact_probes
from .probes import (
    Probe as Probe,
)
from .probes import (
    ProbeSet as ProbeSet,
)
from .probes import (
    encoded as encoded,
)
from .probes import (
    keep_probes as keep_probes,
)
from .probes import (
    kept_probes as kept_probes,
)
from .sliding import (
    SlidingWindows as SlidingWindows,
)
from .sliding import (
    chosen_documents as chosen_documents,
)
from .sliding import (
    documents_of as documents_of,
)
from .sliding import (
    sliding_blocks as sliding_blocks,
)
from .sliding import (
    sliding_windows as sliding_windows,
)
from .splits import Overlap as Overlap
from .splits import split_of as split_of
from .story_questions import StoryQuestion as StoryQuestion
from .story_questions import story_questions as story_questions
from .story_world import (
    Facts as Facts,
)
from .story_world import (
    Story as Story,
)
from .story_world import (
    StoryWorldConfig as StoryWorldConfig,
)
from .story_world import (
    facts as facts,
)
from .story_world import (
    stories as stories,
)
from .story_world import (
    story as story,
)
from .text_config import SplitSize as SplitSize
from .text_config import TextConfig as TextConfig
from .text_config import cache_of as cache_of
from .text_config import text_of as text_of
from .token_cache import TokenCache as TokenCache
from .token_cache import prepare as prepare
from .token_files import TokenSplit as TokenSplit
from .windows import TextBatches as TextBatches
from .windows import TextWindows as TextWindows
