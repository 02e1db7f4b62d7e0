"""How long until something happens: `import seedbed`, and a second `seedbed run` to its first training step.

usage: python -m benchmarks.startup [--rounds 5] [--write]
"""

import subprocess
import sys
import tempfile
import time
from statistics import median

from benchmarks.page import Page, options_of, publish

FIRST_STEP_TARGET, IMPORT_TARGET = 5.0, 0.3
IMPORT = "import time; t = time.perf_counter(); import seedbed; print(time.perf_counter() - t)"
FIRST_STEP = """
import os, signal, sys, time
from seedbed.experiments.runner import run_experiment
from seedbed.training import Progress

class Watch:
    def receive(self, event):
        if isinstance(event, Progress):
            print(time.time() - float(sys.argv[2]), flush=True)
            os.killpg(0, signal.SIGKILL)

run_experiment("triangle", folder=sys.argv[1], observers=[Watch()])
"""


def main() -> None:
    """The first run fills the cache of compiled programs and is not counted."""
    parser = options_of(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    first_step_seconds()
    steps = [first_step_seconds() for _ in range(options.rounds)]
    imports = [import_seconds() for _ in range(options.rounds)]
    reached = median(steps) < FIRST_STEP_TARGET and median(imports) < IMPORT_TARGET
    page = Page(
        name="startup",
        title=f"Starting, median of {options.rounds} fresh processes",
        columns=("what", "time", "range", "target"),
        rows=[
            ("second run to the first step", *_times(steps, 2), f"below {FIRST_STEP_TARGET} s"),
            ("`import seedbed`", *_times(imports, 3), f"below {IMPORT_TARGET} s"),
        ],
        verdict="Both reached." if reached else "Missed.",
        samples={"first step": steps, "import": imports},
    )
    publish(page, options)


def first_step_seconds() -> float:
    """From the start of the process to the first news of a training step, in a new run folder."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-c", FIRST_STEP, f"{folder}/run", str(time.time())]
        done = subprocess.run(command, capture_output=True, text=True, start_new_session=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"the run ended before its first step:\n{done.stderr}")
    return float(done.stdout)


def import_seconds() -> float:
    """In a fresh process, the interpreter's own start left out."""
    return float(subprocess.run([sys.executable, "-c", IMPORT], check=True, capture_output=True, text=True).stdout)


def _times(seconds: list[float], digits: int) -> tuple[str, str]:
    return f"{median(seconds):.{digits}f} s", f"{min(seconds):.{digits}f} to {max(seconds):.{digits}f}"


if __name__ == "__main__":
    main()
