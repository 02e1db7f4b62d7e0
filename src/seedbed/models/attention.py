"""Causal multi-head attention, over a whole window or over new tokens with the keys and values of earlier ones.

softmax(q k' / sqrt(s)) v with s the head width, or the whole width as Corpus2GPT has it (Sinha 2024).
"""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.layers import Dense, Initialiser, affine

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
        query_BHTK, new = self._project(x_BTD)
        return self._attend(query_BHTK, new, jnp.arange(x_BTD.shape[-2]))

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: KeysValues, start: int | Int[Array, ""]
    ) -> tuple[Float[Array, "*B T D"], KeysValues]:
        """The same for tokens at places start, start + 1, ..., given the memory of all earlier ones."""
        query_BHTK, new = self._project(x_BTD)

        def write(old_BHSK: Array, new_BHTK: Array) -> Array:
            return jax.lax.dynamic_update_slice_in_dim(old_BHSK, new_BHTK, start, axis=-2)

        memory = KeysValues(write(memory.key_BHSK, new.key_BHSK), write(memory.value_BHSK, new.value_BHSK))
        return self._attend(query_BHTK, memory, start + jnp.arange(x_BTD.shape[-2])), memory

    def empty(self, batch: tuple[int, ...], places: int) -> KeysValues:
        """A memory of nothing, with room for so many tokens."""
        head_width = self.query.weight_IO.shape[1] // self.heads
        nothing_BHSK = jnp.zeros((*batch, self.heads, places, head_width), self.query.weight_IO.dtype)
        return KeysValues(nothing_BHSK, nothing_BHSK)

    def _project(self, x_BTD: Float[Array, "*B T D"]) -> tuple[Float[Array, "*B H T K"], KeysValues]:
        """Queries, keys and values, by one product: three narrow ones take longer."""
        layers = (self.query, self.key, self.value)
        weight_IO = jnp.concatenate([layer.weight_IO for layer in layers], axis=1)
        biases = [layer.bias_O for layer in layers if layer.bias_O is not None]
        joined_BT3D = affine(x_BTD, weight_IO, jnp.concatenate(biases) if biases else None)
        query, key, value = (self._split(each) for each in jnp.split(joined_BT3D, 3, axis=-1))
        return query, KeysValues(key, value)

    def _attend(
        self, query_BHTK: Float[Array, "*B H T K"], memory: KeysValues, place_T: Int[Array, " T"]
    ) -> Float[Array, "*B T D"]:
        heads, _, head_width = query_BHTK.shape[-3:]
        scale = (head_width if self.score_scale == "head" else heads * head_width) ** -0.5
        score_BHTS = (query_BHTK * scale) @ jnp.swapaxes(memory.key_BHSK, -1, -2)
        hidden_TS = jnp.where(place_T[:, None] >= jnp.arange(score_BHTS.shape[-1])[None, :], 0.0, MASKED)
        score_BHTS = score_BHTS + jnp.broadcast_to(hidden_TS.astype(score_BHTS.dtype), score_BHTS.shape)
        # The softmax divides after mixing, on T by K numbers and not on T by S.
        weight_BHTS = jnp.exp(score_BHTS - jax.lax.stop_gradient(score_BHTS.max(axis=-1, keepdims=True)))
        mixed_BHTK = (weight_BHTS @ memory.value_BHSK) * (1 / weight_BHTS.sum(axis=-1, keepdims=True))
        mixed_BTHK = jnp.swapaxes(mixed_BHTK, -2, -3)
        return self.output(mixed_BTHK.reshape(*mixed_BTHK.shape[:-2], heads * head_width))

    def _split(self, x_BTD: Array) -> Float[Array, "*B H T K"]:
        return jnp.swapaxes(x_BTD.reshape(*x_BTD.shape[:-1], self.heads, -1), -2, -3)
