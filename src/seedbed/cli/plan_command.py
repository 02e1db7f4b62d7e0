"""Compute how many seeds a comparison needs, from a pilot run or a table of scores (CSV, TSV, Parquet, JSONL).

The pilot's onsets are those of one task (--task, which is not needed if there is only one). A small pilot leaves the
spread of onsets uncertain, and the plan allows for that: a pilot of 3 seeds asks for many more seeds than one of 16.
"""

from dataclasses import dataclass

from seedbed.cli import output
from seedbed.cli.flags import positional


@dataclass(frozen=True)
class Arguments:
    """pilot: a run folder or a file.  effect: ratio of typical onsets that should be detected.  power: probability of
    detecting it.  task: task of the pilot whose onsets are used.  threshold: score that defines an onset.  persistence:
    number of consecutive evaluations that must reach the threshold.  end: where the planned runs end; by default as
    late as necessary.  scale: column of the scale in a table.  score: column of the scores in a table.  group: column
    of the seeds in a table; by default `seed`.  by: columns of a table whose values are judged separately; by default
    `task`.  percent: scores are percentages.  falling: whether the scale falls as models get better.  json: print one
    JSON value.
    """

    pilot: str = positional()
    effect: float = 1.5
    power: float = 0.8
    task: str | None = None
    threshold: float = 0.5
    persistence: int = 2
    end: float | None = None
    scale: str = "step"
    score: str = "score"
    group: str | None = None
    by: tuple[str, ...] = ()
    percent: bool = False
    falling: bool | None = None
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Print the plan; exit code 1 where no number of seeds that was tried is enough."""
    from math import inf, isfinite

    from seedbed.config import UsageError
    from seedbed.emergence import seeds_needed
    from seedbed.experiments.any_scores import scores_of
    from seedbed.store.score_curves import curves_of, unit_of
    from seedbed.store.score_table import Columns

    if arguments.persistence < 1:
        raise UsageError(f"persistence must be at least 1 evaluation, got {arguments.persistence}")
    if arguments.end is not None and not (isfinite(arguments.end) and arguments.end > 0):
        raise UsageError(f"end must be a finite point of the scale above 0, got {arguments.end:g}")
    columns = Columns(
        arguments.scale,
        arguments.score,
        arguments.group,
        arguments.by,
        percent=arguments.percent,
        falling=arguments.falling,
    )
    table = scores_of(arguments.pilot, columns)
    task = unit_of(table, arguments.task)
    curves = curves_of(table, task)
    onsets = curves.onsets(arguments.threshold, arguments.persistence)
    end = inf if arguments.end is None else curves.shown(arguments.end)  # the inverse where the scale falls, as onsets
    plan = seeds_needed(onsets, arguments.effect, arguments.power, end=end)
    if arguments.json:
        output.write_json({**vars(plan), "task": task, "effect": arguments.effect, "asked": arguments.power})
    else:
        answer = (
            f"{plan.seeds} seeds per condition detect a ratio of {arguments.effect:g} with power "
            f"{100 * plan.power:.0f}%"
            if plan.seeds is not None
            else f"not even {plan.curve[-1][0]} seeds per condition suffice to detect a ratio of {arguments.effect:g} "
            f"(power {100 * plan.power:.0f}%)"
        )
        censored = f", {plan.censored} of them censored" if plan.censored else ""
        output.write(
            f"{answer}.\n{task}: log onset has a standard deviation of {plan.spread:.3g} in the pilot (n = "
            f"{plan.pilot} seeds{censored}).\nLog-rank test at 5%; the power is averaged over the uncertainty of the "
            "standard deviation.\n"
            + output.table(("seeds", "power"), [(seeds, f"{100 * power:.0f}%") for seeds, power in plan.curve])
        )
    return 0 if plan.seeds is not None else 1
