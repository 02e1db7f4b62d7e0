"""Charts with one row per name: a forest plot of estimates, and strips that show every member."""

from typing import Any

import altair as alt
import polars as pl

from seedbed.config.errors import UsageError
from seedbed.reports.frames import as_text, inline, names_in, require_numbers, roles_of
from seedbed.reports.marks import GOLDEN_RATIO, SHORT, container_wide, painted, tip
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

    A row without an interval (null ends) gets an empty dot, so that an anecdote is seen as one. reference: a vertical
    line, say at no effect. Raises `UsageError` for a missing column, a frame without rows, or a label twice.
    """
    rows = roles_of(frame, {"label": label, "x": value, "low": low, "high": high, "color": color}, "interval_chart")
    require_numbers(rows.cast({pl.Null: pl.Float64}), ("x", "low", "high"), "interval_chart")
    rows = as_text(rows, "label", "color").with_columns(bare=pl.col("low").is_null() | pl.col("high").is_null())
    names = names_in(rows, "label")
    if len(names) < rows.height:
        raise UsageError(
            f"interval_chart: {rows.height} rows share {len(names)} labels in {label!r}; make each unique."
        )

    colour = painted(rows, "circle")
    across = alt.X("x:Q", title=title_x, scale=_scale(x_domain), axis=alt.Axis(grid=True, tickCount=6))
    down = alt.Y("label:N", sort=names, title=None)
    tips = [tip("label:N", label), tip("x:Q", title_x, SHORT)]
    tips += [tip(f"{end}:Q", end, SHORT) for end in ("low", "high")]
    base = alt.Chart(inline(rows)).encode(y=down, color=colour)
    layers: list[Any] = []
    if reference is not None:
        layers.append(_upright(reference))
    sure, bare = alt.datum.bare == False, alt.datum.bare == True  # noqa: E712  (an expression that Vega evaluates)
    bar = base.transform_filter(sure).mark_rule(strokeWidth=2.25)
    layers.append(bar.encode(x=alt.X("low:Q", title=title_x, scale=_scale(x_domain)), x2="high:Q"))
    layers.append(
        base.transform_filter(sure).mark_point(filled=True, size=75, opacity=1).encode(x=across, tooltip=tips)
    )
    empty = base.transform_filter(bare).mark_point(filled=False, size=75, opacity=1, strokeWidth=1.75, fill=PAPER)
    layers.append(empty.encode(x=across, tooltip=tips))
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
            f"strip_chart: a logarithmic axis needs every {value!r} above 0, got {rows.get_column('x').min()}; "
            "leave those rows out or set x_log=False."
        )
    rows = as_text(rows, "label", "color")
    if "censored" not in rows.columns:
        rows = rows.with_columns(censored=pl.lit(False))
    turn = pl.int_range(1, pl.len() + 1).over("label") * GOLDEN_RATIO % 1
    rows = rows.with_columns(turn.alias("spread"))

    scale = alt.Scale(type="log", nice=False, padding=12) if x_log else alt.Scale(zero=False, padding=12)
    across = alt.X("x:Q", title=title_x, scale=scale, axis=alt.Axis(grid=True))
    down = alt.Y("label:N", sort=names_in(rows, "label"), title=None)
    beside = alt.YOffset("spread:Q", scale=alt.Scale(domain=[-0.2, 1.2]))
    colour = painted(rows, "circle")
    if color == category:
        colour.legend = None  # the rows are named already
    tips = [tip("label:N", category), tip("x:Q", title_x, SHORT)]
    base = alt.Chart(inline(rows)).encode(x=across, y=down, yOffset=beside, color=colour, tooltip=tips)
    seen, unseen = alt.datum.censored == False, alt.datum.censored == True  # noqa: E712  (evaluated by Vega)
    layers: list[Any] = [] if reference is None else [_upright(reference)]
    layers.append(base.transform_filter(seen).mark_circle(size=46, opacity=0.7))
    onwards = base.transform_filter(unseen)
    layers.append(onwards.mark_point(shape="triangle-right", filled=False, size=48, opacity=0.9, strokeWidth=1.5))
    return container_wide(layers, STRIP_HEIGHT * len(names_in(rows, "label")))


def _upright(place: float) -> alt.Chart:
    rule = alt.Chart(alt.InlineData(values=[{"x": place}])).mark_rule(color=MUTED, strokeDash=[6, 4], strokeWidth=1.25)
    return rule.encode(x="x:Q")


def _scale(domain: tuple[float, float] | None) -> alt.Scale:
    return alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=False, padding=10)
