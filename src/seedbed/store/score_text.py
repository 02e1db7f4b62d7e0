"""What is wrong with a text file of scores, said with its line: its encoding, its separator, its header, its rows."""

import codecs
import csv
import json
from pathlib import Path

from seedbed.config.errors import UsageError

WIDE = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16", codecs.BOM_UTF32_BE: "UTF-32"}
LOOKED_AT = 65_536  # bytes of a file, in which any table has ended a line
SEPARATORS = (";", "\t", "|", ",")


def check_text(path: Path) -> None:
    """Raises UsageError for a file in UTF-16 or UTF-32, named by its first bytes, and for line ends of CR alone."""
    with path.open("rb") as file:
        start = file.read(LOOKED_AT)
    encoding = next((name for mark, name in WIDE.items() if start.startswith(mark)), None)
    if encoding:
        raise UsageError(f"{path}: is text in {encoding}, expected UTF-8; save it as UTF-8")
    if b"\r" in start and b"\n" not in start:
        raise UsageError(f"{path}: lines end in CR alone, as on old Macs, expected LF or CR LF; save it with these")


def separator_of(path: Path, expected: str) -> str:
    """What parts the columns of a file: what its name says, or what its header has where that leaves one column."""
    header = _header(path, expected)
    if len(header) > 1:
        return expected
    return next((other for other in SEPARATORS if header and other in header[0]), expected)


def check_header(path: Path, separator: str) -> None:
    """Raises UsageError for a name that comes twice; columns without a name, as of row numbers, may be many."""
    header = _header(path, separator)
    twice = next((name for place, name in enumerate(header) if name and name in header[:place]), None)
    if twice:
        raise UsageError(f"{path}: {header.count(twice)} columns are called {twice!r}: give each column its own name")


def _header(path: Path, separator: str) -> list[str]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [name.strip() for name in next(csv.reader(file, delimiter=separator), [])]


def why_unreadable(path: Path, suffix: str, reason: str, separator: str) -> str:
    """Why a reader gave up, in words that say where and what to do; its own words where nothing better is known."""
    if suffix == ".parquet":
        return "is not a Parquet file, or is damaged: write it again"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            if suffix in (".jsonl", ".ndjson"):
                return _bad_line(file) or f"cannot be read as {suffix[1:]}: {reason.splitlines()[0]}"
            return _uneven_line(file, separator) or (f"cannot be read as {suffix[1:]}: {reason.splitlines()[0]}")
    except UnicodeDecodeError as error:
        return f"byte {error.object[error.start]:#04x} is not UTF-8; save the file as UTF-8"
    except (OSError, csv.Error) as error:
        return f"cannot be read: {error}"


def _bad_line(file) -> str | None:
    """The first line that is no JSON object."""
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            if number == 1 and line.lstrip().startswith("["):
                return "is one JSON array, expected an object on each line (JSONL)"
            return f"line {number} is not a JSON object: {line.strip()[:40]!r}"
        if isinstance(value, list):
            return "is one JSON array, expected an object on each line (JSONL)"
        if not isinstance(value, dict):
            return f"line {number} is not a JSON object: {line.strip()[:40]!r}"
    return None


def _uneven_line(file, separator: str) -> str | None:
    """The first line that does not have as many values as the header has names."""
    rows = csv.reader(file, delimiter=separator)
    columns = len(next(rows, []))
    for row in rows:
        if row and len(row) != columns:
            return (
                f"line {rows.line_num} has {len(row)} values, the header has {columns} names: a value that holds "
                f"{'a comma, such as 0,5,' if separator == ',' else repr(separator)} must be written with a point or "
                "in quotes"
            )
    return None
