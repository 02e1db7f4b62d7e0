"""List the runs below a folder: experiment, status, members by state, time of the last change.

A run that was killed shows as interrupted; one that cannot be read shows as damaged, and opening it says why.
"""

from dataclasses import dataclass

from seedbed import list_runs
from seedbed.cli import output
from seedbed.cli.flags import positional


@dataclass(frozen=True)
class Arguments:
    """root: folder to look in.  json: print one JSON value."""

    root: str = positional("runs")
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Print the table."""
    runs = list_runs(arguments.root)
    if arguments.json:
        output.write_json(runs.to_dicts())
    elif runs.height == 0:
        output.write(f"no runs in {arguments.root}; start one with: seedbed run EXPERIMENT")
    else:
        output.write(output.table(runs.columns, runs.rows()))
    return 0
