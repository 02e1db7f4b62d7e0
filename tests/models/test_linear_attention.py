"""Linear attention against its equation as a loop, in one product and in chunks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.models import ModelConfig, named_arrays
from seedbed.models import linear_attention as module

CONFIG = ModelConfig(width=6, heads=2, mixer="linear")


def equations(weights, x_TD):
    query, key, value = (x_TD @ weights[f"{name}.weight_IO"] for name in ("query", "key", "value"))
    mixed_TD = np.zeros_like(x_TD)
    for head in range(2):
        own = slice(3 * head, 3 * head + 3)
        for place in range(len(x_TD)):
            for earlier in range(place + 1):
                mixed_TD[place, own] += query[place, own] @ key[earlier, own] * value[earlier, own] / np.sqrt(3)
    return mixed_TD @ weights["output.weight_IO"]


@pytest.mark.parametrize(("whole", "chunk"), [(256, 64), (4, 3), (1, 2), (4, 16)])
def test_computes_its_equation(check_mixer, monkeypatch, whole, chunk):
    """11 tokens as one product; as three chunks of three and a rest; as five of two and one; as part of one."""
    monkeypatch.setattr(module, "WHOLE", whole)
    monkeypatch.setattr(module, "CHUNK", chunk)
    check_mixer(CONFIG, equations)


def test_gradients_in_chunks_are_those_of_one_product(random_mixer, window, monkeypatch):
    mixer, _ = random_mixer(CONFIG)
    x_BTD = jnp.asarray(window(6))

    def gradient(whole):
        monkeypatch.setattr(module, "WHOLE", whole)
        monkeypatch.setattr(module, "CHUNK", 4)
        return named_arrays(jax.grad(lambda mixer: (mixer(x_BTD) ** 2).sum())(mixer))

    once = gradient(256)
    for name, found in gradient(4).items():
        assert np.abs(once[name]).max() > 0, name
        np.testing.assert_allclose(found, once[name], rtol=1e-4, atol=1e-5 * np.abs(once[name]).max(), err_msg=name)


def test_a_long_window_costs_the_same_for_each_token():
    mixer = module.LinearAttention
    assert mixer.flops(CONFIG, 0, 40) == 2 * 4 * 6 * 6 + 4 * 40 * 6
    assert mixer.flops(CONFIG, 0, 1024) == mixer.flops(CONFIG, 0, 8192) == 2 * 4 * 6 * 6 + 4 * 64 * 6 + 4 * 3 * 6
