"""Results of lm-evaluation-harness: a folder of results_*.json, a file a checkpoint or model.

Scores, test items (`n-samples`), and the score of guessing where the choices are known come from the file; the step or
the number of parameters from the model's revision and name, or from the names of the folders.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.score_notation import UNITS
from seedbed.store.score_source import Source, listed
from seedbed.store.score_table import METRIC, Columns

CHOICES = {
    "arc_easy": 4, "arc_challenge": 4, "hellaswag": 4, "openbookqa": 4, "sciq": 4, "mmlu": 4, "race": 4, "logiqa": 4,
    "piqa": 2, "winogrande": 2, "boolq": 2, "copa": 2, "rte": 2, "wsc": 2, "wic": 2, "qnli": 2, "cb": 3, "mnli": 3,
}  # fmt: skip  # of tasks whose files do not list them
_STEP = re.compile(
    r"(?:step|checkpoint|ckpt|iter(?:ation)?|global_step)s?[-_= ]?(\d+(?:\.\d+)?)(k|m)?(?![a-z0-9.])", re.I
)
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)(k|m|b|t)(?![a-z0-9])", re.I)
_SEED = re.compile(r"seed[-_= ]?(\d+)", re.I)
CHANCE_SCORES = re.compile(r"acc(uracy)?(_norm)?(_mutual_info|_bytes)?")  # for which guessing is one in the choices


def is_lm_eval(value: Any) -> bool:
    """Whether a JSON value is such a file."""
    return isinstance(value, dict) and isinstance(value.get("results"), dict)


def lm_eval_scores(files: dict[Path, Any], columns: Columns) -> Source:
    """All files as a table with a row for each checkpoint, task and metric. files: the JSON value of each.

    Raises UsageError for a file without scores, and where no step or size can be told from the names.
    """
    rows, notes = [], []
    for path, value in files.items():
        found = list(_rows(path, value))
        if not found:
            raise UsageError(f"{path}: holds no scores, expected results of tasks as lm-evaluation-harness writes them")
        rows += found
    frame = pl.DataFrame(rows, infer_schema_length=None)
    frame, columns, said = _scaled(frame, columns)
    unknown = frame.filter(pl.col("chance").is_null())["task"].unique(maintain_order=True).to_list()
    if columns.chance is None:
        frame = frame.with_columns(pl.col("chance").fill_null(0.0))
        columns = replace(columns, chance="chance")
        if unknown:
            notes.append(
                f"the number of choices of {listed(unknown)} is not known: a chance level of 0 is assumed; "
                "--chance sets it"
            )
    if columns.items is None and frame["items"].null_count() == 0:
        columns = replace(columns, items="items")
    read = f"{len(files)} result file{'s' * (len(files) != 1)} of lm-evaluation-harness"
    return Source(frame, columns, (read, *said, *notes))


def _rows(path: Path, value: dict) -> list[dict[str, Any]]:
    """A row for each task and metric of a file; subtasks whose group is there are left out."""
    results, rows = value["results"], []
    parts = {
        name: tuple(subs)
        for name, subs in _object(value.get("group_subtasks")).items()
        if isinstance(subs, list) and subs and name in results
    }
    hidden = {sub for subs in parts.values() for sub in subs}
    identity = _identity(path, value)
    for task, scores in results.items():
        if task in hidden or not isinstance(scores, dict):
            continue
        seen: set[str] = set()
        for key, score in sorted(scores.items(), key=lambda item: not item[0].endswith(",none")):
            metric = key.partition(",")[0]
            if "_stderr" in key or metric in seen or isinstance(score, bool) or not isinstance(score, int | float):
                continue
            if metric in ("alias", "sample_len", "name", "sample_count"):
                continue
            seen.add(metric)
            rows.append(
                {
                    **identity,
                    "task": task,
                    METRIC: metric,
                    "score": float(score),
                    "items": _items(task, metric, score, scores, key, value, parts),
                    "chance": _chance(task, metric, value),
                }
            )
    return rows


def _identity(path: Path, value: dict) -> dict[str, Any]:
    """Step, parameters, seed and model of a file, each from the nearest name that tells it."""
    config = _object(value.get("config"))
    arguments = config.get("model_args") or ""
    if isinstance(arguments, dict):
        arguments = ",".join(f"{name}={part}" for name, part in arguments.items())
    named = re.search(r"pretrained=([^,]+)", str(arguments))
    model = str(value.get("model_name") or (named[1] if named else ""))
    places = [str(arguments), str(path.stem), *(folder.name for folder in path.parents), model]
    return {
        "step": _first(_STEP, places),
        "parameters": _first(_SIZE, [model, *places]),
        "run": next((found[1] for text in places if (found := _SEED.search(text))), None),
        "place": path.parent.name,
        "model": re.sub(r"[-_/]?(?:step|checkpoint-|ckpt[-_])\d+k?", "", model.replace("__", "/")),
    }


def _object(value: Any) -> dict:
    """A JSON object, empty where it is none."""
    return value if isinstance(value, dict) else {}


def _first(pattern: re.Pattern[str], places: list[str]) -> float | None:
    for text in places:
        if found := pattern.search(text):
            return round(float(found[1]) * 10.0 ** UNITS.get((found[2] or "").lower(), 0))
    return None


def _items(task: str, metric: str, score: float, scores: dict, key: str, value: dict, parts: dict) -> float | None:
    """How many were tested: as the file counts them, those of a group's parts, or by the error of a share."""
    counted = _object(value.get("n-samples"))

    def of(name: str) -> float:
        each = counted.get(name)
        known = each.get("effective") or each.get("original") if isinstance(each, dict) else each
        return (float(known) if isinstance(known, int | float) else 0.0) or sum(
            of(part) for part in parts.get(name, ()) if part != name
        )

    error = scores.get(key.replace(metric, f"{metric}_stderr", 1))
    if total := of(task):
        return total
    if isinstance(error, int | float) and error > 0 and 0 < score < 1:
        return max(1.0, round(score * (1 - score) / error**2 + 1))  # the harness divides by n - 1
    return None


def _chance(task: str, metric: str, value: dict) -> float | None:
    """One in the number of choices, for scores that guessing can reach so; 0 for answers that are written."""
    config = _object(_object(value.get("configs")).get(task))
    if not CHANCE_SCORES.fullmatch(metric) or config.get("output_type") in ("generate_until", "loglikelihood"):
        return 0.0
    choices = config.get("doc_to_choice")
    if isinstance(choices, list) and choices:
        return 1 / len(choices)
    known = next((number for name, number in CHOICES.items() if task == name or task.startswith(f"{name}_")), None)
    return 1 / known if known else None


def _scaled(frame: pl.DataFrame, columns: Columns) -> tuple[pl.DataFrame, Columns, list[str]]:
    """The scale: what was asked for, the steps where there are several, else the parameters."""
    scale = columns.scale
    if scale == Columns.scale and (frame["step"].null_count() or frame["step"].n_unique() < 2):
        scale = "parameters" if not frame["parameters"].null_count() else scale
    if scale in ("step", "parameters") and frame[scale].null_count():
        lost = frame.filter(pl.col(scale).is_null())["place"][0]
        raise UsageError(
            f"no {scale} can be read from {lost!r}: expected names of folders, models or revisions such as step1000, "
            "checkpoint-500 or pythia-70m; rename the folders accordingly"
        )
    by = columns.by or ("task",)
    group = columns.group
    said = [f"{scale} from the names of models, revisions or folders, {frame[scale].n_unique()} of them"]
    if group is None and frame["run"].null_count() == 0 and frame["run"].n_unique() > 1:
        group, said = "run", [*said, f"seeds from these names, {frame['run'].n_unique()} of them"]
    if scale == "step" and frame["model"].n_unique() > 1 and "model" not in (*by, group) and group is None:
        by, said = (
            (*by, "model"),
            [*said, (f"{frame['model'].n_unique()} models are judged separately; --group model treats them as seeds")],
        )
    return frame, replace(columns, scale=scale, by=by, group=group), said
