"""Write the reports of runs again from their stored results, and print where each one is. Nothing is trained."""

from dataclasses import dataclass
from pathlib import Path

from seedbed.cli import output
from seedbed.cli.flags import positional


@dataclass(frozen=True)
class Arguments:
    """runs: folders of runs.  json: print one JSON value."""

    runs: tuple[str, ...] = positional()
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Write each report; the first that fails ends the command."""
    from seedbed.experiments.runner import REPORT, write_report_of

    written = []
    for folder in arguments.runs:
        report = write_report_of(folder)
        written.append({"folder": folder, "report": str(Path(folder) / REPORT), "headline": list(report.headline)})
        if not arguments.json:
            output.write(written[-1]["report"])
    if arguments.json:
        output.write_json(written)
    return 0
