"""What the chart builders share: line weights, scales for names, and the frame around layers."""

from typing import Any

import altair as alt
import polars as pl

from seedbed.reports.frames import names_in
from seedbed.reports.spec import Chart
from seedbed.reports.theme import BLUE, MOST_COLOURS, MUTED, colour_scale

LINE_WIDTH, THREAD_WIDTH, REFERENCE_WIDTH = 2.25, 0.8, 1.5
BAND_OPACITY, THREAD_OPACITY = 0.17, 0.3

STROKE_SYMBOL = 480  # an area: a line of 22 pixels, long enough to show its dashes

LEGEND_WIDTH, LETTER_WIDTH, LEGEND_SYMBOL_WIDTH = 580, 7, 46
"""Pixels: of a legend, of the mean letter, of a symbol with its gaps. On a narrow screen the page's script decides."""

DASHES = ([6, 4], [2, 3], [10, 3, 2, 3], [1, 2])
"""Dash patterns of reference lines, in the order of their labels."""

GOLDEN_RATIO = 0.6180339887498949  # its multiples modulo 1 never bunch (Weyl), so few dots spread as well as many
"""Spreads dots that share a place, by a fixed pattern."""

SHORT = ".3~g"
"""Three significant digits in a tooltip."""


def painted(frame: pl.DataFrame, symbol: str = "stroke") -> Any:
    """The colour encoding of a frame: one colour per name in its role `color`, blue where it has no such role.

    Blue too where it has more names than there are colours: no two names ever share one.
    """
    if not is_coloured(frame):
        return alt.value(BLUE)
    size = STROKE_SYMBOL if symbol == "stroke" else alt.Undefined
    names = names_in(frame, "color")
    legend = alt.Legend(symbolType=symbol, symbolOpacity=1, symbolSize=size, columns=_columns(names))
    return alt.Color("color:N", scale=colour_scale(names), legend=legend)


def is_coloured(frame: pl.DataFrame) -> bool:
    """Whether the names in the role `color` have a colour each."""
    return "color" in frame.columns and len(names_in(frame, "color")) <= MOST_COLOURS


def too_many_for_colours(frame: pl.DataFrame, column: str | None) -> bool:
    """Whether a column of names would give two of them one colour. What is no such column is left to `roles_of`."""
    if column is None or not isinstance(frame, pl.DataFrame) or column not in frame.columns:
        return False
    return frame[column].n_unique() > MOST_COLOURS


CHOSEN, HOVERED = "chosen", "hovered"
FADED = 0.12  # opacity of what the legend's chosen name leaves


def chosen_opacity(frame: pl.DataFrame, full: float = 1.0) -> Any:
    """The opacity of marks: full, and faded once another name is chosen in the legend."""
    if not is_coloured(frame):
        return alt.value(full)
    return alt.when(alt.param(CHOSEN)).then(alt.value(full)).otherwise(alt.value(FADED * full))


def choosable(chart: alt.Chart, frame: pl.DataFrame) -> alt.Chart:
    """The layer that carries the choice: a click on a name in the legend shows it alone, with shift several."""
    if not is_coloured(frame):
        return chart
    legend = alt.selection_point(name=CHOSEN, fields=["color"], bind="legend")
    return chart.properties(name="choosable").add_params(legend)


def hoverable(chart: alt.Chart) -> alt.Chart:
    """Points that are shown, with their tooltip, wherever the pointer is nearest to them."""
    nearest = alt.selection_point(name=HOVERED, on="pointerover", clear="pointerout", nearest=True, empty=False)
    shown = alt.when(nearest).then(alt.value(1)).otherwise(alt.value(0))
    return chart.properties(name="hoverable").encode(opacity=shown).add_params(nearest)


def dashed(labels: list[str]) -> alt.StrokeDash:
    """The dash encoding of reference lines, by their role `label`."""
    patterns = [DASHES[rank % len(DASHES)] for rank in range(len(labels))]
    weight = {"symbolStrokeColor": MUTED, "symbolStrokeWidth": REFERENCE_WIDTH, "symbolSize": STROKE_SYMBOL}
    legend = alt.Legend(symbolType="stroke", columns=_columns(labels), **weight)
    return alt.StrokeDash("label:N", scale=alt.Scale(domain=labels, range=patterns), legend=legend)


def _columns(names: list[str]) -> int:
    """How many names of a legend stand beside each other: Vega would let a long row run off the picture."""
    widest = LETTER_WIDTH * max(map(len, names), default=0) + LEGEND_SYMBOL_WIDTH
    return max(1, min(len(names), LEGEND_WIDTH // widest))


def tip(role: str, title: str, number_format: str | None = None) -> alt.Tooltip:
    """One line of a tooltip for a role such as "x:Q".

    Vega-Lite writes the title into an expression, where a line separator would end the string: it becomes a space.
    """
    line = "".join(letter if letter.isprintable() else " " for letter in title)
    return alt.Tooltip(role, title=line, format=number_format or alt.Undefined)


def y_axis(role: str, title: str, domain: tuple[float, float] | None, *, log: bool = False) -> alt.Y:
    """The vertical axis for a role; a line and its band share title and domain, so that Vega merges their axes."""
    scale = alt.Scale(
        domain=list(domain) if domain else alt.Undefined,
        type="log" if log else alt.Undefined,
        nice=False if log else alt.Undefined,  # else a logarithmic axis would run to whole powers of ten
    )
    return alt.Y(f"{role}:Q", title=title, scale=scale)


def container_wide(layers: list[Any], height: int) -> Chart:
    """The layers as one chart, as wide as its container and `height` pixels high."""
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return alt.layer(*layers).properties(width="container", height=height, autosize=fit)
