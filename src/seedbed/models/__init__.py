"""Layer `models`: language models from named parts, their presets and counts, and decoding with a cache."""

from seedbed.models.channels import Routing
from seedbed.models.config import ExpertsConfig, GamConfig, MambaConfig, ModelConfig, RotaryConfig, check_all_meant
from seedbed.models.counts import flops_per_token, parameter_count
from seedbed.models.decoding import generate, stream, surplus
from seedbed.models.language_model import LanguageModel, in_bfloat16, scaled, weight_matrices
from seedbed.models.mixer import TokenMixer
from seedbed.models.presets import PRESETS, Preset, paper, preset
from seedbed.models.registry import CHANNELS, MIXERS
from seedbed.models.sampling import Sampling
from seedbed.models.weights import array_shapes, named_arrays, restored, with_arrays

__all__ = [
    "CHANNELS",
    "MIXERS",
    "PRESETS",
    "ExpertsConfig",
    "GamConfig",
    "LanguageModel",
    "MambaConfig",
    "ModelConfig",
    "Preset",
    "RotaryConfig",
    "Routing",
    "Sampling",
    "TokenMixer",
    "array_shapes",
    "check_all_meant",
    "flops_per_token",
    "generate",
    "in_bfloat16",
    "named_arrays",
    "paper",
    "parameter_count",
    "preset",
    "restored",
    "scaled",
    "stream",
    "surplus",
    "weight_matrices",
    "with_arrays",
]
