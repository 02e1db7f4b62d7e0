"""What attention of every kind has: queries, keys, values and output as separate layers, divided into heads.

Separate layers, so that a clip by variable sees them apart. Fewer heads of keys and values than of queries (G < H) are
grouped-query attention (Ainslie et al. 2023), one is multi-query attention (Shazeer 2019).
"""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from seedbed.models.config import ModelConfig
from seedbed.models.layers import Dense, Initialiser, affine
from seedbed.models.mixer import TokenMixer


class HeadMixer(TokenMixer):
    """The layers, and how a window goes through them; what is done with queries, keys and values is a kind's own."""

    query: Dense
    key: Dense
    value: Dense
    output: Dense
    heads: int = eqx.field(static=True)
    score_scale: Literal["head", "width", "none"] = eqx.field(static=True)

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig, block: int):
        del block
        query, keys, value, output = jax.random.split(key, 4)
        width, bias, own = config.width, config.has_qkv_bias, config.groups * config.head_width
        self.query = Dense(init, query, width, width, bias=bias)
        self.key = Dense(init, keys, width, own, bias=bias)
        self.value = Dense(init, value, width, own, bias=bias)
        self.output = Dense(init, output, width, width, bias=config.bias, residual=True)
        self.heads = config.heads
        self.score_scale = config.score_scale

    @classmethod
    def parameters(cls, config: ModelConfig) -> int:
        """Four maps, those of keys and values as narrow as their heads."""
        width, own = config.width, config.groups * config.head_width
        weights = 2 * width * width + 2 * width * own
        return weights + (width + 2 * own) * config.has_qkv_bias + width * config.bias

    @classmethod
    def flops(cls, config: ModelConfig, block: int, length: int) -> int:
        """The maps, and a whole window's queries with its keys and scores with its values."""
        del block
        width, own = config.width, config.groups * config.head_width
        return 2 * (2 * width * width + 2 * width * own) + 4 * length * width

    @property
    def head_width(self) -> int:
        """K."""
        return self.query.weight_IO.shape[1] // self.heads

    @property
    def groups(self) -> int:
        """G."""
        return self.key.weight_IO.shape[1] // self.head_width

    @property
    def scale(self) -> float:
        """What scores are multiplied by."""
        if self.score_scale == "none":
            return 1.0
        return (self.head_width if self.score_scale == "head" else self.heads * self.head_width) ** -0.5

    def project(self, x_BTD: Float[Array, "*B T D"]) -> tuple[Float[Array, "*B _ T K"], ...]:
        """Queries, keys and values, by one product: three narrow ones take longer."""
        layers = (self.query, self.key, self.value)
        weight_IO = jnp.concatenate([layer.weight_IO for layer in layers], axis=1)
        biases = [layer.bias_O for layer in layers if layer.bias_O is not None]
        joined_BTO = affine(x_BTD, weight_IO, jnp.concatenate(biases) if biases else None)
        if self.groups == self.heads:
            return tuple(self._split(each) for each in jnp.split(joined_BTO, 3, axis=-1))
        ends = (self.query.weight_IO.shape[1], self.query.weight_IO.shape[1] + self.key.weight_IO.shape[1])
        return tuple(self._split(each) for each in jnp.split(joined_BTO, ends, axis=-1))

    def finish(self, mixed_BHTK: Float[Array, "*B H T K"]) -> Float[Array, "*B T D"]:
        """The heads side by side, through the output layer."""
        mixed_BTHK = jnp.swapaxes(mixed_BHTK, -2, -3)
        return self.output(mixed_BTHK.reshape(*mixed_BTHK.shape[:-2], self.heads * self.head_width))

    def _split(self, x_BTO: Array) -> Float[Array, "*B _ T K"]:
        heads = x_BTO.shape[-1] // self.head_width
        return jnp.swapaxes(x_BTO.reshape(*x_BTO.shape[:-1], heads, self.head_width), -2, -3)
