"""Which shape a score curve has: constant, step, logistic or power law, by the evidence that the evaluations hold.

A jump in a picture may be a slow curve seen at few places; a claim of a jump has to beat the smooth ones. Sources:
Burnham & Anderson (2002), Model Selection and Multimodel Inference, sections 2.4 and 2.9 (AICc, weights).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, log, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, xlogy

from seedbed.config.errors import UsageError
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.scales import log10_of_scale, rising_scale

FloatArray = NDArray[np.float64]
Curve = Callable[[FloatArray], FloatArray]  # of log10 of the scale, centred
TOO_LITTLE_DATA = "too little data"
LEAST_EVALUATIONS = 7  # the fewest for which AICc of the largest model, 5 parameters, exists
CERTAIN = 1e-6  # no score is predicted with more certainty than this
EXACT = 1e-6  # least residual standard deviation, in ranges of the score: below it lies rounding
STEEPEST, SHALLOWEST = 40.0, 0.5  # logistic slopes, over the length of the scale in decades
POWERS = np.linspace(-4.0, 4.0, 17)  # of the scale, tried as starts; also the bounds


@dataclass(frozen=True)
class ShapeFit:
    """One shape at its most likely.

    parameters: by name.  free: how many were fitted, the residual variance included where there is one.  weight: the
    shape's share of the evidence, exp(-delta AICc / 2) over the sum.  scores_E: the fitted curve at the evaluations.
    """

    shape: str
    parameters: dict[str, float]
    log_likelihood: float
    free: int
    aicc: float
    weight: float
    scores_E: tuple[float, ...]


@dataclass(frozen=True)
class ShapeComparison:
    """The shapes in order of their evidence, best first; none where there is `too little data`.

    verdict: the best shape, or `too little data`.  margin: how many times the evidence of the next one it has.
    n: evaluations.  method: how scores are supposed to vary.
    """

    verdict: str
    fits: tuple[ShapeFit, ...]
    margin: float
    n: int
    method: str


def compare_shapes(scale_E: ArrayLike, scores_E: ArrayLike, items: int | None = None) -> ShapeComparison:
    """Fit four shapes to one curve of E evaluations and weigh them, n = evaluations.

    - constant: c
    - step: low before `location` (halfway in log scale between two evaluations), high from it on
    - logistic: floor + (ceiling - floor) / (1 + exp(-slope (log10 x - log10 midpoint)))
    - power law: c + a ((x / x0)^b - 1) / b, x0 the scale's geometric middle: c' - a' x^-|b| that levels off for b < 0,
      c' + a' x^b for b > 0, straight in log x at b = 0

    With `items`, right answers are binomial: `items` independent test items an evaluation, drawn anew each time. Scores
    must then be shares of them, and the power law is cut to lie within (0, 1). Without, normal with one variance.
    AICc = 2k - 2 log L + 2k(k+1)/(E-k-1); a step's location counts as one parameter. The evidence compares these
    four; that one is best does not make it right, nor is the verdict a test: of 60 simulated flat curves of 12
    evaluations with 200 items, 7 were called something else (5 a step, whose place is chosen after looking), so ask
    for a margin. A step and a steep logistic differ only by evaluations on the rise,
    so the grid limits what can be told.

    Fewer than 7 evaluations are `too little data`; flat data are a constant. A scale at 0 stands where
    `log10_of_scale` puts it. Raises UsageError for a scale that does not increase, lengths that differ, scores that are
    not finite, and with `items` scores outside [0, 1].
    """
    scale_E, scores_E = rising_scale(scale_E, at_least=1), finite_vector("scores", scores_E)
    if len(scale_E) != len(scores_E):
        raise UsageError(f"each evaluation needs one scale and one score, got {len(scale_E)} and {len(scores_E)}")
    if items is not None and (items < 1 or scores_E.min() < 0 or scores_E.max() > 1):
        raise UsageError(f"shares of 1 item or more must lie in [0, 1], got {items} items, {scores_E.tolist()[:8]}")
    method = f"binomial, {items} items" if items else "normal, one variance"
    if len(scale_E) < LEAST_EVALUATIONS:
        return ShapeComparison(TOO_LITTLE_DATA, (), nan, len(scale_E), method)
    decades_E = log10_of_scale(scale_E)
    middle = float((decades_E[0] + decades_E[-1]) / 2)
    x_E = decades_E - middle
    fits = [
        _constant(scores_E),
        _step(x_E, scores_E, items),
        _polished(_logistic_starts(x_E, scores_E), x_E, scores_E, items),
        _polished(_power_starts(x_E, scores_E), x_E, scores_E, items),
    ]
    return _weighed(fits, middle, scores_E, items, method)


@dataclass(frozen=True)
class _Candidate:
    """A shape with numbers in it: `values` in the order of `_NAMES`."""

    shape: str
    values: tuple[float, ...]
    scores_E: FloatArray


_NAMES = {
    "constant": ("c",),
    "step": ("low", "high", "location"),
    "logistic": ("floor", "ceiling", "slope", "midpoint"),
    "power law": ("c", "a", "b"),
}
_PLACES = ("location", "midpoint")  # parameters on the scale itself, fitted in centred decades


def _weighed(
    candidates: list[_Candidate], middle: float, scores_E: FloatArray, items: int | None, method: str
) -> ShapeComparison:
    evaluations = len(scores_E)
    likelihoods = [_log_likelihood(c.scores_E, scores_E, items) for c in candidates]
    frees = [len(c.values) + (items is None) for c in candidates]
    aiccs = [
        2 * k - 2 * likelihood + 2 * k * (k + 1) / (evaluations - k - 1)
        for k, likelihood in zip(frees, likelihoods, strict=True)
    ]
    shares = [exp(-(aicc - min(aiccs)) / 2) for aicc in aiccs]
    fits = [
        ShapeFit(c.shape, _named(c, middle), likelihood, k, aicc, share / sum(shares), tuple(c.scores_E.tolist()))
        for c, likelihood, k, aicc, share in zip(candidates, likelihoods, frees, aiccs, shares, strict=True)
    ]
    fits.sort(key=lambda fit: fit.aicc)
    margin = fits[0].weight / fits[1].weight if fits[1].weight > 0 else inf
    return ShapeComparison(fits[0].shape, tuple(fits), margin, evaluations, method)


def _named(candidate: _Candidate, middle: float) -> dict[str, float]:
    named = dict(zip(_NAMES[candidate.shape], candidate.values, strict=True))
    return {name: 10 ** (value + middle) if name in _PLACES else value for name, value in named.items()}


def _log_likelihood(fitted_E: FloatArray, scores_E: FloatArray, items: int | None) -> float:
    """Of binomial counts without their coefficients, which all shapes share; or normal at the best variance."""
    if items is not None:
        p_E = np.clip(fitted_E, CERTAIN, 1 - CERTAIN)
        return float(items * (xlogy(scores_E, p_E) + xlogy(1 - scores_E, 1 - p_E)).sum())
    least = (EXACT * float(np.ptp(scores_E)) or CERTAIN) ** 2
    variance = max(float(np.mean((scores_E - fitted_E) ** 2)), least)
    return -len(scores_E) / 2 * (log(2 * np.pi * variance) + 1)


def _constant(scores_E: FloatArray) -> _Candidate:
    level = float(scores_E.mean())
    return _Candidate("constant", (level,), np.full(len(scores_E), level))


def _step(x_E: FloatArray, scores_E: FloatArray, items: int | None) -> _Candidate:
    """The best of all places; the mean of each side is the most likely level under both distributions."""
    steps = []
    for first in range(1, len(x_E)):
        low, high = float(scores_E[:first].mean()), float(scores_E[first:].mean())
        place = float(x_E[first - 1] + x_E[first]) / 2
        steps.append(_Candidate("step", (low, high, place), np.where(x_E > place, high, low)))
    return max(steps, key=lambda step: _log_likelihood(step.scores_E, scores_E, items))


def _logistic(values: FloatArray, x_E: FloatArray) -> FloatArray:
    floor, ceiling, slope, midpoint = values
    return floor + (ceiling - floor) * expit(slope * (x_E - midpoint))


def _power(values: FloatArray, x_E: FloatArray) -> FloatArray:
    c, a, b = values
    return c + a * _power_of(b, x_E)


def _power_of(b: float, x_E: FloatArray) -> FloatArray:
    """((x / x0)^b - 1) / b, which is ln(x / x0) at b = 0."""
    logs_E = x_E * log(10)
    return np.expm1(b * logs_E) / b if abs(b) > 1e-8 else logs_E


_CURVES = {"logistic": _logistic, "power law": _power}


def _logistic_starts(x_E: FloatArray, scores_E: FloatArray) -> list[_Candidate]:
    """For each midpoint and slope of a grid the two levels by least squares: best first."""
    length, starts = float(np.ptp(x_E)), []
    for slope in np.geomspace(SHALLOWEST, STEEPEST, 6) * 4 / length:
        for midpoint in np.linspace(x_E[0], x_E[-1], 2 * len(x_E) - 1):
            levels, fitted_E = _linear(expit(slope * (x_E - midpoint)), scores_E)
            values = (levels[0], levels[0] + levels[1], float(slope), float(midpoint))
            starts.append(_Candidate("logistic", values, fitted_E))
    return sorted(starts, key=lambda start: float(((start.scores_E - scores_E) ** 2).sum()))


def _power_starts(x_E: FloatArray, scores_E: FloatArray) -> list[_Candidate]:
    starts = []
    for b in POWERS:
        levels, fitted_E = _linear(_power_of(float(b), x_E), scores_E)
        starts.append(_Candidate("power law", (*levels, float(b)), fitted_E))
    return sorted(starts, key=lambda start: float(((start.scores_E - scores_E) ** 2).sum()))


def _linear(feature_E: FloatArray, scores_E: FloatArray) -> tuple[tuple[float, float], FloatArray]:
    """Intercept and slope by least squares, and the line."""
    centred_E = feature_E - feature_E.mean()
    power = float(centred_E @ centred_E)
    slope = float(centred_E @ scores_E) / power if power > 1e-300 else 0.0
    intercept = float(scores_E.mean()) - slope * float(feature_E.mean())
    return (intercept, slope), intercept + slope * feature_E


def _polished(starts: list[_Candidate], x_E: FloatArray, scores_E: FloatArray, items: int | None) -> _Candidate:
    """The most likely of a few good and unlike starts, each improved within bounds; a start if none improves it."""
    shape = starts[0].shape
    curve, length = _CURVES[shape], float(np.ptp(x_E))
    if shape == "logistic":
        levels = (0.0, 1.0) if items else (None, None)
        slopes = (SHALLOWEST * 4 / length, STEEPEST * 4 / length)
        bounds = [levels, levels, slopes, (float(x_E[0]), float(x_E[-1]))]
    else:
        bounds = [(None, None), (None, None), (float(POWERS[0]), float(POWERS[-1]))]

    def loss(values: FloatArray) -> float:
        return -_log_likelihood(curve(values, x_E), scores_E, items)

    best, least = starts[0].values, inf
    for start in starts[:: max(1, len(starts) // 40)][:4]:
        clipped = [
            float(np.clip(value, -inf if low is None else low, inf if high is None else high))
            for value, (low, high) in zip(start.values, bounds, strict=True)
        ]
        found = minimize(loss, clipped, method="L-BFGS-B", bounds=bounds)
        for values in (np.array(clipped), found.x):
            if loss(values) < least:
                best, least = tuple(float(value) for value in values), loss(values)
    return _Candidate(shape, best, curve(np.array(best), x_E))
