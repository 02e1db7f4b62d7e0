"""Windows: the training sequences cut from a stream, `fixed` cuts every epoch or `random` offsets.

Fixed windows follow one another, the last one padded on its left, shuffled each epoch, the last batch of an epoch
smaller: the paper's way. Random windows start anywhere on the stream bent into a ring. Both are drawn from (data seed,
epoch or step) alone, so a resumed member reads what it would have read. Source: Sinha (2024), notebooks; random windows
are ours.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int

from seedbed.config.random import generator
from seedbed.tasks.stream import Mixture, Stream
from seedbed.tasks.tokens import PAD

WindowKind = Literal["fixed", "random"]
NO_TASK = -1  # whose token padding is


@dataclass(frozen=True)
class Batches:
    """Consecutive batches: S steps of B windows of W tokens; a row that stands for no window has `real_SB` False.

    Padding has the token PAD and the task NO_TASK.
    """

    token_SBW: Int[np.ndarray, "S B W"]
    task_SBW: Int[np.ndarray, "S B W"]
    real_SB: Bool[np.ndarray, "S B"]


@dataclass(frozen=True)
class WindowSource:
    """Cuts batches out of a stream. window: tokens per window, one more than the model's context."""

    stream: Stream
    kind: WindowKind
    window: int
    batch: int
    data_seed: int
    share_K: tuple[float, ...] = ()  # by task index; empty: the whole stream is one ring

    @property
    def windows(self) -> int:
        """How many windows an epoch has: the fixed cuts, or the offsets of the ring."""
        tokens = len(self.stream.token_N)
        return -(-tokens // self.window) if self.kind == "fixed" else tokens

    @property
    def steps_per_epoch(self) -> int:
        """Steps of `fixed` windows that read the stream once."""
        return -(-self.windows // self.batch)

    def batches(self, first_step: int, steps: int) -> Batches:
        """The batches of steps first_step .. first_step + steps - 1, counted from 0."""
        cut = self._fixed if self.kind == "fixed" else self._random
        index_SBW, real_SB = cut(first_step, steps)
        inside_SBW = index_SBW >= 0
        return Batches(
            token_SBW=np.where(inside_SBW, self.stream.token_N[index_SBW], PAD),
            task_SBW=np.where(inside_SBW, self.stream.task_N[index_SBW], NO_TASK),
            real_SB=real_SB,
        )

    def _fixed(self, first: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
        start_SB = np.zeros((steps, self.batch), dtype=np.int64)
        real_SB = np.zeros((steps, self.batch), dtype=bool)
        for row in range(steps):
            epoch, within = divmod(first + row, self.steps_per_epoch)
            order = generator("epoch", self.data_seed, epoch).permutation(self.windows)
            chosen = order[within * self.batch : (within + 1) * self.batch]
            start_SB[row, : len(chosen)] = chosen * self.window
            real_SB[row, : len(chosen)] = True
        tokens = len(self.stream.token_N)
        # The last window holds the rest of the stream, shifted right: indices before it become -1, read as padding.
        last = (self.windows - 1) * self.window
        missing = self.windows * self.window - tokens
        index_SBW = start_SB[:, :, None] + np.arange(self.window)
        index_SBW = np.where(start_SB[:, :, None] == last, index_SBW - missing, index_SBW)
        return np.where(index_SBW < start_SB[:, :, None], -1, index_SBW), real_SB

    def _random(self, first: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
        index_SBW = np.empty((steps, self.batch, self.window), dtype=np.int64)
        for row in range(steps):
            start_B, length_B, offset_B = self._draw(first + row)
            turned_BW = (offset_B[:, None] + np.arange(self.window)) % length_B[:, None]
            index_SBW[row] = start_B[:, None] + turned_BW
        return index_SBW, np.ones((steps, self.batch), dtype=bool)

    def _read(self, steps: int) -> Bool[np.ndarray, " W"]:
        """Which fixed windows are read in the first `steps` steps: all of them, after an epoch."""
        read_W = np.ones(self.windows, dtype=bool)
        if steps < self.steps_per_epoch:
            order = generator("epoch", self.data_seed, 0).permutation(self.windows)
            read_W[order[steps * self.batch :]] = False
        return read_W

    def _drawn_over(self, steps: int, spare: int) -> Bool[np.ndarray, " N"]:
        """For each place of the stream, if a random window of `steps` steps starts at most `spare` tokens before."""
        starts_N = np.zeros(len(self.stream.token_N), dtype=np.int64)
        for row in range(steps):
            start_B, length_B, offset_B = self._draw(row)
            np.add.at(starts_N, start_B + offset_B % length_B, 1)
        over_N = np.zeros(len(starts_N), dtype=bool)
        for start, length in self._rings:
            reach = min(spare, length - 1)
            own = starts_N[start : start + length]
            sums = np.concatenate([[0], np.cumsum(np.concatenate([own[length - reach :], own]))])
            over_N[start : start + length] = sums[reach + 1 :] - sums[:length] > 0
        return over_N

    def _draw(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Start and length of the ring of each window of a step, and the window's offset in it."""
        rng, ring_of = generator("windows", self.data_seed, step), self._rings
        ring_B2 = ring_of[rng.choice(len(ring_of), size=self.batch, p=self.share_K or None)]
        offset_B = np.floor(rng.random(self.batch) * ring_B2[:, 1]).astype(np.int64)
        return ring_B2[:, 0], ring_B2[:, 1], offset_B

    @cached_property
    def _rings(self) -> np.ndarray:
        """(start, length) of each ring that a window may be cut from."""
        if not self.share_K:
            return np.array([[0, len(self.stream.token_N)]])
        rings = []
        for task in range(len(self.share_K)):
            (place,) = np.nonzero(self.stream.task_N == task)
            rings.append([place[0], len(place)] if len(place) else [0, 1])  # a task without examples has share 0
        return np.array(rings)

    def seen(self, tasks: int, sentences: int, steps: int) -> Bool[np.ndarray, "K N"]:
        """Which (task, sentence) stand whole, question and answer, in some window that `steps` steps read.

        The closing `|` may be cut off.
        """
        first_E, last_E = self.stream.first_E, self.stream.last_E
        if self.kind == "fixed":
            # A padded last window is cut where any other would be: its tokens are the rest of the stream.
            whole_E = (first_E // self.window == last_E // self.window) & self._read(steps)[first_E // self.window]
        else:
            whole_E, needed_E = np.zeros(len(first_E), dtype=bool), last_E - first_E + 1
            for needed in np.unique(needed_E[needed_E <= self.window]).tolist():
                own_E = needed_E == needed
                whole_E[own_E] = self._drawn_over(steps, self.window - needed)[first_E[own_E]]
        seen_KN = np.zeros((tasks, sentences), dtype=bool)
        seen_KN[self.stream.task_E[whole_E], self.stream.sentence_E[whole_E]] = True
        return seen_KN


def window_source(
    stream: Stream,
    mixture: Mixture,
    tasks: tuple[str, ...],
    *,
    kind: WindowKind,
    window: int,
    batch: int,
    data_seed: int,
) -> WindowSource:
    """The windows of a member, with the mixture's shares by task index."""
    shares = dict(mixture.shares)
    share_K = tuple(shares.get(task, 0.0) for task in tasks) if shares else ()
    return WindowSource(stream, kind, window, batch, data_seed, share_K)
