"""Which share of the seeds has emerged by when, and the mean time that it takes, with runs that ended before it.

Leaving out the seeds that did not emerge makes every ability look early; waiting for all of them is no option either.
Sources: Kaplan & Meier (1958), JASA 53:457; Turnbull (1976), JRSS B 38:290; Clopper & Pearson (1934), for the bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.inputs import check_level
from seedbed.emergence.intervals import clopper_pearson, mean_over_seeds
from seedbed.emergence.onset import Onset, onset_bounds
from seedbed.emergence.product_limit import share_waiting
from seedbed.emergence.turnbull_masses import turnbull_masses

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """The share of seeds that has emerged by each of K times, to be drawn as steps that rise at the times.

    times_K: 0, every time of an evaluation next to an onset, and the ends of runs.  since_K: the rise to `share_K`
    lies after `since_K` and not after `times_K`, where the data do not say at which time between; equal where they do.
    low_K, high_K: pointwise band: each time alone holds the true share as often as `level` says.  n: seeds.
    emerged: seeds with a confirmed onset.
    """

    times_K: FloatArray
    since_K: FloatArray
    share_K: FloatArray
    low_K: FloatArray
    high_K: FloatArray
    n: int
    emerged: int
    method: str
    level: float


def kaplan_meier(onsets: Sequence[Onset], level: float = 0.95) -> SurvivalCurve:
    """The Kaplan-Meier curve of the onset evaluations, n = seeds, in the unit of the onsets.

    The time is the first evaluation that shows the ability, not the unseen moment before it: compare conditions only
    on one grid of evaluations, or use `turnbull`. A run without a confirmed onset is censored from its `lower` on;
    where all runs share one grid that is at or after every onset that could be confirmed, so nothing is lost.

    Band: at each time the exact binomial interval (Clopper-Pearson) of the share, its low end as if no run of unknown
    state had emerged and its high end as if all had. It assumes independent seeds and nothing else: no large sample,
    no reason for which runs end. Greenwood's band shrinks to nothing where all seeds agree, this one does not.
    """
    check_level(level)
    lowers_S, steps_S = onset_bounds(onsets)
    times_K = _times(onsets)
    share_K = 1 - _share_not_emerged(lowers_S, steps_S, times_K)
    in_time_SK = lowers_S[:, np.newaxis] >= times_K
    waiting_SK = (steps_S[:, np.newaxis] > times_K) & (np.isfinite(steps_S)[:, np.newaxis] | in_time_SK)
    return _curve(times_K, times_K, share_K, waiting_SK, steps_S, "Kaplan-Meier of onset evaluations", level)


def turnbull(onsets: Sequence[Onset], level: float = 0.95) -> SurvivalCurve:
    """The most likely curve of the onsets themselves, each between two evaluations (Turnbull), n = seeds.

    Grids of evaluations may differ between runs. The band is made as in `kaplan_meier`, a seed between its two
    evaluations counting as of unknown state. Raises EstimationError if the maximum of the likelihood is not found.
    """
    check_level(level)
    lowers_S, steps_S = onset_bounds(onsets)
    fit = turnbull_masses(lowers_S, steps_S)
    times_K = _times(onsets)
    share_K = np.minimum((fit.mass_J * (fit.until_J <= times_K[:, np.newaxis])).sum(axis=1), 1.0)
    since_K = times_K.copy()
    ends_J = (fit.mass_J > 0) & np.isfinite(fit.until_J)
    since_K[np.searchsorted(times_K, fit.until_J[ends_J])] = fit.since_J[ends_J]
    waiting_SK = (steps_S[:, np.newaxis] > times_K) & (lowers_S[:, np.newaxis] >= times_K)
    return _curve(times_K, since_K, share_K, waiting_SK, steps_S, "Turnbull, most likely between evaluations", level)


def restricted_mean_time(onsets: Sequence[Onset], until: float, level: float = 0.95) -> Estimate:
    """The mean of min(onset, `until`) over seeds, n = seeds, in the unit of the onsets: the area above the curve.

    `until` is part of the question: fix it before looking, and for comparisons keep it. The value is the area over the
    Kaplan-Meier curve up to `until`, nan where runs end before it and leave the curve open.

    Interval, the widest of: (1) Student's t over seeds, low end with every onset right after its `lower`, high end
    with every onset at its `step` and none of the censored ever; (2) the exact binomial interval of the share that
    emerges by `until`, times what emerging saves on average. The second speaks for a kind of seed too rare to be
    drawn: eight seeds that all emerge leave room for 37% that never do. Nothing is assumed about why runs end.
    Raises UsageError unless `until` is positive and finite.
    """
    check_level(level)
    if not (isfinite(until) and until > 0):
        raise UsageError(f"until must be a positive time up to which to average, got {until}")
    lowers_S, steps_S = onset_bounds(onsets)
    value = _area(lowers_S, steps_S, until)
    if len(onsets) == 1:
        return without_interval(value, 1, "one seed: no spread to judge by", level)
    earliest_S, latest_S = np.minimum(lowers_S, until), np.minimum(steps_S, until)
    t_low = mean_over_seeds(earliest_S, level=level, bounds=(0.0, until)).low
    t_high = mean_over_seeds(latest_S, level=level, bounds=(0.0, until)).high
    low = min(t_low, _mean_at_most_common(earliest_S, until, level))
    high = max(t_high, _mean_at_rarest(latest_S, until, level))
    if isfinite(value):
        low, high = min(low, value), max(high, value)
    method = "area above Kaplan-Meier; Student t over seeds, at least the exact binomial of the share"
    return Estimate(value, low, high, len(onsets), method, level)


def restricted_geometric_mean(onsets: Sequence[Onset], since: float, until: float, level: float = 0.95) -> Estimate:
    """The geometric mean of min(onset, `until`) over seeds, n = seeds: `restricted_mean_time` on the logarithm.

    For scales of many decades: there the few percent of seeds that may never emerge, which no sample rules out, would
    weigh `until` each in an arithmetic mean, and a hundred times the typical onset drowns what is known. `since`: the
    first evaluation; an onset there, or before it, counts as at it. Raises UsageError unless 0 < since < until.
    """
    if not (isfinite(until) and 0 < since < until):
        raise UsageError(f"a geometric mean needs times 0 < since < until, got {since} and {until}")

    def decades(time: float) -> float:
        return float(np.log10(max(time, since) / since))

    moved = [
        Onset(None if each.step is None else decades(each.step), decades(each.lower), decades(each.last))
        for each in onsets
    ]
    found = restricted_mean_time(moved, decades(until), level)
    ends = {name: float(since * 10 ** getattr(found, name)) for name in ("value", "low", "high")}
    return replace(found, **ends, method=f"geometric: {found.method}")


def _times(onsets: Sequence[Onset]) -> FloatArray:
    known = [time for found in onsets for time in (found.lower, found.step, found.last) if time is not None]
    return np.unique([0.0, *known])


def _share_not_emerged(lowers_S: FloatArray, steps_S: FloatArray, times_K: FloatArray) -> FloatArray:
    """The Kaplan-Meier share of seeds that has not emerged by each time."""
    known_S = np.isfinite(steps_S)
    return share_waiting(np.where(known_S, steps_S, lowers_S), known_S, times_K)


def _curve(
    times_K: FloatArray,
    since_K: FloatArray,
    share_K: FloatArray,
    waiting_SK: NDArray[np.bool_],
    steps_S: FloatArray,
    method: str,
    level: float,
) -> SurvivalCurve:
    """The curve with its band, from which seeds are known to have emerged by each time and which not to have."""
    seeds = len(steps_S)
    shares = [clopper_pearson(count, seeds, level) for count in range(seeds + 1)]
    emerged_K = (steps_S[:, np.newaxis] <= times_K).sum(axis=0)
    possible_K = seeds - waiting_SK.sum(axis=0)
    low_K = np.array([shares[count].low for count in emerged_K])
    high_K = np.array([shares[count].high for count in possible_K])
    emerged = int(np.isfinite(steps_S).sum())
    return SurvivalCurve(times_K, since_K, share_K, low_K, high_K, seeds, emerged, method, level)


def _area(lowers_S: FloatArray, steps_S: FloatArray, until: float) -> float:
    """The area over the Kaplan-Meier curve up to `until`, nan where the curve is not known that far."""
    known_S = np.isfinite(steps_S)
    followed = lowers_S[~known_S].max(initial=0.0)
    if not known_S.all() and followed < until and steps_S[known_S].max(initial=0.0) <= followed:
        return nan
    times_K = np.unique([0.0, *steps_S[steps_S < until]])
    waiting_K = _share_not_emerged(lowers_S, steps_S, times_K)
    return float(waiting_K @ np.diff(times_K, append=until))


def _mean_at_most_common(earliest_S: FloatArray, until: float, level: float) -> float:
    """The mean if as many seeds emerge by `until` as the binomial allows, and as early as those seen."""
    emerged_S = earliest_S < until
    share = clopper_pearson(int(emerged_S.sum()), len(earliest_S), level).high
    typical = float(earliest_S[emerged_S].mean()) if emerged_S.any() else 0.0
    return until - share * (until - typical)


def _mean_at_rarest(latest_S: FloatArray, until: float, level: float) -> float:
    """The mean if as few seeds emerge by `until` as the binomial allows."""
    emerged_S = latest_S < until
    if not emerged_S.any():
        return until
    share = clopper_pearson(int(emerged_S.sum()), len(latest_S), level).low
    return until - share * (until - float(latest_S[emerged_S].mean()))
