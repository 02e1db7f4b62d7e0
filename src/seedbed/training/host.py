"""What the host does for a member, whichever way its program is laid out: batches, tests, losses, reports, state.

Shared by the two layouts, so that a member's events and checkpoints read alike from both.
"""

from math import inf
from typing import Any

import jax
import numpy as np

from seedbed.config.hashing import weights_hash
from seedbed.data import TextBatches
from seedbed.evaluation import evaluation_steps
from seedbed.models import LanguageModel, named_arrays
from seedbed.training.config import Member, PopulationConfig
from seedbed.training.events import Arrays, Checkpoint, Diverged, Evaluated, Event, Finished
from seedbed.training.program import CHUNK, ChunkBatches, LossSums, State
from seedbed.training.reading import reading
from seedbed.training.worlds import Examiner

CALL_SECONDS = 1.0  # a call should take about this long, so that progress shows and an interruption is quick


class Host:
    """A member seen from the host. `resume` holds the arrays of a checkpoint."""

    def __init__(
        self, config: PopulationConfig, member: Member, name: str, examiner: Examiner, resume: Arrays | None = None
    ):
        self.config, self.member, self.name = config, member, name
        self.reading = reading(config, member)
        self.exam = examiner(member, self.reading)
        self.tests = evaluation_steps(config.evaluation, config.training.steps)
        self.sums = Sums(len(config.world.tasks))
        self.step = 0
        self.lowest, self.stale = inf, 0  # the lowest held-out loss, and tests since
        if resume is not None:
            self.sums = Sums.loaded(resume)
            self.step = int(resume["step"])
            if config.training.patience:
                self.lowest, self.stale = float(resume["patience.lowest"]), int(resume["patience.stale"])

    @property
    def _number(self) -> type[np.signedinteger]:
        """The smallest type that holds every token."""
        return np.int16 if self.config.vocabulary <= 2**15 else np.int32

    @property
    def done(self) -> bool:
        """Whether the last step is taken, or patience is at its end."""
        patience = self.config.training.patience
        return self.step >= self.config.training.steps or 0 < patience <= self.stale

    @property
    def next_test(self) -> int:
        """The step after which the next test is due."""
        return next(step for step in self.tests if step > self.step)

    def batches(self, steps: int) -> ChunkBatches:
        """What the next `steps` steps read, padded to the length that every call has."""
        cut = self.reading.batches(self.step, steps)
        document_SBW = None
        if isinstance(cut, TextBatches) and self.config.training.windows == "packed":
            document_SBW = cut.document_SBW
        given = (cut.token_SBW, cut.task_SBW, cut.real_SB, document_SBW)
        return ChunkBatches(*(None if each is None else _padded(each, self._number) for each in given))  # type: ignore[arg-type]

    def took(self, steps: int, losses: LossSums) -> None:
        """Note that so many steps were taken, with these losses."""
        self.step += steps
        for row in range(steps):  # one by one, so that the sum does not depend on where calls end
            self.sums.add(jax.tree.map(lambda rows, row=row: rows[row], losses))

    def test(self, model: LanguageModel) -> Evaluated:
        """The training loss since the last test, and what the exam finds."""
        rows = self.sums.rows(self.config.world.tasks)
        self.sums = Sums(len(self.config.world.tasks))
        found = self.exam.training(model, self.step)
        loss = min((row["loss"] for row in found.rows if "loss" in row), default=inf)
        self.stale = 0 if loss < self.lowest else self.stale + 1
        self.lowest = min(loss, self.lowest)
        return Evaluated(self.name, self.step, self._at_this_step([*rows, *found.rows]), samples=found.samples)

    def finish(self, model: LanguageModel) -> list[Event]:
        """The final test, answer by answer, and the weights; or that they are no longer numbers."""
        weights = named_arrays(model)
        if not all(np.isfinite(array).all() for array in weights.values()):
            return [Diverged(self.name, self.step, f"a weight is no longer a number after step {self.step}")]
        found = self.exam.final(model, self.step)
        return [
            Evaluated(self.name, self.step, self._at_this_step(found.rows), final=True),
            Finished(self.name, self.step, weights, weights_hash(weights), found.items),
        ]

    def _at_this_step(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"step": self.step, **row} for row in rows]

    def diverged(self, step: int) -> Diverged:
        """The event of a loss that is no longer a number, met in `step`."""
        return Diverged(self.name, step, f"the loss is no longer a number in step {step}")

    def checkpoint(self, state: State) -> Checkpoint:
        """The state now, with the losses summed since the last test."""
        arrays = {**named_arrays(state), **self.sums.arrays()}
        if self.config.training.patience:
            arrays |= {"patience.lowest": np.array(self.lowest), "patience.stale": np.array(self.stale)}
        return Checkpoint(self.name, self.step, arrays)


def steps_a_call(seconds_a_step: float | None) -> int:
    """How many steps the next call should take; one, where nothing is known yet."""
    return 1 if seconds_a_step is None else min(CHUNK, max(1, int(CALL_SECONDS / seconds_a_step)))


def first_step_without_a_number(losses: LossSums, steps: int) -> int | None:
    """Which of these steps (1 to `steps`) first met a loss that is not finite, if any did."""
    (bad,) = np.nonzero(~np.isfinite(losses.nats[:steps]))
    return int(bad[0]) + 1 if len(bad) else None


class Sums:
    """Losses summed since the last test, in double precision; part of a checkpoint."""

    def __init__(self, tasks: int):
        self.nats_K, self.tokens_K = np.zeros(tasks), np.zeros(tasks)
        self.all_2 = np.zeros(2)  # nats, tokens

    @classmethod
    def loaded(cls, arrays: Arrays) -> "Sums":
        """The sums in a checkpoint."""
        sums = cls(0)
        sums.nats_K, sums.tokens_K, sums.all_2 = (
            arrays[f"sums.{name}"].copy() for name in ("nats_K", "tokens_K", "all_2")
        )
        return sums

    def add(self, sums: LossSums) -> None:
        """Add the losses of a step."""
        self.nats_K += np.asarray(sums.nats_K)
        self.tokens_K += np.asarray(sums.tokens_K)
        self.all_2 += [float(sums.nats), float(sums.tokens)]

    def rows(self, tasks: tuple[str, ...]) -> list[dict[str, Any]]:
        """Mean training loss in nats per token, of all tokens (padding counted) and by task."""
        named = [("all", *self.all_2), *zip(tasks, self.nats_K, self.tokens_K, strict=True)]
        common = {"test": "train", "split": "seen", "shots": 0, "coverage": None}
        return [
            {"task": task, **common, "n": int(tokens), "loss": nats / tokens} for task, nats, tokens in named if tokens
        ]

    def arrays(self) -> Arrays:
        """The sums as arrays of a checkpoint."""
        named = {"sums.nats_K": self.nats_K, "sums.tokens_K": self.tokens_K, "sums.all_2": self.all_2}
        return {name: array.copy() for name, array in named.items()}


def _padded(rows_SX: np.ndarray, number: type[np.signedinteger]) -> np.ndarray:
    """Host batches as a call of CHUNK steps takes them, numbers in the type `number`."""
    if rows_SX.dtype != bool:
        rows_SX = rows_SX.astype(number)
    missing = CHUNK - len(rows_SX)
    return np.pad(rows_SX, [(0, missing)] + [(0, 0)] * (rows_SX.ndim - 1))
