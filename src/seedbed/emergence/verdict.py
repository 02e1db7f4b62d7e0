"""The emergence test: at chance up to a, and from a on a rise that is faster than a power of scale explains.

A score that is proportional to scale is near chance where models are small enough and looks late on a logarithmic axis:
so a curve must grow faster than the third power of scale, up to where it levels off. a is where the fitted rise is half
done, not where a test first succeeds, which is later the fewer test items there are. Sources: Wei et al. (2022),
Emergent Abilities of Large Language Models, section 2; Simes (1986), Biometrika 73:751 (several seeds).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.config.errors import UsageError
from seedbed.emergence.ends import at_end, at_start, margin
from seedbed.emergence.estimates import Estimate, format_estimate
from seedbed.emergence.growth import LOGISTIC_DECADES
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.intervals import clopper_pearson
from seedbed.emergence.medians import ends_or_none, median_between
from seedbed.emergence.multiple import simes
from seedbed.emergence.pooling import means_of_neighbours
from seedbed.emergence.rise import PARAMETERS, Rise, fit_rises
from seedbed.emergence.seed_verdict import ALPHA, MOST_POINTS, SeedVerdict, SeedWord, decades, judge_seed
from seedbed.emergence.verdict_caveats import (
    MIN_ITEMS,
    MIN_POINTS,
    caveat_below_chance,
    caveats_on_data,
    caveats_on_rises,
)
from seedbed.emergence.verdict_word import EMERGENT, UNDECIDED, Found, Judged, Word, word_of_seeds

POWER = 3.0  # of scale: growth up to it is no emergence
SHARP_WIDTH = LOGISTIC_DECADES / POWER  # decades from 10% to 90% of a logistic rise that grows as that power: 0.64
WHOLE_SPAN = 1.5  # of the width that is smooth: a scale that spans less has no room for a smooth rise
UNSTABLE = 0.25  # of the seeds that rose sharply: if so many fall below half of the rise again, it is said


@dataclass(frozen=True)
class EmergenceVerdict:
    """What the judged ones of S seeds say together, and the evidence.

    onset: a with its interval, only where the verdict is that it emerges.  levels: the scores before and after the
    rise, medians over the seeds that emerge; at the start, the peak and the end of seeds that lose it again; otherwise
    at the start and the end, means over seeds.  steps: where half of each of two steps is done, medians over seeds.
    emerged: share of seeds that rose sharply, in one step or two; left_chance: share that left chance at all; both of
    the seeds with MIN_POINTS evaluations or more, if there are any, which alone are judged.  p_above, p_sharp,
    p_smooth: Simes over seeds, or where seeds were undecided one by one the test of all together, to be compared with
    `alpha`.  caveats: what the data lack, in words.
    """

    word: Word
    onset: Estimate | None
    levels: tuple[float, ...]
    steps: tuple[float, ...]
    emerged: Estimate
    left_chance: Estimate
    p_above: float
    p_sharp: float
    p_smooth: float
    alpha: float
    seeds: tuple[SeedVerdict, ...]
    caveats: tuple[str, ...]

    @property
    def emerges(self) -> bool:
        """Whether it emerges, stable or not."""
        return self.word in EMERGENT

    @property
    def height(self) -> str:
        """`from 2% to 95%`, and where it is lost again `from 2% to 95% and back to 3%`; empty at chance."""
        if self.word in ("never leaves chance", "stays below chance", UNDECIDED):
            return ""
        start, *others = (f"{level:.0%}" for level in self.levels)
        return f"from {start} to {' and back to '.join(others)}"

    def __str__(self) -> str:
        """The verdict's words with the height of the rise and, where it emerges, a and its interval."""
        if self.onset is None:
            return ", ".join(filter(None, (self.word, self.height)))
        place = format_estimate(self.onset, percent=False).split(" (n = ")[0]
        tail = ", unstable" if self.word == "emerges, unstable" else ""
        return f"emerges at {place}, {self.height}{tail}"


Curve = tuple[ArrayLike, ArrayLike]
Checked = tuple[NDArray[np.float64], NDArray[np.float64]]


def emergence_verdict(
    curves: Sequence[Curve],
    *,
    chance: float,
    items: int | None = None,
    tasks: int = 1,
    sharp_width: float = SHARP_WIDTH,
) -> EmergenceVerdict:
    """Whether an ability emerges, from the curves (scale_E, scores_E) of S seeds, each on a grid of its own.

    Each seed is judged first, because an average of seeds that jump at different times looks smooth. 1. Above chance:
    each evaluation's exact binomial test of score <= chance + NEAR_CHANCE (1 - chance), Holm over the evaluations;
    without `items`, a t test with the scatter around the fitted curve. It stays above from a on if the mean score of
    all evaluations from a on is, and that of the last `TO_THE_END` of them, each tested as one evaluation: a panel
    asked again and again is no larger for it. 2. Growth: `fit_rises` tests in both directions whether the curve grows
    faster than a power of scale (power laws up to their ceiling, saturating exponentials, logistic curves on scale and
    on its logarithm) and that it rises at all. The limit is the third power; `sharp_width` gives it as the decades that
    a logistic rise of it takes. A sharp curve must also be seen at chance before (two evaluations, and fewer than two
    above chance before the rise begins) and at its height after (two); a smooth one must have no leap between two
    evaluations that is larger than such growth allows. 3. Where: half of the fitted rise, from the evaluations
    themselves. 4. What is no single rise: `patterns`. 5. Seeds: p-values combined by Simes (valid for independent
    seeds; counts one overwhelming seed as well as many fair ones), and more than half of the seeds that left chance
    must be of one kind, also if all seeds that were not judged were of another. So one seed of many suffices for
    `emerges`: `emerged` is the share. `never leaves chance` is an equivalence test: the mean score at the end, over
    seeds, has an upper end (one-sided, 95%) within `MARGIN` of the way from chance to 1, and no evaluation is above
    chance. `tasks`: how many were tested to pick this one; every level is ALPHA / tasks (Bonferroni), but for those of
    `never leaves chance`, which more tasks would make likelier. a is the median over the seeds that rose sharply, of
    which `emerged` is the share; when half of all seeds have reached a score is `median_onset`. With one seed, a's
    interval is its profile interval, and at least the gap between two evaluations. Scale may be steps, tokens,
    parameters, FLOPs; for a scale on which powers mean nothing, give a `sharp_width` of its own.

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
    return verdict_of_seeds(seeds, checked, rises, chance, items, alpha, sharp_width)


def verdict_of_seeds(
    seeds: Sequence[SeedVerdict],
    checked: Sequence[Checked],
    rises: Sequence[Rise | None],
    chance: float,
    items: int | None,
    alpha: float,
    sharp_width: float,
) -> EmergenceVerdict:
    """The verdict over seeds that are judged already, with their curves and fitted rises."""
    long_enough = [place for place, (scale_E, _) in enumerate(checked) if len(scale_E) >= MIN_POINTS]
    places = long_enough or range(len(seeds))
    judged, of_judged = [seeds[place] for place in places], [checked[place] for place in places]
    scores_SE, rises_S = [scores_E for _, scores_E in of_judged], [rises[place] for place in places]
    short = [place for place in range(len(seeds)) if place not in set(places)]
    p_above, p_sharp, p_smooth = (
        simes([getattr(seed, name) for seed in judged]) for name in ("p_above", "p_sharp", "p_smooth")
    )
    points = min(len(scale_E) for scale_E, _ in of_judged)
    said = caveats_on_data(judged, len(short), points, items)
    if min(np.log10(scale_E[-1] / scale_E[0]) for scale_E, _ in of_judged) < WHOLE_SPAN * sharp_width and points > 1:
        said.append(f"the scale is too short to show the whole of a slow rise, of {decades(sharp_width)} or more")
    start, end = at_start(scores_SE, rises_S, items), at_end(scores_SE, rises_S, items)
    all_of_them = Judged(judged, rises_S, len(short), end, chance, alpha, LOGISTIC_DECADES / sharp_width)
    found = Found(UNDECIDED)
    if points >= MIN_POINTS and (items is None or items >= MIN_ITEMS):
        found = word_of_seeds(all_of_them)
        if found.word == "never leaves chance" and short:
            others = at_end([checked[place][1] for place in short], [rises[place] for place in short], items)
            if not others.at_most <= margin(chance):
                why = f"the seeds that were not judged end at {others.mean:.1%}: they may have left chance"
                found = Found(UNDECIDED, caveats=(why,))
    word, kinds = found.word, found.kinds
    said += found.caveats
    if word != "gets worse with scale":
        said += caveat_below_chance(start, end, chance)
    onset: Estimate | None = None
    levels: tuple[float, ...] = (start.mean, end.mean)
    if word == "emerges":
        places = [place for place, seed in enumerate(judged) if seed.word in kinds]
        sharp, rising = [judged[place] for place in places], [of_judged[place] for place in places]
        onset = _onset_over_seeds(sharp, len(judged))
        levels = _median([seed.base for seed in sharp]), _median([seed.top for seed in sharp])
        said += caveats_on_rises(sharp, rising, chance, sharp_width)
        dips = sum(seed.dips for seed in sharp)
        if dips and dips >= UNSTABLE * len(sharp):
            word = "emerges, unstable"
            said.append(f"in {dips} of {len(sharp)} seeds that emerge the score falls below half of its rise again")
    steps: tuple[float, ...] = ()
    of_kind = [seed.shape for seed in judged if seed.word in kinds and seed.shape]
    if of_kind and word not in EMERGENT:
        parts = ("start", "peak", "last") if word == "rises and is lost" else ("start", "last")
        levels = tuple(_median([getattr(shape, part) for shape in of_kind]) for part in parts)
    if word == "rises in two steps":
        steps = tuple(float(np.median([shape.places[step] for shape in of_kind])) for step in (0, 1))
    sharp_words: tuple[SeedWord, ...] = (*(kinds if word in EMERGENT else ("sharp",)), "two steps")
    return EmergenceVerdict(
        word,
        onset,
        levels,
        steps,
        clopper_pearson(all_of_them.number(*sharp_words), len(judged)),
        clopper_pearson(all_of_them.left, len(judged)),
        p_above,
        found.p if word in EMERGENT else p_sharp,
        found.p if word == "improves smoothly" else p_smooth,
        alpha,
        tuple(seeds),
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
        return emergence_verdict(population(width, rng), chance=chance, items=items).emerges

    streams = np.random.default_rng(seed).spawn(len(widths_W))
    return tuple(
        clopper_pearson(sum(emergent(width, rng) for _ in range(populations)), populations)
        for width, rng in zip(widths_W, streams, strict=True)
    )


def _rises(checked: Sequence[Checked], items: int | None, sharp_width: float) -> list[Rise | None]:
    """Each curve's rise, those on one grid fitted together; None for curves too short to fit."""
    limit = LOGISTIC_DECADES / sharp_width
    by_grid: dict[bytes, list[int]] = {}
    for seed, (scale_E, _) in enumerate(checked):
        if len(scale_E) > PARAMETERS:
            by_grid.setdefault(scale_E.tobytes(), []).append(seed)
    rises: list[Rise | None] = [None] * len(checked)
    for seeds in by_grid.values():
        pooled = [means_of_neighbours(*checked[seed], MOST_POINTS) for seed in seeds]
        scores_SP = np.stack([scores_P for _, scores_P in pooled])
        for seed, rise in zip(
            seeds, fit_rises(np.log10(pooled[0][0]), scores_SP, items, limit, 1 - ALPHA), strict=True
        ):
            rises[seed] = rise
    return rises


def _median(scores_S: Sequence[float]) -> float:
    return min(1.0, max(0.0, float(np.median(scores_S))))


def _onset_over_seeds(sharp: Sequence[SeedVerdict], judged: int) -> Estimate:
    """The median over seeds of where half of the rise is done, each known between the evaluations around it."""
    halves = [seed.half for seed in sharp if seed.half is not None]
    values_S, lowers_S, uppers_S = (
        np.array([getattr(half, name) for half in halves]) for name in ("value", "before", "after")
    )
    if judged == 1:
        why = "profile interval of one seed, no less than the gap between two evaluations; other seeds unknown"
        return Estimate(halves[0].value, halves[0].low, halves[0].high, 1, why, 1 - ALPHA)
    return ends_or_none(median_between(lowers_S, values_S, uppers_S, 1 - ALPHA))


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
