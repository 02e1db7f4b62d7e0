"""Say who of a run will have emerged by a step, from the first quarter of the curves, and how far that can be trusted.

What a member's loss, likelihood and Brier score do before its score moves tells fast seeds from slow ones; the members
whose end is known teach it. Told are the members still under way, and each condition as the other ones foretell it,
beside what came. Skill is measured against the share that had emerged among the others (Kaplan-Meier): 1 is perfect, 0
no better.
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from seedbed.cli import output
from seedbed.cli.flags import positional

if TYPE_CHECKING:
    from seedbed.experiments.forecasts import Skill


@dataclass(frozen=True)
class Arguments:
    """run: its folder.  task: whose onset is asked; may be left out where there is one.  by: the step asked about; by
    default the end of the run.  json: print one JSON value.
    """

    run: str = positional()
    task: str | None = None
    by: float | None = None
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Print the forecasts and their skill."""
    from seedbed.config import UsageError
    from seedbed.experiments.attempts import Attempts, failures
    from seedbed.experiments.forecasts import (
        LEAST_CONDITIONS,
        check_step,
        forecast_conditions,
        forecast_members,
        known_after_a_quarter,
        leave_out_conditions,
        skill_on_left_out_conditions,
        task_asked,
    )
    from seedbed.experiments.results import open_results

    results = open_results(arguments.run)
    known = known_after_a_quarter(results, task_asked(results, arguments.task))
    by = known.end if arguments.by is None else arguments.by
    check_step(known, by)
    asked, names = Attempts(), known.condition_names
    members = asked.ask("forecasts of the members under way", lambda: forecast_members(known, by))
    conditions, skill = None, None
    if not members or len(names) >= LEAST_CONDITIONS:
        forecasters = asked.ask("forecasters without one condition", lambda: leave_out_conditions(known))
        if forecasters is not None:
            conditions = asked.ask("forecasts of conditions", lambda: forecast_conditions(known, forecasters, by))
            skill = asked.ask("the skill", lambda: skill_on_left_out_conditions(known, forecasters))
    if asked.failed and not members and conditions is None and skill is None:
        raise UsageError(next(iter(asked.failed.values())))
    if arguments.json:
        output.write_json(
            {
                "task": known.task,
                "after": known.start,
                "by": by,
                "end": known.end,
                "members_known": len(known.members),
                "conditions_known": len(names),
                "members_left_out": known.left_out,
                "members": [asdict(each) for each in members or ()],
                "conditions": [asdict(each) for each in conditions or ()],
                "skill": asdict(skill) if skill else None,
                "failed": asked.failed,
            }
        )
        return 0
    output.write(
        f"{known.task}: {len(known.members)} members of {len(names)} conditions had not emerged by step "
        f"{known.start:g} of {known.end:g}, when forecasts are made; {known.left_out} others had, had not come so "
        "far, or train for another number of steps."
    )
    if members is not None:
        _write_members(members, by)
    if conditions:
        _write_conditions(conditions, by)
    if skill is not None:
        _write_skill(skill)
    elif not asked.failed:
        output.write(f"Skill: unknown, {LEAST_CONDITIONS} conditions are needed to leave one out.")
    for said in failures(asked.failed):
        output.write(f"{said[0].upper()}{said[1:]}.")
    return 0


def _write_members(members: list, by: float) -> None:
    if not members:
        output.write("No member is under way.")
        return
    rows = [
        (each.member, each.condition, f"{each.after:g}", f"{100 * each.chance:.0f}%", f"{each.median:.0f}",
         f"{each.low:.0f} to {each.high:.0f}")
        for each in members
    ]  # fmt: skip
    heads = ("member", "condition", "not before", f"chance by {by:g}", "median step", "80% interval")
    output.write("Members under way:\n" + output.table(heads, rows))


def _write_conditions(conditions: list, by: float) -> None:
    from seedbed.emergence import format_estimate

    rows = [
        (
            each.condition,
            str(each.members),
            f"{100 * each.share:.0f}%",
            format_estimate(each.seen) if each.seen else "-",
        )
        for each in conditions
    ]
    heads = ("condition left out", "members", f"forecast, emerged by {by:g}", "came")
    output.write("Each condition as the others foretell it:\n" + output.table(heads, rows))


def _write_skill(skill: "Skill") -> None:
    from seedbed.emergence import format_estimate

    output.write(
        f"Skill over Kaplan-Meier: {format_estimate(skill.skill, percent=False)} conditions, each left out in turn; "
        f"Brier score {skill.brier:.3f} against {skill.baseline:.3f}.\n"
        f"Onsets inside their 80% interval: {format_estimate(skill.coverage)}."
    )
