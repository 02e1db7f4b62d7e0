"""What a report begins with: the answer in a sentence, a picture of the question, an example, the main figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import altair as alt

from seedbed.config.errors import UsageError
from seedbed.reports.content import Figure, Report, Section
from seedbed.reports.diagram import Diagram
from seedbed.reports.spec import Chart

LEAD_HEIGHT, ROWS_HEIGHT = 180, 250
"""Pixels of a chart on the first page, which has to hold more than the chart; of one with a row a name."""
FEW_PANELS, MOST_ACROSS = 3, 5
PANEL_HEIGHT, LOW_PANEL_HEIGHT = 150, 64
"""Of small multiples: how many stand in one row, how many of more stand beside each other, and their heights."""


@dataclass(frozen=True)
class Answer:
    """What a model of the run said to a prompt.

    by: which model, such as its condition and seed.  text: its words.  right: whether they are the expected ones, None
    for a text that nothing is expected of.
    """

    by: str
    text: str
    right: bool | None = None


@dataclass(frozen=True)
class Example:
    """One prompt of the run's test, and how its models answered.

    prompt: as the models read it, in parts such as shots, the question last.  expected: the right answer, "" where any
    will do.
    """

    prompt: Sequence[str]
    expected: str
    answers: Sequence[Answer]
    caption: str = ""
    title: str = "One question of the test"

    def __post_init__(self) -> None:
        if isinstance(self.prompt, str) or not self.prompt:
            raise UsageError("an example's prompt is a sequence of parts, the question last, got one string or none.")


@dataclass(frozen=True)
class Lead:
    """The top of a page, in the order in which it is read.

    answer: one sentence that answers the experiment's question from its numbers.  cautions: why it may yet change, such
    as a shortened run.  picture: the question, drawn.  figure: the one that shows the answer.
    """

    answer: str
    cautions: Sequence[str] = ()
    picture: Diagram | None = None
    example: Example | None = None
    figure: Figure | None = None

    def __post_init__(self) -> None:
        if isinstance(self.cautions, str):
            raise UsageError("cautions is a sequence of sentences, got one string; wrap it in a list.")


def led(report: Report, lead: Lead, *, figure: str = "", folded: Sequence[str] = ()) -> Report:
    """The report with a lead, its figure of that id moved up there, and the sections of these ids folded.

    A section of which nothing is left goes; a figure that the report has not leaves the lead without one.
    """
    main = next((each for each in report.figures() if each.id == figure), None)
    if main is not None:
        lead = replace(lead, figure=replace(main, chart=_lower(main)))
    sections = [
        replace(section, folded=section.folded or section.id in folded) for section in _without(report.sections, main)
    ]
    return replace(report, sections=sections, lead=lead)


def _without(sections: Sequence[Section], main: Figure | None) -> Iterator[Section]:
    for section in sections:
        if main not in [item for item in section.items if isinstance(item, Figure)]:
            yield section
            continue
        items = [item for item in section.items if item is not main]
        if items or section.text:
            yield replace(section, items=items)


def _lower(figure: Figure) -> Chart:
    """The chart, no higher than the first page has room for."""
    chart = figure.chart
    if isinstance(chart, alt.FacetChart):
        panels = len({row["facet"] for rows in figure.spec["datasets"].values() for row in rows if "facet" in row})
        few = panels <= FEW_PANELS
        lowered, cell = chart.copy(deep=False), chart.spec.copy(deep=False)
        cell.height = PANEL_HEIGHT if few else LOW_PANEL_HEIGHT
        lowered.spec, lowered.columns = cell, min(panels, FEW_PANELS if few else MOST_ACROSS)
        return lowered if few else lowered.configure_axisY(titleFontSize=10)
    if isinstance(chart, alt.LayerChart) and isinstance(chart.height, int):
        rows = [row for each in figure.spec.get("datasets", {}).values() for row in each]
        named = any("label" in row and "y" not in row for row in rows if "part" not in row)
        return chart.properties(height=min(chart.height, ROWS_HEIGHT if named else LEAD_HEIGHT))
    return chart
