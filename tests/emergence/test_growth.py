import numpy as np
import pytest
from scipy.optimize import brentq

from seedbed.emergence.growth import FAMILIES, exponents, growth, width_in_decades


@pytest.mark.parametrize("family", range(len(FAMILIES)), ids=FAMILIES)
@pytest.mark.parametrize("exponent", [0.5, 1.0, 3.0, 20.0])
def test_half_of_a_rise_is_done_at_its_midpoint_and_it_never_falls(family, exponent):
    x = np.linspace(-2, 6, 400)
    done = growth(x, 2.0, exponent, family)
    assert growth(np.array([2.0]), 2.0, exponent, family)[0] == pytest.approx(0.5)
    assert (np.diff(done) >= 0).all() and done.min() >= 0 and done.max() <= 1


@pytest.mark.parametrize("family", range(3), ids=FAMILIES[:3])
@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
def test_the_start_of_a_rise_is_a_power_of_scale(family, exponent):
    x = np.array([-2.0, -1.9])
    done = growth(x, 2.0, exponent, family)
    assert np.log10(done[1] / done[0]) / 0.1 == pytest.approx(exponent, rel=1e-3)


@pytest.mark.parametrize("family", range(len(FAMILIES)), ids=FAMILIES)
def test_the_width_is_the_way_from_a_tenth_to_nine_tenths(family):
    ends = [
        brentq(lambda x, part=part: growth(np.array([x]), 0.0, 4.0, family)[0] - part, -3, 3) for part in (0.1, 0.9)
    ]
    assert width_in_decades(4.0, family) == pytest.approx(ends[1] - ends[0], rel=1e-4)


def test_a_slow_logistic_on_scale_itself_is_past_a_tenth_at_the_origin():
    assert width_in_decades(2.0, 3) == np.inf


def test_the_grid_of_exponents_holds_the_limit():
    assert 3.0 in exponents(3.0)
