"""Rank correlation of two measures of the same things, with an interval and the chance of as high a one by luck.

Source: Bonett & Wright (2000), Psychometrika 65:23, equation 4: on the scale of atanh, Spearman's correlation of n
pairs has the standard error sqrt((1 + r^2 / 2) / (n - 3)).
"""

from dataclasses import dataclass
from itertools import permutations
from math import atanh, factorial, sqrt, tanh

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri
from scipy.stats import rankdata

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.inputs import check_level, finite_vector

FEWEST = 4  # pairs: with fewer there is no standard error
MOST_EXACT = 8  # pairs up to which every order is tried
ORDERS = 20_000  # random ones that are tried of more
SAME = 1e-12


@dataclass(frozen=True)
class RankCorrelation:
    """correlation: Spearman's, n pairs.  p: the share of orders of one side, all equally likely, that correlate as
    highly (one-sided)."""

    correlation: Estimate
    p: float


def rank_correlation(a_N: ArrayLike, b_N: ArrayLike, level: float = 0.95) -> RankCorrelation:
    """Spearman's rank correlation of pairs (a, b), ties with their mean rank.

    A perfect one has no standard error on that scale: its interval is that of a value halfway to the next that can
    occur, 1 - 6 / (n^3 - n), and reaches to the end. The interval is wide for few pairs and takes them as a sample of
    pairs; p asks only whether they are in order. Raises UsageError for sides of unequal length, fewer than 3 pairs, and
    a side on which nothing varies.

    >>> rank_correlation([1, 2, 3, 4, 5, 6], [2, 3, 5, 7, 11, 13]).p == 1 / 720
    True
    """
    check_level(level)
    a_N, b_N = finite_vector("one side", a_N), finite_vector("the other side", b_N)
    pairs = len(a_N)
    if pairs != len(b_N) or pairs < 3:
        raise UsageError(f"a rank correlation needs 3 pairs or more, got {len(a_N)} and {len(b_N)} values")
    ranks_N, others_N = _centred(a_N), _centred(b_N)
    if not ranks_N.any() or not others_N.any():
        raise UsageError("a rank correlation needs values that differ on both sides, got a side of equal ones")
    length = sqrt(float(ranks_N @ ranks_N) * float(others_N @ others_N))
    value = min(max(float(ranks_N @ others_N) / length, -1.0), 1.0)
    if pairs <= MOST_EXACT:
        orders = np.array(list(permutations(others_N)))
    else:
        orders = np.random.default_rng(0).permuted(np.tile(others_N, (ORDERS, 1)), axis=1)
    reached = int((orders @ ranks_N / length >= value - SAME).sum())
    exact = len(orders) == factorial(pairs)
    p = reached / len(orders) if exact else (reached + 1) / (len(orders) + 1)
    return RankCorrelation(_interval(value, pairs, level), p)


def _interval(value: float, pairs: int, level: float) -> Estimate:
    if pairs < FEWEST:
        return without_interval(value, pairs, f"{pairs} pairs: too few for an interval", level)
    most = 1 - 6 / (pairs**3 - pairs)
    inner = min(max(value, -most), most)
    half_width = float(ndtri((1 + level) / 2)) * sqrt((1 + inner**2 / 2) / (pairs - 3))
    low, high = (tanh(atanh(inner) + side * half_width) for side in (-1, 1))
    return Estimate(
        value,
        -1.0 if value == -1 else min(low, value),
        1.0 if value == 1 else max(high, value),
        pairs,
        "Bonett-Wright interval of a rank correlation",
        level,
    )


def _centred(values_N: np.ndarray) -> np.ndarray:
    ranks_N = rankdata(values_N)
    return ranks_N - ranks_N.mean()
