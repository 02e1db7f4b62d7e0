"""The measure itself: it must find good intervals good, bad ones bad, and give what can be computed exactly."""

from dataclasses import replace
from functools import partial
from math import inf, isnan, log

import numpy as np
import pytest
from scipy.stats import binom

from seedbed.config.errors import UsageError
from seedbed.emergence import (
    Estimate,
    FinalScores,
    Rising,
    clopper_pearson,
    coverage_of_half_dose_ratio,
    coverage_of_mean,
    coverage_of_median,
    coverage_of_ratio,
    coverage_of_restricted_mean,
    coverage_of_success,
    delivered_power,
    false_alarms_of_log_rank,
    interval_coverage,
    seed_distribution,
    simulate_final_scores,
)
from seedbed.emergence import calibration as measured

FINE = 10.0 ** np.arange(0.5, 3.5, 0.005)
RISING = Rising(onset=100, jitter=0.15, width=0.1, chance=0.1, plateau=0.95, items=200)


def normal_interval(half_width):
    """The mean of 9 standard normal numbers, plus and minus so many standard errors."""

    def trial(rng):
        mean = rng.standard_normal(9).mean()
        return Estimate(mean, mean - half_width / 3, mean + half_width / 3, 9, "t"), (mean - 1.96 / 3, mean + 1.96 / 3)

    return trial


def test_an_interval_of_known_coverage_is_found_to_have_it():
    found = interval_coverage(normal_interval(1.96), 0.0, seeds=9, populations=2000)
    assert found.covered.low <= 0.95 <= found.covered.high and found.covered.n == 2000
    assert found.width == pytest.approx(1)


def test_an_interval_of_half_the_width_is_found_out():
    found = interval_coverage(normal_interval(0.98), 0.0, seeds=9, populations=2000)
    assert found.covered.value == pytest.approx(0.673, abs=0.03)  # two normal tails
    assert found.width == pytest.approx(0.5)


def test_an_interval_that_forgets_the_test_items_is_found_out(monkeypatch):
    tried = partial(coverage_of_mean, FinalScores(0.6, 0.1), seeds=8, populations=300)
    honest = tried().covered.value
    half = measured.mean_over_seeds
    monkeypatch.setattr(measured, "mean_over_seeds", lambda *given: narrowed(half(*given)))
    assert tried().covered.value < 0.8 < 0.9 < honest


def narrowed(estimate):
    low, high = ((end + estimate.value) / 2 for end in (estimate.low, estimate.high))
    return Estimate(estimate.value, low, high, estimate.n, "half")


def test_the_same_seed_gives_the_same_coverage():
    calls = [
        coverage_of_median(RISING, FINE[::4], seeds=8, threshold=0.5, persistence=2, populations=20, seed=s)
        for s in (0, 0, 1)
    ]
    assert calls[0] == calls[1] != calls[2]


@pytest.mark.parametrize("seeds", [8, 16, 64])
def test_the_median_is_covered_by_an_interval_as_wide_as_the_exact_one(seeds):
    found = coverage_of_median(RISING, FINE, seeds=seeds, threshold=0.5, persistence=3, populations=100)
    # 100 populations leave 2 percentage points of noise; `seedbed calibrate` is the full check
    assert found.covered.value >= 0.94
    assert found.width <= 1.1


def test_coarse_evaluations_widen_the_interval_of_the_median():
    fine, coarse = (
        coverage_of_median(RISING, grid, seeds=16, threshold=0.5, persistence=2, populations=60).width
        for grid in (FINE, FINE[::10])
    )
    assert coarse > fine + 0.1


@pytest.mark.parametrize("works", [0.1, 0.5, 1.0])
def test_the_coverage_of_success_is_the_sum_over_the_binomial(works):
    found = coverage_of_success(FinalScores(0.95, works=works), 0.5, seeds=8, populations=1500)
    intervals = [clopper_pearson(k, 8) for k in range(9)]
    exact = sum(binom.pmf(k, 8, works) for k, one in enumerate(intervals) if one.low <= works <= one.high)
    assert found.covered.value == pytest.approx(exact, abs=0.02)
    assert found.width == pytest.approx(1, abs=1e-6)


def test_the_interval_tried_for_success_is_that_of_the_seed_distribution():
    scores = FinalScores(0.95, works=0.7)
    drawn = simulate_final_scores(scores, 8, np.random.default_rng(0))[0]
    tried = clopper_pearson(int((drawn >= 0.5).sum()), 8)
    assert seed_distribution(drawn, threshold=0.5, items=200).success == tried


def test_the_exact_interval_of_normal_scores_is_students():
    """Scores of 60% spread by 10 points are nearly normal: the quantiles from other populations are near t's."""
    found = coverage_of_mean(FinalScores(0.6, 0.1, items=100_000), seeds=16, populations=200)
    assert found.width == pytest.approx(1, abs=0.06)


def test_where_no_score_varies_the_exact_interval_is_that_of_all_items():
    found = coverage_of_mean(FinalScores(1.0), seeds=8, populations=5)
    assert (found.covered.value, found.truth) == (1, 1)
    assert found.width == pytest.approx(1)


def test_a_rare_kind_of_seed_is_missed_as_often_as_it_is_not_drawn():
    """Nine of ten seeds succeed: with chance 0.9^8 no failing one is among 8, and the mean cannot know."""
    found = coverage_of_mean(FinalScores(0.98, works=0.9), seeds=8, populations=400)
    assert found.covered.value <= 1 - 0.9**8 + 0.06


def test_ratios_and_restricted_means_are_covered():
    grid = 10.0 ** np.arange(0, 4.5, 0.01)
    ratio = coverage_of_ratio(1.5, 0.35, grid, seeds=8, populations=200)
    assert ratio.covered.value >= 0.92 and 1 <= ratio.width <= 1.3 and ratio.truth == 1.5
    mean = coverage_of_restricted_mean(0.3, 600.0, grid, never=0.2, seeds=16, populations=200)
    times = np.minimum(400 * np.exp(0.3 * np.random.default_rng(0).standard_normal(200_000)), 600)
    assert mean.truth == pytest.approx(0.8 * times.mean() + 0.2 * 600, rel=2e-3)
    assert mean.covered.value >= 0.92


def test_the_half_dose_ratio_has_no_exact_width():
    found = coverage_of_half_dose_ratio((8.0, 28.0), 2.0, (4, 8, 16, 32, 64), seeds=4, populations=25)
    assert isnan(found.width) and found.covered.value >= 0.8
    assert found.truth == pytest.approx(8 / 28)


def test_conditions_alike_are_told_apart_in_one_of_twenty_at_most():
    grid = 10.0 ** np.arange(0, 4.5, 0.01)
    assert false_alarms_of_log_rank(0.35, grid, seeds=6, populations=200).value <= 0.09


def test_a_plan_that_asks_for_too_few_seeds_is_found_out(monkeypatch):
    grid = 10.0 ** np.arange(0, 5, 0.01)
    tried = partial(delivered_power, 0.35, grid, studies=25)
    honest = tried()
    plan = measured.seeds_needed
    monkeypatch.setattr(measured, "seeds_needed", lambda *given, **how: quartered(plan(*given, **how)))
    broken = tried()
    assert 0.6 <= honest.seen.value <= 0.95 and honest.seeds > 8
    assert broken.seen.value < 0.5 and broken.seeds < honest.seeds / 2


def quartered(plan):
    return replace(plan, seeds=max(2, plan.seeds // 4))


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.35, 0.5])
def test_a_promise_of_80_percent_is_kept_between_75_and_85(spread):
    """Pilot, plan, study and test as a user would do them."""
    kept = delivered_power(spread, 10.0 ** np.arange(0, 5, 0.01), studies=400)
    assert kept.seen.low <= 0.85 and kept.seen.high >= 0.75


@pytest.mark.parametrize("populations", [0, -1])
def test_no_populations_are_refused(populations):
    with pytest.raises(UsageError, match=f"populations must be at least 1, got {populations}"):
        interval_coverage(normal_interval(1), 0.0, seeds=9, populations=populations)


def test_ends_that_are_infinite_count_for_coverage_and_not_for_width():
    def trial(rng):
        return Estimate(1.0, 0.0, inf, 3, "open"), (0.0, inf)

    found = interval_coverage(trial, log(2), seeds=3, populations=5)
    assert found.covered.value == 1 and isnan(found.width)
