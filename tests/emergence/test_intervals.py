from math import ceil, floor, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom, binomtest, norm, t, ttest_1samp, ttest_ind

from seedbed.config.errors import UsageError
from seedbed.emergence import clopper_pearson, difference_of_means, mean_over_seeds

SCORES = st.lists(st.floats(0, 1), min_size=2, max_size=20)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_clopper_pearson_agrees_with_scipys_exact_interval(counts, level):
    successes, trials = counts
    estimate = clopper_pearson(successes, trials, level)
    expected = binomtest(successes, trials).proportion_ci(level, method="exact")
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert estimate.n == trials


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.97])
def test_clopper_pearson_covers_the_truth_at_least_95_times_in_100(share):
    chances = binom.pmf(np.arange(31), 30, share)
    intervals = [clopper_pearson(k, 30) for k in range(31)]
    assert sum(c for c, e in zip(chances, intervals, strict=True) if e.low <= share <= e.high) >= 0.95


def test_without_bounds_the_mean_has_students_interval():
    scores_S = [0.3, 0.5, 0.45, 0.62, 0.38]
    expected = ttest_1samp(scores_S, 0).confidence_interval(0.95)
    estimate = mean_over_seeds(scores_S, bounds=None)
    assert (estimate.low, estimate.high) == pytest.approx(tuple(expected))
    assert (estimate.value, estimate.n) == (pytest.approx(0.45), 5)


def test_within_bounds_it_is_the_exact_interval_of_the_trials_that_the_seeds_are_worth():
    """Korn & Graubard (1998), written out with scipy's quantiles."""
    scores_S = [0.91, 0.97, 0.88, 0.99, 0.95, 0.96]
    mean, variance = np.mean(scores_S), np.var(scores_S, ddof=1) / 6
    trials = mean * (1 - mean) / variance * (norm.ppf(0.975) / t.ppf(0.975, 5)) ** 2
    right = mean * trials
    low, high = beta.ppf(0.025, right, trials - right + 1), beta.ppf(0.975, right + 1, trials - right)
    estimate = mean_over_seeds(scores_S, items=1000)
    assert (estimate.low, estimate.high) == pytest.approx((low, high))
    assert estimate.high - mean < mean - estimate.low  # it leans away from the end of the scale


def test_in_the_middle_of_the_bounds_it_is_students_within_a_few_percent():
    scores_S = 0.5 + 0.1 * np.random.default_rng(0).standard_normal(16)
    expected = ttest_1samp(scores_S, 0).confidence_interval(0.95)
    estimate = mean_over_seeds(scores_S)
    assert 1 <= (estimate.high - estimate.low) / (expected.high - expected.low) <= 1.06
    doubled = mean_over_seeds(2 * scores_S, bounds=(0.0, 2.0))
    assert (doubled.low, doubled.high) == pytest.approx((2 * estimate.low, 2 * estimate.high))


def test_perfect_seeds_leave_the_room_that_their_items_leave():
    estimate = mean_over_seeds([1.0] * 8, items=200)
    exact = clopper_pearson(1600, 1600)
    assert (estimate.low, estimate.high) == pytest.approx((exact.low, 1.0))


def test_perfect_seeds_of_unknown_tests_leave_the_room_that_their_number_leaves():
    assert mean_over_seeds([1.0] * 8).low == pytest.approx(0.025 ** (1 / 8))
    assert mean_over_seeds([0.0] * 8).high == pytest.approx(1 - 0.025 ** (1 / 8))
    assert mean_over_seeds([0.0] * 16).high < mean_over_seeds([0.0] * 8).high


@given(SCORES, st.integers(1, 1000))
def test_the_interval_holds_the_mean_stays_in_bounds_and_is_never_narrower_than_the_items_allow(scores_S, items):
    estimate = mean_over_seeds(scores_S, items=items)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.high > estimate.low
    trials = items * len(scores_S)
    right = min(estimate.value * trials, trials)
    assert estimate.low <= clopper_pearson(ceil(right), trials).low + 1e-9
    assert estimate.high >= clopper_pearson(floor(right), trials).high - 1e-9


@given(SCORES)
def test_exchanging_right_and_wrong_mirrors_the_interval(scores_S):
    right, wrong = mean_over_seeds(scores_S, items=50), mean_over_seeds([1 - s for s in scores_S], items=50)
    assert (wrong.low, wrong.high) == pytest.approx((1 - right.high, 1 - right.low), abs=1e-6)


@pytest.mark.parametrize(("a", "b"), [(2, 2), (9, 1), (60, 2), (60, 1)])
def test_the_mean_is_covered_whether_seeds_differ_much_or_hardly(a, b):
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        estimate = mean_over_seeds(rng.binomial(50, rng.beta(a, b, size=8)) / 50, items=50)
        covered += estimate.low <= a / (a + b) <= estimate.high
    assert covered / 400 >= 0.92


def test_one_seed_has_no_interval_however_many_items_it_saw():
    estimate = mean_over_seeds([0.9], items=10_000)
    assert isnan(estimate.low)
    assert isnan(estimate.high)


def test_equal_losses_have_no_interval_rather_than_a_point():
    assert isnan(mean_over_seeds([0.53, 0.53], bounds=None).low)
    assert isnan(difference_of_means([0.53, 0.53], [0.6, 0.6], bounds=None).low)


def test_a_difference_of_losses_has_welchs_interval():
    a_S, b_S = [0.53, 0.55, 0.52, 0.57], [0.61, 0.66, 0.60]
    expected = ttest_ind(a_S, b_S, equal_var=False).confidence_interval(0.95)
    estimate = difference_of_means(a_S, b_S, bounds=None)
    assert (estimate.low, estimate.high) == pytest.approx(tuple(expected))
    assert estimate.n == 7


def test_all_against_none_is_a_large_difference_but_not_an_exact_one():
    estimate = difference_of_means([1.0] * 8, [0.0] * 8, items=200)
    assert estimate.value == estimate.high == 1
    assert 0.99 < estimate.low < 1


@given(SCORES, SCORES)
def test_a_difference_is_antisymmetric_and_inside_its_interval(a_S, b_S):
    ab, ba = difference_of_means(a_S, b_S), difference_of_means(b_S, a_S)
    assert -1 <= ab.low <= ab.value <= ab.high <= 1
    assert (ba.low, ba.high) == pytest.approx((-ab.high, -ab.low), abs=1e-6)


def test_a_side_of_one_seed_leaves_no_interval():
    assert isnan(difference_of_means([0.5], [0.1, 0.2]).low)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_over_seeds([0.5, nan]), "scores holds nan at position 1"),
        (lambda: mean_over_seeds([]), "one number or more"),
        (lambda: mean_over_seeds([0.5, 97.0]), r"lie in \[0.0, 1.0\], got 97.0"),
        (lambda: mean_over_seeds([0.5, 0.6], items=0), "at least 1 test item"),
        (lambda: mean_over_seeds([0.5, 0.6], items=5, bounds=None), "bounded scores only"),
        (lambda: mean_over_seeds([0.5, 0.6], bounds=(1, 0)), "lowest, highest"),
        (lambda: mean_over_seeds([0.5, 0.6], level=95), "got 95"),
        (lambda: clopper_pearson(6, 5), "got 6 of 5"),
        (lambda: clopper_pearson(0, 0), "1 trial or more"),
    ],
)
def test_bad_input_is_refused_with_what_was_expected(call, message):
    with pytest.raises(UsageError, match=message):
        call()
