"""The table of members: one row a model, with its settings, its state and how it ended.

A table is a plain dict, member -> row, and every change is a new table: what is on disk and what is in memory can then
be swapped in one step. Columns beyond `MEMBER_SCHEMA` are the caller's, say the hints of a phase diagram.
"""

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.columns import Schema, checked_cell, kind_of, refuse_unknown, require

MEMBERS = "members.parquet"
MEMBER_SCHEMA: Schema = {
    "member": pl.String,
    "population": pl.String,
    "condition": pl.String,
    "init_seed": pl.Int64,
    "data_seed": pl.Int64,
    "learning_rate": pl.Float64,
    "weight_decay": pl.Float64,
    "init_scale": pl.Float64,
    "parameters": pl.Int64,
    "config": pl.String,
    "state": pl.String,
    "step": pl.Int64,
    "steps": pl.Int64,
    "tokens": pl.Int64,
    "core_seconds": pl.Float64,
    "weights_sha256": pl.String,
    "reason": pl.String,
    "cpu": pl.String,
}
REQUIRED = ("member", "population", "init_seed", "data_seed", "config")
STATES = ("planned", "training", "finished", "diverged")
ENDED = ("finished", "diverged")
PLANNED: Mapping[str, Any] = {"state": "planned", "step": 0}
KEPT_BY_THE_STORE = ("state", "step", "weights_sha256", "reason")

Table = Mapping[str, Mapping[str, Any]]


def with_members(table: Table, rows: Iterable[Mapping[str, Any]]) -> Table:
    """`table` with those of `rows` whose member is new, as planned; a known member keeps its row.

    Raises `UsageError` for a row without fingerprint, population, seeds or config, or with a cell of the wrong kind.
    """
    grown, rows = dict(table), list(rows)
    for row in rows:
        require("member", row, REQUIRED)
        check_member(row["member"])
        refuse_kept({name: value for name, value in row.items() if value is not None and value != PLANNED.get(name)})
        if row["member"] not in grown:
            grown[row["member"]] = {**_checked(row), **PLANNED}
    # A known member keeps its row but learns of new columns, so that facts can be added to them later.
    extras = {name: None for row in [*grown.values(), *rows] for name in row if name not in MEMBER_SCHEMA}
    complete = {name: {**extras, **row} for name, row in grown.items()}
    _extra_schema(complete)
    return complete


def with_facts(table: Table, member: str, facts: Mapping[str, Any]) -> Table:
    """`table` with `facts` (column -> value) in the row of `member`.

    Raises `UsageError` for an unknown member or column; a new column is declared by `with_members`.
    """
    row = row_of(table, member)
    refuse_unknown("member", facts, [*MEMBER_SCHEMA, *row])
    changed = {**table, member: {**row, **_checked(facts)}}
    _extra_schema(changed)
    return changed


def row_of(table: Table, member: str) -> Mapping[str, Any]:
    """The row of `member`, or `UsageError`."""
    if member not in table:
        raise UsageError(f"this run has no member {member!r}: add it first. It has {len(table)} members.")
    return table[member]


def check_member(member: Any) -> None:
    """Refuse a fingerprint that is not 16 hexadecimal digits: it also names the member's files."""
    if not isinstance(member, str) or not re.fullmatch(r"[0-9a-f]{16}", member):
        raise UsageError(f"a member is named by its fingerprint, 16 hexadecimal digits; got {member!r}.")


def refuse_kept(facts: Mapping[str, Any]) -> None:
    """Refuse facts that the store keeps itself, so that they always agree with the files."""
    for name in KEPT_BY_THE_STORE:
        if name in facts:
            raise UsageError(
                f"{name!r} is set by saving a checkpoint, finishing or diverging; leave it out (got {facts[name]!r})."
            )


def to_frame(table: Table) -> pl.DataFrame:
    """The table as a data frame, in the order in which members were added."""
    schema = {**MEMBER_SCHEMA, **_extra_schema(table)}
    rows = [tuple(row.get(name) for name in schema) for row in table.values()]
    return pl.DataFrame(rows, schema=schema, orient="row")


def to_parquet(table: Table) -> bytes:
    """The table as the content of `members.parquet`."""
    buffer = io.BytesIO()
    to_frame(table).write_parquet(buffer)
    return buffer.getvalue()


def from_parquet(data: bytes) -> Table:
    """The table that `to_parquet` wrote."""
    return {row["member"]: row for row in pl.read_parquet(io.BytesIO(data)).to_dicts()}


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {name: MEMBER_SCHEMA.get(name) or kind_of(name, value) for name, value in facts.items()}
    return {name: checked_cell(name, kinds[name] or pl.String, value) for name, value in facts.items()}


def _extra_schema(table: Table) -> dict[str, type[pl.DataType]]:
    kinds: dict[str, type[pl.DataType]] = {}
    seen: dict[str, None] = {name: None for row in table.values() for name in row if name not in MEMBER_SCHEMA}
    for name in seen:
        found = {kind for row in table.values() if (kind := kind_of(name, row.get(name)))}
        if len(found) > 1 and found != {pl.Int64, pl.Float64}:
            values = {type(row.get(name)).__name__ for row in table.values()}
            raise UsageError(f"column {name!r} mixes {', '.join(sorted(values))}: give every member the same kind.")
        kinds[name] = pl.Float64 if len(found) > 1 else next(iter(found), pl.String)
    return kinds
