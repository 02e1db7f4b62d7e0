"""Claims about members that recall: grown by the same program, with the same promises."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.config import UsageError, canonical, from_plain, to_plain
from seedbed.evaluation import EvaluationConfig
from seedbed.models import ModelConfig
from seedbed.tasks import Mixture, RecallConfig
from seedbed.training import Checkpoint, Member, PopulationConfig, TrainingConfig, check_member
from seedbed.training.growth import Growth, Programs
from seedbed.training.program import importance

CONFIG = PopulationConfig(
    RecallConfig(distances=(2, 4), keys=4, values=4),
    ModelConfig(width=8, blocks=1, heads=2, context=12),
    TrainingConfig(steps=6, batch=8, objective="per-task"),
    EvaluationConfig(shots=0, panel=4, every=8, regular=3, log_spaced=False, block=8),
)
MEMBER = Member(Mixture(tuple((task, 1) for task in CONFIG.world.tasks)), 1, 2)


def test_a_worlds_class_is_written_down_and_read_back_and_that_of_languages_is_not():
    assert '"class":"RecallConfig"' in canonical(CONFIG) and "class" not in canonical(PopulationConfig())
    for defaults in (False, True):
        assert from_plain(PopulationConfig, to_plain(CONFIG, defaults=defaults)) == CONFIG
    assert canonical(replace(CONFIG, world=RecallConfig(distances=(2,)))).count("class") == 1


def test_a_member_is_tested_at_every_distance_and_its_loss_is_that_of_answers(small):
    heard = small.grown_here(CONFIG, MEMBER)
    rows = heard.rows("alone")
    tested = {(row["task"], row["test"]) for row in rows if row["test"] != "train"}
    assert tested == {(task, test) for task in CONFIG.world.tasks for test in ("panel", "every")}
    assert {row["n"] for row in rows if row["test"] == "every"} == {8}
    assert {row["task"] for row in rows if row["test"] == "train"} == {"all", *CONFIG.world.tasks}


def test_an_interrupted_member_ends_with_the_same_weights(small):
    whole = small.grown_here(CONFIG, MEMBER)
    programs = Programs(CONFIG)
    growth = Growth(programs, MEMBER, "alone")
    while growth.host.step < 3:
        list(growth.advance())
    saved = growth.checkpoint()
    assert isinstance(saved, Checkpoint)
    assert small.grown_here(CONFIG, MEMBER, resume=saved.arrays).hashes == whole.hashes


def test_only_answers_pull_at_the_weights():
    host = Growth(Programs(CONFIG), MEMBER, "alone").host
    cut = host.batches(1)
    weight_BT = np.asarray(importance(CONFIG, jnp.asarray(cut.task_SBW[0]), jnp.asarray(cut.real_SB[0])))
    assert (weight_BT[np.asarray(cut.task_SBW[0])[:, 1:] < 0] == 0).all()
    assert weight_BT.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": ModelConfig(context=4, heads=2, width=8)}, "a distance of 4 tokens needs model.context .* 5, got 4"),
        ({"evaluation": EvaluationConfig(shots=1)}, "evaluation.shots must be 0, got 1"),
        ({"evaluation": EvaluationConfig(shots=0, bayes=2)}, "evaluation.bayes must be 0, got 2"),
        ({"evaluation": EvaluationConfig(shots=0, tasks=("recall 3",))}, "unknown task 'recall 3' in evaluation.tasks"),
    ],
)
def test_what_a_world_of_recall_lacks_is_refused(changes, message):
    with pytest.raises(UsageError, match=message):
        replace(CONFIG, **changes)


def test_a_mixture_of_languages_is_refused():
    with pytest.raises(UsageError, match="unknown task 'A->B' in the mixture"):
        check_member(CONFIG, Member(Mixture((("A->B", 3),))))
    with pytest.raises(UsageError, match="needs a world of languages"):
        CONFIG.languages  # noqa: B018
