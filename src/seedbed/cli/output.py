"""What a command says on standard output: its answer, as text for people or as JSON for programs, and nothing else.

Progress and errors go to standard error, so `seedbed run triangle --json > answer.json` holds one JSON value.
"""

import json
import os
import sys
from collections.abc import Sequence
from math import isfinite, isnan
from typing import Any

from seedbed.config.printable import printable


def write(text: str, end: str = "\n") -> None:
    """Print `text`, control characters shown as U+FFFD so that none steers a terminal.

    A reader that has seen enough (seedbed list | head) changes neither the work nor its exit code.
    """
    try:
        print(printable(text), end=end, flush=True)
    except BrokenPipeError:
        # What is still buffered would fail again when Python exits, so it goes nowhere instead.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_json(value: Any) -> None:
    """Print `value` as one JSON value. JSON has no infinity, which becomes the text "Infinity" or "-Infinity", as
    Python's float and JavaScript's Number read it; nan, such as the ends of no interval, becomes null.
    """
    write(json.dumps(_plain(value), indent=1, ensure_ascii=False, allow_nan=False))


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows under their columns, aligned by spaces and never cut, so that `grep` and `awk` can read them."""
    cells = [
        [str(column) for column in columns],
        *[["-" if cell is None else str(cell) for cell in row] for row in rows],
    ]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return None if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
