"""Intervals for shares and means: the seed is the unit, and agreement among seeds is not certainty.

Eight seeds that all score 100% on 200 items each leave room for an error rate that nobody has seen yet; an interval
that shrinks to a point denies it. Sources: Clopper & Pearson (1934), Biometrika 26:404; Korn & Graubard (1998), Survey
Methodology 24:193 (the mean of seeds, each with many items); Welch (1947), Biometrika 34:28;
Zou & Donner (2008), Statistics in Medicine 27:1693 (the interval of a difference from two intervals).
"""

from math import hypot, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri, stdtrit

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.inputs import check_level, finite_vector

Bounds = tuple[float, float]
SHARES: Bounds = (0.0, 1.0)
MOST_TRIALS = 1e12  # that seeds without a number of items may be worth: beyond, quantiles of the beta lose their digits


def clopper_pearson(successes: int, trials: int, level: float = 0.95) -> Estimate:
    """The exact binomial interval of a share, n = `trials`; it holds the truth at least as often as `level` says.

    Trials must be independent and alike: seeds that emerged, or items of one model. Raises UsageError for a count
    outside 0..trials.

    >>> estimate = clopper_pearson(8, 8)
    >>> round(estimate.low, 3), estimate.high
    (0.631, 1.0)
    """
    check_level(level)
    if trials < 1 or not 0 <= successes <= trials:
        raise UsageError(f"successes must lie in 0..trials with 1 trial or more, got {successes} of {trials}")
    low, high = _clopper_pearson_ends(successes, trials, level)
    return Estimate(successes / trials, low, high, trials, "exact binomial interval (Clopper-Pearson)", level)


def mean_over_seeds(
    scores_S: ArrayLike, items: int | None = None, level: float = 0.95, bounds: Bounds | None = SHARES
) -> Estimate:
    """The mean score over S seeds, n = S, each seed's score itself a mean over `items` test items.

    Korn and Graubard's interval: with scores and mean m rescaled to [0, 1] and se = sd / sqrt(S), the Clopper-Pearson
    interval of the share m among n = m (1 - m) / se² * (z / t(S-1))² trials: as many as would leave the standard error
    that the seeds show, fewer for how badly S seeds know it (z, t: two-sided quantiles). In the middle of the bounds it
    is Student's t within a few percent; near an end it leans inwards as scores there do, where Student's t covers as
    little as 89% of 8 seeds (docs/calibration). Where seeds hardly vary n stops at `items * S`, what drawing items
    alone would leave open; without `items`, only where all scores are equal, at S, which is valid for any
    distribution of scores within the bounds (a share of misses m gives S perfect scores with chance (1-m)^S at most).

    Assumed: seeds are independent, and the items of one seed are independent of another's. Seeds that share a small
    panel of items also share its luck, so the interval then speaks of that panel. It cannot see a kind of seed
    that was never drawn (among 8, one as frequent as 37% can be missing): show the share of seeds that emerged, by
    `clopper_pearson`, beside a mean near 0 or 1.

    `bounds=None` is for unbounded values such as a loss: Student's t alone, and no interval where nothing varies.
    One seed has no interval. Raises UsageError for values that are not finite or lie outside the bounds.

    >>> estimate = mean_over_seeds([1.0] * 8, items=200)
    >>> round(estimate.low, 4), estimate.high
    (0.9977, 1.0)
    """
    check_level(level)
    scores_S = finite_vector("scores", scores_S)
    _check_scores(scores_S, items, bounds)
    mean, seeds = float(scores_S.mean()), len(scores_S)
    if seeds == 1:
        return without_interval(mean, 1, "one seed: no spread to judge by", level)
    error = float(scores_S.std(ddof=1)) / sqrt(seeds)
    if bounds is None:
        if _all_equal(scores_S):
            return without_interval(mean, seeds, "seeds do not vary and the values have no bounds", level)
        half_width = _t_quantile(level, seeds - 1) * error
        return Estimate(mean, mean - half_width, mean + half_width, seeds, "Student t over seeds", level)
    most = seeds * (items or 1) if items or _all_equal(scores_S) else MOST_TRIALS
    low, high = _korn_graubard_ends(mean, error, seeds, most, bounds, level)
    method = "Korn-Graubard: exact binomial with the seeds' own standard error"
    return Estimate(mean, min(low, mean), max(high, mean), seeds, method, level)


def difference_of_means(
    a_S: ArrayLike,
    b_S: ArrayLike,
    level: float = 0.95,
    *,
    items: int | None = None,
    bounds: Bounds | None = SHARES,
) -> Estimate:
    """The mean of `a_S` less the mean of `b_S`, two sets of independent seeds, n = both together.

    Welch's t interval, widened to hold the one that follows from the two intervals of `mean_over_seeds`,
    d - sqrt((a - a_low)^2 + (b_high - b)^2) and its mirror image (Zou & Donner), so that all ones against all zeros
    does not claim a difference known exactly. `items` and `bounds` mean what they mean there. A side of one seed
    leaves no interval. For seeds that pair up, take `mean_over_seeds` of their differences with bounds (-1, 1).

    >>> estimate = difference_of_means([1.0] * 8, [0.0] * 8, items=200)
    >>> round(estimate.low, 4), estimate.high
    (0.9967, 1.0)
    """
    a = mean_over_seeds(a_S, items, level, bounds)
    b = mean_over_seeds(b_S, items, level, bounds)
    difference, seeds = a.value - b.value, a.n + b.n
    if min(a.n, b.n) == 1:
        return without_interval(difference, seeds, "a side of one seed: no spread to judge by", level)
    variances = [float(np.var(np.asarray(side, dtype=np.float64), ddof=1)) / s.n for side, s in ((a_S, a), (b_S, b))]
    total = sum(variances)
    low = high = difference
    if total > 0:
        # Welch-Satterthwaite, in shares of the total so that tiny variances do not underflow
        freedom = 1 / sum((v / total) ** 2 / (side.n - 1) for v, side in zip(variances, (a, b), strict=True))
        half_width = _t_quantile(level, freedom) * sqrt(total)
        low, high = difference - half_width, difference + half_width
    elif bounds is None:
        return without_interval(difference, seeds, "seeds do not vary and the values have no bounds", level)
    if bounds is not None:
        low = min(low, difference - hypot(a.value - a.low, b.high - b.value))
        high = max(high, difference + hypot(a.high - a.value, b.value - b.low))
        span = bounds[1] - bounds[0]
        low, high = max(low, -span), min(high, span)
    return Estimate(difference, low, high, seeds, "Welch t over seeds, never narrower than the means' own", level)


def _check_scores(scores_S: NDArray[np.float64], items: int | None, bounds: Bounds | None) -> None:
    if items is not None and items < 1:
        raise UsageError(f"items must be at least 1 test item a seed, got {items}; leave it out where unknown")
    if bounds is None:
        if items is not None:
            raise UsageError(f"items ({items}) has a meaning for bounded scores only: leave it out with bounds=None")
        return
    low, high = bounds
    if not low < high:
        raise UsageError(f"bounds must be (lowest, highest) possible score, got {bounds}")
    outside = scores_S[(scores_S < low) | (scores_S > high)]
    if outside.size:
        raise UsageError(
            f"scores must lie in [{low}, {high}], got {outside[0]}: divide counts by their items, or pass bounds=None "
            "for values without bounds such as a loss"
        )


def _all_equal(scores_S: NDArray[np.float64]) -> bool:
    return bool((scores_S == scores_S[0]).all())


def _t_quantile(level: float, freedom: float) -> float:
    return float(stdtrit(freedom, (1 + level) / 2))


def _korn_graubard_ends(mean: float, error: float, seeds: int, most: float, bounds: Bounds, level: float) -> Bounds:
    """Clopper-Pearson ends of a mean within `bounds`, among as many trials as its error is worth, `most` at most."""
    lowest, span = bounds[0], bounds[1] - bounds[0]
    share, share_error = min(1.0, max(0.0, (mean - lowest) / span)), error / span
    trials = most
    if share_error > 0:
        shrunk = float(ndtri((1 + level) / 2)) / _t_quantile(level, seeds - 1)
        trials = min(sqrt(most), shrunk * sqrt(share * (1 - share)) / share_error) ** 2
    low, high = _clopper_pearson_ends(share * trials, trials, level)
    return lowest + span * low, lowest + span * high


def _clopper_pearson_ends(successes: float, trials: float, level: float) -> Bounds:
    """Quantiles of two beta distributions; successes and trials may be fractional."""
    failures, tail = trials - successes, (1 - level) / 2
    low = float(betaincinv(successes, failures + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, failures, 1 - tail)) if failures > 0 else 1.0
    return low, high
