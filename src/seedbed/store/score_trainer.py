"""Logs of Hugging Face's Trainer: `trainer_state.json`, whose log_history has an object for each time it logged."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.score_table import METRIC
from seedbed.store.score_wide import NO_SCORES

NAME = "trainer_state.json"


def read_json(path: Path) -> Any:
    """A file's JSON value. Raises UsageError where it is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError) as error:
        raise UsageError(f"{path}: is not a JSON file, or is damaged ({str(error)[:60]}): write it again") from error


def trainer_scores(path: Path, state: Any) -> pl.DataFrame:
    """A row for each step and metric of log_history: `step`, `metric`, `score`. Raises UsageError for none."""
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list) or not all(isinstance(entry, dict) for entry in history):
        raise UsageError(f"{path}: expected a log_history of objects, as Hugging Face's Trainer writes it")
    rows = [
        (float(entry["step"]), name, float(value))
        for entry in history
        if _is_number(entry.get("step"))
        for name, value in entry.items()
        if not NO_SCORES.fullmatch(name) and _is_number(value)
    ]
    if not rows:
        raise UsageError(f"{path}: its log_history has no scores for its steps: evaluate during training")
    return pl.DataFrame(rows, schema={"step": pl.Float64, METRIC: pl.String, "score": pl.Float64}, orient="row")


def last_of_each_run(paths: list[Path]) -> list[Path]:
    """Of the states in checkpoint-500, checkpoint-1000, ... of one run the last, which holds the whole history."""
    kept: dict[Path, tuple[int, Path]] = {}
    for path in paths:
        folder = path.parent
        head, _, step = folder.name.rpartition("-")
        run, place = (folder.parent, int(step)) if head == "checkpoint" and step.isdigit() else (folder, 10**18)
        if run not in kept or kept[run][0] < place:
            kept[run] = (place, path)
    return [path for _, path in kept.values()]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
