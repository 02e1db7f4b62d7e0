"""Typed columns: what a table of the store accepts in a cell.

polars casts 1.5 to 1 in an integer column without a word, so each value is checked before it gets there.
"""

import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name

Schema = Mapping[str, type[pl.DataType]]

EXPECTED = {pl.String: "text", pl.Boolean: "True or False", pl.Int64: "a whole number", pl.Float64: "a number"}


def checked_cell(column: str, kind: type[pl.DataType], value: Any) -> Any:
    """`value` as the plain Python object that a column of this kind holds; None stays None.

    Raises `UsageError` for a value of another kind; a whole number is a number, and nothing else is converted.
    """
    if value is None:
        return None
    try:
        if kind is pl.String and isinstance(value, str):
            return str(value)
        if kind is pl.Boolean and isinstance(value, bool | np.bool_):
            return bool(value)
        truth = isinstance(value, bool | np.bool_)
        if kind is pl.Int64 and not truth and -(2**63) <= operator.index(value) < 2**63:
            return operator.index(value)
        if kind is pl.Float64 and not truth and isinstance(value, int | float | np.integer | np.floating):
            return float(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise UsageError(f"column {column!r} holds {EXPECTED[kind]}, got {value!r} of type {type(value).__name__}.")


def kind_of(column: str, value: Any) -> type[pl.DataType] | None:
    """The kind of column that `value` asks for; None for no value. Raises `UsageError` for anything but a scalar."""
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return pl.Boolean
    if isinstance(value, int | np.integer):
        return pl.Int64
    if isinstance(value, float | np.floating):
        return pl.Float64
    if isinstance(value, str):
        return pl.String
    raise UsageError(
        f"column {column!r} holds text, numbers or booleans, got {value!r} of type {type(value).__name__}."
    )


def require(kind: str, row: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse a row in which one of `names` is absent or None."""
    for name in names:
        if row.get(name) is None:
            raise UsageError(f"a {kind} needs {name!r}: add it to {dict(row)!r}.")


def refuse_unknown(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse the first of `names` that is not known, offering the nearest that is."""
    for name in names:
        if name not in known:
            raise unknown_name(f"column of a {kind}", name, known)
