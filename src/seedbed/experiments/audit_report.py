"""The page of an audit and its section on what emerged: verdicts, evidence, charts."""

from collections.abc import Sequence
from math import isinf

import numpy as np
import polars as pl

from seedbed.emergence import Estimate, MirageVerdict, format_estimate
from seedbed.emergence.mirage import log_axis
from seedbed.emergence.seed_verdict import decades
from seedbed.experiments.audit import MOST_POINTS, SHAPED_SEEDS, Audit, TaskAudit
from seedbed.reports import Figure, Item, Report, Section, Table, band_chart
from seedbed.store.score_curves import pool

SHOWN_CURVES = 12  # tasks drawn; a page with hundreds of panels is read by nobody
SHOWN_THREADS = 48  # seeds drawn as threads in one figure, all tasks together; more are a blur, and most of the page
MOST_THREADS, LEAST_THREADS = 16, 4  # of them in one task


def _how(audit: Audit) -> str:
    widths = sorted({task.sharp_width for task in audit.tasks})
    least = decades(widths[0]) if len(widths) == 1 else f"{widths[0]:.2g} to {widths[-1]:.2g} decades"
    return (
        "`emerges at a [low, high]`: at chance up to a, significantly above it from a on, and the rise from 10% to 90% "
        f"takes less than {least} of the scale; a is the median over the seeds that rise so, with its 95% interval. "
        f"`improves smoothly`: above chance at the end, and the rise takes {least} or more. `never leaves chance`. "
        "`too little data to say`: none of these can be shown. Every seed is judged by itself first; levels are 5%, "
        "divided by the number of tasks. How each number is made: docs/statistics.md."
    )


def emergence_section(audit: Audit) -> Section:
    """Verdicts and evidence on every task, for a report of its own or a run's."""
    items: list[Item] = [verdict_table(audit), evidence_table(audit)]
    if any(task.mirage is not None for task in audit.tasks):
        items += [mirage_table(audit), smoother_table(audit)]
    items.append(emerged_figure(audit))
    text = [_how(audit), *(f"Warning: {warning}." for warning in audit.warnings)]
    return Section("emergence", "What emerged", text, items)


def audit_report(audit: Audit, more: Sequence[Table] = ()) -> Report:
    """The page of a table that someone brought; more: tables that follow the verdicts, such as of conditions."""
    name, scale = audit.table.score_name, audit.table.scale_name
    sections = [
        emergence_section(audit),
        *([Section("compared", "Conditions compared", (), tuple(more))] if more else []),
        Section("curves", "The curves", (), (curves_figure(audit, x_log=False), curves_figure(audit, x_log=True))),
    ]
    headline = [f"{task.task}: {task.words} ({task.counted})." for task in audit.tasks]
    if len(headline) > SHOWN_CURVES:
        headline = [*headline[:SHOWN_CURVES], f"and {len(headline) - SHOWN_CURVES} tasks more, in the table."]
    rows = audit.table.rows.height
    provenance = {
        "rows": rows,
        "tasks": len(audit.tasks),
        "scale": f"{scale}{', falling' if audit.table.falling else ''}",
        "score": name,
        "onset": f"{name} of {audit.rules.threshold:g} or more for {audit.rules.persistence} evaluations on end",
    }
    return Report("What emerged", f"{name} against {scale}", headline, sections, provenance)


def verdict_table(audit: Audit) -> Table:
    """A row a task: verdict and what it lacks."""
    rows = [
        [
            task.task,
            task.words,
            task.seeds,
            format_estimate(task.verdict.emerged) if task.verdict else None,
            "; ".join(task.caveats) or "none",
        ]
        for task in audit.tasks
    ]
    columns = ["task", "verdict", "seeds", "seeds that rose sharply", "caveats"]
    return Table("Verdicts", columns, rows, "Share of seeds with its exact binomial interval.")


def evidence_table(audit: Audit) -> Table:
    """A row a task: onset, mean time, final score, sharpness, shape."""
    scale = audit.table.scale_name
    shaped = [min(SHAPED_SEEDS, task.seeds) for task in audit.tasks]
    columns = [
        "task", f"onset ({scale}), median", f"geometric mean onset ({scale})", "width of the rise (decades)",
        "p above chance", "p sharp", "seeds that succeed", "score given success", "kinds of seeds", "breakthroughness",
        "its p", "linearity", "p of linearity", "shapes", "items",
    ]  # fmt: skip
    rows = []
    for task in audit.tasks:
        given = task.final.given_success
        rows.append(
            [
                task.task,
                shown_place(task, task.onset),
                shown_place(task, task.restricted_mean) if task.restricted_mean else None,
                format_estimate(task.width, percent=False) if task.width else None,
                task.verdict.p_above if task.verdict else None,
                task.verdict.p_sharp if task.verdict else None,
                format_estimate(task.final.success),
                format_estimate(given) if given else None,
                kinds_of_seeds(task),
                format_estimate(task.breakthroughness, percent=False) if task.breakthroughness else None,
                task.p_breakthrough,
                format_estimate(task.linearity, percent=False) if task.linearity else None,
                task.p_linear,
                ", ".join(f"{word} {count}" for word, count in task.shapes.items()),
                task.curves.items,
            ]
        )
    caption = (
        f"Onset: the first evaluation from which the score stays at {audit.rules.threshold:g} or above for "
        f"{audit.rules.persistence} on end; a seed succeeds if its last score is there. Kinds of seeds: two where a "
        "mixture of two beta distributions describes the last scores strongly better than one (BIC), beside the dip "
        "test's p of one hump; with fewer than 10 seeds it says hardly anything. Breakthroughness and linearity "
        "after BIG-bench (with 1/n), medians over seeds; p: the share of 199 random orders of the evaluations whose "
        f"median over seeds (at most {SHAPED_SEEDS}) is as large. Width: from 10% to 90% of the rise, the median over "
        "the seeds that left chance. Shapes: seeds by the best of constant, step, logistic and "
        f"power law (AICc){_of_how_many('; fitted', shaped, audit)}. 95% intervals."
    )
    if audit.table.falling:
        caption += f" No mean onset: {scale} falls and has no start to average from."
    return Table("Evidence", columns, rows, caption)


def evidence_lines(task: TaskAudit, scale: str) -> list[str]:
    """What a verdict rests on, a line each, as a terminal shows it."""
    lines = [f"onset ({scale}), median: {shown_place(task, task.onset)}"]
    if task.width:
        lines.append(f"width of the rise, decades: {format_estimate(task.width, percent=False)}")
    if task.verdict:
        lines.append(f"seeds that rose sharply: {format_estimate(task.verdict.emerged)}")
    lines.append(f"seeds that succeed at the end: {format_estimate(task.final.success)}")
    if task.final.given_success:
        lines.append(f"final score of these: {format_estimate(task.final.given_success)}")
    if task.mirage:
        left = f", {format_estimate(task.mirage.share_left)} of the jump left" if task.mirage.share_left else ""
        lines.append(f"is the jump the metric's? {task.mirage}{left}")
        lines += [f"  on that: {caveat}" for caveat in task.mirage.caveats]
    return lines


def kinds_of_seeds(task: TaskAudit) -> str | None:
    """Whether last scores form one group of seeds or two, as a cell shows it; None with fewer than 4 seeds."""
    dip, groups = task.final.dip, task.final.groups
    if dip is None or groups is None:
        return None
    two = f"two: {100 * groups.share:.0f}% near {groups.high:.2g}, the others near {groups.low:.2g}"
    return f"{two if groups.are_two else 'one'} (dip p = {dip.p:.2g})"


def mirage_table(audit: Audit) -> Table:
    """A row a task: is the jump explained by the metric?"""
    rows = []
    for task in audit.tasks:
        if task.mirage is None:
            continue
        left = task.mirage.share_left
        rows.append(
            [
                task.task,
                str(task.mirage),
                task.mirage.smoothest,
                format_estimate(left) if left else None,
                format_estimate(task.mirage.jumped),
                _middle([seed.prediction_error for seed in task.mirage.seeds]),
                _middle([seed.items_needed for seed in task.mirage.seeds]),
                "; ".join(task.mirage.caveats) or "none",
            ]
        )
    caption = (
        f"After Schaeffer et al. (2023): how much of the jump of {audit.table.score_name} is left in the smoothest "
        "other metric; 0% means that the metric made the jump, 100% that it jumps alike. Intervals over seeds. Error "
        f"of the prediction: root mean square of {audit.table.score_name} less what the likelihoods predict, the mean "
        "probability of the whole answer or, where that is unknown, p^L. Items to see one right answer: with 95%, at "
        "the last evaluation at chance, were the prediction true; where more are needed than were tested, the score "
        "could not but be 0. Both are medians over seeds."
    )
    columns = [
        "task",
        "is the jump the metric's?",
        "smoothest metric",
        "share of the jump left",
        "seeds that jump",
        "error of the prediction",
        "items to see one right answer",
        "caveats",
    ]
    return Table("Mirage audit", columns, rows, caption)


def _middle(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def smoother_table(audit: Audit) -> Table:
    """A row a task and smoother score: the share of the jump left on a linear and on a logarithmic axis."""

    def share(verdict: MirageVerdict, name: str) -> str | None:
        return format_estimate(verdict.left[name]) if name in verdict.left else None

    rows = [
        [task.task, name, share(task.mirage, name), share(task.mirage, log_axis(name))]
        for task in audit.tasks
        if task.mirage is not None
        for name in dict.fromkeys(each.removesuffix(log_axis("")) for each in task.mirage.left)
    ]
    caption = (
        "Share of the jump left under each smoother score, each seed's stretch of the jump compared with its "
        "surroundings. Simultaneous 95% intervals over seeds that jump. The logarithm of a score of which less is "
        "better (a Brier score, a distance) goes on after the jump: it is shown and decides nothing. A dash: the "
        "score is not above its noise in every seed, or not above 0."
    )
    return Table("The jump under smoother scores", ["task", "score", "linear axis", "log axis"], rows, caption)


def emerged_figure(audit: Audit) -> Figure:
    """The share of seeds that has emerged by each place of the scale, with its band."""
    rows = []
    for task in audit.tasks[:SHOWN_CURVES]:
        curve = task.survival
        last = None
        for place, share, low, high in zip(curve.times_K, curve.share_K, curve.low_K, curve.high_K, strict=True):
            if isinf(place) or (task.curves.falling and place == 0):
                continue
            shown = task.curves.shown(float(place))
            if last is not None and last != (share, low, high):  # a step: the old height, up to here
                rows.append((task.task, shown, *last))
            last = (share, low, high)
            rows.append((task.task, shown, share, low, high))
    frame = pl.DataFrame(rows, schema=["task", "place", "share", "low", "high"], orient="row")
    chart = band_chart(
        frame,
        x="place",
        y="share",
        low="low",
        high="high",
        color="task",
        title_x=audit.table.scale_name,
        title_y="seeds that have emerged",
        y_domain=(0, 1),
    )
    seeds = [task.seeds for task in audit.tasks]
    count = f"{min(seeds)}" if min(seeds) == max(seeds) else f"{min(seeds)} to {max(seeds)}"
    caption = (
        f"Share of seeds with an onset by each place (n = {count} a task), the most likely curve between evaluations "
        "(Turnbull), with pointwise 95% bands that hold for any distribution."
    )
    return Figure("emerged", "When seeds emerge", chart, caption + _left_out(audit), frame)


def curves_figure(audit: Audit, *, x_log: bool) -> Figure:
    """Mean over seeds and some seeds, on a linear or a logarithmic axis: a jump on one may be a slope on the other."""
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
    )
    axis = "logarithmic" if x_log else "linear"
    caption = (
        f"Mean over all seeds{_of_how_many('; drawn', threads, audit)}; on a {axis} axis. A mean of seeds that jump at "
        "different places is smoother than any of them."
    )
    if any(len(scale_E) > MOST_POINTS for task in drawn for scale_E in task.curves.scale_SE):
        caption += f" Neighbouring evaluations are drawn as their mean, at most {MOST_POINTS} points a curve."
    return Figure(f"curves-{axis}", f"Scores, {axis} axis", chart, caption + _left_out(audit), means)


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
    return frame.with_columns(1 / pl.col("place")) if task.curves.falling else frame


def _of_how_many(what: str, counts: Sequence[int], audit: Audit) -> str:
    """`; drawn: 16 of 100 seeds a task`, or nothing where all are."""
    if all(count == task.seeds for count, task in zip(counts, audit.tasks, strict=False)):
        return ""
    most = max(task.seeds for task in audit.tasks)
    return f"{what}: {max(counts)} of {most} seeds a task, evenly chosen"


def shown_place(task: TaskAudit, estimate: Estimate) -> str:
    """An estimate on the scale, in the table's own unit."""
    return format_estimate(task.curves.in_table(estimate), percent=False)


def _left_out(audit: Audit) -> str:
    more = len(audit.tasks) - SHOWN_CURVES
    return f" The first {SHOWN_CURVES} tasks; {more} more are in the tables." if more > 0 else ""
