"""Claims about when and what a member is asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.evaluation import EvaluationConfig, Panel, evaluation_steps
from seedbed.tasks import World, WorldConfig, triangle

WORLD = World(triangle())
SEEN_KS = np.random.default_rng(0).random((3, 1680)) < 0.3


def key(test, asked):
    return (test, asked.task, asked.split, asked.shots, asked.coverage, asked.prompt_NP.shape[1])


def test_the_panel_is_the_same_at_every_step_and_the_papers_test_is_new_each_time():
    one, other = (Panel(WORLD, EvaluationConfig(panel=20), SEEN_KS, seed=4) for _ in range(2))
    first, later = list(one.training(10)), list(other.training(20))
    assert [key(*each) for each in first] == [key(*each) for each in later]
    for (test, early), (_, late) in zip(first, later, strict=True):
        same = np.array_equal(early.prompt_NP, late.prompt_NP)
        assert same == (test == "panel")
    assert list(one.training(10))[-1][1].prompt_NP.tolist() == first[-1][1].prompt_NP.tolist()


def test_a_split_asks_only_sentences_of_its_own():
    panel = Panel(WORLD, EvaluationConfig(panel=50), SEEN_KS, seed=0)
    for test, asked in [*panel.training(1), *panel.final(1)]:
        if test != "paper":
            seen_S = SEEN_KS[WORLD.config.tasks.index(asked.task)]
            assert (seen_S[asked.sentence_N] == (asked.split == "seen")).all()
            assert len(set(asked.sentence_N.tolist())) == len(asked.sentence_N)


def test_the_end_asks_every_sentence_at_the_headline_and_some_at_each_other_coverage():
    panel = Panel(WORLD, EvaluationConfig(others=30, tasks=("A->C",), paper_cuts=(22, 21)), SEEN_KS, seed=0)
    asked = {key(*each): len(each[1].prompt_NP) for each in panel.final(1)}
    seen = int(SEEN_KS[2].sum())
    expected = {("every", "A->C", split, 3, 0, 35): count for split, count in (("seen", seen), ("unseen", 1680 - seen))}
    for split in ("seen", "unseen"):
        expected |= {("every", "A->C", split, 3, coverage, 35): 30 for coverage in (1, 2, 3, 4)}
        expected[("every", "A->C", split, 0, None, 5)] = 30
    expected |= {("paper", "A->C", "any", 6, None, cut): 100 for cut in (22, 21)}
    assert asked == expected


@pytest.mark.parametrize("shots", [0, 3])
def test_no_question_is_asked_twice_in_one_test(shots):
    panel = Panel(WORLD, EvaluationConfig(shots=shots, panel=9, others=9), SEEN_KS, seed=0)
    for sets in (panel.training(1), panel.final(1)):
        keys = [key(*each) for each in sets]
        assert len(keys) == len(set(keys))


def test_coverages_that_the_world_cannot_show_are_left_out():
    world = World(WorldConfig(words=6))
    panel = Panel(world, EvaluationConfig(coverage=4, others=5), np.ones((3, 360), dtype=bool), seed=0)
    assert {asked.coverage for test, asked in panel.final(1) if test == "every"} == {2, 3, 4, None}


@given(st.integers(1, 500), st.integers(1, 600), st.booleans())
def test_tests_come_regularly_before_that_at_powers_of_two_and_at_the_end(regular, steps, log_spaced):
    config = EvaluationConfig(regular=regular, log_spaced=log_spaced)
    tests = evaluation_steps(config, steps)
    assert list(tests) == sorted(set(tests)) and tests[-1] == steps
    powers = {2**power for power in range(10)}
    for step in range(1, steps + 1):
        due = step % regular == 0 or step == steps or (log_spaced and step in powers and step < regular)
        assert (step in tests) == due


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"panel": 0}, "evaluation.panel must be at least 1, got 0"),
        ({"shots": -1}, "evaluation.shots must be 0 or more, got -1"),
        ({"paper_cuts": (0,)}, r"paper_cuts must be 1 token or more, got \(0,\)"),
    ],
)
def test_tests_that_cannot_be_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        EvaluationConfig(**settings)
