"""Every preset against golden numbers of its source: counts, logits on equal weights, first weights, first loss."""

from math import sqrt

import jax
import numpy as np
import pytest

from seedbed.models import PRESETS, LanguageModel, named_arrays, parameter_count
from tests.golden import numbers
from tests.golden.ours import config_of, golden, logits, on_integers

GOLDEN = golden()
SEEDS = 3  # of ours, whose first losses are averaged
STARTS = [(name, at) for name, each in GOLDEN.items() for at in range(len(each["first_losses"]))]
SWAPPED = {"stories260K": ("channels.inner.weight_IO", "channels.outer.weight_IO")}
# llama2.c starts `w3` smaller, which reads the residual stream, where GPT-2's rule means what writes into it.
SLOW = 5e6  # numbers of a model from which on its first weights are drawn in slow tests alone


def started(name, at):
    """A start of a preset, as a case of a test."""
    size = GOLDEN[name]["first_losses"][at]["size"]
    slow = pytest.mark.slow if parameter_count(config_of(name, size), size["vocabulary"]) > SLOW else ()
    return pytest.param(name, at, id=f"{name}-{size['width']}", marks=slow)


def test_every_preset_has_golden_numbers_with_their_source():
    assert set(GOLDEN) == set(PRESETS)
    assert all(each["source"] and each["made"] for each in GOLDEN.values())


@pytest.mark.parametrize("name", PRESETS)
def test_counts_are_the_sources(name):
    each = PRESETS[name]
    assert parameter_count(each.model, each.vocabulary) == GOLDEN[name]["parameters"]


@pytest.mark.parametrize("name", PRESETS)
def test_logits_on_weights_from_integers_are_the_sources(name):
    expected = GOLDEN[name]["integers"]
    size = expected["size"]
    (logits_TV,) = logits(on_integers(name, size), numbers.tokens(size["vocabulary"], 1, size["context"]))
    np.testing.assert_allclose(numbers.chosen(logits_TV), expected["chosen"], rtol=1e-4, atol=1e-5 * expected["rms"])
    assert np.sqrt(np.mean(np.float64(logits_TV) ** 2)) == pytest.approx(expected["rms"], rel=2e-5)


@pytest.mark.parametrize(("name", "at"), [started(*each) for each in STARTS])
def test_first_weights_and_loss_are_distributed_as_the_sources(name, at):
    """Means and deviations of first weights within five standard errors, the loss within four and 0.01 nats."""
    expected = GOLDEN[name]["first_losses"][at]
    size, (rows, length) = expected["size"], expected["tokens"]
    token_BT = numbers.tokens(size["vocabulary"], rows, length + 1)
    losses = []
    for seed in range(SEEDS):
        model = LanguageModel(config_of(name, size), size["vocabulary"], key=jax.random.key(seed))
        losses.append(numbers.cross_entropy(logits(model, token_BT[:, :-1]), token_BT[:, 1:]))
    check_spread(name, named_arrays(model), expected["start"], expected["seeds"])
    error = expected["deviation"] * sqrt(1 / SEEDS + 1 / expected["seeds"])
    assert np.mean(losses) == pytest.approx(expected["mean"], abs=4 * error + 0.01)


def check_spread(name, arrays, expected, seeds):
    found, counts = numbers.spread(arrays), {}
    for each, array in arrays.items():
        counts[numbers.group(each)] = counts.get(numbers.group(each), 0) + array.size
    assert set(found) == set(expected)
    for group, (mean, deviation) in expected.items():
        if group in SWAPPED.get(name, ()):
            check_swapped(PRESETS[name].model.blocks, group, found[group][1], deviation)
            continue
        if PRESETS[name].model.local_start and group in ("mixer.query.bias_O", "mixer.key.bias_O"):
            continue  # set by rule, which tests/models/test_attention.py checks
        error = deviation / sqrt(counts[group]) * sqrt(1 + 1 / seeds)
        assert found[group][0] == pytest.approx(mean, abs=5 * error + 1e-6), group
        assert found[group][1] == pytest.approx(deviation, abs=5 * error / sqrt(2) + 1e-3 * deviation), group


def check_swapped(blocks, group, found, expected):
    """The two maps that llama2.c and GPT-2 start otherwise: each has the other's deviation."""
    factor = sqrt(2 * blocks) if group == "channels.inner.weight_IO" else 1 / sqrt(2 * blocks)
    assert found == pytest.approx(expected * factor, rel=0.02)
