"""Gated associative memory: a short convolution, and a memory that every token looks itself up in.

local = a causal convolution of each channel, global = softmax(x M') M with M learned, S rows of width D; y =
sigmoid(g_l) * local + sigmoid(g_g) * global, (g_l, g_g) = x W + b. Only the convolution moves anything from token to
token: a stack of L such mixers reads the last 1 + 2 L tokens and nothing before them. Source: Acharya (2025), arXiv
2509.00605, section 3 and its ablations: the sum without gates, and either path alone.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.config import ModelConfig
from seedbed.models.convolution import CausalConvolution
from seedbed.models.layers import Dense, Initialiser, affine
from seedbed.models.mixer import TokenMixer

KERNEL = 3  # tokens that the convolution sees


class LastInputs(eqx.Module):
    """What the mixer remembers of the tokens so far: as many inputs as the convolution looks back; none without one."""

    input_BSD: Float[Array, "*B S D"] | None


class GatedAssociativeMemory(TokenMixer):
    """A part that a config leaves out is None. The memory starts Glorot uniform, as in the paper's code."""

    local: CausalConvolution | None
    memory_SD: Float[Array, "S D"] | None
    gate: Dense | None

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig, block: int):
        local, memory, gate = jax.random.split(key, 3)
        width, paths = config.width, config.gam.paths
        self.local = CausalConvolution(local, KERNEL, width) if paths != "global" else None
        limit = (6 / (config.gam.slots + width)) ** 0.5
        self.memory_SD = (
            jax.random.uniform(memory, (config.gam.slots, width), jnp.float32, -limit, limit)
            if paths != "local"
            else None
        )
        self.gate = Dense(init, gate, width, 2 * width, bias=True) if _is_gated(config) else None

    def __call__(self, x_BTD: Float[Array, "*B T D"], *, prefix: int = 0) -> Float[Array, "*B T D"]:
        """Each position reads itself, the two before it, and the memory."""
        return self.extend(x_BTD, self.empty(x_BTD.shape[:-2], 0), 0)[0]

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: LastInputs, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], LastInputs]:
        """The same for new tokens, given the last inputs before them; their places do not matter here."""
        if self.local is None or memory.input_BSD is None:
            return self._global(x_BTD), memory
        local_BTD, last_BSD = self.local.extend(x_BTD, memory.input_BSD)
        if self.memory_SD is None:
            return local_BTD, LastInputs(last_BSD)
        if self.gate is None:
            return local_BTD + self._global(x_BTD), LastInputs(last_BSD)
        local_gate_BTD, global_gate_BTD = jnp.split(jax.nn.sigmoid(self.gate(x_BTD)), 2, axis=-1)
        return local_gate_BTD * local_BTD + global_gate_BTD * self._global(x_BTD), LastInputs(last_BSD)

    def empty(self, batch: tuple[int, ...], places: int) -> LastInputs:
        """A memory of nothing; its size does not depend on `places`."""
        return LastInputs(self.local.empty(batch) if self.local is not None else None)

    @classmethod
    def parameters(cls, config: ModelConfig) -> int:
        """Convolution, memory and gates, as far as the config has them."""
        width, paths = config.width, config.gam.paths
        local = CausalConvolution.parameters(KERNEL, width) if paths != "global" else 0
        memory = config.gam.slots * width if paths != "local" else 0
        return local + memory + _is_gated(config) * (2 * width * width + 2 * width)

    @classmethod
    def flops(cls, config: ModelConfig, block: int, length: int) -> int:
        """The convolution, two products with the memory, and the gates' map: the same at any length."""
        del block, length
        width, paths = config.width, config.gam.paths
        local = CausalConvolution.flops(KERNEL, width) if paths != "global" else 0
        memory = 4 * config.gam.slots * width if paths != "local" else 0
        return local + memory + _is_gated(config) * 4 * width * width

    def _global(self, x_BTD: Array) -> Float[Array, "*B T D"]:
        assert self.memory_SD is not None
        share_BTS = jax.nn.softmax(affine(x_BTD, self.memory_SD.T, None), axis=-1)
        return affine(share_BTS, self.memory_SD, None)


def _is_gated(config: ModelConfig) -> bool:
    """Only both paths together are weighed."""
    return config.gam.gated and config.gam.paths == "both"
