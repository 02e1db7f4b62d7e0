"""Causal multi-head attention, over a whole window or over new tokens with the keys and values of earlier ones.

softmax(q k' / sqrt(s)) v with s the head width, or the whole width as Corpus2GPT has it (Sinha 2024).
"""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.layers import Dense, Initialiser

MASKED = -1e30  # finite, so that a row of masked scores has no NaN


class KeysValues(eqx.Module):
    """What attention remembers of the tokens so far: S places, filled from the left."""

    key_BHSK: Float[Array, "*B H S K"]
    value_BHSK: Float[Array, "*B H S K"]


class Attention(eqx.Module):
    """One token mixer; q, k, v and output are separate layers, so a clip by variable sees them apart."""

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

    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """Each position attends to itself and all before it."""
        new = KeysValues(self._split(self.key(x_BTD)), self._split(self.value(x_BTD)))
        return self._attend(x_BTD, new, jnp.arange(x_BTD.shape[-2]))

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: KeysValues, start: int | Int[Array, ""]
    ) -> tuple[Float[Array, "*B T D"], KeysValues]:
        """The same for tokens at places start, start + 1, ..., given the memory of all earlier ones."""

        def write(old: Array, new: Array) -> Array:
            return jax.lax.dynamic_update_slice_in_dim(old, self._split(new), start, axis=-2)

        memory = KeysValues(write(memory.key_BHSK, self.key(x_BTD)), write(memory.value_BHSK, self.value(x_BTD)))
        return self._attend(x_BTD, memory, start + jnp.arange(x_BTD.shape[-2])), memory

    def empty(self, batch: tuple[int, ...], places: int) -> KeysValues:
        """A memory of nothing, with room for so many tokens."""
        head_width = self.query.weight_IO.shape[1] // self.heads
        nothing_BHSK = jnp.zeros((*batch, self.heads, places, head_width), self.query.weight_IO.dtype)
        return KeysValues(nothing_BHSK, nothing_BHSK)

    def _attend(self, x_BTD: Array, memory: KeysValues, place_T: Array) -> Float[Array, "*B T D"]:
        query_BHTK = self._split(self.query(x_BTD))
        width = x_BTD.shape[-1]
        scale = (width // self.heads if self.score_scale == "head" else width) ** -0.5
        score_BHTS = (query_BHTK * scale) @ jnp.swapaxes(memory.key_BHSK, -1, -2)
        visible_TS = place_T[:, None] >= jnp.arange(score_BHTS.shape[-1])[None, :]
        visible_BHTS = jnp.broadcast_to(visible_TS, score_BHTS.shape)
        weight_BHTS = jax.nn.softmax(jnp.where(visible_BHTS, score_BHTS, MASKED), axis=-1)
        mixed_BTHK = jnp.swapaxes(weight_BHTS @ memory.value_BHSK, -2, -3)
        return self.output(mixed_BTHK.reshape(*x_BTD.shape))

    def _split(self, x_BTD: Array) -> Float[Array, "*B H T K"]:
        return jnp.swapaxes(x_BTD.reshape(*x_BTD.shape[:-1], self.heads, -1), -2, -3)
