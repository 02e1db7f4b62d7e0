"""A recurrent cell over a window: what each token adds is one product over all of them, the rest is a loop over time.

state_t = step(x_t W + b, h_(t-1) U + c, state_(t-1)), the first part of a state being h. A gradient written by hand,
which takes that of U as one product over all tokens, was not faster on a CPU.
"""

from abc import abstractmethod
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.config import ModelConfig
from seedbed.models.layers import Dense, Initialiser
from seedbed.models.mixer import TokenMixer

State = tuple[Array, ...]


class RecurrentMixer(TokenMixer):
    """A mixer that is a cell: gates are slices of width D of one map of the input and one of the last output.

    Both have biases whatever a config says, as the cells are defined with them. h lies in (-1, 1) and goes into the
    residual stream as it is, without a map of its own: the block's feed-forward layer follows. Recurrent weights start
    uniform within 1 / sqrt(D), PyTorch's default for cells.
    """

    input: Dense
    recurrent: Dense

    GATES: ClassVar[int]
    STATES: ClassVar[int]

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig, block: int):
        inputs, recurrent = jax.random.split(key)
        width = config.width
        self.input = Dense(init, inputs, width, self.GATES * width, bias=True)
        self.recurrent = Dense(_cell_init, recurrent, width, self.GATES * width, bias=True)

    @staticmethod
    @abstractmethod
    def step(input_G: tuple[Array, ...], recurrent_G: tuple[Array, ...], state: State) -> State:
        """The next state from the gates' sums, number by number."""

    def __call__(
        self, x_BTD: Float[Array, "*B T D"], *, prefix: int = 0, key: PRNGKeyArray | None = None
    ) -> Float[Array, "*B T D"]:
        """Each position reads itself and, through the state, all before it."""
        return self.extend(x_BTD, self.empty(x_BTD.shape[:-2], 0), 0)[0]

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: State, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], State]:
        """The same for new tokens, given the state after the one before them; their places do not matter here."""

        def one(state: State, input_BO: Array) -> tuple[State, Array]:
            recurrent_BO = self.recurrent(state[0])
            state = self.step(self._gates(input_BO), self._gates(recurrent_BO), state)
            return state, state[0]

        state, h_TBD = jax.lax.scan(one, memory, jnp.moveaxis(self.input(x_BTD), -2, 0))
        return jnp.moveaxis(h_TBD, 0, -2), state

    def empty(self, batch: tuple[int, ...], places: int) -> State:
        """The state before the first token, zeros; its size does not depend on `places`."""
        width = self.recurrent.weight_IO.shape[0]
        return (jnp.zeros((*batch, width), self.recurrent.weight_IO.dtype),) * self.STATES

    @classmethod
    def parameters(cls, config: ModelConfig) -> int:
        """Two maps with biases."""
        return 2 * cls.GATES * (config.width * config.width + config.width)

    @classmethod
    def flops(cls, config: ModelConfig, block: int, length: int) -> int:
        """Two maps, the same at any length."""
        del block, length
        return 4 * cls.GATES * config.width * config.width

    def _gates(self, sum_BO: Array) -> tuple[Array, ...]:
        return tuple(jnp.split(sum_BO, self.GATES, axis=-1))


def _cell_init(key: PRNGKeyArray, inputs: int, outputs: int, *, residual: bool = False) -> Float[Array, "I O"]:
    limit = inputs**-0.5
    return jax.random.uniform(key, (inputs, outputs), jnp.float32, -limit, limit)
