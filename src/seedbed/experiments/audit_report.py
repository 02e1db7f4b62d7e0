"""The page of an audit and its section on what emerged: verdicts and evidence as tables and lines."""

from collections.abc import Sequence

import numpy as np

from seedbed.emergence import MirageVerdict, format_estimate
from seedbed.emergence.medians import ends_or_none, why_no_ends
from seedbed.emergence.mirage import log_axis
from seedbed.emergence.seed_verdict import power
from seedbed.emergence.seeds import DIP_LEVEL, LEAST_FOR_KINDS
from seedbed.experiments.attempts import failures
from seedbed.experiments.audit import SHAPED_SEEDS, Audit, Rules, TaskAudit, in_units
from seedbed.experiments.audit_figures import SHOWN_CURVES, curves_figure, emerged_figure, of_how_many, spans_decades
from seedbed.experiments.audit_lead import audit_lead
from seedbed.experiments.audit_losses import loss_table
from seedbed.experiments.onset_words import shown_onset
from seedbed.reports import Item, Report, Section, Table


def _how(audit: Audit) -> str:
    widths = {task.sharp_width for task in audit.tasks}
    fastest = power(widths.pop()) if len(widths) == 1 else "the limit of its scale"
    return (
        "`emerges`: the score is at chance at first and significantly above it later, and it grows faster than "
        f"{fastest} on the way: no slower power law, saturating exponential or logistic curve explains it; "
        "`unstable` where it falls below half of that rise again in a quarter of the seeds or more. `rises in two "
        "steps`: two such rises with a plateau between them. `improves smoothly`: above chance at the end, and "
        "slower. `rises and is lost`, `falls and rises again`, `gets worse with scale`: what the curve does. `never "
        "leaves chance`: the end lies within a twentieth of the way from chance to 1 of chance. `too little data to "
        "say`: more evaluations, test items or seeds could settle it. Every seed is first judged by itself; the "
        "significance level is 5%, divided by the number of tasks. docs/statistics.md explains how each number is "
        "computed."
    )


def emergence_section(audit: Audit) -> Section:
    """Verdicts and evidence on every task, for a report of its own or a run's."""
    items: list[Item] = [verdict_table(audit)]
    if audit.losses:
        items.append(loss_table(audit.losses))
    text = [f"Warning: {warning}." for warning in (*audit.warnings, *_failures(audit))]
    if not audit.tasks:
        return Section("emergence", "What emerged", text, items)
    if any(task.survival is not None for task in audit.tasks):
        items.append(emerged_figure(audit))
    items.append(evidence_table(audit))
    if any(task.mirage is not None for task in audit.tasks):
        items += [mirage_table(audit), smoother_table(audit)]
    return Section("emergence", "What emerged", text, items)


def _failures(audit: Audit) -> list[str]:
    return [f"{task.task}: {said}" for task in audit.tasks for said in failures(task.failed)]


def audit_report(audit: Audit, more: Sequence[Table] = ()) -> Report:
    """The page of a table that someone brought; more: tables that follow the verdicts, such as of conditions."""
    name, scale = audit.table.score_name, audit.table.scale_name
    sections = [
        emergence_section(audit),
        *([Section("compared", "Conditions compared", (), tuple(more))] if more else []),
        Section("read", "How the columns were read", [f"{line}." for line in audit.table.read], (), folded=True),
    ]
    if audit.tasks:
        sections.insert(
            -1, Section("curves", "The curves", (), (curves_figure(audit, x_log=not spans_decades(audit.tasks)),))
        )
    headline = [f"{task.task}: {_headline(task)}." for task in audit.tasks]
    headline += [f"{each.task}: {each.words} ({each.counted})." for each in audit.losses]
    if len(headline) > SHOWN_CURVES:
        headline = [*headline[:SHOWN_CURVES], f"The table lists {len(headline) - SHOWN_CURVES} more tasks."]
    rows = audit.table.rows.height
    provenance = {
        "rows": rows,
        "tasks": len(audit.tasks) + len(audit.losses),
        "scale": f"{scale}{', falling' if audit.table.falling else ''}",
        "score": name,
        "reached": f"{name} of {audit.rules.threshold:g} or more for {audit.rules.persistence} consecutive evaluations",
    }
    lead = audit_lead(audit)
    return Report("What emerged", f"{name} against {scale}", headline, sections, provenance, lead=lead)


def _headline(task: TaskAudit) -> str:
    emerges = task.verdict is not None and task.verdict.emerges
    onset = f", onset {_median_onset(task)}" if emerges and task.onset is not None else ""
    return f"{verdict_word(task)} ({task.counted}){onset}"


def verdict_table(audit: Audit) -> Table:
    """A row a task: verdict, onset and what the verdict lacks."""
    rows = [
        [
            task.task,
            verdict_word(task),
            _median_onset(task),
            task.seeds,
            format_estimate(task.verdict.emerged) if task.verdict else None,
            "; ".join(task.caveats) or "none",
        ]
        for task in audit.tasks
    ]
    rows += [[each.task, f"{each.word} (lower is better)", None, each.seeds, None, each.words] for each in audit.losses]
    place = f"{reaches(audit.rules)} ({audit.table.scale_name})"
    columns = ["task", "verdict", place, "seeds", "seeds that rose sharply", "caveats"]
    if not audit.tasks:
        return Table("Verdicts", columns, rows)
    caption = (
        f"{_onset(audit)} Median over seeds with its 95% interval. Seeds that rose sharply: their share with its exact "
        f"binomial interval. {_how(audit)}"
    )
    unit = audit.table.unit
    return Table("Verdicts", [in_units(name, unit) for name in columns], rows, in_units(caption, unit))


def verdict_word(task: TaskAudit) -> str:
    """The verdict and its height without a place: where it emerges is said by its onset, the same all over the page."""
    if task.verdict is None or task.verdict.onset is None:
        return task.words
    return f"{task.verdict.word}, {task.verdict.height}"


def _onset(audit: Audit) -> str:
    """The rule of an onset, in a sentence."""
    return (
        f"{reaches(audit.rules).capitalize()}: the onset, the first evaluation from which the score stays at "
        f"{audit.rules.threshold:g} or above for {audit.rules.persistence} in a row, however slow the rise."
    )


def evidence_table(audit: Audit) -> Table:
    """A row a task: onset, mean time, final score, sharpness, shape."""
    scale = audit.table.scale_name
    shaped = [min(SHAPED_SEEDS, task.seeds) for task in audit.tasks]
    columns = [
        "task", f"{reaches(audit.rules)} ({scale}), median", f"half of the rise is done at ({scale})",
        "width of the rise (decades)", "p above chance", "p sharp", "seeds that succeed", "score given success",
        "kinds of seeds", "breakthroughness", "its p", "linearity", "p of linearity", "shapes", "items",
    ]  # fmt: skip
    rows = []
    for task in audit.tasks:
        success, given = (task.final.success, task.final.given_success) if task.final else (None, None)
        rows.append(
            [
                task.task,
                _median_onset(task),
                _halfway(task),
                format_estimate(task.width, percent=False) if task.width else None,
                task.verdict.p_above if task.verdict else None,
                task.verdict.p_sharp if task.verdict else None,
                format_estimate(success) if success else None,
                format_estimate(given) if given else None,
                kinds_of_seeds(task),
                format_estimate(ends_or_none(task.breakthroughness), percent=False) if task.breakthroughness else None,
                task.p_breakthrough,
                format_estimate(ends_or_none(task.linearity), percent=False) if task.linearity else None,
                task.p_linear,
                ", ".join(f"{word} {count}" for word, count in task.shapes.items()),
                task.curves.items,
            ]
        )
    caption = (
        f"{_onset(audit)} Half of the rise: the median over the seeds that emerge, which the verdict `emerges at` "
        "names. A seed succeeds if its last score is at or above that threshold. Kinds of seeds: there are two kinds "
        "if a mixture of two beta distributions describes the last scores strongly better than one (by BIC) and "
        f"the dip test rejects a single mode (p below {DIP_LEVEL:g}); if only one of these holds, the matter is "
        f"undecided; with fewer than {LEAST_FOR_KINDS} seeds no kinds are reported. Breakthroughness and linearity "
        "are defined as in BIG-bench (with 1/n) and given as medians over seeds; p is the share of 199 random orders "
        f"of the evaluations whose median over seeds (at most {SHAPED_SEEDS}) is as large. Width: the stretch of the "
        "scale from 10% to 90% of the rise, as a median over the seeds that left chance; with 2 to 5 seeds there is "
        "no interval by order statistics, and `at most` then gives the median of the seeds' upper ends. Shapes: the "
        "number of seeds that each of constant, step, logistic and power law fits best (by "
        f"AICc){of_how_many('; fitted', shaped, audit)}. All intervals are 95%."
    )
    unit = audit.table.unit
    shown = [in_units(name, unit) for name in columns]
    return Table("Evidence", shown, rows, in_units(caption, unit), folded=True)


def reaches(rules: Rules) -> str:
    """An onset in the words of its rule: a score that rises slowly has one too, so it is not called emergence."""
    return f"reaches {100 * rules.threshold:g}% at"


def _median_onset(task: TaskAudit) -> str | None:
    if task.onset is None:
        return None
    return shown_onset(task.curves.in_table(task.onset), falling=task.curves.falling)


def _halfway(task: TaskAudit) -> str | None:
    if task.verdict is None or task.verdict.onset is None:
        return None
    return format_estimate(task.curves.in_table(task.verdict.onset), percent=False)


def evidence_lines(task: TaskAudit, scale: str, rules: Rules) -> list[str]:
    """What a verdict rests on, a line each, as a terminal shows it."""
    onset = _median_onset(task)
    few = why_no_ends(task.onset.n, task.onset.level) if task.onset else ""
    lines = [f"{reaches(rules)} ({scale}), median: {onset}{few and ': ' + few}"] if onset else []
    if task.width:
        why = "" if task.width.has_interval else f": {task.width.method}"
        lines.append(f"width of the rise, decades: {format_estimate(task.width, percent=False)}{why}")
    if task.verdict:
        lines.append(f"seeds that rose sharply: {format_estimate(task.verdict.emerged)}")
    if task.final:
        lines.append(f"seeds that succeed at the end: {format_estimate(task.final.success)}")
    if task.final and task.final.given_success:
        lines.append(f"final score of these: {format_estimate(task.final.given_success)}")
    if task.mirage:
        left = f", {format_estimate(task.mirage.share_left)} of the jump left" if task.mirage.share_left else ""
        lines.append(f"does the metric make the jump? {task.mirage}{left}")
        lines += [f"  on that: {caveat}" for caveat in task.mirage.caveats]
    return [in_units(line, task.unit) for line in lines]


def kinds_of_seeds(task: TaskAudit) -> str | None:
    """Whether last scores form one group of seeds or two, as a cell shows it; None with fewer than LEAST_FOR_KINDS."""
    if task.final is None or task.final.two_kinds is None or task.final.dip is None or task.final.groups is None:
        return None
    dip, groups = task.final.dip, task.final.groups
    kinds = "undecided" if groups.are_two or dip.p < DIP_LEVEL else "one"
    if task.final.two_kinds:
        kinds = f"two: {100 * groups.share:.0f}% near {groups.high:.2g}, the others near {groups.low:.2g}"
    return f"{kinds} (dip p = {dip.p:.2g})"


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
        f"After Schaeffer et al. (2023): how much of the jump in {audit.table.score_name} remains in the smoothest "
        "other metric. 0% means that the choice of metric made the jump, 100% that the other metric jumps as much. "
        "Intervals are over seeds. Error of the prediction: the root mean square difference between "
        f"{audit.table.score_name} and what the likelihoods predict, which is the mean probability of the whole "
        "answer or, where that is unknown, p^L. Items to see one right answer: how many items would be needed to see "
        "at least one right answer with 95% probability at the last evaluation at chance, if the prediction were "
        "true; if more are needed than were tested, a score of 0 was to be expected. Both are medians over seeds."
    )
    columns = [
        "task",
        "does the metric make the jump?",
        "smoothest metric",
        "share of the jump left",
        "seeds that jump",
        "error of the prediction",
        "items to see one right answer",
        "caveats",
    ]
    return Table("Mirage audit", columns, rows, caption, folded=True)


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
        "Share of the jump that remains under each smoother score: for each seed, the change over the stretch of the "
        "jump is compared with the change around it. The 95% intervals over the seeds that jump are simultaneous. The "
        "logarithm of a score of which lower is better (a Brier score, a distance) keeps changing after the jump; it "
        "is shown but not used for the verdict. A dash means that the score is not above its noise in every seed, or "
        "not above 0."
    )
    columns = ["task", "score", "linear axis", "log axis"]
    return Table("The jump under smoother scores", columns, rows, caption, folded=True)
