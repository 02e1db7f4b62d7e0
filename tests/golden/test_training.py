"""Training from equal weights on equal batches against the sources' frameworks: losses, and the change of weights."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.models import named_arrays
from seedbed.training import TrainingConfig
from seedbed.training.optimiser import optimiser
from seedbed.training.program import losses_and_routings
from tests.golden import numbers
from tests.golden.ours import on_integers

GOLDEN = json.loads(Path(__file__).with_name("training.json").read_text())
DRIFT = 1e-4  # of an array's change: what float32 and Adam's division make of 40 steps


def recipe_of(settings):
    """Its training config, learning rate and decay."""
    own = {name: each for name, each in settings.items() if name not in ("learning_rate", "weight_decay")}
    kind = {"optimiser": "adamw", "schedule": "cosine"}
    if "weight_decay" not in settings:
        kind = {"optimiser": "keras-adam", "schedule": "constant", "warmup": 0}
    rate, decay = settings["learning_rate"], settings.get("weight_decay", 0.0)
    return TrainingConfig(**kind, **own), jnp.float32(rate), jnp.float32(decay)


def trained(expected):
    """The losses and the change of every array."""
    size, rows = expected["size"], expected["rows"]
    config, rate, decay = recipe_of(expected["settings"])
    start = on_integers(expected["preset"], size)
    transformation = optimiser(config, rate, decay)
    windows = numbers.tokens(size["vocabulary"], config.steps * rows, size["context"] + 1)

    @jax.jit
    def step(model, state, token_BW):
        loss, gradient = jax.value_and_grad(lambda model: losses_and_routings(model, token_BW, None)[0].mean())(model)
        updates, state = transformation.update(gradient, state, model)
        return jax.tree.map(jnp.add, model, updates), state, loss

    model, state, losses = start, transformation.init(start), []
    for token_BW in windows.reshape(config.steps, rows, -1):
        model, state, loss = step(model, state, jnp.asarray(token_BW, jnp.int32))
        losses.append(float(loss))
    before = named_arrays(start)
    return losses, {name: (each - before[name]).reshape(-1) for name, each in named_arrays(model).items()}


@pytest.mark.parametrize("name", GOLDEN)
def test_steps_change_weights_as_the_sources_framework_does(name):
    expected = GOLDEN[name]
    losses, changes = trained(expected)
    np.testing.assert_allclose([losses[0], losses[-1]], expected["losses"], rtol=2e-6)
    assert set(changes) == set(expected["changes"])
    for array, (length, *first) in expected["changes"].items():
        if array.endswith("mixer.key.bias_O"):
            continue  # its gradient is 0 but for rounding, which Adam divides by its own size
        change = changes[array]
        assert np.linalg.norm(change) == pytest.approx(length, rel=DRIFT), array
        np.testing.assert_allclose(change[:4], first, rtol=10 * DRIFT, atol=DRIFT * length, err_msg=array)
