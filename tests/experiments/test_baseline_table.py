"""Baselines of the triangle's own world, against counting by hand."""

import pytest

from seedbed.experiments.baseline_table import baseline_rows
from seedbed.tasks import WorldConfig


def test_the_baselines_of_a_world_of_eight_words_in_sentences_of_four():
    rows = {(name, test): score for name, test, score in baseline_rows(WorldConfig(), shots=3, shown=50)}
    assert rows["guessing words of the language", "any"] == 8**-4
    assert rows["one answer to everything", "any"] == pytest.approx(1 / 1680)
    assert rows["recalling examples shown, x/|N|", "all sentences, seen or not"] == pytest.approx(50 / 1680)
    assert rows["copying from the shots", "unseen, none of the words shown"] == pytest.approx(1 / 1680)
    assert 0.558 < rows["copying from the shots", "random shots"] < 1


def test_words_that_repeat_are_guessed_apart():
    rows = baseline_rows(WorldConfig(distinct=False), shots=3, shown=50)
    assert [test for name, test, _ in rows if name == "copying from the shots"] == ["unseen, none of the words shown"]
    assert rows[2][2] == pytest.approx(8**-4)
