"""Where a rise is half done: without bias, within its interval, and alike from whole curves and from pooled ones."""

import numpy as np
import pytest

from seedbed.emergence.halfway import halfway
from seedbed.emergence.pooling import means_of_neighbours
from seedbed.emergence.rise import fit_rise
from seedbed.emergence.seed_verdict import MOST_POINTS


def found(scale_E, scores_E, items, most=MOST_POINTS):
    pooled_P, scores_P = means_of_neighbours(scale_E, scores_E, most)
    return halfway(scale_E, scores_E, fit_rise(np.log10(pooled_P), scores_P, items, 3.0, 0.95), items, 0.95)


def errors(evaluations, width, *, linear=False, repeats=40):
    """log(found / true) over random places of the rise, and whether the interval holds the place."""
    scale = np.linspace(20, 10_000, evaluations) if linear else np.geomspace(10, 1e5, evaluations)
    said, held = [], []
    for rng in np.random.default_rng(1).spawn(repeats):
        place = 10 ** rng.uniform(3, 3.6)
        scores = rng.binomial(200, 1 / (1 + (place / scale) ** (np.log10(81) / width))) / 200
        half = found(scale, scores, 200)
        said.append(np.log(half.value / place))
        held.append(half.low <= place <= half.high)
        assert half.low <= half.before <= half.value <= half.after <= half.high
    return np.array(said), np.mean(held)


@pytest.mark.parametrize("width", [0.02, 0.1])
@pytest.mark.parametrize(("evaluations", "linear"), [(30, False), (500, False), (500, True)])
def test_the_place_has_no_bias_beyond_three_percent(evaluations, width, linear):
    said, held = errors(evaluations, width, linear=linear)
    assert abs(said.mean()) < 0.03 + 2 * said.std() / len(said) ** 0.5
    assert abs(np.median(said)) < 0.03
    assert held >= 0.9


@pytest.mark.slow
def test_the_place_has_no_bias_on_five_thousand_evaluations():
    said, held = errors(5000, 0.1, repeats=30)
    assert abs(said.mean()) < 0.005 and held >= 0.9


def test_a_step_between_two_evaluations_lies_in_the_middle_of_them():
    scale = np.geomspace(10, 1e5, 30)
    half = found(scale, 1.0 * (np.arange(30) > 14), 200)
    assert half.value == pytest.approx((scale[14] * scale[15]) ** 0.5, rel=0.01)
    assert (half.before, half.after) == (scale[14], scale[15]) == (half.low, half.high)


def test_pooling_before_the_fit_does_not_move_the_place():
    scale, rng = np.geomspace(10, 1e5, 500), np.random.default_rng(3)
    scores = rng.binomial(200, 1 / (1 + (4000 / scale) ** 30)) / 200
    places = [found(scale, scores, 200, most).value for most in (40, 64, 128, 500)]
    assert places == pytest.approx([4000] * 4, rel=0.02)
