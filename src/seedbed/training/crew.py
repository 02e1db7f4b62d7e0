"""Worker processes, and starting them before there is anything to do: they import JAX while the plan is being made.

Needs nothing but the standard library, so that a command can start its workers before it imports anything heavy.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from seedbed.training.environment import ONE_THREAD, visible_cores


@dataclass(frozen=True)
class Started:
    """A worker's process and the pipe ends kept here."""

    process: subprocess.Popen
    orders: Connection
    reports: Connection


@dataclass
class Crew:
    """Workers that wait for a first order, at most one a core."""

    waiting: dict[int, Started] = field(default_factory=dict)

    def take(self, core: int) -> Started:
        """The worker that waits for this core, or a new one."""
        worker = self.waiting.pop(core, None)
        return worker if worker is not None and worker.process.poll() is None else start_worker(core)

    def dismiss(self) -> None:
        """End those that nobody took; they have done nothing yet."""
        for worker in self.waiting.values():
            worker.orders.close()
            worker.reports.close()
            worker.process.kill()
            worker.process.wait()
        self.waiting.clear()


def start_worker(core: int) -> Started:
    """A new worker process for one core."""
    orders_in, orders_out = os.pipe()
    reports_in, reports_out = os.pipe()
    command = [sys.executable, "-m", "seedbed.training.worker", str(orders_in), str(reports_out), str(core)]
    process = subprocess.Popen(
        command,
        env={**os.environ, **ONE_THREAD, "JAX_PLATFORMS": "cpu"},
        pass_fds=[orders_in, reports_out],
        stdin=subprocess.DEVNULL,
    )
    os.close(orders_in)
    os.close(reports_out)
    return Started(process, Connection(orders_out, readable=False), Connection(reports_in, writable=False))


@contextmanager
def early_crew(wanted: bool = True) -> Iterator[Crew]:
    """A worker for every core, started now; none where they are not `wanted`, or JAX was told to use an accelerator.

    Those that are still waiting when the context ends are ended with it.
    """
    elsewhere = os.environ.get("JAX_PLATFORMS", "cpu") != "cpu"
    crew = Crew({core: start_worker(core) for core in visible_cores()} if wanted and not elsewhere else {})
    try:
        yield crew
    finally:
        crew.dismiss()
