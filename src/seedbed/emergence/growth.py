"""Rising curves by how fast they grow: four families, each with a growth exponent, on the logarithm of scale.

A proportional rise looks like a late jump on a logarithmic axis, so `sharp` is defined by growth and not by looks: a
curve that grows no faster than a power of scale from the origin, up to where it levels off, is no emergence.
"""

from functools import lru_cache
from math import inf, log, log10

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FAMILIES = ("power", "exponential", "logistic", "linear logistic")
LOGISTIC_DECADES = log10(81)  # a logistic in log scale of exponent 1 goes from 10% to 90% within so many decades
EXPONENTS_PER_DECADE = 10  # of the grid, which holds the limit that is tested
STEEPEST, SHALLOWEST = 30.0, 0.1  # times the limit: logistics of 0.02 and of 6.4 decades where that is 3
MIDPOINTS = 80  # of the coarse grid, refined around each curve's best
REACH = 1.5  # decades past the last evaluation in which a midpoint may lie: the rise may not be over
EXPONENTIAL_DECADES = log10(log(0.1) / log(0.9))  # the same of 1 - exp(-r)


def exponents(limit: float) -> Floats:
    """The grid of growth exponents around `limit`, K of them, the same for each family."""
    below = round(-log10(SHALLOWEST) * EXPONENTS_PER_DECADE)
    above = round(log10(STEEPEST) * EXPONENTS_PER_DECADE)
    return limit * 10.0 ** (np.arange(-below, above + 1) / EXPONENTS_PER_DECADE)


def growth(x: Floats, midpoint: Floats | float, exponent: Floats | float, family: int) -> Floats:
    """The share of a rise that is done at x = log10 of scale; half of it at `midpoint`. Arguments are broadcast.

    With r the scale over that of the midpoint and k the exponent: min(1, r^k / 2), a power law up to its end;
    1 - 2^(-r^k), which saturates; 1 / (1 + r^-k), a logistic curve on the logarithm of scale; and
    1 / (1 + exp(k (1 - r))), one on scale itself. The first three grow as r^k while they are small; the last grows at
    its midpoint as fast as the third, k / 2 percent for each percent of scale.
    """
    past = (x - midpoint) * log(10)
    if family == 3:
        return _logistic(exponent * (np.exp(np.minimum(past, 6.0)) - 1))
    past = exponent * past
    if family == 2:
        return _logistic(past)
    rising = np.exp(np.minimum(past, 6.0) - log(2)) if family == 0 else np.exp(np.minimum(past, 6.0)) * -log(2)
    return np.minimum(1.0, rising) if family == 0 else -np.expm1(rising)


def width_in_decades(exponent: float, family: int) -> float:
    """Decades of scale from 10% to 90% of the rise; infinite for a curve that is past 10% at the origin."""
    if family == 3:
        reach = 2 * np.log(3) / exponent  # of r around 1
        return inf if reach >= 1 else log10((1 + reach) / (1 - reach))
    return (log10(9), EXPONENTIAL_DECADES, LOGISTIC_DECADES)[family] / exponent


@lru_cache(maxsize=8)
def grid_of_curves(x_E: tuple[float, ...], limit: float) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """All curves for one grid of evaluations, which seeds mostly share.

    Returns the family [C] and the exponent [C] of C curves, M midpoints, and the curves [C, M, E], centred and of
    length one.
    """
    exponents_K, x = exponents(limit), np.asarray(x_E)
    families_C, exponents_C = np.repeat(np.arange(len(FAMILIES)), len(exponents_K)), np.tile(exponents_K, len(FAMILIES))
    inside = np.interp(np.linspace(0, len(x) - 1, min(MIDPOINTS, 2 * (len(x) - 1) + 1)), np.arange(len(x)), x)
    even = np.linspace(
        x[0], x[-1], MIDPOINTS // 2
    )  # a grid of evaluations that is even on scale is sparse at its start
    outside = np.arange(1, 16) / 15 * REACH
    midpoints_M = np.unique(np.concatenate([x[0] - outside[::3], inside, even, x[-1] + outside]))
    curves_CME = unit_curves(x, families_C, exponents_C, np.tile(midpoints_M, (len(families_C), 1)))
    return families_C, exponents_C, midpoints_M, curves_CME


def unit_curves(x_E: Floats, families_C: NDArray[np.int64], exponents_C: Floats, midpoints_CM: Floats) -> Floats:
    """M curves for each of C families, in order, and exponents, centred and of length one: a product with scores is
    the fit.
    """
    curves_CME = np.empty((*midpoints_CM.shape, len(x_E)))
    for family in range(len(FAMILIES)):
        own = slice(*np.searchsorted(families_C, (family, family + 1)))
        curves_CME[own] = growth(x_E, midpoints_CM[own, :, None], exponents_C[own, None, None], family)
    return centred_to_length_one(curves_CME)


def centred_to_length_one(curves: Floats) -> Floats:
    """Curves along the last axis less their means and divided by their lengths; one that is flat becomes 0."""
    curves = curves - curves.mean(axis=-1, keepdims=True)
    lengths = np.sqrt(np.einsum("...e,...e->...", curves, curves))[..., None]
    curves /= np.where(lengths > 1e-9, lengths, np.inf)
    return curves


def _logistic(z: Floats) -> Floats:
    """scipy's expit in less than half the time, by numpy's vectorised exponential; beyond 500 it is 0 or 1."""
    down = np.clip(-z, -500, 500)
    np.exp(down, out=down)
    down += 1
    return np.divide(1, down, out=down)
