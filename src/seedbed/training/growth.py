"""One member's growth, call by call: steps, tests, checkpoints, the end.

The same object runs inside a worker process, in this process, and after an interruption; its bits depend on the population's
config, the member and nothing else.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from seedbed.evaluation import Panel, Scorer, evaluate, evaluation_steps, scorer
from seedbed.models import named_arrays, weights_hash, with_arrays
from seedbed.tasks import Vocabulary, World, WindowSource, stream, window_source
from seedbed.training.config import Member, PopulationConfig
from seedbed.training.events import Arrays, Checkpoint, Diverged, Evaluated, Event, Finished, Progress
from seedbed.training.program import CHUNK, ChunkBatches, LossSums, State, hyperparameters, initial_state, take_steps

CALL_SECONDS = 1.0  # a call should take about this long, so that progress shows and an interruption is quick


class Programs:
    """The compiled programs of a population, shared by all of its members in one process."""

    def __init__(self, config: PopulationConfig):
        self.config = config
        self.start: Callable[..., State] = jax.jit(partial(initial_state, config))
        self.steps: Callable[..., tuple[State, LossSums]] = eqx.filter_jit(partial(take_steps, config), donate="none")
        self.score: Scorer = scorer(config.evaluation.block)


class Growth:
    """A member on its way. `advance()` does about a second of work and says what happened."""

    def __init__(self, programs: Programs, member: Member, name: str, resume: Arrays | None = None):
        config = programs.config
        self.config, self.programs, self.name = config, programs, name
        self.world = World(config.world)
        self.windows = member_windows(config, self.world, member)
        self.seen_KS = self.windows.seen(len(config.world.tasks), config.world.sentences)
        self.panel = Panel(self.world, config.evaluation, self.seen_KS, member.data_seed)
        self.hyperparameters = hyperparameters(member)
        self.state = programs.start(self.hyperparameters)
        self.sums = _Sums(len(config.world.tasks))
        if resume is not None:
            self.sums.load(resume)
            self.state = with_arrays(self.state, resume)  # type: ignore[assignment]
        self.step = int(self.state.step)
        self.tests = evaluation_steps(config.evaluation, config.training.steps)
        self.seconds_a_step: float | None = None

    @property
    def done(self) -> bool:
        """Whether the last step is taken."""
        return self.step >= self.config.training.steps

    def checkpoint(self) -> Checkpoint:
        """The state now, with the losses summed since the last test."""
        return Checkpoint(self.name, self.step, {**named_arrays(self.state), **self.sums.arrays()})

    def advance(self) -> Iterator[Event]:
        """Take some steps; test where a test is due; at the end give the weights and the answers."""
        started = time.process_time()
        next_test = next(step for step in self.tests if step > self.step)
        steps = min(next_test - self.step, CHUNK, self._steps_a_call())
        sums = self._take(steps)
        if not np.isfinite(sums.nats):
            yield Diverged(self.name, self.step, f"the loss is {float(sums.nats)} within steps {self.step - steps}..{self.step}")
            return
        self.sums.add(sums)
        if self.step == next_test:
            yield Evaluated(self.name, self.step, self._test())
        finished = self._finish() if self.done else []
        yield Progress(self.name, self.step, steps * self.config.tokens_per_step, time.process_time() - started)
        yield from finished

    def _take(self, steps: int) -> LossSums:
        began = time.perf_counter()
        batches = self.windows.batches(self.step, steps)
        padded = ChunkBatches(*(_padded(each) for each in (batches.token_SBW, batches.task_SBW, batches.real_SB)))
        self.state, sums = self.programs.steps(self.hyperparameters, self.state, padded, jnp.int32(steps))
        sums = jax.tree.map(np.asarray, sums)
        self.step += steps
        self.seconds_a_step = (time.perf_counter() - began) / steps
        return sums

    def _steps_a_call(self) -> int:
        if self.seconds_a_step is None:
            return 1
        return max(1, int(CALL_SECONDS / self.seconds_a_step))

    def _test(self) -> list[dict[str, Any]]:
        rows = self.sums.rows(self.config.world.tasks)
        self.sums = _Sums(len(self.config.world.tasks))
        rows += [row for row, _, _ in self._evaluate(self.panel.training(self.step))]
        return [{"step": self.step, **row} for row in rows]

    def _evaluate(self, sets: Iterator) -> Iterator[tuple]:
        per_word = Vocabulary(self.config.world).tokens_per_word
        with jax.numpy_dtype_promotion("strict"):
            yield from evaluate(self.state.model, sets, self.programs.score, per_word)

    def _finish(self) -> list[Event]:
        rows, outcomes = [], {}
        for row, asked, scores in self._evaluate(self.panel.final(self.step)):
            rows.append({"step": self.step, **row})
            if row["test"] == "every":
                place = "none" if asked.coverage is None else str(asked.coverage)
                key = f"{asked.task}/{asked.split}/shots {asked.shots}/coverage {place}"
                outcomes[f"{key}/sentence"] = asked.sentence_N.astype(np.int32)
                outcomes[f"{key}/exact"] = np.asarray(scores.exact_N)
                outcomes[f"{key}/words_right"] = np.asarray(scores.word_right_NL).sum(axis=1).astype(np.int8)
                outcomes[f"{key}/log_likelihood"] = np.asarray(scores.log_likelihood_N)
        weights = named_arrays(self.state.model)
        return [
            Evaluated(self.name, self.step, rows),
            Finished(self.name, self.step, weights, weights_hash(weights), outcomes),
        ]


def member_windows(config: PopulationConfig, world: World, member: Member) -> WindowSource:
    """What a member reads."""
    return window_source(
        stream(world, member.mixture, member.data_seed),
        member.mixture,
        config.world.tasks,
        kind=config.training.windows,
        window=config.model.context + 1,
        batch=config.training.batch,
        data_seed=member.data_seed,
    )


class _Sums:
    """Losses summed since the last test, in double precision; part of a checkpoint."""

    def __init__(self, tasks: int):
        self.nats_K, self.tokens_K = np.zeros(tasks), np.zeros(tasks)
        self.all_2 = np.zeros(2)  # nats, tokens

    def add(self, sums: LossSums) -> None:
        self.nats_K += sums.nats_K
        self.tokens_K += sums.tokens_K
        self.all_2 += [float(sums.nats), float(sums.tokens)]

    def rows(self, tasks: tuple[str, ...]) -> list[dict[str, Any]]:
        """Mean training loss in nats a token, of all tokens (padding counted) and by task."""
        named = [("all", *self.all_2), *zip(tasks, self.nats_K, self.tokens_K, strict=True)]
        return [
            {"task": task, "test": "train", "split": "seen", "shots": 0, "coverage": None, "n": int(tokens), "loss": nats / tokens}
            for task, nats, tokens in named
            if tokens
        ]

    def arrays(self) -> Arrays:
        return {"sums.nats_K": self.nats_K, "sums.tokens_K": self.tokens_K, "sums.all_2": self.all_2}

    def load(self, arrays: Arrays) -> None:
        self.nats_K, self.tokens_K = arrays["sums.nats_K"].copy(), arrays["sums.tokens_K"].copy()
        self.all_2 = arrays["sums.all_2"].copy()


def _padded(rows_SX: np.ndarray) -> jnp.ndarray:
    """Host batches as a call of CHUNK steps takes them, tokens in the smallest type that every world fits."""
    if rows_SX.dtype != bool:
        rows_SX = rows_SX.astype(np.int16)
    missing = CHUNK - len(rows_SX)
    return jnp.asarray(np.pad(rows_SX, [(0, missing)] + [(0, 0)] * (rows_SX.ndim - 1)))
