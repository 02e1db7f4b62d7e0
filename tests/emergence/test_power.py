"""What `plan` promises: the power that it names, the right test, and the spread that a pilot really shows."""

from math import exp, inf, log

import numpy as np
import pytest
from scipy import stats

from seedbed.config.errors import UsageError
from seedbed.emergence.conditions import log_rank
from seedbed.emergence.onset import Onset
from seedbed.emergence.power import assurance, log_normal_fit, log_rank_statistics, seeds_needed, told_apart
from seedbed.emergence.simulate import perfectly_seen


def needed(*given, **options) -> int:
    seeds = seeds_needed(*given, **options).seeds
    assert seeds is not None
    return seeds


def exactly(times):
    """Onsets known almost to the point."""
    return [Onset(time, time * 0.999, 1e9) for time in times]


@pytest.mark.parametrize("end", [inf, 1.2])
def test_the_statistic_is_that_of_scipy(end):
    rng = np.random.default_rng(0)
    times = rng.exponential(size=(5, 12))
    found = log_rank_statistics(times, 5, end)
    for row, statistic in zip(times, found, strict=True):
        sides = [
            stats.CensoredData(uncensored=side[side <= end], right=np.full((side > end).sum(), end))
            for side in (row[:5], row[5:])
        ]
        assert statistic == pytest.approx(stats.logrank(sides[0], sides[1]).statistic ** 2, rel=1e-9)


@pytest.mark.parametrize("seeds", [3, 4, 6, 8])
@pytest.mark.parametrize("end", [inf, 1.2])
def test_studies_are_told_apart_as_the_exact_test_does(seeds, end):
    rng = np.random.default_rng(seeds)
    times = rng.exponential(size=(60, 2 * seeds))
    times[:, seeds:] *= 4
    found = told_apart(times, seeds, 0.05, end)
    for row, told in zip(times, found, strict=True):
        a, b = (perfectly_seen(side, min(end, 1e9)) for side in (row[:seeds], row[seeds:]))
        assert told == (log_rank(a, b).p <= 0.05)
    assert found.any() == (seeds > 3)


def test_no_plan_asks_for_fewer_seeds_than_the_test_can_decide_with():
    """With 3 seeds a side the least p-value there is is 0.1."""
    assert needed(exactly([300, 301, 302, 303]), 5.0) == 4


def test_a_known_spread_gives_the_power_of_the_normal_formula():
    """Log-rank is nearly as strong as the test of two normal means: within a tenth of its power, and not above."""
    power = assurance(40, 1.5, 0.6, pilot=10_000, level=0.05)
    shift = log(1.5) / (0.6 * (2 / 40) ** 0.5)
    best = stats.norm.sf(1.96 - shift)
    assert best - 0.12 < power <= best + 0.02


def test_no_effect_is_seen_as_often_as_the_level_says():
    assert assurance(20, 1 + 1e-9, 0.5, pilot=8, level=0.05) == pytest.approx(0.05, abs=0.015)


def test_the_fit_finds_the_spread_of_log_onsets_through_intervals_and_censoring():
    rng = np.random.default_rng(1)
    grid = np.arange(0, 2000, 50.0)
    onsets = []
    times = np.exp(rng.normal(log(400), 0.5, size=400))
    for time in times:
        place = int(np.searchsorted(grid, time))
        onsets.append(Onset(grid[place], grid[place - 1], 700.0) if time <= 700 else Onset(None, 700.0, 700.0))
    centre, spread = log_normal_fit(onsets)
    assert exp(centre) == pytest.approx(exp(np.log(times).mean()), rel=0.03)
    assert spread == pytest.approx(np.log(times).std(), rel=0.06)
    times = np.exp(rng.normal(2, 0.3, size=7))
    centre, spread = log_normal_fit(exactly(times))
    assert spread == pytest.approx(np.log(times).std(ddof=1), rel=1e-2)


def test_a_wider_spread_a_smaller_effect_and_an_early_end_need_more_seeds():
    pilot = exactly([300, 400, 450, 600, 800, 500, 350, 420])
    base = seeds_needed(pilot, 1.5)
    assert base.seeds is not None and base.power >= 0.8 and base.censored == 0 and base.pilot == 8
    wider = exactly([200, 400, 450, 700, 1200, 500, 250, 420])
    assert needed(wider, 1.5) > base.seeds and needed(pilot, 1.25) > base.seeds
    assert needed(pilot, 1.5, end=450) > base.seeds
    assert needed(pilot, 1 / 1.5) == base.seeds
    assert dict(base.curve)[base.seeds] == base.power and dict(base.curve)[base.seeds - 1] < 0.8


def test_an_effect_too_small_for_a_thousand_seeds_says_so():
    plan = seeds_needed(exactly([100, 400, 1600]), 1.01)
    assert plan.seeds is None and plan.power < 0.8


@pytest.mark.parametrize(
    ("pilot", "options", "message"),
    [
        (exactly([1, 2, 3]), {"effect": 1.0}, "effect must be a ratio"),
        (exactly([1, 2, 3]), {"effect": -2.0}, "effect must be a ratio"),
        (exactly([1, 2, 3]), {"effect": 1.5, "power": 1.2}, "power must lie between 0 and 1"),
        (exactly([1, 2, 3]), {"effect": 1.5, "power": 0.04}, "power must exceed the level"),
        ([*exactly([1, 2]), Onset(None, 5, 5)], {"effect": 1.5}, "2 onsets among 3 seeds"),
        ([Onset(100.0, 50.0, 500.0)] * 5, {"effect": 1.5}, "fall between the same two evaluations"),
    ],
)
def test_a_pilot_that_says_too_little_is_refused(pilot, options, message):
    with pytest.raises(UsageError, match=message):
        seeds_needed(pilot, **options)
