"""Numbers as people write them in tables: step143000, 70M, 1,000, 41.6%, 0.41 ± 0.01, and what stands for none.

A cell is taken apart here; what a whole column means is decided in `seedbed.store.score_numbers`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Decimals = Literal["point", "comma"]

MISSING = frozenset(
    ("", "-", "–", "—", "--", "NA", "N/A", "na", "n/a", "null", "NULL", "None", "none", "nan", "NaN", "NAN")
)
UNITS = {"k": 3, "m": 6, "b": 9, "bn": 9, "g": 9, "t": 12}  # powers of ten; 70m is as people name models
ALIKE = str.maketrans({"−": "-", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "’": "'"})  # minus, spaces, apostrophe

_EXPONENT = r"(?:e[+-]?\d{1,3})?"
_CELL = re.compile(
    r"(?:(?P<prefix>[a-z](?:[a-z _./=:-]*[a-z _./=:-])?)|(?P<sign>[+-]))?"
    rf"(?P<body>(?:\d[\d.,_' ]*)?[.,]?\d+[.,]?{_EXPONENT})\s*"
    r"(?P<unit>bn|[kmbgt])?"
    r"(?P<word>[ _-]?(?:steps?|tokens?|params?|parameters|flops?|epochs?|examples)|[_-][a-z][\w-]*"
    r"|\.(?:pt|pth|bin|ckpt|safetensors))?\s*"
    r"(?P<percent>%)?",
    re.IGNORECASE | re.ASCII,
)
_ERRORS = (
    re.compile(r"(?P<value>.+?)\s*\(\s*(?:±|\+/?-)?\s*(?P<error>[^()]+?)\s*\)\s*(?P<percent>%?)"),
    re.compile(r"(?P<value>.+?)\s*(?:±|\+\s?/?\s?-|\\pm)\s*(?P<error>.+?)"),
)
_GROUPED = r"[1-9]\d{{0,2}}(?P<by>[{by}' _])\d{{3}}(?:(?P=by)\d{{3}})*"
_BODIES: dict[Decimals, re.Pattern[str]] = {
    "point": re.compile(
        rf"(?:\d+\.?\d*|\.\d+|{_GROUPED.format(by=',')}(?:\.\d+)?){_EXPONENT}", re.IGNORECASE | re.ASCII
    ),
    "comma": re.compile(rf"(?:\d+,?\d*|,\d+|{_GROUPED.format(by='.')}(?:,\d+)?){_EXPONENT}", re.IGNORECASE | re.ASCII),
}
LONGEST = 200  # characters of a cell that may be a number
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


@dataclass(frozen=True)
class Cell:
    """One number as it is written. body: its digits with what parts them.  prefix, word: what stands before and after,
    in lower case.  unit: the power of ten that a letter stands for.  error: of the number, where one is given.
    """

    body: str
    negative: bool = False
    prefix: str = ""
    word: str = ""
    unit: int = 0
    percent: bool = False
    error: "Cell | None" = None

    def value(self, decimals: Decimals) -> float:
        """The number, percentages divided by 100."""
        digits = self.body.lower().replace(" ", "").replace("_", "").replace("'", "")
        digits = digits.replace(",", "") if decimals == "point" else digits.replace(".", "").replace(",", ".")
        number = Decimal(digits).scaleb(self.unit - 2 * self.percent)
        return float(-number if self.negative else number)

    def fits(self, decimals: Decimals) -> bool:
        """Whether its digits can be read so."""
        return all(_BODIES[decimals].fullmatch(each.body) for each in (self, self.error) if each)

    @property
    def is_zero(self) -> bool:
        """Whether it is 0, which is the same in percent."""
        return not self.body.lower().partition("e")[0].strip("0.,_' ")

    @property
    def is_either(self) -> bool:
        """Whether its comma or point may part thousands as well as decimals: 1,000."""
        return bool(_EITHER.fullmatch(self.body))


def read_cell(text: str, *, with_error: bool = False) -> Cell | None:
    """A cell taken apart, None where it is no number. Only where asked for it may have an error: 0.41 ± 0.01."""
    if len(text) > LONGEST:
        return None
    text = text.translate(ALIKE).strip()
    found = _CELL.fullmatch(text)
    if found:
        return Cell(
            found["body"],
            found["sign"] == "-",
            (found["prefix"] or "").lower(),
            (found["word"] or "").lower(),
            UNITS[found["unit"].lower()] if found["unit"] else 0,
            found["percent"] is not None,
        )
    return _with_error(text) if with_error else None


def _with_error(text: str) -> Cell | None:
    whole = re.fullmatch(r"\((.+)\)\s*%", text)
    text = whole[1] if whole else text
    found = next(filter(None, (pattern.fullmatch(text) for pattern in _ERRORS)), None)
    if found is None:
        return None
    value, error = read_cell(found["value"]), read_cell(found["error"])
    if value is None or error is None or error.negative or error.prefix or error.word:
        return None
    percent = bool(whole) or value.percent or error.percent or found.groupdict().get("percent") == "%"
    error = Cell(error.body, unit=error.unit, percent=percent)
    return Cell(value.body, value.negative, value.prefix, value.word, value.unit, percent, error)
