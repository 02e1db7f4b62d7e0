"""The emergence test: at chance up to a, above it from a on, and a rise that takes less than a decade of scale.

Without a width every improving curve would emerge: each is near chance where models are small enough. Sources: Wei et
al. (2022), Emergent Abilities of Large Language Models, section 2; Holm (1979), Scandinavian Journal of Statistics 6:65
(several evaluations); Simes (1986), Biometrika 73:751 (several seeds).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isinf
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, stdtr

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, format_estimate, without_interval
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.intervals import clopper_pearson
from seedbed.emergence.multiple import holm, simes
from seedbed.emergence.onset import Onset, median_onset
from seedbed.emergence.rise import PARAMETERS, Rise, fit_rises

ALPHA = 0.05  # of each test: over the evaluations of a seed, over seeds; divided by the number of tasks
NEAR_CHANCE = 0.02  # of the way from chance to 1: Wei's "near-random"; where chance is 0, one lucky hit is no ability
SHARP_WIDTH = 1.0  # decades of scale from 10% to 90% of the rise: the narrowest rise that still counts as smooth
SUSTAINED = 0.8  # of the evaluations from a on must be significantly above chance: a test of few items misses some
MIN_POINTS = 8  # evaluations of a curve: four go into the fit, as many are left to judge it by
MIN_ITEMS = 20  # per score: none right of 20 still leaves 14% open (one-sided, at 95%)
MIN_SEEDS = 6  # for an interval of the median onset at 95%; fewer get a verdict with a caveat
MIN_BEFORE = 2  # evaluations at chance before a: "at chance up to a" was seen
MIN_AFTER = 2  # evaluations past the fitted 90%: the rise was seen to end

Word = Literal["emerges", "improves smoothly", "never leaves chance", "too little data to say"]
SeedWord = Literal["sharp", "smooth", "at chance", "unclear"]


@dataclass(frozen=True)
class SeedVerdict:
    """One seed's curve: when it left chance, how wide its rise is, and the p-values of both.

    onset: in the unit of scale; censored where the score never stays above chance.  width: decades from 10% to 90%,
    profile interval, n = evaluations.  p_above: that no score is above chance (Holm over evaluations).  p_sharp: that
    the curve is flat or its rise takes `SHARP_WIDTH` decades or more.  p_smooth: that it is flat or takes less.
    why: what keeps an unclear curve from being called sharp.
    """

    word: SeedWord
    onset: Onset
    width: Estimate
    p_above: float
    p_sharp: float
    p_smooth: float
    why: str = ""


@dataclass(frozen=True)
class EmergenceVerdict:
    """What S seeds say together, and the evidence.

    onset: a with its interval, only where the verdict is that it emerges.  emerged: share of seeds that rose sharply;
    left_chance: share that left chance at all; both with n = S.  p_above, p_sharp, p_smooth: Simes over seeds, each to
    be compared with `alpha`.  caveats: what the data lack, in words.
    """

    word: Word
    onset: Estimate | None
    emerged: Estimate
    left_chance: Estimate
    p_above: float
    p_sharp: float
    p_smooth: float
    alpha: float
    seeds: tuple[SeedVerdict, ...]
    caveats: tuple[str, ...]

    def __str__(self) -> str:
        """The verdict's words, exactly: with a and its interval where it emerges."""
        if self.onset is None:
            return self.word
        return "emerges at " + format_estimate(self.onset, percent=False).split(" (n = ")[0]


Curve = tuple[ArrayLike, ArrayLike]


def emergence_verdict(
    curves: Sequence[Curve], *, chance: float, items: int | None = None, tasks: int = 1
) -> EmergenceVerdict:
    """Whether an ability emerges, from the curves (scale_E, scores_E) of S seeds, each on a grid of its own.

    Each seed is judged first, because an average of seeds that jump at different times looks smooth.
    1. Above chance: each evaluation's exact binomial test of score <= chance + NEAR_CHANCE (1 - chance), Holm over the
       E evaluations; without `items`, a t test with the scatter around the fitted curve. The onset a is the first
       evaluation that is above, of which on `SUSTAINED` are.
    2. Width: `fit_rise` tests in both directions against `SHARP_WIDTH`, and that there is a rise at all. A sharp
       curve must also be seen at chance before (`MIN_BEFORE`) and at its height after (`MIN_AFTER`).
    3. Seeds: p-values combined by Simes (valid for independent seeds; counts one overwhelming seed as well as many
       fair ones), and more than half of the seeds that left chance must be of one kind. Neither: too little data.
    `tasks`: how many were tested to pick this one; every level is ALPHA / tasks (Bonferroni).
    a is the median onset over all seeds; where half or more stay at chance, over the seeds that emerged.
    With one seed, a's interval is the gap between the two evaluations. Scale may be steps, tokens, parameters, FLOPs.

    Raises UsageError for no curve, scores outside [0, 1], scale that does not increase from above 0, bad settings.
    """
    _check_settings(chance, items, tasks)
    checked = [_checked(*curve) for curve in curves]
    if not checked:
        raise UsageError("a verdict needs the curve of at least one seed, got none")
    alpha = ALPHA / tasks
    rises = _rises(checked, items)
    seeds = tuple(
        _judge_seed(scale_E, scores_E, rise, chance, items, alpha)
        for (scale_E, scores_E), rise in zip(checked, rises, strict=True)
    )
    p_above, p_sharp, p_smooth = (
        simes([getattr(seed, name) for seed in seeds]) for name in ("p_above", "p_sharp", "p_smooth")
    )
    sharp, smooth = (sum(seed.word == word for seed in seeds) for word in ("sharp", "smooth"))
    left = sum(seed.word != "at chance" for seed in seeds)
    points = min(len(scale_E) for scale_E, _ in checked)
    onset = None
    word: Word = "too little data to say"
    if points >= MIN_POINTS and (items is None or items >= MIN_ITEMS):
        if p_above > alpha:
            word = "never leaves chance"
        elif p_sharp <= alpha and 2 * sharp > left:
            word, onset = "emerges", _onset_over_seeds(seeds)
        elif p_smooth <= alpha and 2 * smooth > left:
            word = "improves smoothly"
    return EmergenceVerdict(
        word,
        onset,
        clopper_pearson(sharp, len(seeds)),
        clopper_pearson(left, len(seeds)),
        p_above,
        p_sharp,
        p_smooth,
        alpha,
        seeds,
        _caveats(seeds, points, items),
    )


def operating_curve(
    widths_W: Sequence[float],
    population: Callable[[float, np.random.Generator], Sequence[Curve]],
    *,
    chance: float,
    items: int | None,
    populations: int,
    seed: int = 0,
) -> tuple[Estimate, ...]:
    """The share of simulated populations called emergent at each of W widths (decades), n = `populations` each.

    `population(width, rng)` draws the curves of one population. Power where the width is below `SHARP_WIDTH`, false
    alarms from there on. Interval: Clopper-Pearson.
    """
    if populations < 1:
        raise UsageError(f"populations must be at least 1, got {populations}")

    def emergent(width: float, rng: np.random.Generator) -> bool:
        return emergence_verdict(population(width, rng), chance=chance, items=items).word == "emerges"

    streams = np.random.default_rng(seed).spawn(len(widths_W))
    return tuple(
        clopper_pearson(sum(emergent(width, rng) for _ in range(populations)), populations)
        for width, rng in zip(widths_W, streams, strict=True)
    )


def _rises(checked: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], items: int | None) -> list[Rise | None]:
    """Each curve's rise, those on one grid fitted together; None for curves too short to fit."""
    by_grid: dict[bytes, list[int]] = {}
    for seed, (scale_E, _) in enumerate(checked):
        if len(scale_E) > PARAMETERS:
            by_grid.setdefault(scale_E.tobytes(), []).append(seed)
    rises: list[Rise | None] = [None] * len(checked)
    for seeds in by_grid.values():
        x_E, scores_SE = np.log10(checked[seeds[0]][0]), np.stack([checked[seed][1] for seed in seeds])
        for seed, rise in zip(seeds, fit_rises(x_E, scores_SE, items, SHARP_WIDTH, 1 - ALPHA), strict=True):
            rises[seed] = rise
    return rises


def _judge_seed(
    scale_E: NDArray[np.float64],
    scores_E: NDArray[np.float64],
    rise: Rise | None,
    chance: float,
    items: int | None,
    alpha: float,
) -> SeedVerdict:
    evaluations = len(scale_E)
    if rise is None:
        nothing = without_interval(float("nan"), evaluations, "too few evaluations to fit a rise", 1 - ALPHA)
        return SeedVerdict(
            "unclear", Onset(None, 0.0, float(scale_E[-1])), nothing, 1.0, 1.0, 1.0, "too few evaluations"
        )
    p_E = holm(_p_above_chance(scores_E, chance, items, rise.noise))
    first = _first_sustained(p_E <= alpha)
    p_above = float(p_E.min()) if first is not None else 1.0
    why = _why_not_sharp(np.log10(scale_E), first, rise)
    p_sharp = max(p_above, rise.p_rise, rise.p_sharp) if not why else 1.0
    p_smooth = max(p_above, rise.p_rise, rise.p_smooth)
    word: SeedWord = "unclear"
    if first is None:
        word = "at chance"
    elif p_sharp <= alpha:
        word = "sharp"
    elif p_smooth <= alpha:
        word = "smooth"
    onset = Onset(None, float(scale_E[-1]), float(scale_E[-1]))
    if first is not None:
        onset = Onset(float(scale_E[first]), float(scale_E[first - 1]) if first else 0.0, float(scale_E[-1]))
    width = Estimate(
        rise.width, rise.low, rise.high, evaluations, "sigmoid by least squares, profile interval", 1 - ALPHA
    )
    return SeedVerdict(word, onset, width, p_above, p_sharp, p_smooth, why)


def _p_above_chance(
    scores_E: NDArray[np.float64], chance: float, items: int | None, noise: float
) -> NDArray[np.float64]:
    """One-sided p-value of each evaluation, that its true score is near chance or below."""
    near = chance + NEAR_CHANCE * (1 - chance)
    if items is None:
        return stdtr(len(scores_E) - PARAMETERS, (near - scores_E) / noise)
    hits_E = scores_E * items  # graded answers may make them fractional: the beta form of the tail takes those too
    return np.where(hits_E > 0, betainc(np.maximum(hits_E, 1e-12), items - hits_E + 1, near), 1.0)


def _first_sustained(above_E: NDArray[np.bool_]) -> int | None:
    """The first evaluation above chance from which on enough are."""
    share_E = np.cumsum(above_E[::-1])[::-1] / np.arange(len(above_E), 0, -1)
    found = np.flatnonzero(above_E & (share_E >= SUSTAINED))
    return int(found[0]) if found.size else None


def _why_not_sharp(x_E: NDArray[np.float64], first: int | None, rise: Rise) -> str:
    if first is None:
        return "never stays above chance"
    before = int((x_E < rise.midpoint - rise.width / 2).sum())
    if min(first, before) < MIN_BEFORE:
        return f"fewer than {MIN_BEFORE} evaluations at chance before the rise: smaller scales are needed"
    if int((x_E > rise.midpoint + rise.width / 2).sum()) < MIN_AFTER:
        return f"fewer than {MIN_AFTER} evaluations after the rise: larger scales are needed"
    return ""


def _onset_over_seeds(seeds: Sequence[SeedVerdict]) -> Estimate:
    if len(seeds) == 1:
        step, lower = seeds[0].onset.step, seeds[0].onset.lower
        assert step is not None  # a sharp seed has left chance
        return Estimate(step, lower, step, 1, "between two evaluations of one seed; other seeds unknown", 1 - ALPHA)
    estimate = median_onset([seed.onset for seed in seeds])
    if not isinf(estimate.value):
        return estimate
    return median_onset([seed.onset for seed in seeds if seed.word == "sharp"])


def _caveats(seeds: Sequence[SeedVerdict], points: int, items: int | None) -> tuple[str, ...]:
    """What a reader must know before believing the verdict."""
    said = []
    count = len(seeds)
    if count < MIN_SEEDS:
        said.append(f"{count} seed{'s' if count > 1 else ''}: an interval over seeds needs {MIN_SEEDS}")
    if points < 2 * MIN_POINTS:
        few = f"at least {MIN_POINTS} are needed" if points < MIN_POINTS else "few to tell a sharp rise from a slow one"
        said.append(f"{points} evaluation{'s' * (points != 1)}: {few}")
    if items is None:
        said.append("number of test items unknown: noise judged by the scatter around the fitted curve")
    elif items < MIN_ITEMS:
        said.append(f"{items} test items a score: at least {MIN_ITEMS} are needed")
    at_chance = sum(seed.word == "at chance" for seed in seeds)
    if 0 < at_chance < count:
        said.append(f"{at_chance} of {count} seeds stayed at chance" + _whose_onset(at_chance, count))
    reasons = [seed.why for seed in seeds if seed.why and seed.word in ("unclear", "smooth")]
    said += [f"{reasons.count(reason)} of {count} seeds: {reason}" for reason in dict.fromkeys(reasons)]
    return tuple(said)


def _whose_onset(at_chance: int, count: int) -> str:
    return ": an onset is the median of those that emerged" if 2 * at_chance >= count else ""


def _checked(scale_E: ArrayLike, scores_E: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    scale_E, scores_E = finite_vector("scale", scale_E), finite_vector("scores", scores_E)
    if len(scale_E) != len(scores_E):
        raise UsageError(f"each evaluation needs a scale and a score, got {len(scale_E)} and {len(scores_E)}")
    if scale_E[0] <= 0 or (np.diff(scale_E) <= 0).any():
        raise UsageError(
            f"scale must be positive and increasing, got {scale_E.tolist()[:8]}: sort by scale, leave out step 0"
        )
    outside = scores_E[(scores_E < 0) | (scores_E > 1)]
    if outside.size:
        raise UsageError(f"scores must lie in [0, 1], got {outside[0]}: divide right answers by items")
    return scale_E, scores_E


def _check_settings(chance: float, items: int | None, tasks: int) -> None:
    if not 0 <= chance < 1:
        raise UsageError(f"chance must lie in [0, 1), got {chance}: 0 for long answers, 1/10 for a digit")
    if items is not None and items < 1:
        raise UsageError(f"items must be at least 1 test item a score, got {items}; leave it out where unknown")
    if tasks < 1:
        raise UsageError(f"tasks must be at least 1, got {tasks}: the number tested to pick this one")
