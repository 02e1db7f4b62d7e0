"""What a language model is built from: one frozen config, every choice a named option.

The axes, used as suffixes in this layer: M members, B batch, T time, D width, H heads, G heads of keys and values, K
head width, F feed-forward width, V vocabulary, L layers, S places of a memory, E channels inside a
mixer, N states a channel, J taps of a convolution.
"""

from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

from seedbed.config.errors import UsageError, shown

MixerName = Literal["attention", "linear", "gam", "mamba", "gru", "lstm"]
HEADED = ("attention", "linear")  # mixers that divide the width into heads
ChannelsName = Literal["mlp", "swiglu", "experts", "none"]


@dataclass(frozen=True)
class RotaryConfig:
    """Rotary positions. base: base of the wavelengths.  scaling: how a longer context is reached, by dividing the
    positions (linear) or by raising the base (ntk).  factor: by which factor the context is longer.
    """

    base: float = 10_000.0
    scaling: Literal["linear", "ntk"] = "linear"
    factor: float = 1.0

    def __post_init__(self) -> None:
        if not (isfinite(self.base) and self.base > 1):
            raise UsageError(f"model.rotary.base must be a finite number above 1, got {self.base}")
        if not (isfinite(self.factor) and self.factor >= 1):
            raise UsageError(f"model.rotary.factor must be a finite number of at least 1, got {self.factor}")


@dataclass(frozen=True)
class GamConfig:
    """Gated associative memory. slots: rows of the memory.  paths: the convolution, the memory, or both.  gated:
    whether the two paths are weighted by gates of the input or added; a single path has no gate.  reads: what a row of
    the memory holds: its learned weights (as in the paper), or what earlier tokens wrote there.
    """

    slots: int = 512
    paths: Literal["both", "local", "global"] = "both"
    gated: bool = True
    reads: Literal["weights", "context"] = "weights"

    def __post_init__(self) -> None:
        if self.slots < 1:
            raise UsageError(f"model.gam.slots must be at least 1, got {self.slots}")


@dataclass(frozen=True)
class MambaConfig:
    """A selective state space. state: size of the state per channel.  kernel: width of the convolution in tokens.
    expand: number of channels as a multiple of the model width.
    """

    state: int = 16
    kernel: int = 4
    expand: int = 2

    def __post_init__(self) -> None:
        for name in ("state", "kernel", "expand"):
            if getattr(self, name) < 1:
                raise UsageError(f"model.mamba.{name} must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True)
class ExpertsConfig:
    """A mixture of experts. number: number of experts.  used: experts used per token.  balance: weight of the loss that
    balances the use of the experts.  kind: architecture of each expert.
    """

    number: int = 4
    used: int = 2
    balance: float = 0.01
    kind: Literal["mlp", "swiglu"] = "mlp"

    def __post_init__(self) -> None:
        if not 1 <= self.used <= self.number:
            raise UsageError(f"model.experts.used must lie in 1..{self.number}, the number of experts, got {self.used}")
        if not (isfinite(self.balance) and self.balance >= 0):
            raise UsageError(f"model.experts.balance must be a finite number of 0 or more, got {self.balance}")


@dataclass(frozen=True)
class ModelConfig:
    """A decoder-only language model: embedding, blocks, head.

    width: model width (D).  blocks: number of blocks (L).  heads: number of heads (H) of attention and linear
    attention; other mixers ignore it.  feed_forward: width of the feed-forward layer (F) as a multiple of D.  context:
    longest input in tokens.  norm_order: `pre` (x + f(norm(x)), with a final norm before the head), `post` (norm(x +
    f(x)), without one), `sandwich` (x + norm(f(norm(x))), with a final norm), `shared` (pre, with one norm for both
    parts of a block) or `bare` (f(x) alone without a residual, with a final norm).  norm: LayerNorm or RMSNorm.  bias:
    whether linear maps have a bias.  activation: activation function of the feed-forward layer.  activation_after:
    whether the activation is also applied to the output of the feed-forward layer.  score_scale: attention scores are
    divided by the square root of the head width, by that of the model width, or not at all.  positions: learned
    embeddings, fixed sinusoids, rotations of queries and keys, biases that decrease with distance (ALiBi), or none.
    spare_classes: additional outputs of the head beyond the vocabulary.  init: initial weights as in GPT-2, or the
    defaults of Keras or PyTorch.  mixer: the part of a block that lets a token read earlier ones.  channels: type of
    the feed-forward layer.  hidden: width of the feed-forward layer itself; 0 means feed_forward times D.
    key_value_heads: number of heads for keys and values (G), a divisor of H; 0 means H.  window: number of tokens that
    attention sees, including the current one, with one value for all blocks or several used in turn; 0 means all.
    prefix: number of first tokens of a window that see each other in both directions.  qkv_bias: whether the maps to
    queries, keys and values have a bias; none follows bias.  local_start: whether those biases make heads start with
    attention to the preceding tokens instead of a mean over all.  head_bias: whether the output head has a bias; none
    follows bias.  tied: whether the output head shares its weights with the embedding.  norm_epsilon: constant added to
    the variance in a norm.  dropout: dropout rate after the embedding and the feed-forward layer.  mixer_dropout:
    dropout rate of the mixer's output.  attention_dropout: dropout rate of attention weights.  position_std: standard
    deviation of the initial position embeddings; none follows init.  scaled_residuals: which maps into the residual
    stream have smaller initial weights, as in GPT-2: those of mixers and feed-forward layers, those of mixers alone, or
    none.
    """

    width: int = 64
    blocks: int = 2
    heads: int = 4
    feed_forward: int = 4
    context: int = 40
    norm_order: Literal["pre", "post", "sandwich", "shared", "bare"] = "pre"
    norm: Literal["layer", "rms"] = "rms"
    bias: bool = False
    activation: Literal["gelu", "gelu-tanh", "relu2", "silu"] = "relu2"
    activation_after: bool = False
    score_scale: Literal["head", "width", "none"] = "head"
    positions: Literal["learned", "sinusoidal", "rotary", "alibi", "none"] = "learned"
    spare_classes: int = 0
    init: Literal["gpt", "keras", "torch"] = "gpt"
    mixer: MixerName = "attention"
    channels: ChannelsName = "mlp"
    hidden: int = 0
    key_value_heads: int = 0
    window: tuple[int, ...] = ()
    prefix: int = 0
    qkv_bias: bool | None = None
    local_start: bool = False
    head_bias: bool | None = None
    tied: bool = False
    norm_epsilon: float = 1e-6
    dropout: float = 0.0
    mixer_dropout: float = 0.0
    attention_dropout: float = 0.0
    position_std: float | None = None
    scaled_residuals: Literal["all", "mixer", "none"] = "all"
    rotary: RotaryConfig = field(default_factory=RotaryConfig)
    gam: GamConfig = field(default_factory=GamConfig)
    mamba: MambaConfig = field(default_factory=MambaConfig)
    experts: ExpertsConfig = field(default_factory=ExpertsConfig)

    def __post_init__(self) -> None:
        for name in ("width", "blocks", "heads", "feed_forward", "context"):
            if getattr(self, name) < 1:
                raise UsageError(f"model.{name} must be at least 1, got {getattr(self, name)}")
        for name in ("spare_classes", "hidden", "key_value_heads", "prefix"):
            if getattr(self, name) < 0:
                raise UsageError(f"model.{name} must be 0 or more, got {getattr(self, name)}")
        if self.mixer in HEADED and self.width % self.heads:
            raise UsageError(
                f"model.heads must divide model.width: {self.heads} heads do not divide a width of {self.width}; try "
                f"{_largest_divisor(self.width, self.heads)}"
            )
        if self.heads % self.groups:
            raise UsageError(
                f"model.key_value_heads must divide model.heads: {self.groups} do not divide {self.heads}; try "
                f"{_largest_divisor(self.heads, self.groups)}"
            )
        if any(each < 0 for each in self.window):
            raise UsageError(
                f"model.window must hold numbers of 0 or more, 0 for all tokens, got {shown(list(self.window))}"
            )
        if self.prefix >= self.context:
            raise UsageError(
                f"model.prefix must leave a token of the context of {self.context} to predict, got {self.prefix}"
            )
        for name in ("dropout", "mixer_dropout", "attention_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(f"model.{name} must lie in 0..1 (1 left out), got {getattr(self, name)}")
        self._check_init()
        if not (isfinite(self.norm_epsilon) and self.norm_epsilon > 0):
            raise UsageError(f"model.norm_epsilon must be a finite number above 0, got {self.norm_epsilon}")
        if self.positions == "rotary":
            self._check_rotary()
        if self.local_start and not (self.mixer == "attention" and self.positions == "rotary" and self.has_qkv_bias):
            raise UsageError(
                "model.local_start needs rotations and biases of queries and keys: set model.positions to rotary and "
                "model.qkv_bias to true and use the mixer attention, or omit it"
            )
        if self.tied and self.spare_classes:
            raise UsageError(
                f"a tied head has no spare classes: set model.spare_classes to 0; got {self.spare_classes}"
            )
        self._check_attention_only()
        self._check_channels_only()

    def _check_init(self) -> None:
        if self.position_std is not None:
            if not (isfinite(self.position_std) and self.position_std >= 0):
                raise UsageError(f"model.position_std must be a finite number of 0 or more, got {self.position_std}")
            if self.positions != "learned":
                raise UsageError(f"model.position_std needs the positions learned, got {self.positions}: omit it")
        if self.scaled_residuals != "all" and self.init != "gpt":
            raise UsageError(f"model.scaled_residuals needs the init gpt, got {self.init}: omit it")

    def _check_rotary(self) -> None:
        if self.head_width % 2:
            raise UsageError(
                f"rotary positions rotate pairs of numbers: width divided by heads must be even, got {self.width} and "
                f"{self.heads}"
            )
        if self.rotary.scaling == "ntk" and self.head_width == 2 and self.rotary.factor > 1:
            raise UsageError(
                "model.rotary.scaling ntk stretches the slower of several wavelengths: width divided by heads must be "
                f"at least 4, got {self.width} and {self.heads}; use linear"
            )

    def _check_attention_only(self) -> None:
        """What means something to softmax attention alone is refused with another mixer, not ignored."""
        if self.mixer == "attention":
            return
        default = {"key_value_heads": 0, "window": (), "prefix": 0, "qkv_bias": None, "attention_dropout": 0.0}
        for name, unset in default.items():
            if getattr(self, name) != unset:
                raise UsageError(f"model.{name} needs the mixer attention, got {self.mixer}: omit it")
        if self.positions in ("rotary", "alibi"):
            raise UsageError(
                f"model.positions {self.positions} needs the mixer attention, got {self.mixer}: use learned or none"
            )

    def _check_channels_only(self) -> None:
        """What means something to one kind of feed-forward layer is refused with another, not ignored."""
        if self.channels != "experts" and self.experts != ExpertsConfig():
            raise UsageError(f"model.experts needs the channels experts, got {self.channels}: omit its settings")
        if self.channels == "none" and self.hidden:
            raise UsageError(f"model.hidden needs a feed-forward layer, got the channels none and {self.hidden}")

    @property
    def head_width(self) -> int:
        """K."""
        return self.width // self.heads

    @property
    def groups(self) -> int:
        """G, how many heads of keys and values there are."""
        return self.key_value_heads or self.heads

    @property
    def inner(self) -> int:
        """F."""
        return self.hidden or self.feed_forward * self.width

    @property
    def has_qkv_bias(self) -> bool:
        """Whether queries, keys and values add one."""
        return self.bias if self.qkv_bias is None else self.qkv_bias

    @property
    def has_head_bias(self) -> bool:
        """Whether the head adds one."""
        return self.bias if self.head_bias is None else self.head_bias

    @property
    def drops(self) -> bool:
        """Whether training drops numbers anywhere."""
        return self.dropout > 0 or self.mixer_dropout > 0 or self.attention_dropout > 0

    def window_of(self, block: int) -> int:
        """Tokens that attention of this block sees; 0 is all."""
        return self.window[block % len(self.window)] if self.window else 0


def check_all_meant(config: ModelConfig) -> None:
    """Refuse settings of a mixer, or of positions, that this model does not have.

    No rule of `ModelConfig` itself: the base that experiments on mixers start from may hold settings of several.
    """
    for name, unset, choice, chosen in (
        ("gam", GamConfig(), "mixer", config.mixer),
        ("mamba", MambaConfig(), "mixer", config.mixer),
        ("rotary", RotaryConfig(), "positions", config.positions),
    ):
        if chosen != name and getattr(config, name) != unset:
            raise UsageError(f"model.{name} needs model.{choice} {name}, got {chosen}: omit its settings")


def _largest_divisor(number: int, most: int) -> int:
    return max(each for each in range(1, most + 1) if number % each == 0)
