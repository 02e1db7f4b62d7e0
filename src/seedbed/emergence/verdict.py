"""The emergence test: at chance up to a, above it from a on, and a rise that takes less than a decade of scale.

Without a width every improving curve would emerge: each is near chance where models are small enough. a is where the
fitted rise is half done, not where a test first succeeds, which is later the fewer test items there are. Sources: Wei
et al. (2022), Emergent Abilities of Large Language Models, section 2; Simes (1986), Biometrika 73:751 (several seeds).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincinv, ndtr, ndtri

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, format_estimate
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.intervals import clopper_pearson
from seedbed.emergence.multiple import simes
from seedbed.emergence.onset import median_onset
from seedbed.emergence.rise import PARAMETERS, Rise, fit_rises
from seedbed.emergence.seed_verdict import ALPHA, TO_THE_END, SeedVerdict, Span, decades, judge_seed, near_chance
from seedbed.emergence.verdict_caveats import (
    MIN_ITEMS,
    MIN_POINTS,
    caveat_below_chance,
    caveats_on_data,
    caveats_on_rises,
)

SHARP_WIDTH = 1.0  # decades of scale from 10% to 90% of the rise: the narrowest rise that still counts as smooth
OPEN = 0.1  # of the way from chance to 1, past NEAR_CHANCE: what may be left open where nothing is seen to leave chance
WHOLE_SPAN = 1.5  # of the width that is smooth: a scale that spans less has no room for a smooth rise

Word = Literal["emerges", "improves smoothly", "never leaves chance", "too little data to say"]


@dataclass(frozen=True)
class EmergenceVerdict:
    """What S seeds say together, and the evidence.

    onset: a with its interval, only where the verdict is that it emerges.  emerged: share of seeds that rose sharply;
    left_chance: share that left chance at all; both of the seeds with MIN_POINTS evaluations or more, if there are any,
    which alone are judged.  p_above, p_sharp, p_smooth: Simes over seeds, each to be compared with `alpha`.  caveats:
    what the data lack, in words.
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
Checked = tuple[NDArray[np.float64], NDArray[np.float64]]


def emergence_verdict(
    curves: Sequence[Curve],
    *,
    chance: float,
    items: int | None = None,
    tasks: int = 1,
    sharp_width: float = SHARP_WIDTH,
    spans: Sequence[Span] | None = None,
) -> EmergenceVerdict:
    """Whether an ability emerges, from the curves (scale_E, scores_E) of S seeds, each on a grid of its own.

    Each seed is judged first, because an average of seeds that jump at different times looks smooth. 1. Above chance:
    each evaluation's exact binomial test of score <= chance + NEAR_CHANCE (1 - chance), Holm over the E evaluations;
    without `items`, a t test with the scatter around the fitted curve. It stays above from a on if the mean score of
    all evaluations from a on is, and that of the last `TO_THE_END` of them, each tested as one evaluation: a panel
    asked again and again is no larger for it. 2. Where: a lies between the two evaluations on both sides of the fitted
    rise's midpoint. 3. Width: `fit_rise` tests in both directions against `sharp_width` decades, and that there is a
    rise at all. A sharp curve must also be seen at chance before (two evaluations, and fewer than two above chance
    before the rise begins) and at its height after (two); a smooth one must have no leap between two evaluations that
    is larger than a rise of `sharp_width` allows. 4. Seeds: p-values combined by Simes (valid for independent seeds;
    counts one overwhelming seed as well as many fair ones), and more than half of the seeds that left chance must be of
    one kind. So one seed of many suffices for `emerges`: `emerged` is the share. Neither: too little data. `never
    leaves chance` needs more than the lack of a proof: the mean score at the end, over seeds, is not above chance for
    all seeds taken together, and has an upper end (one-sided) within `OPEN` of chance. `tasks`: how many were tested to
    pick this one; every level is ALPHA / tasks (Bonferroni). a is the median over the seeds that rose sharply, of which
    `emerged` is the share; when half of all seeds have reached a score is `median_onset`. With one seed, a's interval
    is the gap between the two evaluations. Scale may be steps, tokens, parameters, FLOPs; for a scale on which a decade
    means nothing, give a `sharp_width` of its own. spans: for each curve whose scores are means of several evaluations
    the first and the last scale of each, so that a is not said to be known better than that.

    Raises UsageError for no curve, scores outside [0, 1], scale that does not increase from above 0, bad settings.
    """
    _check_settings(chance, items, tasks, sharp_width)
    checked = [_checked(*curve) for curve in curves]
    if not checked:
        raise UsageError("a verdict needs the curve of at least one seed, got none")
    alpha = ALPHA / tasks
    rises = _rises(checked, items, sharp_width)
    seeds = tuple(
        judge_seed(scale_E, scores_E, rise, chance, items, alpha, sharp_width, span)
        for (scale_E, scores_E), rise, span in zip(checked, rises, spans or [None] * len(checked), strict=True)
    )
    long_enough = [place for place, (scale_E, _) in enumerate(checked) if len(scale_E) >= MIN_POINTS]
    judged = [seeds[place] for place in long_enough or range(len(seeds))]
    of_judged = [(checked[place], rises[place]) for place in long_enough or range(len(seeds))]
    p_ever, p_above, p_sharp, p_smooth = (
        simes([getattr(seed, name) for seed in judged]) for name in ("p_ever", "p_above", "p_sharp", "p_smooth")
    )
    sharp, smooth = (sum(seed.word == word for seed in judged) for word in ("sharp", "smooth"))
    left = sum(seed.word != "at chance" for seed in judged)
    points = min(len(scale_E) for (scale_E, _), _ in of_judged)
    said = caveats_on_data(judged, len(seeds) - len(judged), points, items)
    if (
        min(np.log10(scale_E[-1] / scale_E[0]) for (scale_E, _), _ in of_judged) < WHOLE_SPAN * sharp_width
        and points > 1
    ):
        said.append(f"the scale is too short to show a whole rise of {decades(sharp_width)}: any that it shows is less")
    onset = None
    word: Word = "too little data to say"
    if points >= MIN_POINTS and (items is None or items >= MIN_ITEMS):
        if p_ever > alpha:
            end = _end(of_judged, items, near_chance(chance), alpha)
            if end.p_above <= alpha:
                said.append(
                    f"all seeds together end at {end.mean:.1%}, above the chance of {chance:.0%}: too little in each"
                )
            elif end.at_most <= near_chance(chance) + OPEN * (1 - chance):
                word = "never leaves chance"
            else:
                said.append(f"scores may end as high as {end.at_most:.0%}, chance is {chance:.0%}: more items or seeds")
            said += caveat_below_chance(end.mean, chance, end.noise)
        elif p_sharp <= alpha and 2 * sharp > left:
            word, onset = "emerges", _onset_over_seeds(judged)
            said += caveats_on_rises(judged, [curve for curve, _ in of_judged], chance, sharp_width)
        elif p_smooth <= alpha and 2 * smooth > left:
            word = "improves smoothly"
        elif sharp and smooth:
            said.append(
                f"{sharp} of {len(judged)} seeds rise sharply and {smooth} smoothly: neither are more than half"
            )
    return EmergenceVerdict(
        word,
        onset,
        clopper_pearson(sharp, len(judged)),
        clopper_pearson(left, len(judged)),
        p_above,
        p_sharp,
        p_smooth,
        alpha,
        seeds,
        tuple(said),
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


def _rises(checked: Sequence[Checked], items: int | None, sharp_width: float) -> list[Rise | None]:
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


@dataclass(frozen=True)
class _End:
    """How seeds end, all together. mean: of their last scores.  at_most: its upper end, one-sided.  p_above: that it is
    near chance or below.  noise: standard error of the mean.
    """

    mean: float
    at_most: float
    p_above: float
    noise: float


def _end(curves: Sequence[tuple[Checked, Rise | None]], items: int | None, near: float, alpha: float) -> _End:
    """The mean over seeds of their scores in the last `TO_THE_END` of the evaluations, one test of `items` a seed."""
    ends_S = np.array([scores_E[-max(1, round(TO_THE_END * len(scores_E))) :].mean() for (_, scores_E), _ in curves])
    mean, seeds = float(ends_S.mean()), len(ends_S)
    if items is not None:
        trials = items * seeds
        hits = mean * trials
        at_most = float(betaincinv(hits + 1, max(trials - hits, 1e-12), 1 - alpha))
        p_above = float(betainc(hits, trials - hits + 1, near)) if hits > 0 else 1.0
        return _End(mean, at_most, p_above, float((near * (1 - near) / trials) ** 0.5))
    noise = max(rise.noise if rise else 1.0 for _, rise in curves) / seeds**0.5
    return _End(mean, mean + float(ndtri(1 - alpha)) * noise, float(ndtr((near - mean) / noise)), noise)


def _onset_over_seeds(seeds: Sequence[SeedVerdict]) -> Estimate:
    found = [seed.onset for seed in seeds if seed.word == "sharp"]
    if len(seeds) == 1:
        step, lower = found[0].step, found[0].lower
        assert step is not None  # a sharp seed has left chance
        return Estimate(step, lower, step, 1, "between two evaluations of one seed; other seeds unknown", 1 - ALPHA)
    return median_onset(found)


def _checked(scale_E: ArrayLike, scores_E: ArrayLike) -> Checked:
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
