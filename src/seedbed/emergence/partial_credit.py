"""Scores that give credit for an answer that is nearly right, so that progress below exact match can be seen.

Exact match of L tokens needs all of them at once, so it can stay at 0 while every token gets better. Sources: Wagner &
Fischer (1974), Journal of the ACM 21:168 (edit distance); Schaeffer et al. (2023), section 2 (as a smoother metric).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.config.errors import UsageError

Tokens = Sequence[int] | Sequence[str]


def token_edit_distance(answer: Tokens, reference: Tokens) -> int:
    """The least number of tokens to insert, delete or replace (cost 1 each) that turns `answer` into `reference`.

    Time is the product of the lengths, one row of the table at a time in numpy.

    >>> token_edit_distance("kitten", "sitting")
    3
    """
    codes = {token: code for code, token in enumerate(dict.fromkeys([*answer, *reference]))}
    reference_R = np.array([codes[token] for token in reference], dtype=np.int64)
    places = np.arange(len(reference) + 1)
    row = places.copy()
    for token in answer:
        best = row + 1
        best[1:] = np.minimum(best[1:], row[:-1] + (reference_R != codes[token]))
        row = np.minimum.accumulate(best - places) + places  # insertions: the least of all entries to the left
    return int(row[-1])


def edit_scores(answer_NA: NDArray[np.integer], reference_NA: NDArray[np.integer]) -> NDArray[np.float64]:
    """`edit_score` of N answers, all of A tokens, at once: [N].

    Raises UsageError for other shapes and answers of no tokens.

    >>> edit_scores(np.array([[1, 2, 3, 4]]), np.array([[2, 3, 4, 9]])).tolist()
    [0.5]
    """
    if answer_NA.shape != reference_NA.shape or answer_NA.ndim != 2 or not answer_NA.shape[1]:
        raise UsageError(
            f"answers and references must be [N, A] alike, A at least 1, got {answer_NA.shape} and {reference_NA.shape}"
        )
    length = answer_NA.shape[1]
    places = np.arange(length + 1)
    row_NR = np.broadcast_to(places, (len(answer_NA), length + 1))
    for place in range(length):
        best_NR = row_NR + 1
        replaced_NA = row_NR[:, :-1] + (reference_NA != answer_NA[:, place : place + 1])
        best_NR[:, 1:] = np.minimum(best_NR[:, 1:], replaced_NA)
        row_NR = np.minimum.accumulate(best_NR - places, axis=1) + places
    return 1 - row_NR[:, -1] / length


def edit_score(answer: Tokens, reference: Tokens) -> float:
    """One less the edit distance as a share of the longer of the two: 1 where they are equal, 0 where nothing fits."""
    longer = max(len(answer), len(reference))
    return 1 - token_edit_distance(answer, reference) / longer if longer else 1.0


def per_word_score(answer: Tokens, reference: Tokens) -> float:
    """The share of the reference's words that stand in their place in `answer`; words missing or beyond count as wrong.

    Raises UsageError for an empty reference.

    >>> per_word_score("a b c".split(), "a c c d".split())
    0.5
    """
    if not reference:
        raise UsageError("a reference needs at least one word, got none")
    return sum(a == b for a, b in zip(answer, reference, strict=False)) / len(reference)
