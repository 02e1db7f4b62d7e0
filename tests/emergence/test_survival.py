from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.config.errors import UsageError
from seedbed.emergence import (
    Onset,
    clopper_pearson,
    kaplan_meier,
    median_onset,
    restricted_geometric_mean,
    restricted_mean_time,
    turnbull,
)
from seedbed.emergence.turnbull_masses import OPTIMAL, turnbull_masses


def exactly(time: float) -> Onset:
    return Onset(time, time, 100)


def ended(after: float) -> Onset:
    return Onset(None, after, after)


FREIREICH = [exactly(t) for t in (6, 6, 6, 7, 10, 13, 16, 22, 23)] + [
    ended(t) for t in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
]  # 6-mercaptopurine, weeks of remission: Freireich et al. (1963), Blood 21:699

ONSETS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.booleans()).map(
        lambda drawn: Onset(float(max(drawn[:2])) if drawn[2] else None, float(min(drawn[:2])), 13.0)
    ),
    min_size=1,
    max_size=16,
)


def share_at(curve, time: float) -> float:
    return float(curve.share_K[np.searchsorted(curve.times_K, time, side="right") - 1])


def test_kaplan_meier_gives_the_published_curve_of_freireichs_trial():
    curve = kaplan_meier(FREIREICH)
    expected = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {t: pytest.approx(1 - share_at(curve, t), abs=5e-4) for t in expected} == expected
    assert (curve.n, curve.emerged) == (21, 9)
    assert median_onset(FREIREICH).value == 23


def test_kaplan_meier_agrees_with_lifelines():
    lifelines = pytest.importorskip("lifelines")
    rng = np.random.default_rng(0)
    times = np.round(rng.exponential(10, size=40), 1)
    emerged = rng.random(40) < 0.7
    curve = kaplan_meier([exactly(t) if e else ended(t) for t, e in zip(times, emerged, strict=True)])
    fitted = lifelines.KaplanMeierFitter().fit(times, emerged)
    assert curve.share_K == pytest.approx(1 - fitted.predict(curve.times_K).to_numpy())


def test_the_band_at_an_evaluation_is_the_exact_interval_of_the_share_seen_there():
    curve = kaplan_meier([Onset(20, 10, 40)] * 3 + [Onset(30, 20, 40)] * 2 + [Onset(None, 40, 40)] * 3)
    for time, count in ((10, 0), (20, 3), (30, 5), (40, 5)):
        place = list(curve.times_K).index(time)
        exact = clopper_pearson(count, 8)
        assert (curve.low_K[place], curve.high_K[place]) == (exact.low, exact.high)


def test_a_run_that_ended_may_have_emerged_or_not():
    curve = kaplan_meier([Onset(20, 10, 40)] * 4 + [Onset(None, 10, 10)] * 4)
    assert curve.low_K[-1] == clopper_pearson(4, 8).low
    assert curve.high_K[-1] == 1


@given(ONSETS)
def test_both_curves_rise_and_stay_in_their_bands(onsets):
    for curve in (kaplan_meier(onsets), turnbull(onsets)):
        assert (np.diff(curve.times_K) > 0).all()
        assert (np.diff(curve.share_K) >= -1e-12).all()
        assert (curve.low_K <= curve.share_K + 1e-7).all()
        assert (curve.share_K <= curve.high_K + 1e-7).all()
        assert (curve.since_K <= curve.times_K).all()


@given(ONSETS)
def test_the_turnbull_masses_satisfy_the_conditions_of_a_maximum(onsets):
    lowers_S = np.array([found.lower for found in onsets])
    uppers_S = np.array([inf if found.step is None else found.step for found in onsets])
    fit = turnbull_masses(lowers_S, uppers_S)
    inside_SJ = (lowers_S[:, None] <= fit.since_J) & (fit.until_J <= uppers_S[:, None])
    inside_SJ &= (lowers_S == uppers_S)[:, None] | (lowers_S[:, None] < fit.until_J)
    derivative_J = (inside_SJ / (inside_SJ @ fit.mass_J)[:, None]).sum(axis=0)
    assert fit.mass_J.sum() == pytest.approx(1)
    assert (fit.mass_J >= 0).all()
    assert (derivative_J <= len(onsets) * (1 + 2 * OPTIMAL)).all()
    assert derivative_J[fit.mass_J > 1e-4] == pytest.approx(len(onsets), rel=1e-4)


def test_turnbull_of_exact_times_is_kaplan_meier():
    curve, expected = turnbull(FREIREICH), kaplan_meier(FREIREICH)
    assert curve.share_K == pytest.approx(expected.share_K, abs=1e-6)


def test_turnbull_of_one_shared_grid_is_the_share_seen_at_each_evaluation():
    onsets = [Onset(20, 10, 40)] * 3 + [Onset(30, 20, 40)] * 2 + [Onset(None, 40, 40)] * 3
    curve = turnbull(onsets)
    assert dict(zip(curve.times_K, curve.share_K, strict=True)) == pytest.approx(
        {0: 0, 10: 0, 20: 3 / 8, 30: 5 / 8, 40: 5 / 8}
    )
    assert list(curve.since_K) == [0, 10, 10, 20, 40]


def test_turnbull_agrees_with_lifelines_where_intervals_overlap():
    npmle = pytest.importorskip("lifelines.fitters.npmle").npmle
    rng = np.random.default_rng(3)
    lows = rng.integers(0, 20, size=25).astype(float)
    highs = np.where(rng.random(25) < 0.2, np.inf, lows + rng.integers(1, 8, size=25))
    fit = turnbull_masses(lows, highs)
    # lifelines takes closed intervals: shrink the open left ends by less than any gap
    masses, intervals = npmle(lows + 1e-3, highs, tol=1e-10)
    assert list(fit.since_J + 1e-3) == pytest.approx([interval.left for interval in intervals])
    assert list(fit.until_J) == [interval.right for interval in intervals]
    assert fit.mass_J == pytest.approx(masses, abs=1e-3)


@settings(max_examples=30)
@given(ONSETS)
def test_the_median_lies_in_its_interval_wherever_runs_end(onsets):
    estimate = median_onset(onsets)
    assert isnan(estimate.low) or estimate.low <= estimate.value <= estimate.high


def test_early_ends_do_not_make_the_median_late():
    onsets = [Onset(t, t - 1, 100) for t in (10, 20, 30)] + [Onset(None, 5, 5)] * 4
    assert median_onset(onsets).value == 20  # three known seeds; the four that ended at once tell nothing


def test_with_everyone_followed_the_restricted_mean_is_the_mean():
    onsets = [exactly(t) for t in (10, 20, 30, 40)] + [ended(100), ended(100)]
    assert restricted_mean_time(onsets, 50).value == pytest.approx((10 + 20 + 30 + 40 + 50 + 50) / 6)


def test_the_restricted_mean_agrees_with_lifelines():
    lifelines = pytest.importorskip("lifelines")
    from lifelines.utils import restricted_mean_survival_time

    times = [t.step or t.lower for t in FREIREICH]
    fitted = lifelines.KaplanMeierFitter().fit(times, [t.step is not None for t in FREIREICH])
    assert restricted_mean_time(FREIREICH, 30).value == pytest.approx(restricted_mean_survival_time(fitted, 30))


def test_a_restricted_mean_beyond_what_was_followed_has_bounds_only():
    estimate = restricted_mean_time([exactly(10), exactly(20), ended(30), ended(30)], 60)
    assert isnan(estimate.value)
    assert 0 <= estimate.low < estimate.high <= 60


def test_all_emerged_leaves_room_for_a_seed_that_never_does():
    estimate = restricted_mean_time([exactly(10), exactly(11)] * 4, 100)
    rare = clopper_pearson(8, 8).low
    assert estimate.high == pytest.approx(rare * 10.5 + (1 - rare) * 100)


@pytest.mark.parametrize("seeds", [8, 16, 64])
def test_the_restricted_mean_is_covered_whether_seeds_differ_in_time_or_in_fate(seeds):
    rng = np.random.default_rng(seeds)
    for spread, never in ((0.15, 0.0), (0.05, 0.15), (0.4, 0.0)):
        many = np.minimum(100 * 10 ** (spread * rng.standard_normal(400_000)), 400)
        truth = (1 - never) * float(many.mean()) + never * 400
        held = 0
        for _ in range(200):
            times = np.where(rng.random(seeds) < never, inf, 100 * 10 ** (spread * rng.standard_normal(seeds)))
            onsets = [exactly(float(t)) if t < 400 else ended(400) for t in times]
            estimate = restricted_mean_time(onsets, 400)
            held += estimate.low <= truth <= estimate.high
        assert held / 200 >= 0.93, (spread, never)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kaplan_meier([]), "at least one seed, got none"),
        (lambda: turnbull([Onset(5, 7, 10)]), "0 <= lower <= step"),
        (lambda: restricted_mean_time([exactly(3)], 0), "positive time"),
        (lambda: restricted_mean_time([exactly(3)], inf), "positive time"),
        (lambda: kaplan_meier([exactly(3)], level=95), "got 95"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()


def test_a_geometric_mean_is_the_restricted_mean_of_logarithms():
    onsets = [exactly(10), exactly(100), exactly(1000), ended(10_000), ended(10_000)]
    assert restricted_geometric_mean(onsets, 10, 10_000).value == pytest.approx(10 ** ((1 + 2 + 3 + 4 + 4) / 5))
    for since, until in ((0, 10), (10, 10), (1, np.inf)):
        with pytest.raises(UsageError, match="needs times 0 < since < until"):
            restricted_geometric_mean(onsets, since, until)


def test_on_a_grid_of_four_decades_a_geometric_mean_covers_and_stays_near_the_onsets():
    grid = 10.0 ** np.linspace(1, 5, 30)
    covered, factors = 0, []
    for rng in np.random.default_rng(8).spawn(200):
        times = 10 ** rng.normal(3, 0.3, size=16)
        place = np.searchsorted(grid, times)
        onsets = [Onset(float(grid[k]), float(grid[k - 1]), 1e5) for k in place]
        found = restricted_geometric_mean(onsets, 10, 1e5)
        covered += found.low <= 1000 <= found.high
        factors.append(found.high / 1000)
    assert covered >= 188  # 94%
    assert np.median(factors) < 5  # the arithmetic mean's end lies 20 times as far
