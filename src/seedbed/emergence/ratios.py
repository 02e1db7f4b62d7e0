"""A ratio of two sums over units that were drawn, say nats by bytes over documents, with its interval."""

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
