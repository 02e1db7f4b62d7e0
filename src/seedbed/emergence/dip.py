"""Hartigan's dip test: do the seeds' scores form one hump, or more than one?

A mean over two kinds of seeds describes neither, so one asks this before averaging. Source: Hartigan & Hartigan (1985),
The Dip Test of Unimodality, Annals of Statistics 13:70, sections 2 and 6.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.config.errors import UsageError
from seedbed.emergence.inputs import finite_vector

DRAWS = 999  # uniform samples behind a small p-value, so the smallest one is 1/1000
ENOUGH = 100  # of them that dip as far: then p is known to a tenth of itself, and is not small
DRAW_SEED = 1985
MIN_SEEDS = 4  # fewer points are always within 1/(2n) of a single hump

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DipTest:
    """dip: largest distance to the nearest distribution with one hump.  p: that there is one hump.  n: seeds."""

    dip: float
    p: float
    n: int


def dip_test(scores_S: ArrayLike, items: int | None = None) -> DipTest:
    """Hartigan's test that S scores come from a distribution with one hump.

    p = (1 + how many of `DRAWS` uniform samples of S dip as far) / (1 + DRAWS), with a fixed seed; where `ENOUGH` of
    them did so before the last, p = ENOUGH / how many were drawn by then, which is as valid (Besag & Clifford 1991,
    Biometrika 78:301). Among distributions of one hump the uniform is taken as the hardest to tell from two, as the
    authors of the test propose. With `items`, a score is a
    count of test items and known to half an item only, so equal scores are spread evenly over the width of one item;
    otherwise seeds that score 0 and 1 of 200 would look like two humps. Without `items` scores are taken as
    exact. Raises UsageError for fewer than `MIN_SEEDS` scores and for values that are not finite.
    """
    scores_S = finite_vector("scores", scores_S)
    if len(scores_S) < MIN_SEEDS:
        raise UsageError(f"a dip test needs the scores of at least {MIN_SEEDS} seeds, got {len(scores_S)}")
    if items is not None:
        if items < 1:
            raise UsageError(f"items must be at least 1 test item a score, got {items}; leave it out where unknown")
        scores_S = _spread_ties(scores_S, 1 / items)
    dip = dip_statistic(scores_S)
    return DipTest(dip, _p_value(dip, _null(len(scores_S))), len(scores_S))


def _p_value(dip: float, null: "UniformDips") -> float:
    as_far = 0
    for draw in range(DRAWS):
        as_far += null.at(draw) >= dip - 1e-12
        if as_far == ENOUGH:
            return ENOUGH / (draw + 1)
    return (1 + as_far) / (1 + DRAWS)


def dip_statistic(values_S: ArrayLike) -> float:
    """The least d for which some distribution with one hump stays within d of the empirical one, everywhere.

    Exact, by the authors' algorithm: between the ends of a shrinking modal interval, the greatest convex minorant and
    the least concave majorant of the empirical distribution; where they are furthest apart the interval is cut, and the
    dip is half of the largest distance from the data to the curve that is cut away. At least 1/(2S), unless all
    values are equal, which is one hump: 0. Raises UsageError for no values or values that are not finite.
    """
    values_S = finite_vector("values", values_S)
    x_U, counts_U = np.unique(values_S, return_counts=True)
    if len(x_U) == 1:
        return 0.0
    upper_U = np.cumsum(counts_U).astype(np.float64)  # how many are at most x; `lower_U`: how many are less
    lower_U = upper_U - counts_U
    low, high, doubled_dip = 0, len(x_U) - 1, 1.0
    while True:
        x, lower, upper = (array[low : high + 1] for array in (x_U, lower_U, upper_U))
        minorant, majorant = _convex_hull(x, lower), _convex_hull(x, -upper)
        convex = np.interp(x, x[minorant], lower[minorant])
        concave = np.interp(x, x[majorant], upper[majorant])
        apart = concave - convex
        at_minorant = minorant[int(apart[minorant].argmax())]
        at_majorant = majorant[int(apart[majorant].argmax())]
        if max(apart[at_minorant], apart[at_majorant]) <= doubled_dip:
            break
        if apart[at_minorant] > apart[at_majorant]:
            left, right = at_minorant, next(vertex for vertex in majorant if vertex >= at_minorant)
        else:
            left, right = next(vertex for vertex in reversed(minorant) if vertex <= at_majorant), at_majorant
        cut_left = (upper - convex)[:left]
        cut_right = (concave - lower)[right + 1 :]
        doubled_dip = max(doubled_dip, cut_left.max(initial=0), cut_right.max(initial=0))
        if (left, right) == (0, len(x) - 1):
            break
        low, high = low + left, low + right
    return float(doubled_dip / (2 * len(values_S)))


def _convex_hull(x: Floats, y: Floats) -> list[int]:
    """Positions of the vertices of the greatest convex function below the points."""
    xs, ys = x.tolist(), y.tolist()
    hull: list[int] = []
    for k in range(len(xs)):
        while len(hull) > 1:
            i, j = hull[-2], hull[-1]
            if (ys[j] - ys[i]) * (xs[k] - xs[i]) < (ys[k] - ys[i]) * (xs[j] - xs[i]):
                break
            hull.pop()
        hull.append(k)
    return hull


def _spread_ties(scores_S: Floats, width: float) -> Floats:
    values_U, counts_U = np.unique(scores_S, return_counts=True)
    places = [(np.arange(count) + 0.5) / count - 0.5 for count in counts_U]
    return np.repeat(values_U, counts_U) + width * np.concatenate(places)


class UniformDips:
    """Dips of uniform samples of a size, drawn when they are first asked for and kept."""

    def __init__(self, seeds: int):
        self.seeds = seeds
        self.rng = np.random.default_rng((DRAW_SEED, seeds))
        self.dips: list[float] = []

    def at(self, draw: int) -> float:
        """That of one draw, counted from 0."""
        while len(self.dips) <= draw:
            self.dips.append(dip_statistic(self.rng.uniform(size=self.seeds)))
        return self.dips[draw]


_null = lru_cache(maxsize=64)(UniformDips)
