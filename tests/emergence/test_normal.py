"""Chances between two places: against scipy where shares keep their digits, against 50 digits where they do not."""

from decimal import Decimal, getcontext
from math import inf

import numpy as np
import pytest
from scipy.stats import norm

from seedbed.emergence.normal import log_chance_between, log_density

ROOT_TWO_PI = Decimal("2.50662827463100050241576528481104525300698674060993831663")


def share_above(place: float) -> Decimal:
    """1 - Phi for places of 5 and more, by Laplace's continued fraction: density / (x + 1 / (x + 2 / (x + ...)))."""
    getcontext().prec = 50
    if place == inf:
        return Decimal(0)
    x = tail = Decimal(place)
    for level in range(400, 0, -1):
        tail = x + level / tail
    return (-x * x / 2).exp() / ROOT_TWO_PI / tail


def test_in_the_middle_it_is_the_difference_of_shares():
    low, high = np.array([-1.0, 0.5, -inf, -2.0]), np.array([0.3, 2.0, 0.7, inf])
    assert log_chance_between(low, high) == pytest.approx(np.log(norm.cdf(high) - norm.cdf(low)), rel=1e-12)


@pytest.mark.parametrize(("low", "high"), [(5, 6), (20, 21), (38, inf), (8, 8.001)])
def test_both_tails_keep_their_digits(low, high):
    expected = float((share_above(low) - share_above(high)).ln())
    assert float(log_chance_between(low, high)) == pytest.approx(expected, rel=1e-10)
    assert float(log_chance_between(-high, -low)) == pytest.approx(expected, rel=1e-10)


def test_an_interval_without_width_stays_finite():
    assert np.isfinite(log_chance_between([3.0, -40.0], [3.0, -40.0])).all()


def test_the_density_is_the_slope_of_the_share():
    at = np.linspace(-3, 3, 7)
    assert log_density(at) == pytest.approx(norm.logpdf(at), rel=1e-12)
