"""Measure what building blocks cost: time and peak memory per token against the length of the window; write a page.

`seedbed bench blocks` runs one block of every mixer, forward and in training, on windows of 256 to 8,192 tokens. It
reports how the time grows, from which length on a mixer is faster than attention, and how much memory it needs at its
peak according to the compiler. On CPUs it uses one thread, like the worker processes that train populations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seedbed.cli import output
from seedbed.cli.flags import positional

if TYPE_CHECKING:
    from pathlib import Path

    from seedbed.experiments.bench_blocks import Series
    from seedbed.reports import Report


@dataclass(frozen=True)
class Arguments:
    """what: blocks.  lengths: window lengths in tokens; by default 256 to 8192.  widths: widths of the model; by
    default 64 and 128.  mixers: names of mixers; by default all.  rounds: number of measurements of each; the fastest
    counts.  out: folder of the page, its charts and its table.  json: print one JSON value.  quiet: show no progress.
    """

    what: Literal["blocks"] = positional()
    lengths: tuple[int, ...] = ()
    widths: tuple[int, ...] = ()
    mixers: tuple[str, ...] = ()
    rounds: int = 7
    out: str = "bench"
    json: bool = False
    quiet: bool = False


def execute(arguments: Arguments) -> int:
    """Measure, write the page, print its headline."""
    import os
    import time
    from pathlib import Path

    from seedbed.config import UsageError
    from seedbed.training.environment import ONE_THREAD, configure_jax, keep_freed_memory

    folder = Path(arguments.out)
    if not arguments.out or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"--out must name a new or existing folder, got {arguments.out!r}")
    os.environ.update(ONE_THREAD)  # before jax is imported
    keep_freed_memory()
    configure_jax()

    from seedbed.experiments.bench_blocks import LENGTHS, WIDTHS, Grid, measure
    from seedbed.experiments.bench_blocks_report import bench_report, costs_frame
    from seedbed.models import MIXERS

    grid = Grid(
        tuple(sorted(arguments.lengths)) or LENGTHS,
        arguments.widths or WIDTHS,
        arguments.mixers or tuple(MIXERS),
        arguments.rounds,
    )
    began = time.monotonic()
    found = measure(grid, _told(len(grid.widths) * len(grid.mixers) * 2, quiet=arguments.quiet))
    report = bench_report(found, _provenance(arguments, time.monotonic() - began))
    page = _write(report, found, folder)
    if arguments.json:
        output.write_json(
            {"headline": list(report.headline), "costs": costs_frame(found).to_dicts(), "page": str(page)}
        )
    else:
        output.write("\n".join([*report.headline, f"page: {page}"]))
    return 0


def _told(wanted: int, *, quiet: bool) -> "Callable[[Series], None]":
    """A line on standard error for every mixer that is measured."""
    import sys

    known = 0

    def tell(series: "Series") -> None:
        nonlocal known
        known += 1
        if not quiet:
            cost = 1e6 * series.fastest_N[-1] / series.lengths[-1]
            told = (
                f"{series.mixer}, width {series.width}, {series.kind}: {cost:.3g} us a token at {series.lengths[-1]:,}"
            )
            print(f"seedbed: {known} of {wanted}: {told}", file=sys.stderr, flush=True)

    return tell


def _provenance(arguments: Arguments, seconds: float) -> dict:
    from seedbed.experiments.runner import versions
    from seedbed.training.identity import device_type

    words = [f"seedbed bench {arguments.what}"]
    given = {name: getattr(arguments, name) for name in ("lengths", "widths", "mixers")}
    words += [f"--{name} {','.join(str(value) for value in values)}" for name, values in given.items() if values]
    return {
        "command": " ".join([*words, f"--rounds {arguments.rounds}"]),
        "time": f"{seconds:.0f} s",
        "device": f"{device_type()}, one thread",
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }


def _write(report: "Report", found: "list[Series]", folder: "Path") -> "Path":
    """The page, its charts in a folder beside it, and its costs as CSV; each made whole and renamed into place."""
    from seedbed.experiments.bench_blocks_report import costs_frame
    from seedbed.reports import render_markdown, save_pictures
    from seedbed.store.atomic import write_file

    save_pictures(report, folder / "blocks")
    write_file(folder / "blocks" / "costs.csv", costs_frame(found).write_csv(float_precision=9).encode())
    page = folder / "blocks.md"
    write_file(page, render_markdown(report, "blocks").encode())
    return page
