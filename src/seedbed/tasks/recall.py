"""Associative recall and induction: a key is shown with its value and asked for again so many tokens later.

    recall      _ _ k3 v1 _ k7 v4 _ _ _ k3 v1 _ k7 v4        `_` is a blank
    induction   v2 v9 k3 v1 v1 k7 v4 v8 v3 v0 k3 v1 v5 k7 v4   no blanks: values that follow no key stand between

A task is one of these at one distance, in tokens from a key's first appearance to its query: k3 is `recall 8`. Keys of
a window differ, each is shown once and asked for once, and values are drawn independently, so who does not see a pair
is right once in `values`. Sources: multi-query associative recall, Arora et al. (2023), section 3; induction heads
complete a pair of tokens that stood among random ones before, Olsson et al. (2022).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.config.random import generator
from seedbed.tasks.prompts import EvaluationSet
from seedbed.tasks.stream import Mixture
from seedbed.tasks.tokens import PAD
from seedbed.tasks.windows import NO_TASK, Batches

KINDS = ("recall", "induction")
BLANK = PAD + 1
FIRST_KEY = BLANK + 1
LEAST_DISTANCE = 2  # a key and its value stand before the query


@dataclass(frozen=True)
class RecallConfig:
    """A world of key-value pairs to be recalled. A world that cannot exist is refused, with the numbers.

    kinds: kinds of tasks.  keys: number of different keys.  values: number of different values.  distances: numbers of
    tokens from a key's first appearance to its query.
    """

    kinds: tuple[str, ...] = KINDS
    keys: int = 8
    values: int = 8
    distances: tuple[int, ...] = (2, 4, 8, 12, 16, 32)

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in KINDS:
                raise unknown_name("kind of task in world.kinds", kind, KINDS)
        if not self.kinds or len(set(self.kinds)) < len(self.kinds):
            raise UsageError(
                f"world.kinds must hold recall, induction or both, each given once; got {', '.join(self.kinds)}"
            )
        if self.values < 2:
            raise UsageError(f"world.values must be at least 2, or nothing is left to recall; got {self.values}")
        if not self.distances or len(set(self.distances)) < len(self.distances):
            raise UsageError(
                f"world.distances must hold at least one number, each given once; got {list(self.distances)}"
            )
        if min(self.distances) < LEAST_DISTANCE:
            raise UsageError(
                f"world.distances count from a key over its value to the query: at least {LEAST_DISTANCE}, got "
                f"{min(self.distances)}"
            )
        if self.keys < len(self.distances):
            raise UsageError(
                f"a window queries one key at each of {len(self.distances)} distances: world.keys must be at least "
                f"that, got {self.keys}"
            )

    @property
    def tasks(self) -> tuple[str, ...]:
        """`recall 2`, `recall 4`, ...: kind after kind, at each distance."""
        return tuple(f"{kind} {distance}" for kind in self.kinds for distance in self.distances)

    @property
    def vocabulary(self) -> int:
        """Number of tokens: padding, the blank, keys, values."""
        return FIRST_KEY + self.keys + self.values

    @property
    def first_value(self) -> int:
        """The token of the first value; the others follow."""
        return FIRST_KEY + self.keys

    @property
    def chance(self) -> float:
        """How often who does not see a pair names its value."""
        return 1 / self.values

    @property
    def least_context(self) -> int:
        """Tokens of the shortest prompt in which every distance has room: the longest, and the query itself."""
        return max(self.distances) + 1

    def text(self, token_T: Int[np.ndarray, " T"]) -> str:
        """Tokens as a person reads them: `_` a blank, `k3` a key, `v1` a value, both counted from 1."""
        words = []
        for token in token_T.tolist():
            if token >= self.first_value:
                words.append(f"v{token - self.first_value + 1}")
            else:
                words.append("_" if token < FIRST_KEY else f"k{token - FIRST_KEY + 1}")
        return " ".join(words)

    def kind_of(self, task: str) -> str:
        """`recall` or `induction`."""
        return self.kinds[self.tasks.index(task) // len(self.distances)]

    def distance_of(self, task: str) -> int:
        """In tokens."""
        return self.distances[self.tasks.index(task) % len(self.distances)]


def check_recall_mixture(config: RecallConfig, mixture: Mixture) -> None:
    """Refuse a mixture of tasks that this world lacks, or that asks for what an endless stream has not."""
    for task, _ in mixture.counts:
        if task not in config.tasks:
            raise unknown_name("task", task, config.tasks, where="in the mixture")
    if mixture.shares or mixture.replaced or mixture.draw != "independent":
        raise UsageError(
            "a stream of recall never ends and never repeats: its mixture has counts, which say how often each task is "
            f"drawn, and nothing else; got {mixture}"
        )


@dataclass(frozen=True)
class RecallWindows:
    """Windows drawn anew in every step from (data seed, step), each for one task of the mixture.

    A window is filled up with pairs at the other distances of its kind that are taught, as far as there is room. A
    token's task is that of the answer it is, and NO_TASK everywhere else.
    """

    config: RecallConfig
    mixture: Mixture
    window: int
    batch: int
    data_seed: int

    def batches(self, first_step: int, steps: int) -> Batches:
        """The batches of steps first_step .. first_step + steps - 1, counted from 0."""
        drawn = [self._draw(step) for step in range(first_step, first_step + steps)]
        return Batches(
            token_SBW=np.stack([token_BW for token_BW, _ in drawn]),
            task_SBW=np.stack([task_BW for _, task_BW in drawn]),
            real_SB=np.ones((steps, self.batch), dtype=bool),
        )

    def _draw(self, step: int) -> tuple[Int[np.ndarray, "B W"], Int[np.ndarray, "B W"]]:
        rng = generator("recall windows", self.data_seed, step)
        asked_B = rng.choice(self._task_C, size=self.batch, p=self._chance_C)
        return recall_windows(self.config, asked_B, set(self._task_C.tolist()), self.window, rng, asked_last=False)

    @cached_property
    def _task_C(self) -> Int[np.ndarray, " C"]:
        return np.array([self.config.tasks.index(task) for task, chance in self.mixture.chances.items() if chance])

    @cached_property
    def _chance_C(self) -> np.ndarray:
        return np.array([chance for chance in self.mixture.chances.values() if chance])


def recall_set(config: RecallConfig, task: str, *, test: str, size: int, context: int, seed: int) -> EvaluationSet:
    """Fresh windows whose last token is a query at the task's distance; all other pairs of a window are asked before.

    They are not those of training, nor those of another `test`: the draws have another purpose.
    """
    rng = generator(f"recall {test} {task}", seed)
    index = config.tasks.index(task)
    others = set(range(len(config.tasks)))
    asked_N = np.full(size, index)
    token_NW, _ = recall_windows(config, asked_N, others, context + 1, rng, asked_last=True)
    return EvaluationSet(
        task=task,
        split="unseen",
        shots=0,
        coverage=None,
        prompt_NP=token_NW[:, :-1].astype(np.int32),
        answer_NA=token_NW[:, -1:].astype(np.int32),
        sentence_N=np.arange(size),
        seen_shots=float("nan"),
    )


def recall_windows(
    config: RecallConfig,
    asked_B: Int[np.ndarray, " B"],
    taught: set[int],
    window: int,
    rng: np.random.Generator,
    *,
    asked_last: bool,
) -> tuple[Int[np.ndarray, "B W"], Int[np.ndarray, "B W"]]:
    """Tokens and, for each, the task whose answer it is. asked_B: the task that each window is drawn for.

    taught: tasks whose distances fill up windows of their kind.  asked_last: its answer is the window's last token.
    """
    token_BW = np.full((len(asked_B), window), BLANK)
    task_BW = np.full((len(asked_B), window), NO_TASK)
    distance_D = np.array(config.distances)
    for number, kind in enumerate(config.kinds):
        first = number * len(distance_D)
        (row_R,) = np.nonzero((asked_B >= first) & (asked_B < first + len(distance_D)))
        if not len(row_R):
            continue
        # The longest are placed first, while there is room; that of the window's own task before all others.
        filling = sorted((d for d in range(len(distance_D)) if first + d in taught), key=lambda d: -distance_D[d])
        own_R = asked_B[row_R] - first
        order_RP = np.array([[own, *(d for d in filling if d != own)] for own in own_R.tolist()])
        key_RP = FIRST_KEY + np.argsort(rng.random((len(row_R), config.keys)), axis=1)
        value_RP = config.first_value + rng.integers(config.values, size=order_RP.shape)
        token_RW = token_BW[row_R]
        if kind == "induction":
            token_RW = config.first_value + rng.integers(config.values, size=token_RW.shape)
        distance_RP = distance_D[order_RP]
        for pair, (row_r, start_r) in enumerate(
            _placed(distance_RP, max(config.distances), window, rng, asked_last=asked_last)
        ):
            query_r = start_r + distance_RP[row_r, pair]
            for at_r in (start_r, query_r):
                token_RW[row_r, at_r] = key_RP[row_r, pair]
                token_RW[row_r, at_r + 1] = value_RP[row_r, pair]
            task_BW[row_R[row_r], query_r + 1] = first + order_RP[row_r, pair]
        token_BW[row_R] = token_RW
    return token_BW, task_BW


def _placed(
    distance_RP: Int[np.ndarray, "R P"], farthest: int, window: int, rng: np.random.Generator, *, asked_last: bool
) -> Iterator[tuple[Int[np.ndarray, " r"], Int[np.ndarray, " r"]]]:
    """Pair by pair, the rows in which it has room and where its key stands there.

    Queries stand where the farthest could have its own, so their places do not tell the distance.
    """
    rows, pairs = distance_RP.shape
    free_RW = np.ones((rows, window), dtype=bool)
    start_RS = np.broadcast_to(np.arange(window), (rows, window))
    for pair in range(pairs):
        distance_R = distance_RP[:, pair]
        query_RS = start_RS + distance_R[:, None]
        room_RS = (query_RS + 1 < window) & (query_RS >= farthest)
        for cell_RS in (start_RS, start_RS + 1, query_RS, query_RS + 1):
            room_RS &= np.take_along_axis(free_RW, np.minimum(cell_RS, window - 1), axis=1)
        if pair == 0 and asked_last:
            room_RS &= query_RS + 2 == window
        start_R = np.argmax(rng.random((rows, window)) * room_RS, axis=1)
        (row_r,) = np.nonzero(room_RS.any(axis=1))
        start_r, query_r = start_R[row_r], start_R[row_r] + distance_R[row_r]
        for cell_r in (start_r, start_r + 1, query_r, query_r + 1):
            free_RW[row_r, cell_r] = False
        yield row_r, start_r
