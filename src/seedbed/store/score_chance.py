"""The score of guessing a task, from a table of its own: a column of tasks and one of scores."""

from dataclasses import replace

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.score_numbers import read_numbers
from seedbed.store.score_source import Source, listed

COLUMN = "chance of the task"


def with_chance(source: Source, path: str, table: pl.DataFrame) -> Source:
    """The source with the chance of each of its tasks. Raises UsageError for a task that the table lacks."""
    columns = source.columns
    tasks = next((name for name in ("task", *columns.by) if name in table.columns), table.columns[0])
    level = "chance" if "chance" in table.columns else next((name for name in table.columns if name != tasks), None)
    by = columns.by or (("task",) if "task" in source.frame.columns else ())
    key = tasks if tasks in by else (by[0] if by else None)
    if level is None or key is None or key not in source.frame.columns:
        raise UsageError(
            f"--chance {path}: expected a column of tasks and one of chances, and tasks distinguished by --by"
        )
    if table[tasks].is_duplicated().any():
        twice = table.filter(table[tasks].is_duplicated())[tasks][0]
        raise UsageError(f"--chance {path}: has {twice!r} more than once, expected one row per task")
    levels = dict(
        zip(table[tasks].cast(pl.String).str.strip_chars(), read_numbers(table, level, "score").values, strict=True)
    )
    given = source.frame[key].cast(pl.String).str.strip_chars()
    lacking = [name for name in given.drop_nulls().unique(maintain_order=True) if name not in levels]
    if lacking:
        raise UsageError(f"--chance {path}: has no row for {listed(lacking)}; its tasks are {listed(list(levels))}")
    frame = source.frame.with_columns(given.replace_strict(levels, default=None, return_dtype=pl.Float64).alias(COLUMN))
    return Source(frame, replace(columns, chance=COLUMN), source.notes).noted(
        f"chance of {len(levels)} tasks from {path}"
    )
