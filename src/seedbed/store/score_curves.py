"""The curves of one unit of a score table, as the statistics take them: a scale that grows, one curve a seed.

Where a table's own scale falls, such as a loss, it is turned over here, once, and turned back where a place is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.emergence import Estimate, Onset, onset, onsets, reciprocal
from seedbed.emergence.pooling import neighbours
from seedbed.store.score_rules import partial_column
from seedbed.store.score_table import ScoreTable

LISTED = 8  # names of units in an error: a line of a hundred is read by nobody

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """The curves of one unit: per seed the scale, the scores and, where known, the log-likelihoods (nats per token)
    and the mean probabilities of the whole answer.

    The scale grows: where a table's own scale falls (a loss), it is its inverse, and `shown` turns a place back.
    items, length: the least over the curves, None where unknown.  partial: further scores of the same answers by name,
    which give credit below exact match.  partial_falling: those of which less is better.
    """

    task: str
    seeds: tuple[str, ...]
    scale_SE: tuple[Floats, ...]
    score_SE: tuple[Floats, ...]
    likelihood_SE: tuple[Floats, ...] | None
    probability_SE: tuple[Floats, ...] | None
    chance: float
    items: int | None
    length: float | None
    falling: bool
    partial: dict[str, tuple[Floats, ...]] = field(default_factory=dict)
    partial_falling: frozenset[str] = frozenset()

    @property
    def same_scale(self) -> bool:
        """Whether all seeds were evaluated at the same places."""
        first_E = self.scale_SE[0]
        return all(first_E is other_E or np.array_equal(first_E, other_E) for other_E in self.scale_SE[1:])

    def onsets(self, threshold: float, persistence: int) -> list[Onset]:
        """Each seed's onset, on the growing scale."""
        persistence = min(persistence, *(len(scale_E) for scale_E in self.scale_SE))
        if self.same_scale:
            return onsets(self.scale_SE[0], np.stack(self.score_SE), threshold=threshold, persistence=persistence)
        return [
            onset(scale_E, score_E, threshold=threshold, persistence=persistence)
            for scale_E, score_E in zip(self.scale_SE, self.score_SE, strict=True)
        ]

    def changed(self, change: Callable[[Floats, int], Floats]) -> "Curves":
        """The same with `change(values_E, seed)` in place of every vector along the evaluations."""

        def each(values_SE: tuple[Floats, ...]) -> tuple[Floats, ...]:
            return tuple(change(values_E, seed) for seed, values_E in enumerate(values_SE))

        return replace(
            self,
            scale_SE=each(self.scale_SE),
            score_SE=each(self.score_SE),
            likelihood_SE=None if self.likelihood_SE is None else each(self.likelihood_SE),
            probability_SE=None if self.probability_SE is None else each(self.probability_SE),
            partial={name: each(values_SE) for name, values_SE in self.partial.items()},
        )

    def in_table(self, estimate: Estimate) -> Estimate:
        """An estimate on the growing scale as the table has it."""
        return reciprocal(estimate) if self.falling else estimate

    def shown(self, place: float) -> float:
        """A place on the growing scale as the table has it."""
        return 1 / place if self.falling and place > 0 else place


def unit_of(table: ScoreTable, task: str | None) -> str:
    """The unit asked for, or the only one there is. Raises UsageError with the names, the first `LISTED` of many."""
    if task is None:
        if len(table.tasks) > 1:
            names, more = table.tasks[:LISTED], len(table.tasks) - LISTED
            others = f"; and {more} more" if more > 0 else ""
            raise UsageError(f"there are {len(table.tasks)} tasks: name one with --task: {'; '.join(names)}{others}")
        return table.tasks[0]
    if task not in table.tasks:
        raise unknown_name("task", task, table.tasks)
    return task


def curves_of(table: ScoreTable, task: str) -> Curves:
    """One unit's curves."""
    rows = table.rows.filter(pl.col("task") == task)
    ends = np.flatnonzero(rows["group"].ne_missing(rows["group"].shift(-1)).to_numpy()) + 1  # rows are sorted by group

    def column(name: str) -> tuple[Floats, ...]:
        values = rows[name].to_numpy().astype(np.float64)
        parts = np.split(values, ends[:-1])
        return tuple(part[::-1] if table.falling else part for part in parts)

    def least(name: str) -> float | None:
        return float(rows[name].min()) if name in rows.columns else None  # type: ignore[arg-type]

    def complete(name: str) -> bool:
        return name in rows.columns and not (rows[name].is_null() | rows[name].is_nan()).any()

    items = least("items")
    return Curves(
        task,
        tuple(rows["group"].gather(ends - 1)),
        tuple(1 / scale_E if table.falling else scale_E for scale_E in column("scale")),
        column("score"),
        column("log_likelihood") if complete("log_likelihood") else None,
        column("answer_probability") if complete("answer_probability") else None,
        least("chance") or 0.0,
        int(items) if items is not None else None,
        least("length"),
        table.falling,
        {name: column(partial_column(name)) for name in table.partial if complete(partial_column(name))},
        frozenset(name for name, falls in table.partial.items() if falls),
    )


def pool(curves: Curves, most: int) -> Curves:
    """Curves of at most `most` points: neighbours become their mean, in groups that are even on the scale or its
    logarithm, whichever is narrower.

    The number of items stays that of one evaluation: tests of one panel are no new items.
    """
    scales = curves.scale_SE[:1] if curves.same_scale else curves.scale_SE
    groups_S = [neighbours(scale_E, most) for scale_E in scales] * (len(curves.seeds) // len(scales))
    if all(groups is None for groups in groups_S):
        return curves

    def means(values_E: Floats, seed: int) -> Floats:
        groups = groups_S[seed]
        return values_E if groups is None else np.add.reduceat(values_E, groups[0]) / groups[1]

    return curves.changed(means)


def without_zero(curves: Curves) -> Curves:
    """Curves without an evaluation at 0, which has no place on a logarithmic scale."""
    starts = [int(len(scale_E) > 0 and scale_E[0] == 0) for scale_E in curves.scale_SE]
    if not any(starts):
        return curves
    return curves.changed(lambda values_E, seed: values_E[starts[seed] :])
