"""A run's scores in the form in which any table of scores is judged: one curve a member, apart by condition and task.

So a run's own report, `seedbed audit` and `seedbed plan` see the same numbers as they would in anyone's table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seedbed.config import UsageError, unknown_name
from seedbed.emergence import Estimate, Onset, onset, reciprocal
from seedbed.experiments.results import Results, open_results
from seedbed.store.members import MEMBER_SCHEMA
from seedbed.store.score_table import Columns, ScoreTable, read_scores, tidy_scores
from seedbed.tasks import Vocabulary

Floats = NDArray[np.float64]

OWN_COLUMNS = {"seed", "control", "repeat"}  # labels that tell members apart, not what is asked of them


def scores_of(path: str | Path, columns: Columns) -> ScoreTable:
    """The scores in `path`, a run's folder or a table's file. Raises as `open_results` and `read_scores` do."""
    path = Path(path)
    return run_scores(open_results(path)) if path.is_dir() else read_scores(path, columns)


def run_scores(results: Results, conditions: Sequence[str] = ()) -> ScoreTable:
    """Exact match on unseen sentences, none of their words shown, of every member (of these conditions) as it trained.

    The unit judged apart is a condition (with its labels, such as hints, where they vary) and a task. Chance is 0: no
    answer is right by guessing more often than once in the number of sentences. Raises UsageError for a run without
    such scores yet.
    """
    rows = results.where(test="panel", **results.headline).filter(pl.col("shots") > 0).drop_nulls("exact")
    if conditions:
        rows = rows.filter(pl.col("condition").is_in(conditions))
    if rows.is_empty():
        raise UsageError(f"{results.folder}: no member has been tested yet; go on with seedbed resume {results.folder}")
    named = pl.DataFrame(list(condition_names(results).items()), schema=["member", "named"], orient="row")
    rows = rows.join(named, on="member", maintain_order="left")
    table = rows.select(
        pl.col("step"),
        pl.col("exact").alias("score"),
        pl.col("member").alias("seed"),
        pl.concat_str("named", "task", separator=", ").alias("task"),
        pl.col("n").alias("items"),
        # the mean nats a token of the right answer; a probability rounded to 1 may leave a positive zero
        pl.col("log_likelihood").clip(upper_bound=0.0),
    )
    tidy = tidy_scores(table, Columns(chance=0.0, items="items", log_likelihood="log_likelihood"))
    length = _answer_tokens(results)
    if length is None:
        return tidy
    return ScoreTable(
        tidy.rows.with_columns(length=pl.lit(float(length))),
        tidy.falling,
        tidy.scale_name,
        "exact match",
        tidy.warnings,
    )


def condition_names(results: Results) -> dict[str, str]:
    """Each member's condition, with the labels that vary over the run, such as `alone, hints 8`."""
    members = results.members
    # A label that is the same in all members of a condition says what the condition's name says.
    varying = members.group_by("condition").agg(pl.col(_labels(results)).n_unique())
    names = [name for name in _labels(results) if varying[name].max() > 1]  # type: ignore[operator]
    parts = [pl.col("condition"), *(pl.format(f"{name} {{}}", pl.col(name)) for name in names)]
    return dict(members.select("member", pl.concat_str(parts, separator=", ", ignore_nulls=True)).iter_rows())


def _labels(results: Results) -> list[str]:
    """What an experiment notes of its members beyond the store's own columns."""
    return [name for name in results.members.columns if name not in MEMBER_SCHEMA and name not in OWN_COLUMNS]


def _answer_tokens(results: Results) -> int | None:
    """Tokens of an answer, where all members share one world."""
    world = getattr(results.options, "world", None)
    return None if world is None else world.length * Vocabulary(world).tokens_per_word


@dataclass(frozen=True)
class Curves:
    """The curves of one unit: per seed the scale, the scores and, where known, the log-likelihoods (nats a token).

    The scale grows: where a table's own scale falls (a loss), it is its inverse, and `shown` turns a place back.
    items, length: the least over the curves, None where unknown.
    """

    task: str
    seeds: tuple[str, ...]
    scale_SE: tuple[Floats, ...]
    score_SE: tuple[Floats, ...]
    likelihood_SE: tuple[Floats, ...] | None
    chance: float
    items: int | None
    length: float | None
    falling: bool

    def onsets(self, threshold: float, persistence: int) -> list[Onset]:
        """Each seed's onset, on the growing scale."""
        persistence = min(persistence, *(len(scale_E) for scale_E in self.scale_SE))
        return [
            onset(scale_E, score_E, threshold=threshold, persistence=persistence)
            for scale_E, score_E in zip(self.scale_SE, self.score_SE, strict=True)
        ]

    def in_table(self, estimate: Estimate) -> Estimate:
        """An estimate on the growing scale as the table has it."""
        return reciprocal(estimate) if self.falling else estimate

    def shown(self, place: float) -> float:
        """A place on the growing scale as the table has it."""
        return 1 / place if self.falling and place > 0 else place


def unit_of(table: ScoreTable, task: str | None) -> str:
    """The unit asked for, or the only one there is. Raises UsageError with the names."""
    if task is None:
        if len(table.tasks) > 1:
            raise UsageError(f"which of these? Name one by --task: {'; '.join(table.tasks)}")
        return table.tasks[0]
    if task not in table.tasks:
        raise unknown_name("task", task, table.tasks)
    return task


def curves_of(table: ScoreTable, task: str) -> Curves:
    """One unit's curves."""
    rows = table.rows.filter(pl.col("task") == task)
    parts = rows.partition_by("group", maintain_order=True)

    def column(part: pl.DataFrame, name: str) -> Floats:
        values = part[name].to_numpy().astype(np.float64)
        return values[::-1] if table.falling else values

    def least(name: str) -> float | None:
        return float(rows[name].min()) if name in rows.columns else None  # type: ignore[arg-type]

    scales = [column(part, "scale") for part in parts]
    known = "log_likelihood" in rows.columns and rows["log_likelihood"].null_count() == 0
    items = least("items")
    return Curves(
        task,
        tuple(part["group"][0] for part in parts),
        tuple(1 / scale if table.falling else scale for scale in scales),
        tuple(column(part, "score") for part in parts),
        tuple(column(part, "log_likelihood") for part in parts) if known else None,
        least("chance") or 0.0,
        int(items) if items is not None else None,
        least("length"),
        table.falling,
    )
