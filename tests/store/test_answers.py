"""Answers as text: scores against published ones and by hand, means over test items, and what is refused."""

import subprocess
import sys
from math import exp

import polars as pl
import pytest
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import sentence_bleu

from seedbed.config.errors import UsageError
from seedbed.store.answers import graded_answers
from seedbed.store.score_files import read_scores
from seedbed.store.score_table import Columns, partial_column, tidy_scores

TEXT_SCORES = ["words in place", "edit score", "sentence BLEU", "ROUGE-L"]
PAIRS = [
    ("the cat sat on the mat", "the cat sat on the mat"),
    ("the cat on the mat", "the cat sat on the mat"),
    ("mat the on sat cat the", "the cat sat on the mat"),
    ("", "the cat sat on the mat"),
    ("a dog", "the cat sat on the mat"),
    ("12345", "12347"),
    (" 12347 ", "12347"),
    ("die Küche", "die Küche"),
]
ANSWERS = Columns(chance=0.0, answer="said", reference="right")


def graded(pairs):
    return graded_answers(pl.DataFrame(pairs, schema=["said", "right"], orient="row"), "said", "right")


def items(**changes):
    """Two seeds, two steps, four test items each, item after item."""
    said = {(0, 1): ["a b", "x y", "c d", "x z"], (0, 2): ["a b", "c d", "e f", "g h"]}
    rows = [
        {"seed": seed, "step": step, "said": said.get((seed, step), ["a b", "c d", "e z", "z z"])[item], "right": right}
        for item, right in enumerate(["a b", "c d", "e f", "g h"])
        for seed in (0, 1)
        for step in (1, 2)
    ]
    return pl.DataFrame(rows).with_columns(**changes)


def test_every_score_of_an_answer_by_hand():
    found = graded(PAIRS)
    assert found.exact.to_list() == [1, 0, 0, 0, 0, 0, 1, 1]
    assert found.partial["words in place"].to_list() == pytest.approx([1, 2 / 6, 0, 0, 0, 0, 1, 1])
    # a lone word counts by its characters: one of five digits is wrong
    assert found.partial["edit score"].to_list() == pytest.approx([1, 5 / 6, 2 / 6, 0, 0, 0.8, 1, 1])
    # longest common subsequences of 6, 5 and 3 words: F1 = 2 LCS / (words said + words asked for)
    assert found.partial["ROUGE-L"].to_list() == pytest.approx([1, 10 / 11, 1 / 2, 0, 0, 0, 1, 1])
    assert found.warnings == ("1 of 8 answers are empty and count as wrong",)


def test_bleu_and_rouge_are_those_of_the_established_packages():
    found = graded(PAIRS)
    for (said, right), bleu, rouge in zip(PAIRS, found.partial["sentence BLEU"], found.partial["ROUGE-L"], strict=True):
        assert bleu == pytest.approx(sentence_bleu(said, [right]).score / 100) and 0 <= bleu <= 1
        if said.isascii():
            assert rouge == pytest.approx(RougeScorer(["rougeL"]).score(right, said)["rougeL"].fmeasure)
    # by definition: 5 of 5 words, 3 of 4 pairs, 1 of 3 threes, 0 of 2 fours taken as half a one; 5 words for 6
    by_definition = (1 * 3 / 4 * 1 / 3 * 1 / 4) ** (1 / 4) * exp(1 - 6 / 5)
    assert found.partial["sentence BLEU"][1] == pytest.approx(by_definition)


def test_scores_of_a_place_are_means_over_its_items_which_are_counted():
    found = tidy_scores(items(), ANSWERS)
    assert found.score_name == "exact match" and list(found.partial) == TEXT_SCORES
    rows = found.rows
    assert rows["score"].to_list() == [0.25, 1.0, 0.5, 0.5] and rows["items"].to_list() == [4] * 4
    assert rows[partial_column("words in place")].to_list() == [0.25, 1.0, 0.625, 0.625]
    assert not any("order" in warning or "items" in warning for warning in found.warnings)


def test_a_column_of_scores_goes_before_exact_match_and_gaps_stay_gaps():
    right = pl.Series("score", [0.0, 1.0] * 8)
    table = items(score=right, fluent=pl.when(pl.col("step") == 1).then(0.5), edit_score=0.5)
    found = tidy_scores(table, Columns(chance=0, answer="said", reference="right", partial=("fluent",)))
    assert found.score_name == "score" and found.rows["score"].to_list() == [0.0, 1.0, 0.0, 1.0]
    assert any(warning.startswith("fluent is missing in 2 rows") for warning in found.warnings)


def test_one_answer_to_everything_is_named_where_no_chance_is_given():
    columns = Columns(answer="said", reference="right")
    named = [warning for warning in tidy_scores(items(), columns).warnings if "to every question" in warning]
    assert len(named) == 1 and "would score 25%" in named[0] and "--chance 0.25" in named[0]
    often = items(right=pl.when(pl.col("right") == "e f").then(pl.lit("a b")).otherwise("right"))
    assert any("'a b' to every question would score 50%" in each for each in tidy_scores(often, columns).warnings)
    assert not any("to every question" in warning for warning in tidy_scores(often, ANSWERS).warnings)
    (same,) = [each for each in tidy_scores(items(right=pl.lit("a b")), columns).warnings if "every question" in each]
    assert "would score 100%" in same and "--chance" not in same  # which must be below 1
    many = pl.DataFrame({"seed": 0, "step": 1, "said": "x", "right": [f"answer {n}" for n in range(21)]}, strict=False)
    assert not any("to every question" in warning for warning in tidy_scores(many, columns).warnings)


def test_items_with_their_likelihoods_tell_the_probability_of_whole_answers():
    table = items(ll=pl.when(pl.col("right") == "a b").then(-0.1).otherwise(-3.0))
    columns = Columns(chance=0, answer="said", reference="right", log_likelihood="ll", length=2)
    expected = (exp(-0.2) + 3 * exp(-6.0)) / 4  # well above exp of the mean, as some items are known and others not
    assert tidy_scores(table, columns).rows["answer_probability"].to_list() == pytest.approx([expected] * 4)


def test_a_partial_score_that_the_table_brings_is_not_made_anew():
    columns = Columns(chance=0, answer="said", reference="right", partial=("ROUGE-L",))
    found = tidy_scores(items(**{"ROUGE-L": pl.lit(0.125)}), columns)
    assert found.rows[partial_column("ROUGE-L")].unique().to_list() == [0.125] and len(found.partial) == 4


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_text_stays_text(tmp_path, suffix):
    """007 is not 7, and `None` and `NA` are answers like any other."""
    rows = [(0, "007", "7"), (0, "None", "None"), (1, "NA", "NA"), (1, '"', '"')]
    path = tmp_path / f"said{suffix}"
    frame = pl.DataFrame(rows, schema=["step", "said", "right"], orient="row")
    frame.write_csv(path, separator="," if suffix == ".csv" else "\t")
    assert read_scores(path, ANSWERS).rows["score"].to_list() == [0.5, 1.0]


def test_without_the_extra_the_other_scores_are_there_and_a_warning_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics.bleu", None)
    found = graded(PAIRS)
    assert list(found.partial) == ["words in place", "edit score"]
    assert "pip install 'seedbed[text]' adds them" in found.warnings[-1]


REFUSED = [
    ({}, Columns(answer="say", reference="right"), "unknown column 'say': did you mean 'said'"),
    ({}, Columns(answer="said", reference="rigth"), "unknown column 'rigth': did you mean 'right'"),
    ({}, Columns(answer="said"), "name the other column with --reference"),
    ({}, Columns(reference="right"), "name the other column with --answer"),
    ({}, Columns(answer="said", reference="right", items=16.0), "items are counted: omit --items 16"),  # type: ignore[arg-type]
    ({}, Columns(answer="said", reference="right", score="scores"), "unknown column 'scores'"),
    ({"right": pl.lit(" ")}, ANSWERS, "column 'right' is empty in row 1 (16 such rows of 16)"),
    ({"right": pl.lit(None, dtype=pl.String)}, ANSWERS, "column 'right' is empty in row 1"),
    ({"said": pl.lit(True)}, ANSWERS, "column 'said' holds Boolean, expected text"),
    ({"score": pl.lit(2.0)}, ANSWERS, "score is 2 in row 1 (16 such rows of 16), expected a score in [0, 1]"),
]


@pytest.mark.parametrize(("changes", "columns", "message"), REFUSED, ids=[message[:40] for *_, message in REFUSED])
def test_answers_that_cannot_be_judged_are_refused(changes, columns, message):
    with pytest.raises(UsageError) as refused:
        tidy_scores(items(**changes), columns)
    assert message in str(refused.value)


def test_answers_are_judged_without_a_network_and_a_table_without_answers_imports_none_of_it(tmp_path):
    """In a process of its own: nothing of the kind is imported yet."""
    items().write_csv(tmp_path / "said.csv")
    pl.DataFrame({"step": [1, 2], "score": [0, 1]}).write_csv(tmp_path / "scores.csv")
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('a network was asked for')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "import seedbed\n"
        "from seedbed.cli.main import exit_code_of\n"
        "assert exit_code_of(['audit', 'scores.csv']) == 0\n"
        "slow = {'sacrebleu', 'rouge_score', 'nltk'} & set(sys.modules); assert not slow, slow\n"
        "assert exit_code_of(['audit', 'said.csv', '--answer', 'said', '--reference', 'right']) == 0\n"
        "assert 'sacrebleu' in sys.modules and 'rouge_score' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, stdout=subprocess.DEVNULL, timeout=120)
