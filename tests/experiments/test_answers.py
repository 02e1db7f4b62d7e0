"""The sentence on top of a page is right for opposite outcomes, and says neither yes nor no where the seeds do not."""

from dataclasses import replace
from math import nan
from types import SimpleNamespace

import pytest

from seedbed.emergence import Estimate
from seedbed.experiments import answers


def score(low: float, value: float, high: float) -> Estimate:
    return Estimate(value, low, high, 8, "made up")


HIGH, LOW, WIDE = score(0.9, 0.98, 1.0), score(0.0, 0.01, 0.03), score(0.2, 0.5, 0.8)
ONE_SEED = Estimate(0.97, nan, nan, 1, "no interval")


@pytest.mark.parametrize(
    ("hinted", "alone", "zero", "said"),
    [
        (HIGH, LOW, LOW, ["Yes, with 50 hints", "do not suffice", "without hints A->C does not emerge"]),
        (HIGH, HIGH, LOW, ["Yes, with 50 hints", "the hints alone suffice", "does not emerge"]),
        (LOW, LOW, LOW, ["No, with 50 hints", "do not suffice", "does not emerge"]),
        (LOW, HIGH, HIGH, ["No, with 50 hints", "alone suffice", "even without hints A->C emerges"]),
        (WIDE, WIDE, WIDE, ["do not settle whether 50 hints", "alone suffice is open", "without hints is open"]),
    ],
)
def test_the_triangle_is_answered_by_all_three_conditions(hinted, alone, zero, said):
    sentence = answers.triangle({"hinted": hinted, "alone": alone, "zero-shot": zero}, 50)
    assert all(part in sentence for part in said) and sentence.endswith(".")
    assert answers.triangle({}, 50) == answers.NOTHING


def test_a_part_of_the_triangle_and_a_single_seed_are_said_as_such():
    assert answers.triangle({"alone": LOW}, 50).startswith("The hints alone, without A->B and B->C, do not suffice")
    assert "n = 1" in answers.triangle({"hinted": ONE_SEED}, 50)


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (score(0.3, 0.4, 0.6), "need fewer hints"),
        (score(1.5, 2, 3), "need more hints"),
        (score(0.8, 1, 2), "told apart"),
    ],
)
def test_hints_are_compared_by_their_ratio(ratio, said):
    sentence = answers.hints({"matched steps": SimpleNamespace(ratio=ratio, arm=score(5, 6, 7), reference=WIDE)})
    assert said in sentence and "6 [5, 7] hints with the corpora" in sentence
    assert answers.hints({}) == answers.NOTHING


def test_the_seed_that_decides_is_named_only_where_intervals_part():
    def split(weights, data):
        return SimpleNamespace(rows=SimpleNamespace(share=weights), columns=SimpleNamespace(share=data))

    assert answers.crossed(split(HIGH, LOW)).startswith("The seed of the starting weights decides more")
    assert answers.crossed(split(LOW, HIGH)).startswith("The seed of the data decides more")
    assert "is not settled" in answers.crossed(split(HIGH, WIDE := replace(HIGH, low=0.5)))
    assert WIDE.low == 0.5 and "cannot be told" in answers.crossed(None)


def test_conditions_are_told_by_what_they_do():
    said = answers.by_outcome(
        "composition", {"a": HIGH, "b": LOW, "c": WIDE}, 0.5, does="emerges in", does_not="does not in"
    )
    assert said == (
        "Composition emerges in a (98.0% [90.0, 100.0]); it does not in b (1.0% [0.0, 3.0]); it is not settled in "
        "c (50.0% [20.0, 80.0])."
    )
    assert answers.by_outcome("x", {}, 0.5, does="", does_not="") == answers.NOTHING


def test_tasks_are_told_by_the_sizes_that_answer_them():
    small = {"a": HIGH, "b": LOW, "c": LOW, "d": LOW}
    said = answers.by_size(small, {"a": HIGH, "b": HIGH, "c": LOW, "d": WIDE}, 0.75)
    assert said == (
        "Already the smallest size answers a; the largest size answers b; whether the largest size answers d is not "
        "settled; not even the largest size answers c (right in at least 75%)."
    )
    assert answers.by_size({}, {}, 0.75) == answers.NOTHING


def test_statements_are_counted_by_verdict_and_only_those_that_training_measured():
    def ended(verdict, ground="training"):
        return SimpleNamespace(verdict=verdict, ground=ground)

    some = [ended("replicated"), ended("replicated"), ended("not replicated"), ended("replicated", "arithmetic")]
    assert answers.verdicts(some, "statements") == "Of 3 measured statements, 2 hold and 1 fails."
    assert answers.verdicts([ended("depends")], "statements") == "Of 1 measured statements, 1 is open."
    assert answers.verdicts([ended("replicated", "arithmetic")], "statements") == answers.NOTHING


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (score(0.8, 0.9, 0.95), "is lower than"),
        (score(1.1, 1.2, 1.3), "is higher than"),
        (score(0.9, 1, 1.1), "not told"),
    ],
)
def test_one_model_is_compared_with_another_by_the_whole_interval(ratio, said):
    assert said in answers.less("GAM", "Transformer", ratio, "perplexity")
    assert "cannot be compared yet" in answers.less("GAM", "Transformer", None, "perplexity")
