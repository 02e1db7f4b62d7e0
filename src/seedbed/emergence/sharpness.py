"""How sharp a rise is: its width in decades of the scale, and BIG-bench's breakthroughness and linearity.

"Sudden" is a claim about a width, and a coarse grid of evaluations makes every rise look sudden. Sources: Srivastava et
al. (2022), arXiv 2206.04615, appendix B (breakthroughness, linearity; here with 1/n so that a line scores 1).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial, inf, isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.inputs import check_level, finite_vector
from seedbed.emergence.medians import median_between
from seedbed.emergence.scales import log10_of_scale, rising_scale

FloatArray = NDArray[np.float64]
ORDERS_TOGETHER = 199  # drawn orders of many seeds at once: the least p is 0.005, and a million rows stay quick
ORDERS = 9_999  # drawn orders of the evaluations; all of them where there are no more
ROUNDING = 1e-12  # of shares that are compared
RISE_STARTS, RISE_ENDS = 0.1, 0.9


@dataclass(frozen=True)
class RiseWidth:
    """The width of one seed's rise from 10% to 90%, in decades of the scale.

    decades: interpolated; infinite where the evaluations hold only a part of the rise.  at_least, at_most: what the
    evaluations on either side of the two crossings allow; a rise within one gap is only known to be narrower than it.
    evaluations: n.
    """

    decades: float
    at_least: float
    at_most: float
    evaluations: int


@dataclass(frozen=True)
class Sharpness:
    """BIG-bench's two measures of one curve, with the chance of as much in a curve without order.

    breakthroughness: improvement over the root of the median squared difference; infinite where more than half of the
    differences are 0 (ties) and the score improves, 0 where it does not vary.  linearity: improvement over n times the
    root mean square difference, 1 for a straight line.  improvement: signed range.
    p_breakthrough, p_linear: one-sided.  differences: n.
    """

    breakthroughness: float
    linearity: float
    improvement: float
    p_breakthrough: float
    p_linear: float
    differences: int


def rise_width(scale_E: ArrayLike, scores_E: ArrayLike, *, chance: float, plateau: float) -> RiseWidth:
    """How many decades of the scale the rise takes from 10% to 90% of the way from `chance` to `plateau`.

    The curve is the best rising one in least squares (isotonic regression), straight between evaluations in log10 of
    the scale; an evaluation at 0 stands where `log10_of_scale` puts it. Where it is at 10% already at the first
    evaluation, or below 90% at the last, the width is known from below only: `decades` and `at_most` are infinite. Give
    a plateau from elsewhere (1 for an accuracy): a curve cannot tell by itself that it has stopped rising. Straight
    lines make a rise over few evaluations look wider (over 3 gaps by 9%); the bounds hold. Noise at chance or in the
    plateau is smoothed, not removed.

    Raises UsageError for a scale that does not increase, fewer than 2 evaluations, and plateau <= chance.
    """
    scale_E, scores_E = _curve(scale_E, scores_E)
    if not (isfinite(chance) and isfinite(plateau) and chance < plateau):
        raise UsageError(f"the rise must go up from chance to plateau, got {chance} to {plateau}")
    decades_E = log10_of_scale(scale_E)
    done_E = (isotonic_regression(scores_E).x - chance) / (plateau - chance)
    start_before, start, start_after = _crossing(decades_E, done_E, RISE_STARTS)
    end_before, end, end_after = _crossing(decades_E, done_E, RISE_ENDS)
    if scale_E[0] == 0 and start_before == decades_E[0]:
        start_before = -inf  # after 0 may be any number of decades ago
    at_least = max(0.0, end_before - start_after) if isfinite(start_after) else 0.0
    if not (isfinite(start) and isfinite(end)):
        return RiseWidth(inf, at_least, inf, len(scale_E))
    return RiseWidth(end - start, at_least, end_after - start_before, len(scale_E))


def median_width(widths: Sequence[RiseWidth], level: float = 0.95) -> Estimate:
    """The median width over seeds, in decades, n = seeds; a rise not completed is censored, not left out.

    Value: Kaplan-Meier median of the interpolated widths. Interval: order statistics, the low end of `at_least` and the
    high end of `at_most`, as in `median_between`. Raises UsageError where there is no seed.
    """
    check_level(level)
    if not widths:
        raise UsageError("a median needs the width of at least one seed, got none")
    at_least_S, decades_S, at_most_S = (
        np.array([getattr(width, name) for width in widths], dtype=np.float64)
        for name in ("at_least", "decades", "at_most")
    )
    return median_between(at_least_S, decades_S, at_most_S, level)


def breakthroughness(scores_E: ArrayLike) -> float:
    """`I / sqrt(median of squared differences)`, with I = sign(argmax - argmin) (max - min): large for one big jump.

    Of equal extremes the first counts. Where more than half of the differences are 0 it is infinite with the sign of I,
    and 0 for a constant. Raises UsageError for fewer than 2 scores.
    """
    return _over(*_improvement_and(_median_step, scores_E))


def linearity(scores_E: ArrayLike) -> float:
    """`I / (n sqrt(mean of squared differences))` over n differences: 1 for a straight line, 1/sqrt(n) for a jump.

    0 for a constant. Raises UsageError for fewer than 2 scores.
    """
    improvement, root_mean_square = _improvement_and(_root_mean_square_step, scores_E)
    return _over(improvement, root_mean_square * (np.size(scores_E) - 1))


def sharpness(scores_E: ArrayLike) -> Sharpness:
    """Both measures of one curve with E evaluations in the order of the scale, with permutation p-values.

    Null hypothesis: the scores have nothing to do with the scale, so every order of them is equally likely. The p-value
    is the share of orders that give as much or more (all orders up to 7 evaluations, else 9,999 drawn ones with the
    observed added, from a fixed seed). It rules out noise without a trend; it does not tell a jump from a slow rise,
    for which see `compare_shapes`. Infinite breakthroughness ranks above all finite. Raises UsageError for fewer than
    2 scores.
    """
    scores_E = _scores(scores_E)
    return Sharpness(
        breakthroughness(scores_E),
        linearity(scores_E),
        float(_improvement(scores_E)),
        _share_of_orders(scores_E, _median_step),
        _share_of_orders(scores_E, _root_mean_square_step),
        len(scores_E) - 1,
    )


def sharpness_over_seeds(scores_SE: ArrayLike, level: float = 0.95) -> tuple[Estimate, Estimate]:
    """The median breakthroughness and the median linearity of S curves, n = seeds, with order-statistic intervals.

    Of the curves themselves, not of their mean, which is smoother than any of them. Ends can be infinite, below as
    above. Raises UsageError for no seed and for fewer than 2 evaluations.
    """
    check_level(level)
    curves = [_scores(scores_E) for scores_E in np.asarray(scores_SE, dtype=np.float64)]
    if not curves:
        raise UsageError("a median needs the curve of at least one seed, got none")
    return _median_of(breakthroughness, curves, level), _median_of(linearity, curves, level)


def chance_over_seeds(scores_SE: ArrayLike) -> tuple[float, float]:
    """One-sided p-values of the median breakthroughness and the median linearity of S curves of E scores.

    Null hypothesis as in `sharpness`, of all seeds: the evaluations of each are put into an order of its own, drawn
    apart from the others', `ORDERS_TOGETHER` times from a fixed seed, and p is the share of draws, the observed one
    added, of which the median over seeds is as large. Both are compared in the form I / (|I| + step), which is finite
    and, of one seed, has the same order. Assumed: independent seeds. Raises UsageError as `sharpness_over_seeds` does.
    """
    curves = [_scores(scores_E) for scores_E in np.asarray(scores_SE, dtype=np.float64)]
    if not curves:
        raise UsageError("a median needs the curve of at least one seed, got none")
    seen_SE = np.stack(curves)
    drawn_DSE = np.random.default_rng(0).permuted(np.tile(seen_SE, (ORDERS_TOGETHER, 1, 1)), axis=-1)

    def share(step: Callable[[FloatArray], FloatArray]) -> float:
        least = np.median(_steepness(seen_SE, step)) - ROUNDING
        return (1 + int((np.median(_steepness(drawn_DSE, step), axis=-1) >= least).sum())) / (1 + ORDERS_TOGETHER)

    return share(_median_step), share(_root_mean_square_step)


def _steepness(scores_XE: FloatArray, step: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Improvement over `step` in a form that is finite and has the same order; 0 of a constant."""
    improvement_X = _improvement(scores_XE)
    whole_X = np.abs(improvement_X) + step(scores_XE)
    return np.divide(improvement_X, whole_X, out=np.zeros_like(improvement_X), where=whole_X > 0)


def _curve(scale_E: ArrayLike, scores_E: ArrayLike) -> tuple[FloatArray, FloatArray]:
    scale_E, scores_E = rising_scale(scale_E), finite_vector("scores", scores_E)
    if len(scale_E) != len(scores_E):
        raise UsageError(f"each evaluation needs one scale and one score, got {len(scale_E)} and {len(scores_E)}")
    return scale_E, scores_E


def _crossing(decades_E: FloatArray, done_E: FloatArray, share: float) -> tuple[float, float, float]:
    """Where a rising curve reaches `share`: the evaluation before, the interpolated place, the evaluation after."""
    reached_E = done_E >= share
    if not reached_E.any():
        return float(decades_E[-1]), inf, inf
    after = int(reached_E.argmax())
    if after == 0:
        return -inf, -inf, float(decades_E[0])  # some time before the first
    before = after - 1
    way = (share - done_E[before]) / (done_E[after] - done_E[before])
    place = decades_E[before] + way * (decades_E[after] - decades_E[before])
    return float(decades_E[before]), float(place), float(decades_E[after])


def _scores(scores_E: ArrayLike) -> FloatArray:
    scores_E = finite_vector("scores", scores_E)
    if len(scores_E) < 2:
        raise UsageError(f"sharpness needs 2 evaluations or more, got {len(scores_E)}")
    return scores_E


def _improvement(scores_XE: FloatArray) -> FloatArray:
    """Range along the last axis, negative where the largest score comes before the smallest."""
    return np.sign(scores_XE.argmax(axis=-1) - scores_XE.argmin(axis=-1)) * np.ptp(scores_XE, axis=-1)


def _median_step(scores_XE: FloatArray) -> FloatArray:
    return np.sqrt(np.median(np.diff(scores_XE, axis=-1) ** 2, axis=-1))


def _root_mean_square_step(scores_XE: FloatArray) -> FloatArray:
    return np.sqrt(np.mean(np.diff(scores_XE, axis=-1) ** 2, axis=-1))


def _improvement_and(step: Callable[[FloatArray], FloatArray], scores_E: ArrayLike) -> tuple[float, float]:
    scores_E = _scores(scores_E)
    return float(_improvement(scores_E)), float(step(scores_E))


def _over(improvement: float, step: float) -> float:
    if improvement == 0:
        return 0.0
    return improvement / step if step > 0 else float(np.copysign(inf, improvement))


def _share_of_orders(scores_E: FloatArray, step: Callable[[FloatArray], FloatArray]) -> float:
    """One-sided permutation p-value of improvement over `step`, in a form that is finite and has the same order."""
    from scipy.stats import permutation_test  # takes longer to import than all the rest here to run

    if np.ptp(scores_E) == 0:
        return 1.0

    def steepness(scores_XE: FloatArray, axis: int) -> FloatArray:
        return _steepness(np.moveaxis(scores_XE, axis, -1), step)

    return float(
        permutation_test(
            (scores_E,),
            steepness,
            permutation_type="pairings",
            vectorized=True,
            alternative="greater",
            n_resamples=min(factorial(len(scores_E)), ORDERS),  # all of them, where there are no more
            rng=np.random.default_rng(0),
        ).pvalue
    )


def _median_of(measure: Callable[[ArrayLike], float], curves: Sequence[FloatArray], level: float) -> Estimate:
    values_S = np.array([measure(curve) for curve in curves])
    return median_between(values_S, values_S, values_S, level, smallest=-inf)
