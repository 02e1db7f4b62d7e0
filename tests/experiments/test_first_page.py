"""What first pages are made of: pictures of worlds, examples from what a run kept, and reasons to be careful."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from seedbed.config.settings import with_settings
from seedbed.emergence import Estimate
from seedbed.experiments.first_page import (
    NO,
    OPEN,
    YES,
    brief,
    cautions,
    example,
    outcome,
    triangle_picture,
    world_picture,
)
from seedbed.experiments.plan import experiment
from seedbed.experiments.results import open_results
from seedbed.experiments.runner import run_experiment
from seedbed.reports import drawn
from seedbed.tasks import RecallConfig, WorldConfig, star

SMALL = {
    "seeds": 1, "model.width": 16, "model.heads": 2, "training.steps": 4, "training.batch": 8, "evaluation.panel": 8,
    "evaluation.every": 24, "evaluation.others": 0, "evaluation.regular": 2, "evaluation.block": 8,
}  # fmt: skip


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    options = with_settings(experiment("triangle").options(), SMALL)
    return run_experiment("triangle", options, folder=tmp_path_factory.mktemp("run") / "triangle", workers=1)


def test_an_outcome_is_yes_or_no_only_where_the_whole_interval_says_so():
    def score(low, value, high):
        return Estimate(value, low, high, 8, "made up")

    assert [outcome(score(*each)) for each in ((0.6, 0.7, 0.8), (0.1, 0.2, 0.3), (0.4, 0.6, 0.8))] == [YES, NO, OPEN]
    assert outcome(Estimate(0.9, np.nan, np.nan, 1, "no interval")) == YES
    assert brief(score(0.6, 0.7, 0.8)) == "70.0% [60.0, 80.0]"
    assert "n = 1" in brief(Estimate(0.9, np.nan, np.nan, 1, "no interval"))


def test_a_run_keeps_a_question_that_all_members_were_asked_with_their_answers(grown):
    found = example(grown, ("alone", "hinted"), "A->C")
    assert len(found.prompt) == 4 and all(shot.endswith("|") for shot in found.prompt[:-1])
    words = found.prompt[-1].removesuffix(" .").split()
    assert len(words) == 4 and not any(word in shot for word in words for shot in found.prompt[:-1])
    assert len(found.expected.split()) == 4
    assert all(answer.right == (answer.text == found.expected) for answer in found.answers)
    kept = [grown.run.outcomes(member)["A->C/examples/prompt"] for member in grown.members["member"]]
    assert all((each == kept[0]).all() for each in kept)


def test_an_example_is_a_right_answer_beside_a_wrong_one_of_another_condition_where_there_are():
    world = WorldConfig()
    expected = np.array([[19, 20, 21, 22], [19, 20, 21, 22]])
    said = {"a": expected, "b": np.array([[1, 1, 1, 1], [11, 12, 13, 14]])}
    items = {
        name: {
            "A->C/examples/unseen": np.array([False, True]),
            "A->C/examples/prompt": np.array([[3, 4, 5, 6, 1], [7, 8, 9, 10, 1]]),
            "A->C/examples/expected": expected,
            "A->C/examples/said": answer,
        }
        for name, answer in said.items()
    }
    rows = [{"member": name, "condition": name, "init_seed": 8, "state": "finished"} for name in said]
    results = SimpleNamespace(
        members=pl.DataFrame(rows),
        options=SimpleNamespace(world=world),
        run=SimpleNamespace(outcomes=items.__getitem__),
        headline={"coverage": 0},
    )
    found = example(results, ("a", "b"), "A->C")
    assert found.prompt == ["e f g h ."]  # the first question was read by both
    assert [(each.by, each.right) for each in found.answers] == [("a, seed 8", True), ("b, seed 8", False)]
    assert found.answers[1].text == "i j k l" and found.expected == "q r s t"
    results.run = SimpleNamespace(outcomes=lambda member: {})
    assert example(results, ("a", "b"), "A->C") is None


def test_a_window_of_recall_is_written_with_its_keys_and_values():
    world = RecallConfig(keys=8, values=8)
    row = np.array([1, 2, world.first_value, 1, world.first_value + 7])
    assert world.text(row) == "_ k1 v1 _ v8"


def test_a_shortened_run_and_one_under_way_and_scores_that_rise_are_told(grown, synthetic_run):
    (said,) = [each for each in cautions(grown) if "shortened" in each]
    assert said == "This run was shortened: 4 training steps instead of 500, 1 seeds instead of 8."
    assert any("This run is not over" in each for each in cautions(open_results(synthetic_run)))


@pytest.mark.parametrize(("last", "said"), [(0.9, True), (0.5, False)])
def test_scores_that_rise_at_the_end_are_told(last, said):
    rows = [
        {"member": f"{seed}", "condition": "hinted", "task": "A->C", "step": step, "exact": score}
        for seed in range(4)
        for step, score in ((100, 0.1), (300, 0.5), (400, last + 0.001 * seed))
    ]
    results = SimpleNamespace(
        where=lambda **_: pl.DataFrame(rows),
        headline={},
        options=SimpleNamespace(),
        members=pl.DataFrame({"state": ["finished"]}),
    )
    told = cautions(results, ["hinted"], "A->C")
    assert any("still rise" in each and "`hinted`" in each for each in told) == said


def test_a_world_is_drawn_with_an_arrow_a_task_and_its_words_in_one_order():
    picture = triangle_picture(WorldConfig(), 2500, ("50 hints",))
    assert [(arrow.source, arrow.target, arrow.kind) for arrow in picture.arrows] == [
        ("A", "B", "taught"),
        ("B", "C", "taught"),
        ("A", "C", "asked"),
    ]
    assert picture.boxes[0].words == "a b c d e f g h" and "2,500 sentences" in drawn(picture)
    crowded = star(6)
    many = world_picture(crowded, dict.fromkeys(crowded.tasks, ("10",)), crowded.tasks[-1:])
    assert len(many.boxes) == 7 and all(not arrow.label for arrow in many.arrows)
