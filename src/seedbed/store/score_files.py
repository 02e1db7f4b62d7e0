"""Files of scores that anyone brings: CSV, TSV, Parquet and JSONL."""

import csv
import json
from contextlib import suppress
from pathlib import Path

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.score_notation import MISSING
from seedbed.store.score_table import Columns, ScoreTable, tidy_scores
from seedbed.store.score_text import check_header, check_text, separator_of, why_unreadable

READERS = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson")
LOOKED_AT = 10_000  # rows of a text file by which the types of its columns are guessed at first


def read_scores(path: str | Path, columns: Columns) -> ScoreTable:
    """Read a CSV, TSV, Parquet or JSONL file; see `tidy_scores` for the rules. Raises UsageError."""
    path = Path(path)
    suffix = next((each for each in READERS if path.name.lower().endswith(each)), None)
    if suffix is None:
        raise UsageError(f"{path}: expected a file that ends in {', '.join(READERS)}")
    if not path.is_file():
        raise UsageError(f"{path}: {'is a folder' if path.is_dir() else 'there is no such file'}")
    if path.stat().st_size == 0:
        raise UsageError(f"{path}: the file is empty")
    separator = "\t" if suffix == ".tsv" else ","
    if suffix != ".parquet":
        check_text(path)
    try:
        if suffix == ".parquet":
            frame = pl.read_parquet(path)
        elif suffix in (".jsonl", ".ndjson"):
            frame = _read_lines(path)
        else:
            separator = separator_of(path, separator)
            check_header(path, separator)
            as_text = columns.answer is not None or separator == ";"  # beside decimal commas 1.000 is a thousand
            frame = _read_separated(path, separator, as_text=as_text)
            frame = frame.rename({name: name.strip() for name in frame.columns if name.strip()})
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: {why_unreadable(path, suffix, str(error), separator)}") from error
    return tidy_scores(frame, columns)


def _read_lines(path: Path) -> pl.DataFrame:
    """An object a line. Python's json writes NaN and Infinity, which are no JSON: NaN is read as missing."""
    try:
        return pl.read_ndjson(path, infer_schema_length=None)
    except pl.exceptions.PolarsError:
        seen = []

        def constant(name: str) -> float | None:
            seen.append(name)
            return None if name == "NaN" else float(name)

        with path.open(encoding="utf-8-sig") as file, suppress(ValueError):
            rows = [json.loads(line, parse_constant=constant) for line in file if line.strip()]
            if seen and all(isinstance(row, dict) for row in rows):
                return pl.DataFrame(rows, infer_schema_length=None, strict=False)
        raise


def _read_separated(path: Path, separator: str, *, as_text: bool) -> pl.DataFrame:
    """Column types by the first rows, which is quick, or by all of them where the others do not fit.

    Where the table holds answers all is text, so that 007 stays what it is and `None` may be an answer.
    """
    if as_text:
        return pl.read_csv(path, separator=separator, infer_schema=False)
    try:
        return pl.read_csv(path, separator=separator, null_values=list(MISSING), infer_schema_length=LOOKED_AT)
    except pl.exceptions.ComputeError:
        return pl.read_csv(path, separator=separator, null_values=list(MISSING), infer_schema_length=None)
