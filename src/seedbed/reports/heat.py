"""A grid of values as shades, with the numbers in the cells where they fit."""

import altair as alt
import polars as pl

from seedbed.config.errors import UsageError
from seedbed.reports.frames import as_text, inline, names_in, require_numbers, roles_of
from seedbed.reports.marks import SHORT, container_wide, tip
from seedbed.reports.spec import Chart
from seedbed.reports.theme import HEAT, INK, PAPER

CELL_HEIGHT = 34  # pixels
MOST_COLUMNS_WITH_NUMBERS = 12  # a cell narrower than about 45 pixels cannot hold "0.98"

DARK_SHADE_FROM = 0.55
"""Share of the value range above which ink on the shade would fall below 4.5:1."""


def heat_chart(
    frame: pl.DataFrame,
    *,
    x: str,
    y: str,
    value: str,
    title_x: str,
    title_y: str,
    title_value: str,
    domain: tuple[float, float] | None = None,
) -> Chart:
    """One cell per (x, y), darker for more; rows and columns in the frame's order of appearance.

    domain: the values at the two ends of the shades, by default the least and the most. A cell without a value stays
    empty. Raises `UsageError` for a missing column, a frame without rows, or a cell that stands twice.
    """
    rows = roles_of(frame, {"x": x, "y": y, "value": value}, "heat_chart")
    require_numbers(rows, ("value",), "heat_chart")
    rows = as_text(rows, "x", "y")
    if rows.select("x", "y").is_duplicated().any():
        raise UsageError(f"heat_chart: some ({x}, {y}) stand twice; aggregate to one {value!r} per cell first.")
    low, high = domain or _ends(rows)
    columns = names_in(rows, "x")

    shade = alt.Color(
        "value:Q",
        scale=alt.Scale(domain=[low, high], range=list(HEAT), clamp=True),
        legend=alt.Legend(title=title_value, gradientLength=160, gradientThickness=10, tickCount=3),
    )
    tips = [tip("x:N", title_x), tip("y:N", title_y)]
    tips.append(tip("value:Q", title_value, SHORT))
    base = alt.Chart(inline(rows)).encode(
        x=alt.X("x:N", sort=columns, title=title_x, axis=alt.Axis(labelAngle=0, domain=False, ticks=False)),
        y=alt.Y("y:N", sort=names_in(rows, "y"), title=title_y),
    )
    layers = [base.mark_rect(cornerRadius=2, stroke=PAPER, strokeWidth=2).encode(color=shade, tooltip=tips)]
    if len(columns) <= MOST_COLUMNS_WITH_NUMBERS:
        dark = alt.datum.value > low + DARK_SHADE_FROM * (high - low)
        ink = alt.condition(dark, alt.value(PAPER), alt.value(INK))
        numbered = base.transform_filter(alt.expr.isValid(alt.datum.value)).mark_text(fontSize=12)
        layers.append(numbered.encode(text=alt.Text("value:Q", format=_number_format(rows)), color=ink))
    return container_wide(layers, CELL_HEIGHT * len(names_in(rows, "y")))


def _number_format(rows: pl.DataFrame) -> str:
    """Two decimals in every cell, or none in any where all values are whole."""
    values = rows.get_column("value").drop_nulls()
    return "~d" if (values == values.round()).all() else ".2f"


def _ends(rows: pl.DataFrame) -> tuple[float, float]:
    values = rows.get_column("value").drop_nulls().drop_nans()
    if values.is_empty():
        raise UsageError("heat_chart: no cell has a value; leave the figure out instead.")
    return float(values.min()), float(values.max())  # type: ignore[arg-type]
