"""The layout for an accelerator: members of one population stacked, one program for all of them, in this process.

The program is `vmap` over the single-member functions of `program`, its member axis divided among the devices. With
`training.shards`, so many devices take a part of a member's batch each and add up their gradients; where the devices
cannot be grouped so, each takes whole batches. What the host does for each member is shared with the other layout.
Weights agree with that layout within rounding, not bit for bit: the compiler sums in another order where members are
stacked.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from seedbed.config import InterruptedRunError, SeedbedError
from seedbed.models import with_arrays
from seedbed.training.config import PopulationConfig
from seedbed.training.environment import configure_jax
from seedbed.training.events import Arrays, Checkpoint, Diverged, Event, Finished, Progress, Sink
from seedbed.training.host import Host, Sums, first_step_without_a_number, steps_a_call
from seedbed.training.pool import Job
from seedbed.training.program import ChunkBatches, State, hyperparameters, initial_state, take_steps
from seedbed.training.worker import CHECKPOINT_SECONDS
from seedbed.training.worlds import kind_of

MOST_STACKED = 64  # members in memory at once, each with its weights, two moments, and a copy of all three


def grow_stacked(
    jobs: list[Job], sink: Sink, should_stop: Callable[[], bool] = lambda: False, *, most: int = MOST_STACKED
) -> None:
    """Grow all jobs to their ends, at most `most` of them at once.

    Raises `InterruptedRunError` once `should_stop` says so, and whatever the sink raises; before, the sink is given the
    state of every member under way, also where it refused others.
    """
    configure_jax()
    populations: dict[str, list[Job]] = {}
    for job in jobs:
        populations.setdefault(job.population, []).append(job)
    for same in populations.values():
        programs = StackedPrograms(same[0].config)
        for together in _at_one_step(same, most):
            stack = Stack(programs, together)
            try:
                _grow(stack, sink, should_stop)
            except BaseException:
                for checkpoint in stack.checkpoints():
                    with suppress(SeedbedError):  # the disk may be full: that is what stopped us, and is being raised
                        sink.receive(checkpoint)
                raise


def _at_one_step(jobs: list[Job], most: int) -> Iterator[list[tuple[Job, Arrays | None]]]:
    """Jobs that stand at the same step, so many at a time; the step of one not begun is 0."""
    waiting: dict[int, list[tuple[Job, Arrays | None]]] = {}
    for job in jobs:
        resume = job.resume()
        waiting.setdefault(int(resume["step"]) if resume else 0, []).append((job, resume))
    for same in waiting.values():
        for at in range(0, len(same), most):
            yield same[at : at + most]


def _grow(stack: "Stack", sink: Sink, should_stop: Callable[[], bool]) -> None:
    saved = time.monotonic()
    while not stack.done:
        for event in stack.advance():
            sink.receive(event)
            if should_stop():
                raise InterruptedRunError("interrupted")
        if should_stop():
            raise InterruptedRunError("interrupted")
        if not stack.done and time.monotonic() - saved > CHECKPOINT_SECONDS:
            for checkpoint in stack.checkpoints():
                sink.receive(checkpoint)
            saved = time.monotonic()


class StackedPrograms:
    """The compiled programs of a population whose members are stacked along the first axis of every array."""

    def __init__(self, config: PopulationConfig):
        self.config = config
        self.devices, shards = jax.devices(), config.training.shards
        if len(self.devices) % shards:
            shards = 1
        mesh = Mesh(np.array(self.devices).reshape(-1, shards), ("members", "batch"))
        over_members, self.rows = PartitionSpec("members"), mesh.shape["members"]
        self.divided = NamedSharding(mesh, over_members)
        many_steps = jax.vmap(
            partial(take_steps, config, over="batch" if shards > 1 else None), in_axes=(0, 0, 0, None)
        )
        if shards > 1:
            given = (over_members, over_members, over_members, PartitionSpec())
            many_steps = jax.shard_map(
                many_steps, mesh=mesh, in_specs=given, out_specs=over_members, check_vma=False
            )  # checked by its test: all devices of a member hold the same
        self.start = jax.jit(jax.vmap(partial(initial_state, config)), out_shardings=self.divided)
        self.steps = jax.jit(many_steps, out_shardings=self.divided)
        self.one = jax.jit(_one)
        self.examiner = kind_of(config.world).examiner(config)

    def stack(self, trees: list) -> Any:
        """Trees of arrays, one a member, as one tree divided among the devices."""
        stacked = jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *trees)
        return jax.device_put(stacked, self.divided)

    def member(self, state: State, place: int) -> State:
        """One member's part of a stacked state, on the first device."""
        return jax.device_put(self.one(state, jnp.int32(place)), self.devices[0])


class Stack:
    """Members of one population at one step. `advance()` takes about a second of steps with all of them.

    A member that finished or diverged stays in its place, where nobody looks at it and it touches no other.
    """

    def __init__(self, programs: StackedPrograms, jobs: list[tuple[Job, Arrays | None]]):
        self.programs = programs
        self.hosts = [Host(programs.config, job.member, job.name, programs.examiner, resume) for job, resume in jobs]
        self.ended: set[int] = set()
        self.hyperparameters = programs.stack(
            self._filled([hyperparameters(job.member, programs.config) for job, _ in jobs])
        )
        self.state = programs.start(self.hyperparameters)
        resumes = [resume for _, resume in jobs if resume is not None]
        if resumes:
            named = {name: np.stack(self._filled([each[name] for each in resumes])) for name in resumes[0]}
            self.state = jax.device_put(with_arrays(self.state, named), programs.divided)
        self.seconds_a_step: float | None = None
        self._keep()

    @property
    def done(self) -> bool:
        """Whether every member has ended."""
        return len(self.ended) == len(self.hosts)

    def checkpoints(self) -> Iterator[Checkpoint]:
        """The state of each member under way, as it was when the events of a call had last all been taken."""
        for place, host in enumerate(self.hosts):
            if place not in self.ended:
                host.step, host.sums = self._kept_step, Sums.loaded(self._kept_sums[place])
                yield host.checkpoint(self.programs.member(self._kept_state, place))

    def advance(self) -> Iterator[Event]:
        """Take some steps together, then test and report member by member, each one's events in their usual order."""
        began = time.perf_counter()
        live = [place for place in range(len(self.hosts)) if place not in self.ended]
        leader = self.hosts[live[0]]
        next_test = leader.next_test
        steps = min(next_test - leader.step, steps_a_call(self.seconds_a_step))
        batches = self._batches(live, steps)
        self.state, losses = self.programs.steps(self.hyperparameters, self.state, batches, jnp.int32(steps))
        losses = jax.tree.map(np.asarray, losses)
        self.seconds_a_step = (time.perf_counter() - began) / steps
        shared_seconds = (time.perf_counter() - began) / len(live)
        for place in live:
            host, own = self.hosts[place], time.perf_counter()
            met = jax.tree.map(lambda rows, place=place: rows[place], losses)
            bad = first_step_without_a_number(met, steps)
            if bad is not None:
                yield from self._ending(place, [host.diverged(host.step + bad)])
                continue
            host.took(steps, met)
            finished: list[Event] = []
            if host.step == next_test:
                model = self.programs.member(self.state, place).tested
                yield host.test(model)
                finished = host.finish(model) if host.done else []
            seconds = shared_seconds + time.perf_counter() - own
            yield Progress(host.name, host.step, steps * host.config.tokens_per_step, seconds)
            yield from self._ending(place, finished)
        self._keep()

    def _ending(self, place: int, events: list[Event]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, Finished | Diverged):
                self.ended.add(place)
            yield event

    def _batches(self, live: list[int], steps: int) -> ChunkBatches:
        """Each member's own batches; a member that has ended is given another's."""
        cut = {place: self.hosts[place].batches(steps) for place in live}
        return self.programs.stack(self._filled([cut.get(place, cut[live[0]]) for place in range(len(self.hosts))]))

    def _filled(self, rows: list) -> list:
        """Devices divide the member axis evenly: the last row is repeated, unseen, until they can."""
        return rows + rows[-1:] * (-len(rows) % self.programs.rows)

    def _keep(self) -> None:
        """Remember the state between two calls: what is saved when a call's events are not all taken."""
        self._kept_state = self.state
        self._kept_step = max(host.step for host in self.hosts)
        self._kept_sums = [host.sums.arrays() for host in self.hosts]


def _one(state: State, place: jax.Array) -> State:
    return jax.tree.map(lambda leaf: jax.lax.dynamic_index_in_dim(leaf, place, keepdims=False), state)
