"""Models by name, with the sizes of the sources."""

from seedbed.config.nearest import look_up
from seedbed.models.config import ModelConfig

_PAPER = ModelConfig(
    feed_forward=5,
    context=45,
    norm_order="post",
    norm="layer",
    bias=True,
    activation="gelu",
    activation_after=True,
    score_scale="width",
    spare_classes=1,
    init="keras",
)


def paper(width: int, blocks: int, heads: int, context: int = 45) -> ModelConfig:
    """The paper's block at any size: post-norm, GELU also after the second dense layer, scores over sqrt(width)."""
    return ModelConfig(**{**vars(_PAPER), "width": width, "blocks": blocks, "heads": heads, "context": context})


PRESETS = {
    "tiny": ModelConfig(),
    "paper-3.1": paper(400, 2, 20),
    "paper-3.2": paper(900, 3, 30),
}


def preset(name: str) -> ModelConfig:
    """A model by name; an unknown one is refused with the nearest known name."""
    return look_up("model preset", name, PRESETS)
