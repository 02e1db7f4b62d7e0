"""Channel mixers, the feed-forward layers of a block: every position by itself.

The MLP is W2 act(W1 x), in the paper act(W2 act(W1 x)); SwiGLU is W2 (silu(W1 x) * W3 x) (Shazeer 2020).
"""

from abc import abstractmethod

import equinox as eqx
import jax
from jaxtyping import Array, Float, PRNGKeyArray

from seedbed.models.config import ModelConfig
from seedbed.models.layers import Dense, Initialiser, activate


class Routing(eqx.Module):
    """Of each window: the share of its choices that fell on each of N experts, and the mean chance it was given."""

    chosen_BN: Float[Array, "*B N"]
    chance_BN: Float[Array, "*B N"]


class ChannelMixer(eqx.Module):
    """What a block asks of its channel mixer."""

    @abstractmethod
    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig): ...

    @abstractmethod
    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """Apply to every position."""

    def routing(self, x_BTD: Float[Array, "*B T D"]) -> "Routing | None":
        """How tokens were sent to experts, where there are any."""
        del x_BTD
        return None

    @classmethod
    @abstractmethod
    def parameters(cls, config: ModelConfig) -> int:
        """How many numbers it learns, by formula."""

    @classmethod
    @abstractmethod
    def flops(cls, config: ModelConfig) -> int:
        """Forward operations per token of its matrix products, a multiply-add as two."""


class FeedForward(ChannelMixer):
    """The MLP."""

    inner: Dense
    outer: Dense
    config: ModelConfig = eqx.field(static=True)

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig):
        inner, outer = jax.random.split(key)
        self.inner = Dense(init, inner, config.width, config.inner, bias=config.bias)
        self.outer = Dense(init, outer, config.inner, config.width, bias=config.bias, residual=True)
        self.config = config

    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """W2 act(W1 x)."""
        y_BTD = self.outer(activate(self.config.activation, self.inner(x_BTD)))
        return activate(self.config.activation, y_BTD) if self.config.activation_after else y_BTD

    @classmethod
    def parameters(cls, config: ModelConfig) -> int:
        """Two maps."""
        return 2 * config.width * config.inner + config.bias * (config.inner + config.width)

    @classmethod
    def flops(cls, config: ModelConfig) -> int:
        """Two maps."""
        return 4 * config.width * config.inner


class SwiGLU(ChannelMixer):
    """W2 (silu(W1 x) * W3 x)."""

    inner: Dense
    gate: Dense
    outer: Dense

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig):
        inner, gate, outer = jax.random.split(key, 3)
        self.inner = Dense(init, inner, config.width, config.inner, bias=config.bias)
        self.gate = Dense(init, gate, config.width, config.inner, bias=config.bias)
        self.outer = Dense(init, outer, config.inner, config.width, bias=config.bias, residual=True)

    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """The gate is `silu`, what it lets through is `inner`."""
        return self.outer(jax.nn.silu(self.gate(x_BTD)) * self.inner(x_BTD))

    @classmethod
    def parameters(cls, config: ModelConfig) -> int:
        """Three maps."""
        return 3 * config.width * config.inner + config.bias * (2 * config.inner + config.width)

    @classmethod
    def flops(cls, config: ModelConfig) -> int:
        """Three maps."""
        return 6 * config.width * config.inner
