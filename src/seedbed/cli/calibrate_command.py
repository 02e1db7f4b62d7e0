"""Measure by simulation whether intervals, verdicts and plans have their nominal error rates; write a dated page.

The simulated populations have a known truth. For each kind of population the page reports how often a nominal 95%
interval contains the truth and how wide it is compared with the exact one, how often steps, smooth curves and flat
curves are called emergent, and what power plans deliver. Each result has its n, interval and target, and missed targets
are listed. 2,000 populations per kind take about 45 minutes on two cores; --populations 50 is enough for a try.
The results depend on the seed but not on the number of processes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedbed.cli import output

if TYPE_CHECKING:
    from pathlib import Path

    from seedbed.experiments.calibration_cell import Row
    from seedbed.reports import Report

MOST_POPULATIONS = 1_000_000


@dataclass(frozen=True)
class Arguments:
    """populations: simulated populations for each number; where the verdict is tried, populations of n seeds are one
    nth as many, plans use half.  seed: seed of all random numbers.  out: folder of the page, its charts and tables.
    workers: number of processes; by default one per core.  json: print one JSON value.  quiet: show no progress.
    """

    populations: int = 2000
    seed: int = 0
    out: str = "calibration"
    workers: int | None = None
    json: bool = False
    quiet: bool = False


def execute(arguments: Arguments) -> int:
    """Simulate, write the page, print its headline."""
    import time
    from pathlib import Path

    from seedbed.config import InterruptedRunError, UsageError
    from seedbed.experiments.calibration_pool import measure
    from seedbed.experiments.calibration_report import calibration_report, figures_frame
    from seedbed.training.environment import visible_cores

    if not 1 <= arguments.populations <= MOST_POPULATIONS:
        raise UsageError(
            f"populations must lie between 1 and {MOST_POPULATIONS:,}, got {arguments.populations}: use 2000 for a "
            "page and 50 for a try"
        )
    if arguments.seed < 0:
        raise UsageError(f"seed must be 0 or more, got {arguments.seed}")
    if arguments.workers is not None and arguments.workers < 1:
        raise UsageError(f"workers must be at least 1, got {arguments.workers}")
    folder = Path(arguments.out)
    if not arguments.out or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"--out must name a new or existing folder, got {arguments.out!r}")
    began = time.monotonic()
    workers = arguments.workers or len(visible_cores())
    try:
        rows = measure(arguments.populations, arguments.seed, workers, _Progress(quiet=arguments.quiet))
    except KeyboardInterrupt:
        raise InterruptedRunError(
            "interrupted; nothing was written: the same command starts from the beginning"
        ) from None
    report = calibration_report(rows, _provenance(arguments, time.monotonic() - began, workers))
    page = _write(report, rows, folder)
    if arguments.json:
        figures = figures_frame(rows).to_dicts()
        output.write_json({"headline": list(report.headline), "figures": figures, "page": str(page)})
    else:
        output.write("\n".join([*report.headline, f"page: {page}"]))
    return 0


class _Progress:
    """A line on standard error for every figure that is known."""

    def __init__(self, *, quiet: bool):
        from seedbed.experiments.calibration import cells

        self._known, self._all, self._quiet = 0, len(cells()), quiet

    def __call__(self, row: "Row") -> None:
        import sys

        from seedbed.emergence import format_estimate

        self._known += 1
        if not self._quiet:
            told = f"{self._known} of {self._all}: {row.cell.name}: {format_estimate(row.share)}"
            print(f"seedbed: {told}", file=sys.stderr, flush=True)


def _provenance(arguments: Arguments, seconds: float, workers: int) -> dict:
    from seedbed.experiments.runner import versions
    from seedbed.training.identity import cpu_type

    return {
        "command": f"seedbed calibrate --populations {arguments.populations} --seed {arguments.seed}",
        "time": f"{seconds:.0f} s, {workers} processes",
        "processor": cpu_type(),
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }


def _write(report: "Report", rows: "list[Row]", folder: "Path") -> "Path":
    """The page, named by its date, with its charts in a folder of the same name and its figures as CSV and JSON."""
    import json
    from datetime import date

    from seedbed.experiments.calibration_report import figures_frame
    from seedbed.reports import render_markdown, save_pictures
    from seedbed.store.atomic import write_file

    day = date.today().isoformat()
    save_pictures(report, folder / day)
    figures = figures_frame(rows)
    write_file(folder / f"{day}.csv", figures.write_csv(float_precision=4).encode())
    kept = {"provenance": dict(report.provenance), "figures": figures.to_dicts()}
    write_file(folder / f"{day}.json", (json.dumps(kept, indent=1) + "\n").encode())
    page = folder / f"{day}.md"
    write_file(page, render_markdown(report, day).encode())
    return page
