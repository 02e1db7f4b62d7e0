"""The page of an audit, and the same section for the report of any run: verdicts, evidence, charts."""

from collections.abc import Sequence
from math import isinf

import numpy as np
import polars as pl

from seedbed.emergence import Estimate, format_estimate
from seedbed.experiments.audit import MOST_POINTS, Audit, TaskAudit, pool
from seedbed.experiments.audit import audit as audit_table
from seedbed.experiments.results import Results
from seedbed.experiments.run_scores import run_scores
from seedbed.reports import Figure, Item, Report, Section, Table, band_chart

SHOWN_CURVES = 12  # tasks drawn; a page with hundreds of panels is read by nobody
SHOWN_SEEDS = 16  # of a task drawn as threads; more are a blur, and most of the page

_HOW = (
    "`emerges at a [low, high]`: at chance up to a, significantly above it from a on, and the rise from 10% to 90% "
    "takes less than a decade of the scale; a is the median over seeds with its 95% interval. `improves smoothly`: "
    "above chance at the end, and the rise takes a decade or more. `never leaves chance`. `too little data to say`: "
    "neither can be shown. Every seed is judged by itself first; levels are 5%, divided by the number of tasks. How "
    "each number is made: docs/statistics.md."
)


def emergence_section(audit: Audit) -> Section:
    """Verdicts and evidence on every task, for a report of its own or a run's."""
    items: list[Item] = [verdict_table(audit), evidence_table(audit)]
    if any(task.mirage is not None for task in audit.tasks):
        items.append(mirage_table(audit))
    items.append(emerged_figure(audit))
    text = [_HOW, *(f"Warning: {warning}." for warning in audit.warnings)]
    return Section("emergence", "What emerged", text, items)


def run_section(results: Results, conditions: Sequence[str] = ()) -> Section:
    """The same for a run's own report: its conditions and tasks, judged as anyone's table would be."""
    return emergence_section(audit_table(run_scores(results, conditions)))


def audit_report(audit: Audit) -> Report:
    """The page of a table that someone brought."""
    name, scale = audit.table.score_name, audit.table.scale_name
    sections = [
        emergence_section(audit),
        Section("curves", "The curves", (), (curves_figure(audit, x_log=False), curves_figure(audit, x_log=True))),
    ]
    headline = [f"{task.task}: {task.words} (n = {task.seeds} seed{'s' * (task.seeds != 1)})." for task in audit.tasks]
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
            "; ".join((*(task.verdict.caveats if task.verdict else (task.why_no_verdict,)),)) or "none",
        ]
        for task in audit.tasks
    ]
    columns = ["task", "verdict", "seeds", "seeds that rose sharply", "caveats"]
    return Table("Verdicts", columns, rows, "Share of seeds with its exact binomial interval.")


def evidence_table(audit: Audit) -> Table:
    """A row a task: onset, mean time, final score, sharpness, shape."""
    scale = audit.table.scale_name
    columns = [
        "task", f"onset ({scale}), median", f"mean onset up to the end ({scale})", "p above chance", "p sharp",
        "seeds that succeed", "score given success", "breakthroughness", "linearity", "shapes", "items",
    ]  # fmt: skip
    rows = []
    for task in audit.tasks:
        given = task.final.given_success
        rows.append(
            [
                task.task,
                shown_place(task, task.onset),
                shown_place(task, task.restricted_mean),
                task.verdict.p_above if task.verdict else None,
                task.verdict.p_sharp if task.verdict else None,
                format_estimate(task.final.success),
                format_estimate(given) if given else None,
                format_estimate(task.breakthroughness, percent=False) if task.breakthroughness else None,
                format_estimate(task.linearity, percent=False) if task.linearity else None,
                ", ".join(f"{word} {count}" for word, count in task.shapes.items()),
                task.curves.items,
            ]
        )
    caption = (
        f"Onset: the first evaluation from which the score stays at {audit.rules.threshold:g} or above for "
        f"{audit.rules.persistence} on end; a seed succeeds if its last score is there. Breakthroughness and linearity "
        "after BIG-bench (with 1/n), medians over seeds. Shapes: seeds by the best of constant, step, logistic and "
        "power law (AICc). 95% intervals."
    )
    return Table("Evidence", columns, rows, caption)


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
                "; ".join(task.mirage.caveats) or "none",
            ]
        )
    caption = (
        "After Schaeffer et al. (2023): how much of the jump of exact match is left in the smoothest other metric; 0% "
        "means that the metric made the jump, 100% that it jumps alike. Intervals over seeds."
    )
    columns = [
        "task",
        "is the jump the metric's?",
        "smoothest metric",
        "share of the jump left",
        "seeds that jump",
        "caveats",
    ]
    return Table("Mirage audit", columns, rows, caption)


def emerged_figure(audit: Audit) -> Figure:
    """The share of seeds that has emerged by each place of the scale, with its band."""
    rows = []
    for task in audit.tasks[:SHOWN_CURVES]:
        curve = task.survival
        last = None
        for place, share, low, high in zip(curve.times_K, curve.share_K, curve.low_K, curve.high_K, strict=True):
            if isinf(place) or (task.curves.falling and place == 0):
                continue
            if last is not None and last[1:] != (share, low, high):  # a step: the old height, up to here
                rows.append(
                    {
                        "task": task.task,
                        "place": task.curves.shown(float(place)),
                        "share": last[1],
                        "low": last[2],
                        "high": last[3],
                    }
                )
            last = (place, share, low, high)
            rows.append(
                {"task": task.task, "place": task.curves.shown(float(place)), "share": share, "low": low, "high": high}
            )
    frame = pl.DataFrame(rows)
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
    lines, shown = [], set()
    for task in audit.tasks[:SHOWN_CURVES]:
        pooled = pool(task.curves, MOST_POINTS)
        places = np.linspace(0, len(pooled.seeds) - 1, min(SHOWN_SEEDS, len(pooled.seeds))).round().astype(int)
        shown |= {(task.task, pooled.seeds[place]) for place in places}
        for seed, scale_E, score_E in zip(pooled.seeds, pooled.scale_SE, pooled.score_SE, strict=True):
            for place, score in zip(scale_E, score_E, strict=True):
                if not x_log or place > 0:
                    lines.append(
                        {"task": task.task, "seed": seed, "place": task.curves.shown(float(place)), "score": score}
                    )
    frame = pl.DataFrame(lines)
    means = frame.group_by("task", "place", maintain_order=True).agg(pl.col("score").mean()).sort("task", "place")
    chart = band_chart(
        means,
        x="place",
        y="score",
        color="task",
        title_x=audit.table.scale_name + (", logarithmic" if x_log else ""),
        title_y=audit.table.score_name,
        y_domain=(0, 1),
        x_log=x_log,
        members=frame.filter(pl.struct("task", "seed").is_in([{"task": t, "seed": s} for t, s in sorted(shown)])),
    )
    axis = "logarithmic" if x_log else "linear"
    caption = (
        f"Mean over seeds (n = {max(task.seeds for task in audit.tasks)} or fewer) and up to {SHOWN_SEEDS} seeds a "
        f"task, on a {axis} axis. A mean of seeds that jump at different places is smoother than any of them."
    )
    return Figure(f"curves-{axis}", f"Scores, {axis} axis", chart, caption + _left_out(audit), means)


def shown_place(task: TaskAudit, estimate: Estimate) -> str:
    """An estimate on the scale, in the table's own unit."""
    return format_estimate(task.curves.in_table(estimate), percent=False)


def _left_out(audit: Audit) -> str:
    more = len(audit.tasks) - SHOWN_CURVES
    return f" The first {SHOWN_CURVES} tasks; {more} more are in the tables." if more > 0 else ""
