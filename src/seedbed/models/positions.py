"""Positions that are computed and not learned."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

LONGEST = 10_000.0  # wavelength over 2 pi of the slowest sinusoid


def sinusoids(place_T: Int[Array, " T"], width: int) -> Float[Array, "T D"]:
    """sin and cos of place / 10000^(2i / D), side by side in pairs (Vaswani et al. 2017, section 3.5)."""
    pair_P = jnp.arange((width + 1) // 2, dtype=jnp.float32)
    angle_TP = place_T.astype(jnp.float32)[:, None] * (LONGEST ** (-2 * pair_P / width))[None, :]
    return jnp.stack([jnp.sin(angle_TP), jnp.cos(angle_TP)], axis=-1).reshape(len(place_T), -1)[:, :width]
