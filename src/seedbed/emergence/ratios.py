"""Ratios of two sums over units that were drawn, say nats by bytes over documents, with their intervals."""

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.inputs import check_level, finite_vector

FEWEST = 6  # units, below which no interval is given


def ratio_of_sums(above_N: ArrayLike, below_N: ArrayLike, level: float = 0.95, units: str = "documents") -> Estimate:
    """sum(above) / sum(below) over N units, with Student's t interval of the linearised ratio (Cochran 1977, eq. 6.9).

    The error is sqrt(N / (N - 1) sum (a_i - r b_i)^2) / sum b. Units are taken as drawn independently. Raises
    UsageError for numbers that are not finite, lengths that differ, and a sum below of 0.

    >>> estimate = ratio_of_sums([2.0, 4.0, 6.0, 8.0, 10.0, 12.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    >>> estimate.value, estimate.low, estimate.high
    (2.0, 2.0, 2.0)
    """
    check_level(level)
    above_N, below_N = finite_vector("above", above_N), finite_vector("below", below_N)
    if len(above_N) != len(below_N):
        raise UsageError(f"a ratio needs two numbers a unit, got {len(above_N)} and {len(below_N)}")
    count, total = len(above_N), float(below_N.sum())
    if total == 0:
        raise UsageError("the ratio's lower sum is 0")
    ratio = float(above_N.sum()) / total
    if count < FEWEST:
        return without_interval(ratio, count, f"{count} {units}: an interval needs {FEWEST}", level)
    error = sqrt(count / (count - 1) * float(np.square(above_N - ratio * below_N).sum())) / abs(total)
    half_width = float(stdtrit(count - 1, (1 + level) / 2)) * error
    return Estimate(ratio, ratio - half_width, ratio + half_width, count, f"linearised ratio over {units}", level)


def ratio_over_seeds_and_items(
    above_SI: ArrayLike,
    below_SI: ArrayLike,
    less: tuple[ArrayLike, ArrayLike] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Mean over S seeds of sum(above) / sum(below) over I items, n = S: for other seeds and other items than these.

    less: such a table above and below, of the same seeds and items of its own, whose ratio is taken off. Every seed met
    every item, so items that happen to suit a side suit it in all seeds, which the spread of seeds cannot show. The
    variance is that of the seeds' ratios by S and, for each ratio, that of the items' linearised ones, means over
    seeds, as in `ratio_of_sums`; together they have the freedom of Welch and Satterthwaite. What only one seed with one
    item does counts in both, so the interval is rather too wide. One seed, or one item, leaves no interval. Raises
    UsageError for tables that do not match or are not finite, and a sum below of 0.
    """
    check_level(level)
    sides = [_tables(above_SI, below_SI), *([_tables(*less)] if less is not None else [])]
    seeds = len(sides[0][0])
    if any(len(above_SI) != seeds for above_SI, _ in sides):
        raise UsageError("both ratios need the same seeds")
    ratio_KS = np.stack([above_SI.sum(axis=1) / below_SI.sum(axis=1) for above_SI, below_SI in sides])
    value_S = ratio_KS[0] - (ratio_KS[1] if less is not None else 0.0)
    value = float(value_S.mean())
    fewest = min(above_SI.shape[1] for above_SI, _ in sides)
    if min(seeds, fewest) == 1:
        return without_interval(value, seeds, "one seed or one item: no spread to judge by", level)
    variances = [(float(value_S.var(ddof=1)) / seeds, seeds - 1)]
    for (above_SI, below_SI), ratio_S in zip(sides, ratio_KS, strict=True):
        above_I, below_I, count = above_SI.mean(axis=0), below_SI.mean(axis=0), above_SI.shape[1]
        off = float(np.square(above_I - ratio_S.mean() * below_I).sum())
        variances.append((count / (count - 1) * off / float(below_I.sum()) ** 2, count - 1))
    total = sum(variance for variance, _ in variances)
    if total == 0:
        return without_interval(value, seeds, "neither seeds nor items vary", level)
    freedom = 1 / sum((variance / total) ** 2 / each for variance, each in variances)
    half_width = float(stdtrit(freedom, (1 + level) / 2)) * sqrt(total)
    method = f"linearised ratio over seeds and {fewest} items"
    return Estimate(value, value - half_width, value + half_width, seeds, method, level)


def _tables(above_SI: ArrayLike, below_SI: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    above_SI, below_SI = (np.asarray(each, dtype=np.float64) for each in (above_SI, below_SI))
    if above_SI.ndim != 2 or above_SI.shape != below_SI.shape or not above_SI.size:
        raise UsageError(f"a ratio needs two tables of seeds by items, got shapes {above_SI.shape}, {below_SI.shape}")
    finite_vector("above", above_SI.ravel())
    if not finite_vector("below", below_SI.ravel()).reshape(below_SI.shape).sum(axis=1).all():
        raise UsageError("the ratio's lower sum is 0")
    return above_SI, below_SI
