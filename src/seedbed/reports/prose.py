"""Text on its way into HTML: everything is escaped; code between backticks and web addresses are marked up."""

import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from seedbed.config.printable import printable
from seedbed.reports.glossary import FirstUses, anchor_of

SIGNIFICANT_DIGITS = 4
NOTHING = "–"
GROUPED_FROM = 10_000  # below that, commas make a year or a step harder to read

WHOLE_UP_TO = 24  # letters of code that stay on one line

_WHOLE = re.compile(r"[^\s(]+->[^\s,.;:)]+|\(n = [\d,]+\)|\[[^\]\s]+, [^\]\s]+\]")
_SPECIAL = re.compile(r"`(?P<code>[^`\n]+)`|(?P<address>https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]])")


def prose(text: str, uses: FirstUses | None = None) -> Markup:
    """A paragraph as HTML. uses: where given, the first use of a word of the glossary links to its explanation.

    >>> str(prose("see `a<b` at https://arxiv.org/abs/1."))
    'see <code class="whole">a&lt;b</code> at <a href="https://arxiv.org/abs/1" rel="noreferrer">arxiv.org/abs/1</a>.'
    """
    pieces, end = [], 0
    for found in _SPECIAL.finditer(text):
        pieces.append(_plain(text[end : found.start()], uses))
        pieces.append(_code(found["code"]) if found["code"] else _link(found["address"]))
        end = found.end()
    return Markup("").join([*pieces, _plain(text[end:], uses)])


def unbroken(text: str) -> Markup:
    """Text as HTML in which a task such as A->C, an interval and its n each stay on one line.

    >>> str(unbroken("of A->C"))
    'of <span class="whole">A-&gt;C</span>'
    """
    pieces, end = [], 0
    for found in _WHOLE.finditer(text):
        pieces += [escape(text[end : found.start()]), Markup('<span class="whole">{}</span>').format(found.group())]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])


def cell(value: Any) -> str:
    """A value as a table shows it.

    >>> [cell(value) for value in (0.123456, 2000, 105344, None, float("nan"), True, "A->C")]
    ['0.1235', '2000', '105,344', '–', '–', 'yes', 'A->C']
    """
    if value is None or value != value:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) >= GROUPED_FROM:
        return f"{value:,}"
    return f"{value:.{SIGNIFICANT_DIGITS}g}" if isinstance(value, float) else printable(str(value))


def is_number(value: Any) -> bool:
    """Whether a value is a quantity: a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_columns(rows: Sequence[Sequence[Any]]) -> list[int]:
    """The places of the columns that hold numbers, to be set flush right with their gaps.

    >>> number_columns([("small", None), ("large", 0.5)])
    [1]
    """
    return [place for place, column in enumerate(zip(*rows, strict=True)) if any(map(is_number, column))]


def _plain(text: str, uses: FirstUses | None) -> Markup:
    if uses is None:
        return unbroken(text)
    pieces = [
        Markup('<a class="word" href="#{}">{}</a>').format(anchor_of(word), piece) if word else unbroken(piece)
        for piece, word in uses.split(text)
    ]
    return Markup("").join(pieces)


def _code(text: str) -> Markup:
    whole = Markup(' class="whole"') if len(text) <= WHOLE_UP_TO else ""
    return Markup("<code{}>{}</code>").format(whole, text)


def _link(address: str) -> Markup:
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(address, address.split("://", 1)[1])
