"""Scores that give credit for an answer that is nearly right, so that progress below exact match can be seen.

Exact match of L tokens needs all of them at once, so it can stay at 0 while every token gets better. Sources: Wagner &
Fischer (1974), Journal of the ACM 21:168 (edit distance); Schaeffer et al. (2023), section 2 (its expectation).
"""

from collections.abc import Sequence

import numpy as np

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


def edit_score(answer: Tokens, reference: Tokens) -> float:
    """One less the edit distance as a share of the longer of the two: 1 where they are equal, 0 where nothing fits."""
    longer = max(len(answer), len(reference))
    return 1 - token_edit_distance(answer, reference) / longer if longer else 1.0


def expected_edit_distance(token_chance: float, length: int) -> float:
    """About how many of `length` tokens are wrong where each is right with `token_chance`: L (1 - p).

    Exact for replacements at independent places; a shifted answer counts for less by insertions. Source: Schaeffer et
    al. (2023), section 2. Raises UsageError for a chance outside [0, 1] and a length below 1.
    """
    if not 0 <= token_chance <= 1 or length < 1:
        raise UsageError(f"a chance in [0, 1] and a length of 1 or more are needed, got {token_chance} and {length}")
    return length * (1 - token_chance)


def per_word_score(answer: Tokens, reference: Tokens) -> float:
    """The share of the reference's words that stand in their place in `answer`; words missing or beyond count as wrong.

    Raises UsageError for an empty reference.

    >>> per_word_score("a b c".split(), "a c c d".split())
    0.5
    """
    if not reference:
        raise UsageError("a reference needs at least one word, got none")
    return sum(a == b for a, b in zip(answer, reference, strict=False)) / len(reference)
