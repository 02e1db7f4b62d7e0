"""On which scale do conditions emerge together: at one loss, or after as many steps, tokens or FLOPs?

If the loss decides, models of all sizes gain an ability at the same loss although their steps differ. Sources: Du et
al. (2024), arXiv 2403.15796; Dempster, Laird & Rubin (1977), JRSS B 39:1 (the normal fit with censored values).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, nan, pi, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, stdtrit

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.inputs import check_level
from seedbed.emergence.onset import Onset, onset_bounds

FloatArray = NDArray[np.float64]
Conditions = Sequence[Sequence[Onset]]
SETTLED, MOST_ROUNDS = 1e-10, 5000  # of the censored fit: relative change of the spread, rounds
NEVER_BELOW = -30.0  # standard deviations: a value above that is a value of which nothing is known
LOG_ROOT_TWO_PI = log(2 * pi) / 2
LEAST_SPREAD = 0.05  # seeds that differ by less, in gaps between evaluations, cannot be told apart


@dataclass(frozen=True)
class Alignment:
    """How much conditions add to the spread of onsets over seeds, on two scales.

    first, second: `relative_spread` on each scale.  ratio: first over second; above 1, onsets line up better on the
    second.  n: seeds; censored: those without a confirmed onset.
    """

    first: Estimate
    second: Estimate
    ratio: Estimate
    n: int
    censored: int


def relative_spread(onsets_C: Conditions, level: float = 0.95) -> Estimate:
    """How much more the log onsets of all seeds spread than those of one condition, n = all seeds of C conditions.

    The standard deviation of all seeds over that within conditions, sqrt(MS total / MS within), of log onsets: about 1
    where all conditions emerge alike, sqrt(1 + d^2) where their means have a standard deviation of d within ones. A
    confirmed onset stands in the middle of its two evaluations on the log scale (at the later one where there is none
    before). Censored runs lie somewhere above their
    `lower`: means and the common variance are the most likely ones of normal log onsets (expectation-maximisation).

    Interval: jackknife over seeds within conditions, of the logarithm, Student t with seeds - C degrees of freedom.
    Where a condition has fewer than 2 confirmed onsets, or seeds differ by less than evaluations tell apart, value is
    nan and the ends are 0 and infinity. Raises UsageError for fewer than 2 conditions and for an onset at 0, which
    has no logarithm.
    """
    check_level(level)
    logs_J, groups_S, why = _log_spreads(onsets_C)
    return _jackknifed(logs_J, groups_S, why, level)


def compare_alignment(first_C: Conditions, second_C: Conditions, level: float = 0.95) -> Alignment:
    """Whether the onsets of C conditions line up better on the second scale than on the first, n = all seeds.

    Both hold the same seeds in the same order, as `onset_on` reads them off: say, steps first and loss second. The
    logarithm does away with units, and 1 / loss has the spread of the loss. The ratio of the two relative spreads has
    its jackknife interval over seeds, each leaving both scales at once; an interval above 1 says that the second scale
    aligns better, one that holds 1 that these seeds cannot tell. Simulated coverage is in the tests. Assumed: seeds
    are independent, and equally spread in all conditions on the log scale. Raises UsageError as `relative_spread`,
    and where the two do not hold the same seeds.
    """
    check_level(level)
    confirmed = [[[found.step is None for found in group] for group in side] for side in (first_C, second_C)]
    if confirmed[0] != confirmed[1]:
        raise UsageError("both scales must hold the same seeds in the same order: read them off with `onset_on`")
    (first_J, groups_S, why), (second_J, _, why_second) = _log_spreads(first_C), _log_spreads(second_C)
    first, second = _jackknifed(first_J, groups_S, why, level), _jackknifed(second_J, groups_S, why_second, level)
    ratio = _jackknifed(first_J - second_J, groups_S, why or why_second, level)
    return Alignment(first, second, ratio, ratio.n, sum(sum(group) for group in confirmed[0]))


def _jackknifed(logs_J: FloatArray, groups_S: NDArray[np.int64], why: str, level: float) -> Estimate:
    """exp of the first of `logs_J`, its interval from the others, each of which leaves one seed out."""
    seeds, groups = len(groups_S), int(groups_S.max()) + 1
    if not why and not np.isfinite(logs_J).all():
        why = "the fit hangs on one seed"
    if why:
        return Estimate(nan, 0.0, inf, seeds, why, level)
    variance = 0.0
    for group in range(groups):
        left_out = logs_J[1:][groups_S == group]
        variance += (len(left_out) - 1) / len(left_out) * float(((left_out - left_out.mean()) ** 2).sum())
    half_width = float(stdtrit(seeds - groups, (1 + level) / 2)) * sqrt(variance)
    value = float(logs_J[0])
    middle, low, high = (exp(min(end, 700.0)) for end in (value, value - half_width, value + half_width))
    return Estimate(middle, low, high, seeds, "spread of all over spread within, jackknife t over seeds", level)


def _log_spreads(onsets_C: Conditions) -> tuple[FloatArray, NDArray[np.int64], str]:
    """Log relative spread of all seeds and without each one; the condition of each seed; why there is none, or ''."""
    if len(onsets_C) < 2:
        raise UsageError(f"alignment needs 2 conditions or more, got {len(onsets_C)}")
    bounds_C = [onset_bounds(group) for group in onsets_C]
    groups_S = np.repeat(np.arange(len(bounds_C)), [len(steps) for _, steps in bounds_C])
    lowers_S, steps_S = (np.concatenate([bounds[side] for bounds in bounds_C]) for side in (0, 1))
    if (steps_S == 0).any():
        raise UsageError("an onset at 0 has no logarithm: leave out what the untrained model can do already")
    nothing = np.full(len(groups_S) + 1, nan)
    if any(np.isfinite(steps).sum() < 2 for _, steps in bounds_C):
        return nothing, groups_S, "a condition has fewer than 2 confirmed onsets"
    known_S = np.isfinite(steps_S)
    with np.errstate(divide="ignore"):
        lows_S, highs_S = np.log(lowers_S), np.log(steps_S)
    bounded_S = known_S & (lowers_S > 0)
    logs_S = np.where(bounded_S, (lows_S + highs_S) / 2, np.where(known_S, highs_S, lows_S))
    # row 0 weighs all seeds, row j leaves out seed j-1
    weights_JS = np.vstack([np.ones(len(groups_S)), 1 - np.eye(len(groups_S))])
    within_J, total_J = _mean_squares(logs_S, known_S, groups_S, weights_JS)
    gap = float(np.median((highs_S - lows_S)[bounded_S])) if bounded_S.any() else 0.0
    if (np.sqrt(within_J) <= LEAST_SPREAD * gap).any() or (within_J <= 0).any():
        return nothing, groups_S, "seeds of one condition differ by less than evaluations tell apart"
    return np.log(total_J / within_J) / 2, groups_S, ""


def _mean_squares(
    logs_S: FloatArray, known_S: NDArray[np.bool_], groups_S: NDArray[np.int64], weights_JS: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean squares within groups and of all for each row of weights; values not known lie above their log.

    Expectation: a normal value above a, in standard deviations, has mean h and variance 1 + a h - h^2, with the hazard
    h = density(a) / P(above a). Maximisation: means of the groups, one variance.
    """
    member_SG = (groups_S[:, np.newaxis] == np.arange(groups_S.max() + 1)).astype(np.float64)
    sizes_JG, seeds_J = weights_JS @ member_SG, weights_JS.sum(axis=1)
    start_S = np.where(np.isfinite(logs_S), logs_S, logs_S[known_S].min())
    means_JG = (weights_JS * start_S) @ member_SG / sizes_JG
    spread_J = np.full(len(weights_JS), float(np.std(start_S)))
    for _ in range(MOST_ROUNDS if spread_J.all() else 0):
        fitted_JS, spread_J1 = means_JG @ member_SG.T, spread_J[:, np.newaxis]
        above_JS = np.where(known_S, 0.0, np.maximum((logs_S - fitted_JS) / spread_J1, NEVER_BELOW))
        hazard_JS = np.exp(-(above_JS**2) / 2 - LOG_ROOT_TWO_PI - log_ndtr(-above_JS))
        values_JS = np.where(known_S, logs_S, fitted_JS + spread_J1 * hazard_JS)
        variances_JS = np.where(known_S, 0.0, np.clip(1 + above_JS * hazard_JS - hazard_JS**2, 0, 1) * spread_J1**2)
        means_JG = (weights_JS * values_JS) @ member_SG / sizes_JG
        errors_JS = (values_JS - means_JG @ member_SG.T) ** 2 + variances_JS
        before_J, spread_J = spread_J, np.sqrt((weights_JS * errors_JS).sum(axis=1) / seeds_J)
        if (np.abs(spread_J - before_J) <= SETTLED * before_J).all() or not spread_J.all():
            break
    grand_J = (sizes_JG * means_JG).sum(axis=1) / seeds_J
    within_J = spread_J**2 * seeds_J  # sums of squares
    between_J = (sizes_JG * (means_JG - grand_J[:, np.newaxis]) ** 2).sum(axis=1)
    return within_J / (seeds_J - member_SG.shape[1]), (within_J + between_J) / (seeds_J - 1)
