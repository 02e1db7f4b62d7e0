"""Run an experiment: plan its members, train what is missing, keep the record, write the report.

The same command finds finished members, resumes interrupted ones and adds new ones, so a run only ever grows.
"""

import platform
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.config import InterruptedRunError, canonical, fingerprint, to_plain
from seedbed.experiments.plan import Planned, experiment
from seedbed.experiments.results import Results, config_text, open_results
from seedbed.models import parameter_count
from seedbed.store import Run
from seedbed.training import (
    Checkpoint,
    Diverged,
    Evaluated,
    Event,
    Finished,
    Progress,
    Sink,
    check_member,
    check_workers,
    device_type,
    member_fingerprint,
    train_population,
)
from seedbed.training.crew import Crew

if TYPE_CHECKING:
    from seedbed.reports import Report

RUNS = Path("runs")
REPORT = "report.html"
PACKAGES = ("seedbed", "jax", "jaxlib", "equinox", "optax", "numpy", "polars")


def run_experiment(
    name: str,
    options: Any = None,
    *,
    folder: Path | str | None = None,
    workers: int | None = None,
    observers: Sequence[Sink] = (),
    report: bool = True,
    crew: Crew | None = None,
) -> Results:
    """Grow an experiment's population in `folder` (by default runs/<name>) and write its report.

    crew: workers that were started before this was called (`seedbed.training.crew`).

    Raises `UsageError` before anything is trained or written where a member cannot exist, `InterruptedRunError` after
    Ctrl-C with every member's state saved, and the store's errors.
    """
    check_workers(workers)
    entry = experiment(name)
    options = options if options is not None else entry.options()
    planned = entry.plan(options)
    for each in planned:
        check_member(each.config, each.member)
    where = Path(folder) if folder is not None else RUNS / name
    device = device_type()
    with Run.create_or_open(
        where, experiment=name, config={"options": to_plain(options)}, versions=versions(), device=device
    ) as run:
        run.add_members(member_rows(planned, device))
        _grow(run, planned, device, workers, observers, crew)
    if report:
        write_report_of(where)
    return open_results(where)


def member_rows(planned: Sequence[Planned], device: str) -> Iterator[dict[str, Any]]:
    """The planned members as rows of the run's table, each once."""
    seen = set()
    for each in planned:
        name = member_fingerprint(each.config, each.member, device)
        if name in seen:
            continue
        seen.add(name)
        yield {
            "member": name,
            "population": fingerprint(canonical(each.config)),
            "condition": each.condition,
            "init_seed": each.member.init_seed,
            "data_seed": each.member.data_seed,
            "learning_rate": each.member.learning_rate,
            "weight_decay": each.member.weight_decay,
            "init_scale": each.member.init_scale,
            "parameters": parameter_count(each.config.model, each.config.vocabulary),
            "config": config_text(each),
            "cpu": device,
            **dict(each.labels),
        }


def versions() -> dict[str, str]:
    """What the numbers may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def write_report_of(folder: Path | str) -> "Report":
    """Make `report.html` of a run anew and keep it with the run; what it says."""
    from seedbed.reports import render

    results = open_results(folder)
    report: Report = experiment(results.experiment).report(results)
    page = render(report)
    with Run.open(folder, write=True) as run:
        run.attach(REPORT, page)
    return report


def _grow(
    run: Run,
    planned: Sequence[Planned],
    device: str,
    workers: int | None,
    observers: Sequence[Sink],
    crew: Crew | None,
) -> None:
    state = {row["member"]: row["state"] for row in run.members().iter_rows(named=True)}
    missing = [
        (each.config, each.member)
        for each in planned
        if state[member_fingerprint(each.config, each.member, device)] not in {"finished", "diverged"}
    ]
    sink = StoreSink(run, observers)
    run.set_status("running")
    try:
        with _noticed_interrupt() as interrupted:
            train_population(
                missing,
                sink,
                workers=workers,
                resume=sink.resume,
                should_stop=lambda: bool(interrupted),
                crew=crew,
            )
    except InterruptedRunError as error:
        run.set_status("interrupted")
        raise InterruptedRunError(
            f"interrupted: the state of every member is saved; go on with: seedbed resume {run.folder}"
        ) from error
    except BaseException:
        run.set_status("failed")
        raise
    run.compact()
    run.set_status("finished")


class StoreSink:
    """Passes events on to the run's record and to whoever else watches."""

    def __init__(self, run: Run, observers: Sequence[Sink] = ()):
        self.run, self.observers = run, observers
        known = run.members()
        self.effort = {row["member"]: [row["tokens"] or 0, row["core_seconds"] or 0.0] for row in known.to_dicts()}

    def resume(self, member: str) -> dict[str, Any] | None:
        """The tensors of a member's last checkpoint."""
        saved = self.run.load_checkpoint(member)
        return saved[1] if saved else None

    def receive(self, event: Event) -> None:
        """Write one event down."""
        if isinstance(event, Progress):
            self.effort[event.member][0] += event.tokens
            self.effort[event.member][1] += event.core_seconds
        elif isinstance(event, Evaluated):
            self.run.write_rows({"member": event.member, **row} for row in event.rows)
        elif isinstance(event, Checkpoint):
            self.run.save_checkpoint(event.member, event.step, event.arrays, **self._facts(event))
        elif isinstance(event, Diverged):
            self.run.diverge_member(event.member, event.step, event.reason, **self._facts(event))
        elif isinstance(event, Finished):
            self.run.finish_member(event.member, event.step, event.weights, event.outcomes, **self._facts(event))
        for observer in self.observers:
            observer.receive(event)

    def _facts(self, event: Event) -> dict[str, Any]:
        tokens, seconds = self.effort[event.member]
        return {"tokens": tokens, "core_seconds": seconds}


@contextmanager
def _noticed_interrupt() -> Iterator[list[int]]:
    """Ctrl-C (and a polite kill) is noted, not raised, so that no file or message is cut in two; a second is raised."""
    noticed: list[int] = []

    def note(number: int, frame: Any) -> None:
        if noticed:
            raise KeyboardInterrupt
        noticed.append(number)

    try:
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread: whoever runs us there handles signals
        yield noticed
        return
    try:
        yield noticed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
