"""A report as Markdown, for a repository's documentation: the same words, tables and verdicts, figures as pictures.

Nothing is left out but what needs a browser: the tables behind the figures stay in the page.
"""

import os
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import get_args

from seedbed.config.printable import printable
from seedbed.reports.content import Cell, Figure, Ground, Report, Section, Table, Verdict
from seedbed.reports.diagram import drawn
from seedbed.reports.lead import Lead
from seedbed.reports.pictures import save_chart
from seedbed.store.atomic import write_file


def render_markdown(report: Report, pictures: str) -> str:
    """The report's text; figure `x` is shown from `<pictures>/x.svg`, which `save_chart` writes, and the drawing of the
    question from `question.svg`.
    """
    lines = [f"# {report.title}", "", report.subtitle, ""]
    lines += _lead(report.lead, pictures) if report.lead else []
    lines += [f"- {sentence}" for sentence in report.headline]
    for section in report.sections:
        lines += ["", *_section(section, pictures)]
    lines += ["", "## Provenance", ""]
    lines += [f"- {name}: `{value}`" for name, value in report.provenance.items() if not isinstance(value, dict)]
    return "\n".join(lines) + "\n"


def save_pictures(report: Report, folder: str | os.PathLike[str]) -> None:
    """Write what `render_markdown` shows: every figure as `<id>.svg`, and the drawing of the question."""
    for figure in report.figures():
        save_chart(figure.chart, Path(folder) / f"{figure.id}.svg")
    if report.lead and report.lead.picture:
        write_file(Path(folder) / "question.svg", drawn(report.lead.picture).encode())


def _lead(lead: Lead, pictures: str) -> list[str]:
    lines = [f"**{lead.answer}**", ""]
    for caution in lead.cautions:
        lines += [f"*{caution}*", ""]
    if lead.picture:
        lines += [f"![{lead.picture.seen}]({pictures}/question.svg)", "", lead.picture.caption, ""]
    if lead.example:
        answers = [
            f"{each.by}: {each.text}{'' if each.right is None else ', right' if each.right else ', wrong'}"
            for each in lead.example.answers
        ]
        expected = [f"expected: {lead.example.expected}"] if lead.example.expected else []
        lines += ["```text", " ".join(lead.example.prompt), *expected, *answers, "```", "", lead.example.caption, ""]
    return [*lines, *(_figure(lead.figure, pictures) if lead.figure else [])]


def _figure(figure: Figure, pictures: str) -> list[str]:
    return [f"![{figure.title}]({pictures}/{figure.id}.svg)", "", f"*{figure.title}.* {figure.caption}", ""]


def _section(section: Section, pictures: str) -> list[str]:
    lines = [f"## {section.title}", ""]
    for paragraph in section.text:
        lines += [paragraph, ""]
    for item in section.items:
        if isinstance(item, Figure):
            lines += _figure(item, pictures)
        elif isinstance(item, Table):
            lines += [f"**{item.title}**", "", *_table(item.columns, item.rows), "", item.caption, ""]
    for ground in get_args(Ground):
        if own := [item for item in section.items if isinstance(item, Verdict) and item.ground == ground]:
            lines += [*_GROUNDS[ground], *_verdicts(own), ""]
    return lines


_GROUNDS: dict[str, list[str]] = {
    "training": [],
    "arithmetic": ["Settled by arithmetic:", ""],
    "another run": ["Not measured by this run:", ""],
}


def _verdicts(verdicts: Sequence[Verdict]) -> list[str]:
    columns = ["claim", "source", "rests on", "reported", "measured", "rule", "verdict", "evidence"]
    rows = [
        [
            each.statement,
            each.source,
            each.basis,
            each.reported,
            each.measured if each.n is None else each.interval,
            each.rule,
            each.verdict,
            each.evidence,
        ]
        for each in verdicts
    ]
    return _table(columns, rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    def cells(row: Sequence[Cell]) -> str:
        return "| " + " | ".join(_cell(cell) for cell in row) + " |"

    return [cells(columns), "|" + " --- |" * len(columns), *(cells(row) for row in rows)]


def _cell(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and isnan(cell)):
        return "-"
    text = f"{cell:.4g}" if isinstance(cell, float) else str(cell)
    return printable(text).replace("|", "\\|")
