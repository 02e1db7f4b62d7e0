"""Figures and a self-contained HTML page for a run.

Numbers come in with their intervals; nothing is estimated here. Build charts from tidy frames (`band_chart`,
`dose_chart`, `interval_chart`, `strip_chart`, `heat_chart`), put them with prose, tables and verdicts into a `Report`,
and write it with `write_report`: one file that opens without a network. `save_chart` gives a figure as PNG or SVG.
"""

from seedbed.reports.content import OUTCOMES, Cell, Figure, Item, Outcome, Report, Section, Table, Verdict
from seedbed.reports.curves import band_chart
from seedbed.reports.doses import dose_chart
from seedbed.reports.heat import heat_chart
from seedbed.reports.markdown import render_markdown
from seedbed.reports.page import render, write_report
from seedbed.reports.pictures import save_chart
from seedbed.reports.rows import interval_chart, strip_chart
from seedbed.reports.spec import Chart
from seedbed.reports.theme import CONDITION_COLOURS, colour_scale, colours_for

__all__ = [
    "CONDITION_COLOURS",
    "OUTCOMES",
    "Cell",
    "Chart",
    "Figure",
    "Item",
    "Outcome",
    "Report",
    "Section",
    "Table",
    "Verdict",
    "band_chart",
    "colour_scale",
    "colours_for",
    "dose_chart",
    "heat_chart",
    "interval_chart",
    "render",
    "render_markdown",
    "save_chart",
    "strip_chart",
    "write_report",
]
