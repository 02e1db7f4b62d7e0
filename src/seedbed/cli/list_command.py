"""List the runs below a folder: experiment, status, members by state, time of the last change.

`under way` counts the members that will continue from a saved state, and `at step` gives the steps at which these
states were saved, from the earliest to the latest. A killed run is listed as interrupted. A run with a file that is
missing, truncated or unreadable is listed as damaged, with the reason. The list is quick because it does not hash large
files; `seedbed verify RUN` does.
"""

from dataclasses import dataclass
from typing import Any

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
        columns = [
            "experiment",
            "folder",
            "status",
            "finished",
            "diverged",
            "under way",
            "members",
            "at step",
            "updated",
        ]
        rows = runs.to_dicts()
        output.write(output.table(columns, [[_cell(row, column) for column in columns] for row in rows]))
        for row in rows:
            if row["problem"]:
                output.write(f"{row['folder']} is damaged: {' '.join(row['problem'].split())}")
    return 0


def _cell(row: dict[str, Any], column: str) -> Any:
    if column != "at step":
        return row[column.replace(" ", "_")]
    if row["from_step"] is None:
        return None
    steps = "-".join(str(step) for step in sorted({row["from_step"], row["to_step"]}))
    return steps if row["steps"] is None else f"{steps}/{row['steps']}"
