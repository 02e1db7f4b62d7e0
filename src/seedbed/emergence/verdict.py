"""The emergence test: at chance up to a, above it from a on, and a rise that takes less than a decade of scale.

Without a width every improving curve would emerge: each is near chance where models are small enough. a is where the
fitted rise is half done, not where a test first succeeds, which is later the fewer test items there are. Sources: Wei
et al. (2022), Emergent Abilities of Large Language Models, section 2; Simes (1986), Biometrika 73:751 (several seeds).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isinf
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, format_estimate
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.intervals import clopper_pearson
from seedbed.emergence.multiple import simes
from seedbed.emergence.onset import median_onset
from seedbed.emergence.rise import PARAMETERS, Rise, fit_rises
from seedbed.emergence.seed_verdict import ALPHA, TO_THE_END, SeedVerdict, judge_seed, near_chance

SHARP_WIDTH = 1.0  # decades of scale from 10% to 90% of the rise: the narrowest rise that still counts as smooth
OPEN = 0.1  # of the way from chance to 1, past NEAR_CHANCE: what may be left open where nothing is seen to leave chance
MIN_POINTS = 8  # evaluations of a curve: four go into the fit, as many are left to judge it by
MIN_ITEMS = 20  # per score: none right of 20 still leaves 14% open (one-sided, at 95%)
MIN_SEEDS = 6  # for an interval of the median onset at 95%; fewer get a verdict with a caveat
WHOLE_SPAN = 1.5  # of the width that is smooth: a scale that spans less has no room for a smooth rise

Word = Literal["emerges", "improves smoothly", "never leaves chance", "too little data to say"]


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
    curves: Sequence[Curve],
    *,
    chance: float,
    items: int | None = None,
    tasks: int = 1,
    sharp_width: float = SHARP_WIDTH,
) -> EmergenceVerdict:
    """Whether an ability emerges, from the curves (scale_E, scores_E) of S seeds, each on a grid of its own.

    Each seed is judged first, because an average of seeds that jump at different times looks smooth.
    1. Above chance: each evaluation's exact binomial test of score <= chance + NEAR_CHANCE (1 - chance), Holm over the
       E evaluations; without `items`, a t test with the scatter around the fitted curve. It stays above from a on if
       the mean score of all evaluations from a on is, and that of the last `TO_THE_END` of them, each tested as one
       evaluation: a panel asked again and again is no larger for it.
    2. Where: a lies between the two evaluations on both sides of the fitted rise's midpoint.
    3. Width: `fit_rise` tests in both directions against `sharp_width` decades, and that there is a rise at all. A
       sharp curve must also be seen at chance before (two evaluations, and fewer than two above chance before the rise
       begins) and at its height after (two); a smooth one must have no leap between two evaluations that is larger
       than a rise of `sharp_width` allows.
    4. Seeds: p-values combined by Simes (valid for independent seeds; counts one overwhelming seed as well as many
       fair ones), and more than half of the seeds that left chance must be of one kind. So one seed of many suffices
       for `emerges`: `emerged` is the share. Neither: too little data.
    `never leaves chance` needs more than the lack of a proof: the mean score at the end, over seeds, has an upper end
    (one-sided, 95%) within `OPEN` of chance. `tasks`: how many were tested to pick this one; every level is
    ALPHA / tasks (Bonferroni). a is the median onset over all seeds; where half or more stay at chance, over the seeds
    that emerged. With one seed, a's interval is the gap between the two evaluations. Scale may be steps, tokens,
    parameters, FLOPs; for a scale on which a decade means nothing, give a `sharp_width` of its own.

    Raises UsageError for no curve, scores outside [0, 1], scale that does not increase from above 0, bad settings.
    """
    _check_settings(chance, items, tasks, sharp_width)
    checked = [_checked(*curve) for curve in curves]
    if not checked:
        raise UsageError("a verdict needs the curve of at least one seed, got none")
    alpha = ALPHA / tasks
    rises = _rises(checked, items, sharp_width)
    seeds = tuple(
        judge_seed(scale_E, scores_E, rise, chance, items, alpha, sharp_width)
        for (scale_E, scores_E), rise in zip(checked, rises, strict=True)
    )
    p_ever, p_above, p_sharp, p_smooth = (
        simes([getattr(seed, name) for seed in seeds]) for name in ("p_ever", "p_above", "p_sharp", "p_smooth")
    )
    sharp, smooth = (sum(seed.word == word for seed in seeds) for word in ("sharp", "smooth"))
    left = sum(seed.word != "at chance" for seed in seeds)
    points = min(len(scale_E) for scale_E, _ in checked)
    caveats = _caveats(seeds, points, items)
    if min(np.log10(scale_E[-1] / scale_E[0]) for scale_E, _ in checked) < WHOLE_SPAN * sharp_width and points > 1:
        caveats += (
            f"the scale is too short to show a whole rise of {sharp_width:.2g} decades: any that it shows is less",
        )
    onset = None
    word: Word = "too little data to say"
    if points >= MIN_POINTS and (items is None or items >= MIN_ITEMS):
        if p_ever > alpha:
            at_most = _end_at_most([scores_E for _, scores_E in checked], rises, items)
            if at_most <= near_chance(chance) + OPEN * (1 - chance):
                word = "never leaves chance"
            else:
                caveats += (f"scores may end as high as {at_most:.0%}, chance is {chance:.0%}: more items or seeds",)
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
        caveats,
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


def _rises(
    checked: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], items: int | None, sharp_width: float
) -> list[Rise | None]:
    """Each curve's rise, those on one grid fitted together; None for curves too short to fit."""
    by_grid: dict[bytes, list[int]] = {}
    for seed, (scale_E, _) in enumerate(checked):
        if len(scale_E) > PARAMETERS:
            by_grid.setdefault(scale_E.tobytes(), []).append(seed)
    rises: list[Rise | None] = [None] * len(checked)
    for seeds in by_grid.values():
        x_E, scores_SE = np.log10(checked[seeds[0]][0]), np.stack([checked[seed][1] for seed in seeds])
        for seed, rise in zip(seeds, fit_rises(x_E, scores_SE, items, sharp_width, 1 - ALPHA), strict=True):
            rises[seed] = rise
    return rises


def _end_at_most(scores: Sequence[NDArray[np.float64]], rises: Sequence[Rise | None], items: int | None) -> float:
    """The upper end, one-sided at 95%, of the mean score over seeds at their ends."""
    ends_S = np.array([scores_E[-max(1, round(TO_THE_END * len(scores_E))) :].mean() for scores_E in scores])
    mean, seeds = float(ends_S.mean()), len(ends_S)
    if items is not None:
        trials = items * seeds
        return float(betaincinv(mean * trials + 1, max(trials - mean * trials, 1e-12), 1 - ALPHA))
    noise = max(rise.noise if rise else 1.0 for rise in rises)
    return mean + float(ndtri(1 - ALPHA)) * noise / seeds**0.5


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


def _check_settings(chance: float, items: int | None, tasks: int, sharp_width: float) -> None:
    if not 0 < sharp_width < float("inf"):
        raise UsageError(f"sharp_width must be a finite number of decades above 0, got {sharp_width}")
    if not 0 <= chance < 1:
        raise UsageError(f"chance must lie in [0, 1), got {chance}: 0 for long answers, 1/10 for a digit")
    if items is not None and items < 1:
        raise UsageError(f"items must be at least 1 test item a score, got {items}; leave it out where unknown")
    if tasks < 1:
        raise UsageError(f"tasks must be at least 1, got {tasks}: the number tested to pick this one")
