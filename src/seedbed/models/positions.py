"""Positions that are computed and not learned."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seedbed.models.config import RotaryConfig

LONGEST = 10_000.0  # wavelength over 2 pi of the slowest sinusoid


def sinusoids(place_T: Int[Array, " T"], width: int) -> Float[Array, "T D"]:
    """sin and cos of place / 10000^(2i / D), side by side in pairs (Vaswani et al. 2017, section 3.5)."""
    pair_P = jnp.arange((width + 1) // 2, dtype=jnp.float32)
    angle_TP = place_T.astype(jnp.float32)[:, None] * (LONGEST ** (-2 * pair_P / width))[None, :]
    return jnp.stack([jnp.sin(angle_TP), jnp.cos(angle_TP)], axis=-1).reshape(len(place_T), -1)[:, :width]


def rotated(x_BHTK: Float[Array, "*B T K"], place_T: Int[Array, " T"], rotary: RotaryConfig) -> Float[Array, "*B T K"]:
    """Queries or keys turned by their places (Su et al. 2021, equation 34), so that scores depend on distances alone.

    Number i of a head turns with number i + K/2, as in Hugging Face's Llama; llama2.c turns neighbours 2i and 2i + 1,
    so its weights are brought into this order when read. The angle is place / base^(2i / K). For a longer context
    places are divided by the factor (Chen et al. 2023), or the base becomes base factor^(K / (K - 2)) ("NTK-aware").
    """
    angle_TP = _angles(place_T, x_BHTK.shape[-1], rotary)
    shape = (1,) * (x_BHTK.ndim - 2) + angle_TP.shape
    # Behind the barrier they are computed once a place; fused into the product, once a number of every head and row.
    turns = jax.lax.optimization_barrier((jnp.cos(angle_TP), jnp.sin(angle_TP)))
    cosine, sine = (each.astype(x_BHTK.dtype).reshape(shape) for each in turns)
    left, right = jnp.split(x_BHTK, 2, axis=-1)
    return jnp.concatenate([left * cosine - right * sine, right * cosine + left * sine], axis=-1)


def _angles(place_T: Int[Array, " T"], head_width: int, rotary: RotaryConfig) -> Float[Array, "T P"]:
    base, slower = rotary.base, 1.0
    if rotary.scaling == "linear":
        slower = rotary.factor
    elif head_width > 2:
        base = rotary.base * rotary.factor ** (head_width / (head_width - 2))
    pair_P = jnp.arange(head_width // 2, dtype=jnp.float32)
    return (place_T.astype(jnp.float32) / slower)[:, None] * (base ** (-2 * pair_P / head_width))[None, :]


def local_biases(
    heads: int, groups: int, head_width: int, rotary: RotaryConfig
) -> tuple[Float[Array, "H K"], Float[Array, "G K"]]:
    """Biases of queries and keys with which heads begin by reading the last few tokens, each over another distance.

    A head of strength c has the query bias c (1, .., 1, 0, .., 0) and as key bias the same, turned by one place. Turned
    by their own places, their product at a distance of d is c^2 times the sum over pairs of cos((d - 1) angle): it is
    largest for the token before and falls from there. Keys of a group take the largest strength of its heads.
    """
    strength_GR = jnp.array(local_strengths(heads)).reshape(groups, -1)
    key_G1 = strength_GR.max(axis=1, keepdims=True)
    query_GR = jnp.square(strength_GR) / jnp.where(key_G1 > 0, key_G1, 1.0)
    (angle_P,) = _angles(jnp.ones(1, jnp.int32), head_width, rotary)
    straight_K = jnp.concatenate([jnp.ones_like(angle_P), jnp.zeros_like(angle_P)])
    turned_K = jnp.concatenate([jnp.cos(angle_P), jnp.sin(angle_P)])
    return query_GR.reshape(heads, 1) * straight_K[None, :], key_G1 * turned_K[None, :]


def local_strengths(heads: int) -> tuple[float, ...]:
    """How strongly each head begins with the token before: from 4 down to 1 by equal ratios, the last one not at all.

    >>> local_strengths(4)
    (4.0, 2.0, 1.0, 0.0)
    """
    if heads == 1:
        return (1.0,)
    return (*(4.0 ** (1 - head / max(heads - 2, 1)) for head in range(heads - 1)), 0.0)


def alibi_slopes(heads: int) -> tuple[float, ...]:
    """By how much each head's scores fall a token of distance (Press et al. 2022, section 3).

    2^(-8 h / H) for h = 1..H where H is a power of two; otherwise the slopes of the next smaller power, and of twice it
    every other one, as in the authors' code.

    >>> alibi_slopes(4)
    (0.25, 0.0625, 0.015625, 0.00390625)
    """
    power = 2 ** (heads.bit_length() - 1)
    slopes = tuple(2.0 ** (-8 * (head + 1) / power) for head in range(power))
    return slopes if power == heads else slopes + alibi_slopes(2 * power)[::2][: heads - power]
