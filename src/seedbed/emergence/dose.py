"""The half dose: the number of hints at which half of the seeds emerge, and how much one arm lowers it.

Members are grown at several numbers of hints; each emerges or does not. Half doses of two arms, such as with and
without related corpora, turn "it helps" into "it replaces so many hints". Model: P(emerge) = logistic(slope * (log2 h -
log2 half dose)), the slope common to both arms. Sources: Finney (1971), Probit Analysis, for the design; `firth.py`.
"""

from dataclasses import dataclass, replace
from math import inf, isnan, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtrc

from seedbed.config.errors import UsageError
from seedbed.emergence.dose_curve import Interval, Tally, can_fit, fit_curve, log2_half_dose, log2_ratio, tally
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.firth import FloatArray
from seedbed.emergence.inputs import check_level, finite_vector, yes_no_vector
from seedbed.emergence.intervals import clopper_pearson

CURVE = "logistic in log2 hints, Firth-penalised; profile interval, at least the gap between tested doses"


@dataclass(frozen=True)
class DoseRatio:
    """Half doses of two arms, in hints, and what the arm does to them.

    arm: where `arm_M` is true.  reference: where it is false.  ratio: arm over reference; below 1, the arm emerges
    with fewer hints.  slope: of the common curve, in logits per doubling of hints; nan where there is no common curve,
    and `arm` and `reference` are then each estimated alone.
    """

    arm: Estimate
    reference: Estimate
    ratio: Estimate
    slope: float


def half_dose(hints_M: ArrayLike, emerged_M: ArrayLike, level: float = 0.95) -> Estimate:
    """The number of hints at which half of the seeds emerge, n = M members, each with a seed of its own.

    The interval holds every half dose h whose best rising curve has a penalised likelihood ratio 2 (l_max - l(h)) of
    at most the chi-square quantile with 1 degree of freedom. Where the whole transition fits into one gap between
    tested doses, every half dose in the gap explains the data alike, but the penalty disfavours the steep curves that
    its edges need: the interval then also holds the gap (simulated step-like transitions with 8 seeds a dose: it
    covers 71% without that, 100% with it). An end at 0 or infinity means that the slope is too uncertain to tell.

    Where no curve can be fitted, `value` is nan and the ends say what is known. All members emerged: the half dose is
    at most the smallest tested dose up to which so many could not all emerge by luck, 2^-members <= (1 - level) / 2.
    None did: likewise from above. A single tested dose: what its share of members excludes. Emergence that does not
    rise with hints: ends 0 and infinity.

    Members without hints (h = 0) cannot emerge under the model and are left out if none did. If some did, their own
    Clopper-Pearson interval decides: the value is 0 if at least half of them emerged, the low end is 0 unless a share
    of half is excluded, and `method` says so.

    Raises UsageError for negative or non-finite hints, for lengths that differ, and if no member had a hint.
    """
    check_level(level)
    return _half_dose(tally(*_checked(hints_M, emerged_M)), level)


def half_dose_ratio(hints_M: ArrayLike, emerged_M: ArrayLike, arm_M: ArrayLike, level: float = 0.95) -> DoseRatio:
    """Both half doses and their ratio, n = members, from one fit with a common slope.

    The ratio's interval is made as that of `half_dose`: from the profile of the penalised likelihood over the ratio,
    and holding every ratio that the gaps allow where both transitions fit into one each. Where an arm has no curve
    (all of it emerged, or none, or some without hints) or emergence does not rise with hints, the ratio follows from
    the ends of the two half doses, each at level (1 + level) / 2 so that both hold together at `level` (Bonferroni);
    its value is then nan unless both values are known.

    Members count as independent: give each number of hints and each arm seeds of their own. Where seeds recur and
    make outcomes alike, the intervals are too narrow. Raises UsageError as `half_dose` does, and for an empty arm.
    """
    check_level(level)
    hints_M, emerged_M = _checked(hints_M, emerged_M)
    arm_M = yes_no_vector("arm", arm_M, len(hints_M))
    if arm_M.all() or not arm_M.any():
        raise UsageError(f"a ratio needs members of both arms, got {arm_M.sum()} of {len(arm_M)} with arm true")
    arm, reference = (tally(hints_M[side_M], emerged_M[side_M]) for side_M in (arm_M, ~arm_M))
    if can_fit((arm, reference)) and not arm.emerged_at_zero and not reference.emerged_at_zero:
        curve = fit_curve((arm, reference))
        if curve.slope > 0:
            return DoseRatio(
                _on_curve(*log2_half_dose(curve, 0, level), arm.members, level),
                _on_curve(*log2_half_dose(curve, 1, level), reference.members, level),
                _on_curve(*log2_ratio(curve, level), len(hints_M), level),
                curve.slope,
            )
    joint_level = (1 + level) / 2
    ratio = _quotient(_half_dose(arm, joint_level), _half_dose(reference, joint_level), level)
    return DoseRatio(_half_dose(arm, level), _half_dose(reference, level), ratio, nan)


def _checked(hints_M: ArrayLike, emerged_M: ArrayLike) -> tuple[FloatArray, NDArray[np.bool_]]:
    hints_M = finite_vector("hints", hints_M)
    if (hints_M < 0).any():
        raise UsageError(f"hints must be 0 or more, got {hints_M.min()}")
    return hints_M, yes_no_vector("emerged", emerged_M, len(hints_M))


def _half_dose(counts: Tally, level: float) -> Estimate:
    if not len(counts.log2_dose_L):
        raise UsageError("a half dose needs members with at least one hint, got members without hints only")
    estimate = _above_zero(counts, level)
    return _with_zero(estimate, counts) if counts.emerged_at_zero else estimate


def _above_zero(counts: Tally, level: float) -> Estimate:
    """The half dose as members with hints tell it."""
    if not can_fit((counts,)):
        low, high = _bounds_without_a_curve(counts, level)
        why = "all emerged" if counts.all_emerged else "none emerged" if counts.none_emerged else "one dose tested"
        return Estimate(nan, low, high, counts.members, f"{why}: bounds from exact binomial tails", level)
    curve = fit_curve((counts,))
    if curve.slope <= 0:
        return Estimate(nan, 0.0, inf, counts.members, "emergence does not rise with hints: no half dose", level)
    return _on_curve(*log2_half_dose(curve, 0, level), counts.members, level)


def _bounds_without_a_curve(counts: Tally, level: float) -> Interval:
    """Ends from the members up to each dose, and from each dose on: could half of them or more turn out this way?

    Emergence never falls with hints, so a half dose above h leaves all members up to h less than an even chance. All
    or none emerged, so each look implies those before it, or there is one look: none is taken twice.
    """
    tail = (1 - level) / 2
    failed_L = counts.members_L - counts.emerged_L
    emerged_up_to_L, members_up_to_L = counts.emerged_L.cumsum(), counts.members_L.cumsum().astype(int)
    failed_from_L, members_from_L = failed_L[::-1].cumsum()[::-1], counts.members_L[::-1].cumsum()[::-1].astype(int)
    too_high_L = bdtrc(emerged_up_to_L - 1, members_up_to_L, 0.5) <= tail
    too_low_L = bdtrc(failed_from_L - 1, members_from_L, 0.5) <= tail
    doses_L = np.exp2(counts.log2_dose_L)
    return float(doses_L[too_low_L].max(initial=0.0)), float(doses_L[too_high_L].min(initial=inf))


def _with_zero(estimate: Estimate, counts: Tally) -> Estimate:
    """Bring in members that emerged without any hint, a dose of which the logarithm does not exist."""
    share = clopper_pearson(counts.emerged_at_zero, counts.members_at_zero, estimate.level)
    note = f"{counts.emerged_at_zero} of {counts.members_at_zero} emerged without hints; {estimate.method}"
    return replace(
        estimate,
        value=0.0 if share.value >= 0.5 else estimate.value,
        low=0.0 if share.high >= 0.5 else estimate.low,
        high=0.0 if share.low > 0.5 else estimate.high,
        method=note,
    )


def _quotient(arm: Estimate, reference: Estimate, level: float) -> Estimate:
    """The ratio of two half doses from their intervals; an end of 0 over 0 or of infinities is left open."""
    low = 0.0 if arm.low == 0 or reference.high == inf else _divide(arm.low, reference.high)
    high = inf if arm.high == inf or reference.low == 0 else arm.high / reference.low
    known = not isnan(arm.value) and not isnan(reference.value) and reference.value > 0
    value = arm.value / reference.value if known else nan
    method = f"quotient of two intervals (Bonferroni); arm: {arm.method}; reference: {reference.method}"
    return Estimate(value, low, high, arm.n + reference.n, method, level)


def _divide(low: float, high: float) -> float:
    return inf if high == 0 else low / high


def _on_curve(log2_value: float, log2_interval: Interval, members: int, level: float) -> Estimate:
    low, high = log2_interval
    return Estimate(_hints(log2_value), _hints(low), _hints(high), members, CURVE, level)


def _hints(log2_hints: float) -> float:
    """Back from doublings; a slope near 0 can put a half dose beyond what a float holds."""
    return inf if log2_hints > 1000 else 2.0**log2_hints
