"""What emerged in a run, as a section of its report: its conditions and tasks, judged as anyone's table would be."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from seedbed.config import UsageError
from seedbed.experiments.attempts import Attempts, failures
from seedbed.experiments.audit import audit
from seedbed.experiments.audit_report import emergence_section
from seedbed.experiments.comparisons import compare_conditions, comparison_table, too_many_to_compare
from seedbed.experiments.results import Results
from seedbed.experiments.run_onsets import onset_items
from seedbed.experiments.run_scores import run_scores
from seedbed.reports import Item, Section


def run_section(results: Results, conditions: Sequence[str] = (), tasks: Sequence[str] = ()) -> Section:
    """The section of an audit, and when each emerged in tokens, FLOPs and loss, and on which of these they agree.

    A statistic that fails leaves the others standing, and a warning says which and why. conditions, tasks: those that
    it is about, all by default.
    """
    found = audit(run_scores(results, conditions, tasks))
    section = emergence_section(found)
    compared: list[Item] = []
    with suppress(UsageError):  # one condition has none to be compared with
        compared.append(comparison_table(compare_conditions(found)))
    asked = Attempts()
    items = onset_items(results, found.rules, conditions, tasks, asked)
    crowded = too_many_to_compare(found)
    text = [*section.text, *(f"Warning: {said}." for said in failures(asked.failed))]
    text += [f"Conditions are not compared: {crowded}."] if crowded else []
    return replace(section, text=text, items=[*section.items, *compared, *items])
