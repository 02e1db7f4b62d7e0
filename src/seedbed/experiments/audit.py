"""What emerged in a table of scores: for each task a verdict with the evidence it rests on, over seeds.

The same judgement for a run of ours and for a table that someone brings. The verdict is of all evaluations; statistics
of shapes take curves of at most MOST_POINTS, means of neighbours, as their cost grows with the number.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from seedbed.config import UsageError
from seedbed.emergence import (
    EmergenceVerdict,
    Estimate,
    MirageVerdict,
    RiseWidth,
    ScoredRun,
    SeedDistribution,
    SurvivalCurve,
    chance_over_seeds,
    emergence_verdict,
    format_estimate,
    median_onset,
    median_width,
    mirage_audit,
    restricted_geometric_mean,
    seed_distribution,
    shapes_of_seeds,
    sharpness_over_seeds,
    turnbull,
)
from seedbed.emergence.estimates import without_interval
from seedbed.emergence.medians import why_no_ends
from seedbed.emergence.mirage import MIN_POINTS as LEAST_FOR_MIRAGE
from seedbed.emergence.seed_verdict import SeedVerdict
from seedbed.emergence.verdict import SHARP_WIDTH
from seedbed.experiments.attempts import Attempts, failures
from seedbed.experiments.audit_losses import LossCurve, loss_curve
from seedbed.store.score_curves import Curves, curves_of, pool, without_zero
from seedbed.store.score_table import ScoreTable

MOST_POINTS = 64  # of a curve whose shape is fitted
SHARP_PART = 0.25  # of the length of a falling scale, on its logarithm: a rise that takes less is sharp
SHAPED_SEEDS = 16  # of a task whose shapes are fitted, evenly chosen; the report says how many of how many
NAMED = 4  # tasks named in a warning
VERDICT = "the verdict"
ABOVE_CHANCE = 0.1  # a score of an onset that is less above chance is reached by luck

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """Fixed before looking. threshold: score of an onset.  persistence: evaluations on end that must hold it.
    sharp_width: decades of the scale that a rise from 10% to 90% must take to be no sharp one; None is 0.64, on a
    falling scale `SHARP_PART` of its length.
    """

    threshold: float = 0.5
    persistence: int = 2
    sharp_width: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise UsageError(f"threshold must be a score in (0, 1], got {self.threshold}")
        if self.persistence < 1:
            raise UsageError(f"persistence must be at least 1 evaluation, got {self.persistence}")
        if self.sharp_width is not None and not 0 < self.sharp_width < inf:
            raise UsageError(f"sharp-width must be a number of decades above 0, got {self.sharp_width:g}")


@dataclass(frozen=True)
class TaskAudit:
    """What is said of one task, and why. A statistic that failed is None, and `failed` says why.

    unit: what a curve is one of, such as `seed`. onset: median first evaluation that holds the threshold.
    restricted_mean: geometric mean onset up to the shortest run's end; None on a scale that falls, which has no
    start to average from. survival: share emerged by when. final: distribution of last scores. width: decades of
    the scale from 10% to 90% of the rise, the median over the seeds that rise, n of these; None where none does.
    breakthroughness, linearity: BIG-bench's, medians over seeds; None where seeds have different grids.
    p_breakthrough, p_linear: that curves without order give as much, of at most SHAPED_SEEDS seeds. shapes: seeds
    by best-fitting shape, of at most SHAPED_SEEDS. mirage: None where the table has no smoother scores. points:
    least evaluations of a curve. sharp_width: decades below which a rise is sharp. emerged: how many seeds have an
    onset.
    """

    task: str
    unit: str
    curves: Curves
    verdict: EmergenceVerdict | None
    why_no_verdict: str
    onset: Estimate | None
    restricted_mean: Estimate | None
    survival: SurvivalCurve | None
    final: SeedDistribution | None
    width: Estimate | None
    breakthroughness: Estimate | None
    linearity: Estimate | None
    p_breakthrough: float | None
    p_linear: float | None
    shapes: dict[str, int]
    mirage: MirageVerdict | None
    points: int
    sharp_width: float
    emerged: int
    failed: dict[str, str]

    @property
    def seeds(self) -> int:
        """How many."""
        return len(self.curves.seeds)

    @property
    def counted(self) -> str:
        """Of how many seeds the verdict speaks, and in how many of them the ability emerged."""
        if self.verdict is None:
            return f"n = {self._units(self.seeds)}"
        judged = self.verdict.left_chance.n
        of = self._units(judged) if judged == self.seeds else f"{judged} of {self._units(self.seeds)}"
        if not self.verdict.emerges:
            return f"n = {of}"
        return f"in {round(self.verdict.emerged.value * judged)} of {self._units(judged)}"

    def _units(self, count: int) -> str:
        return f"{count} {self.unit}{'s' * (count != 1)}"

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the verdict does not say."""
        said = list(self.verdict.caveats if self.verdict else [self.why_no_verdict] * bool(self.why_no_verdict))
        if self.mirage is not None and str(self.mirage) == "explained by the metric":
            said.append(f"the jump is explained by the metric: {self.mirage.smoothest} shows none")
        if self.unit != "seed":
            said.append(f"{self.unit}s are no repetitions of one training: shares and intervals are over those given")
        return tuple(in_units(text, self.unit) for text in (*said, *failures(self.failed)))

    @property
    def words(self) -> str:
        """The verdict with its numbers: `emerges at a [low, high], from 2% to 95%` in the table's own scale.

        `not judged` where it failed.
        """
        if self.verdict is None:
            return "not judged" if VERDICT in self.failed else "too little data to say"
        found, height = self.verdict.onset, self.verdict.height
        if self.verdict.steps:
            first, second = sorted(self.curves.shown(step) for step in self.verdict.steps)
            return f"{self.verdict.word}, at {first:,.4g} and {second:,.4g}, {height}"
        if found is None:
            return str(self.verdict)
        explained = self.mirage is not None and str(self.mirage) == "explained by the metric"
        tail = ", unstable" if self.verdict.word == "emerges, unstable" else ""
        tail += ", but the metric explains the jump" if explained else ""
        place = self.curves.in_table(found)
        if self.seeds == 1:
            return f"emerges {_without_n(replace(place, value=nan))} in this one {self.unit}, {height}{tail}"
        return f"emerges at {_without_n(place)}, {height}{tail}"


@dataclass(frozen=True)
class Audit:
    """All tasks of a table, with its warnings, which every verdict repeats. losses: those of which less is better."""

    table: ScoreTable
    rules: Rules
    tasks: tuple[TaskAudit, ...]
    losses: tuple[LossCurve, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was mended in the table or assumed of it, and where a rule does not fit what a curve holds."""
        said = list(self.table.warnings)
        asked, threshold = self.rules.persistence, self.rules.threshold
        short = [task for task in self.tasks if task.points < asked]
        if short:
            said.append(
                f"an onset must hold for {asked} evaluations on end, and some curve of {_named(short)} has "
                f"{min(task.points for task in short)}: there it must hold for all of them"
            )
        guessed = [
            task for task in self.tasks if task.curves.chance > 0 and threshold < task.curves.chance + ABOVE_CHANCE
        ]
        if guessed:
            said.append(
                f"the score of an onset is {threshold:g}, and guessing gives {guessed[0].curves.chance:g} in "
                f"{_named(guessed)}: onsets and shares that succeed say nothing there; name a higher one by --threshold"
            )
        if self.table.falling and self.rules.sharp_width is None and self.tasks:
            widths = sorted({f"{task.sharp_width:.2g}" for task in self.tasks})
            said.append(
                f"{self.table.scale_name} falls, and a decade of it means nothing: a rise is sharp if it takes less "
                f"than {' or '.join(widths[:NAMED])} decades, a quarter of the range in the table; --sharp-width sets "
                "a limit that does not depend on the range"
            )
        return tuple(said)


def audit(table: ScoreTable, rules: Rules | None = None) -> Audit:
    """Judge every task of a table. Verdicts control for the number of tasks (each level is divided by it)."""
    rules = rules or Rules()
    scored = [task for task in table.tasks if task not in table.lower_is_better]
    return Audit(
        table,
        rules,
        tuple(_judge(curves_of(table, task), rules, len(scored), table.unit) for task in scored),
        tuple(
            loss_curve(curves_of(table, task), table.score_name, table.scale_name, len(table.lower_is_better))
            for task in table.tasks
            if task in table.lower_is_better
        ),
    )


def _judge(curves: Curves, rules: Rules, tasks: int, unit: str) -> TaskAudit:
    above_zero = without_zero(curves)
    pooled = pool(above_zero, MOST_POINTS)
    points = min(len(scale_E) for scale_E in curves.scale_SE)
    found = curves.onsets(rules.threshold, rules.persistence)
    until = min(float(scale_E[-1]) for scale_E in curves.scale_SE)
    since = min((float(scale_E[0]) for scale_E in pooled.scale_SE if len(scale_E)), default=0.0)
    asked, verdict, why = Attempts(), None, ""
    sharp_width = rules.sharp_width or _sharp_width(pooled)
    if all(len(scale_E) for scale_E in pooled.scale_SE):
        verdict = asked.ask(
            VERDICT,
            lambda: emergence_verdict(
                list(zip(above_zero.scale_SE, above_zero.score_SE, strict=True)),
                chance=curves.chance,
                items=curves.items,
                tasks=tasks,
                sharp_width=sharp_width,
            ),
        )
    else:
        why = "some curve has no evaluation above 0 of the scale"
    alike = points > 1 and len(pooled.scale_SE[0]) > 1 and pooled.same_scale
    final_S = np.array([score_E[-1] for score_E in curves.score_SE])
    onset = asked.ask("the median onset", lambda: median_onset(found))
    mean = None
    if not curves.falling and 0 < since < until:
        mean = asked.ask("the geometric mean of onsets", lambda: restricted_geometric_mean(found, since, until))
    survival = asked.ask("the share that has emerged by when (Turnbull)", lambda: turnbull(found))
    final = asked.ask(
        "the distribution of final scores",
        lambda: seed_distribution(final_S, threshold=rules.threshold, items=curves.items),
    )
    width = asked.ask("the width of the rise", lambda: _width(verdict.seeds if verdict else ()))
    sharpness, chances = None, None
    if alike:
        some_SE = [pooled.score_SE[seed] for seed in _some_seeds(pooled)]
        sharpness = asked.ask("breakthroughness and linearity", lambda: sharpness_over_seeds(np.stack(pooled.score_SE)))
        chances = asked.ask("p of breakthroughness and linearity", lambda: chance_over_seeds(some_SE))
    shapes = asked.ask("the shapes of curves", lambda: _shapes(pooled))
    mirage = asked.ask("the mirage audit", lambda: _mirage(pooled))
    return TaskAudit(
        curves.task,
        unit,
        curves,
        verdict,
        why,
        onset,
        mean,
        survival,
        final,
        width,
        *(sharpness or (None, None)),
        *(chances or (None, None)),
        shapes or {},
        mirage,
        points,
        sharp_width,
        sum(each.step is not None for each in found),
        asked.failed,
    )


def _width(seeds: Sequence[SeedVerdict]) -> Estimate | None:
    """Decades of the scale from 10% to 90%, the median over the seeds that rise; None where none does.

    Each seed's is known within its profile interval, and counts with that; no value where the interval begins at 0, so
    that only its upper end is known: a step on this grid. Fewer seeds than an interval by order statistics needs have
    their median and no interval, or, where it is that of steps, the median of their upper ends.
    """
    widths = [each.width for each in seeds if each.rises and each.width.has_interval]
    if not widths or all(each.low == 0 and each.high == inf for each in widths):
        return None
    if len(widths) == 1:
        middle = replace(widths[0], n=1)  # its own profile interval: there are no others to speak of
    else:
        middle = median_width([RiseWidth(each.value, each.low, each.high, each.n) for each in widths])
    if why := why_no_ends(middle.n, middle.level):
        low, high = (float(np.median([getattr(each, end) for each in widths])) for end in ("low", "high"))
        if low == 0 and high == inf:
            return None
        if low > 0:
            return without_interval(middle.value, middle.n, why, middle.level)
        middle = replace(middle, low=low, high=high, method=f"profile intervals of these seeds; {why}")
    return replace(middle, value=nan) if middle.low == 0 else middle


def in_units(text: str, unit: str) -> str:
    """A text on seeds as one on what the curves are of.

    >>> in_units("28 of 30 seeds: not judged", "model")
    '28 of 30 models: not judged'
    """
    return text if unit == "seed" else re.sub(r"\bseed(s?)\b", rf"{unit}\1", text)


def _without_n(place: Estimate) -> str:
    return format_estimate(place, percent=False).split(" (n = ")[0]


def _named(tasks: Sequence[TaskAudit]) -> str:
    return ", ".join(task.task for task in tasks[:NAMED]) + (" and others" if len(tasks) > NAMED else "")


def _sharp_width(curves: Curves) -> float:
    """Decades of the narrowest rise that is smooth: one; on a falling scale, where a decade means nothing, a part of
    the scale's own length.
    """
    if not curves.falling:
        return SHARP_WIDTH
    lengths = [float(np.log10(scale_E[-1] / scale_E[0])) for scale_E in curves.scale_SE if len(scale_E) > 1]
    return max(SHARP_PART * max(lengths, default=0.0), 1e-6)


def _some_seeds(curves: Curves) -> list[int]:
    """At most SHAPED_SEEDS of them, evenly chosen."""
    most = min(SHAPED_SEEDS, len(curves.seeds))
    return np.unique(np.linspace(0, len(curves.seeds) - 1, most).round().astype(int)).tolist()


def _shapes(curves: Curves) -> dict[str, int]:
    """Of at most SHAPED_SEEDS seeds, how many have which shape; seeds with one grid are fitted together."""
    by_grid: dict[bytes, list[int]] = {}
    for seed in _some_seeds(curves):
        by_grid.setdefault(curves.scale_SE[seed].tobytes(), []).append(seed)
    found: dict[str, int] = {}
    for seeds in by_grid.values():
        scale_E, score_SE = curves.scale_SE[seeds[0]], np.stack([curves.score_SE[seed] for seed in seeds])
        compared = shapes_of_seeds(scale_E, score_SE, curves.items) if len(scale_E) else []
        for word in [each.verdict for each in compared] or ["too little data"] * len(seeds):
            found[word] = found.get(word, 0) + 1
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _mirage(curves: Curves) -> MirageVerdict | None:
    known = curves.likelihood_SE is not None and curves.length is not None
    if (
        not (known or curves.probability_SE or curves.partial)
        or min(len(scale_E) for scale_E in curves.scale_SE) < LEAST_FOR_MIRAGE
    ):
        return None
    runs = [
        ScoredRun(
            curves.scale_SE[seed],
            curves.score_SE[seed],
            curves.likelihood_SE[seed] if known and curves.likelihood_SE is not None else None,
            curves.length if known else None,
            curves.probability_SE[seed] if curves.probability_SE is not None else None,
            partial={name: values_SE[seed] for name, values_SE in curves.partial.items()},
            falling=curves.partial_falling,
        )
        for seed in range(len(curves.seeds))
    ]
    return mirage_audit(runs, chance=curves.chance)
