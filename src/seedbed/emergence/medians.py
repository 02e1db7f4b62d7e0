"""The median over seeds of times or widths that are known only to lie between two bounds.

A distribution-free interval counts seeds, so it holds at 8 seeds as it does at 800, whatever is censored. Sources:
Conover (1999), Practical Nonparametric Statistics, section 3.2; Kaplan & Meier (1958), JASA 53:457, for the value.
"""

from math import ceil, inf, log2

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.product_limit import product_limit

HALF_REACHED = 1e-9  # a share of one half, computed in floats


def median_between(
    lowers_S: NDArray[np.float64],
    values_S: NDArray[np.float64],
    uppers_S: NDArray[np.float64],
    level: float,
    smallest: float = 0.0,
) -> Estimate:
    """The median of S numbers of which each lies between its lower and its upper bound, n = S.

    Value: the Kaplan-Meier median of `values_S`, in which infinity means censored from its `lowers_S` on; halfway
    between two values where exactly half lie below, infinite where less than half is known to lie anywhere. Interval:
    from the j-th smallest lower to the j-th largest upper bound, where j is the largest number for which
    2 P(Binomial(S, 1/2) < j) <= 1 - level; from `smallest` to infinity where there is no such j (fewer than 6 seeds at
    95%: `method` is then what `why_no_ends` says). Assumed: smallest <= lower <= value <= upper. A value that is known
    to be infinite has an infinite lower.
    """
    seeds = len(values_S)
    value = kaplan_meier_median(values_S, lowers_S)
    if seeds == 1:
        return without_interval(value, 1, "one seed: no spread to judge by", level)
    method = why_no_ends(seeds, level) or "median, interval by order statistics"
    # the j of the text, in one go: how many counts below one half leave no more than the tail
    excluded = int((bdtr(np.arange(seeds // 2 + 1), seeds, 0.5) <= (1 - level) / 2).sum())
    low = float(np.sort(lowers_S)[excluded - 1]) if excluded else smallest
    high = float(np.sort(uppers_S)[seeds - excluded]) if excluded else inf
    return Estimate(value, low, high, seeds, method, level)


def why_no_ends(seeds: int, level: float) -> str:
    """Why the median of two seeds or more has no interval with ends; empty where it has one, and for one seed.

    All S seeds fall on one side of the median with chance 2 (1/2)^S, so even the smallest and the largest enclose it
    too seldom.

    >>> why_no_ends(5, 0.95)
    '5 seeds: the smallest and the largest enclose the median in 93.8% of samples, 95% needs 6 seeds'
    """
    enclosed = 1 - 2 * 0.5**seeds
    if seeds == 1 or enclosed >= level:
        return ""
    needed = ceil(1 - log2(1 - level))
    return (
        f"{seeds} seeds: the smallest and the largest enclose the median in {100 * enclosed:.3g}% of samples, "
        f"{100 * level:g}% needs {needed} seeds"
    )


def ends_or_none(median: Estimate) -> Estimate:
    """The same median, without the infinite ends of too few seeds: why it has no interval is its method."""
    why = why_no_ends(median.n, median.level)
    return without_interval(median.value, median.n, why, median.level) if why else median


def kaplan_meier_median(values_S: NDArray[np.float64], censored_from_S: NDArray[np.float64]) -> float:
    """Where the Kaplan-Meier curve of `values_S` passes one half; infinite values are censored from their bound on."""
    known_S = (values_S < inf) | (censored_from_S == inf)
    if not known_S.any():
        return inf
    if known_S.all():
        with np.errstate(invalid="ignore"):  # nothing lies between minus infinity and infinity
            return float(np.median(values_S))
    times_K, share_K = product_limit(np.where(known_S, values_S, censored_from_S), known_S)
    at_half = times_K[share_K <= 0.5 + HALF_REACHED]
    past_half = times_K[share_K < 0.5 - HALF_REACHED]
    if not at_half.size or not past_half.size:
        return inf
    return float((at_half[0] + past_half[0]) / 2)
