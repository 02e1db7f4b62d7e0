"""Predict from the first quarter of the curves which members of a run will have emerged by a given step.

The loss, likelihood and Brier score of a member often change before its score does, and this separates fast from slow
seeds. The forecast learns it from the members whose outcome is known. The command prints a forecast for each member
that is still in training. To show how far the forecasts can be trusted, it also predicts each condition from the others
and prints what actually happened. Skill compares the forecasts with the share of the other members that had emerged by
that step (Kaplan-Meier): 1 is perfect, 0 is no better.
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from seedbed.cli import output
from seedbed.cli.flags import positional

if TYPE_CHECKING:
    from seedbed.experiments.forecasts import Skill


@dataclass(frozen=True)
class Arguments:
    """run: folder of the run.  task: the task whose onset is predicted; not needed if there is only one.  by: the step
    by which the task should have emerged; by default the end of the run.  json: print one JSON value.
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
    members = asked.ask("forecasts of the members in training", lambda: forecast_members(known, by))
    conditions, skill = None, None
    if not members or len(names) >= LEAST_CONDITIONS:
        forecasters = asked.ask("forecasts with one condition left out", lambda: leave_out_conditions(known))
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
        f"{known.task}: forecasts are made at step {known.start:g} of {known.end:g}. By then {len(known.members)} "
        f"members of {len(names)} conditions had not emerged; {known.left_out} other members are left out, because "
        "they had emerged, had not reached that step, or train for a different number of steps."
    )
    if members is not None:
        _write_members(members, by)
    if conditions:
        _write_conditions(conditions, by)
    if skill is not None:
        _write_skill(skill)
    elif not asked.failed:
        output.write(f"Skill: unknown, because leaving one condition out needs {LEAST_CONDITIONS} conditions.")
    for said in failures(asked.failed):
        output.write(f"{said[0].upper()}{said[1:]}.")
    return 0


def _write_members(members: list, by: float) -> None:
    if not members:
        output.write("No member is in training.")
        return
    rows = [
        (each.member, each.condition, f"{each.after:g}", f"{100 * each.chance:.0f}%", f"{each.median:.0f}",
         f"{each.low:.0f} to {each.high:.0f}")
        for each in members
    ]  # fmt: skip
    heads = ("member", "condition", "not before", f"chance by {by:g}", "median step", "80% interval")
    output.write("Members in training:\n" + output.table(heads, rows))


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
    output.write("Each condition as predicted from the others:\n" + output.table(heads, rows))


def _write_skill(skill: "Skill") -> None:
    from seedbed.emergence import format_estimate

    output.write(
        f"Skill over Kaplan-Meier: {format_estimate(skill.skill, percent=False)} conditions, each left out in turn; "
        f"Brier score {skill.brier:.3f} against {skill.baseline:.3f}.\n"
        f"Onsets inside their 80% interval: {format_estimate(skill.coverage)}."
    )
