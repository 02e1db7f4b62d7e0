"""The look that all figures share: colours that keep their meaning, and one chart configuration.

A condition has the same colour in every figure of every report, so that a reader learns it once. The palette follows
Okabe and Ito (2008), darkened until each colour reaches 3:1 against the page (WCAG 2.2, 1.4.11). Charts are written in
light colours; `DARK` says what each becomes on a dark page.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt

BLUE, VERMILION, GREEN = "#0f6cab", "#cf570c", "#00856a"
ROSE, OCHRE, VIOLET, SLATE, BROWN = "#ab3f77", "#967000", "#6a4fb0", "#4d6473", "#7d5a44"

CONDITION_COLOURS = {"hinted": BLUE, "alone": VERMILION, "zero-shot": GREEN}
"""The conditions of the triangle, each with the colour that it keeps everywhere."""

OTHER_COLOURS = (ROSE, OCHRE, VIOLET, SLATE, BROWN)
"""For names that are no condition, in order; the conditions' colours follow where they are free."""

MOST_COLOURS = len(CONDITION_COLOURS) + len(OTHER_COLOURS)
"""Names that can be told apart by colour; a chart of more is cut into small multiples, or its rows are named."""

INK, MUTED, RULE, PAPER = "#23282b", "#596167", "#e3e1da", "#ffffff"

HEAT = ("#f1efe7", "#9ccbbb", "#3f9483", "#0d5049")
"""Low to high, lightness falling evenly, so that it also reads in grey."""

DARK = {
    BLUE: "#62b3ec",
    VERMILION: "#f2935a",
    GREEN: "#3fc4a1",
    ROSE: "#e88ab8",
    OCHRE: "#d3ab3a",
    VIOLET: "#ab97ea",
    SLATE: "#9db4c2",
    BROWN: "#c9a086",
    INK: "#e7e5df",
    MUTED: "#a2a9ab",
    RULE: "#343a3c",
    PAPER: "#1b1f20",
    HEAT[0]: "#252b2b",
    HEAT[1]: "#2f6259",
    HEAT[2]: "#4fa590",
    HEAT[3]: "#c3f0e0",
}
"""What each colour of a chart becomes on a dark page."""

FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"

STILL_FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
"""For pictures: laid out in one place and shown in another, so in letters of the same width everywhere."""

CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "aria": False,  # the figure's own label and table speak for it; hundreds of labelled dots would drown them
    "view": {"stroke": None},
    "axis": {
        "domainColor": MUTED,
        "gridColor": RULE,
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelPadding": 6,
        "tickColor": MUTED,
        "tickSize": 4,
        "titleColor": INK,
        "titleFontSize": 12.5,
        "titleFontWeight": 500,
        "titlePadding": 10,
    },
    "axisX": {"grid": False, "labelFlush": False, "labelOverlap": "greedy", "labelSeparation": 6},
    "axisY": {"domain": False, "ticks": False, "labelLimit": 280, "tickCount": 5},
    "header": {"labelColor": INK, "labelFontSize": 13, "labelFontWeight": 600, "labelAnchor": "start", "title": None},
    "legend": {
        "orient": "top",
        "title": None,
        "labelColor": INK,
        "labelFontSize": 12.5,
        "labelLimit": 320,
        "symbolSize": 90,
        "symbolStrokeWidth": 2.5,
        "columnPadding": 18,
        "offset": 12,
        "rowPadding": 4,
        "titleColor": MUTED,
        "titleFontWeight": 500,
        "layout": {"top": {"anchor": "start", "direction": "vertical", "margin": 6}},
    },
    "title": {"color": INK, "subtitleColor": MUTED, "anchor": "start", "fontSize": 15, "fontWeight": 600},
}
"""Vega-Lite configuration that the page and the pictures lay under each chart's own."""


def colours_for(names: Sequence[str]) -> list[str]:
    """One colour a name: a condition keeps its own, the others take the free colours in order.

    >>> colours_for(["hinted", "wide", "alone"]) == [BLUE, ROSE, VERMILION]
    True
    """
    taken = {CONDITION_COLOURS[name] for name in names if name in CONDITION_COLOURS}
    free = [*OTHER_COLOURS, *(colour for colour in CONDITION_COLOURS.values() if colour not in taken)]
    others = [name for name in names if name not in CONDITION_COLOURS]
    chosen = {name: free[rank % len(free)] for rank, name in enumerate(others)}
    return [CONDITION_COLOURS.get(name) or chosen[name] for name in names]


def colour_scale(names: Sequence[str]) -> alt.Scale:
    """The scale that gives `names` (in the order of the legend) their colours."""
    return alt.Scale(domain=list(names), range=colours_for(names))
