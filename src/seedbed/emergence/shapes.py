"""Which shape a score curve has: constant, step, logistic or power law, by the evidence that the evaluations hold.

A jump in a picture may be a slow curve seen at few places; a claim of a jump has to beat the smooth ones. Sources:
Burnham & Anderson (2002), Model Selection and Multimodel Inference, sections 2.4 and 2.9 (AICc, weights).
"""

from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from seedbed.config.errors import UsageError
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.scales import log10_of_scale, rising_scale
from seedbed.emergence.shape_fits import CERTAIN, LOGISTIC, POWER_LAW, fit_shape, log_likelihood

FloatArray = NDArray[np.float64]
TOO_LITTLE_DATA = "too little data"
LEAST_EVALUATIONS = 7  # the fewest for which AICc of the largest model, 5 parameters, exists


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
    - power law: from `first` to `last`, the scores at the ends of the scale, as x^b: c - a x^-|b| that levels off for
      b < 0, c + a x^b for b > 0, straight in log x at b = 0

    With `items`, right answers are binomial: `items` independent test items an evaluation, drawn anew each time. Scores
    must then be shares of them, and no curve leaves 0 to 1: one that was cut off there would have a floor and a ceiling
    without paying for them. Without, normal with one variance.
    AICc = 2k - 2 log L + 2k(k+1)/(E-k-1); a step's location counts as one parameter. The evidence compares these
    four; that one is best does not make it right, nor is the verdict a test: of 60 simulated flat curves of 12
    evaluations with 200 items, 7 were called something else (5 a step, whose place is chosen after looking), so ask
    for a margin. A step and a steep logistic differ only by evaluations on the rise,
    so the grid limits what can be told.

    Fewer than 7 evaluations are `too little data`; flat data are a constant. A scale at 0 stands where
    `log10_of_scale` puts it. Raises UsageError for a scale that does not increase, lengths that differ, scores that are
    not finite, and with `items` scores outside [0, 1].
    """
    return shapes_of_seeds(scale_E, finite_vector("scores", scores_E)[np.newaxis], items)[0]


def shapes_of_seeds(scale_E: ArrayLike, scores_SE: ArrayLike, items: int | None = None) -> list[ShapeComparison]:
    """`compare_shapes` of each of S seeds that were evaluated at the same E places, fitted together.

    The same errors, and UsageError for scores that are not a table of seeds by evaluations.
    """
    scale_E, scores_SE = rising_scale(scale_E, at_least=1), np.asarray(scores_SE, dtype=np.float64)
    if scores_SE.ndim != 2 or not len(scores_SE):
        raise UsageError(f"scores must be a table, a row a seed and a column an evaluation, got {scores_SE.shape}")
    finite_vector("scores", scores_SE.ravel())
    evaluations = scores_SE.shape[1]
    if len(scale_E) != evaluations:
        raise UsageError(f"each evaluation needs one scale and one score, got {len(scale_E)} and {evaluations}")
    if items is not None and (items < 1 or scores_SE.min() < 0 or scores_SE.max() > 1):
        raise UsageError(
            f"shares of 1 item or more must lie in [0, 1], got {items} items, {scores_SE.ravel().tolist()[:8]}"
        )
    method = f"binomial, {items} items" if items else "normal, one variance"
    if evaluations < LEAST_EVALUATIONS:
        return [ShapeComparison(TOO_LITTLE_DATA, (), nan, evaluations, method)] * len(scores_SE)
    decades_E = log10_of_scale(scale_E)
    middle = float((decades_E[0] + decades_E[-1]) / 2)
    x_E = decades_E - middle
    candidates = [
        _constant(scores_SE),
        _step(x_E, scores_SE, items),
        *(
            _Candidate(shape.name, shape.parameters, *fit_shape(shape, x_E, scores_SE, items))
            for shape in (LOGISTIC, POWER_LAW)
        ),
    ]
    return _weighed(candidates, middle, scores_SE, items, method)


@dataclass(frozen=True)
class _Candidate:
    """A shape with every seed's numbers in it."""

    shape: str
    names: tuple[str, ...]
    values_SP: FloatArray
    scores_SE: FloatArray


_PLACES = ("location", "midpoint")  # parameters on the scale itself, fitted in centred decades


def _weighed(
    candidates: list[_Candidate], middle: float, scores_SE: FloatArray, items: int | None, method: str
) -> list[ShapeComparison]:
    evaluations = scores_SE.shape[1]
    likelihood_KS = np.array([log_likelihood(each.scores_SE, scores_SE, items) for each in candidates])
    free_K = np.array([len(each.names) + (items is None) for each in candidates])
    penalty_K = 2 * free_K + 2 * free_K * (free_K + 1) / (evaluations - free_K - 1)
    aicc_KS = penalty_K[:, np.newaxis] - 2 * likelihood_KS
    share_KS = np.exp(-(aicc_KS - aicc_KS.min(axis=0)) / 2)
    weight_KS = share_KS / share_KS.sum(axis=0)
    compared = []
    for seed in range(len(scores_SE)):
        fits = [
            ShapeFit(
                each.shape,
                _named(each, seed, middle),
                float(likelihood_KS[k, seed]),
                int(free_K[k]),
                float(aicc_KS[k, seed]),
                float(weight_KS[k, seed]),
                tuple(each.scores_SE[seed].tolist()),
            )
            for k, each in enumerate(candidates)
        ]
        fits.sort(key=lambda fit: fit.aicc)
        margin = fits[0].weight / fits[1].weight if fits[1].weight > 0 else inf
        compared.append(ShapeComparison(fits[0].shape, tuple(fits), margin, evaluations, method))
    return compared


def _named(candidate: _Candidate, seed: int, middle: float) -> dict[str, float]:
    named = dict(zip(candidate.names, candidate.values_SP[seed].tolist(), strict=True))
    return {name: 10 ** (value + middle) if name in _PLACES else value for name, value in named.items()}


def _constant(scores_SE: FloatArray) -> _Candidate:
    level_S1 = scores_SE.mean(axis=1, keepdims=True)
    return _Candidate("constant", ("c",), level_S1, np.broadcast_to(level_S1, scores_SE.shape))


def _step(x_E: FloatArray, scores_SE: FloatArray, items: int | None) -> _Candidate:
    """The best of all places; the mean of each side is the most likely level under both distributions."""
    evaluations, mean_S1 = scores_SE.shape[1], scores_SE.mean(axis=1, keepdims=True)
    before_F = np.arange(1, evaluations)  # how many evaluations lie before each place
    sums_SF = np.cumsum(scores_SE, axis=1)[:, :-1]
    low_SF = sums_SF / before_F
    high_SF = (scores_SE.sum(axis=1, keepdims=True) - sums_SF) / (evaluations - before_F)
    low_part_SF, high_part_SF = (_misfit_of(levels, mean_S1, items) for levels in (low_SF, high_SF))
    misfit_SF = before_F * low_part_SF + (evaluations - before_F) * high_part_SF
    best_S = misfit_SF.argmin(axis=1)
    place_S = (x_E[best_S] + x_E[best_S + 1]) / 2
    low_S, high_S = (np.take_along_axis(levels, best_S[:, np.newaxis], axis=1)[:, 0] for levels in (low_SF, high_SF))
    fitted_SE = np.where(x_E > place_S[:, np.newaxis], high_S[:, np.newaxis], low_S[:, np.newaxis])
    return _Candidate("step", ("low", "high", "location"), np.column_stack([low_S, high_S, place_S]), fitted_SE)


def _misfit_of(level_SF: FloatArray, mean_S1: FloatArray, items: int | None) -> FloatArray:
    """An evaluation's part in how badly the level of its side fits, but for what all places share."""
    if items is None:
        return -((level_SF - mean_S1) ** 2)  # sum of (y - level)^2 = sum of (y - mean)^2 - n (level - mean)^2
    p_SF = np.clip(level_SF, CERTAIN, 1 - CERTAIN)
    return -xlogy(level_SF, p_SF) - xlogy(1 - level_SF, 1 - p_SF)
