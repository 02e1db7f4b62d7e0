"""Layer `models`: language models from named parts, their presets and counts, and decoding with a cache."""

from seedbed.models.config import PRESETS, ModelConfig, flops_per_token, paper, parameter_count, preset
from seedbed.models.language_model import LanguageModel, scaled
from seedbed.models.mixer import TokenMixer
from seedbed.models.weights import named_arrays, with_arrays

__all__ = [
    "PRESETS",
    "LanguageModel",
    "ModelConfig",
    "TokenMixer",
    "flops_per_token",
    "named_arrays",
    "paper",
    "parameter_count",
    "preset",
    "scaled",
    "with_arrays",
]
