from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config.errors import UsageError
from seedbed.emergence import edit_score, edit_scores, per_word_score, token_edit_distance

TOKENS = st.lists(st.integers(0, 3), max_size=7)


def by_definition(a, b):
    @cache
    def distance(i, j):
        if not i or not j:
            return i + j
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return distance(len(a), len(b))


@given(TOKENS, TOKENS)
def test_the_edit_distance_is_the_cheapest_way_to_edit(a, b):
    assert token_edit_distance(a, b) == by_definition(a, b)
    assert token_edit_distance(b, a) == token_edit_distance(a, b)
    assert 0 <= edit_score(a, b) <= 1
    assert (edit_score(a, b) == 1) == (a == b)


def test_known_distances():
    assert token_edit_distance("kitten", "sitting") == 3
    assert token_edit_distance([], [1, 2]) == 2
    assert edit_score([5, 6, 7, 8], [6, 7, 8, 9]) == 0.5


@given(st.integers(1, 6), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_many_answers_at_once_score_as_each_alone(length, count, seed):
    answer_NA, reference_NA = np.random.default_rng(seed).integers(0, 4, (2, count, length))
    found = edit_scores(answer_NA, reference_NA)
    assert found.tolist() == [edit_score(a.tolist(), r.tolist()) for a, r in zip(answer_NA, reference_NA, strict=True)]


def test_words_count_in_their_place():
    assert per_word_score(["a", "b", "c", "d"], ["a", "b", "d", "c"]) == 0.5
    assert per_word_score([], ["a"]) == 0
    assert per_word_score(["a", "b", "c"], ["a", "b"]) == 1


def test_impossible_input_is_refused():
    with pytest.raises(UsageError, match="at least one word"):
        per_word_score(["a"], [])
    with pytest.raises(UsageError, match=r"got \(2, 3\) and \(2, 4\)"):
        edit_scores(np.zeros((2, 3), int), np.zeros((2, 4), int))
