"""Gated associative memory: a short convolution, and a memory that every token looks itself up in.

local = a causal convolution of each channel, global = softmax(x M') M with M learned, S rows of width D; y =
sigmoid(g_l) * local + sigmoid(g_g) * global, (g_l, g_g) = x W + b. Only the convolution moves anything from token to
token: a stack of L such mixers reads the last 1 + 2 L tokens and nothing before them. Source: Acharya (2025), arXiv
2509.00605, section 3 and its ablations: the sum without gates, and either path alone.

Mended (`GamConfig.reads` is `context`; ours) the memory holds what was read: with shares f_t = softmax(x_t M' /
sqrt(D)) each token writes itself into the rows, and global_t = sum over s <= t of (f_t . f_s) x_s / sum of (f_t . f_s):
the normalised linear attention of Katharopoulos et al. (2020), equation 9, queries tied to keys, with f as its map.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.config import ModelConfig
from seedbed.models.convolution import CausalConvolution
from seedbed.models.layers import Dense, Initialiser, affine, torch_uniform
from seedbed.models.mixer import TokenMixer

KERNEL = 3  # tokens that the convolution sees


class LastInputs(eqx.Module):
    """What the mixer remembers of the tokens so far: as many inputs as the convolution looks back; none without one.

    written_BSD, shares_BS: what the tokens wrote into the rows of the memory, and their shares summed; none where the
    memory is not written.
    """

    input_BJD: Float[Array, "*B J D"] | None
    written_BSD: Float[Array, "*B S D"] | None = None
    shares_BS: Float[Array, "*B S"] | None = None


class GatedAssociativeMemory(TokenMixer):
    """A part that a config leaves out is None. The memory starts Glorot uniform, as in the paper's code."""

    local: CausalConvolution | None
    memory_SD: Float[Array, "S D"] | None
    gate: Dense | None
    written: bool = eqx.field(static=True)

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig, block: int):
        local, memory, gate = jax.random.split(key, 3)
        width, paths = config.width, config.gam.paths
        self.local = (
            CausalConvolution(local, KERNEL, width, random_bias=init is torch_uniform) if paths != "global" else None
        )
        limit = (6 / (config.gam.slots + width)) ** 0.5
        self.memory_SD = (
            jax.random.uniform(memory, (config.gam.slots, width), jnp.float32, -limit, limit)
            if paths != "local"
            else None
        )
        self.written = config.gam.reads == "context"
        self.gate = Dense(init, gate, width, 2 * width, bias=True) if _is_gated(config) else None

    def __call__(
        self, x_BTD: Float[Array, "*B T D"], *, prefix: int = 0, key: PRNGKeyArray | None = None
    ) -> Float[Array, "*B T D"]:
        """Each position reads itself, the two before it, and the memory."""
        return self.extend(x_BTD, self.empty(x_BTD.shape[:-2], 0), 0)[0]

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: LastInputs, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], LastInputs]:
        """The same for new tokens, given the last inputs before them; their places do not matter here."""
        global_BTD, memory = self._global(x_BTD, memory)
        if self.local is None or memory.input_BJD is None:
            assert global_BTD is not None
            return global_BTD, memory
        local_BTD, last_BJD = self.local.extend(x_BTD, memory.input_BJD)
        memory = LastInputs(last_BJD, memory.written_BSD, memory.shares_BS)
        if global_BTD is None:
            return local_BTD, memory
        if self.gate is None:
            return local_BTD + global_BTD, memory
        local_gate_BTD, global_gate_BTD = jnp.split(jax.nn.sigmoid(self.gate(x_BTD)), 2, axis=-1)
        return local_gate_BTD * local_BTD + global_gate_BTD * global_BTD, memory

    def empty(self, batch: tuple[int, ...], places: int) -> LastInputs:
        """A memory of nothing; its size does not depend on `places`."""
        inputs_BJD = self.local.empty(batch) if self.local is not None else None
        if self.memory_SD is None or not self.written:
            return LastInputs(inputs_BJD)
        kind = self.memory_SD.dtype
        return LastInputs(
            inputs_BJD, jnp.zeros((*batch, *self.memory_SD.shape), kind), jnp.zeros((*batch, len(self.memory_SD)), kind)
        )

    @classmethod
    def parameters(cls, config: ModelConfig) -> int:
        """Convolution, memory and gates, as far as the config has them."""
        width, paths = config.width, config.gam.paths
        local = CausalConvolution.parameters(KERNEL, width) if paths != "global" else 0
        memory = config.gam.slots * width if paths != "local" else 0
        return local + memory + _is_gated(config) * (2 * width * width + 2 * width)

    @classmethod
    def flops(cls, config: ModelConfig, block: int, length: int) -> int:
        """The convolution, the gates' map, and two products with the memory, the same at any length; of a memory that
        is written three (addressing, reading, writing), and the products of a window with itself.
        """
        del block
        width, paths = config.width, config.gam.paths
        local = CausalConvolution.flops(KERNEL, width) if paths != "global" else 0
        memory = 4 * config.gam.slots * width if paths != "local" else 0
        if config.gam.reads == "context" and memory:
            memory = 6 * config.gam.slots * width + 2 * length * (config.gam.slots + width)
        return local + memory + _is_gated(config) * 4 * width * width

    def _global(self, x_BTD: Array, memory: LastInputs) -> tuple[Float[Array, "*B T D"] | None, LastInputs]:
        """What each token finds in the memory, and the memory after these tokens."""
        if self.memory_SD is None:
            return None, memory
        scores_BTS = affine(x_BTD, self.memory_SD.T, None)
        if memory.written_BSD is None or memory.shares_BS is None:
            return affine(jax.nn.softmax(scores_BTS, axis=-1), self.memory_SD, None), memory
        share_BTS = jax.nn.softmax(scores_BTS * self.memory_SD.shape[1] ** -0.5, axis=-1)
        alike_BTT = jnp.tril(share_BTS @ jnp.swapaxes(share_BTS, -1, -2))
        read_BTD = alike_BTT @ x_BTD + share_BTS @ memory.written_BSD
        weight_BT1 = alike_BTT.sum(axis=-1, keepdims=True) + share_BTS @ memory.shares_BS[..., None]
        written_BSD = memory.written_BSD + jnp.swapaxes(share_BTS, -1, -2) @ x_BTD
        return read_BTD / weight_BT1, LastInputs(
            memory.input_BJD, written_BSD, memory.shares_BS + share_BTS.sum(axis=-2)
        )


def _is_gated(config: ModelConfig) -> bool:
    """Only both paths together are weighed."""
    return config.gam.gated and config.gam.paths == "both"
