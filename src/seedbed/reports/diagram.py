"""A small drawing of a question: boxes with words in them, and arrows for what is taught and what is asked.

It is SVG text made here, not a chart: it has no axes, and on the page it takes the page's own colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot
from typing import Literal, TypeAlias

from markupsafe import Markup, escape

from seedbed.config.errors import UsageError
from seedbed.reports.theme import BLUE, FONT, INK, MUTED, PAPER, RULE, VERMILION

Kind: TypeAlias = Literal["taught", "asked"]

WIDTH, HEIGHT = 440, 196
ROW_WIDTH, ROW_HEIGHT = 760, 92
BOX_HEIGHT, LETTER, SMALL_LETTER = 46, 8.2, 6.6  # pixels; of a title's and of a word's mean letter
LEAST_BOX, PADDING = 64, 20
HEAD = 8  # length of an arrow's head
LINE = 14  # from a label's line to its next

_COLOURS = {"taught": f"var(--taught, {BLUE})", "asked": f"var(--asked, {VERMILION})"}
_INK, _MUTED = f"var(--ink, {INK})", f"var(--muted, {MUTED})"
_PAPER, _RULE = f"var(--card, {PAPER})", f"var(--rule, {RULE})"


@dataclass(frozen=True)
class Box:
    """x, y: its middle, as shares of the drawing.  words: a line under the name."""

    name: str
    x: float
    y: float
    words: str = ""


@dataclass(frozen=True)
class Arrow:
    """From one box to another, by name: `taught` is drawn whole, `asked` dashed.  label: lines beside it.

    beside: on which side of the arrow the label stands, seen along it: -1 is left, 1 right.  at: how far along it.
    """

    source: str
    target: str
    kind: Kind = "taught"
    label: Sequence[str] = ()
    beside: int = -1
    at: float = 0.5


@dataclass(frozen=True)
class Diagram:
    """seen: what the drawing shows, in a sentence for who cannot see it.  Raises UsageError for an arrow to no box."""

    seen: str
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    caption: str = ""
    height: int = HEIGHT
    width: int = WIDTH

    def __post_init__(self) -> None:
        names = {box.name for box in self.boxes}
        for arrow in self.arrows:
            for end in (arrow.source, arrow.target):
                if end not in names:
                    raise UsageError(f"an arrow of the drawing ends at {end!r}, which is no box: {', '.join(names)}.")


def row_of(
    names: Sequence[tuple[str, str]], labels: Sequence[Sequence[str]], seen: str, caption: str = "", *, asked: int = -1
) -> Diagram:
    """Boxes (name, words) from left to right, an arrow with its label between neighbours; that of `asked` is dashed."""
    sizes = [_width(Box(name, 0, 0, words)) for name, words in names]
    gap = (ROW_WIDTH - sum(sizes) - 2) / max(1, len(names) - 1)
    middles = [1 + sum(sizes[:place]) + gap * place + size / 2 for place, size in enumerate(sizes)]
    boxes = [Box(name, x / ROW_WIDTH, 0.5, words) for x, (name, words) in zip(middles, names, strict=True)]
    last = range(len(labels))[asked]
    arrows = [
        Arrow(names[place][0], names[place + 1][0], "asked" if place == last else "taught", label)
        for place, label in enumerate(labels)
    ]
    return Diagram(seen, boxes, arrows, caption, height=ROW_HEIGHT, width=ROW_WIDTH)


def column_of(
    names: Sequence[tuple[str, str]], labels: Sequence[Sequence[str]], seen: str, caption: str = ""
) -> Diagram:
    """Boxes (name, words) from top to bottom, an arrow with its label between neighbours, the last one dashed."""
    places = [place / max(1, len(names) - 1) for place in range(len(names))]
    boxes = [Box(name, 0.5, place, words) for place, (name, words) in zip(places, names, strict=True)]
    arrows = [
        Arrow(names[place][0], names[place + 1][0], "asked" if place == len(labels) - 1 else "taught", label)
        for place, label in enumerate(labels)
    ]
    return Diagram(seen, boxes, arrows, caption)


def drawn(diagram: Diagram) -> Markup:
    """The drawing as SVG, in the page's colours where it stands in one. Words that no box has room for are cut."""
    boxes = {box.name: replace(box, words=_cut(box.words, diagram.width)) for box in diagram.boxes}
    sizes = {name: _width(box) for name, box in boxes.items()}
    size = diagram.width, diagram.height
    arrows = [_arrow(each, boxes, sizes, size) for each in diagram.arrows]
    parts = [*arrows, *(_box(box, sizes[name], size) for name, box in boxes.items())]
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}" font-family="{}" '
        'style="max-width:{}px">'
    ).format(*size, diagram.seen, FONT, diagram.width)
    return Markup("").join([head, *parts, Markup("</svg>")])


def _cut(words: str, width: int) -> str:
    most = int((width - PADDING) / SMALL_LETTER)
    return words if len(words) <= most else words[: most - 1].rstrip(" ,") + "…"


def _width(box: Box) -> float:
    return max(LEAST_BOX, LETTER * len(box.name) + PADDING, SMALL_LETTER * len(box.words) + PADDING)


def _place(box: Box, width: float, size: tuple[int, int]) -> tuple[float, float]:
    """The middle of a box in pixels, so that all of it lies in the drawing."""
    across, down = size
    x = min(max(box.x * across, width / 2 + 1), across - width / 2 - 1)
    return x, min(max(box.y * down, BOX_HEIGHT / 2 + 1), down - BOX_HEIGHT / 2 - 1)


def _box(box: Box, width: float, size: tuple[int, int]) -> Markup:
    x, y = _place(box, width, size)
    frame = Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{}" rx="7" style="fill:{};stroke:{}" stroke-width="1.5"/>'
    ).format(x - width / 2, y - BOX_HEIGHT / 2, width, BOX_HEIGHT, _PAPER, _MUTED)
    name = _text(x, y - 3 if box.words else y + 5, box.name, _INK, size=14, weight=650)
    return frame + name + (_text(x, y + 14, box.words, _MUTED, size=11.5) if box.words else Markup(""))


def _arrow(arrow: Arrow, boxes: dict[str, Box], sizes: dict[str, float], size: tuple[int, int]) -> Markup:
    ends = [_place(boxes[name], sizes[name], size) for name in (arrow.source, arrow.target)]
    (x0, y0), (x1, y1) = ends
    length = hypot(x1 - x0, y1 - y0) or 1.0
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    start, stop = (_to_edge(sizes[name], ux, uy) + 4 for name in (arrow.source, arrow.target))
    x0, y0, x1, y1 = x0 + ux * start, y0 + uy * start, x1 - ux * stop, y1 - uy * stop
    colour = _COLOURS[arrow.kind]
    dash = ' stroke-dasharray="7 5"' if arrow.kind == "asked" else ""
    line = Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" style="stroke:{}" stroke-width="2.25"').format(
        x0, y0, x1 - ux * HEAD, y1 - uy * HEAD, colour
    )
    wings = [(x1 - ux * HEAD + side * uy * 5, y1 - uy * HEAD - side * ux * 5) for side in (1, -1)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(x1, y1), *wings])
    head = Markup('<polygon points="{}" style="fill:{}"/>').format(points, colour)
    return (
        line + Markup(f"{dash}/>") + head + _label(arrow, x0 + (x1 - x0) * arrow.at, y0 + (y1 - y0) * arrow.at, ux, uy)
    )


def _to_edge(width: float, ux: float, uy: float) -> float:
    """From a box's middle to its edge along a direction."""
    reaches = [size / abs(part) for size, part in ((width / 2, ux), (BOX_HEIGHT / 2, uy)) if abs(part) > 1e-9]
    return min(reaches)


def _label(arrow: Arrow, x: float, y: float, ux: float, uy: float) -> Markup:
    """Lines of text beside the middle of an arrow, clear of it: above, below, or flush towards it at its side."""
    side_x, side_y = (-uy * arrow.beside, ux * arrow.beside)
    if abs(uy) < 0.3:  # a level arrow: above or below it
        top = y - 8 - LINE * (len(arrow.label) - 1) if side_y < 0 else y + 18
        anchor = "middle"
    else:
        x, top = x + side_x * 12, y + side_y * 6 + 4 - LINE * (len(arrow.label) - 1) / 2
        anchor = "start" if side_x > 0 else "end"
    lines = [
        _text(x, top + LINE * place, each, _MUTED, size=12, anchor=anchor) for place, each in enumerate(arrow.label)
    ]
    return Markup("").join(lines)


def _text(
    x: float, y: float, text: str, colour: str, *, size: float, weight: int = 400, anchor: str = "middle"
) -> Markup:
    return Markup(
        '<text x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="{}" font-weight="{}" style="fill:{}">{}</text>'
    ).format(x, y, anchor, size, weight, colour, escape(text))
