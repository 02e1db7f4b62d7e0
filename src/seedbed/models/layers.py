"""The small parts of a model: dense layers, norms, activations, initial weights; any leading batch axes go through.

A token's embedding is a product with its one-hot vector: for a vocabulary of tens this is faster than a gather, whose
gradient is a scatter. Initial weights: `keras` is Glorot uniform, zero bias, embeddings U(-0.05, 0.05); `gpt` is
N(0, 0.02), and 0.02 / sqrt(2 L) for what writes into the residual stream (Radford et al. 2019); `torch` is what
PyTorch does unasked: weights and biases of dense layers U(-1 / sqrt(inputs), 1 / sqrt(inputs)), embeddings N(0, 1), but
an embedding that is tied to a head has the head's weights, U(-1 / sqrt(D), 1 / sqrt(D)).
"""

from typing import Literal, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt

NORM_EPSILON = 1e-6  # Keras's, so the paper's
GPT_INIT_DEVIATION = 0.02
KERAS_EMBEDDING_LIMIT = 0.05
ONE_HOT_ROWS = 1024  # of an embedding table, up to which a product is not slower than a gather

Activation = Literal["gelu", "gelu-tanh", "relu2", "silu"]
Init = Literal["gpt", "keras", "torch"]


@runtime_checkable
class Initialiser(Protocol):
    """How weight matrices are drawn."""

    def __call__(self, key: PRNGKeyArray, inputs: int, outputs: int, *, residual: bool = False) -> Float[Array, "I O"]:
        """A matrix of shape (inputs, outputs); `residual` marks one that writes into the residual stream."""
        ...


def initialiser(kind: Init, blocks: int, *, scale_residual: bool = True) -> Initialiser:
    """The initialiser of dense layers. scale_residual: whether GPT-2's starts maps into the residual stream smaller."""

    def gpt(key: PRNGKeyArray, inputs: int, outputs: int, *, residual: bool = False) -> Float[Array, "I O"]:
        smaller = residual and scale_residual
        deviation = GPT_INIT_DEVIATION / (2 * blocks) ** 0.5 if smaller else GPT_INIT_DEVIATION
        return deviation * jax.random.normal(key, (inputs, outputs), jnp.float32)

    def keras(key: PRNGKeyArray, inputs: int, outputs: int, *, residual: bool = False) -> Float[Array, "I O"]:
        limit = (6 / (inputs + outputs)) ** 0.5
        return jax.random.uniform(key, (inputs, outputs), jnp.float32, -limit, limit)

    return {"gpt": gpt, "keras": keras, "torch": torch_uniform}[kind]


def torch_uniform(key: PRNGKeyArray, inputs: int, outputs: int, *, residual: bool = False) -> Float[Array, "I O"]:
    """PyTorch's dense layers; their biases are drawn alike."""
    del residual
    return jax.random.uniform(key, (inputs, outputs), jnp.float32, -(inputs**-0.5), inputs**-0.5)


def embedding_table(
    key: PRNGKeyArray, kind: Init, rows: int, width: int, *, tied: bool = False, deviation: float | None = None
) -> Float[Array, "R D"]:
    """Initial token or position embeddings.

    tied: whether the table is the head's matrix too: in PyTorch, where `embedding.weight = head.weight` is written when
    both are made, it then starts as the head does. deviation: N(0, deviation) in place of the kind's own.
    """
    if deviation is not None:
        return deviation * jax.random.normal(key, (rows, width), jnp.float32)
    if kind == "keras":
        return jax.random.uniform(key, (rows, width), jnp.float32, -KERAS_EMBEDDING_LIMIT, KERAS_EMBEDDING_LIMIT)
    if kind == "torch" and tied:
        return torch_uniform(key, width, rows).T
    return (1.0 if kind == "torch" else GPT_INIT_DEVIATION) * jax.random.normal(key, (rows, width), jnp.float32)


class Dense(eqx.Module):
    """y = x W (+ b)."""

    weight_IO: Float[Array, "I O"]
    bias_O: Float[Array, " O"] | None

    def __init__(
        self, init: Initialiser, key: PRNGKeyArray, inputs: int, outputs: int, *, bias: bool, residual: bool = False
    ):
        self.weight_IO = init(key, inputs, outputs, residual=residual)
        self.bias_O = jnp.zeros(outputs, jnp.float32) if bias else None
        if bias and init is torch_uniform:
            limit, own = inputs**-0.5, jax.random.fold_in(key, 1)
            self.bias_O = jax.random.uniform(own, (outputs,), jnp.float32, -limit, limit)

    def __call__(self, x_BTI: Float[Array, "*B I"]) -> Float[Array, "*B O"]:
        """Apply to every position."""
        return affine(x_BTI, self.weight_IO, self.bias_O)


def affine(
    x_BTI: Float[Array, "*B I"], weight_IO: Float[Array, "I O"], bias_O: Float[Array, " O"] | None
) -> Float[Array, "*B O"]:
    """x W (+ b) with all positions as rows of one matrix: its gradient is then one product too.

    The CPU compiler computes that 1.6 times faster than a product over two axes. A matrix of fewer digits is multiplied
    in its own type and added up in that of x.
    """
    x_NI = x_BTI.reshape(-1, x_BTI.shape[-1])
    if weight_IO.dtype == x_NI.dtype:
        y_NO = x_NI @ _upright(weight_IO)
    else:
        y_NO = jnp.matmul(x_NI.astype(weight_IO.dtype), _upright(weight_IO), preferred_element_type=x_NI.dtype)
    y_NO = y_NO if bias_O is None else y_NO + bias_O[None, :]
    return y_NO.reshape(*x_BTI.shape[:-1], weight_IO.shape[1])


def _upright(weight_IO: Float[Array, "I O"]) -> Float[Array, "I O"]:
    """The same matrix; a tall one is read through its transpose, so that its gradient is computed as a wide matrix.

    The CPU compiler needs 1.7 times as long for a gradient of (256, 64) as for one of (64, 256).
    """
    if weight_IO.shape[0] <= weight_IO.shape[1]:
        return weight_IO
    return jax.lax.optimization_barrier(weight_IO.T).T


class Norm(eqx.Module):
    """LayerNorm (Ba et al. 2016) or RMSNorm (Zhang & Sennrich 2019) over the width."""

    scale_D: Float[Array, " D"]
    shift_D: Float[Array, " D"] | None
    epsilon: float = eqx.field(static=True)

    def __init__(self, kind: Literal["layer", "rms"], width: int, epsilon: float = NORM_EPSILON):
        self.epsilon = epsilon
        self.scale_D = jnp.ones(width, jnp.float32)
        self.shift_D = jnp.zeros(width, jnp.float32) if kind == "layer" else None

    def __call__(self, x_BTD: Float[Array, "*B D"]) -> Float[Array, "*B D"]:
        """Apply to every position."""
        if self.shift_D is None:
            mean_square_BT1 = jnp.mean(x_BTD * x_BTD, axis=-1, keepdims=True)
            return x_BTD * jax.lax.rsqrt(mean_square_BT1 + self.epsilon) * _over(self.scale_D, x_BTD)
        centred_BTD = x_BTD - jnp.mean(x_BTD, axis=-1, keepdims=True)
        variance_BT1 = jnp.mean(centred_BTD * centred_BTD, axis=-1, keepdims=True)
        scaled_BTD = centred_BTD * jax.lax.rsqrt(variance_BT1 + self.epsilon) * _over(self.scale_D, x_BTD)
        return scaled_BTD + _over(self.shift_D, x_BTD)


def activate(kind: Activation, x_BTF: Float[Array, "*B F"]) -> Float[Array, "*B F"]:
    """Exact GELU (erf) or its tanh form, SiLU, or ReLU squared (So et al. 2021), which costs no transcendental."""
    if kind in ("gelu", "gelu-tanh"):
        return jax.nn.gelu(x_BTF, approximate=kind == "gelu-tanh")
    return jax.nn.silu(x_BTF) if kind == "silu" else jnp.square(jax.nn.relu(x_BTF))


def dropout(x_BTD: Float[Array, "*B D"], rate: float, key: PRNGKeyArray | None) -> Float[Array, "*B D"]:
    """Dropout (Srivastava et al. 2014): each number is 0 with probability `rate`, the rest grow by as much.

    Without a key none is. The word that decides about a number is a hash of one random word of its row and one of its
    column: JAX's generator for each number would take as long as the layers whose numbers are dropped.
    """
    if key is None or not rate:
        return x_BTD
    kept_BTD = _hashed_bits(key, x_BTD.shape) >= jnp.uint32(round(rate * 2**32))
    return jnp.where(kept_BTD, x_BTD / (1 - rate), jnp.zeros((), x_BTD.dtype))


def _hashed_bits(key: PRNGKeyArray, shape: tuple[int, ...]) -> UInt[Array, "*B D"]:
    """32 bits for each number: the finaliser of MurmurHash3 (Appleby 2008) over the sum of a row's and a column's."""
    rows, columns = jax.random.split(key)
    mixed = jax.random.bits(rows, (*shape[:-1], 1), jnp.uint32) + jax.random.bits(
        columns, (1,) * (len(shape) - 1) + shape[-1:], jnp.uint32
    )
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed = (mixed ^ (mixed >> jnp.uint32(shift))) * jnp.uint32(factor)
    return mixed ^ (mixed >> jnp.uint32(16))


def embed(table_VD: Float[Array, "V D"], tokens_BT: Int[Array, "*B"]) -> Float[Array, "*B D"]:
    """Rows of the table; of a small one as a product with one-hot vectors, but for single tokens, as in decoding."""
    if table_VD.shape[0] > ONE_HOT_ROWS or tokens_BT.shape[-1:] == (1,):
        return jnp.take(table_VD, tokens_BT, axis=0, mode="clip")
    one_hot_NV = jax.nn.one_hot(tokens_BT.reshape(-1), table_VD.shape[0], dtype=table_VD.dtype)
    return (one_hot_NV @ table_VD).reshape(*tokens_BT.shape, -1)


def _over(vector_D: Array, x_BTD: Array) -> Array:
    """A vector with the leading axes of `x_BTD`, each of length 1."""
    return vector_D.reshape((1,) * (x_BTD.ndim - 1) + vector_D.shape)
