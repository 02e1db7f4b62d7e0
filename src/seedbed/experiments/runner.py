"""Run an experiment: plan its members, train what is missing, keep the record, write the report.

The same command finds finished members, resumes interrupted ones and adds new ones, so a run only ever grows.
"""

import json
import platform
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from seedbed.config import InterruptedRunError, SeedbedError, canonical, fingerprint, to_plain
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
NAMED = 8  # members that a message names; a stacked population may hold many more
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
    attachments: Mapping[str, bytes] | None = None,
    any_processor: bool = False,
) -> Results:
    """Grow an experiment's population in `folder` (by default runs/<name>) and write its report.

    crew: workers that were started before this was called (`seedbed.training.crew`).  attachments: files to keep with
    the run.  any_processor: whether a member that was finished on another type of processor counts, and is not grown
    again.

    Raises `UsageError` before anything is trained or written where a member cannot exist, `InterruptedRunError` after
    Ctrl-C, and the store's errors; the last two say which members' states were saved.
    """
    check_workers(workers)
    entry = experiment(name)
    options = options if options is not None else entry.options()
    options, made = entry.prepared(options)
    planned = entry.plan(options)
    for each in planned:
        check_member(each.config, each.member)
    where = Path(folder) if folder is not None else RUNS / name
    device = device_type()
    with Run.create_or_open(
        where, experiment=name, config={"options": to_plain(options)}, versions=versions(), device=device
    ) as run:
        if any_processor:
            planned = not_finished_elsewhere(planned, run.members(), device)
        run.add_members(member_rows(planned, device))
        for file, content in {**made, **(attachments or {})}.items():
            run.attach(file, content)
        _grow(run, planned, device, workers, observers, crew)
    if report:
        write_report_of(where)
    return open_results(where)


def not_finished_elsewhere(planned: Sequence[Planned], members: pl.DataFrame, device: str) -> list[Planned]:
    """The planned members but for those that the record has as finished on another type of processor.

    Their settings, jaxlib and numerics version are then the same: what a member is named by, but for the processor.
    """
    ended = members.filter(pl.col("state") == "finished")
    others = [each for each in ended["cpu"].unique(maintain_order=True) if each != device]
    names = set(ended["member"])
    return [
        each
        for each in planned
        if not any(member_fingerprint(each.config, each.member, other) in names for other in others)
    ]


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
            "steps": each.config.training.steps,
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
    except BaseException as error:
        stopped = isinstance(error, InterruptedRunError | KeyboardInterrupt)
        with suppress(SeedbedError):  # where the disk is full, what stopped us is what must be told
            run.set_status("interrupted" if stopped else "failed")
        if isinstance(error, InterruptedRunError):
            raise InterruptedRunError(
                f"interrupted: {sink.states()}; continue with: seedbed resume {run.folder}"
            ) from error
        if isinstance(error, SeedbedError) and sink.under_way:
            raise type(error)(f"{error} When it stopped, {sink.states(told=str(error))}.") from error
        raise
    run.compact()
    run.set_status("finished")


@dataclass
class UnderWay:
    """Where a member stands that has begun and not ended. saved: whether the record holds it as it is now."""

    reached: int
    saved: bool = False
    why_not: str = ""


class StoreSink:
    """Passes events on to the run's record and to whoever else watches."""

    def __init__(self, run: Run, observers: Sequence[Sink] = ()):
        self.run, self.observers = run, observers
        known = run.members()
        self.effort = {row["member"]: [row["tokens"] or 0, row["core_seconds"] or 0.0] for row in known.to_dicts()}
        self.under_way: dict[str, UnderWay] = {}
        self.samples: dict[str, dict[int, list[int]]] = {}

    def resume(self, member: str) -> dict[str, Any] | None:
        """The tensors of a member's last checkpoint."""
        saved = self.run.load_checkpoint(member)
        return saved[1] if saved else None

    def receive(self, event: Event) -> None:
        """Write one event down."""
        if isinstance(event, Progress):
            self.under_way[event.member] = UnderWay(event.step)
        try:
            self._write(event)
        except SeedbedError as error:
            if event.member in self.under_way:
                self.under_way[event.member].why_not = str(error)
            raise
        if isinstance(event, Checkpoint):
            self.under_way[event.member] = UnderWay(event.step, saved=True)
        elif isinstance(event, Finished | Diverged):
            self.under_way.pop(event.member, None)
        for observer in self.observers:
            observer.receive(event)

    def states(self, told: str = "") -> str:
        """Whose state is in the record as it was when training stopped, whose is not, and why (where not `told`)."""
        lost = {member: state for member, state in self.under_way.items() if not state.saved}
        if not lost:
            return "the state of every member is saved"
        steps = dict(self.run.members().select("member", "step").iter_rows())
        saved = [member for member in self.under_way if member not in lost]
        held = f" ({_listed(saved)})" if saved else ""
        gone = [
            (f"{name} (at step {each.reached}, will continue from step {steps[name] or 0})")
            for name, each in lost.items()
        ]
        reasons = dict.fromkeys(each.why_not or "its worker gave no answer" for each in lost.values())
        why = "; ".join(reason for reason in reasons if reason != told)
        return (
            f"the state of {len(saved)} of {len(self.under_way)} members in training is saved{held}, but not that of "
            f"{_listed(gone)}{': ' if why else ''}{why}"
        )

    def _write(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.effort[event.member][0] += event.tokens
            self.effort[event.member][1] += event.core_seconds
        elif isinstance(event, Evaluated):
            self.run.write_rows({"member": event.member, **row} for row in event.rows)
            if event.samples:
                self._keep(event)
        elif isinstance(event, Checkpoint):
            self.run.save_checkpoint(event.member, event.step, event.arrays, **self._facts(event))
        elif isinstance(event, Diverged):
            self.run.diverge_member(event.member, event.step, event.reason, **self._facts(event))
        elif isinstance(event, Finished):
            self.run.finish_member(event.member, event.step, event.weights, event.outcomes, **self._facts(event))

    def _keep(self, event: Evaluated) -> None:
        """A text that the member wrote, beside those of earlier tests."""
        if event.member not in self.samples:
            self.samples[event.member] = samples_of(self.run, event.member)
        self.samples[event.member][event.step] = event.samples["text"].tolist()
        self.run.attach(sample_file(event.member), json.dumps(self.samples[event.member]))

    def _facts(self, event: Event) -> dict[str, Any]:
        tokens, seconds = self.effort[event.member]
        return {"tokens": tokens, "core_seconds": seconds}


def sample_file(member: str) -> str:
    """Where the texts that a member wrote are kept."""
    return f"samples/{member}.json"


def samples_of(run: Run, member: str) -> dict[int, list[int]]:
    """The texts that a member wrote, as tokens by step; none where it wrote none."""
    if sample_file(member) not in run.manifest.files:
        return {}
    return {int(step): tokens for step, tokens in json.loads(run.read(sample_file(member))).items()}


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


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
