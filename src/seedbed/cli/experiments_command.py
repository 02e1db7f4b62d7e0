"""List the experiments. Each repeats a published result or answers a question of ours with one command."""

import importlib.util
from dataclasses import dataclass

from seedbed.cli import output
from seedbed.experiments.plan import EXPERIMENTS


@dataclass(frozen=True)
class Arguments:
    """json: print one JSON value."""

    json: bool = False


def execute(arguments: Arguments) -> int:
    """Print names and summaries."""
    listed = [entry for entry in EXPERIMENTS.values() if importlib.util.find_spec(entry.module)]
    if arguments.json:
        output.write_json([{"name": entry.name, "summary": entry.summary} for entry in listed])
    else:
        output.write(output.table(["experiment", "question"], [(entry.name, entry.summary) for entry in listed]))
        output.write("\nrun one with: seedbed run EXPERIMENT; its options: seedbed run EXPERIMENT --help")
    return 0
