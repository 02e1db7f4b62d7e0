"""The most likely logistic curve and power law of many score curves on one grid of evaluations, all fitted at once.

One curve after the other would spend its time in Python: an audit of a thousand curves is then minutes of small fits.
Sources: Marquardt (1963), Journal of SIAM 11:431 (damped least squares); Nelder & Wedderburn (1972), JRSS A 135:370
(weights by the expected information where scores are binomial).

Axes: N curves, S seeds, G starts of a grid, P parameters, E evaluations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.special import expit, xlogy

FloatArray = NDArray[np.float64]
CERTAIN = 1e-6  # no score is predicted with more certainty than this
EXACT = 1e-6  # least residual standard deviation, in ranges of the score: below it lies rounding
STEEPEST, SHALLOWEST = 40.0, 0.5  # logistic slopes, over the length of the scale in decades
STEEPNESSES = 6  # of them in the grid of starts
POWERS = np.linspace(-4.0, 4.0, 17)  # of the scale, tried as starts; also the bounds
STARTS, APART = 8, 40  # starts improved for a curve, each so many parts of the grid further down the list of the best
ROUNDS = 60  # of damping; most curves settle within 20
SETTLED = 1e-9  # relative gain of the misfit below which a curve is settled
LEAST_DAMPING, MOST_DAMPING = 1e-9, 1e6
LENGTHS = (0.05, 2.0)  # of a step, in whole ones


@dataclass(frozen=True)
class Shape:
    """A family of curves over log10 of the scale, centred.

    curve: values [N, P] to scores [N, E].  slopes: their derivatives [N, E, P].  feature: for starts, the curve that
    the inner parameters make, of which the scores are a linear function.  starts: those inner parameters [G, inner].
    """

    name: str
    parameters: tuple[str, ...]
    curve: Callable[[FloatArray, FloatArray], FloatArray]
    slopes: Callable[[FloatArray, FloatArray], FloatArray]
    feature: Callable[[FloatArray, FloatArray], FloatArray]
    starts: Callable[[FloatArray], FloatArray]
    bounds: Callable[[FloatArray, int | None], tuple[FloatArray, FloatArray]]
    levels: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


def fit_shape(
    shape: Shape, x_E: Float[np.ndarray, " E"], scores_SE: Float[np.ndarray, "S E"], items: int | None
) -> tuple[FloatArray, FloatArray]:
    """The most likely parameters [S, P] of each seed's curve within the shape's bounds, and the curves [S, E].

    Eight good and unlike starts of a grid are improved for each seed by damped Fisher scoring; the best of all that
    were seen stands, so the fit is never worse than the grid.
    """
    seeds, starts_NP = len(scores_SE), _starts(shape, x_E, scores_SE)
    scores_NE = np.repeat(scores_SE, len(starts_NP) // seeds, axis=0)
    low_P, high_P = shape.bounds(x_E, items)
    values_NP = _improved(shape, np.clip(starts_NP, low_P, high_P), low_P, high_P, x_E, scores_NE, items)
    likelihood_N = log_likelihood(shape.curve(values_NP, x_E), scores_NE, items)
    best_S = likelihood_N.reshape(seeds, -1).argmax(axis=1)
    values_SP = values_NP.reshape(seeds, -1, values_NP.shape[1])[np.arange(seeds), best_S]
    return values_SP, shape.curve(values_SP, x_E)


def log_likelihood(
    fitted_NE: Float[np.ndarray, "N E"], scores_NE: Float[np.ndarray, "N E"], items: int | None
) -> NDArray[np.float64]:
    """Of binomial counts without their coefficients, which all shapes share; or normal at the best variance."""
    if items is not None:
        p_NE = np.clip(fitted_NE, CERTAIN, 1 - CERTAIN)
        return items * (xlogy(scores_NE, p_NE) + xlogy(1 - scores_NE, 1 - p_NE)).sum(axis=1)
    spread_N = EXACT * np.ptp(scores_NE, axis=1)
    least_N = np.where(spread_N > 0, spread_N, CERTAIN) ** 2
    variance_N = np.maximum(((scores_NE - fitted_NE) ** 2).mean(axis=1), least_N)
    return -scores_NE.shape[1] / 2 * (np.log(2 * np.pi * variance_N) + 1)


def _starts(shape: Shape, x_E: FloatArray, scores_SE: FloatArray) -> FloatArray:
    """For each seed `STARTS` good and unlike starts, the levels of every one by least squares: [S * starts, P]."""
    inner_GI = shape.starts(x_E)
    feature_GE = shape.feature(inner_GI, x_E)
    centred_GE = feature_GE - feature_GE.mean(axis=1, keepdims=True)
    power_G = (centred_GE**2).sum(axis=1)
    covariance_SG = scores_SE @ centred_GE.T
    height_SG = np.divide(covariance_SG, power_G, out=np.zeros_like(covariance_SG), where=power_G > 1e-300)
    order_SG = np.argsort(-height_SG * covariance_SG, axis=1)  # by the residual sum of squares
    chosen_SK = order_SG[:, :: max(1, len(inner_GI) // APART)][:, :STARTS]
    height_N = np.take_along_axis(height_SG, chosen_SK, axis=1).ravel()
    chosen_N = chosen_SK.ravel()
    mean_N = np.repeat(scores_SE.mean(axis=1), chosen_SK.shape[1])
    base_N = mean_N - height_N * feature_GE.mean(axis=1)[chosen_N]
    first_N, second_N = shape.levels(base_N, height_N)
    return np.column_stack([first_N, second_N, inner_GI[chosen_N]])


def _improved(
    shape: Shape,
    values_NP: FloatArray,
    low_P: FloatArray,
    high_P: FloatArray,
    x_E: FloatArray,
    scores_NE: FloatArray,
    items: int | None,
) -> FloatArray:
    """Levenberg-Marquardt with Fisher's weights, each curve with a damping of its own, steps cut off at the bounds."""
    values_NP, damping_N = values_NP.copy(), np.full(len(values_NP), 1e-3)
    misfit_N = _misfit(shape.curve(values_NP, x_E), scores_NE, items)
    open_N = np.arange(len(values_NP))
    for _ in range(ROUNDS):
        values, scores, damping = values_NP[open_N], scores_NE[open_N], damping_N[open_N]
        gradient_NP, information_NPP = _scoring(shape, values, low_P, high_P, x_E, scores, items)
        own_NP = np.maximum(np.einsum("npp->np", information_NPP), 1e-12)
        damped_NPP = information_NPP + np.einsum("np,pq->npq", damping[:, None] * own_NP, np.eye(values.shape[1]))
        step_NP = np.linalg.solve(damped_NPP, gradient_NP[..., None])[..., 0]
        slope = np.einsum("np,np->n", gradient_NP, step_NP)
        tried_NP, misfit = _along(shape, values, step_NP, slope, misfit_N[open_N], low_P, high_P, x_E, scores, items)
        better = misfit < misfit_N[open_N]
        values_NP[open_N[better]], misfit_N[open_N[better]] = tried_NP[better], misfit[better]
        damping_N[open_N] = np.clip(np.where(better, damping / 5, damping * 8), LEAST_DAMPING, None)
        # By what a whole step would gain, were the curve straight: a damped one gains little anywhere.
        settled = (1 + damping) * slope <= SETTLED * np.maximum(np.abs(misfit_N[open_N]), 1e-12)
        open_N = open_N[~settled & (damping_N[open_N] < MOST_DAMPING)]
        if not open_N.size:
            break
    return values_NP


def _along(
    shape: Shape,
    values_NP: FloatArray,
    step_NP: FloatArray,
    slope_N: FloatArray,
    misfit_N: FloatArray,
    low_P: FloatArray,
    high_P: FloatArray,
    x_E: FloatArray,
    scores_NE: FloatArray,
    items: int | None,
) -> tuple[FloatArray, FloatArray]:
    """The better of a whole step and of the part of it where the parabola through both ends is lowest; its misfit.

    Expected information may be half of the observed where a shape fits badly: whole steps then leap to and fro.
    """
    whole_NP = np.clip(values_NP + step_NP, low_P, high_P)
    whole_N = _misfit(shape.curve(whole_NP, x_E), scores_NE, items)
    bend_N = np.maximum(whole_N - misfit_N + slope_N, 1e-300)
    length_N = np.clip(slope_N / (2 * bend_N), *LENGTHS)
    part_NP = np.clip(values_NP + length_N[:, None] * step_NP, low_P, high_P)
    part_N = _misfit(shape.curve(part_NP, x_E), scores_NE, items)
    return np.where((part_N < whole_N)[:, None], part_NP, whole_NP), np.minimum(part_N, whole_N)


def _misfit(fitted_NE: FloatArray, scores_NE: FloatArray, items: int | None) -> FloatArray:
    """What is made small: half the residual sum of squares, or minus the binomial log-likelihood an item."""
    if items is None:
        return ((scores_NE - fitted_NE) ** 2).sum(axis=1) / 2
    return -log_likelihood(fitted_NE, scores_NE, items) / items


def _scoring(
    shape: Shape,
    values_NP: FloatArray,
    low_P: FloatArray,
    high_P: FloatArray,
    x_E: FloatArray,
    scores_NE: FloatArray,
    items: int | None,
) -> tuple[FloatArray, FloatArray]:
    """Direction of a better fit and expected information; a parameter at a bound that pulls beyond it stays there."""
    fitted_NE, slopes_NEP = shape.curve(values_NP, x_E), shape.slopes(values_NP, x_E)
    weight_NE = np.ones_like(fitted_NE)
    if items is not None:
        p_NE = np.clip(fitted_NE, CERTAIN, 1 - CERTAIN)
        weight_NE = np.where(p_NE == fitted_NE, 1 / (p_NE * (1 - p_NE)), 0.0)  # beyond the cut nothing changes
    weighted_NPE = np.swapaxes(slopes_NEP * weight_NE[..., None], 1, 2)
    gradient_NP = (weighted_NPE @ (scores_NE - fitted_NE)[..., None])[..., 0]
    information_NPP = weighted_NPE @ slopes_NEP
    held_NP = ((values_NP <= low_P) & (gradient_NP < 0)) | ((values_NP >= high_P) & (gradient_NP > 0))
    gradient_NP = np.where(held_NP, 0.0, gradient_NP)
    both_NPP = held_NP[:, :, None] | held_NP[:, None, :]
    return gradient_NP, np.where(both_NPP, 0.0, information_NPP)


def _logistic(values_NP: FloatArray, x_E: FloatArray) -> FloatArray:
    floor, ceiling, slope, midpoint = values_NP.T[..., None]
    return floor + (ceiling - floor) * expit(slope * (x_E - midpoint))


def _logistic_slopes(values_NP: FloatArray, x_E: FloatArray) -> FloatArray:
    floor, ceiling, slope, midpoint = values_NP.T[..., None]
    risen_NE = expit(slope * (x_E - midpoint))
    rate_NE = (ceiling - floor) * risen_NE * (1 - risen_NE)
    return np.stack([1 - risen_NE, risen_NE, rate_NE * (x_E - midpoint), -rate_NE * slope], axis=-1)


def _logistic_starts(x_E: FloatArray) -> FloatArray:
    slopes = np.geomspace(SHALLOWEST, STEEPEST, STEEPNESSES) * 4 / float(np.ptp(x_E))
    midpoints = np.linspace(x_E[0], x_E[-1], 2 * len(x_E) - 1)
    return np.column_stack([np.repeat(slopes, len(midpoints)), np.tile(midpoints, len(slopes))])


def _logistic_bounds(x_E: FloatArray, items: int | None) -> tuple[FloatArray, FloatArray]:
    low, high = _level_bounds(items)
    slopes = np.array([SHALLOWEST, STEEPEST]) * 4 / float(np.ptp(x_E))
    return np.array([low, low, slopes[0], x_E[0]]), np.array([high, high, slopes[1], x_E[-1]])


def _powers(power_N1: FloatArray, x_E: FloatArray) -> FloatArray:
    """((x / x0)^b - 1) / b, which is ln(x / x0) at b = 0."""
    logs_E = x_E * log(10)
    small = np.abs(power_N1) < 1e-8
    return np.where(small, logs_E, np.expm1(power_N1 * logs_E) / np.where(small, 1.0, power_N1))


def _power_feature(power_N1: FloatArray, x_E: FloatArray) -> FloatArray:
    """Powers of the scale, moved and stretched so that they go from 0 at its first place to 1 at its last."""
    powers_NE = _powers(power_N1, x_E)
    return (powers_NE - powers_NE[:, :1]) / (powers_NE[:, -1:] - powers_NE[:, :1])


def _power(values_NP: FloatArray, x_E: FloatArray) -> FloatArray:
    first, last, b = values_NP.T[..., None]
    return first + (last - first) * _power_feature(b, x_E)


def _power_slopes(values_NP: FloatArray, x_E: FloatArray) -> FloatArray:
    first, last, b = values_NP.T[..., None]
    logs_E, powers_NE = x_E * log(10), _powers(b, x_E)
    near_0 = np.abs(b) < 1e-3  # there the difference below loses its digits; the series does not
    exact_NE = (logs_E * np.exp(b * logs_E) - powers_NE) / np.where(near_0, 1.0, b)
    by_power_NE = np.where(near_0, logs_E**2 / 2 + b * logs_E**3 / 3, exact_NE)
    length_N1 = powers_NE[:, -1:] - powers_NE[:, :1]
    feature_NE = (powers_NE - powers_NE[:, :1]) / length_N1
    moved_NE = by_power_NE - by_power_NE[:, :1]
    bent_NE = (moved_NE - feature_NE * moved_NE[:, -1:]) / length_N1
    return np.stack([1 - feature_NE, feature_NE, (last - first) * bent_NE], axis=-1)


def _level_bounds(items: int | None) -> tuple[float, float]:
    """Between which scores a curve's levels lie: shares of items stay within 0 to 1, and no curve is cut off there."""
    return (2 * CERTAIN, 1 - 2 * CERTAIN) if items is not None else (-np.inf, np.inf)


def _power_bounds(x_E: FloatArray, items: int | None) -> tuple[FloatArray, FloatArray]:
    low, high = _level_bounds(items)
    return np.array([low, low, POWERS[0]]), np.array([high, high, POWERS[-1]])


LOGISTIC = Shape(
    "logistic",
    ("floor", "ceiling", "slope", "midpoint"),
    _logistic,
    _logistic_slopes,
    lambda inner_GI, x_E: expit(inner_GI[:, :1] * (x_E - inner_GI[:, 1:])),
    _logistic_starts,
    _logistic_bounds,
    lambda base_N, height_N: (base_N, base_N + height_N),
)
POWER_LAW = Shape(
    "power law",
    ("first", "last", "b"),
    _power,
    _power_slopes,
    _power_feature,
    lambda x_E: POWERS[:, None],
    _power_bounds,
    lambda base_N, height_N: (base_N, base_N + height_N),
)
