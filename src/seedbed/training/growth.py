"""One member's growth, call by call: steps, tests, checkpoints, the end.

The same object runs inside a worker process, in this process, and after an interruption; its bits depend on the
population's config, the member and nothing else.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from seedbed.models import with_arrays
from seedbed.training.config import Member, PopulationConfig
from seedbed.training.events import Arrays, Checkpoint, Event, Progress
from seedbed.training.host import Host, first_step_without_a_number, steps_a_call
from seedbed.training.program import (
    ChunkBatches,
    Hyperparameters,
    LossSums,
    State,
    hyperparameters,
    initial_state,
    take_steps,
)
from seedbed.training.shards import ShardedSteps
from seedbed.training.worlds import kind_of


class Programs:
    """The compiled programs of a population, shared by all of its members in one process.

    helper_cores: where the processes run that share a batch with this one, if there are any.
    """

    def __init__(self, config: PopulationConfig, helper_cores: tuple[int, ...] = ()):
        self.config = config
        self.start: Callable[..., State] = jax.jit(partial(initial_state, config))
        self.steps: Callable[..., tuple[State, LossSums]]
        if config.training.shards > 1:
            self.steps = ShardedSteps(config, helper_cores)
        else:
            self.steps = eqx.filter_jit(partial(take_steps, config), donate="none")
        self.examiner = kind_of(config.world).examiner(config)
        self._compiled = False

    def compile(self, member: Hyperparameters, state: State, batches: ChunkBatches) -> None:
        """Compile the steps, once in a process, apart from any: the first member's time is then like the others'."""
        if self._compiled:
            return
        if isinstance(self.steps, ShardedSteps):
            self.steps.compile(member, state)
        else:
            self.steps(member, state, batches, jnp.int32(0))
        self._compiled = True

    @property
    def helper_seconds(self) -> float:
        """Processor seconds that other processes have spent on parts of batches so far."""
        return self.steps.helper_seconds if isinstance(self.steps, ShardedSteps) else 0.0


class Growth:
    """A member on its way. `advance()` does about a second of work and says what happened."""

    def __init__(self, programs: Programs, member: Member, name: str, resume: Arrays | None = None):
        self.programs = programs
        self.host = Host(programs.config, member, name, programs.examiner, resume)
        self.hyperparameters = hyperparameters(member, programs.config)
        self.state = programs.start(self.hyperparameters)
        if resume is not None:
            self.state = with_arrays(self.state, resume)
        self.seconds_a_step: float | None = None

    @property
    def done(self) -> bool:
        """Whether the last step is taken."""
        return self.host.done

    def checkpoint(self) -> Checkpoint:
        """The state now."""
        return self.host.checkpoint(self.state)

    def advance(self) -> Iterator[Event]:
        """Take some steps; test where a test is due; at the end give the weights and the answers."""
        host = self.host
        next_test = host.next_test
        steps = min(next_test - host.step, steps_a_call(self.seconds_a_step))
        batches = jax.tree.map(jnp.asarray, host.batches(steps))
        self.programs.compile(self.hyperparameters, self.state, batches)
        began, started, helped = time.perf_counter(), time.process_time(), self.programs.helper_seconds
        state, losses = self.programs.steps(self.hyperparameters, self.state, batches, jnp.int32(steps))
        losses = jax.tree.map(np.asarray, losses)
        self.seconds_a_step = (time.perf_counter() - began) / steps
        bad = first_step_without_a_number(losses, steps)
        if bad is not None:
            yield host.diverged(host.step + bad)
            return
        self.state = state
        host.took(steps, losses)
        if host.step == next_test:
            yield host.test(state.tested)
        finished = host.finish(state.tested) if host.done else []
        seconds = time.process_time() - started + self.programs.helper_seconds - helped
        yield Progress(host.name, host.step, steps * host.config.tokens_per_step, seconds)
        yield from finished
