"""A causal convolution of each channel by itself: a token's own number and those of the few tokens before it.

y_t = b + sum over j of w_j x_(t - J + 1 + j), J the kernel's length, with zeros before the first token.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


class CausalConvolution(eqx.Module):
    """Its weights start as PyTorch's do, uniform within 1 / sqrt(J), its biases at 0."""

    kernel_JD: Float[Array, "J D"]
    bias_D: Float[Array, " D"]

    def __init__(self, key: PRNGKeyArray, length: int, width: int):
        limit = length**-0.5
        self.kernel_JD = jax.random.uniform(key, (length, width), jnp.float32, -limit, limit)
        self.bias_D = jnp.zeros(width, jnp.float32)

    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """A whole window."""
        return self.extend(x_BTD, self.empty(x_BTD.shape[:-2]))[0]

    def extend(
        self, x_BTD: Float[Array, "*B T D"], earlier_BSD: Float[Array, "*B S D"]
    ) -> tuple[Float[Array, "*B T D"], Float[Array, "*B S D"]]:
        """New tokens, given the J - 1 inputs before them; and the last J - 1 of all."""
        tokens = x_BTD.shape[-2]
        joined_BSD = jnp.concatenate([earlier_BSD, x_BTD], axis=-2)
        kernel = [each_D.reshape((1,) * (x_BTD.ndim - 1) + each_D.shape) for each_D in self.kernel_JD]
        y_BTD = jnp.broadcast_to(self.bias_D, x_BTD.shape)
        for shift, weight_D in enumerate(kernel):
            y_BTD = y_BTD + weight_D * joined_BSD[..., shift : shift + tokens, :]
        return y_BTD, joined_BSD[..., tokens:, :]

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
        """Forward operations a token."""
        return 2 * length * width
