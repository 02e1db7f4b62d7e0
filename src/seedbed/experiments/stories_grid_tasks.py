"""What a grid of sizes shows about each task: its verdict, and the size from which on its seeds stay above guessing.

A dozen sizes tell whether a task is above guessing long before they tell how steeply it rose, so where the verdict is
that there is too little data, the page still says what can be said.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from seedbed.emergence.rise import PARAMETERS
from seedbed.experiments.audit import Audit, TaskAudit
from seedbed.experiments.measures import mean_score
from seedbed.experiments.text_parts import shown
from seedbed.reports import Table

Names = Mapping[int, str]  # of sizes by their parameters, smaller to larger

_SEVERAL = (
    ("rises in two steps", "Rise in two steps"),
    ("improves smoothly", "Improve smoothly with size"),
    ("rises and is lost", "Rise and are lost"),
    ("falls and rises again", "Fall and rise again"),
    ("gets worse with scale", "Get worse with size"),
    ("never leaves chance", "Never leave chance"),
    ("stays below chance", "Stay below chance"),
)
_UNTOLD = "too little data to say"


def task_lines(found: Audit, names: Names) -> list[str]:
    """A line a task that emerges, one for all others of a verdict; where it is that too little is known, what is."""
    said = [
        (
            f"{task.task}: {task.words} parameters, that is, at {_span(stays_above(task, sharply=True), names)} "
            f"({task.counted})."
        )
        for task in (*_of(found, "emerges"), *_of(found, "emerges, unstable"))
    ]
    said += [f"{words}: {_listed(tasks)}." for word, words in _SEVERAL if (tasks := _of(found, word))]
    untold = _of(found, _UNTOLD)
    known = [task for task in untold if len(stays_above(task)) == task.seeds]
    if known:
        places = "; ".join(f"{task.task} from {_span(stays_above(task), names)}" for task in known)
        said.append(
            f"These tasks are above guessing in every seed, but the data do not show how sharply they rise: {places}."
        )
    rest = [task for task in untold if task not in known]
    if rest:
        seeds = "; ".join(f"{task.task} ({_above(task)})" for task in rest)
        said.append(f"Too little data to say: {seeds}.")
    return said


def task_table(found: Audit, answers: pl.DataFrame, names: Names) -> Table:
    """A row a task. answers: a row a member and task, with its `parameters` and `exact`, the score."""
    ends = sorted({min(names), max(names)})  # one where there is only one size
    rows = []
    for task in found.tasks:
        own = answers.filter(pl.col("task") == task.task)
        where = stays_above(task)
        rows.append(
            [
                task.task,
                task.words,
                _above(task),
                _span(where, names) if where else None,
                *(shown(mean_score(own.filter(pl.col("parameters") == size)), percent=True) for size in ends),
            ]
        )
    columns = ["task", "verdict over parameters", "seeds", "from", *(f"at {names[size]}" for size in ends)]
    caption = (
        "Seeds: the number of seeds that are above guessing from some size on and stay above it (5% divided by the "
        "number of tasks, Holm's correction over sizes). From: the first such size or, for a sharp rise, the size at "
        "which half of the rise is done; the range over seeds is given. Scores are means over seeds with 95% "
        "intervals; guessing gives 50%."
    )
    return Table("What emerges at which size", columns, rows, caption)


def stays_above(task: TaskAudit, *, sharply: bool = False) -> list[int]:
    """For each seed that stays above guessing (and rose sharply) the parameters of the size from which on it does."""
    seeds = task.verdict.seeds if task.verdict else ()
    chosen = [seed for seed in seeds if seed.word == "sharp" or not sharply]
    return [int(step) for seed in chosen if (step := seed.onset.step) is not None]


def _of(found: Audit, word: str) -> list[TaskAudit]:
    return [task for task in found.tasks if (task.verdict.word if task.verdict else _UNTOLD) == word]


def _listed(tasks: Sequence[TaskAudit]) -> str:
    return ", ".join(task.task for task in tasks) + f" ({tasks[0].counted})"


def _above(task: TaskAudit) -> str:
    if task.points <= PARAMETERS:  # no rise can be fitted, and none is judged
        return "too few sizes"
    return f"{len(stays_above(task))} of {task.seeds} above guessing"


def _span(where: Sequence[int], names: Names) -> str:
    low, high = names[min(where)], names[max(where)]
    return low if low == high else f"{low} to {high}"
