"""What every token mixer has: queries, keys, values and output as separate layers, divided into heads.

A mixer lets a position read itself and all before it, over a whole window or over new tokens with a memory of earlier
ones. Separate layers, so that a clip by variable sees them apart.
"""

from abc import abstractmethod
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.layers import Dense, Initialiser, affine


class TokenMixer(eqx.Module):
    """The layers, and how a window goes through them; what is done with queries, keys and values is a kind's own."""

    query: Dense
    key: Dense
    value: Dense
    output: Dense
    heads: int = eqx.field(static=True)
    score_scale: Literal["head", "width"] = eqx.field(static=True)

    def __init__(
        self,
        init: Initialiser,
        key: PRNGKeyArray,
        *,
        width: int,
        heads: int,
        bias: bool,
        score_scale: Literal["head", "width"],
    ):
        query, keys, value, output = jax.random.split(key, 4)
        self.query = Dense(init, query, width, width, bias=bias)
        self.key = Dense(init, keys, width, width, bias=bias)
        self.value = Dense(init, value, width, width, bias=bias)
        self.output = Dense(init, output, width, width, bias=bias, residual=True)
        self.heads = heads
        self.score_scale = score_scale

    @abstractmethod
    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """Each position reads itself and all before it."""

    @abstractmethod
    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: Any, start: int | Int[Array, ""]
    ) -> tuple[Float[Array, "*B T D"], Any]:
        """The same for tokens at places start, start + 1, ..., given the memory of all earlier ones."""

    @abstractmethod
    def empty(self, batch: tuple[int, ...], places: int) -> Any:
        """A memory of nothing, with room for so many tokens."""

    @property
    def head_width(self) -> int:
        """K."""
        return self.query.weight_IO.shape[1] // self.heads

    @property
    def scale(self) -> float:
        """What scores are multiplied by."""
        return (self.head_width if self.score_scale == "head" else self.heads * self.head_width) ** -0.5

    def project(self, x_BTD: Float[Array, "*B T D"]) -> tuple[Float[Array, "*B H T K"], ...]:
        """Queries, keys and values, by one product: three narrow ones take longer."""
        layers = (self.query, self.key, self.value)
        weight_IO = jnp.concatenate([layer.weight_IO for layer in layers], axis=1)
        biases = [layer.bias_O for layer in layers if layer.bias_O is not None]
        joined_BT3D = affine(x_BTD, weight_IO, jnp.concatenate(biases) if biases else None)
        return tuple(self._split(each) for each in jnp.split(joined_BT3D, 3, axis=-1))

    def finish(self, mixed_BHTK: Float[Array, "*B H T K"]) -> Float[Array, "*B T D"]:
        """The heads side by side, through the output layer."""
        mixed_BTHK = jnp.swapaxes(mixed_BHTK, -2, -3)
        return self.output(mixed_BTHK.reshape(*mixed_BTHK.shape[:-2], self.heads * self.head_width))

    def _split(self, x_BTD: Array) -> Float[Array, "*B H T K"]:
        return jnp.swapaxes(x_BTD.reshape(*x_BTD.shape[:-1], self.heads, -1), -2, -3)
