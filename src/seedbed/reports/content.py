"""What a report says, before it is a page: sections of prose, figures, tables and verdicts, as frozen data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.reports.pictures import svg_of_spec
from seedbed.reports.spec import Chart, chart_spec

if TYPE_CHECKING:
    from seedbed.reports.lead import Lead

Cell: TypeAlias = str | int | float | bool | None
Outcome: TypeAlias = Literal["replicated", "not replicated", "depends", "needs a GPU", "not measured"]
Ground: TypeAlias = Literal["training", "arithmetic", "another run"]

Basis: TypeAlias = Literal["text", "table", "figure", "code", "second hand", "our inference", "our question"]

OUTCOMES: tuple[str, ...] = get_args(Outcome)
"""Every way a claim can end, in the order in which a report counts them."""

BASES: tuple[str, ...] = get_args(Basis)
"""All that a claim can rest on: its source's words, table, figure (published curves) or code; what another's text says
of the source; what we infer from the source, which does not say it; a question of our own."""

MOST_COLUMNS = 8
"""A table of more is folded: it is evidence to look up, not to read."""

RESERVED_IDS = ("contents", "headline", "provenance", "glossary", "question", "example")
_ID = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Figure:
    """A chart with its words and the numbers behind it.

    id: lower-case letters, digits and hyphens, unique in the report; it is the figure's address in the page.
    caption: says what is drawn and with which n. data: the table behind the figure, shown and offered as CSV.
    """

    id: str
    title: str
    chart: Chart
    caption: str
    data: pl.DataFrame

    def __post_init__(self) -> None:
        _require_id("figure", self.id)

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The chart's Vega-Lite description. Made once: a page, its still and a file all need it."""
        return chart_spec(self.chart)

    @cached_property
    def svg(self) -> str:
        """The chart as a picture."""
        return svg_of_spec(self.spec)


@dataclass(frozen=True)
class Table:
    """Rows under named columns. A float is shown with four significant digits, None as a dash.

    folded: shown as its title until it is opened, as tables of more than `MOST_COLUMNS` always are.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    folded: bool = False

    @property
    def is_folded(self) -> bool:
        """Whether the page shows the title alone until it is opened."""
        return self.folded or len(self.columns) > MOST_COLUMNS

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise UsageError(
                    f"table {self.title!r}: row {number} has {len(row)} cells, expected {len(self.columns)} "
                    f"({', '.join(self.columns)})."
                )


@dataclass(frozen=True)
class Verdict:
    """A published claim and how it ended.

    reported: the source's number, in its words. measured: ours. interval: its interval with level and method, or that
    it has none. n: how many members or items it rests on, None where nothing was measured. rule: fixed before the run.
    evidence: which figure or table shows it, and what it depends on. basis: what in the source it rests on. ground: how
    the run comes to it, by what it trained, by arithmetic, or not at all, since that is for another run.
    """

    claim_id: str
    statement: str
    source: str
    reported: str
    measured: str
    interval: str
    n: int | None
    rule: str
    verdict: Outcome
    evidence: str = ""
    basis: Basis = field(kw_only=True)
    ground: Ground = field(default="training", kw_only=True)

    def __post_init__(self) -> None:
        if self.basis not in BASES:
            raise unknown_name("basis", self.basis, BASES)
        if self.verdict not in OUTCOMES:
            raise unknown_name("verdict", self.verdict, OUTCOMES)


Item: TypeAlias = Figure | Table | Verdict


@dataclass(frozen=True)
class Section:
    """A heading, its paragraphs, and its items in order; verdicts that follow each other make one list.

    In prose, `code` stands between backticks and an http(s) address becomes a link; everything else is shown as it is.
    folded: shown as its heading until it is opened, for method and evidence.
    """

    id: str
    title: str
    text: Sequence[str] = ()
    items: Sequence[Item] = ()
    folded: bool = False

    def __post_init__(self) -> None:
        _require_id("section", self.id)
        if isinstance(self.text, str):
            raise UsageError(
                f"section {self.id!r}: text is a sequence of paragraphs, got one string; wrap it in a list."
            )


@dataclass(frozen=True)
class Report:
    """A whole page.

    headline: short sentences that state the result, each with its n and interval. provenance: what it takes to repeat
    the run (versions, device, config, fingerprint, command); text of several lines and nested values are set as code.
    lead: the answer with its picture, example and main figure, above everything else.
    """

    title: str
    subtitle: str
    headline: Sequence[str]
    sections: Sequence[Section]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    lead: "Lead | None" = None

    def __post_init__(self) -> None:
        if isinstance(self.headline, str):
            raise UsageError("headline is a sequence of sentences, got one string; wrap it in a list.")
        seen: set[str] = set(RESERVED_IDS)
        ids = [section.id for section in self.sections] + [figure.id for figure in self.figures()]
        for name in ids:
            if name in seen:
                raise UsageError(
                    f"id {name!r} stands twice in the report, or is its own; give each section and figure one."
                )
            seen.add(name)

    def figures(self) -> Iterator[Figure]:
        """Every figure, in the order of the page."""
        if self.lead is not None and self.lead.figure is not None:
            yield self.lead.figure
        yield from (item for section in self.sections for item in section.items if isinstance(item, Figure))

    def verdicts(self) -> Iterator[Verdict]:
        """Every verdict, in the order of the page."""
        return (item for section in self.sections for item in section.items if isinstance(item, Verdict))


def _require_id(kind: str, name: str) -> None:
    if not _ID.fullmatch(name):
        raise UsageError(
            f"{kind} id {name!r}: expected lower-case letters, digits and hyphens, such as 'hints-needed'."
        )
    if name in RESERVED_IDS:
        raise UsageError(f"{kind} id {name!r} is the page's own; choose another.")
