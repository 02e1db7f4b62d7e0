"""One seed's curve: whether it left chance, where, and how sharply; with the p-values that a verdict over seeds needs.

Sources: Wei et al. (2022), Emergent Abilities of Large Language Models, section 2; Holm (1979), Scandinavian Journal of
Statistics 6:65 (several evaluations). Where and how sharply is read off a fitted rise (`rise`).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtri, stdtr

from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.multiple import holm
from seedbed.emergence.onset import Onset
from seedbed.emergence.rise import DECADES_PER_SLOPE, NOISE_FLOOR, PARAMETERS, Rise

ALPHA = 0.05  # of each test: over the evaluations of a seed, over seeds; divided by the number of tasks
NEAR_CHANCE = 0.02  # of the way from chance to 1: Wei's "near-random"; where chance is 0, one lucky hit is no ability
TO_THE_END = 0.25  # the last part of the evaluations from a on, whose mean must be above chance too
MIN_BEFORE = 2  # evaluations at chance before a: "at chance up to a" was seen
LEAP_GAPS = (1, 2, 3)  # between evaluations: how long a leap may be
MIN_AFTER = 2  # evaluations past the fitted 90%: the rise was seen to end
UNSTEADY = "unsteady: it leaps, and falls again"
EARLY = "above chance before the rise that is fitted"

Span = tuple[NDArray[np.float64], NDArray[np.float64]]
SeedWord = Literal["sharp", "smooth", "at chance", "unclear"]


@dataclass(frozen=True)
class SeedVerdict:
    """One seed's curve: when it left chance, how wide its rise is, and the p-values of both.

    onset: the two evaluations between which a sharp rise is half done, in the unit of scale; where the rise is not
    known to be sharp, the first evaluation above chance; censored where the score does not stay above it.  width:
    decades from 10% to 90%, profile interval, n = evaluations.  rises: whether a rising curve fits better than a flat
    one.  p_ever: that no score is above chance (Holm over
    evaluations).  p_above: that none is, or that they do not stay so from a on.  p_sharp: that the curve is flat or its
    rise takes the width that is smooth, or more.  p_smooth: that it is flat or takes less.  why: what keeps a curve
    from being called sharp, or smooth.
    """

    word: SeedWord
    onset: Onset
    width: Estimate
    p_ever: float
    p_above: float
    p_sharp: float
    p_smooth: float
    rises: bool
    why: str = ""


def judge_seed(
    scale_E: NDArray[np.float64],
    scores_E: NDArray[np.float64],
    rise: Rise | None,
    chance: float,
    items: int | None,
    alpha: float,
    sharp_width: float,
    span: Span | None = None,
) -> SeedVerdict:
    """Judge E scores, at levels of `alpha`; `rise` is None where they are too few to fit one.

    span: where each score is the mean of several evaluations, the scales of the first and the last of them.

    sharp_width: decades from 10% to 90% of the narrowest rise that still counts as smooth.
    """
    evaluations = len(scale_E)
    if rise is None:
        nothing = without_interval(float("nan"), evaluations, "too few evaluations to fit a rise", 1 - ALPHA)
        never = Onset(None, 0.0, float(scale_E[-1]))
        return SeedVerdict("unclear", never, nothing, 1.0, 1.0, 1.0, 1.0, False, "too few evaluations")
    x_E = np.log10(scale_E)
    p_E = holm(_p_above_chance(scores_E, chance, items, rise.noise))
    above_E, p_ever = p_E <= alpha, float(p_E.min())
    half_done = int(np.searchsorted(x_E, rise.midpoint))
    # Where the fitted middle lies past the last evaluation the rise is not over: it counts from its first sight.
    since = half_done if half_done < evaluations or not above_E.any() else int(above_E.argmax())
    p_above = _p_stays_above(p_E[since:], scores_E[since:], chance, items, rise.noise)
    stays = p_above <= alpha
    why = _why_not_sharp(x_E, above_E, rise, alpha) if stays else _why_not_above(scores_E, above_E, items, rise, alpha)
    leap = _leap(scale_E, scores_E, rise.height, items, sharp_width, alpha) if stays else ""
    p_sharp = max(p_above, rise.p_rise, rise.p_sharp) if not why else 1.0
    p_smooth = max(p_above, rise.p_rise, rise.p_smooth) if not leap else 1.0
    word: SeedWord = "unclear"
    if not above_E.any():
        word = "at chance"
    elif p_sharp <= alpha:
        word = "sharp"
    elif p_smooth <= alpha:
        word = "smooth"
    elif leap == UNSTEADY or (leap and rise.low > sharp_width):
        why = leap  # says more than where the fitted curve lies
    else:
        why = why or leap or f"its width lies on neither side of {decades(sharp_width)}"
    onset = Onset(None, float(scale_E[-1]), float(scale_E[-1]))
    if stays:
        reached = half_done if word == "sharp" else int(above_E.argmax())
        first_E, last_E = span or (scale_E, scale_E)
        onset = Onset(float(last_E[reached]), float(first_E[reached - 1]) if reached else 0.0, float(last_E[-1]))
    width = Estimate(
        rise.width, rise.low, rise.high, evaluations, "sigmoid by least squares, profile interval", 1 - ALPHA
    )
    return SeedVerdict(word, onset, width, p_ever, p_above, p_sharp, p_smooth, stays and rise.p_rise <= alpha, why)


def decades(width: float) -> str:
    """A number of decades in words."""
    return "a decade" if width == 1 else f"{width:.2g} decades"


def near_chance(chance: float) -> float:
    """The score up to which one is near chance."""
    return chance + NEAR_CHANCE * (1 - chance)


def _p_above_chance(
    scores_E: NDArray[np.float64], chance: float, items: int | None, noise: float, evaluations: int | None = None
) -> NDArray[np.float64]:
    """One-sided p-value of each score, that the true one is near chance or below."""
    near = near_chance(chance)
    if items is None:
        return stdtr((evaluations or len(scores_E)) - PARAMETERS, (near - scores_E) / noise)
    hits_E = scores_E * items  # graded answers may make them fractional: the beta form of the tail takes those too
    return np.where(hits_E > 0, betainc(np.maximum(hits_E, 1e-12), items - hits_E + 1, near), 1.0)


def _p_stays_above(
    p_A: NDArray[np.float64], scores_A: NDArray[np.float64], chance: float, items: int | None, noise: float
) -> float:
    """That of the scores from a on none is above chance, or not their mean, or not the mean of the last of them."""
    if not len(p_A):
        return 1.0
    last = max(1, round(TO_THE_END * len(scores_A)))
    means_2 = np.array([scores_A.mean(), scores_A[-last:].mean()])
    return float(max(p_A.min(), *_p_above_chance(means_2, chance, items, noise, PARAMETERS + max(1, len(p_A)))))


def _why_not_above(
    scores_E: NDArray[np.float64], above_E: NDArray[np.bool_], items: int | None, rise: Rise, alpha: float
) -> str:
    """Why a seed is not said to stay above chance: it never was, it was seen to fall, or too little is known."""
    if not above_E.any():
        return "stays at chance"
    last = float(scores_E[-max(1, round(TO_THE_END * len(scores_E))) :].mean())
    best = float(scores_E.max())
    if items is None:
        p_luck = float(stdtr(max(1, len(scores_E) - PARAMETERS), (last - best) / rise.noise))
    else:
        p_luck = float(betainc(best * items, items - best * items + 1, last)) if 0 < last < 1 else float(last >= best)
    if p_luck * len(scores_E) <= alpha:
        return "above chance at some evaluations, and falls again"
    return "above chance at some evaluations; too few items or evaluations show whether it stays there"


def _why_not_sharp(x_E: NDArray[np.float64], above_E: NDArray[np.bool_], rise: Rise, alpha: float) -> str:
    if rise.p_rise > alpha:
        return "above chance, and no rise is seen: evaluations before the first might show one"
    if above_E[x_E < rise.midpoint - rise.width].sum() >= MIN_BEFORE:  # there 1% of the rise is done
        return EARLY
    if int((x_E < rise.midpoint - rise.width / 2).sum()) < MIN_BEFORE:
        return f"fewer than {MIN_BEFORE} evaluations at chance before the rise: more are needed there"
    if rise.midpoint > x_E[-1]:
        return "still rising at the end: evaluations after it are needed"
    if int((x_E > rise.midpoint + rise.width / 2).sum()) < MIN_AFTER:
        return f"fewer than {MIN_AFTER} evaluations after the rise: more are needed there"
    return ""


def _leap(
    scale_E: NDArray[np.float64],
    scores_E: NDArray[np.float64],
    height: float,
    items: int | None,
    sharp_width: float,
    alpha: float,
) -> str:
    """What keeps a curve from being smooth: a rise within a few evaluations that is larger than a smooth one of this
    height allows; and whether it falls as much again.

    A logistic rise gains at most height (2 logistic(g ln 9 / width) - 1) over g decades; no height exceeds 1. The noise
    is that of second differences, by their median, which a few steps do not move; at least the binomial one halfway up.
    """
    x_E, (start_P, end_P) = np.log10(scale_E), _pairs(len(scale_E))
    gain_P = scores_E[end_P] - scores_E[start_P]
    decades_P = x_E[end_P] - x_E[start_P]
    allowed_P = min(height, 1.0) * (2 / (1 + np.exp(-decades_P * DECADES_PER_SLOPE / 2 / sharp_width)) - 1)
    bends = np.diff(scores_E, 2)
    noise = float(np.median(np.abs(bends - np.median(bends)))) / ndtri(0.75) / 6**0.5
    noise = max(noise, 0.5 / items**0.5 if items else NOISE_FLOOR)
    p_P = stdtr(len(scores_E) - PARAMETERS, (allowed_P - gain_P) / (2**0.5 * noise)) * len(gain_P)
    if p_P.min() > alpha:
        return ""
    p_falls_P = stdtr(len(scores_E) - PARAMETERS, gain_P / (2**0.5 * noise)) * len(gain_P)
    return UNSTEADY if p_falls_P.min() <= alpha else "a leap within a slower rise"


@lru_cache(maxsize=8)
def _pairs(evaluations: int) -> NDArray[np.int64]:
    """All pairs of evaluations between which a leap may lie: [2, P]."""
    return np.array([(k, k + gaps) for gaps in LEAP_GAPS for k in range(evaluations - gaps)]).T
