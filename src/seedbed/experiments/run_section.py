"""What emerged in a run, as a section of its report: its conditions and tasks, judged as anyone's table would be."""

from collections.abc import Sequence
from dataclasses import replace

from seedbed.experiments.audit import audit
from seedbed.experiments.audit_report import emergence_section
from seedbed.experiments.results import Results
from seedbed.experiments.run_onsets import onset_items
from seedbed.experiments.run_scores import run_scores
from seedbed.reports import Section


def run_section(results: Results, conditions: Sequence[str] = ()) -> Section:
    """The section of an audit, and when each emerged in tokens, FLOPs and loss, and on which of these they agree."""
    found = audit(run_scores(results, conditions))
    section = emergence_section(found)
    return replace(section, items=[*section.items, *onset_items(results, found.rules, conditions)])
