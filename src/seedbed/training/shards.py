"""One member on several cores: its batch in equal parts, a process for each, their gradients added in a fixed order.

The leader (a worker, or whoever grows the member) keeps the state. For every step it writes the weights and the batch
into memory that it shares with its helpers, computes its own part, and adds the helpers' gradients to its own, the
first helper's first: bits depend on the number of shards and on nothing else. A message on a pipe says when to begin
and when a part is done. Measured against two threads of one process: docs/lab-notebook.md.
"""

import mmap
import os
import struct
import subprocess
import sys
import tempfile
import weakref
from dataclasses import dataclass
from functools import cached_property, partial
from math import prod
from multiprocessing.connection import Connection
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt

from seedbed.config.canonical import to_plain
from seedbed.models import LanguageModel
from seedbed.training import wire
from seedbed.training.config import PopulationConfig
from seedbed.training.environment import ONE_THREAD, visible_cores
from seedbed.training.program import (
    CHUNK,
    ChunkBatches,
    Hyperparameters,
    LossSums,
    State,
    applied,
    batch_gradient,
    dropout_key,
)

STEP = struct.Struct("<II")  # init seed and step, of which dropout makes its key
DONE = struct.Struct("<d")  # processor seconds that a part took
BATCH = ("token_BW", "task_BW", "document_BW", "real_B")
SHARED = Path("/dev/shm")  # memory as files, where a system has it


@dataclass(frozen=True)
class Layout:
    """Where everything lies in the shared memory of a population: P numbers of a model, L of its losses, in order."""

    config: PopulationConfig

    @cached_property
    def skeleton(self) -> LanguageModel:
        """The model's shapes."""
        return eqx.filter_eval_shape(LanguageModel, self.config.model, self.config.vocabulary, key=jax.random.key(0))

    @property
    def numbers(self) -> int:
        """P."""
        return sum(prod(leaf.shape) for leaf in jax.tree.leaves(self.skeleton))

    @property
    def losses(self) -> int:
        """L: nats and tokens of each task, and of all."""
        return 2 * len(self.config.world.tasks) + 2

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(4 * prod(shape) for shape, _ in self._fields.values())

    @property
    def _fields(self) -> dict[str, tuple[tuple[int, ...], type]]:
        batch, window = self.config.training.batch, self.config.model.context + 1
        helpers = self.config.training.shards - 1
        return {
            "weights_P": ((self.numbers,), np.float32),
            "token_BW": ((batch, window), np.int32),
            "task_BW": ((batch, window), np.int32),
            "document_BW": ((batch, window), np.int32),
            "real_B": ((batch,), np.int32),
            "gradient_HP": ((helpers, self.numbers), np.float32),
            "losses_HL": ((helpers, self.losses), np.float32),
        }

    def views(self, memory: mmap.mmap) -> dict[str, np.ndarray]:
        """The shared memory as arrays."""
        found, at = {}, 0
        for name, (shape, kind) in self._fields.items():
            found[name] = np.ndarray(shape, kind, buffer=memory, offset=at)
            at += 4 * prod(shape)
        return found

    def flat(self, model: LanguageModel) -> Float[Array, " P"]:
        """A model's numbers in a row."""
        return jnp.concatenate([leaf.reshape(-1) for leaf in jax.tree.leaves(model)])

    def model(self, flat_P: Float[Array, " P"]) -> LanguageModel:
        """The model of these numbers."""
        leaves, structure = jax.tree.flatten(self.skeleton)
        ends = np.cumsum([prod(leaf.shape) for leaf in leaves])
        parts = jnp.split(flat_P, ends[:-1])
        return jax.tree.unflatten(
            structure, [part.reshape(leaf.shape) for part, leaf in zip(parts, leaves, strict=True)]
        )


def part_program(config: PopulationConfig):
    """The compiled program of a part: weights, a whole batch and the shard's number to its gradient and losses."""
    layout, packed = Layout(config), config.training.windows == "packed"

    def part(
        weights_P: Float[Array, " P"],
        token_BW: Int[Array, "B W"],
        task_BW: Int[Array, "B W"],
        document_BW: Int[Array, "B W"],
        real_B: Int[Array, " B"],
        shard: Int[Array, ""],
        init_seed: UInt[Array, ""],
        step: Int[Array, ""],
    ) -> tuple[Float[Array, " P"], Float[Array, " L"]]:
        with jax.numpy_dtype_promotion("strict"):
            zero = jnp.zeros((), jnp.float32)
            key = dropout_key(config, Hyperparameters(init_seed, zero, zero, zero), step)
            gradient, found = batch_gradient(
                config, layout.model(weights_P), token_BW, task_BW, real_B > 0, key,
                document_BW if packed else None, shard=shard,
            )  # fmt: skip
        return layout.flat(gradient), jnp.concatenate([each.reshape(-1) for each in found])

    return jax.jit(part)


class Helpers:
    """The processes that compute the other parts, ended with this object.

    cores: where they run, one for each, again from the first where there are fewer; by default those that are visible.
    """

    def __init__(self, config: PopulationConfig, cores: tuple[int, ...]):
        layout, cores = Layout(config), cores or tuple(visible_cores())
        self._orders: list[Connection] = []
        self._reports: list[Connection] = []
        processes: list[subprocess.Popen] = []
        self._end = weakref.finalize(self, _end, self._orders, self._reports, processes)
        with tempfile.TemporaryFile(dir=SHARED if SHARED.is_dir() else None) as file:
            file.truncate(layout.size)
            self.views = layout.views(mmap.mmap(file.fileno(), layout.size))
            for shard in range(1, config.training.shards):
                started = _started(file.fileno(), cores[(shard - 1) % len(cores)], shard)
                for kept, one in zip((processes, self._orders, self._reports), started, strict=True):
                    kept.append(one)  # type: ignore[arg-type]
                wire.send(self._orders[-1], {"config": to_plain(config)})

    def begin(self, init_seed: int, step: int) -> None:
        """Have every helper compute its part of what lies in the shared memory."""
        for pipe in self._orders:
            pipe.send_bytes(STEP.pack(init_seed, step))

    def wait(self) -> float:
        """Until all parts are done; the processor seconds that they took. Raises `EOFError` where a helper is gone."""
        return sum(DONE.unpack(pipe.recv_bytes())[0] for pipe in self._reports)


def _started(memory: int, core: int, shard: int) -> tuple[subprocess.Popen, Connection, Connection]:
    """A helper with the pipe ends kept here."""
    orders_in, orders_out = os.pipe()
    reports_in, reports_out = os.pipe()
    given = [orders_in, reports_out, memory]
    process = subprocess.Popen(
        [sys.executable, "-m", "seedbed.training.shard_worker", *map(str, [*given, core, shard])],
        env={**os.environ, **ONE_THREAD, "JAX_PLATFORMS": "cpu"},
        pass_fds=given,
        stdin=subprocess.DEVNULL,
    )
    os.close(orders_in)
    os.close(reports_out)
    return process, Connection(orders_out, readable=False), Connection(reports_in, writable=False)


def _end(orders: list[Connection], reports: list[Connection], processes: list[subprocess.Popen]) -> None:
    for pipe in (*orders, *reports):
        pipe.close()
    for process in processes:  # it sees that its orders have ended, and has nothing to save
        process.kill()
        process.wait()


class ShardedSteps:
    """Takes steps as `take_steps` does, with helpers. helper_seconds: processor time that these have spent."""

    def __init__(self, config: PopulationConfig, cores: tuple[int, ...] = ()):
        self.config, self.layout = config, Layout(config)
        self.helpers = Helpers(config, cores)
        self.part = part_program(config)
        self.flat = jax.jit(self.layout.flat)
        self.apply = jax.jit(partial(self._applied, config))
        self.helper_seconds = 0.0

    def compile(self, member: Hyperparameters, state: State) -> None:
        """Compile this process's programs; helpers have theirs compiled when they begin."""
        zeros = [jnp.zeros_like(self.helpers.views[name]) for name in ("weights_P", *BATCH)]
        own_P, _ = self.part(*zeros, jnp.int32(0), jnp.uint32(0), jnp.int32(0))
        self.flat(state.model)
        jax.block_until_ready(self.apply(member, state, own_P))

    def _applied(
        self, config: PopulationConfig, member: Hyperparameters, state: State, gradient_P: Float[Array, " P"]
    ) -> tuple[State, Float[Array, " P"]]:
        after = applied(config, member, state, self.layout.model(gradient_P))
        return after, self.layout.flat(after.model)

    def __call__(
        self, member: Hyperparameters, state: State, batches: ChunkBatches, steps: Int[Array, ""]
    ) -> tuple[State, LossSums]:
        """The state after the first `steps` of these batches, and the losses of each step."""
        views, losses_SL = self.helpers.views, np.zeros((CHUNK, self.layout.losses), np.float32)
        init_seed, first, weights_P = int(member.init_seed), int(state.step), np.asarray(self.flat(state.model))
        documents = batches.task_SBW if batches.document_SBW is None else batches.document_SBW
        given = (batches.token_SBW, batches.task_SBW, documents, batches.real_SB)
        batch = {name: np.asarray(each) for name, each in zip(BATCH, given, strict=True)}
        for row, step in enumerate(range(first, first + int(steps))):
            for name, each in batch.items():
                views[name][...] = each[row]
            views["weights_P"][...] = weights_P
            self.helpers.begin(init_seed, step)
            own = (jnp.array(views[name]) for name in ("weights_P", *BATCH))
            own_P, own_L = self.part(*own, jnp.int32(0), jnp.uint32(init_seed), jnp.int32(step))
            gradient_P, losses_L = np.array(own_P), np.array(own_L)
            self.helper_seconds += self.helpers.wait()
            for theirs_P, theirs_L in zip(views["gradient_HP"], views["losses_HL"], strict=True):
                gradient_P += theirs_P
                losses_L += theirs_L
            state, flat_P = self.apply(member, state, jnp.asarray(gradient_P))
            weights_P, losses_SL[row] = np.asarray(flat_P), losses_L
        tasks = len(self.config.world.tasks)
        nats_SK, tokens_SK, nats_S1, tokens_S1 = np.split(losses_SL, [tasks, 2 * tasks, 2 * tasks + 1], axis=1)
        return state, LossSums(*map(jnp.asarray, (nats_SK, tokens_SK, nats_S1[:, 0], tokens_S1[:, 0])))
