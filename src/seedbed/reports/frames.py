"""Tidy frames on their way into a chart: columns checked, renamed to the roles they play, values made fit for JSON.

Columns get short role names (`x`, `low`, `color`) because Vega reads dots and brackets in a name as paths, and because
a name is repeated in every row of the page.
"""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

import altair as alt
import polars as pl

from seedbed.config.errors import UsageError

SIGNIFICANT_DIGITS = 5  # far below a pixel, and a third of the size of full doubles


def roles_of(frame: pl.DataFrame, roles: Mapping[str, str | None], what: str) -> pl.DataFrame:
    """The columns of `frame` that play a role, renamed to it; a role given as None is left out.

    Raises `UsageError` where a column is missing or no row is left, naming `what` the frame was for.
    """
    if not isinstance(frame, pl.DataFrame):
        raise UsageError(f"{what}: expected a polars DataFrame, got {type(frame).__name__}; convert it first.")
    wanted = {role: column for role, column in roles.items() if column is not None}
    for role, column in wanted.items():
        if column not in frame.columns:
            raise UsageError(
                f"{what}: no column {column!r} (for {role}). The columns there are: "
                f"{', '.join(frame.columns) or 'none'}."
            )
    if frame.is_empty():
        raise UsageError(f"{what}: the frame has no rows, expected at least one; leave the figure out instead.")
    return frame.select(pl.col(column).alias(role) for role, column in wanted.items())


def require_numbers(frame: pl.DataFrame, roles: tuple[str, ...], what: str) -> None:
    """Raise `UsageError` unless each role that the frame has holds numbers."""
    for role in roles:
        if role in frame.columns and not frame.schema[role].is_numeric():
            raise UsageError(f"{what}: {role} must hold numbers, got {frame.schema[role]}; cast the column first.")


def names_in(frame: pl.DataFrame, role: str) -> list[str]:
    """The distinct values of a role as text, in order of appearance."""
    return [str(name) for name in frame.get_column(role).drop_nulls().unique(maintain_order=True)]


def as_text(frame: pl.DataFrame, *roles: str) -> pl.DataFrame:
    """The same frame with the given roles, where it has them, as text: names, not quantities."""
    return frame.with_columns(pl.col(role).cast(pl.String) for role in roles if role in frame.columns)


def inline(frame: pl.DataFrame) -> alt.InlineData:
    """The rows as chart data; missing and non-finite values are left out of their row, since JSON has neither.

    They go in as one text, which Vega-Lite reads by its format: Altair would look at every single value several times.
    `chart_spec` turns it into rows again.
    """
    rows = [_row(row) for row in frame.iter_rows(named=True)]
    return alt.InlineData(values=json.dumps(rows), format=alt.JsonDataFormat(type="json"))


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {role: _rounded(value) for role, value in row.items() if value is not None and not _is_wild(value)}


def _is_wild(value: Any) -> bool:
    return isinstance(value, float) and not isfinite(value)


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [None if _is_wild(part) else _rounded(part) for part in value]
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if isinstance(value, float) else value
