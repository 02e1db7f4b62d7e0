"""Causal multi-head attention, over a whole window or over new tokens with the keys and values of earlier ones.

softmax(q k' / sqrt(s)) v with s the head width, or the whole width as Corpus2GPT has it (Sinha 2024).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seedbed.models.heads import HeadMixer

MASKED = -1e30  # finite, so that a row of masked scores has no NaN


class KeysValues(eqx.Module):
    """What attention remembers of the tokens so far: S places, filled from the left."""

    key_BHSK: Float[Array, "*B H S K"]
    value_BHSK: Float[Array, "*B H S K"]


class Attention(HeadMixer):
    """Softmax attention."""

    def __call__(self, x_BTD: Float[Array, "*B T D"], *, prefix: int = 0) -> Float[Array, "*B T D"]:
        """Each position attends to itself and all before it."""
        query_BHTK, key_BHTK, value_BHTK = self.project(x_BTD)
        return self._attend(query_BHTK, KeysValues(key_BHTK, value_BHTK), jnp.arange(x_BTD.shape[-2]))

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: KeysValues, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], KeysValues]:
        """The same for tokens at places start, start + 1, ..., given the memory of all earlier ones."""
        query_BHTK, key_BHTK, value_BHTK = self.project(x_BTD)

        def write(old_BHSK: Array, new_BHTK: Array) -> Array:
            return jax.lax.dynamic_update_slice_in_dim(old_BHSK, new_BHTK, start, axis=-2)

        memory = KeysValues(write(memory.key_BHSK, key_BHTK), write(memory.value_BHSK, value_BHTK))
        return self._attend(query_BHTK, memory, start + jnp.arange(x_BTD.shape[-2])), memory

    def empty(self, batch: tuple[int, ...], places: int) -> KeysValues:
        """A memory of nothing, with room for so many tokens."""
        nothing_BHSK = jnp.zeros((*batch, self.heads, places, self.head_width), self.query.weight_IO.dtype)
        return KeysValues(nothing_BHSK, nothing_BHSK)

    def _attend(
        self, query_BHTK: Float[Array, "*B H T K"], memory: KeysValues, place_T: Int[Array, " T"]
    ) -> Float[Array, "*B T D"]:
        score_BHTS = (query_BHTK * self.scale) @ jnp.swapaxes(memory.key_BHSK, -1, -2)
        hidden_TS = jnp.where(place_T[:, None] >= jnp.arange(score_BHTS.shape[-1])[None, :], 0.0, MASKED)
        score_BHTS = score_BHTS + jnp.broadcast_to(hidden_TS.astype(score_BHTS.dtype), score_BHTS.shape)
        # The softmax divides after mixing, on T by K numbers and not on T by S.
        weight_BHTS = jnp.exp(score_BHTS - jax.lax.stop_gradient(score_BHTS.max(axis=-1, keepdims=True)))
        return self.finish((weight_BHTS @ memory.value_BHSK) * (1 / weight_BHTS.sum(axis=-1, keepdims=True)))
