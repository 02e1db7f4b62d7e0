"""The exam of a member that reads pieces learned from its own stream: asked in pieces, scored by the words it writes.

The questions are those of any other member of its data seed (`Panel`), and the rows have the same columns. exact and
word_score are of the decoded text; edit_score is of words; log_likelihood (nats a token), brier and answer_probability
are of the reference as the vocabulary spells it. The paper's own test is scored by the notebook's rule.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from seedbed.emergence.partial_credit import edit_scores
from seedbed.evaluation.evaluator import Row, padded
from seedbed.evaluation.exam import Tested, items_of
from seedbed.evaluation.panel import Panel, Test
from seedbed.evaluation.scores import read_and_write, read_and_write_sliding
from seedbed.models import LanguageModel
from seedbed.tasks import (
    EvaluationSet,
    PiecePrompts,
    Spelling,
    Vocabulary,
    notebook_words,
    paper_test,
    spelled,
    written_words,
)

BLOCK = 8  # prompts a compiled call takes at once: parts of one length are small


class PieceScores(NamedTuple):
    """Per prompt and token of the answer, padding included."""

    decoded_NA: Int[Array | np.ndarray, "N A"]  # what greedy decoding writes
    log_right_NA: Float[Array | np.ndarray, "N A"]  # nats: log-probability of the reference's token
    brier_NA: Float[Array | np.ndarray, "N A"]  # sum over the vocabulary of (p - 1[right])^2


PieceScorer = Callable[[LanguageModel, PiecePrompts], PieceScores]


def piece_scorer() -> PieceScorer:
    """A function that scores a set in blocks, with one compiled program per length of prompt."""
    compiled = eqx.filter_jit(_scores)

    def run(model: LanguageModel, prompts: PiecePrompts) -> PieceScores:
        order, parts = [], []
        for where_M, prompt_MP in prompts.by_length():
            order.append(where_M)
            for at in range(0, len(where_M), BLOCK):
                here = where_M[at : at + BLOCK]
                found = compiled(
                    model, padded(prompt_MP[at : at + BLOCK], BLOCK), padded(prompts.answer_NA[here], BLOCK)
                )
                parts.append([np.asarray(each)[: len(here)] for each in found])
        back = np.argsort(np.concatenate(order))
        return PieceScores(*(np.concatenate(blocks)[back] for blocks in zip(*parts, strict=True)))

    return run


def _scores(model: LanguageModel, prompt_NP: Int[Array, "N P"], answer_NA: Int[Array, "N A"]) -> PieceScores:
    fits = prompt_NP.shape[1] + answer_NA.shape[1] - 1 <= model.config.context
    logits_NAV, decoded_NA = (read_and_write if fits else read_and_write_sliding)(model, prompt_NP, answer_NA)
    log_p_NAV = jax.nn.log_softmax(logits_NAV, axis=-1)
    right_NAV = jax.nn.one_hot(answer_NA, logits_NAV.shape[-1], dtype=log_p_NAV.dtype)
    return PieceScores(
        decoded_NA=decoded_NA,
        log_right_NA=(log_p_NAV * right_NAV).sum(axis=2),
        brier_NA=jnp.square(jnp.exp(log_p_NAV) - right_NAV).sum(axis=2),
    )


@dataclass(frozen=True)
class PieceExam:
    """One member's tests. panel: of the world in words; spelling: the member's own."""

    panel: Panel
    spelling: Spelling
    score: PieceScorer

    def training(self, model: LanguageModel, step: int) -> Tested:
        """The panel's questions and the paper's test with fresh sentences."""
        rows = [self._row(model, test, self._spelled(asked))[0] for test, asked in _some(self._words.training(step))]
        return Tested([*rows, *self._paper(model, self.panel.config.paper_items, step)])

    def final(self, model: LanguageModel, step: int) -> Tested:
        """Every question, answer by answer, and the paper's test."""
        rows, items = [], {}
        for test, asked in _some(self._words.final(step)):
            row, right_NL, log_likelihood_N = self._row(model, test, self._spelled(asked))
            rows.append(row)
            items |= items_of(asked, np.all(right_NL, axis=1), right_NL, log_likelihood_N)
        return Tested([*rows, *self._paper(model, self.panel.config.paper_final_items, step)], items)

    @cached_property
    def _words(self) -> Panel:
        """The panel without the paper's test, which is cut in pieces."""
        return replace(self.panel, config=replace(self.panel.config, paper_cuts=()))

    def _spelled(self, asked: EvaluationSet) -> PiecePrompts:
        return spelled(self.spelling, asked)

    def _paper(self, model: LanguageModel, items: int, step: int) -> Iterator[Row]:
        panel, world = self.panel, self.panel.world
        shots = panel.config.paper_shots
        whole = shots * Vocabulary(world.config).instance_words + world.config.length + 1
        for task in panel.tasks if items else ():
            asked = paper_test(world, task, items=items, shots=shots, cut=whole, seed=panel.seed, counter=step)
            for cut in panel.config.paper_cuts:
                yield self._row(model, "paper", spelled(self.spelling, asked, cut=cut))[0] | {"cut": cut}

    def _row(
        self, model: LanguageModel, test: Test, prompts: PiecePrompts
    ) -> tuple[Row, Bool[np.ndarray, "N L"], Float[np.ndarray, " N"]]:
        """The means of a set; for each question its words in place, and the log-likelihood of its reference."""
        asked, scores = prompts.asked, self.score(model, prompts)
        written = written_words if test != "paper" else notebook_words
        words_NL = written(self.spelling, prompts, np.asarray(scores.decoded_NA))
        right_NL = np.equal(words_NL, asked.answer_NA)
        real_NA = np.arange(prompts.answer_NA.shape[1]) < prompts.answer_length_N[:, None]
        log_likelihood_N = np.where(real_NA, scores.log_right_NA, 0).sum(axis=1, dtype=np.float64)
        row: Row = {
            "task": asked.task,
            "test": test,
            "split": asked.split,
            "shots": asked.shots,
            "coverage": asked.coverage,
            "cut": None,
            "n": len(right_NL),
            "exact": float(right_NL.all(axis=1).mean()),
            "word_score": float(right_NL.mean()),
            "edit_score": float(edit_scores(words_NL, asked.answer_NA).mean()),
            "log_likelihood": float(log_likelihood_N.sum() / real_NA.sum()),
            "brier": float((np.where(real_NA, scores.brier_NA, 0).sum(axis=1) / real_NA.sum(axis=1)).mean()),
            "answer_probability": float(np.exp(log_likelihood_N).mean()),
        }
        if np.isfinite(asked.seen_shots):
            row["seen_shots"] = asked.seen_shots
        return row, right_NL, log_likelihood_N


def _some(sets: Iterator[tuple[Test, EvaluationSet]]) -> Iterator[tuple[Test, EvaluationSet]]:
    return (each for each in sets if len(each[1].prompt_NP))
