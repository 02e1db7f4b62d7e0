"""One HTML file per run: it opens from disk without a network, reads well on paper, and shows its numbers.

Three copies of each figure serve three readers: a live chart for a browser, a still picture for print and for browsers
that run no scripts, and a table for everyone. The page's own security policy forbids every request and every script but
its two, so that neither a run's data nor a chart can bring in anything from outside.
"""

import json
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from gzip import compress
from hashlib import sha256
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

import jinja2
import polars as pl
from markupsafe import Markup

from seedbed.reports.content import OUTCOMES, Figure, Ground, Report, Section, Table
from seedbed.reports.diagram import drawn
from seedbed.reports.engine import vega_script
from seedbed.reports.glossary import FirstUses, anchor_of
from seedbed.reports.prose import cell, is_number, number_columns, prose, unbroken
from seedbed.reports.seen import seen_in
from seedbed.reports.spec import FACET_GUTTER, FACET_MARGIN
from seedbed.reports.theme import DARK
from seedbed.store.atomic import write_file

ROWS_SHOWN = 200
PLAIN_CSV_BYTES = 200_000
"""A larger table is offered compressed: the page must stay easy to send."""


def write_report(report: Report, path: str | os.PathLike[str]) -> Path:
    """Render `report` to `path` (made by atomic rename, folders too) and return the path."""
    write_file(target := Path(path), render(report).encode())
    return target


def render(report: Report) -> str:
    """The report as one self-contained HTML document, about 1 MB: the same report gives the same bytes.

    Raises `UsageError` where a chart would load something from an address.
    """
    engine, script = vega_script(), _packaged("report.js")
    numbers = _numbered(report)
    return _template().render(
        report=report,
        uses=FirstUses(),
        sections=[_Block(section, list(_groups(section))) for section in report.sections],
        number=lambda item: numbers[id(item)],
        tally=[(outcome, count) for outcome in OUTCOMES if (count := _count(report, outcome))],
        provenance=list(_provenance(report.provenance)),
        csp=_policy(engine, script),
        engine=Markup(engine),
        script=Markup(script),
        style=Markup(_packaged("report.css")),
        settings=_as_json({"dark": DARK, "gutter": FACET_GUTTER, "margin": FACET_MARGIN}),
    )


@dataclass(frozen=True)
class _Block:
    section: Section
    groups: list[tuple[str, list[Any]]]


def _groups(section: Section) -> Iterator[tuple[str, list[Any]]]:
    """Runs of items of one kind; verdicts in a row become a list for each ground, what was trained first."""
    for kind, found in groupby(section.items, key=lambda item: type(item).__name__.lower()):
        items: list[Any] = list(found)
        if kind != "verdict":
            yield kind, items
            continue
        for ground in get_args(Ground):
            if own := [item for item in items if item.ground == ground]:
                yield ground, own


def _numbered(report: Report) -> dict[int, int]:
    """Figures and tables, each counted from 1 through the page, by object identity."""
    tables = (item for section in report.sections for item in section.items if isinstance(item, Table))
    return {id(item): number for items in (report.figures(), tables) for number, item in enumerate(items, start=1)}


def _count(report: Report, outcome: str) -> int:
    """How many claims ended so by what this run trained."""
    return sum(verdict.verdict == outcome and verdict.ground == "training" for verdict in report.verdicts())


@jinja2.pass_context
def _prose(context: Any, text: str) -> Markup:
    """A paragraph in which the first use on the page of a word of the glossary is a link to it."""
    return prose(text, context["uses"])


def _provenance(entries: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """(name, content, manner) per entry: a `line` or `code` of text, flat `pairs`, or `folded` long nested values."""
    for name, value in entries.items():
        if isinstance(value, Mapping) and not any(isinstance(part, Mapping | list | tuple) for part in value.values()):
            yield name, list(value.items()), "pairs"
        elif isinstance(value, Mapping | list | tuple):
            text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
            yield name, text, "folded" if text.count("\n") > 12 else "code"
        else:
            text = cell(value) if is_number(value) else str(value)
            yield name, text, "code" if "\n" in text else "line"


def _spec_json(figure: Figure) -> Markup:
    return _as_json(figure.spec)


def _as_json(value: Any) -> Markup:
    """JSON that can stand inside a script element: no character in it can end the element or open a comment."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _still(figure: Figure) -> Markup:
    return Markup("data:image/svg+xml;base64,") + b64encode(figure.svg.encode()).decode()


@dataclass(frozen=True)
class _Download:
    name: str
    href: str


def _download(figure: Figure) -> _Download:
    """The figure's whole table as a CSV file inside the page."""
    content = _flat(figure.data).write_csv().encode()
    if len(content) <= PLAIN_CSV_BYTES:
        return _Download(f"{figure.id}.csv", f"data:text/csv;charset=utf-8;base64,{b64encode(content).decode()}")
    packed = b64encode(compress(content, mtime=0)).decode()
    return _Download(f"{figure.id}.csv.gz", f"data:application/gzip;base64,{packed}")


def _flat(data: pl.DataFrame) -> pl.DataFrame:
    """CSV holds no lists: nested columns become text."""
    nested = [name for name, kind in data.schema.items() if kind.is_nested()]
    return data.with_columns(pl.Series(name, [str(value) for value in data[name].to_list()]) for name in nested)


def _policy(*scripts: str) -> str:
    """A content security policy under which only these scripts run and nothing is ever fetched."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


def _packaged(name: str) -> str:
    return files("seedbed.reports").joinpath("templates", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "prose": _prose,
        "cell": cell,
        "unbroken": unbroken,
        "anchor": anchor_of,
        "drawn": drawn,
        "seen": seen_in,
        "number_columns": number_columns,
        "spec": _spec_json,
        "still": _still,
        "download": _download,
    }
    environment.globals["rows_shown"] = ROWS_SHOWN
    return environment.from_string(_packaged("report.html.j2"))
