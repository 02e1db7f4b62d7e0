"""Training loss by task compared with its exact lower bound, what lies below it, and how far the loss leads the
ability.

A loss below the floor shows memorisation (`seedbed.tasks.floor`). The lag measures whether the loss on a task's answers
fell before exact match rose.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import exp

import polars as pl

from seedbed.config import UsageError
from seedbed.emergence import Estimate, format_estimate, half_fall, median_onset, nats_below_floor, onset_lag
from seedbed.experiments.measures import PERSISTENCE, bands, onsets
from seedbed.experiments.parts import bands_chart
from seedbed.experiments.results import Results
from seedbed.reports import Figure, Section, Table
from seedbed.tasks import Mixture, WorldConfig, bayes_floor, task_floor

ALL = "all"  # tasks together, as the curves name them

_FLOOR = (
    "The floor is the entropy of a window for an ideal reader that knows the languages and dictionaries, but knows "
    "neither the task of a window nor where it starts. Averaged over all tasks, no model can have a lower loss unless "
    "it has memorised windows. The floor of a single task is this reader's loss on the windows of that task. A model "
    "that favours one task can be slightly below the floor there (by at most log(1 / share of the task) nats per "
    "window), but then has a higher loss on the other tasks. The floor for random windows equals that for fixed "
    "windows, except for the few windows that span two tasks."
)


def loss_section(results: Results, conditions: Sequence[str]) -> Section:
    """Loss curves over their floors, nats below them at the end, and the lag of each ability behind its loss."""
    tables = [table for table in (floor_table(results, conditions), lag_table(results, conditions)) if table]
    return Section("loss", "Training loss and the exact floor", (_FLOOR,), (loss_figure(results, conditions), *tables))


def floors(results: Results, conditions: Sequence[str]) -> dict[tuple[str, str], float]:
    """The exact floor of each condition and task (and of `all`), where it is known; members of one condition read one
    mixture."""
    members = dict(results.members.select("condition", "member").iter_rows())
    found = {}
    for condition in conditions:
        each = results.planned[members[condition]]
        world, mixture, window = each.config.languages, each.member.mixture, each.config.model.context + 1
        for task in (ALL, *(name for name, chance in mixture.chances.items() if chance)):
            if (floor := _floor(world, mixture, window, task)) is not None:
                found[condition, task] = floor
    return found


@lru_cache(maxsize=256)
def _floor(world: WorldConfig, mixture: Mixture, window: int, task: str) -> float | None:
    try:
        return bayes_floor(world, mixture, window) if task == ALL else task_floor(world, mixture, window, task)
    except UsageError:  # of this world and window it is not known
        return None


def loss_figure(results: Results, conditions: Sequence[str]) -> Figure:
    """A panel a task, a band a condition, its floor dashed."""
    rows = results.where(test="train").filter(pl.col("condition").is_in(conditions))
    frame = bands(rows, ["task", "condition", "step"], "loss", bounded=False)
    order = {name: place for place, name in enumerate([ALL, *rows["task"].unique(maintain_order=True)])}
    frame = frame.sort(pl.col("task").replace_strict(order, default=len(order)), "condition", "step")
    ends = {
        (condition, task): (own["step"].min(), own["step"].max())
        for (condition, task), own in frame.group_by(["condition", "task"], maintain_order=True)
    }
    reference = [
        {"condition": condition, "task": task, "mean": floor, "label": "exact floor", "step": step}
        for (condition, task), floor in floors(results, conditions).items()
        for step in ends.get((condition, task), ())
    ]
    chart = bands_chart(
        frame,
        x="step",
        color="condition",
        facet="task",
        title_x="training step",
        title_y="nats per token",
        reference=pl.DataFrame(reference) if reference else None,
    )
    dashed = "; dashed: the exact floor" if reference else ""
    caption = (
        f"Mean training loss since the previous evaluation, over seeds (n = {frame['n'].max()} or fewer per "
        f"condition) with 95% intervals, over all tasks and by task{dashed}."
    )
    return Figure("losses", "Loss by task", chart, caption, frame)


def floor_table(results: Results, conditions: Sequence[str]) -> Table | None:
    """A row a condition and task: the last loss, the floor, and what lies below it; None where no floor is known."""
    rows = []
    for (condition, task), floor in floors(results, conditions).items():
        last = results.where(test="train", condition=condition, task=task).drop_nulls("loss")
        last = last.filter(pl.col("step") == pl.col("step").max().over("member"))
        if last.is_empty():
            continue
        below = nats_below_floor(last["loss"].to_numpy(), floor)
        rows.append([condition, task, float(last["loss"].mean()), floor, _shown(below), _words(below)])  # type: ignore[arg-type]
    if not rows:
        return None
    caption = (
        "Mean loss between the last two evaluations, in nats per token. Below the floor: floor minus loss, as a mean "
        "over seeds with its 95% interval (Student's t). A value above 0 is a lower bound on how much was memorised."
    )
    columns = ["condition", "task", "loss at the end", "floor", "nats below the floor", "windows memorised?"]
    return Table("What lies below the floor", columns, rows, caption)


def lag_table(results: Results, conditions: Sequence[str]) -> Table | None:
    """A row a condition and task that emerged in some seed: by what factor its onset came after its loss; or None."""
    rows = [row for condition in conditions for row in _lags(results, condition)]
    if not rows:
        return None
    caption = (
        "Half fall: the first evaluation from which the loss on the right answers (their mean negative log-likelihood "
        "per token, on unseen sentences with none of their words shown) stays below the middle between its first and "
        "its lowest value. Lag: the onset step divided by the step of the half fall, for each seed, as a factor and "
        "as its logarithm. The table shows medians with 95% intervals by order statistics, which account for the "
        "distance between evaluations. A lag above 1 means that the loss fell before the ability appeared. Tasks that "
        "no seed acquired are left out."
    )
    columns = ["condition", "task", "onset (steps)", "half fall of the loss (step)", "lag", "log of the lag"]
    return Table("How far an ability lags behind its loss", columns, rows, caption)


def _lags(results: Results, condition: str) -> Iterator[list[str]]:
    panel = results.where(test="panel", condition=condition, **results.headline).filter(pl.col("shots") > 0)
    panel = panel.drop_nulls(["exact", "log_likelihood"]).sort("member", "step")
    for (task,), own in panel.group_by(["task"], maintain_order=True):
        found = onsets(own)
        if all(one.step is None for one in found.values()):
            continue
        halves = {
            str(member): half_fall(
                each["step"].to_numpy(),
                -each["log_likelihood"].clip(upper_bound=0.0).to_numpy(),
                persistence=PERSISTENCE,
            )
            for (member,), each in own.group_by(["member"], maintain_order=True)
        }
        fallen = [half for half in halves.values() if half is not None]
        lag = onset_lag(list(found.values()), [halves[member] for member in found])
        if lag is None:
            continue
        yield [
            condition,
            str(task),
            _shown(median_onset(list(found.values()))),
            _shown(median_onset(fallen)),
            _shown(Estimate(_exp(lag.value), _exp(lag.low), _exp(lag.high), lag.n, lag.method, lag.level)),
            _shown(lag),
        ]


def _exp(value: float) -> float:
    return exp(min(value, 700.0)) if value < float("inf") else value


def _shown(estimate: Estimate) -> str:
    return format_estimate(estimate, percent=False)


def _words(below: Estimate) -> str:
    if not below.has_interval:
        return "no interval"
    return "yes" if below.low > 0 else "no" if below.high <= 0 else "cannot be estimated"
