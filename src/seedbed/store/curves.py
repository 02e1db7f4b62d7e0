"""Learning curves as tidy rows: one per member, step, task, test, split, shots and coverage; metrics are columns.

Rows arrive for hours and go to disk as parts, each a sorted table of one schema. A row with the same keys written again
replaces the earlier one, so a member that resumes may write what it had written before.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.columns import Schema, checked_cell, refuse_unknown, require
from seedbed.store.members import Table, row_of

FOLDER = "curves"
COMPACTED = f"{FOLDER}/curves.parquet"
KEYS = ("member", "step", "task", "test", "split", "shots", "coverage", "cut")
METRICS = (
    "loss",
    "bits_per_byte",
    "exact",
    "word_score",
    "edit_score",
    "log_likelihood",
    "brier",
    "answer_probability",
    "bayes_probability",
    "kl",
    "seen_shots",
)
CURVE_SCHEMA: Schema = {
    "member": pl.String,
    "step": pl.Int64,
    "task": pl.String,
    "test": pl.String,
    "split": pl.String,
    "shots": pl.Int64,
    "coverage": pl.Int64,
    "cut": pl.Int64,
    "n": pl.Int64,
    **dict.fromkeys(METRICS, pl.Float64),
}
REQUIRED = ("member", "step", "task", "test", "n")
TESTS = ("train", "panel", "every", "paper", "bayes")

Row = tuple[Any, ...]


def checked_rows(rows: Iterable[Mapping[str, Any]], members: Table) -> list[Row]:
    """`rows` as tuples in the order of `CURVE_SCHEMA`; a column left out is null.

    Raises `UsageError` for an unknown column, member or test, a missing key, or a cell of the wrong kind.
    """
    return [_checked_row(row, members) for row in rows]


def to_frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Rows of `checked_rows` as a table, in the order given."""
    return pl.DataFrame(rows, schema=CURVE_SCHEMA, orient="row")


def merged(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One sorted table of `frames`, oldest first; of rows with the same keys the last stays."""
    together = pl.concat([to_frame([]), *frames], how="diagonal")  # older runs lack newer metrics
    return together.unique(subset=list(KEYS), keep="last", maintain_order=True).sort(KEYS, maintain_order=True)


def to_parquet(frame: pl.DataFrame) -> bytes:
    """A table of curves as the content of a part."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def from_parquet(data: bytes) -> pl.DataFrame:
    """The table that `to_parquet` wrote."""
    return pl.read_parquet(io.BytesIO(data))


def in_order(names: Iterable[str]) -> list[str]:
    """Names of curve files, oldest first: the compacted table is older than every part."""
    return sorted(names, key=lambda name: (name != COMPACTED, name))


def next_part(names: Iterable[str]) -> str:
    """The name of the part after all of `names`."""
    numbers = [int(name.removesuffix(".parquet").rpartition("-")[2]) for name in names if name != COMPACTED]
    return f"{FOLDER}/part-{max(numbers, default=0) + 1:06d}.parquet"


def _checked_row(row: Mapping[str, Any], members: Table) -> Row:
    refuse_unknown("curve", row, CURVE_SCHEMA)
    require("curve row", row, REQUIRED)
    cells = {name: checked_cell(name, kind, row.get(name)) for name, kind in CURVE_SCHEMA.items()}
    row_of(members, cells["member"])
    if cells["test"] not in TESTS:
        raise UsageError(f"column 'test' holds one of {', '.join(TESTS)}; got {cells['test']!r}.")
    for name in ("step", "n"):
        if cells[name] < 0:
            raise UsageError(f"column {name!r} counts from 0, got {cells[name]}.")
    return tuple(cells.values())
