"""Two conditions compared: does the ability emerge at other times in one, and how many times as late?

A p-value says that a difference is there, the ratio says how large it is; both count runs that ended before the onset.
Sources: Mantel (1966), Cancer Chemotherapy Reports 50:163 (log-rank); Moses (1953) and Hodges & Lehmann (1963), Annals
of Mathematical Statistics 34:598 (the shift between two samples, here of logarithms).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, inf, nan

import numpy as np
from numpy.typing import NDArray

from seedbed.emergence.estimates import Estimate
from seedbed.emergence.inputs import check_level
from seedbed.emergence.onset import Onset, onset_bounds

FloatArray = NDArray[np.float64]
RELABELINGS = 20_000  # holds all 12,870 of two conditions of 8 seeds
ROUNDING = 1e-9  # of sums of scores, each of the order of 1


@dataclass(frozen=True)
class LogRank:
    """Whether two conditions emerge alike.

    p: two-sided, from relabelling seeds; exact: all relabellings were counted, else 20,000 drawn ones with the observed
    added.  z: observed less expected onsets of the first condition in standard deviations, above 0 where the first
    emerges earlier; p_normal: the p-value of z in a large sample.  observed, expected: confirmed onsets of the first
    condition, and how many it would have at the pooled rate.  n_a, n_b: seeds.
    """

    p: float
    exact: bool
    z: float
    p_normal: float
    observed: int
    expected: float
    n_a: int
    n_b: int


def log_rank(a: Sequence[Onset], b: Sequence[Onset]) -> LogRank:
    """The log-rank test that two conditions have one distribution of onsets, n = seeds of each.

    The statistic is `O_a - E_a = sum over a of (emerged_i - H(t_i))`, with H the Nelson-Aalen cumulative rate of all
    seeds; ties take the tied seeds together. Its p-value counts the ways to deal the same seeds out to the two
    conditions that give a statistic as far out (twice the smaller tail), so it is exact at any number of seeds.

    Assumed: both conditions are evaluated on one grid, so that an onset evaluation means the same in both and stands
    for the onset (on different grids the test sees the grids); and, under the null hypothesis, runs end alike. A run
    without a confirmed onset counts up to its `lower`. Without any onset p is 1. Raises UsageError for an empty side.
    """
    (lowers_a, steps_a), (lowers_b, steps_b) = onset_bounds(a), onset_bounds(b)
    lowers_S, steps_S = np.concatenate([lowers_a, lowers_b]), np.concatenate([steps_a, steps_b])
    emerged_S = np.isfinite(steps_S)
    times_S = np.where(emerged_S, steps_S, lowers_S)
    rate_S = _cumulative_rate(times_S, emerged_S)
    scores_S = emerged_S - rate_S
    exact = counts_all_deals(len(steps_S), len(a))
    observed, expected = int(emerged_S[: len(a)].sum()), float(rate_S[: len(a)].sum())
    if np.ptp(scores_S) == 0:  # no onset, or all at one time: every relabelling is as far out
        return LogRank(1.0, True, 0.0, 1.0, observed, expected, len(a), len(b))
    p = _dealt_out(scores_S, len(a), exact)
    z, p_normal = _in_a_large_sample((lowers_a, steps_a), (lowers_b, steps_b))
    return LogRank(p, exact, z, p_normal, observed, expected, len(a), len(b))


def counts_all_deals(seeds: int, size: int) -> bool:
    """Whether `log_rank` counts every way to deal `seeds` out with `size` on the first side, or draws some."""
    return comb(seeds, size) <= RELABELINGS


@lru_cache(maxsize=8)
def deals(seeds: int, size: int, exact: bool) -> NDArray[np.int32]:
    """The seeds on the first side, a row a deal: every deal, or `RELABELINGS` drawn ones, the same each time."""
    if exact:
        return np.array(list(combinations(range(seeds), size)), dtype=np.int32)
    return np.random.default_rng(0).random((RELABELINGS, seeds)).argsort(axis=1)[:, :size].astype(np.int32)


def onset_ratio(a: Sequence[Onset], b: Sequence[Onset], level: float = 0.95) -> Estimate:
    """How many times as late condition `a` emerges as `b`, n = seeds of both: above 1, `a` is later.

    Value: the median of the ratios of all pairs of seeds, onset evaluation over onset evaluation (Hodges-Lehmann); a
    pair of two censored runs counts half as 0 and half as infinity, and nan remains where all are such.

    Interval: all ratios that the two-sided Mann-Whitney test does not reject, which are those between the k-th smallest
    and the k-th largest pair, k the largest number for which P(U < k) <= (1 - level) / 2. The low end takes each
    pair at its least, `lower` of a over `step` of b, and the high end at its most; of a censored run the onset is only
    known to lie after its `lower`. So the ends hold whatever the grids are and whatever ended the runs; a censored pair
    opens the interval rather than being left out.

    Assumed: the onsets of one condition are those of the other times a constant. Where they are not, the ratio is that
    of typical pairs. Needs at least 4 seeds a side at 95%; with fewer the ends are 0 and infinity.
    """
    check_level(level)
    (lowers_a, steps_a), (lowers_b, steps_b) = onset_bounds(a), onset_bounds(b)
    least = np.sort(_pairs(lowers_a, steps_b, unknown=0.0))
    most = np.sort(_pairs(steps_a, lowers_b, unknown=inf))
    at_most_P = np.cumsum(_mann_whitney(len(a), len(b)))
    rank = int((at_most_P <= (1 - level) / 2).sum())
    low = float(least[rank - 1]) if rank else 0.0
    high = float(most[-rank]) if rank else inf
    value = _geometric_median(_pairs(steps_a, steps_b, unknown=nan))
    method = "Hodges-Lehmann ratio; Mann-Whitney interval, each pair of seeds between its bounds"
    return Estimate(value, low, high, len(a) + len(b), method, level)


def _in_a_large_sample(*bounds: tuple[FloatArray, FloatArray]) -> tuple[float, float]:
    """The log-rank statistic in standard deviations, and its p-value if that is normal."""
    from scipy.stats import CensoredData, logrank  # takes longer to import than all the rest here to run

    a, b = (CensoredData(uncensored=upper[upper < inf], right=lower[upper == inf]) for lower, upper in bounds)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0 where no onset ever finds both conditions waiting
        found = logrank(a, b)
    return (float(found.statistic), float(found.pvalue)) if np.isfinite(found.statistic) else (0.0, 1.0)


def _cumulative_rate(times_S: FloatArray, emerged_S: NDArray[np.bool_]) -> FloatArray:
    """Nelson-Aalen at each seed's own time: the sum over onset times up to it of onsets per seed still waiting."""
    onset_times, counts = np.unique(times_S[emerged_S], return_counts=True)
    waiting = (times_S >= onset_times[:, np.newaxis]).sum(axis=1)
    return (counts / waiting) @ (onset_times[:, np.newaxis] <= times_S)


def _dealt_out(scores_S: FloatArray, size: int, exact: bool) -> float:
    """Two-sided share of the ways to draw `size` seeds whose scores sum to as much as the first `size`, or as little.

    scipy's permutation_test does the same, but refuses a side of one seed.
    """
    places = deals(len(scores_S), size, exact)
    sums, observed = scores_S[places].sum(axis=1), scores_S[:size].sum()
    tails = [int((sums >= observed - ROUNDING).sum()), int((sums <= observed + ROUNDING).sum())]
    drawn = 0 if exact else 1  # the observed deal is one of all, but not of those drawn
    return min(1.0, 2 * (min(tails) + drawn) / (len(sums) + drawn))


def _pairs(above_A: FloatArray, below_B: FloatArray, unknown: float) -> FloatArray:
    """All ratios; 0 over 0 and infinity over infinity, which say nothing, become `unknown`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.divide.outer(above_A, below_B).ravel()
    return np.where(np.isnan(ratios), unknown, ratios)


def _geometric_median(ratios: FloatArray) -> float:
    """The middle known ratio, or the geometric mean of the two in the middle, so that a over b inverts b over a."""
    ordered = np.sort(ratios[~np.isnan(ratios)])
    if not ordered.size:
        return nan
    low, high = float(ordered[(len(ordered) - 1) // 2]), float(ordered[len(ordered) // 2])
    if low == high:
        return low
    if low == 0 or high == inf:
        return nan if (low, high) == (0.0, inf) else low * high
    return float(np.sqrt(low) * np.sqrt(high))


@lru_cache(maxsize=64)
def _mann_whitney(first: int, second: int) -> FloatArray:
    """P(U = u) for u = 0..first*second, if both samples come from one continuous distribution.

    Of all seeds the last in order is of the first sample with chance first / (first + second), and then counts above
    all of the second: P(u; m, n) = m/(m+n) P(u-n; m-1, n) + n/(m+n) P(u; m, n-1). Mann & Whitney (1947), equation 1.
    """
    chances = {(m, 0): np.ones(1) for m in range(first + 1)} | {(0, n): np.ones(1) for n in range(second + 1)}
    for m in range(1, first + 1):
        for n in range(1, second + 1):
            sums = np.zeros(m * n + 1)
            sums[n:] += m / (m + n) * chances[m - 1, n]
            sums[: m * (n - 1) + 1] += n / (m + n) * chances[m, n - 1]
            chances[m, n] = sums
        for n in range(second + 1):
            chances.pop((m - 1, n), None)
    return chances[first, second]
