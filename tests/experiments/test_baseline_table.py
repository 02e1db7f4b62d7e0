"""Baselines of the triangle's own world, against counting by hand."""

from math import exp

import pytest

from seedbed.experiments.baseline_table import baseline_rows, baseline_table, scored
from seedbed.experiments.measures import final_score
from seedbed.experiments.results import open_results
from seedbed.tasks import WorldConfig


def test_the_baselines_of_a_world_of_eight_words_in_sentences_of_four():
    rows = {(name, test): score for name, test, score in baseline_rows(WorldConfig(), shots=3, shown=50)}
    assert rows["guessing words of the language", "any"] == 8**-4
    assert rows["the same answer to every question", "any"] == pytest.approx(1 / 1680)
    assert rows["recalling training examples, x/|N|", "all sentences, seen or not"] == pytest.approx(50 / 1680)
    assert rows["copying from the shots", "unseen, none of the words shown"] == pytest.approx(1 / 1680)
    assert 0.558 < rows["copying from the shots", "random shots"] < 1


def test_recall_has_no_row_where_conditions_are_shown_different_numbers_and_copying_none_without_shots():
    names = [name for name, _, _ in baseline_rows(WorldConfig(), shots=0)]
    assert names == ["guessing words of the language", "the same answer to every question", "copying from the shots"]


def test_a_table_holds_every_score_beside_what_recall_would_give(synthetic_run):
    results = open_results(synthetic_run)
    measured = [scored(results, name, name, "A->C", 1300) for name in ("hinted", "zero-shot", "nobody")]
    table = baseline_table(results, "A->C", measured)
    assert len(table.columns) == 7 and all(len(row) == 7 for row in table.rows)
    rows = {row[0]: row for row in table.rows}
    assert "measured: nobody" not in rows and rows["recalling training examples, x/|N|"][2] == "77.4%"
    hinted = rows["measured: hinted"]
    found = final_score(results, "hinted", "A->C")
    assert found is not None
    score = found.value
    assert hinted[3] == "77.4%" and hinted[2].startswith(f"{100 * score:.3g}"[:3])
    one_sided, two_sided, tail = (float(cell) for cell in hinted[4:])
    assert one_sided == pytest.approx(exp(-2 * 256 * (score - 1300 / 1680) ** 2), rel=0.05)
    assert two_sided == pytest.approx(2 * one_sided, rel=0.05) and tail < one_sided


def test_conditions_shown_different_numbers_have_recall_in_their_own_rows(synthetic_run):
    results = open_results(synthetic_run)
    measured = [scored(results, f"{shown} hints", "hinted", "A->C", shown) for shown in (50, 100)]
    rows = {row[0]: row for row in baseline_table(results, "A->C", measured).rows}
    assert "recalling training examples, x/|N|" not in rows
    assert [rows[f"measured: {shown} hints"][3] for shown in (50, 100)] == ["2.98%", "5.95%"]


def test_words_that_repeat_are_guessed_apart():
    rows = baseline_rows(WorldConfig(distinct=False), shots=3, shown=50)
    assert [test for name, test, _ in rows if name == "copying from the shots"] == ["unseen, none of the words shown"]
    assert rows[2][2] == pytest.approx(8**-4)
