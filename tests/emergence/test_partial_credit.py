from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config.errors import UsageError
from seedbed.emergence import edit_score, expected_edit_distance, per_word_score, token_edit_distance

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


def test_independent_tokens_cost_about_the_length_times_the_chance_of_error():
    rng = np.random.default_rng(0)
    reference = rng.integers(0, 1000, 12)
    costs = [
        token_edit_distance(np.where(rng.uniform(size=12) < 0.7, reference, -1).tolist(), reference.tolist())
        for _ in range(500)
    ]
    assert np.mean(costs) == pytest.approx(expected_edit_distance(0.7, 12), abs=0.25)


def test_words_count_in_their_place():
    assert per_word_score(["a", "b", "c", "d"], ["a", "b", "d", "c"]) == 0.5
    assert per_word_score([], ["a"]) == 0
    assert per_word_score(["a", "b", "c"], ["a", "b"]) == 1


def test_impossible_input_is_refused():
    with pytest.raises(UsageError, match="at least one word"):
        per_word_score(["a"], [])
    with pytest.raises(UsageError, match=r"got 1\.5 and 4"):
        expected_edit_distance(1.5, 4)
