"""The exact Bayes predictor of a cipher world: it knows languages, dictionaries and mixture, not task nor phase.

What a model of the stream can know at best (Propositions 2 and 3 of Sinha 2024 speak of its posterior over tasks);
`floor.py` has its mean loss in closed form. The generative model, for a window and every prefix of one:

1. The window's task is k with chance pi_k (`Mixture.chances`), the same for all of its instances, and its first token
   is an instance's first (`start="instance"`), or any word's first (`"word"`), or any (`"token"`), all alike.
2. A sentence is drawn uniformly, each on its own; with distinct words none stands twice. Its words, `.`, their
   translations, `|`: in pieces each has its mark before it.
3. With `noise` e, each instance takes, with chance e, a task drawn anew from pi in place of k. And each word, `.` and
   `|` with them, is with chance e one of all symbols alike, otherwise what rule 2 says of it given the words that do
   stand there: an answer translates the question word that was written; where none of the source language was read,
   it is one of the target words that the instance has not shown. Marks are never noise.

Left out, as in the floor: windows across a boundary between tasks, padding, and that `distinct` draws do not repeat.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from seedbed.config.errors import UsageError
from seedbed.tasks.stream import Mixture, check_mixture
from seedbed.tasks.tokens import MARK, Vocabulary
from seedbed.tasks.world import World

Start = Literal["instance", "word", "token"]


@dataclass(frozen=True)
class BayesPrediction:
    """What the predictor says after each token of N rows of T tokens, in natural logarithms.

    Index t of both arrays is given tokens 0..t, as a model's logits are.
    """

    log_next_NTV: Float[np.ndarray, "N T V"]  # of the token after t
    log_task_NTK: Float[np.ndarray, "N T K"]  # of the window's task, in the world's order


@dataclass(frozen=True)
class BayesPredictor:
    """The predictor of the windows that a mixture gives in a world.

    start: where the first token may lie; prompts of an evaluation begin with an instance.  noise: e in rule 3, 0 for
    the strict model whose mean loss is the floor.
    """

    world: World
    mixture: Mixture
    start: Start = "instance"
    noise: float = 0.0

    def __post_init__(self) -> None:
        check_mixture(self.world.config, self.mixture)
        if not 0 <= self.noise < 1:
            raise UsageError(f"noise is a probability in 0..1 (1 left out), got {self.noise}; 0 is the strict model")

    def predict(self, token_NT: Int[np.ndarray, "N T"]) -> BayesPrediction:
        """The next token and the task after each token of each row.

        Time grows with N * T * V * (tasks of the world) * (possible starts).
        Raises `UsageError` for what is no token, and for a row that has probability 0, naming where it first has:
        without noise a row that mixes tasks, translates wrongly or repeats a word; with noise only misplaced marks.
        """
        vocabulary = Vocabulary(self.world.config)
        wrong = token_NT[(token_NT < 0) | (token_NT >= vocabulary.size)]
        if wrong.size:
            raise UsageError(f"tokens of this world are 0..{vocabulary.size - 1}, got {wrong[0]}")
        rows, times = token_NT.shape
        log_next_NTV = np.full((rows, times, vocabulary.size), -np.inf)
        log_task_NTK = np.full((rows, times, len(self.world.config.tasks)), -np.inf)
        step = {"instance": vocabulary.instance_tokens, "word": vocabulary.tokens_per_word, "token": 1}[self.start]
        for offset in range(0, vocabulary.instance_tokens, step):
            self._add_offset(token_NT, offset, log_next_NTV, log_task_NTK)
        _refuse_impossible(log_task_NTK, token_NT, self.noise)
        return BayesPrediction(_normalised(log_next_NTV), _normalised(log_task_NTK))

    def _add_offset(
        self, token_NT: np.ndarray, offset: int, log_next_NTV: np.ndarray, log_task_NTK: np.ndarray
    ) -> None:
        """Add to both arrays the joint probabilities with the window starting `offset` tokens into an instance.

        The state is the joint chance of what was read, the window's task k and the task j of the instance under way.
        """
        vocabulary, tasks = Vocabulary(self.world.config), self.world.config.tasks
        prior_K = np.array([self.mixture.chances.get(task, 0.0) for task in tasks])
        log_prior_K, log_drawn_KJ = _log(prior_K), _log((1 - self.noise) * np.eye(len(tasks)) + self.noise * prior_K)
        log_state_NKJ = np.tile(log_prior_K[:, None] + log_drawn_KJ, (len(token_NT), 1, 1))
        rules = [_strict(self.world, task, token_NT, offset) for task in tasks]
        for time, chance_JNV in enumerate(zip(*rules, strict=True)):
            if time and (offset + time) % vocabulary.instance_tokens == 0:
                log_state_NKJ = np.logaddexp.reduce(log_state_NKJ, axis=2)[:, :, None] + log_drawn_KJ
            chance_NJV = self._blurred(np.stack(chance_JNV, axis=1), offset + time)
            if time:
                after_NV = log_next_NTV[:, time - 1]
                after_NV[:] = np.logaddexp(after_NV, _log_mean(np.logaddexp.reduce(log_state_NKJ, axis=1), chance_NJV))
            if time < token_NT.shape[1]:
                read_NJ1 = np.take_along_axis(chance_NJV, token_NT[:, time, None, None], axis=2)
                log_state_NKJ = log_state_NKJ + _log(np.swapaxes(read_NJ1, 1, 2))
                now_NK = log_task_NTK[:, time]
                now_NK[:] = np.logaddexp(now_NK, np.logaddexp.reduce(log_state_NKJ, axis=2))

    def _blurred(self, chance_NJV: np.ndarray, place: int) -> np.ndarray:
        """Chances with the noise of rule 3 in them, where a symbol and not its mark is due."""
        vocabulary = Vocabulary(self.world.config)
        if self.noise == 0 or place % vocabulary.tokens_per_word != vocabulary.tokens_per_word - 1:
            return chance_NJV
        uniform_V = np.zeros(vocabulary.size)
        uniform_V[vocabulary.stop :] = 1 / (vocabulary.size - vocabulary.stop)
        return (1 - self.noise) * chance_NJV + self.noise * uniform_V


def _strict(world: World, task: str, token_NT: np.ndarray, offset: int) -> Iterator[Float[np.ndarray, "N V"]]:
    """Rule 2 for one task: before each token of the rows, and after the last, the chances of the token that is due.

    A sentence is remembered by its target words: those that each instance has shown so far, and which one answers each
    question word that was read.
    """
    config, vocabulary = world.config, Vocabulary(world.config)
    source, target = (vocabulary.first_symbol(language) for language in task.split("->"))
    table_W, length, rows = world.dictionary(task), config.length, len(token_NT)
    answer_NL, shown_NW = np.full((rows, length), -1), np.zeros((rows, config.words), dtype=bool)
    for time in range(token_NT.shape[1] + 1):
        place, piece = divmod((offset + time) % vocabulary.instance_tokens, vocabulary.tokens_per_word)
        if place == piece == 0:
            answer_NL, shown_NW = np.full_like(answer_NL, -1), np.zeros_like(shown_NW)
        free_NW = ~shown_NW if config.distinct else np.ones_like(shown_NW)
        chance_NV = np.zeros((rows, vocabulary.size))
        known_N = np.full(rows, -1)
        if piece < vocabulary.tokens_per_word - 1:
            chance_NV[:, MARK] = 1
        elif place == length:
            chance_NV[:, vocabulary.stop] = 1
        elif place == 2 * length + 1:
            chance_NV[:, vocabulary.end] = 1
        elif place < length:
            chance_NV[:, source : source + config.words] = _uniform(free_NW[:, table_W])
        else:
            known_N = answer_NL[:, place - length - 1]
            certain_NW = np.arange(config.words) == known_N[:, None]
            chance_NV[:, target : target + config.words] = np.where(
                known_N[:, None] >= 0, certain_NW, _uniform(free_NW)
            )
        yield chance_NV
        if time == token_NT.shape[1] or piece < vocabulary.tokens_per_word - 1 or place == length:
            continue
        word_N = token_NT[:, time] - (source if place < length else target)
        # An answer to a question word that was read tells nothing more of the sentence, right or wrong.
        (tells,) = np.nonzero((word_N >= 0) & (word_N < config.words) & (known_N < 0) & (place <= 2 * length))
        if place < length:
            answer_NL[tells, place] = table_W[word_N[tells]]
            shown_NW[tells, answer_NL[tells, place]] = True
        else:
            shown_NW[tells, word_N[tells]] = True


def _refuse_impossible(log_task_NTK: np.ndarray, token_NT: np.ndarray, noise: float) -> None:
    row_M, time_M = np.nonzero(np.isneginf(log_task_NTK).all(axis=2))
    if len(row_M):
        row, time = int(row_M[0]), int(time_M[row_M == row_M[0]].min())
        raise UsageError(
            f"row {row} has probability 0 from its token {time} on, which is {token_NT[row, time]} (noise {noise}): "
            + ("word-start marks are misplaced" if noise else "give noise above 0 if rows may contradict themselves")
        )


def _log_mean(log_weight_NJ: np.ndarray, chance_NJV: np.ndarray) -> Float[np.ndarray, "N V"]:
    """log sum_j exp(log_weight_j) chance_j; weights are taken relative to each row's largest, so none overflows."""
    largest_N1 = np.maximum(log_weight_NJ.max(axis=1, keepdims=True), np.finfo(np.float64).min)
    return largest_N1 + _log(np.einsum("nj,njv->nv", np.exp(log_weight_NJ - largest_N1), chance_NJV))


def _uniform(allowed_NW: np.ndarray) -> Float[np.ndarray, "N W"]:
    return allowed_NW / np.maximum(allowed_NW.sum(axis=1, keepdims=True), 1)  # none: nothing is left unknown


def _log(chance: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(chance)


def _normalised(log_joint_NTX: np.ndarray) -> np.ndarray:
    return log_joint_NTX - np.logaddexp.reduce(log_joint_NTX, axis=2, keepdims=True)
