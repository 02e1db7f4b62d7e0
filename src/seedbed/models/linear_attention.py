"""Causal linear attention: no softmax, so all that was read is one matrix a head, however long the text.

y_t = sum over s <= t of (q_t . k_s) v_s / sqrt(scale) = q_t S_t / sqrt(scale), S_t the sum of k_s' v_s; scale as in
attention. Source: Katharopoulos et al. (2020), equation 9, without its feature map and normaliser, as Lemma 2 of Sinha
(2024) has it.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seedbed.models.heads import HeadMixer


class KeyValueSums(eqx.Module):
    """What linear attention remembers: the sum of the products of keys (rows) and values (columns) so far."""

    sum_BHKK: Float[Array, "*B H K K"]


class LinearAttention(HeadMixer):
    """Attention whose weights are the scores themselves; a window goes through it as products of its own length."""

    def __call__(self, x_BTD: Float[Array, "*B T D"], *, prefix: int = 0) -> Float[Array, "*B T D"]:
        """Each position reads itself and all before it."""
        query_BHTK, key_BHTK, value_BHTK = self.project(x_BTD)
        return self.finish(self._within(query_BHTK, key_BHTK, value_BHTK))

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: KeyValueSums, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], KeyValueSums]:
        """The same for new tokens, given the memory of all earlier ones; their places do not matter here."""
        query_BHTK, key_BHTK, value_BHTK = self.project(x_BTD)
        earlier_BHTK = (query_BHTK * self.scale) @ memory.sum_BHKK
        longer = KeyValueSums(memory.sum_BHKK + jnp.swapaxes(key_BHTK, -1, -2) @ value_BHTK)
        return self.finish(earlier_BHTK + self._within(query_BHTK, key_BHTK, value_BHTK)), longer

    def empty(self, batch: tuple[int, ...], places: int) -> KeyValueSums:
        """A memory of nothing; its size does not depend on `places`."""
        shape = (*batch, self.heads, self.head_width, self.head_width)
        return KeyValueSums(jnp.zeros(shape, self.query.weight_IO.dtype))

    def _within(self, query_BHTK: Array, key_BHTK: Array, value_BHTK: Array) -> Float[Array, "*B H T K"]:
        """What the tokens read of each other."""
        return jnp.tril((query_BHTK * self.scale) @ jnp.swapaxes(key_BHTK, -1, -2)) @ value_BHTK
