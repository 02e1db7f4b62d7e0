"""Cells of a calibration measured by several plain processes, which exchange lines of JSON over pipes.

Started as `python -m seedbed.experiments.calibration_pool POPULATIONS SEED`, a process reads numbers of cells and
answers each with its figure. It leaves when its input ends, and ignores Ctrl-C, which is its parent's to handle.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import wait

from seedbed.config import SeedbedError
from seedbed.experiments.calibration import cells
from seedbed.experiments.calibration_cell import Cell, Measured, Row
from seedbed.training.environment import ONE_THREAD


def measure(populations: int, seed: int, workers: int, told: Callable[[Row], None]) -> list[Row]:
    """All cells, in their order; `told` hears of each as soon as it is known.

    Raises SeedbedError where a process dies. On any way out the processes are ended.
    """
    wanted = cells()
    found: dict[int, Row] = {}
    waiting = list(range(len(wanted)))[::-1]
    with ExitStack() as at_end:
        crew = [_start(populations, seed, at_end) for _ in range(min(workers, len(wanted)))]
        answers = {process.stdout.fileno(): process for process in crew if process.stdout}
        for process in crew:
            _ask(process, waiting)
        while len(found) < len(wanted):
            for ready in wait(list(answers)):
                process = answers[ready]  # type: ignore[index]
                number, measured = _answer(process)
                found[number] = Row(wanted[number], measured)
                told(found[number])
                _ask(process, waiting)
    return [found[number] for number in range(len(wanted))]


def _start(populations: int, seed: int, at_end: ExitStack) -> subprocess.Popen:
    command = [sys.executable, "-m", "seedbed.experiments.calibration_pool", str(populations), str(seed)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env={**os.environ, **ONE_THREAD})
    at_end.callback(_end, process)
    return process


def _ask(process: subprocess.Popen, waiting: list[int]) -> None:
    if waiting and process.stdin:
        with suppress(OSError):  # if it died, that is noticed where answers are read
            process.stdin.write(f"{waiting.pop()}\n")
            process.stdin.flush()


def _answer(process: subprocess.Popen) -> tuple[int, Measured]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SeedbedError(
            f"a process that simulates ended with status {process.wait()}: see the messages above; nothing was written"
        )
    number, figures = json.loads(line)
    return number, Measured(**figures)


def _end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # what a dead process did not read
            if pipe:
                pipe.close()


def _serve(numbers: Iterable[str], known: Sequence[Cell], populations: int, seed: int) -> None:
    for number in numbers:
        measured = known[int(number)].run(populations, seed)
        print(json.dumps([int(number), vars(measured)]), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _serve(sys.stdin, cells(), int(sys.argv[1]), int(sys.argv[2]))
