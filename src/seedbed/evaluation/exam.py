"""An exam: all that one member is asked, test after test, and the rows of numbers that come out.

A kind of world brings its own: questions with answers (here), documents to predict (`text_exam`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import jax
import numpy as np

from seedbed.evaluation.bayes_panel import AnswerChances, BayesPanel
from seedbed.evaluation.evaluator import Row, Scorer, evaluate
from seedbed.evaluation.panel import Panel
from seedbed.evaluation.recall_panel import RecallPanel
from seedbed.models import LanguageModel
from seedbed.tasks import EvaluationSet

Named = dict[str, np.ndarray]


@dataclass(frozen=True)
class Tested:
    """What a test found. rows: of the curves.  items: results item by item, of the final test.  samples: tokens that
    the model wrote, by name.
    """

    rows: list[Row]
    items: Named = field(default_factory=dict)
    samples: Named = field(default_factory=dict)


@runtime_checkable
class Exam(Protocol):
    """One member's tests."""

    def training(self, model: LanguageModel, step: int) -> Tested:
        """A test after `step`."""
        ...

    def final(self, model: LanguageModel, step: int) -> Tested:
        """The test at the end."""
        ...


@dataclass(frozen=True)
class QuestionExam:
    """Questions with answers, and the distance from exact Bayes where that is known."""

    panel: Panel | RecallPanel
    bayes: BayesPanel | None
    tokens_per_word: int
    score: Scorer
    chances: AnswerChances

    def training(self, model: LanguageModel, step: int) -> Tested:
        """The panel's questions, and the distance from Bayes."""
        rows = [row for row, _, _ in self._evaluated(model, self.panel.training(step))]
        return Tested([*rows, *(self.bayes.rows(model, self.chances) if self.bayes else ())])

    def final(self, model: LanguageModel, step: int) -> Tested:
        """Every question, answer by answer."""
        rows, items = [], {}
        for row, asked, scores in self._evaluated(model, self.panel.final(step)):
            rows.append(row)
            if row["test"] == "every":
                items |= items_of(
                    asked,
                    np.asarray(scores.exact_N),
                    np.asarray(scores.word_right_NL),
                    np.asarray(scores.log_likelihood_N),
                )
        for _, asked, scores in self._evaluated(model, self.panel.examples()):
            items |= examples_of(asked, np.asarray(scores.decoded_NA), self.panel.unseen(asked))
        return Tested(rows, items)

    def _evaluated(self, model: LanguageModel, sets: Iterator) -> Iterator[tuple]:
        with jax.numpy_dtype_promotion("strict"):
            yield from evaluate(model, sets, self.score, self.tokens_per_word)


def examples_of(asked: EvaluationSet, decoded_NA: np.ndarray, unseen_N: np.ndarray) -> Named:
    """A few prompts, with what was expected and what the model said, as tokens, and whether it had not read them."""
    key = f"{asked.task}/examples"
    return {
        f"{key}/unseen": unseen_N,
        f"{key}/prompt": asked.prompt_NP,
        f"{key}/expected": asked.answer_NA,
        f"{key}/said": decoded_NA,
    }


def items_of(asked: EvaluationSet, exact_N: np.ndarray, right_NL: np.ndarray, log_likelihood_N: np.ndarray) -> Named:
    """The results of a set question by question: its sentence, exact match, words in place, log-likelihood."""
    place = "none" if asked.coverage is None else str(asked.coverage)
    key = f"{asked.task}/{asked.split}/shots {asked.shots}/coverage {place}"
    return {
        f"{key}/sentence": asked.sentence_N.astype(np.int32),
        f"{key}/exact": exact_N,
        f"{key}/words_right": right_NL.sum(axis=1).astype(np.int8),
        f"{key}/log_likelihood": log_likelihood_N,
    }
