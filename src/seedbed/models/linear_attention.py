"""Causal linear attention: no softmax, so all that was read is one matrix a head, however long the text.

y_t = sum over s <= t of (q_t . k_s) v_s / sqrt(scale) = q_t S_t / sqrt(scale), S_t the sum of k_s' v_s; scale as in
attention. Source: Katharopoulos et al. (2020), equation 9, without its feature map and normaliser, as Lemma 2 of Sinha
(2024) has it. A long window goes through in chunks, each reading the sum before it (Hua et al. 2022, section 3.2).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.config import ModelConfig
from seedbed.models.heads import HeadMixer

WHOLE = 256  # tokens up to which a window is one product of its own length
CHUNK = 64  # tokens of each product of a longer one


class KeyValueSums(eqx.Module):
    """What linear attention remembers: the sum of the products of keys (rows) and values (columns) so far."""

    sum_BHKK: Float[Array, "*B H K K"]


class LinearAttention(HeadMixer):
    """Attention whose weights are the scores themselves: a window's time and memory grow with its length."""

    def __call__(
        self, x_BTD: Float[Array, "*B T D"], *, prefix: int = 0, key: PRNGKeyArray | None = None
    ) -> Float[Array, "*B T D"]:
        """Each position reads itself and all before it."""
        if x_BTD.shape[-2] > WHOLE:
            return self.extend(x_BTD, self.empty(x_BTD.shape[:-2], 0), 0)[0]
        return self.finish(self._within(*self.project(x_BTD)))

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: KeyValueSums, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], KeyValueSums]:
        """The same for new tokens, given the memory of all earlier ones; their places do not matter here."""
        projected = self.project(x_BTD)
        if x_BTD.shape[-2] <= WHOLE:
            mixed_BHTK, sum_BHKK = self._after(memory.sum_BHKK, *projected)
            return self.finish(mixed_BHTK), KeyValueSums(sum_BHKK)
        tokens = x_BTD.shape[-2]
        # Zeros are read by nobody and add nothing to the sums.
        filled = tuple(_filled(each_BHTK, -tokens % CHUNK) for each_BHTK in projected)
        chunks = tuple(each.reshape(*each.shape[:-2], -1, CHUNK, each.shape[-1]) for each in filled)

        def chunk(sum_BHKK: Array, now: tuple[Array, ...]) -> tuple[Array, Array]:
            mixed_BHTK, sum_BHKK = self._after(sum_BHKK, *now)
            return sum_BHKK, mixed_BHTK

        sum_BHKK, mixed_CBHTK = jax.lax.scan(
            chunk, memory.sum_BHKK, tuple(jnp.moveaxis(each, -3, 0) for each in chunks)
        )
        mixed_BHCTK = jnp.moveaxis(mixed_CBHTK, 0, -3)
        mixed_BHTK = mixed_BHCTK.reshape(*mixed_BHCTK.shape[:-3], -1, self.head_width)[..., :tokens, :]
        return self.finish(mixed_BHTK), KeyValueSums(sum_BHKK)

    def empty(self, batch: tuple[int, ...], places: int) -> KeyValueSums:
        """A memory of nothing; its size does not depend on `places`."""
        shape = (*batch, self.heads, self.head_width, self.head_width)
        return KeyValueSums(jnp.zeros(shape, jnp.float32))

    @classmethod
    def flops(cls, config: ModelConfig, block: int, length: int) -> int:
        """The maps, and the products of a window with itself, or of a chunk with itself and the sums before it."""
        maps = super().flops(config, block, 0)
        if length <= WHOLE:
            return maps + 4 * length * config.width
        return maps + 4 * CHUNK * config.width + 4 * config.head_width * config.width

    def _after(self, sum_BHKK: Array, query_BHTK: Array, key_BHTK: Array, value_BHTK: Array) -> tuple[Array, Array]:
        """What the tokens read of earlier ones and of each other, and the longer sum."""
        earlier_BHTK = (query_BHTK * self.scale) @ sum_BHKK
        longer_BHKK = sum_BHKK + jnp.swapaxes(key_BHTK, -1, -2) @ value_BHTK
        return earlier_BHTK + self._within(query_BHTK, key_BHTK, value_BHTK), longer_BHKK

    def _within(self, query_BHTK: Array, key_BHTK: Array, value_BHTK: Array) -> Float[Array, "*B H T K"]:
        """What the tokens read of each other."""
        return jnp.tril((query_BHTK * self.scale) @ jnp.swapaxes(key_BHTK, -1, -2)) @ value_BHTK


def _filled(x_BHTK: Array, more: int) -> Array:
    """With so many tokens of zeros at its end."""
    return jnp.pad(x_BHTK, [(0, 0)] * (x_BHTK.ndim - 2) + [(0, more), (0, 0)])
