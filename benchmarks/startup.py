"""How long until something happens: `import seedbed`, and a second `seedbed run` to its first training step.

usage: python -m benchmarks.startup [--rounds 5] [--write]
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from statistics import median

from benchmarks.page import Page, options_of, publish

FIRST_STEP_TARGET, IMPORT_TARGET = 5.0, 0.3
IMPORT = "import time; t = time.perf_counter(); import seedbed; print(time.perf_counter() - t)"
RUN = "import sys; from seedbed.cli.main import main; sys.exit(main())"


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
    """From the start of `seedbed run triangle` to its first line of progress, which comes after a training step."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        began = time.perf_counter()
        command = [sys.executable, "-c", RUN, "run", "triangle", "--folder", f"{folder}/run"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
            assert process.stderr is not None
            line = process.stderr.readline()
            seconds = time.perf_counter() - began
            os.killpg(process.pid, signal.SIGKILL)
    if "members done" not in line:
        raise RuntimeError(f"the run ended before its first step:\n{line}")
    return seconds


def import_seconds() -> float:
    """In a fresh process, the interpreter's own start left out."""
    return float(subprocess.run([sys.executable, "-c", IMPORT], check=True, capture_output=True, text=True).stdout)


def _times(seconds: list[float], digits: int) -> tuple[str, str]:
    return f"{median(seconds):.{digits}f} s", f"{min(seconds):.{digits}f} to {max(seconds):.{digits}f}"


if __name__ == "__main__":
    main()
