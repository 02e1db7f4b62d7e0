"""How long `seedbed audit` takes on a million rows, from the start of the process to the page, and its peak memory.

The table is made from a fixed seed: 10 tasks, 100 seeds, 1,000 steps; some tasks leap, some rise slowly, one never.
One core: the process is pinned where the system can, and polars and the linear algebra get one thread. The charts'
engine is in the cache from the second audit on; the first is timed apart.

usage: python -m benchmarks.audit [--rounds 5] [--write]
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from benchmarks.page import Page, options_of, publish
from seedbed.training.environment import ONE_THREAD, visible_cores

TASKS, SEEDS, EVALUATIONS, ITEMS = 10, 100, 1000, 200
WIDTHS = (0.1, 1.5, 0.2, 0.3, 0.1, 0.4, 2.0, 0.0, 0.2, 0.1)  # decades from 10% to 90%, by task; 0: never rises
TARGET_SECONDS, TARGET_GIGABYTES = 5.0, 1.0


@dataclass(frozen=True)
class Spent:
    """One audit. wall, cpu: seconds, the latter user and system together.  peak: gigabytes resident."""

    wall: float
    cpu: float
    peak: float


def main() -> None:
    """The first audit fills the cache; the others are what counts."""
    parser = options_of(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        table = Path(place) / "million.csv"
        million_rows().write_csv(table)
        cache = {"SEEDBED_CACHE": str(Path(place) / "cache")}
        first = audit(table, cache)
        found = [audit(table, cache) for _ in range(options.rounds)]
    publish(as_page(first, found), options)


def million_rows(seed: int = 0) -> pl.DataFrame:
    """Right answers of 200 items, with curves that rise around step 200 to 2,000 in each seed."""
    rng = np.random.default_rng(seed)
    steps_E = np.arange(1, EVALUATIONS + 1) * 10.0
    parts = []
    for task, width in enumerate(WIDTHS):
        onset_S1 = 10 ** rng.normal(2.6, 0.15, size=(SEEDS, 1))
        share_SE = np.zeros((SEEDS, EVALUATIONS))
        if width:
            share_SE = 1 / (1 + (onset_S1 / steps_E) ** (2 * np.log10(9) / width))
        scores_SE = rng.binomial(ITEMS, share_SE) / ITEMS
        parts.append(
            pl.DataFrame(
                {
                    "task": pl.repeat(f"task {task}", scores_SE.size, eager=True),
                    "seed": np.repeat(np.arange(SEEDS), EVALUATIONS),
                    "step": np.tile(steps_E, SEEDS),
                    "accuracy": scores_SE.ravel(),
                    "n": pl.repeat(ITEMS, scores_SE.size, eager=True),
                }
            )
        )
    return pl.concat(parts)


def audit(table: Path, environment: dict[str, str]) -> Spent:
    """One process, as a user starts it, on one core."""
    flags = ["--score", "accuracy", "--chance", "0", "--items", "n", "--out", str(table.with_suffix("")) + "-audit"]
    command = [sys.executable, "-c", "from seedbed.cli.main import main; main()", "audit", str(table), *flags]
    core = visible_cores()[-1]
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **ONE_THREAD, **environment},
        stdout=subprocess.DEVNULL,
        preexec_fn=(lambda: os.sched_setaffinity(0, {core})) if hasattr(os, "sched_setaffinity") else None,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the audit ended with {process.returncode}")
    return Spent(time.perf_counter() - began, used.ru_utime + used.ru_stime, _gigabytes(used))


def _gigabytes(used: resource.struct_rusage) -> float:
    """Linux counts kilobytes, macOS bytes."""
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


def as_page(first: Spent, found: list[Spent]) -> Page:
    """The table: medians over rounds."""
    rows = [
        (name, f"{median(values):.2f} {unit}", f"{min(values):.2f} to {max(values):.2f}", f"{once:.2f} {unit}", target)
        for name, unit, values, once, target in [
            ("by the clock", "s", [each.wall for each in found], first.wall, f"below {TARGET_SECONDS:g} s"),
            ("processor time", "s", [each.cpu for each in found], first.cpu, ""),
            ("peak memory", "GB", [each.peak for each in found], first.peak, f"below {TARGET_GIGABYTES:g} GB"),
        ]
    ]
    wall, peak = median(each.wall for each in found), max(each.peak for each in found)
    reached = wall < TARGET_SECONDS and peak < TARGET_GIGABYTES
    return Page(
        name="audit",
        title=f"An audit of {TASKS * SEEDS * EVALUATIONS:,} rows on one core, median of {len(found)} processes",
        columns=("what", "time or size", "range", "first audit ever", "target"),
        rows=rows,
        verdict="Both reached." if reached else "Missed.",
        samples={
            "wall": [each.wall for each in found],
            "cpu": [each.cpu for each in found],
            "peak": [each.peak for each in found],
        },
    )


if __name__ == "__main__":
    main()
