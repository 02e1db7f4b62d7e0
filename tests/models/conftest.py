"""Mixers with weights of no special values, and a window for them to read."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.models import MIXERS, named_arrays, with_arrays
from seedbed.models.layers import initialiser

BATCH, TOKENS = 2, 11


@pytest.fixture
def random_mixer():
    """A function of a config: its first block's mixer with random weights, and these in double precision by name."""

    def build(config):
        mixer = MIXERS[config.mixer](initialiser(config.init, config.blocks), jax.random.key(0), config, 0)
        rng = np.random.default_rng(4)
        weights = {
            name: rng.normal(0, 0.4, each.shape).astype(np.float32) for name, each in named_arrays(mixer).items()
        }
        return with_arrays(mixer, weights), {name: each.astype(np.float64) for name, each in weights.items()}

    return build


@pytest.fixture
def window():
    """A function of a width: two windows of 11 tokens."""
    return lambda width: np.random.default_rng(7).normal(size=(BATCH, TOKENS, width)).astype(np.float32)


@pytest.fixture
def check_mixer(random_mixer, window):
    """Hold a mixer to its equations, written as loops: over a window, in pieces with a memory, and in its counts."""

    def check(config, equations):
        mixer, weights = random_mixer(config)
        x_BTD = jnp.asarray(window(config.width))
        expected_BTD = np.stack([equations(weights, np.asarray(x_TD, np.float64)) for x_TD in x_BTD])
        assert np.abs(expected_BTD).max() > 0.1
        np.testing.assert_allclose(mixer(x_BTD), expected_BTD, rtol=2e-5, atol=2e-5)
        for splits in ((TOKENS,), (1,) * TOKENS, (4, 7), (7, 1, 1, 2)):
            memory, at, parts = mixer.empty((BATCH,), TOKENS), 0, []
            for size in splits:
                part_BTD, memory = mixer.extend(x_BTD[:, at : at + size], memory, at)
                parts.append(part_BTD)
                at += size
            np.testing.assert_allclose(np.concatenate(parts, axis=1), expected_BTD, rtol=2e-5, atol=2e-5)
        assert sum(each.size for each in weights.values()) == type(mixer).parameters(config)

    return check
