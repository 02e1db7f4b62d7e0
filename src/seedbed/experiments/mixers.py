"""The models that experiments on mixers compare: each differs from the first in what lets a token read earlier ones."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from seedbed.config import UsageError, unknown_name
from seedbed.models import ModelConfig

# A window of 3 tokens a block reaches as far back as the convolution of `gam`.
CHANGES: dict[str, dict[str, Any]] = {
    "attention": {"mixer": "attention"},
    "attention-window": {"mixer": "attention", "window": (3,)},
    "linear": {"mixer": "linear"},
    "gam": {"mixer": "gam"},
    "mamba": {"mixer": "mamba"},
    "gru": {"mixer": "gru"},
    "lstm": {"mixer": "lstm"},
}
CONVOLUTION = 3  # tokens that GAM's sees


def model_of(name: str, base: ModelConfig) -> ModelConfig:
    """`base` with the mixer of this name."""
    return replace(base, **CHANGES[name])


def check_mixers(names: Sequence[str], base: ModelConfig, known: Sequence[str] = tuple(CHANGES)) -> None:
    """Refuse an unknown name, a name given twice, none at all, and a model that names a mixer itself."""
    if not names or len(set(names)) < len(names):
        raise UsageError(f"mixers names at least one, each once; got {', '.join(names) or 'none'}")
    for name in names:
        if name not in known:
            raise unknown_name("mixer", name, known)
    for name, unset in (("mixer", "attention"), ("window", ()), ("prefix", 0)):
        if getattr(base, name) != unset:
            raise UsageError(f"this experiment sets model.{name} itself: choose by --mixers; got {getattr(base, name)}")


def receptive_field(model: ModelConfig) -> int:
    """Tokens, its own among them, that a position can read of its window; 0 is all."""
    if model.mixer == "gam":
        return 1 if model.gam.paths == "global" else 1 + model.blocks * (CONVOLUTION - 1)
    windows = [model.window_of(block) for block in range(model.blocks)]
    return 1 + sum(window - 1 for window in windows) if model.mixer == "attention" and all(windows) else 0
