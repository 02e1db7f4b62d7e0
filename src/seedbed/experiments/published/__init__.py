"""Numbers that sources published, kept as they are: the notebooks' own curves of Sinha (2024).

sinha2024-figure2-curves.csv: condition, epoch, training loss and the three tasks' scores on 5 sentences, 100 epochs
of each of the three conditions of section 3.1. sinha2024-table1-loss.csv: training loss by epoch of section 3.2.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import Literal

Column = Literal["train_loss", "a_to_b", "b_to_c", "a_to_c"]


def figure2(condition: str, epoch: int, column: Column = "train_loss") -> float:
    """A point of figure 2's curves; epochs count from 1 to 100."""
    return figure2_rows()[condition, epoch][column]


@cache
def figure2_rows() -> dict[tuple[str, int], dict[str, float]]:
    """All 300 points by (condition, epoch)."""
    columns = ("train_loss", "a_to_b", "b_to_c", "a_to_c")
    return {
        (row["condition"], int(row["epoch"])): {name: float(row[name]) for name in columns}
        for row in _read("sinha2024-figure2-curves.csv")
    }


@cache
def table1_loss() -> dict[int, float]:
    """Training loss of section 3.2 by epoch, 1 to 200."""
    return {int(row["epoch"]): float(row["train_loss"]) for row in _read("sinha2024-table1-loss.csv")}


def _read(name: str) -> list[dict[str, str]]:
    with files(__name__).joinpath(name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
