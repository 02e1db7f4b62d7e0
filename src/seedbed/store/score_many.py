"""Several files as one table: globs, folders of other tools, and the file's name as a seed or a task."""

import re
from collections.abc import Sequence
from dataclasses import replace
from glob import glob, has_magic
from pathlib import Path

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.score_events import PATTERN
from seedbed.store.score_roles import taken
from seedbed.store.score_source import Source, listed
from seedbed.store.score_table import Columns
from seedbed.store.score_trainer import NAME, last_of_each_run

FOREIGN = ("results*.json", NAME, PATTERN)  # files of other tools by which a folder is known
FILE = "file"  # the column of the files' names


def files_of(given: Sequence[str | Path]) -> list[Path]:
    """All files that are meant: themselves, those that a glob finds, and those of other tools in a folder."""
    found: list[Path] = []
    for each in given:
        path = Path(each)
        if path.is_dir():
            found += _in_folder(path)
        elif has_magic(str(each)) and not path.exists():
            matched = sorted(Path(match) for match in glob(str(each), recursive=True))  # noqa: PTH207
            if not matched:
                raise UsageError(f"{each}: no file matches this pattern")
            found += [path for match in matched for path in (_in_folder(match) if match.is_dir() else [match])]
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def joined(frames: dict[Path, pl.DataFrame], columns: Columns) -> Source:
    """The rows of all files, with the file's name in a column that is taken as the seed or the task."""
    (first, *_), count = frames, len(frames)
    if count == 1:
        return Source(frames[first], columns)
    names = _names(list(frames))
    wanted = [name for name in taken(columns) if any(name in frame.columns for frame in frames.values())]
    for path, frame in frames.items():
        lacking = next((name for name in wanted if name not in frame.columns and name != FILE), None)
        if lacking:
            known = listed(frame.columns)
            raise UsageError(
                f"{path}: has no column {lacking!r}, although other files have it; its columns are {known}"
            )
    try:
        frame = pl.concat(
            [frame.with_columns(pl.lit(names[path]).alias(FILE)) for path, frame in frames.items()],
            how="diagonal_relaxed",
        )
    except pl.exceptions.PolarsError as error:
        raise UsageError(
            f"{first} and {count - 1} other files cannot be combined: {str(error).splitlines()[0]}"
        ) from error
    if columns.group == FILE or FILE in columns.by:
        return Source(frame, columns)
    if _is_seed(list(names.values()), frame, columns):
        columns, role, other = replace(columns, group=FILE), "seed", "--by file: a task a file"
    else:
        by = columns.by or (("task",) if "task" in frame.columns else ())
        columns, role, other = replace(columns, by=(*by, FILE)), "task", "--group file: a seed a file"
    return Source(frame, columns).noted(f"{count} files, each a {role}: {listed(list(names.values()))} ({other})")


def _in_folder(folder: Path) -> list[Path]:
    """Files of other tools in a folder and below: results of lm-evaluation-harness, states of trainers, events."""
    results = sorted(folder.rglob("results*.json"))
    states = last_of_each_run(sorted(folder.rglob(NAME)))
    events = sorted(folder.rglob(PATTERN))
    kinds = [kind for kind in (results, states, events) if kind]
    if not kinds:
        raise UsageError(
            f"{folder}: is not a run and holds no results*.json of lm-evaluation-harness, no {NAME} and no "
            f"TensorBoard events; to read tables, name the files: '{folder}/*.csv'"
        )
    if len(kinds) > 1:
        names = " and ".join(str(kind[0].relative_to(folder)) for kind in kinds)
        raise UsageError(f"{folder}: holds {names}: name the files of one kind")
    return kinds[0]


def _names(paths: list[Path]) -> dict[Path, str]:
    """The shortest names that tell files apart: their stems, or the folders in which they differ."""
    stems = [path.name.partition(".")[0] for path in paths]
    if len(set(stems)) == len(stems):
        return dict(zip(paths, stems, strict=True))
    parts = [path.parts for path in paths]
    ahead = next(place for place, each in enumerate(zip(*parts, strict=False)) if len(set(each)) > 1)
    folders = ["/".join(each[ahead:-1]) for each in parts]
    told = folders if len(set(folders)) == len(folders) else ["/".join(each[ahead:]) for each in parts]
    return dict(zip(paths, told, strict=True))


def _is_seed(names: list[str], frame: pl.DataFrame, columns: Columns) -> bool:
    """Whether files are seeds: no column of seeds is there, and names are numbered, or tasks are told already."""
    if columns.group is not None or "seed" in frame.columns:
        return False
    numbered = all(re.search(r"(^|[^a-z])(seed|run|trial|rep|s|r)?[-_ ]?\d+$", name, re.I) for name in names)
    return numbered or bool(columns.by) or "task" in frame.columns
