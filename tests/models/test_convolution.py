"""The causal convolution's gradient against finite differences of its defining sums."""

import jax
import jax.numpy as jnp
import numpy as np

from seedbed.models.convolution import CausalConvolution


def test_gradients_are_those_of_the_defining_sums():
    rng = np.random.default_rng(2)
    layer = CausalConvolution(jax.random.key(0), 4, 3)
    x_BTD, earlier_BSD = rng.normal(size=(2, 6, 3)), rng.normal(size=(2, 3, 3))
    pull_BTD, last_BSD = rng.normal(size=(2, 6, 3)), rng.normal(size=(2, 3, 3))

    def found(kernel_JD, x_BTD, earlier_BSD):
        changed = jax.tree.map(lambda leaf: kernel_JD if leaf.ndim == 2 else leaf, layer)
        y_BTD, kept_BSD = changed.extend(x_BTD, earlier_BSD)
        return (y_BTD * jnp.asarray(pull_BTD, jnp.float32)).sum() + (
            kept_BSD * jnp.asarray(last_BSD, jnp.float32)
        ).sum()

    def written_out(kernel_JD, x_BTD, earlier_BSD):
        joined_BSD, total = np.concatenate([earlier_BSD, x_BTD], axis=1), 0.0
        for place in range(6):
            for tap in range(4):
                total += (pull_BTD[:, place] * kernel_JD[tap] * joined_BSD[:, place + tap]).sum()
        return total + (last_BSD * joined_BSD[:, 6:]).sum()

    values = (np.asarray(layer.kernel_JD, np.float64), x_BTD, earlier_BSD)
    singles = tuple(jnp.asarray(value, jnp.float32) for value in values)
    np.testing.assert_allclose(found(*singles), written_out(*values), rtol=1e-5)
    for at, gradient in enumerate(jax.grad(found, argnums=(0, 1, 2))(*singles)):
        expected = np.zeros_like(values[at])
        for index in np.ndindex(expected.shape):
            step = np.zeros_like(expected)
            step[index] = 0.5  # the sums are linear in each number: any step is exact
            more, less = ((*values[:at], values[at] + sign * step, *values[at + 1 :]) for sign in (1, -1))
            expected[index] = written_out(*more) - written_out(*less)
        np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-5)
