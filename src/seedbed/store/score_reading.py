"""What of a table was read as what: a line a column, for people to check before they believe a verdict."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.score_notation import Decimals
from seedbed.store.score_numbers import decimal_comma, read_numbers

if TYPE_CHECKING:
    from seedbed.store.score_table import Columns

COMMAS = ("point", "comma")


@dataclass(frozen=True)
class ReadColumn:
    """A column, the role it has, how its values are written, how many there are and how many are missing."""

    column: str
    role: str
    notation: str
    values: int
    missing: int

    def __str__(self) -> str:
        counted = f"{self.values} value{'s' * (self.values != 1)}, {self.missing} missing"
        return f"{self.column} as {self.role}: {self.notation}; {counted}"


@dataclass
class Reading:
    """A table under reading: gathers what was read as what.

    decimal: what begins decimals, `point` or `comma`; by default the columns tell.  error: of each score, where scores
    are written with errors.  truth: whether scores are true and false.
    """

    frame: pl.DataFrame
    decimal: str | None = None
    read: list[ReadColumn] = field(default_factory=list)
    error: pl.Series | None = None
    truth: bool = False

    def __post_init__(self) -> None:
        if self.decimal is not None and self.decimal not in COMMAS:
            raise UsageError(f"--decimal is {self.decimal!r}, expected point or comma")

    @cached_property
    def decimals(self) -> Decimals | None:
        """What begins decimals in this table, None where each column is to tell by itself."""
        if self.decimal is not None:
            return "comma" if self.decimal == "comma" else "point"
        return decimal_comma(self.frame)

    def numbers(self, name: str, role: str) -> pl.Series:
        """A column as numbers. Raises as `read_numbers` does."""
        found = read_numbers(self.frame, name, "scale" if role == "scale" else "number", self.decimals)
        self._add(name, role, found.notation, found.missing)
        return found.values

    def score(self, columns: "Columns") -> pl.Series:
        """The column of scores as fractions, its errors kept beside."""
        found = read_numbers(self.frame, columns.score, "score", self.decimals)
        part = 100.0 if columns.percent and not found.percent else 1.0
        self._add(columns.score, "score", found.notation + ", divided by 100" * (part > 1), found.missing)
        self.truth = found.truth
        self.error = None if found.error is None else found.error / part
        return found.values / part

    def note(self, name: str, role: str) -> None:
        """A column of names."""
        if name in self.frame.columns:
            given = self.frame[name]
            gone = given.is_null() | (given.cast(pl.String, strict=False).str.strip_chars() == "").fill_null(False)
            kinds = given.filter(~gone).n_unique()
            self._add(name, role, f"{kinds} name{'s' * (kinds != 1)}", int(gone.sum()))

    def _add(self, name: str, role: str, notation: str, missing: int) -> None:
        self.read.append(ReadColumn(name, role, notation, self.frame.height - missing, missing))
