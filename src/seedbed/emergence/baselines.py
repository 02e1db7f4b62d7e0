"""What scores without the ability: guessing, always giving the commonest answer, copying from the shots.

A score is worth what it has over these; recall of shown examples is in `memorising`. Sources: Sinha (2024), whose
prompts show most of the translations that they ask for; counting by inclusion and exclusion.
"""

from collections.abc import Hashable, Sequence
from math import comb, isclose

from seedbed.config.errors import UsageError


def score_of_guessing(choices: int, length: int = 1) -> float:
    """Expected exact match of uniform guesses at an answer of `length` tokens with `choices` each: choices ** -length.

    >>> score_of_guessing(8, length=4)
    0.000244140625
    """
    if choices < 1 or length < 1:
        raise UsageError(f"choices and length must be at least 1, got {choices} and {length}")
    return float(choices) ** -length


def score_of_majority(shown: Sequence[Hashable], tested: Sequence[Hashable]) -> float:
    """Score on the `tested` answers of always giving the commonest of the `shown` ones, in [0, 1].

    Where several are equally common, the mean of their scores. The test's own commonest answer would be another
    number: it was picked by looking.

    >>> score_of_majority(["yes", "yes", "no"], ["yes", "no", "no", "no"])
    0.25
    """
    if not shown or not tested:
        raise UsageError(f"answers shown and tested are needed, got {len(shown)} and {len(tested)}")
    counts: dict[Hashable, int] = {}
    for answer in shown:
        counts[answer] = counts.get(answer, 0) + 1
    most = max(counts.values())
    commonest = [answer for answer, count in counts.items() if count == most]
    return sum(answer in commonest for answer in tested) / len(tested) / len(commonest)


def coverage_of_random_shots(vocabulary: int, words: int, shots: int) -> tuple[float, ...]:
    """P(exactly k of the question's words are shown), k = 0..words, by random `shots` of `words` distinct words each.

    A set of j words is in no shot with chance q(j) = (C(V - j, w) / C(V, w)) ** shots, and P(exactly j are not shown) =
    sum over i >= j of (-1)^(i - j) C(i, j) C(w, i) q(i). Assumed: shots are drawn independently of the question, of
    each other and uniformly; that a shot may not be the question itself changes little where sentences are many.

    >>> [round(share, 3) for share in coverage_of_random_shots(vocabulary=8, words=4, shots=3)]
    [0.0, 0.001, 0.055, 0.386, 0.558]
    """
    if not 1 <= words <= vocabulary or shots < 0:
        raise UsageError(f"1 <= words <= vocabulary and shots >= 0 must hold, got {words}, {vocabulary}, {shots}")
    unseen = [(comb(vocabulary - j, words) / comb(vocabulary, words)) ** shots for j in range(words + 1)]
    missing = [
        sum((-1) ** (i - j) * comb(i, j) * comb(words, i) * unseen[i] for i in range(j, words + 1))
        for j in range(words + 1)
    ]
    return tuple(min(1.0, max(0.0, share)) for share in reversed(missing))


def score_of_copying(
    coverage_K: Sequence[float], vocabulary: int | None = None, *, guessing: float | None = None
) -> float:
    """Expected exact match of a predictor that copies the translations shown and guesses the other words.

    coverage_K: share of questions of which k words are shown, k = 0..K, as `coverage_of_random_shots` gives or as
    counted. Each of the K - k others is right with chance `guessing`; or, given the `vocabulary`, guessed without
    repeating any word, since a sentence has distinct words: right with 1/(V - k) * 1/(V - k - 1) * ... Give one of the
    two. Raises UsageError for shares that do not add up to 1 and impossible chances.

    >>> score_of_copying([0, 0, 0, 0, 1], vocabulary=8)
    1.0
    """
    words = len(coverage_K) - 1
    if words < 0 or min(coverage_K) < 0 or not isclose(sum(coverage_K), 1, abs_tol=1e-9):
        raise UsageError(f"coverage must be shares of questions that add up to 1, got {list(coverage_K)}")
    if (vocabulary is None) == (guessing is None):
        raise UsageError(f"give either vocabulary or guessing, got {vocabulary} and {guessing}")
    if guessing is not None:
        if not 0 <= guessing <= 1:
            raise UsageError(f"guessing must be a chance in [0, 1], got {guessing}")
        return sum(share * guessing ** (words - k) for k, share in enumerate(coverage_K))
    assert vocabulary is not None
    if vocabulary < words:
        raise UsageError(f"vocabulary must hold the {words} distinct words of a question, got {vocabulary}")
    chances = [1.0]  # of guessing all of the last 0, 1, ... words
    for left in range(1, words + 1):
        chances.append(chances[-1] / (vocabulary - words + left))
    return sum(share * chances[words - k] for k, share in enumerate(coverage_K))
