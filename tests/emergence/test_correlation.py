"""Claims about rank correlations: against an established package, in closed form, and by simulation."""

import numpy as np
import pytest
from scipy.stats import permutation_test, spearmanr

from seedbed.config import UsageError
from seedbed.emergence import order_over_seeds, rank_correlation


def test_it_is_spearmans_with_ties_and_its_p_that_of_all_orders():
    a, b = [1, 2, 2, 4, 5, 6], [2, 1, 3, 3, 9, 4]
    found = rank_correlation(a, b)
    assert found.correlation.value == pytest.approx(spearmanr(a, b).statistic)
    exact = permutation_test(
        (a,), lambda x: spearmanr(x, b).statistic, permutation_type="pairings", alternative="greater", n_resamples=10**4
    )
    assert found.p == pytest.approx(exact.pvalue)


def test_a_perfect_order_of_six_is_one_of_720_and_its_interval_does_not_close():
    found = rank_correlation([1, 2, 3, 4, 5, 6], [1, 4, 9, 16, 25, 36])
    assert found.p == 1 / 720 and found.correlation.n == 6
    assert found.correlation.high == 1 and 0.5 < found.correlation.low < 0.7
    back = rank_correlation([1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1])
    assert back.correlation.low == -1 and back.p == 1


@pytest.mark.parametrize("pairs", [6, 12, 40])
def test_intervals_hold_the_truth_about_as_often_as_they_say(pairs):
    """Normal pairs with a correlation of 0.8, whose ranks correlate by 6 / pi asin(0.8 / 2)."""
    rng, held, times = np.random.default_rng(0), 0, 400
    truth = 6 / np.pi * np.arcsin(0.4)
    for _ in range(times):
        first, other = rng.normal(size=(2, pairs))
        found = rank_correlation(first, 0.8 * first + 0.6 * other).correlation
        held += found.low <= truth <= found.high
    assert held / times > 0.92


def test_luck_alone_gives_a_small_p_as_seldom_as_it_says():
    rng = np.random.default_rng(1)
    p = [rank_correlation(*rng.normal(size=(2, 6))).p for _ in range(400)]
    assert np.mean(np.array(p) <= 0.05) < 0.09
    many = rank_correlation(np.arange(30), rng.permutation(30))
    assert 1 / 20_001 <= many.p <= 1


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [([1, 2], [1, 2], "3 pairs or more"), ([1, 2, 3], [1, 2], "3 pairs"), ([1, 1, 1], [1, 2, 3], "a side of equal")],
)
def test_what_has_no_order_is_refused(a, b, message):
    with pytest.raises(UsageError, match=message):
        rank_correlation(a, b)
    assert not rank_correlation([1, 2, 3], [1, 2, 3]).correlation.has_interval


def test_an_order_that_every_draw_of_the_seeds_keeps_is_known_and_one_within_their_spread_is_not():
    known, rng = np.array([2.38, 2.26, 1.92, 1.78, 1.60, 1.47]), np.random.default_rng(2)
    seeds_SN = rng.normal(size=(3, 1)) + rng.normal(scale=0.01, size=(3, 6))
    apart = order_over_seeds(known, known + seeds_SN)  # as seeds differ by far more than sizes, all alike
    assert (apart.correlation.low, apart.correlation.value, apart.correlation.high, apart.correlation.n) == (1, 1, 1, 3)
    assert apart.p == 1 / 720
    close = order_over_seeds(known, 0.005 * known + seeds_SN).correlation
    assert close.low < 0.5 < close.high
    one = order_over_seeds(known, known[None]).correlation
    assert one.value == 1 and not one.has_interval and one.n == 1
    for wrong in (known, np.ones((3, 5)), np.full((3, 6), np.nan)):
        with pytest.raises(UsageError):
            order_over_seeds(known, wrong)


@pytest.mark.parametrize("gap", [0.5, 3.0])
def test_intervals_of_an_order_over_seeds_hold_the_truth_as_often_as_they_say(gap):
    """Six things `gap` standard deviations of a seed apart, two of them in the wrong order, over 3 seeds."""
    rng, held, times = np.random.default_rng(3), 0, 60
    known, truth = np.arange(6.0), np.array([0.0, 2.0, 1.0, 3.0, 4.0, 5.0])
    for _ in range(times):
        found = order_over_seeds(known, gap * truth + rng.normal(size=(3, 6))).correlation
        held += found.low - 1e-9 <= spearmanr(known, truth).statistic <= found.high + 1e-9
    assert held / times > 0.92
