"""One worker process a core, each growing one member at a time; a worker that dies is replaced and its member resumed.

The pool keeps the last checkpoint of each member under way. Events reach the sink in order for each member; what a
replaced worker tells again (the same bits) is passed over.
"""

import subprocess
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing.connection import Connection, wait

from seedbed.config import InterruptedRunError, SeedbedError, UsageError, to_plain
from seedbed.training import wire
from seedbed.training.config import Member, PopulationConfig
from seedbed.training.crew import Crew, start_worker
from seedbed.training.environment import visible_cores
from seedbed.training.events import Arrays, Checkpoint, Diverged, Evaluated, Finished, Sink

DEATHS_ALLOWED = 3  # workers that one member may lose before it is given up
STOP_SECONDS = 60.0  # how long workers may take to save their state
TICK_SECONDS = 0.5  # how often a sink without news is still asked whether to go on


@dataclass
class Job:
    """A member to grow, and where it stands."""

    config: PopulationConfig
    member: Member
    name: str
    resume: Callable[[], Arrays | None]
    population: str
    tested: tuple[int, bool] = (-1, False)  # the last test whose rows reached the sink: its step, and whether final
    deaths: int = 0
    saved: Arrays | None = field(default=None, repr=False)


@dataclass
class Worker:
    """A process and the pipe ends kept here."""

    process: subprocess.Popen
    orders: Connection
    reports: Connection
    core: int
    helper_cores: tuple[int, ...] = ()
    job: Job | None = None


def grow_in_pool(
    jobs: list[Job],
    sink: Sink,
    workers: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    crew: Crew | None = None,
) -> None:
    """Grow all jobs to their ends. crew: workers started earlier; those that are of use are taken from it.

    Raises `InterruptedRunError` once `should_stop` says so, whatever the sink raises, and what a worker refuses
    (`UsageError` or `SeedbedError`, at once: a fresh worker would refuse it too); before, every worker is asked for its
    state, and the sink is given each one that comes, also where it refused others.
    """
    cores = visible_cores()
    queue = deque(jobs)
    together = min(max(job.config.training.shards for job in jobs), len(cores))  # cores that a member takes
    places = [cores[first : first + together] for first in range(0, len(cores) - together + 1, together)]
    hands = [_start(places[i % len(places)][0], crew) for i in range(min(workers or len(places), len(jobs)))]
    for worker, place in zip(hands, cycle(places), strict=False):
        worker.helper_cores = tuple(place[1:])
    if crew is not None:
        crew.dismiss()  # there are fewer members than cores
    try:
        for worker in hands:
            _assign(worker, queue)
        while any(worker.job for worker in hands):
            if should_stop():
                raise InterruptedRunError("interrupted")
            _listen(hands, queue, sink)
    except BaseException:
        _stop_all(hands, sink)
        raise
    finally:
        for worker in hands:
            _dismiss(worker)


def _listen(hands: list[Worker], queue: deque[Job], sink: Sink) -> None:
    ready = wait([worker.reports for worker in hands if worker.job], timeout=TICK_SECONDS)
    for worker in [worker for worker in hands if worker.reports in ready]:
        try:
            head, arrays = wire.receive(worker.reports)
        except (EOFError, OSError):
            _replace(worker, queue)
            continue
        if "refused" in head:
            worker.job = None
            raise (UsageError if head["usage"] else SeedbedError)(head["refused"])
        if "done" in head:
            _assign(worker, queue)
        else:
            _deliver(worker, head, arrays, sink)


def _deliver(worker: Worker, head: dict, arrays: Arrays, sink: Sink) -> None:
    event, job = wire.message_event(head, arrays), worker.job
    assert job is not None
    if isinstance(event, Checkpoint):
        job.saved = event.arrays
    if isinstance(event, Evaluated):
        if (event.step, event.final) <= job.tested:
            return
        job.tested = (event.step, event.final)
    sink.receive(event)
    if isinstance(event, Finished | Diverged):
        job.saved = None


def _start(core: int, crew: Crew | None = None) -> Worker:
    started = start_worker(core) if crew is None else crew.take(core)
    return Worker(started.process, started.orders, started.reports, core)


def _assign(worker: Worker, queue: deque[Job]) -> None:
    worker.job = queue.popleft() if queue else None
    if worker.job is None:
        return
    job = worker.job
    head = {
        "grow": job.name,
        "population": job.population,
        "helper_cores": worker.helper_cores,
        "config": to_plain(job.config),
        "member": to_plain(job.member),
    }
    with suppress(OSError):  # if it died, that is noticed where reports are read
        wire.send(worker.orders, head, job.saved or job.resume())


def _replace(worker: Worker, queue: deque[Job]) -> None:
    """Put a new process in the place of a dead one, and its member back at the head of the queue."""
    job, code = worker.job, worker.process.wait()
    assert job is not None
    worker.orders.close()
    worker.reports.close()
    fresh = _start(worker.core)
    worker.process, worker.orders, worker.reports = fresh.process, fresh.orders, fresh.reports
    job.deaths += 1
    if job.deaths >= DEATHS_ALLOWED:
        raise SeedbedError(
            f"the worker of member {job.name} died {job.deaths} times (last exit status {code}). Is memory short? "
            "Resume with fewer workers (--workers 1), or see the messages above."
        )
    queue.appendleft(job)
    _assign(worker, queue)


def _stop_all(hands: list[Worker], sink: Sink) -> None:
    """Have every worker save its state and pass it on; one that does not answer in time is left to its last."""
    for worker in hands:
        if worker.job:
            with suppress(OSError):
                wire.send(worker.orders, {"stop": True})
    until = time.monotonic() + STOP_SECONDS
    while (open_ones := [worker for worker in hands if worker.job]) and time.monotonic() < until:
        ready = wait([worker.reports for worker in open_ones], timeout=TICK_SECONDS)
        for worker in [worker for worker in open_ones if worker.reports in ready]:
            try:
                head, arrays = wire.receive(worker.reports)
            except (EOFError, OSError):
                worker.job = None
                continue
            if "done" in head or "refused" in head:
                worker.job = None
            else:
                with suppress(SeedbedError):  # the disk may be full: that is what stopped us, and is being raised
                    _deliver(worker, head, arrays, sink)


def _dismiss(worker: Worker) -> None:
    with suppress(OSError):
        wire.send(worker.orders, {"stop": True})
    worker.orders.close()
    worker.reports.close()
    try:
        worker.process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        worker.process.kill()
        worker.process.wait()
