"""Evaluation of one member: its sets go through the compiled scorer in blocks, and rows of numbers come out.

A row has the columns of the run's curves (step and member are the caller's to add): task, test, split, shots, coverage,
n, exact, word_score, edit_score (of tokens), log_likelihood (nats a token), brier, answer_probability (mean probability
of the whole answer), seen_shots. A split without sentences gives no row.
"""

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from seedbed.emergence.partial_credit import edit_scores
from seedbed.evaluation.panel import Test
from seedbed.evaluation.scores import Scores, score, score_sliding
from seedbed.models import LanguageModel
from seedbed.tasks import EvaluationSet

Row = dict[str, Any]
Scorer = Callable[[LanguageModel, EvaluationSet, int], Scores]


def scorer(block: int) -> Scorer:
    """A function that scores a set in blocks of `block` prompts with one compiled program per shape of prompt."""
    compiled = eqx.filter_jit(score)
    compiled_sliding = eqx.filter_jit(score_sliding)

    def run(model: LanguageModel, asked: EvaluationSet, tokens_per_word: int) -> Scores:
        fits = asked.prompt_NP.shape[1] + asked.answer_NA.shape[1] - 1 <= model.config.context
        program = compiled if fits else compiled_sliding
        size = block if len(asked.prompt_NP) > SMALL_BLOCK else SMALL_BLOCK
        parts = [
            program(
                model,
                padded(asked.prompt_NP[at : at + size], size),
                padded(asked.answer_NA[at : at + size], size),
                tokens_per_word,
            )
            for at in range(0, len(asked.prompt_NP), size)
        ]
        count = len(asked.prompt_NP)
        return jax.tree.map(lambda *blocks: np.concatenate([np.asarray(each) for each in blocks])[:count], *parts)

    return run


def evaluate(
    model: LanguageModel, sets: Iterator[tuple[Test, EvaluationSet]], run: Scorer, tokens_per_word: int
) -> Iterator[tuple[Row, EvaluationSet, Scores]]:
    """A row of means for each set that has prompts, with the set and its scores prompt by prompt."""
    for test, asked in sets:
        if len(asked.prompt_NP):
            scores = run(model, asked, tokens_per_word)
            yield _row(test, asked, scores), asked, scores


def _row(test: Test, asked: EvaluationSet, scores: Scores) -> Row:
    row: Row = {
        "task": asked.task,
        "test": test,
        "split": asked.split,
        "shots": asked.shots,
        "coverage": asked.coverage,
        "cut": asked.prompt_NP.shape[1] if test == "paper" else None,
        "n": len(asked.prompt_NP),
        "exact": float(np.mean(scores.exact_N)),
        "word_score": float(np.mean(scores.word_right_NL)),
        "edit_score": float(np.mean(edit_scores(np.asarray(scores.decoded_NA), np.asarray(asked.answer_NA)))),
        "log_likelihood": float(np.mean(scores.log_likelihood_N, dtype=np.float64)) / asked.answer_NA.shape[1],
        "brier": float(np.mean(scores.brier_N, dtype=np.float64)),
        "answer_probability": float(np.mean(np.exp(np.asarray(scores.log_likelihood_N, dtype=np.float64)))),
    }
    if np.isfinite(asked.seen_shots):
        row["seen_shots"] = asked.seen_shots
    return row


SMALL_BLOCK = 8  # the paper's test has 5 prompts: a block of its own size spares the work of padding to a panel's


def padded(rows_NT: np.ndarray, size: int) -> jnp.ndarray:
    """Rows as the program takes them, with rows of zeros after them until there are `size`."""
    missing = size - len(rows_NT)
    return jnp.asarray(np.pad(rows_NT, ((0, missing), (0, 0))) if missing else rows_NT, dtype=jnp.int32)
