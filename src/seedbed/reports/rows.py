"""Charts with one row per name: a forest plot of estimates, and strips that show every member."""

from math import isfinite
from typing import Any

import altair as alt
import polars as pl

from seedbed.config.errors import UsageError
from seedbed.reports.frames import as_text, inline, names_in, require_numbers, roles_of
from seedbed.reports.marks import (
    GOLDEN_RATIO,
    SHORT,
    choosable,
    chosen_opacity,
    container_wide,
    is_coloured,
    painted,
    tip,
)
from seedbed.reports.spec import Chart
from seedbed.reports.theme import MUTED, PAPER

ROW_HEIGHT, STRIP_HEIGHT = 27, 44
"""Pixels a row: of a forest plot, of a strip with its cloud of dots."""


def interval_chart(
    frame: pl.DataFrame,
    *,
    label: str,
    value: str,
    low: str,
    high: str,
    title_x: str,
    color: str | None = None,
    reference: float | None = None,
    x_domain: tuple[float, float] | None = None,
) -> Chart:
    """A forest plot: one row per `label` in the frame's order, a dot at `value` and a bar from `low` to `high`.

    A row without an interval (ends null or NaN) gets an empty dot, so that an anecdote is seen as one. An infinite end
    runs to the edge of the plot and ends in an arrow; a NaN value (only bounds are known) has no dot. reference: a
    vertical line, say at no effect. x_domain: the ends of the axis, by default a little beyond what is drawn.

    Raises `UsageError` for a missing column, a frame without rows, a label twice, or nothing finite to draw.
    """
    rows = roles_of(frame, {"label": label, "x": value, "low": low, "high": high, "color": color}, "interval_chart")
    rows = rows.with_columns(pl.col(end).cast(pl.Float64) for end in ("low", "high") if rows.schema[end] == pl.Null)
    require_numbers(rows, ("x", "low", "high"), "interval_chart")
    rows = as_text(rows, "label", "color")
    names = names_in(rows, "label")
    if len(names) < rows.height:
        raise UsageError(
            f"interval_chart: {rows.height} rows share {len(names)} labels in {label!r}; make each unique."
        )
    left, right = x_domain or _extent(rows, reference)
    rows = _within(rows, left, right)

    colour = painted(rows, "circle")
    endless = rows.get_column("open_left").any() or rows.get_column("open_right").any()
    ends = alt.Scale(domain=[left, right], nice=x_domain is None and not endless)

    def across(role: str) -> alt.X:
        return alt.X(f"{role}:Q", title=title_x, scale=ends, axis=alt.Axis(grid=True, tickCount=6))

    base = alt.Chart(inline(rows)).encode(y=alt.Y("label:N", sort=names, title=None), color=colour)
    tips = [tip("label:N", label), tip("x:Q", title_x, SHORT)]
    tips += [tip(f"{end}:Q", end, SHORT) for end in ("low", "high")]
    sure, bare = base.transform_filter(_holds("sure")), base.transform_filter(_holds("bare"))
    layers: list[Any] = [] if reference is None else [_upright(reference)]
    full = chosen_opacity(rows)
    bars = sure.mark_rule(strokeWidth=2.25, clip=True).encode(
        x=across("left"), x2="right:Q", opacity=full, tooltip=tips
    )
    layers.append(choosable(bars, rows))
    layers.append(sure.mark_point(filled=True, size=75).encode(x=across("x"), opacity=full, tooltip=tips))
    for end, shape in (("left", "triangle-left"), ("right", "triangle-right")):
        if rows.get_column(f"open_{end}").any():
            arrow = base.transform_filter(_holds(f"open_{end}")).mark_point(
                shape=shape, filled=True, size=70, opacity=1
            )
            layers.append(arrow.encode(x=across(end)))
    empty = bare.mark_point(filled=False, size=75, strokeWidth=1.75, fill=PAPER)
    layers.append(empty.encode(x=across("x"), opacity=full, tooltip=tips))
    return container_wide(layers, ROW_HEIGHT * len(names))


def strip_chart(
    frame: pl.DataFrame,
    *,
    category: str,
    value: str,
    title_x: str,
    color: str | None = None,
    censored: str | None = None,
    reference: float | None = None,
    x_log: bool = False,
) -> Chart:
    """Every member as a dot, one strip per `category` in the frame's order, spread by a fixed pattern.

    censored: a column of booleans; a member whose onset was not seen by then is an empty triangle that points onwards.
    reference: a vertical line. Raises `UsageError` for a missing column, a frame without rows, or `x_log` with a value
    at or below 0.
    """
    roles = {"label": category, "x": value, "color": color, "censored": censored}
    rows = roles_of(frame, roles, "strip_chart")
    require_numbers(rows, ("x",), "strip_chart")
    if x_log and not rows.get_column("x").gt(0).all():
        raise UsageError(
            f"strip_chart: a logarithmic axis needs every {value!r} above 0, got {rows.get_column('x').min()}; leave "
            "those rows out or set x_log=False."
        )
    rows = as_text(rows, "label", "color")
    if "censored" not in rows.columns:
        rows = rows.with_columns(censored=pl.lit(False))
    turn = pl.int_range(1, pl.len() + 1).over("label") * GOLDEN_RATIO % 1
    rows = rows.with_columns(turn.alias("spread"), seen=~pl.col("censored"))

    scale = alt.Scale(type="log", nice=False, padding=12) if x_log else alt.Scale(zero=False, padding=12)
    across = alt.X("x:Q", title=title_x, scale=scale, axis=alt.Axis(grid=True))
    down = alt.Y("label:N", sort=names_in(rows, "label"), title=None)
    beside = alt.YOffset("spread:Q", scale=alt.Scale(domain=[-0.2, 1.2]))
    colour = painted(rows, "circle")
    if color == category and is_coloured(rows):
        colour.legend = None  # the rows are named already
    tips = [tip("label:N", category), tip("x:Q", title_x, SHORT)]
    base = alt.Chart(inline(rows)).encode(x=across, y=down, yOffset=beside, color=colour, tooltip=tips)
    layers: list[Any] = [] if reference is None else [_upright(reference)]
    layers.append(base.transform_filter(_holds("seen")).mark_circle(size=46, opacity=0.7))
    onwards = base.transform_filter(_holds("censored"))
    layers.append(onwards.mark_point(shape="triangle-right", filled=False, size=40, opacity=0.9, strokeWidth=1.25))
    return container_wide(layers, STRIP_HEIGHT * len(names_in(rows, "label")))


def _extent(rows: pl.DataFrame, reference: float | None) -> tuple[float, float]:
    """The least and the greatest finite place that is drawn, and a twentieth of the way beyond."""
    drawn = pl.concat([rows.get_column(role).cast(pl.Float64) for role in ("x", "low", "high")])
    places = [place for place in (*drawn, reference) if place is not None and isfinite(place)]
    if not places:
        raise UsageError("interval_chart: no value and no end is finite, so there is nothing to draw; leave it out.")
    margin = (max(places) - min(places) or 1.0) / 20
    return min(places) - margin, max(places) + margin


def _within(rows: pl.DataFrame, left: float, right: float) -> pl.DataFrame:
    """The rows with the ends of their bars inside the plot, and what kind of row each is."""
    low, high = pl.col("low"), pl.col("high")
    known = (low.is_not_null() & high.is_not_null() & low.is_not_nan() & high.is_not_nan()).fill_null(False)
    return rows.with_columns(
        sure=known,
        bare=~known,
        left=low.clip(left, right),
        right=high.clip(left, right),
        open_left=known & low.is_infinite(),
        open_right=known & high.is_infinite(),
    )


def _holds(role: str) -> Any:
    return alt.datum[role] == True  # noqa: E712  (an expression that Vega evaluates)


def _upright(place: float) -> alt.Chart:
    rule = alt.Chart(alt.InlineData(values=[{"x": place}])).mark_rule(color=MUTED, strokeDash=[6, 4], strokeWidth=1.25)
    return rule.encode(x=alt.X("x:Q", scale=alt.Scale(zero=False)))  # else the axis of all layers would begin at 0
