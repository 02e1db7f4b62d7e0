"""What a language model is built from: one frozen config, every choice a named option.

The axes, used as suffixes in this layer: M members, B batch, T time, D width, H heads, K head width, F feed-forward
width, V vocabulary, L layers.
"""

from dataclasses import dataclass
from typing import Literal

from seedbed.config.errors import UsageError
from seedbed.config.nearest import look_up


@dataclass(frozen=True)
class ModelConfig:
    """A decoder-only language model: embedding, blocks, head.

    width: D.  blocks: L.  heads: H.  feed_forward: F as a multiple of D.  context: longest input in tokens.
    norm_order: `pre` (x + f(norm(x)), a last norm before the head) or `post` (norm(x + f(x)), none before the head).
    norm: LayerNorm or RMSNorm.  bias: whether linear maps add one.  activation: inside the feed-forward layer.
    activation_after: whether the feed-forward output passes the activation once more.  score_scale: attention scores
    are divided by the square root of the head width or of the whole width.  positions: learned embeddings, or none.
    spare_classes: head outputs beyond the vocabulary.  init: GPT-2's, or Keras's defaults.  mixer: softmax attention,
    or causal linear attention, which has no softmax.
    """

    width: int = 64
    blocks: int = 2
    heads: int = 4
    feed_forward: int = 4
    context: int = 40
    norm_order: Literal["pre", "post"] = "pre"
    norm: Literal["layer", "rms"] = "rms"
    bias: bool = False
    activation: Literal["gelu", "relu2"] = "relu2"
    activation_after: bool = False
    score_scale: Literal["head", "width"] = "head"
    positions: Literal["learned", "none"] = "learned"
    spare_classes: int = 0
    init: Literal["gpt", "keras"] = "gpt"
    mixer: Literal["attention", "linear"] = "attention"

    def __post_init__(self) -> None:
        for name in ("width", "blocks", "heads", "feed_forward", "context"):
            if getattr(self, name) < 1:
                raise UsageError(f"model.{name} must be at least 1, got {getattr(self, name)}")
        if self.width % self.heads:
            raise UsageError(
                f"model.heads must divide model.width: {self.heads} heads do not divide a width of {self.width}; try "
                f"{max(h for h in range(1, self.heads + 1) if self.width % h == 0)}"
            )
        if self.spare_classes < 0:
            raise UsageError(f"model.spare_classes must be 0 or more, got {self.spare_classes}")


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


def parameter_count(config: ModelConfig, vocabulary: int) -> int:
    """How many numbers the model learns, by formula; `paper-3.1` with vocabulary 30 has 4,533,631."""
    width, hidden = config.width, config.feed_forward * config.width
    bias = 1 if config.bias else 0
    norm = width * (2 if config.norm == "layer" else 1)
    block = 4 * (width * width + bias * width) + 2 * width * hidden + bias * (hidden + width) + 2 * norm
    embeddings = (vocabulary + (config.context if config.positions == "learned" else 0)) * width
    last_norm = norm if config.norm_order == "pre" else 0
    classes = vocabulary + config.spare_classes
    return embeddings + config.blocks * block + last_norm + (width + bias) * classes


def flops_per_token(config: ModelConfig, vocabulary: int) -> int:
    """Forward operations a token at full context, a multiply-add as two; training costs three times this.

    Both mixers multiply a whole window's queries with its keys, and the scores with its values.
    """
    width = config.width
    block = 2 * (4 * width * width + 2 * config.feed_forward * width * width) + 4 * config.context * width
    return config.blocks * block + 2 * width * (vocabulary + config.spare_classes)
