"""How many numbers per model learns and how many operations it takes, by formula: the sum of its parts' own."""

from seedbed.models.config import ModelConfig
from seedbed.models.registry import CHANNELS, MIXERS

NORMS = {"pre": 2, "post": 2, "sandwich": 4, "shared": 1, "bare": 0}  # of a block with a channel mixer


def parameter_count(config: ModelConfig, vocabulary: int) -> int:
    """How many numbers the model learns; `paper-3.1` with vocabulary 30 has 4,533,631."""
    width = config.width
    norm = norm_width(config)
    block = MIXERS[config.mixer].parameters(config) + norms_of_a_block(config) * norm
    if config.channels != "none":
        block += CHANNELS[config.channels].parameters(config)
    embeddings = (vocabulary + (config.context if config.positions == "learned" else 0)) * width
    last_norm = norm if config.norm_order != "post" else 0
    classes = vocabulary + config.spare_classes
    head = (0 if config.tied else classes * width) + config.has_head_bias * classes
    return embeddings + config.blocks * block + last_norm + head


def norm_width(config: ModelConfig) -> int:
    """How many numbers one norm learns."""
    return config.width * (2 if config.norm == "layer" else 1)


def norms_of_a_block(config: ModelConfig) -> int:
    """How many norms stand in one."""
    norms = NORMS[config.norm_order]
    return norms if config.channels != "none" else (norms + 1) // 2


def flops_per_token(config: ModelConfig, vocabulary: int, length: int | None = None) -> int:
    """Forward operations per token of a window of `length`, by default the context, a multiply-add as two.

    Training costs three times this. Norms, activations and softmax are left out.
    """
    length = config.context if length is None else length
    mixers = sum(MIXERS[config.mixer].flops(config, block, length) for block in range(config.blocks))
    channels = 0 if config.channels == "none" else config.blocks * CHANNELS[config.channels].flops(config)
    return mixers + channels + 2 * config.width * (vocabulary + config.spare_classes)
