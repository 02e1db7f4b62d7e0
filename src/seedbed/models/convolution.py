"""A causal convolution of each channel by itself: a token's own number and those of the few tokens before it.

y_t = b + sum over j of w_j x_(t - J + 1 + j), J the kernel's length, with zeros before the first token.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


class CausalConvolution(eqx.Module):
    """Its weights start as PyTorch's do, uniform within 1 / sqrt(J), its biases at 0 or, as PyTorch's, like them."""

    kernel_JD: Float[Array, "J D"]
    bias_D: Float[Array, " D"]

    def __init__(self, key: PRNGKeyArray, length: int, width: int, *, random_bias: bool = False):
        limit = length**-0.5
        self.kernel_JD = jax.random.uniform(key, (length, width), jnp.float32, -limit, limit)
        self.bias_D = jnp.zeros(width, jnp.float32)
        if random_bias:
            self.bias_D = jax.random.uniform(jax.random.fold_in(key, 1), (width,), jnp.float32, -limit, limit)

    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """A whole window."""
        return self.extend(x_BTD, self.empty(x_BTD.shape[:-2]))[0]

    def extend(
        self, x_BTD: Float[Array, "*B T D"], earlier_BSD: Float[Array, "*B S D"]
    ) -> tuple[Float[Array, "*B T D"], Float[Array, "*B S D"]]:
        """New tokens, given the J - 1 inputs before them; and the last J - 1 of all."""
        joined_BSD = jnp.concatenate([earlier_BSD, x_BTD], axis=-2)
        y_BTD = _convolve(self.kernel_JD, joined_BSD)
        return y_BTD + jnp.broadcast_to(self.bias_D, x_BTD.shape), joined_BSD[..., x_BTD.shape[-2] :, :]

    def empty(self, batch: tuple[int, ...]) -> Float[Array, "*B S D"]:
        """The inputs before the first token: zeros."""
        length, width = self.kernel_JD.shape
        return jnp.zeros((*batch, length - 1, width), self.kernel_JD.dtype)

    @staticmethod
    def parameters(length: int, width: int) -> int:
        """Kernel and biases."""
        return (length + 1) * width

    @staticmethod
    def flops(length: int, width: int) -> int:
        """Forward operations per token."""
        return 2 * length * width


@jax.custom_vjp
def _convolve(kernel_JD: Float[Array, "J D"], x_BSD: Float[Array, "*B S D"]) -> Float[Array, "*B T D"]:
    """As J shifted products: the CPU compiler's grouped convolution takes 60 times as long.

    So does the gradient that it would find itself, over a thousand tokens 10 times: its shifts become paddings.
    """
    return _shifted(kernel_JD, x_BSD)


def _shifted(kernel_JD: Array, x_BSD: Array) -> Array:
    taps, tokens = len(kernel_JD), x_BSD.shape[-2] - len(kernel_JD) + 1
    shape = (1,) * (x_BSD.ndim - 1) + kernel_JD.shape[1:]
    return sum(
        (kernel_JD[tap].reshape(shape) * x_BSD[..., tap : tap + tokens, :] for tap in range(1, taps)),
        start=kernel_JD[0].reshape(shape) * x_BSD[..., :tokens, :],
    )


def _forward(kernel_JD: Array, x_BSD: Array) -> tuple[Array, tuple[Array, Array]]:
    return _shifted(kernel_JD, x_BSD), (kernel_JD, x_BSD)


def _backward(kept: tuple[Array, Array], pull_BTD: Array) -> tuple[Array, Array]:
    kernel_JD, x_BSD = kept
    taps, tokens = len(kernel_JD), pull_BTD.shape[-2]
    nothing_BSD = jnp.zeros((*pull_BTD.shape[:-2], taps - 1, pull_BTD.shape[-1]), pull_BTD.dtype)
    both_sides_BSD = jnp.concatenate([nothing_BSD, pull_BTD, nothing_BSD], axis=-2)
    x_BSD, pull_BTD, both_sides_BSD = jax.lax.optimization_barrier((x_BSD, pull_BTD, both_sides_BSD))
    others = tuple(range(pull_BTD.ndim - 1))
    to_kernel = [(pull_BTD * x_BSD[..., tap : tap + tokens, :]).sum(axis=others) for tap in range(taps)]
    return jnp.stack(to_kernel), _shifted(kernel_JD[::-1], both_sides_BSD)


_convolve.defvjp(_forward, _backward)
