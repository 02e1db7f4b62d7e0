"""Grow a population: plan each member's fingerprint, choose the layout, send every event to the sink.

On CPUs one pinned worker process a core grows one member at a time with one compiled program; on an accelerator the
members are stacked with `vmap` in this process. Source: the layout was measured, see docs/benchmarks.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from seedbed.config import UsageError, canonical, fingerprint
from seedbed.training.config import Member, PopulationConfig, check_member
from seedbed.training.crew import Crew
from seedbed.training.events import Arrays, Sink
from seedbed.training.identity import cpu_type, device_type, member_fingerprint
from seedbed.training.pool import Job, grow_in_pool

Layout = Literal["workers", "stacked"]


def train_population(
    plan: Iterable[tuple[PopulationConfig, Member]],
    sink: Sink,
    *,
    workers: int | None = None,
    layout: Layout | None = None,
    resume: Callable[[str], Arrays | None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    crew: Crew | None = None,
) -> list[str]:
    """Grow every (population, member) of `plan`; the fingerprints, in the plan's order.

    workers: processes, by default one a visible core.  crew: some of them, already started.  layout: by default
    `stacked` where JAX finds an accelerator.
    resume: a member's last checkpoint by fingerprint, None to begin anew. should_stop: asked twice a second at least;
    True gives the sink every member's state and raises `InterruptedRunError`. Members of one population should stand
    together, so that a worker compiles one program after the other.

    Raises `UsageError` before anything is trained where a member cannot exist or `workers` is below 1, and whatever the
    sink raises, once each state that could be had has been given to it.
    """
    check_workers(workers)
    jobs: dict[str, Job] = {}
    names = []
    if layout is None:
        layout = "workers" if device_type() == cpu_type() else "stacked"
    device = cpu_type() if layout == "workers" else device_type()
    for config, member in plan:
        check_member(config, member)
        name = member_fingerprint(config, member, device)
        names.append(name)
        jobs.setdefault(name, Job(config, member, name, lambda name=name: resume(name), fingerprint(canonical(config))))
    if not jobs:
        return names
    if layout == "workers":
        grow_in_pool(list(jobs.values()), sink, workers, should_stop, crew)
    else:
        from seedbed.training.stacked import grow_stacked

        if crew is not None:
            crew.dismiss()
        grow_stacked(list(jobs.values()), sink, should_stop)
    return names


def check_workers(workers: int | None) -> None:
    """Refuse fewer than one worker; None stands for one a core."""
    if workers is not None and workers < 1:
        raise UsageError(f"workers must be at least 1, got {workers}")
