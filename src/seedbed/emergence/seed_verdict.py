"""One seed's curve: whether it left chance, where, and how fast; with the p-values that a verdict over seeds needs.

Sources: Wei et al. (2022), Emergent Abilities of Large Language Models, section 2; Holm (1979), Scandinavian Journal of
Statistics 6:65 (several evaluations). How fast is read off a fitted rise (`rise`), where off the evaluations themselves
(`halfway`), and what is no single rise off `patterns`.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, stdtr

from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.growth import LOGISTIC_DECADES
from seedbed.emergence.halfway import Halfway, halfway
from seedbed.emergence.multiple import holm
from seedbed.emergence.onset import Onset
from seedbed.emergence.patterns import Patterns, patterns, scatter
from seedbed.emergence.pooling import means_of_neighbours
from seedbed.emergence.rise import PARAMETERS, Rise, fit_rise

ALPHA = 0.05  # of each test: over the evaluations of a seed, over seeds; divided by the number of tasks
NEAR_CHANCE = 0.02  # of the way from chance to 1: Wei's "near-random"; where chance is 0, one lucky hit is no ability
TO_THE_END = 0.25  # the last part of the evaluations from a on, whose mean must be above chance too
MIN_BEFORE = 2  # evaluations at chance before a: "at chance up to a" was seen
LEAP_GAPS = (1, 2, 3)  # between evaluations: how long a leap may be
LEAP_POINTS = 64  # of a curve in which a leap is looked for
MOST_POINTS = 128  # of a curve to which a rise is fitted, in groups of neighbours; where it is half done is not pooled
MIN_AFTER = 2  # evaluations past the fitted 90%: the rise was seen to end
UNSTEADY = "unsteady: the score rises suddenly and falls again"
EARLY = "already above chance before the fitted rise"

SeedWord = Literal["sharp", "smooth", "rising", "two steps", "lost", "worse", "u-shaped", "at chance", "unclear"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SeedVerdict:
    """One seed's curve: when it left chance, how fast it rises, and the p-values of both.

    onset: the two evaluations between which a sharp rise is half done, in the unit of scale; where the rise is not
    known to be sharp, the first evaluation above chance; censored where the score does not stay above it.  half: where
    half of a rise is done that is sharp or may be; None for another.  width: decades from 10% to 90%, profile interval,
    n = evaluations.  rises: whether a rising curve fits better than a flat one.  p_ever: that no score is above chance
    (Holm over evaluations).  p_above: that none is, or that they do not stay so from a on.  p_sharp: that the curve is
    flat or grows no faster than the limit.  p_smooth: that it is flat or grows faster.  why: what keeps a curve from
    being called sharp, or smooth.  base, top: scores before and after the fitted rise.  dips: whether a score after a
    sharp rise is below half of it.  shape: what it does that is no single rise; None where it is too short.
    """

    word: SeedWord
    onset: Onset
    half: Halfway | None
    width: Estimate
    p_ever: float
    p_above: float
    p_sharp: float
    p_smooth: float
    rises: bool
    why: str = ""
    base: float = 0.0
    top: float = 0.0
    dips: bool = False
    shape: Patterns | None = None


def judge_seed(
    scale_E: Floats,
    scores_E: Floats,
    rise: Rise | None,
    chance: float,
    items: int | None,
    alpha: float,
    sharp_width: float,
) -> SeedVerdict:
    """Judge E scores, at levels of `alpha`; `rise` is fitted to at most `MOST_POINTS` of them, and None where they are
    too few.

    A curve that leaps and falls again, over and over, is no single rise: where its running median is a sharp one, which
    short falls do not move, the seed is sharp, with `dips`. sharp_width: decades from 10% to 90% of the narrowest
    logistic rise that still counts as smooth.
    """
    found = _judge(scale_E, scores_E, rise, chance, items, alpha, sharp_width)
    if found.why != UNSTEADY:
        return found
    scale_P, scores_P = means_of_neighbours(scale_E, scores_E, MOST_POINTS)
    median_P = _running_median(scores_P)
    steady_rise = fit_rise(np.log10(scale_P), median_P, items, LOGISTIC_DECADES / sharp_width, 1 - ALPHA)
    steady = _judge(scale_P, median_P, steady_rise, chance, items, alpha, sharp_width)
    return replace(steady, dips=True) if steady.word == "sharp" else found


def _running_median(scores_P: Floats) -> Floats:
    """The median of each score and its neighbours, of three or of a twelfth of all; it keeps steps where they are."""
    half = max(3, (len(scores_P) // 12) | 1) // 2
    padded = np.pad(scores_P, half, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)


def _judge(
    scale_E: Floats,
    scores_E: Floats,
    rise: Rise | None,
    chance: float,
    items: int | None,
    alpha: float,
    sharp_width: float,
) -> SeedVerdict:
    if rise is None:
        nothing = without_interval(float("nan"), len(scale_E), "too few evaluations to fit a rise", 1 - ALPHA)
        never = Onset(None, 0.0, float(scale_E[-1]))
        return SeedVerdict("unclear", never, None, nothing, 1.0, 1.0, 1.0, 1.0, False, "too few evaluations")
    scale_P, scores_P = means_of_neighbours(scale_E, scores_E, MOST_POINTS)
    x_P = np.log10(scale_P)
    p_P = holm(_p_above_chance(scores_P, chance, items, rise))
    above_P, p_ever = p_P <= alpha, float(p_P.min())
    half_done = int(np.searchsorted(x_P, rise.midpoint))
    # Where the fitted middle lies past the last evaluation the rise is not over: it counts from its first sight.
    since = half_done if half_done < len(x_P) or not above_P.any() else int(above_P.argmax())
    p_above = _p_stays_above(p_P[since:], scores_P[since:], chance, items, rise)
    stays = p_above <= alpha
    shape = patterns(scale_E, scores_E, rise, chance, items, LOGISTIC_DECADES / sharp_width)
    why = _why_not_sharp(x_P, above_P, rise, alpha) if stays else _why_not_above(scores_P, above_P, items, rise, alpha)
    leap = _leap(*means_of_neighbours(scale_E, scores_E, LEAP_POINTS), rise.height, items, sharp_width, alpha)
    leap = leap if stays else ""
    word = _pattern(shape, alpha, stays=stays)
    single = word == "unclear"
    p_sharp = max(p_above, rise.p_rise, rise.p_sharp) if single and not why else 1.0
    p_smooth = max(p_above, rise.p_rise, rise.p_smooth) if single and not leap else 1.0
    if not single:
        why = ""
    elif not above_P.any():
        word = "at chance"
    elif p_sharp <= alpha:
        word = "sharp"
    elif p_smooth <= alpha:
        word = "smooth"
    elif leap == UNSTEADY or (leap and rise.low > sharp_width):
        why = leap  # says more than where the fitted curve lies
    elif why or leap:
        why = why or leap
    elif max(p_above, rise.p_rise) <= alpha:
        word, why = "rising", f"taken alone, it does not show whether it grows faster than {power(sharp_width)}"
    else:
        why = "above chance from the start: evaluations before the first might show a rise"
    half = halfway(scale_E, scores_E, rise, items, 1 - ALPHA) if word in ("sharp", "rising") else None
    onset = Onset(None, float(scale_E[-1]), float(scale_E[-1]))
    if half is not None and word == "sharp" and half.after <= scale_E[-1]:
        onset = Onset(half.after, half.before, float(scale_E[-1]))
    elif stays:
        reached = int(np.searchsorted(scale_E, scale_P[int(above_P.argmax())]))
        onset = Onset(float(scale_E[reached]), float(scale_E[reached - 1]) if reached else 0.0, float(scale_E[-1]))
    width = Estimate(
        rise.width, rise.low, rise.high, len(scale_E), "growth curves by least squares, profile interval", 1 - ALPHA
    )
    return SeedVerdict(
        word,
        onset,
        half,
        width,
        p_ever,
        p_above,
        p_sharp,
        p_smooth,
        stays and rise.p_rise <= alpha,
        why,
        rise.base,
        rise.base + rise.height,
        half is not None and _dips(np.log10(scale_E), scores_E, rise, items, alpha),
        shape,
    )


def decades(width: float) -> str:
    """A number of decades in words."""
    return "a decade" if width == 1 else f"{width:.2g} decades"


def power(sharp_width: float) -> str:
    """The growth that a rise must exceed to be sharp, in words.

    >>> power(0.6362)
    'the 3rd power of scale'
    """
    exponent = f"{LOGISTIC_DECADES / sharp_width:.2g}"
    ending = {"1": "st", "2": "nd", "3": "rd"}.get(exponent[-1], "th") if exponent not in ("11", "12", "13") else "th"
    return f"the {exponent}{ending if exponent.isdigit() else ''} power of scale"


def near_chance(chance: float) -> float:
    """The score up to which one is near chance."""
    return chance + NEAR_CHANCE * (1 - chance)


def _pattern(shape: Patterns, alpha: float, *, stays: bool) -> SeedWord:
    """What a curve does that is no single rise, `unclear` where nothing."""
    if shape.p_u <= alpha:
        return "u-shaped"
    if shape.p_worse <= alpha:
        return "worse"
    if shape.p_lost <= alpha:
        return "lost"
    return "two steps" if stays and shape.p_two_steps <= alpha else "unclear"


def _p_above_chance(scores_E: Floats, chance: float, items: int | None, rise: Rise) -> Floats:
    """One-sided p-value of each score, that the true one is near chance or below."""
    near = near_chance(chance)
    if items is None:
        return stdtr(rise.evaluations - PARAMETERS, (near - scores_E) / rise.scatter)
    hits_E = scores_E * items  # graded answers may make them fractional: the beta form of the tail takes those too
    return np.where(hits_E > 0, betainc(np.maximum(hits_E, 1e-12), items - hits_E + 1, near), 1.0)


def _p_stays_above(p_A: Floats, scores_A: Floats, chance: float, items: int | None, rise: Rise) -> float:
    """That of the scores from a on none is above chance, or not their mean, or not the mean of the last of them."""
    if not len(p_A):
        return 1.0
    last = max(1, round(TO_THE_END * len(scores_A)))
    means_2 = np.array([scores_A.mean(), scores_A[-last:].mean()])
    return float(max(p_A.min(), *_p_above_chance(means_2, chance, items, rise)))


def _why_not_above(scores_E: Floats, above_E: NDArray[np.bool_], items: int | None, rise: Rise, alpha: float) -> str:
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
    return "above chance at some evaluations; there are too few items or evaluations to show whether it stays there"


def _why_not_sharp(x_E: Floats, above_E: NDArray[np.bool_], rise: Rise, alpha: float) -> str:
    if rise.p_rise > alpha:
        return "above chance from the start: evaluations before the first might show a rise"
    if above_E[x_E < rise.midpoint - rise.width].sum() >= MIN_BEFORE:  # there 1% of the rise is done
        return EARLY
    if int((x_E < rise.midpoint - rise.width / 2).sum()) < MIN_BEFORE:
        return f"fewer than {MIN_BEFORE} evaluations at chance before the rise, where more are needed"
    if rise.midpoint > x_E[-1]:
        return "still rising at the end: later evaluations are needed"
    if int((x_E > rise.midpoint + rise.width / 2).sum()) < MIN_AFTER:
        return f"fewer than {MIN_AFTER} evaluations after the rise, where more are needed"
    return ""


def _dips(x_E: Floats, scores_E: Floats, rise: Rise, items: int | None, alpha: float) -> bool:
    """Whether a score after the rise is below half of it, by its own test, Bonferroni over those after it."""
    after_A = scores_E[x_E > rise.midpoint + rise.width / 2]
    if not len(after_A):
        return False
    half = float(np.clip(rise.base + rise.height / 2, 1e-9, 1 - 1e-9))
    lowest = float(after_A.min())
    if items is None:
        p = float(stdtr(rise.freedom, (lowest - half) / rise.noise))
    else:
        p = float(betainc(max(items - lowest * items, 1e-12), lowest * items + 1, 1 - half))
    return lowest < half and p * len(after_A) <= alpha


def _leap(scale_E: Floats, scores_E: Floats, height: float, items: int | None, sharp_width: float, alpha: float) -> str:
    """What keeps a curve from being smooth: a rise within a few evaluations that is larger than a smooth one of this
    height allows; and whether it falls as much again.

    A logistic rise gains at most height (2 logistic(g ln 9 / width) - 1) over g decades; no height exceeds 1. A power
    of scale, cut off at its height, gains most just before: height (1 - 10^(-k g)).
    """
    x_E, (start_P, end_P) = np.log10(scale_E), _pairs(len(scale_E))
    gain_P = scores_E[end_P] - scores_E[start_P]
    decades_P = x_E[end_P] - x_E[start_P]
    allowed_P = min(height, 1.0) * (1 - 10 ** (-decades_P * LOGISTIC_DECADES / sharp_width))
    noise = scatter(scores_E) if items is None else max(scatter(scores_E), 0.5 / items**0.5)
    p_P = stdtr(len(scores_E) - PARAMETERS, (allowed_P - gain_P) / (2**0.5 * noise)) * len(gain_P)
    if p_P.min() > alpha:
        return ""
    p_falls_P = stdtr(len(scores_E) - PARAMETERS, gain_P / (2**0.5 * noise)) * len(gain_P)
    return UNSTEADY if p_falls_P.min() <= alpha else "a sudden rise within a slower one"


@lru_cache(maxsize=8)
def _pairs(evaluations: int) -> NDArray[np.int64]:
    """All pairs of evaluations between which a leap may lie: [2, P]."""
    return np.array([(k, k + gaps) for gaps in LEAP_GAPS for k in range(evaluations - gaps)]).T
