"""Files of scores that anyone brings: tables (CSV, TSV, Parquet, JSONL, JSON) and logs and results of other tools."""

import csv
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.score_chance import with_chance
from seedbed.store.score_events import event_scores
from seedbed.store.score_lm_eval import is_lm_eval, lm_eval_scores
from seedbed.store.score_many import files_of, joined
from seedbed.store.score_notation import MISSING
from seedbed.store.score_source import Source, picked_metric
from seedbed.store.score_table import Columns, ScoreTable, tidy_scores
from seedbed.store.score_text import check_header, check_text, separator_of, why_unreadable
from seedbed.store.score_trainer import NAME, read_json, trainer_scores
from seedbed.store.score_wide import long_form

READERS = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".json")
LOOKED_AT = 10_000  # rows of a text file by which the types of its columns are guessed at first


def read_scores(given: str | Path | Sequence[str | Path], columns: Columns) -> ScoreTable:
    """A table from files, globs, or a folder of another tool; `tidy_scores` has the rules. Raises UsageError."""
    paths = files_of([given] if isinstance(given, str | Path) else given)
    source = _source(paths, columns)
    if isinstance(columns.chance, str) and columns.chance.lower().endswith(READERS):
        source = with_chance(source, columns.chance, read_frame(Path(columns.chance), Columns()))
    found = tidy_scores(source.frame, source.columns)
    return replace(found, read=(*source.notes, *found.read))


def _source(paths: list[Path], columns: Columns) -> Source:
    """The table of all files, in a row for each seed and evaluation."""
    values = {path: read_json(path) for path in paths if path.suffix.lower() == ".json" and path.is_file()}
    if values and all(map(is_lm_eval, values.values())) and len(values) == len(paths):
        return picked_metric(lm_eval_scores(values, columns))
    logs: dict[Path, pl.DataFrame] = {}
    for path in paths:
        if path in values and isinstance(values[path], dict):
            logs[path] = trainer_scores(path, values[path])
        elif path.is_file() and "tfevents" in path.name:
            logs[path] = event_scores(path)
    if logs and len(logs) < len(paths):
        other = next(path for path in paths if path not in logs)
        raise UsageError(f"{next(iter(logs))} is a log and {other} is not: name files of one kind")
    if logs:
        return picked_metric(joined(logs, columns))
    frames = {path: read_frame(path, columns, values.get(path)) for path in paths}
    return long_form(joined(frames, columns))


def read_frame(path: Path, columns: Columns, value: object = None) -> pl.DataFrame:
    """A CSV, TSV, Parquet or JSONL file, or a JSON array of objects that was read as `value`. Raises UsageError."""
    suffix = next((each for each in READERS if path.name.lower().endswith(each)), None)
    if suffix is None:
        raise UsageError(f"{path}: expected a file that ends in {', '.join(READERS)}")
    if not path.is_file():
        raise UsageError(f"{path}: {'is a folder' if path.is_dir() else 'there is no such file'}")
    if path.stat().st_size == 0:
        raise UsageError(f"{path}: the file is empty")
    separator = "\t" if suffix == ".tsv" else ","
    if suffix not in (".parquet", ".json"):
        check_text(path)
    try:
        if suffix == ".parquet":
            return pl.read_parquet(path)
        if suffix == ".json":
            if not (isinstance(value, list) and value and all(isinstance(row, dict) for row in value)):
                raise UsageError(f"{path}: expected an array of objects, a {NAME}, or results of lm-evaluation-harness")
            return pl.DataFrame(value, infer_schema_length=None, strict=False)
        if suffix in (".jsonl", ".ndjson"):
            return _read_lines(path)
        separator = separator_of(path, separator)
        check_header(path, separator)
        as_text = columns.answer is not None or separator == ";"  # beside decimal commas 1.000 is a thousand
        frame = _read_separated(path, separator, as_text=as_text)
        return frame.rename({name: name.strip() for name in frame.columns if name.strip()})
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError, csv.Error, TypeError) as error:
        raise UsageError(f"{path}: {why_unreadable(path, suffix, str(error), separator)}") from error


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
