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
    head_width = x_BHTK.shape[-1]
    base, slower = rotary.base, 1.0
    if rotary.scaling == "linear":
        slower = rotary.factor
    elif head_width > 2:
        base = rotary.base * rotary.factor ** (head_width / (head_width - 2))
    pair_P = jnp.arange(head_width // 2, dtype=jnp.float32)
    angle_TP = (place_T.astype(jnp.float32) / slower)[:, None] * (base ** (-2 * pair_P / head_width))[None, :]
    shape = (1,) * (x_BHTK.ndim - 2) + angle_TP.shape
    # Behind the barrier they are computed once a place; fused into the product, once a number of every head and row.
    turns = jax.lax.optimization_barrier((jnp.cos(angle_TP), jnp.sin(angle_TP)))
    cosine, sine = (each.astype(x_BHTK.dtype).reshape(shape) for each in turns)
    left, right = jnp.split(x_BHTK, 2, axis=-1)
    return jnp.concatenate([left * cosine - right * sine, right * cosine + left * sine], axis=-1)


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
