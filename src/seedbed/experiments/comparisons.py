"""Conditions of one task compared in an audit: does the ability emerge at different times, and how many times later?"""

from dataclasses import dataclass
from functools import partial
from itertools import combinations

from seedbed.config import UsageError
from seedbed.emergence import Estimate, holm, log_rank, onset_ratio
from seedbed.experiments.attempts import Attempts, failures
from seedbed.experiments.audit import Audit
from seedbed.experiments.onset_words import shown_ratio
from seedbed.reports import Table

MOST_CONDITIONS = 8  # of one task: 28 pairs; more are a question of dose, not of pairs


@dataclass(frozen=True)
class Comparison:
    """Two conditions of one task.

    ratio: how many times as late `first` emerges as `second`, with the interval.  p: of the log-rank test, Holm over
    all comparisons of the audit; None where the two were evaluated at different places, of which that test would speak.
    with_onset, seeds: how many seeds of each have an onset, and how many there are.  failed: why ratio or p, which is
    then None, could not be computed.
    """

    task: str
    first: str
    second: str
    ratio: Estimate | None
    p: float | None
    with_onset: tuple[int, int]
    seeds: tuple[int, int]
    failed: dict[str, str]


def compare_conditions(audit: Audit) -> tuple[Comparison, ...]:
    """Every pair of conditions of each task, where units are named `condition, task` (no comma in the task).

    On a scale that falls, a loss, the ratio is that of the inverse of the scale. Raises UsageError for a task with more
    than MOST_CONDITIONS, and where no task has two conditions.
    """
    by_task = _conditions(audit)
    crowded = too_many_to_compare(audit)
    if crowded:
        raise UsageError(f"{crowded}: leave rows out")
    found, chances = [], []
    for task, conditions in by_task.items():
        for (first, a), (second, b) in combinations(conditions, 2):
            sides = audit.tasks[a], audit.tasks[b]
            one, other = (side.curves for side in sides)
            onsets_a, onsets_b = (each.onsets(audit.rules.threshold, audit.rules.persistence) for each in (one, other))
            alike = one.same_scale and other.same_scale and one.scale_SE[0].tolist() == other.scale_SE[0].tolist()
            counts = (sides[0].emerged, sides[1].emerged), (sides[0].seeds, sides[1].seeds)
            asked = Attempts()
            ratio = asked.ask("the ratio of onsets", partial(onset_ratio, onsets_a, onsets_b))
            tested = asked.ask("the log-rank test", partial(log_rank, onsets_a, onsets_b)) if alike else None
            chances += [tested.p] if tested else []
            found.append((task, first, second, ratio, tested is not None, *counts, asked.failed))
    if not found:
        raise UsageError("no task has two conditions to compare")
    adjusted = iter(holm(chances).tolist() if chances else [])
    return tuple(
        Comparison(task, first, second, ratio, next(adjusted) if tested else None, *rest)
        for task, first, second, ratio, tested, *rest in found
    )


def too_many_to_compare(audit: Audit) -> str:
    """Why conditions are not compared in pairs where there are many of one task; empty where they are few."""
    for task, each in _conditions(audit).items():
        if len(each) > MOST_CONDITIONS:
            of = f" of {task}" if task else ""
            return f"{len(each)} conditions{of}; at most {MOST_CONDITIONS} can be compared in pairs"
    return ""


def _conditions(audit: Audit) -> dict[str, list[tuple[str, int]]]:
    """The conditions of each task, each with its place among the units of the audit."""
    by_task: dict[str, list[tuple[str, int]]] = {}
    for place, each in enumerate(audit.tasks):
        condition, _, task = each.task.rpartition(", ")
        by_task.setdefault(task if condition else "", []).append((condition or task, place))
    return by_task


def comparison_table(comparisons: tuple[Comparison, ...]) -> Table:
    """A row a pair."""
    rows = [
        [each.task or None, each.first, each.second, words_of(each), sum(each.seeds), each.p] for each in comparisons
    ]
    caption = (
        "Ratio: the onset of the first condition divided by that of the second, as the Hodges-Lehmann estimate with "
        "its 95% Mann-Whitney interval. Seeds without an onset count as later than their last evaluation; if that "
        "holds for at least half of the seeds of a condition, only a bound can be given. p: exact log-rank test, "
        "corrected over all rows by Holm's method; it is not given if the two conditions were evaluated at different "
        "points."
    )
    columns = ["task", "first", "second", "ratio of onsets", "seeds", "p"]
    return Table("Conditions compared", columns, rows, caption, folded=True)


def words_of(comparison: Comparison) -> str:
    """The ratio with its interval, or why there is none, and which other number failed."""
    said = failures(comparison.failed)
    if comparison.ratio is None:
        return "; ".join(said)
    names = comparison.first, comparison.second
    shown = shown_ratio(comparison.ratio, list(zip(names, comparison.with_onset, comparison.seeds, strict=True)))
    return "; ".join([shown, *said])
