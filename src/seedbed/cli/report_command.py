"""Make the reports of runs anew from what they hold, and print where each one is. Nothing is trained."""

from dataclasses import dataclass

from seedbed.cli import output
from seedbed.cli.flags import positional


@dataclass(frozen=True)
class Arguments:
    """runs: folders of runs.  json: print one JSON value."""

    runs: tuple[str, ...] = positional()
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Write each report; the first that fails ends the command."""
    from seedbed.experiments.runner import write_report_of

    written = []
    for folder in arguments.runs:
        written.append({"folder": folder, "report": str(write_report_of(folder))})
        if not arguments.json:
            output.write(written[-1]["report"])
    if arguments.json:
        output.write_json(written)
    return 0
