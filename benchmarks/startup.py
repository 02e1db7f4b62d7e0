"""How long until something happens: `import seedbed`, and a second `seedbed run` to its first training step.

usage: python -m benchmarks.startup [--rounds 5] [--write]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from statistics import median

from benchmarks.page import report

IMPORT = "import time; t = time.perf_counter(); import seedbed; print(time.perf_counter() - t)"
FIRST_STEP = """
import os, sys, time
began = float(sys.argv[2])
from seedbed.experiments.plan import experiment
from seedbed.experiments.runner import run_experiment
from seedbed.training import Progress
class Watch:
    def receive(self, event):
        if isinstance(event, Progress):
            print(time.time() - began, flush=True)
            os.killpg(0, 9)
run_experiment("triangle", folder=sys.argv[1], observers=[Watch()])
"""


def import_seconds() -> float:
    """In a fresh process, the interpreter's own start left out."""
    return float(subprocess.run([sys.executable, "-c", IMPORT], check=True, capture_output=True, text=True).stdout)


def first_step_seconds() -> float:
    """From the start of the process to the first training step, in a new run folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", FIRST_STEP, f"{folder}/run", str(time.time())]
        done = subprocess.run(command, capture_output=True, text=True, start_new_session=True, check=False)
        return float(done.stdout)


def main() -> None:
    """The first run fills the cache of compiled programs and is not counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    first_step_seconds()
    steps = [first_step_seconds() for _ in range(options.rounds)]
    imports = [import_seconds() for _ in range(options.rounds)]
    rows = [
        ["second run to the first step", f"{median(steps):.2f} s", f"{min(steps):.2f} to {max(steps):.2f}", "5 s"],
        ["import seedbed", f"{median(imports):.3f} s", f"{min(imports):.3f} to {max(imports):.3f}", "0.3 s"],
    ]
    reached = median(steps) < 5 and median(imports) < 0.3
    title = f"Starting, median of {options.rounds} fresh processes"
    columns = ["what", "time", "range", "target"]
    report("startup", title, columns, rows, "Reached." if reached else "Missed.", "python -m benchmarks.startup")


if __name__ == "__main__":
    main()
