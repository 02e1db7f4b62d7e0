"""When abilities of a run emerged in steps, tokens, FLOPs and training loss, and on which scale conditions agree.

An onset is found in steps, once, and read off on the other scales at the same tests, so all speak of one event. Source:
Du et al. (2024), arXiv 2403.15796, who hold that the loss decides.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from seedbed.emergence import (
    Alignment,
    Estimate,
    Onset,
    compare_alignment,
    format_estimate,
    median_onset,
    onset,
    onset_on,
    reciprocal,
)
from seedbed.experiments.attempts import Attempts
from seedbed.experiments.audit import Rules
from seedbed.experiments.onset_words import BEYOND, shown_onset
from seedbed.experiments.results import Results
from seedbed.experiments.run_scales import on_scales
from seedbed.experiments.run_scores import condition_names, named_panel
from seedbed.reports import Table

UNITS = {
    "step": ("steps", 1.0),
    "tokens": ("million tokens", 1e6),
    "flops": ("10^12 FLOPs", 1e12),
    "loss": ("nats", 1.0),
}
LEAST_TO_ALIGN = 2  # confirmed onsets of a condition, below which it has no spread to compare with
SAME = 1e-9  # relative difference of two conditions' FLOPs per step, up to which steps and FLOPs are one scale

Onsets = dict[str, list[Onset]]  # by scale, the same seeds in the same order


def onset_items(
    results: Results, rules: Rules, conditions: Sequence[str], tasks: Sequence[str], asked: Attempts
) -> list[Table]:
    """The table of onsets on every scale, and the one of their alignment where two conditions emerged; or none.

    A table that fails is left out, and `asked` keeps why.
    """
    found = asked.ask("onsets in tokens, FLOPs and loss", lambda: onsets_by_scale(results, rules, conditions, tasks))
    if not found or not any(_seen(each["step"]) for each in found.values()):
        return []
    table = asked.ask("the table of onsets in tokens, FLOPs and loss", lambda: onset_table(found))
    aligned = asked.ask(
        "whether conditions emerge at the same loss", lambda: list(alignments(found, conditions_of(results)))
    )
    return [*([table] if table else []), *([alignment_table(aligned)] if aligned else [])]


def onsets_by_scale(
    results: Results, rules: Rules, conditions: Sequence[str] = (), tasks: Sequence[str] = ()
) -> dict[tuple[str, str], Onsets]:
    """The onsets of every condition (with its labels) and task on every scale; on that of the loss, in 1 / loss.

    Tests for which no training loss was noted are left out.
    """
    rows = on_scales(results, named_panel(results, conditions, tasks)).drop_nulls("loss").sort("member", "step")
    found: dict[tuple[str, str], Onsets] = {}
    for (named, task, _), own in rows.group_by(["named", "task", "member"], maintain_order=True):
        steps_E = own["step"].to_numpy()
        persistence = min(rules.persistence, len(steps_E))
        in_steps = onset(steps_E, own["exact"].to_numpy(), threshold=rules.threshold, persistence=persistence)
        unit = found.setdefault((str(named), str(task)), {scale: [] for scale in UNITS})
        for scale, onsets in unit.items():
            onsets.append(onset_on(in_steps, steps_E, own[scale].to_numpy(), falling=scale == "loss"))
    return found


def conditions_of(results: Results) -> dict[str, float]:
    """FLOPs per step of each condition with its labels: the mean over its members."""
    flops = {member: float(each.config.flops_per_step) for member, each in results.planned.items()}
    rows = pl.DataFrame(
        [(named, flops[member]) for member, named in condition_names(results).items()],
        schema=["named", "flops"],
        orient="row",
    )
    return dict(rows.group_by("named", maintain_order=True).agg(pl.col("flops").mean()).iter_rows())


def onset_table(found: dict[tuple[str, str], Onsets]) -> Table:
    """A row a condition, task and scale: median onset."""
    rows, absent = [], []
    for (named, task), unit in found.items():
        if not _seen(unit["step"]):
            absent.append(f"{named}, {task}")
            continue
        for scale, (words, size) in UNITS.items():
            median, falling = median_onset(unit[scale]), scale == "loss"
            if falling:
                median = reciprocal(median)
            rows.append([named, task, words, shown_onset(_in(median, size), falling=falling)])
    caption = (
        "The onset is the first evaluation from which exact match stays at or above its threshold. It is given on "
        "four scales: steps, target tokens of full batches, training FLOPs, and the lowest training loss so far (mean "
        "since the previous evaluation, over all tasks). The table shows medians with 95% intervals by order "
        f"statistics; {BEYOND} means that at least half of the seeds had no onset by then."
    )
    if absent:
        caption += f" No seed had an onset in: {'; '.join(absent)}."
    columns = ["condition", "task", "scale", "median onset"]
    return Table("Onset in steps, tokens, FLOPs and loss", columns, rows, caption, folded=True)


def alignments(
    found: dict[tuple[str, str], Onsets], flops: dict[str, float]
) -> Iterator[tuple[str, list[str], str, Alignment]]:
    """For each task that at least two conditions acquired: task, conditions, scale compared with the loss, and how.

    FLOPs are compared where conditions differ in FLOPs per step; else they are steps in another unit.
    """
    for task in dict.fromkeys(task for _, task in found):
        sides = {named: unit for (named, of), unit in found.items() if of == task and _alignable(unit["step"])}
        if len(sides) < 2:
            continue
        rates = [flops[named] for named in sides]
        for scale in ("step", "flops") if max(rates) > min(rates) * (1 + SAME) else ("step",):
            yield (
                task,
                list(sides),
                scale,
                compare_alignment([unit[scale] for unit in sides.values()], [unit["loss"] for unit in sides.values()]),
            )


def alignment_table(aligned: Sequence[tuple[str, list[str], str, Alignment]]) -> Table:
    """Does onset line up better in loss than in steps or FLOPs?"""
    rows = [
        [
            task,
            ", ".join(conditions),
            UNITS[scale][0].removeprefix("10^12 "),
            format_estimate(each.first, percent=False),
            format_estimate(each.second, percent=False),
            format_estimate(each.ratio, percent=False),
            alignment_words(each, UNITS[scale][0].removeprefix("10^12 ")),
        ]
        for task, conditions, scale, each in aligned
    ]
    caption = (
        "After Du et al. (2024): if the loss determines when an ability emerges, conditions emerge at the same loss "
        "even if they do so at different steps. Spread: the spread of log onset over all seeds divided by the spread "
        "within conditions; it is 1 if all conditions emerge at the same point. The ratio divides the spread on the "
        "other scale by that in loss; it is above 1 if onsets line up better in loss. Intervals are 95% jackknife "
        f"intervals over seeds. Conditions with fewer than {LEAST_TO_ALIGN} confirmed onsets are left out. Conditions "
        "that read different streams have different lower bounds of the loss, so the same loss need not mean the same "
        "ability."
    )
    columns = ["task", "conditions", "against", "spread there", "spread in loss", "ratio", "lines up better in"]
    return Table("Do conditions emerge at the same loss?", columns, rows, caption, folded=True)


def alignment_words(found: Alignment, other: str) -> str:
    """The answer: the scale whose relative spread is smaller, if the whole interval of the ratio says so."""
    if found.ratio.low > 1:
        return "loss"
    return other if found.ratio.high < 1 else "these seeds do not settle it"


def _seen(onsets: Sequence[Onset]) -> int:
    return sum(one.step is not None for one in onsets)


def _alignable(onsets: Sequence[Onset]) -> bool:
    return _seen(onsets) >= LEAST_TO_ALIGN and all(one.step != 0 for one in onsets)


def _in(estimate: Estimate, size: float) -> Estimate:
    """The estimate in a larger unit."""
    return Estimate(
        estimate.value / size, estimate.low / size, estimate.high / size, estimate.n, estimate.method, estimate.level
    )
