from itertools import combinations
from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from seedbed.config.errors import UsageError
from seedbed.emergence import Onset, log_rank, onset_ratio, reciprocal
from seedbed.emergence.conditions import _mann_whitney
from seedbed.emergence.simulate import perfectly_seen

A = [Onset(t, t - 1, 50) for t in (6, 13, 21, 30)] + [Onset(None, 31, 50), Onset(None, 50, 50)]
B = [Onset(t, t - 1, 50) for t in (10, 10, 12, 13, 14, 15, 21)]


def seen_at(times, until: float = 1000.0) -> list[Onset]:
    return perfectly_seen(times, until)


def log_rank_by_the_book(a: list[Onset], b: list[Onset]) -> float:
    """Observed less expected onsets of `a`, one table of two by two for each onset time."""
    times = sorted({found.step for found in a + b if found.step is not None})

    def waiting(group: list[Onset], time: float) -> int:
        return sum((found.step or found.lower) >= time for found in group)

    difference = 0.0
    for time in times:
        at_a, at_all = waiting(a, time), waiting(a + b, time)
        onsets_a = sum(found.step == time for found in a)
        onsets_all = sum(found.step == time for found in a + b)
        difference += onsets_a - onsets_all * at_a / at_all
    return difference


def test_the_p_value_counts_all_ways_to_deal_the_seeds_out():
    found, everyone = log_rank(A, B), A + B
    observed = log_rank_by_the_book(A, B)
    dealt = [
        log_rank_by_the_book([everyone[i] for i in chosen], [x for i, x in enumerate(everyone) if i not in chosen])
        for chosen in combinations(range(len(everyone)), len(A))
    ]
    tails = np.mean(np.array(dealt) >= observed - 1e-9), np.mean(np.array(dealt) <= observed + 1e-9)
    assert found.exact
    assert found.observed - found.expected == pytest.approx(observed)
    assert found.p == pytest.approx(min(1.0, 2 * min(tails)))
    assert (found.n_a, found.n_b) == (6, 7)


def test_the_normal_test_agrees_with_lifelines_with_ties_and_censoring():
    statistics = pytest.importorskip("lifelines.statistics")
    times = [[t.step or t.lower for t in side] for side in (A, B)]
    events = [[t.step is not None for t in side] for side in (A, B)]
    expected = statistics.logrank_test(times[0], times[1], events[0], events[1])
    found = log_rank(A, B)
    assert found.z**2 == pytest.approx(expected.test_statistic)
    assert found.p_normal == pytest.approx(expected.p_value)
    assert found.z < 0  # A is later


def test_complete_separation_of_eight_and_eight_is_two_in_12870():
    found = log_rank(seen_at(range(10, 18)), seen_at(range(20, 28)))
    assert (found.p, found.exact) == (pytest.approx(2 / 12870), True)
    assert found.z > 0


def test_many_seeds_are_dealt_out_at_random_but_the_same_each_time():
    rng = np.random.default_rng(0)
    a, b = seen_at(rng.exponential(size=20)), seen_at(1.5 * rng.exponential(size=20))
    found = log_rank(a, b)
    assert not found.exact
    assert found == log_rank(a, b)
    assert found.p == pytest.approx(found.p_normal, abs=0.03)


def test_where_nothing_or_everything_emerges_at_once_there_is_no_evidence():
    never = [Onset(None, 50, 50)] * 4
    at_once = [Onset(10, 0, 50)] * 4
    for a, b in ((never, never), (at_once, at_once), (seen_at([10, 20]), [Onset(None, 5, 5)])):
        assert log_rank(a, b).p_normal == 1
    assert log_rank(never, never).p == 1
    assert log_rank(seen_at([10]), seen_at([20, 30, 40])).p == pytest.approx(2 / 4)  # a side of one seed


def test_false_alarms_of_the_log_rank_are_no_more_than_its_level():
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(150):
        # one grid of ten evaluations, both conditions ended at 1
        a, b = (seen_at(np.ceil(10 * rng.exponential(size=6)) / 10, 1.0) for _ in range(2))
        alarms += log_rank(a, b).p <= 0.05
    assert alarms / 150 <= 0.09  # the level and twice the standard error of 150 draws


@pytest.mark.parametrize(("first", "second"), [(1, 1), (3, 5), (8, 8)])
def test_the_mann_whitney_distribution_is_scipys(first, second):
    chances = _mann_whitney(first, second)
    assert chances.sum() == pytest.approx(1)
    for u in range(first * second + 1):
        # a sample that counts u over the other: one value in the right place, the rest below or above all
        above, rest = divmod(u, second)
        a = [-1.0 - i for i in range(first - above - (rest > 0))] + [rest - 0.5] * (rest > 0)
        a += [second + 1.0 + i for i in range(above)]
        p = mannwhitneyu(a, range(second), alternative="less", method="exact").pvalue
        assert chances[: u + 1].sum() == pytest.approx(p)


def test_the_ratio_of_known_onsets_is_the_textbook_interval_of_pairs():
    a, b = [20, 24, 30, 36, 41, 44, 50, 61], [9, 10, 12, 13, 15, 17, 18, 20]
    estimate = onset_ratio(seen_at(a), seen_at(b))
    pairs = np.sort(np.divide.outer(a, b).ravel())
    # P(U <= 13) = 0.0249 for 8 and 8: the 14th smallest and the 14th largest of 64
    assert (estimate.low, estimate.high) == pytest.approx((pairs[13], pairs[-14]))
    assert estimate.value == pytest.approx(np.sqrt(pairs[31] * pairs[32]))
    assert estimate.n == 16


def test_a_condition_that_never_emerges_is_later_by_an_unknown_factor():
    estimate = onset_ratio([Onset(None, 100, 100)] * 8, seen_at(range(10, 18), 100))
    assert estimate.value == estimate.high == inf
    assert 100 / 17 <= estimate.low <= 100 / 10


def test_two_conditions_that_never_emerge_have_no_ratio():
    never = [Onset(None, 100, 100)] * 8
    estimate = onset_ratio(never, never)
    assert isnan(estimate.value)
    assert (estimate.low, estimate.high) == (0, inf)


def test_three_seeds_a_side_cannot_bound_a_ratio_and_four_can():
    assert onset_ratio(seen_at([1, 2, 3]), seen_at([7, 8, 9])).high == inf
    assert onset_ratio(seen_at([1, 2, 3, 4]), seen_at([7, 8, 9, 10])).high == pytest.approx(4 / 7)


ONSETS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 12), st.booleans()).map(
        lambda drawn: Onset(float(max(drawn[:2])) if drawn[2] else None, float(min(drawn[:2])), 13.0)
    ),
    min_size=1,
    max_size=9,
)


@given(ONSETS, ONSETS)
def test_exchanging_the_conditions_inverts_the_ratio(a, b):
    forth, back = onset_ratio(a, b), reciprocal(onset_ratio(b, a))
    assert (forth.low, forth.high) == pytest.approx((back.low, back.high))
    assert forth.value == pytest.approx(back.value, nan_ok=True)
    assert isnan(forth.value) or forth.low <= forth.value <= forth.high


@pytest.mark.parametrize(("seeds", "until"), [(8, 1000.0), (16, 1000.0), (16, 1.2)])
def test_the_ratio_is_covered_with_and_without_censoring(seeds, until):
    rng, held = np.random.default_rng(1), 0
    for _ in range(300):
        a, b = 1.5 * 10 ** (0.2 * rng.standard_normal(seeds)), 10 ** (0.2 * rng.standard_normal(seeds))
        estimate = onset_ratio(seen_at(a, until), seen_at(b, until))
        held += estimate.low <= 1.5 <= estimate.high
    assert held / 300 >= 0.93


def test_an_empty_side_is_refused():
    for call in (log_rank, onset_ratio):
        with pytest.raises(UsageError, match="at least one seed"):
            call(A, [])
