import numpy as np
import pytest
from scipy.special import expit

from seedbed.emergence import rise as module
from seedbed.emergence.growth import LOGISTIC_DECADES
from seedbed.emergence.rise import fit_rise, fit_rises

X = np.linspace(0, 4, 30)
LIMIT = LOGISTIC_DECADES  # the exponent of a logistic rise of one decade


def fit(scores_E, items):
    return fit_rise(X, scores_E, items, LIMIT, 0.95)


def logistic(width, middle, base=0.0, height=1.0):
    return base + height * expit((X - middle) * 2 * np.log(9) / width)


@pytest.mark.parametrize(
    ("width", "middle", "base", "height"), [(1.0, 2.0, 0.0, 1.0), (2.0, 1.7, 0.25, 0.6), (0.5, 3.0, 0.1, 0.8)]
)
def test_an_exact_curve_is_found_again(width, middle, base, height):
    rise = fit(logistic(width, middle, base, height), None)
    assert rise.width == pytest.approx(width, rel=0.11)  # half a step of the grid of widths
    assert rise.midpoint == pytest.approx(middle, abs=0.05)
    assert (rise.base, rise.height) == pytest.approx((base, height), abs=0.03)
    assert rise.low <= width <= rise.high


def test_curves_fitted_together_are_fitted_as_alone(monkeypatch):
    monkeypatch.setattr(module, "TOGETHER", 3)  # so that five curves take two products
    rng = np.random.default_rng(4)
    scores = np.array([rng.binomial(200, logistic(0.8, m)) / 200 for m in rng.uniform(1.5, 2.5, 5)])
    for row, together in zip(scores, fit_rises(X, scores, 200, LIMIT, 0.95), strict=True):
        alone = fit(row, 200)
        assert together.width == alone.width
        assert (together.p_sharp, together.midpoint) == pytest.approx((alone.p_sharp, alone.midpoint), rel=1e-9)


def test_ten_to_ninety_percent_takes_the_width():
    curve = np.interp([0.1, 0.9], logistic(1.2, 2.0), X)
    assert curve[1] - curve[0] == pytest.approx(1.2, abs=0.02)


def test_the_profile_interval_holds_the_width_and_the_boundary_test_keeps_its_level():
    rng = np.random.default_rng(0)
    rises = [fit(rng.binomial(200, logistic(1.0, m)) / 200, 200) for m in rng.uniform(1.5, 2.5, 200)]
    assert np.mean([rise.low <= 1.0 <= rise.high for rise in rises]) >= 0.93
    assert np.mean([rise.p_sharp <= 0.05 for rise in rises]) <= 0.07
    assert np.mean([rise.p_smooth <= 0.05 for rise in rises]) <= 0.07


def test_a_rise_in_noise_alone_is_found_in_one_of_twenty_at_most():
    rng = np.random.default_rng(1)
    assert np.mean([fit(rng.normal(0.5, 0.05, 30), None).p_rise <= 0.05 for _ in range(200)]) <= 0.05


def test_a_rise_that_is_not_over_has_no_bounded_width():
    assert fit(logistic(1.5, 5.0, height=3.0), 200).high > 2


def test_a_falling_curve_is_no_rise():
    rise = fit(1 - logistic(0.5, 2.0), 200)
    assert rise.p_rise > 0.5 and rise.p_sharp > 0.4
