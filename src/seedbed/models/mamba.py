"""A selective state space: the input says how far each channel keeps its few numbers of state, and what it adds.

(u, g) = x W_in, u = silu(conv(u)), (d, B, C) = u W_x, s_t = softplus(d W_s + b); h_t = exp(s_t A) h_(t-1) + s_t B_t
u_t, N numbers of state for each of the E channels; y = (C_t . h_t + skip u_t) silu(g) W_out, A = -exp(rate_log).
Source: Gu & Dao (2023), arXiv 2312.00752, section 3 and algorithm 2, sizes and initial values as in its code: d has
ceil(D / 16) numbers, A starts at -1, ..., -N, the time steps softplus(b) between 0.001 and 0.1, evenly on their
logarithm.
"""

from math import ceil, log

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.config import ModelConfig
from seedbed.models.convolution import CausalConvolution
from seedbed.models.layers import Dense, Initialiser, torch_uniform
from seedbed.models.mixer import TokenMixer
from seedbed.models.selective_scan import selective_scan

SHORTEST_STEP, LONGEST_STEP = 1e-3, 1e-1
CHANNELS_A_RATE = 16  # width divided by this is the rank of the map to time steps


class ChannelStates(eqx.Module):
    """What the mixer remembers of the tokens so far: the convolution's last inputs, and the states."""

    input_BSE: Float[Array, "*B S E"]
    state_BNE: Float[Array, "*B N E"]


class Mamba(TokenMixer):
    """The maps of the scan start uniform within 1 / sqrt(inputs) whatever a config's initial weights are."""

    into: Dense
    convolution: CausalConvolution
    selection: Dense
    step: Dense
    rate_log_NE: Float[Array, "N E"]
    skip_E: Float[Array, " E"]
    output: Dense

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig, block: int):
        into, convolution, selection, step, bias, output = jax.random.split(key, 6)
        inner, states, rank = _sizes(config)
        self.into = Dense(init, into, config.width, 2 * inner, bias=config.bias)
        self.convolution = CausalConvolution(convolution, config.mamba.kernel, inner, random_bias=init is torch_uniform)
        self.selection = Dense(_scan_init, selection, inner, rank + 2 * states, bias=False)
        self.step = eqx.tree_at(
            lambda layer: layer.bias_O, Dense(_scan_init, step, rank, inner, bias=True), _first_steps(bias, inner)
        )
        self.rate_log_NE = jnp.broadcast_to(
            jnp.log(jnp.arange(1, states + 1, dtype=jnp.float32))[:, None], (states, inner)
        )
        self.skip_E = jnp.ones(inner, jnp.float32)
        self.output = Dense(init, output, inner, config.width, bias=config.bias, residual=True)

    def __call__(
        self, x_BTD: Float[Array, "*B T D"], *, prefix: int = 0, key: PRNGKeyArray | None = None
    ) -> Float[Array, "*B T D"]:
        """Each position reads itself and, through the states, all before it."""
        return self.extend(x_BTD, self.empty(x_BTD.shape[:-2], 0), 0)[0]

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: ChannelStates, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], ChannelStates]:
        """The same for new tokens, given the states after the one before them; their places do not matter here."""
        u_BTE, gate_BTE = jnp.split(self.into(x_BTD), 2, axis=-1)
        u_BTE, last_BSE = self.convolution.extend(u_BTE, memory.input_BSE)
        u_BTE = jax.nn.silu(u_BTE)
        states = self.rate_log_NE.shape[0]
        low_BTR, write_BTN, read_BTN = jnp.split(
            self.selection(u_BTE), (self.step.weight_IO.shape[0], self.step.weight_IO.shape[0] + states), axis=-1
        )
        step_BTE = jax.nn.softplus(self.step(low_BTR))
        y_BTE, state_BNE = selective_scan(
            u_BTE, step_BTE, -jnp.exp(self.rate_log_NE), write_BTN, read_BTN, memory.state_BNE
        )
        y_BTE = y_BTE + u_BTE * jnp.broadcast_to(self.skip_E, u_BTE.shape)
        return self.output(y_BTE * jax.nn.silu(gate_BTE)), ChannelStates(last_BSE, state_BNE)

    def empty(self, batch: tuple[int, ...], places: int) -> ChannelStates:
        """A memory of nothing; its size does not depend on `places`."""
        nothing_BNE = jnp.zeros((*batch, *self.rate_log_NE.shape), self.rate_log_NE.dtype)
        return ChannelStates(self.convolution.empty(batch), nothing_BNE)

    @classmethod
    def parameters(cls, config: ModelConfig) -> int:
        """Maps in and out, convolution, selection, time steps, rates and skip."""
        width, (inner, states, rank) = config.width, _sizes(config)
        maps = 3 * width * inner + config.bias * (2 * inner + width)
        scan = inner * (rank + 2 * states) + rank * inner + inner + states * inner + inner
        return maps + CausalConvolution.parameters(config.mamba.kernel, inner) + scan

    @classmethod
    def flops(cls, config: ModelConfig, block: int, length: int) -> int:
        """Maps, convolution, and for each of a channel's states a decay, an addition and a reading."""
        del block, length
        width, (inner, states, rank) = config.width, _sizes(config)
        maps = 2 * (3 * width * inner + inner * (rank + 2 * states) + rank * inner)
        return maps + CausalConvolution.flops(config.mamba.kernel, inner) + 6 * inner * states


def _sizes(config: ModelConfig) -> tuple[int, int, int]:
    """E, N and the rank of the map to time steps."""
    return config.mamba.expand * config.width, config.mamba.state, ceil(config.width / CHANNELS_A_RATE)


def _scan_init(key: PRNGKeyArray, inputs: int, outputs: int, *, residual: bool = False) -> Float[Array, "I O"]:
    limit = inputs**-0.5
    return jax.random.uniform(key, (inputs, outputs), jnp.float32, -limit, limit)


def _first_steps(key: PRNGKeyArray, inner: int) -> Float[Array, " E"]:
    """Biases b of which softplus(b) is a time step, drawn evenly on its logarithm."""
    step_E = jnp.exp(jax.random.uniform(key, (inner,), jnp.float32, log(SHORTEST_STEP), log(LONGEST_STEP)))
    return step_E + jnp.log(-jnp.expm1(-step_E))
