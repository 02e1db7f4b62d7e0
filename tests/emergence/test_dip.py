import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from seedbed.config.errors import UsageError
from seedbed.emergence import dip_statistic, dip_test
from seedbed.emergence.dip import DRAWS, ENOUGH, _null, _p_value

FEW = st.lists(st.integers(0, 12), min_size=2, max_size=9)


def dip_by_definition(values):
    """The least distance to a distribution with its hump at one of the values, by linear programming."""
    x, counts = np.unique(values, return_counts=True)
    upper = np.cumsum(counts) / len(values)
    lower = upper - counts / len(values)
    return min(_distance_with_mode_at(mode, x, lower, upper) for mode in range(len(x)))


def _distance_with_mode_at(mode, x, lower, upper):
    # unknowns: the curve at each x up to the mode, the curve from the mode on (it may leap there), the distance
    left, right = x[: mode + 1], x[mode:]
    unknowns = len(left) + len(right) + 1
    rows, bounds = [], []

    def at_most(terms, bound):
        row = np.zeros(unknowns)
        for place, factor in terms:
            row[place] += factor
        rows.append(row)
        bounds.append(bound)

    for place in range(unknowns - 1):
        e = place if place <= mode else place - 1
        is_left_of_leap, is_right_of_leap = place == mode, place == mode + 1
        if not is_right_of_leap:
            at_most([(place, 1), (unknowns - 1, -1)], lower[e])
            at_most([(place, -1), (unknowns - 1, -1)], -lower[e])
        if not is_left_of_leap:
            at_most([(place, 1), (unknowns - 1, -1)], upper[e])
            at_most([(place, -1), (unknowns - 1, -1)], -upper[e])
    at_most([(mode, 1), (mode + 1, -1)], 0)
    for points, offset, sign in ((left, 0, 1), (right, mode + 1, -1)):
        for i in range(len(points) - 1):
            at_most([(offset + i, 1), (offset + i + 1, -1)], 0)
        for i in range(1, len(points) - 1):
            before, after = 1 / (points[i] - points[i - 1]), 1 / (points[i + 1] - points[i])
            at_most(
                [
                    (offset + i - 1, -sign * before),
                    (offset + i, sign * (before + after)),
                    (offset + i + 1, -sign * after),
                ],
                0,
            )
    cost = np.zeros(unknowns)
    cost[-1] = 1
    return linprog(cost, A_ub=np.array(rows), b_ub=bounds, bounds=[(0, 1)] * unknowns).fun


@given(FEW)
def test_the_dip_is_the_least_distance_to_one_hump(values):
    assert dip_statistic(values) == pytest.approx(dip_by_definition(values), abs=1e-9)


@pytest.mark.parametrize("draw", ["uniform", "ties", "two humps", "skewed ties"])
def test_the_dip_equals_the_established_packages(draw):
    diptest = pytest.importorskip("diptest")
    rng = np.random.default_rng(0)
    for _ in range(60):
        n = int(rng.integers(4, 60))
        values = {
            "uniform": lambda n: rng.uniform(size=n),
            "ties": lambda n: rng.integers(0, 6, n) / 5,
            "two humps": lambda n: rng.normal(size=n) + 5 * rng.integers(0, 2, n),
            "skewed ties": lambda n: np.round(rng.beta(0.3, 0.3, n) * 20) / 20,
        }[draw](n)
        if len(np.unique(values)) > 1:
            assert dip_statistic(values) == pytest.approx(diptest.dipstat(values), abs=1e-12)


@pytest.mark.parametrize("n", [10, 30])
def test_p_values_agree_with_the_packages_simulated_ones(n):
    diptest = pytest.importorskip("diptest")
    rng = np.random.default_rng(1)
    for spread in (0.0, 0.4, 0.6, 0.8):
        values = rng.uniform(size=n) * (1 - spread) + spread * (np.arange(n) % 2)
        assert dip_test(values).p == pytest.approx(diptest.diptest(values)[1], abs=0.05, rel=0.2)


def test_a_p_value_that_is_not_small_needs_few_draws_and_a_small_one_all():
    flat, split = np.linspace(0, 1, 17), np.repeat([0.0, 1.0], 9)[:17] + np.linspace(0, 0.1, 17)
    _null.cache_clear()
    assert dip_test(flat).p == 1 and len(_null(17).dips) == ENOUGH
    assert dip_test(split).p < 0.01 and len(_null(17).dips) == DRAWS
    draws = np.array(_null(17).dips)
    middling = np.quantile(draws, 0.5)  # its p by all draws is a half, and so it is by the first that suffice
    assert _p_value(middling, _null(17)) == pytest.approx(0.5, abs=0.1)


def test_a_p_value_found_early_holds_its_level():
    """Of samples of the null itself, a share of at most alpha, and not far below it, has p of at most alpha."""
    rng = np.random.default_rng(7)
    found = np.array([dip_test(rng.uniform(size=12)).p for _ in range(400)])
    for alpha in (0.05, 0.2, 0.5):
        assert (found <= alpha).mean() == pytest.approx(alpha, abs=3 * np.sqrt(alpha * (1 - alpha) / 400))


@given(FEW, st.floats(0.1, 10), st.floats(-5, 5))
def test_the_dip_does_not_depend_on_unit_origin_or_direction(values, unit, origin):
    moved = np.array(values) * unit + origin
    assert dip_statistic(moved) == pytest.approx(dip_statistic(values))
    assert dip_statistic(-moved) == pytest.approx(dip_statistic(values))


def test_two_equal_points_reach_the_largest_dip_and_one_point_none():
    assert dip_statistic([0, 1] * 10) == 0.25
    assert dip_statistic([3.0] * 5) == 0
    assert dip_statistic([1, 2, 3, 4]) == pytest.approx(1 / 8)


def test_seeds_that_differ_by_one_item_are_one_hump():
    scores = [0.0, 0.005] * 8
    assert dip_test(scores).p < 0.01
    assert dip_test(scores, items=200).p > 0.9
    assert dip_test([0.0, 1.0] * 8, items=200).p < 0.01


def test_one_hump_is_called_two_in_one_of_twenty_at_most_with_counts_as_scores():
    rng = np.random.default_rng(2)
    p = [dip_test(rng.binomial(200, rng.beta(2, 2, 16)) / 200, 200).p for _ in range(200)]
    assert np.mean(np.array(p) <= 0.05) <= 0.05


def test_too_few_seeds_are_refused():
    with pytest.raises(UsageError, match="at least 4 seeds, got 3"):
        dip_test([0, 0.5, 1])
    with pytest.raises(UsageError, match="items must be at least 1"):
        dip_test([0, 0.5, 1, 1], items=0)
