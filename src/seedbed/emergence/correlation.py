"""Rank correlation of two measures of the same things, with an interval and the chance of as high a one by luck.

Source: Bonett & Wright (2000), Psychometrika 65:23, equation 4: on the scale of atanh, Spearman's correlation of n
pairs has the standard error sqrt((1 + r^2 / 2) / (n - 3)).
"""

from dataclasses import dataclass
from itertools import permutations
from math import atanh, factorial, sqrt, tanh

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.inputs import check_level, finite_vector

DRAWS = 10_000  # of means over seeds
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
    value, p = _correlation(finite_vector("one side", a_N), finite_vector("the other side", b_N))
    return RankCorrelation(_interval(value, np.asarray(a_N).size, level), p)


def order_over_seeds(known_N: ArrayLike, values_SN: ArrayLike, level: float = 0.95) -> RankCorrelation:
    """Spearman's rank correlation of N known numbers with means over S seeds, n = S: for N things that are themselves
    what is asked of, not a sample of such.

    The interval is the range of correlations within the joint confidence region of the means: an ellipsoid by the F
    distribution with N-1 and (S-1)(N-1) degrees of freedom, from what is left of the values after seeds and things
    (10,000 fixed draws from it). So it holds the truth at least as often as `level` says. What a seed does to all
    things alike changes no order and is left out. Assumed: normal parts of one variance. p as in `rank_correlation`.

    One seed has no interval. Raises UsageError as `rank_correlation` does, and for a table of another shape.
    """
    check_level(level)
    known_N, values_SN = finite_vector("known numbers", known_N), np.asarray(values_SN, dtype=np.float64)
    if values_SN.ndim != 2 or values_SN.shape[1] != len(known_N):
        raise UsageError(f"expected a row a seed of {len(known_N)} values, got shape {values_SN.shape}")
    finite_vector("values", values_SN.ravel())
    seeds, things = values_SN.shape
    mean_N = values_SN.mean(axis=0)
    value, p = _correlation(known_N, mean_N)
    if seeds == 1:
        return RankCorrelation(without_interval(value, 1, "one seed: no spread to judge by", level), p)
    left_SN = values_SN - mean_N - values_SN.mean(axis=1, keepdims=True) + mean_N.mean()
    rng = np.random.default_rng(0)
    variance_D = np.square(left_SN).sum() / rng.chisquare((seeds - 1) * (things - 1), DRAWS)
    off_DN = np.sqrt(variance_D / seeds)[:, None] * rng.normal(size=(DRAWS, things))
    distance_D = np.square(off_DN - off_DN.mean(axis=1, keepdims=True)).sum(axis=1)
    drawn_DN = mean_N + off_DN[distance_D <= np.quantile(distance_D, level)]
    ranks_N, others_DN = _centred(known_N), rankdata(drawn_DN, axis=1) - (things + 1) / 2
    length_D = np.sqrt(ranks_N @ ranks_N * np.square(others_DN).sum(axis=1))
    found_D = np.clip(np.round(others_DN @ ranks_N / length_D, 12), -1.0, 1.0)
    low, high = float(found_D.min()), float(found_D.max())
    method = f"range over the joint region of means over seeds, {things} things as given"
    return RankCorrelation(Estimate(value, min(low, value), max(high, value), seeds, method, level), p)


def _correlation(a_N: NDArray[np.float64], b_N: NDArray[np.float64]) -> tuple[float, float]:
    """Spearman's correlation, and the share of orders that correlate as highly."""
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
    return value, reached / len(orders) if exact else (reached + 1) / (len(orders) + 1)


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
