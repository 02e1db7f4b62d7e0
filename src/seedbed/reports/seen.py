"""What a chart shows, in words for who cannot see it: read off the rows that are drawn."""

from collections.abc import Iterable, Iterator
from typing import Any

from seedbed.reports.content import Figure

MOST_SERIES = 12  # that are read out; the table behind the figure has them all
Row = dict[str, Any]


def seen_in(figure: Figure) -> str:
    """A sentence a series: where it begins and where it ends, or its value with its interval.

    Empty for charts whose rows say nothing so, such as shades: their table does.
    """
    rows = [row for rows in figure.spec.get("datasets", {}).values() for row in rows]
    said = list(_courses(rows)) or list(_values(rows))
    more = f" And {len(said) - MOST_SERIES} more." if len(said) > MOST_SERIES else ""
    return " ".join(said[:MOST_SERIES]) + more


def _courses(rows: list[Row]) -> Iterator[str]:
    """Lines: those of a mean over an axis, and of a dose's arm."""
    series: dict[str, list[Row]] = {}
    for row in rows:
        if row.get("part", "mean") == "mean" and {"x", "y"} <= row.keys() and ("part" in row or "low" in row):
            series.setdefault(_name(row), []).append(row)
    for name, own in series.items():
        own = sorted(own, key=lambda row: row["x"])
        first, last = own[0], own[-1]
        start = f"from {first['y']:.3g} at {first['x']:g} to " if first["x"] != last["x"] else ""
        yield f"{name}: {start}{last['y']:.3g} at {last['x']:g}{_interval(last)}."


def _values(rows: list[Row]) -> Iterator[str]:
    """One row a name, with its interval; of strips, which have many, their number and range."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if "label" in row and isinstance(row.get("x"), int | float):
            found.setdefault(str(row["label"]), []).append(row)
    for name, own in found.items():
        if len(own) == 1:
            yield f"{name}: {own[0]['x']:.3g}{_interval(own[0])}."
        else:
            places = [row["x"] for row in own]
            yield f"{name}: {len(own)} from {min(places):.3g} to {max(places):.3g}."


def _name(row: Row) -> str:
    return ", ".join(_given(row.get(role) for role in ("facet", "color"))) or "The line"


def _given(values: Iterable[Any]) -> Iterator[str]:
    return (str(value) for value in values if value is not None)


def _interval(row: Row) -> str:
    return f" ({row['low']:.3g} to {row['high']:.3g})" if {"low", "high"} <= row.keys() else ""
