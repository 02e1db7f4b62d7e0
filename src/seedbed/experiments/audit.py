"""What emerged in a table of scores: for each task a verdict with the evidence it rests on, over seeds.

The same judgement for a run of ours and for a table that someone brings. Curves of many evaluations are pooled to
MOST_POINTS on the logarithm of the scale first, as a rise that takes a decade needs no thousand points to be seen.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seedbed.emergence import (
    EmergenceVerdict,
    Estimate,
    MirageVerdict,
    ScoredRun,
    SeedDistribution,
    SurvivalCurve,
    compare_shapes,
    emergence_verdict,
    format_estimate,
    median_onset,
    mirage_audit,
    restricted_mean_time,
    seed_distribution,
    sharpness_over_seeds,
    turnbull,
)
from seedbed.emergence.mirage import MIN_POINTS as LEAST_FOR_MIRAGE
from seedbed.experiments.run_scores import Curves, curves_of
from seedbed.store.score_table import ScoreTable

MOST_POINTS = 64  # of a curve that is judged
SHAPED_CURVES = 16  # of a table whose shapes are fitted, evenly chosen: a fit takes longer than all the rest

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """Fixed before looking. threshold: score of an onset.  persistence: evaluations on end that must hold it."""

    threshold: float = 0.5
    persistence: int = 2


@dataclass(frozen=True)
class TaskAudit:
    """What is said of one task, and why.

    onset: median first evaluation that holds the threshold.  restricted_mean: mean onset up to the shortest run's end.
    survival: share emerged by when.  final: distribution of last scores.  breakthroughness, linearity: BIG-bench's,
    medians over seeds; None where seeds have different grids.  shapes: seeds by best-fitting shape.  mirage: None where
    the table has no likelihoods or lengths.  points: least evaluations of a curve.
    """

    task: str
    curves: Curves
    verdict: EmergenceVerdict | None
    why_no_verdict: str
    onset: Estimate
    restricted_mean: Estimate
    survival: SurvivalCurve
    final: SeedDistribution
    breakthroughness: Estimate | None
    linearity: Estimate | None
    shapes: dict[str, int]
    mirage: MirageVerdict | None
    points: int

    @property
    def seeds(self) -> int:
        """How many."""
        return len(self.curves.seeds)

    @property
    def words(self) -> str:
        """The verdict, `emerges at a [low, high]` in the table's own scale, or one of the three other ones."""
        if self.verdict is None:
            return "too little data to say"
        found = self.verdict.onset
        if found is None or not self.curves.falling:
            return str(self.verdict)
        return "emerges at " + format_estimate(self.curves.in_table(found), percent=False).split(" (n = ")[0]


@dataclass(frozen=True)
class Audit:
    """All tasks of a table, with its warnings, which every verdict repeats."""

    table: ScoreTable
    rules: Rules
    tasks: tuple[TaskAudit, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was mended in the table or assumed of it."""
        return self.table.warnings


def audit(table: ScoreTable, rules: Rules | None = None) -> Audit:
    """Judge every task of a table. Verdicts control for the number of tasks (each level is divided by it)."""
    rules = rules or Rules()
    return Audit(table, rules, tuple(_judge(curves_of(table, task), rules, len(table.tasks)) for task in table.tasks))


def _judge(curves: Curves, rules: Rules, tasks: int) -> TaskAudit:
    pooled = without_zero(pool(curves, MOST_POINTS))
    points = min(len(scale_E) for scale_E in curves.scale_SE)
    found = curves.onsets(rules.threshold, rules.persistence)
    until = min(float(scale_E[-1]) for scale_E in curves.scale_SE)
    verdict, why = None, ""
    if all(len(scale_E) for scale_E in pooled.scale_SE):
        verdict = emergence_verdict(
            list(zip(pooled.scale_SE, pooled.score_SE, strict=True)),
            chance=curves.chance,
            items=pooled.items,
            tasks=tasks,
        )
    else:
        why = "some curve has no evaluation above 0 of the scale"
    alike = points > 1 and all(np.array_equal(pooled.scale_SE[0], other) for other in pooled.scale_SE[1:])
    alike = alike and len(pooled.scale_SE[0]) > 1
    broken, straight = sharpness_over_seeds(np.stack(pooled.score_SE)) if alike else (None, None)
    final_S = np.array([score_E[-1] for score_E in curves.score_SE])
    return TaskAudit(
        curves.task,
        curves,
        verdict,
        why,
        median_onset(found),
        restricted_mean_time(found, until if until > 0 else 1.0),
        turnbull(found),
        seed_distribution(final_S, threshold=rules.threshold, items=curves.items),
        broken,
        straight,
        _shapes(pooled, max(1, SHAPED_CURVES // tasks)),
        _mirage(pooled),
        points,
    )


def pool(curves: Curves, most: int) -> Curves:
    """Curves of at most `most` points: neighbours on the logarithm of the scale become their mean.

    The number of items stays that of one evaluation: tests of one panel are no new items.
    """
    groups_S = [_groups(scale_E, most) for scale_E in curves.scale_SE]
    if all(groups is None for groups in groups_S):
        return curves

    def pooled(values_SE: tuple[Floats, ...]) -> tuple[Floats, ...]:
        return tuple(
            values_E if groups is None else np.add.reduceat(values_E, groups) / np.diff([*groups, len(values_E)])
            for values_E, groups in zip(values_SE, groups_S, strict=True)
        )

    likelihood = None if curves.likelihood_SE is None else pooled(curves.likelihood_SE)
    return replace(curves, scale_SE=pooled(curves.scale_SE), score_SE=pooled(curves.score_SE), likelihood_SE=likelihood)


def without_zero(curves: Curves) -> Curves:
    """Curves without an evaluation at 0, which has no place on a logarithmic scale."""
    starts = [int(len(scale_E) > 0 and scale_E[0] == 0) for scale_E in curves.scale_SE]

    def cut(values_SE: tuple[Floats, ...]) -> tuple[Floats, ...]:
        return tuple(values_E[start:] for values_E, start in zip(values_SE, starts, strict=True))

    likelihood = None if curves.likelihood_SE is None else cut(curves.likelihood_SE)
    return replace(curves, scale_SE=cut(curves.scale_SE), score_SE=cut(curves.score_SE), likelihood_SE=likelihood)


def _groups(scale_E: Floats, most: int) -> NDArray[np.int64] | None:
    """Where each group of neighbours begins; None where the curve is short enough."""
    if len(scale_E) <= most:
        return None
    positive = scale_E[scale_E > 0]
    edges = np.geomspace(positive[0], positive[-1], most)[1:]
    place_E = np.searchsorted(edges, scale_E, side="left")
    return np.flatnonzero(np.diff(place_E, prepend=-1))


def _shapes(curves: Curves, most: int) -> dict[str, int]:
    """Of at most so many seeds, how many have which shape."""
    chosen = np.unique(np.linspace(0, len(curves.seeds) - 1, min(most, len(curves.seeds))).round().astype(int))
    found: dict[str, int] = {}
    for seed in chosen:
        scale_E, score_E = curves.scale_SE[seed], curves.score_SE[seed]
        word = compare_shapes(scale_E, score_E, curves.items).verdict if len(scale_E) else "too little data"
        found[word] = found.get(word, 0) + 1
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _mirage(curves: Curves) -> MirageVerdict | None:
    if curves.likelihood_SE is None or curves.length is None:
        return None
    if min(len(scale_E) for scale_E in curves.scale_SE) < LEAST_FOR_MIRAGE:
        return None
    runs = [
        ScoredRun(scale_E, score_E, likelihood_E, curves.length)
        for scale_E, score_E, likelihood_E in zip(curves.scale_SE, curves.score_SE, curves.likelihood_SE, strict=True)
    ]
    return mirage_audit(runs, chance=curves.chance)
