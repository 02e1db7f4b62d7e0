"""Long short-term memory: a cell that gates let numbers into, keep and read.

i, f, o = sigmoid(W x + b + U h + c), g = tanh(likewise), c' = f * c + i * g, h' = o * tanh(c'). Source: Hochreiter &
Schmidhuber (1997), with the forget gate of Gers et al. (2000), whose bias starts at 1 so that a cell keeps what it has
(Jozefowicz et al. 2015).
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from seedbed.models.config import ModelConfig
from seedbed.models.layers import Initialiser
from seedbed.models.recurrence import RecurrentMixer, State

FORGET_BIAS = 1.0


class LSTM(RecurrentMixer):
    """Gates in the order input, forget, cell, output, as in PyTorch; the state is h and c."""

    GATES: ClassVar[int] = 4
    STATES: ClassVar[int] = 2

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig, block: int):
        super().__init__(init, key, config, block)
        open_O = jnp.zeros(self.GATES * config.width, jnp.float32).at[config.width : 2 * config.width].set(FORGET_BIAS)
        self.input = eqx.tree_at(lambda layer: layer.bias_O, self.input, open_O)

    @staticmethod
    def step(input_G: tuple[Array, ...], recurrent_G: tuple[Array, ...], state: State) -> State:
        """h' and c'."""
        into, keep, new, out = (a + b for a, b in zip(input_G, recurrent_G, strict=True))
        cell = jax.nn.sigmoid(keep) * state[1] + jax.nn.sigmoid(into) * jnp.tanh(new)
        return jax.nn.sigmoid(out) * jnp.tanh(cell), cell
