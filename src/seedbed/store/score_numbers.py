"""A column of a score table as numbers, with how they were written: decided by the whole column, and told.

`1,000` is one thousand or one in all rows of a column; where its values leave that open, the column is refused with
what to write.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.store.score_notation import MISSING, Cell, Decimals, read_cell

Kind = Literal["scale", "score", "number"]
TRUTH = {"true": 1.0, "false": 0.0}
WHOLE_ABOVE = 1000  # a whole number from here on has a separator where a column has any
SHOWN = 40  # characters of a value in a message


@dataclass(frozen=True)
class Numbers:
    """A column's numbers. error: of each, where they are written with errors.  notation: how they are written, in
    words.  percent: whether percent signs have divided them by 100.  truth: whether they were true and false.
    """

    values: pl.Series
    notation: str
    error: pl.Series | None = None
    percent: bool = False
    truth: bool = False

    @property
    def missing(self) -> int:
        """How many are none."""
        return int((self.values.is_null() | self.values.is_nan()).sum())


def read_numbers(frame: pl.DataFrame, name: str, kind: Kind, decimals: Decimals | None = None) -> Numbers:
    """A column as numbers. decimals: what parts a number from its decimals, where it is known.

    Raises UsageError for a column that is not there, a value that is no number, notations that contradict each other,
    and digits that may be thousands as well as decimals.
    """
    if name not in frame.columns:
        raise unknown_name("column", name, frame.columns)
    given = frame[name]
    if given.dtype.is_nested() or given.dtype == pl.Binary or given.dtype.is_temporal():
        raise UsageError(f"column {name!r} holds {given.dtype}, expected numbers")
    if given.dtype == pl.Boolean:
        if kind != "score":
            raise UsageError(f"column {name!r} holds {given.dtype}, expected numbers")
        return Numbers(given.cast(pl.Float64), "true as 1, false as 0", truth=True)
    if given.dtype != pl.String:
        return Numbers(given.cast(pl.Float64), "numbers")
    return _read_text(given.str.strip_chars(), name, kind, decimals)


def decimal_comma(frame: pl.DataFrame) -> Decimals | None:
    """`comma` where some column of text holds numbers that only a decimal comma explains, as 0,5 does."""
    for given in frame.iter_columns():
        if given.dtype != pl.String:
            continue
        written = given.filter(given.str.contains(",", literal=True).fill_null(False)).unique(maintain_order=True)
        fits = False
        for text in written:
            cell = read_cell(text, with_error=True)
            if cell is None or not cell.fits("comma"):
                break
            fits |= not cell.fits("point")
        else:
            if fits:
                return "comma"
    return None


def _read_text(given: pl.Series, name: str, kind: Kind, decimals: Decimals | None) -> Numbers:
    gone = given.is_null() | given.is_in(list(MISSING))
    plain = given.cast(pl.Float64, strict=False).set(gone, None)
    odd = plain.is_null() & ~gone
    if decimals == "comma":  # 1.000 is a thousand then
        odd |= given.str.contains(".", literal=True).fill_null(False) & ~gone
    if not odd.any():
        return Numbers(plain, "numbers")
    texts = given.filter(odd).unique(maintain_order=True).to_list()
    if kind == "score" and not (~odd & ~gone).any() and all(text.lower() in TRUTH for text in texts):
        return Numbers(
            given.str.to_lowercase().replace_strict(TRUTH, default=None), "true as 1, false as 0", truth=True
        )
    cells = {text: read_cell(text, with_error=kind == "score") for text in texts}
    bad = next((text for text, cell in cells.items() if cell is None or not _allowed(cell, kind)), None)
    if bad is not None:
        wrong = [text for text, cell in cells.items() if cell is None or not _allowed(cell, kind)]
        raise _no_number(given, name, bad, int(given.is_in(wrong).sum()))
    known = {text: cell for text, cell in cells.items() if cell is not None}
    plain_texts = given.filter(~odd & ~gone).unique(maintain_order=True).to_list()
    _check_alike(given, name, known, plain.filter(~odd))
    told, decimals = decimals, _decimals(given, name, kind, known, plain_texts, decimals)
    if decimals == "comma" and told is None and any("." in text for text in plain_texts):
        return _read_text(given, name, kind, decimals)  # whose points part thousands, or are refused
    values = {text: cell.value(decimals) for text, cell in known.items()}
    read = plain.set(odd, None)
    made = given.filter(odd).replace_strict(values, return_dtype=pl.Float64)
    read = read.scatter(odd.arg_true(), made)
    error = None
    if any(cell.error for cell in known.values()):
        errors = {text: cell.error.value(decimals) for text, cell in known.items() if cell.error}
        error = given.replace_strict(errors, default=None, return_dtype=pl.Float64)
    return Numbers(read, _words(known, decimals), error, any(cell.percent for cell in known.values()))


def _allowed(cell: Cell, kind: Kind) -> bool:
    """A name or a unit belongs to a scale; an error, of which a whole number may be the last digits, to a score."""
    if kind != "scale" and (cell.prefix or cell.word):
        return False
    if kind == "score" and cell.unit:
        return False
    last_digits = cell.error is not None and cell.error.body.isdigit() and not cell.body.isdigit()
    return not (last_digits and not cell.percent)


def _check_alike(given: pl.Series, name: str, cells: dict[str, Cell], plain: pl.Series) -> None:
    """Raises UsageError for two names before numbers, and for percent signs on some numbers only."""
    named: dict[str, str] = {}
    for text, cell in cells.items():
        named.setdefault(cell.prefix, text)
    named.pop("", None)
    if len(named) > 1:
        first, second = list(named.values())[:2]
        raise UsageError(
            f"column {name!r} holds {first[:SHOWN]!r} in row {_row(given, first)} and {second[:SHOWN]!r} in row "
            f"{_row(given, second)}: expected the same name before all numbers; name the column that distinguishes "
            "them with --by, or write only the numbers"
        )
    signed = [text for text, cell in cells.items() if cell.percent]
    unsigned = [text for text, cell in cells.items() if not (cell.percent or cell.is_zero)]
    bare = plain.drop_nulls().filter(plain.drop_nulls() != 0)
    if signed and (unsigned or len(bare)):
        other = repr(unsigned[0][:SHOWN]) if unsigned else f"{bare[0]:g}"
        raise UsageError(
            f"column {name!r} holds {signed[0][:SHOWN]!r} in row {_row(given, signed[0])} and {other} without a "
            "percent sign: expected the sign on every number or on none"
        )


def _decimals(
    given: pl.Series, name: str, kind: Kind, cells: dict[str, Cell], plain: list[str], decimals: Decimals | None
) -> Decimals:
    """Whether a point or a comma begins the decimals of the whole column."""
    if decimals is not None:
        bad = next((text for text, cell in cells.items() if not cell.fits(decimals)), None)
        if bad is not None:
            raise UsageError(
                f"column {name!r} holds {bad[:SHOWN]!r} in row {_row(given, bad)}, which is not a number with a "
                f"decimal {decimals}: write it with one, or use --decimal "
                f"{'point' if decimals == 'comma' else 'comma'}"
            )
        return decimals
    point = [text for text, cell in cells.items() if not cell.fits("comma")]  # which only a decimal point explains
    comma = [text for text, cell in cells.items() if not cell.fits("point")]
    if neither := next((text for text in point if text in set(comma)), None):
        raise _no_number(given, name, neither, 1)
    if point and comma:
        raise UsageError(
            f"column {name!r} holds {point[0][:SHOWN]!r} in row {_row(given, point[0])} and {comma[0][:SHOWN]!r} in "
            f"row {_row(given, comma[0])}: one has a decimal point and one a decimal comma; write all with a point"
        )
    if comma:
        return "comma"
    either = [text for text, cell in cells.items() if cell.is_either and "," in cell.body]
    if point or not either:
        return "point"
    if kind == "score":
        return "comma"  # a thousand is no score
    whole = [float(text) for text in plain if text.isdigit()]
    if len(whole) == len(plain) and whole and max(whole) < WHOLE_ABOVE:
        return "point"  # only numbers of a thousand or more have a comma
    raise UsageError(
        f"column {name!r} holds {either[0][:SHOWN]!r} in row {_row(given, either[0])}, which may be a thousand or a "
        "number with a decimal comma, and no other value shows which: use --decimal point if it separates thousands, "
        "otherwise --decimal comma"
    )


def _words(cells: dict[str, Cell], decimals: Decimals) -> str:
    """How the numbers of a column are written, each notation with its first value."""
    said: dict[str, str] = {}
    for text, cell in cells.items():
        parts = cell.body.lower().partition("e")[0]
        said |= {
            words: said.get(words, text)
            for words, is_so in (
                (f"after {cell.prefix!r}", bool(cell.prefix)),
                ("with a letter for thousand, million, billion or trillion", bool(cell.unit)),
                ("percent, divided by 100", cell.percent),
                ("with errors", cell.error is not None),
                ("decimal commas", decimals == "comma" and "," in parts),
                ("thousands parted", any(mark in parts for mark in (" _'," if decimals == "point" else " _'."))),
            )
            if is_so
        }
    return "numbers " + ", ".join(f"{words} ({text[:SHOWN]})" for words, text in said.items()) if said else "numbers"


def _row(given: pl.Series, text: str) -> int:
    return ((given == text).arg_max() or 0) + 1


def _no_number(given: pl.Series, name: str, text: str, times: int) -> UsageError:
    return UsageError(
        f"column {name!r} holds {text[:SHOWN]!r} in row {_row(given, text)} ({times} such values of {len(given)}), "
        "expected numbers"
    )
