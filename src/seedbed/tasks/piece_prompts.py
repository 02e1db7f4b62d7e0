"""Prompts in learned pieces: those of `prompts.py`, made in words and spelled, with answers that are text again.

Prompts differ in length, so nothing is padded: a set is asked in parts of one length each. What a model writes is read
as text up to `|`, and its words are compared in place with the reference's, so any spelling of the right words is right
and a perfect translator has 100%. The paper's own test is scored as its notebook does (`notebook_words`), whatever the
pieces: a fixed number of tokens is decoded, two a word, and the last characters of the text are split into words. With
pieces that hold a word and its mark that text runs on into the next example, and a perfect translator gets about 2%.
Source: Corpus2GPT's `evaluate_model_accuracy`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from seedbed.tasks.pieces import Spelling
from seedbed.tasks.prompts import EvaluationSet
from seedbed.tasks.tokens import PAD


@dataclass(frozen=True)
class PiecePrompts:
    """Questions in the pieces of one member. N questions; answers are padded on their right to A tokens.

    asked: the same questions in words, whose answers are the reference.
    """

    asked: EvaluationSet
    prompts: tuple[np.ndarray, ...]  # [P] each, of several lengths
    answer_NA: Int[np.ndarray, "N A"]
    answer_length_N: Int[np.ndarray, " N"]

    def by_length(self) -> Iterator[tuple[Int[np.ndarray, " M"], Int[np.ndarray, "M P"]]]:
        """The questions whose prompts have one length, and those prompts; the shortest first."""
        length_N = np.array([len(prompt) for prompt in self.prompts], dtype=np.int64)
        for length in np.unique(length_N).tolist():
            (where_M,) = np.nonzero(length_N == length)
            yield where_M, np.stack([self.prompts[at] for at in where_M.tolist()])


def spelled(spelling: Spelling, asked: EvaluationSet, *, cut: int | None = None) -> PiecePrompts:
    """A set of questions in words as pieces; `cut`: the last tokens of each prompt, padded on its left."""
    prompts = [spelling.spell(row) for row in asked.prompt_NP]
    if cut is not None:
        prompts = [np.pad(row, (max(cut - len(row), 0), 0), constant_values=PAD)[-cut:] for row in prompts]
    answers = [spelling.spell(row) for row in asked.answer_NA]
    width = spelling.most_answer_pieces
    return PiecePrompts(
        asked=asked,
        prompts=tuple(prompts),
        answer_NA=np.stack([np.pad(row, (0, width - len(row)), constant_values=PAD) for row in answers])
        if answers
        else np.empty((0, width), dtype=np.int32),
        answer_length_N=np.array([len(row) for row in answers], dtype=np.int64),
    )


def written_words(
    spelling: Spelling, prompts: PiecePrompts, decoded_NA: Int[np.ndarray, "N A"]
) -> Int[np.ndarray, "N L"]:
    """The words of the text that was decoded, up to its first `|`, as word tokens; PAD where there is none or another.

    As many as the reference has; the prompts tell nothing here.
    """
    del prompts
    texts = [spelling.pieces.decode(row).split("|")[0] for row in decoded_NA.tolist()]
    return _word_tokens(spelling, texts)


def notebook_words(
    spelling: Spelling, prompts: PiecePrompts, decoded_NA: Int[np.ndarray, "N A"]
) -> Int[np.ndarray, "N L"]:
    """The words that the notebook's rule finds, as `written_words`, for prompts cut to one length.

    The prompt and what was decoded, the last tokens of them, as many as the prompt has, become text. Its last
    characters, as many as an answer has with a space between words, are split into words.
    """
    world = spelling.world.config
    characters = world.length * (world.letters + 1) - 1
    whole = np.hstack([np.stack(prompts.prompts), decoded_NA])[:, decoded_NA.shape[1] :]
    return _word_tokens(spelling, [spelling.pieces.decode(row)[-characters:] for row in whole.tolist()])


def _word_tokens(spelling: Spelling, texts: list[str]) -> Int[np.ndarray, "N L"]:
    length = spelling.world.config.length
    token_NL = np.full((len(texts), length), PAD, dtype=np.int32)
    for row, text in enumerate(texts):
        for place, word in enumerate(text.split()[:length]):
            token_NL[row, place] = spelling.words.get(word, PAD)
    return token_NL
