"""The figures of an audit: the share of seeds that has reached the threshold, and the curves."""

from collections.abc import Sequence
from math import isinf

import numpy as np
import polars as pl

from seedbed.emergence import SurvivalCurve
from seedbed.experiments.audit import MOST_POINTS, Audit, TaskAudit
from seedbed.reports import Figure, band_chart
from seedbed.store.score_curves import pool

SHOWN_CURVES = 12  # tasks drawn; a page with hundreds of panels is read by nobody
SHOWN_THREADS = 48  # seeds drawn as threads in one figure, all tasks together; more are a blur, and most of the page
MOST_THREADS, LEAST_THREADS = 16, 4  # of them in one task
LINEAR_DECADES = 2  # of a scale that a linear axis can show


def emerged_figure(audit: Audit) -> Figure:
    """The share of seeds that has reached the threshold by each place of the scale, with its band.

    Of the tasks that have such a curve; there must be one. The axis is logarithmic where the scale spans more than
    LINEAR_DECADES: a scale on which models are chosen by factors would else show all of them but the last at its start.
    """
    known = [task for task in audit.tasks if task.survival is not None]
    drawn = known[:SHOWN_CURVES]
    starts, _ = _extent(drawn)
    x_log = spans_decades(drawn)
    frame = pl.concat(
        _steps(task, task.survival, start if x_log or task.curves.falling else 0.0)
        for task, start in zip(drawn, starts, strict=True)
        if task.survival is not None
    )
    chart = band_chart(
        frame,
        x="place",
        y="share",
        low="low",
        high="high",
        color="task",
        title_x=audit.table.scale_name + (", logarithmic" if x_log else ""),
        title_y=f"seeds that have reached {100 * audit.rules.threshold:g}%",
        y_domain=(0, 1),
        x_log=x_log,
    )
    seeds = [task.seeds for task in audit.tasks]
    count = f"{min(seeds)}" if min(seeds) == max(seeds) else f"{min(seeds)} to {max(seeds)}"
    caption = (
        f"Share of seeds that have reached a score of {100 * audit.rules.threshold:g}% by each point of the scale, "
        f"whether the rise was sharp or not (n = {count} per task). The curve is the maximum-likelihood estimate when "
        "onsets are known only to lie between two evaluations (Turnbull); the pointwise 95% bands hold for any "
        "distribution."
    )
    title = f"When seeds reach {100 * audit.rules.threshold:g}%"
    if missing := len(audit.tasks) - len(known):
        caption += f" {missing} task{'s have' if missing > 1 else ' has'} no such curve; the warnings say why."
    return Figure("emerged", title, chart, caption + _left_out(known), frame)


def spans_decades(tasks: Sequence[TaskAudit]) -> bool:
    """Whether the scale spans more than LINEAR_DECADES, all of it above 0."""
    starts, end = _extent(tasks)
    return min(starts) > 0 and end / min(starts) > 10**LINEAR_DECADES


def _extent(tasks: Sequence[TaskAudit]) -> tuple[list[float], float]:
    """The least place above 0 of each task, 0 where it has none, and the last place of all."""
    starts = [
        min((scale_E[scale_E > 0].min() for scale_E in task.curves.scale_SE if scale_E.any()), default=0.0)
        for task in tasks
    ]
    return starts, max(scale_E[-1] for task in tasks for scale_E in task.curves.scale_SE)


def _steps(task: TaskAudit, curve: SurvivalCurve, start: float) -> pl.DataFrame:
    """The corners of a task's curve with its band, by place as the table has it; it begins at `start`, not before."""
    rows, last = [], None
    for place, share, low, high in zip(curve.times_K, curve.share_K, curve.low_K, curve.high_K, strict=True):
        if isinf(place):
            continue
        shown = task.curves.shown(max(float(place), start))
        if last is not None and last != (share, low, high):  # a step: the old height, up to here
            rows.append((task.task, shown, *last))
        last = (share, low, high)
        rows.append((task.task, shown, share, low, high))
    # a chart draws from left to right, and corners above each other in the order of the rows
    return pl.DataFrame(
        rows[::-1] if task.curves.falling else rows, schema=["task", "place", "share", "low", "high"], orient="row"
    )


def curves_figure(audit: Audit, *, x_log: bool, height: int | None = None) -> Figure:
    """Mean over seeds and some seeds, on a linear or a logarithmic axis: a jump on one may be a slope on the other.

    height: pixels.
    """
    drawn = audit.tasks[:SHOWN_CURVES]
    most = min(MOST_THREADS, max(LEAST_THREADS, SHOWN_THREADS // len(drawn)))
    threads = [min(most, task.seeds) for task in drawn]
    frames = [_points(task, count, x_log=x_log) for task, count in zip(drawn, threads, strict=True)]
    means = pl.concat([frame.group_by("task", "place").agg(pl.col("score").mean()).sort("place") for frame in frames])
    chart = band_chart(
        means,
        x="place",
        y="score",
        color="task",
        title_x=audit.table.scale_name + (", logarithmic" if x_log else ""),
        title_y=audit.table.score_name,
        y_domain=(0, 1),
        x_log=x_log,
        members=pl.concat([frame.filter("drawn") for frame in frames]),
        height=height,
    )
    axis = "logarithmic" if x_log else "linear"
    caption = (
        f"Mean over all seeds{of_how_many('; drawn', threads, audit)}, on a {axis} axis. If seeds jump at different "
        "points, their mean is smoother than the curve of any one of them."
    )
    if any(len(scale_E) > MOST_POINTS for task in drawn for scale_E in task.curves.scale_SE):
        caption += f" Neighbouring evaluations are averaged, so that a curve has at most {MOST_POINTS} points."
    return Figure(f"curves-{axis}", f"Scores, {axis} axis", chart, caption + _left_out(audit.tasks), means)


def _points(task: TaskAudit, threads: int, *, x_log: bool) -> pl.DataFrame:
    """A task's pooled curves: task, seed, place, score, and whether the seed is among the evenly chosen threads."""
    pooled = pool(task.curves, MOST_POINTS)
    sizes = [len(scale_E) for scale_E in pooled.scale_SE]
    chosen = np.zeros(len(sizes), dtype=bool)
    chosen[np.linspace(0, len(sizes) - 1, threads).round().astype(int)] = True
    place_N = np.concatenate(pooled.scale_SE)
    frame = pl.DataFrame(
        {
            "task": pl.repeat(task.task, len(place_N), eager=True),
            "seed": pl.Series(pooled.seeds).gather(np.repeat(np.arange(len(sizes)), sizes)),
            "place": place_N,
            "score": np.concatenate(pooled.score_SE),
            "drawn": np.repeat(chosen, sizes),
        }
    )
    if x_log:
        frame = frame.filter(pl.col("place") > 0)
    return frame.with_columns(place=1 / pl.col("place")) if task.curves.falling else frame


def of_how_many(what: str, counts: Sequence[int], audit: Audit) -> str:
    """`; drawn: 16 of 100 seeds per task`, or nothing where all are."""
    if all(count == task.seeds for count, task in zip(counts, audit.tasks, strict=False)):
        return ""
    most = max(task.seeds for task in audit.tasks)
    return f"{what}: {max(counts)} of {most} seeds per task, evenly spaced"


def _left_out(tasks: Sequence[TaskAudit]) -> str:
    more = len(tasks) - SHOWN_CURVES
    return f" The figure shows the first {SHOWN_CURVES} tasks; the tables hold {more} more." if more > 0 else ""
