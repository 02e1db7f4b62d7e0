"""A gated recurrent unit: the state is a mean of itself and a candidate, weighed number by number.

r, z = sigmoid(W x + b + U h + c), n = tanh(W_n x + b_n + r * (U_n h + c_n)), h' = (1 - z) * n + z * h. Source: Cho et
al. (2014), arXiv 1406.1078, section 2.3, in the form of cuDNN and PyTorch: the reset gate r acts after the product
with U.
"""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array

from seedbed.models.recurrence import RecurrentMixer, State


class GRU(RecurrentMixer):
    """Gates in the order reset, update, candidate; the state is h."""

    GATES: ClassVar[int] = 3
    STATES: ClassVar[int] = 1

    @staticmethod
    def step(input_G: tuple[Array, ...], recurrent_G: tuple[Array, ...], state: State) -> State:
        """h'."""
        reset, update = (jax.nn.sigmoid(a + b) for a, b in zip(input_G[:2], recurrent_G[:2], strict=True))
        candidate = jnp.tanh(input_G[2] + reset * recurrent_G[2])
        return (candidate + update * (state[0] - candidate),)
