from itertools import combinations, permutations, product
from math import comb

import pytest

from seedbed.config.errors import UsageError
from seedbed.emergence import (
    MemorisingBaseline,
    chance_of_reaching,
    coverage_of_random_shots,
    hoeffding_bound,
    score_of_copying,
    score_of_guessing,
    score_of_majority,
)


def test_three_random_shots_of_eight_words_show_most_of_the_answer():
    coverage = coverage_of_random_shots(vocabulary=8, words=4, shots=3)
    assert sum(coverage) == pytest.approx(1)
    assert coverage[4] == pytest.approx(0.56, abs=0.005)
    assert sum(k * share for k, share in enumerate(coverage)) / 4 == pytest.approx(0.875)


@pytest.mark.parametrize(("vocabulary", "words", "shots"), [(5, 2, 2), (4, 3, 1), (4, 2, 0), (3, 3, 2)])
def test_coverage_equals_counting_every_prompt(vocabulary, words, shots):
    sentences = [set(s) for s in combinations(range(vocabulary), words)]
    question, counts = sentences[0], [0] * (words + 1)
    for shown in product(sentences, repeat=shots):
        counts[len(question & set().union(*shown))] += 1
    expected = [count / comb(vocabulary, words) ** shots for count in counts]
    assert coverage_of_random_shots(vocabulary, words, shots) == pytest.approx(expected)


def test_copying_scores_what_is_shown_and_guesses_the_rest():
    assert score_of_copying([0, 0, 1], guessing=0.1) == 1
    assert score_of_copying([1, 0, 0], guessing=0.1) == pytest.approx(0.01)
    assert score_of_copying([0.25, 0.25, 0.5], guessing=0.5) == pytest.approx(0.25 / 4 + 0.25 / 2 + 0.5)
    assert score_of_copying(coverage_of_random_shots(8, 4, 3), vocabulary=8) == pytest.approx(0.65, abs=0.02)


def test_guesses_without_repeating_equal_counting_them():
    answer, vocabulary = (3, 1, 0), range(5)
    for shown in range(4):
        fitting = [guess for guess in permutations(vocabulary, 3) if guess[:shown] == answer[:shown]]
        coverage = [float(k == shown) for k in range(4)]
        assert score_of_copying(coverage, vocabulary=5) == pytest.approx(1 / len(fitting))


def test_guessing_and_the_commonest_answer():
    assert score_of_guessing(10) == 0.1
    assert score_of_guessing(8, length=4) == 1 / 4096
    assert score_of_majority(list("aab"), list("abbb")) == 0.25
    assert score_of_majority(list("ab"), list("abbb")) == 0.5  # a tie: the mean of 1/4 and 3/4
    assert score_of_majority(["a"], ["b"]) == 0


def test_recall_of_fifty_sentences_reaches_three_of_five_with_the_papers_bound_and_far_less_often():
    recall = MemorisingBaseline(shown=50, possible=1680, tested=5)
    assert f"{hoeffding_bound(0.6, recall, two_sided=True):.2%}" == "7.74%"
    assert f"{hoeffding_bound(0.6, recall):.2%}" == "3.87%"
    assert chance_of_reaching(0.6, recall) < 0.0003


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: score_of_guessing(0), "at least 1"),
        (lambda: score_of_majority([], ["a"]), "got 0 and 1"),
        (lambda: coverage_of_random_shots(4, 5, 1), "1 <= words"),
        (lambda: score_of_copying([0.5, 0.4], guessing=0.1), "add up to 1"),
        (lambda: score_of_copying([0.5, 0.5]), "either vocabulary or guessing"),
        (lambda: score_of_copying([0.5, 0.5], guessing=2), "guessing must be"),
        (lambda: score_of_copying([0, 0, 1], vocabulary=1), "vocabulary must hold"),
    ],
)
def test_impossible_numbers_are_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()
