"""The propositions, shrunk: what each part reads, how its numbers come about, and what the page says."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from seedbed.config.settings import with_settings
from seedbed.emergence import Onset
from seedbed.experiments import propositions, propositions_measures
from seedbed.experiments.claims_theory import CLAIMS
from seedbed.experiments.plan import experiment
from seedbed.experiments.propositions_measures import beyond_recall, by_role, drop_ratio, nats_without_dictionary
from seedbed.experiments.propositions_probes import PATTERNS, mixed_prompts, prompts
from seedbed.experiments.runner import run_experiment
from seedbed.tasks import BayesPredictor, Mixture, Vocabulary, World, triangle
from seedbed.training import check_member

SMALL = {
    "seeds": 2,
    "corpus": 60,
    "pretraining": 4,
    "bayes": 2,
    "model.width": 16,
    "model.heads": 2,
    "training.steps": 8,
    "training.batch": 8,
    "evaluation.shots": 2,
    "evaluation.panel": 8,
    "evaluation.every": 24,
    "evaluation.others": 8,
    "evaluation.regular": 4,
    "evaluation.block": 8,
}
OPTIONS = with_settings(propositions.Options(), SMALL)


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "propositions"
    return run_experiment("propositions", OPTIONS, folder=folder, workers=1)


def test_every_part_has_its_members_and_no_two_parts_share_a_seed():
    planned = propositions.plan(propositions.Options(seeds=3))
    for each in planned:
        check_member(each.config, each.member)
    sizes = {}
    for each in planned:
        sizes[dict(each.labels)["part"]] = sizes.get(dict(each.labels)["part"], 0) + 1
    assert sizes == {"shares": 18, "recall": 12, "transfer": 18, "linear": 3}
    seeds = {}
    for each in planned:
        labels = dict(each.labels)
        place = (labels["part"], labels.get("objective"), labels.get("share"), labels.get("hints"))
        seeds.setdefault(each.member.data_seed, set()).add(place)
    assert all(len(places) == 1 for places in seeds.values())


def test_one_seed_has_one_stream_of_the_sparse_task_in_all_arms():
    planned = [each for each in propositions.plan(OPTIONS) if dict(each.labels)["part"] == "transfer"]
    by_seed = {}
    for each in planned:
        by_seed.setdefault((dict(each.labels)["hints"], each.member.data_seed), []).append(each)
    for same in by_seed.values():
        assert [dict(each.labels)["arm"] for each in same] == ["fresh", "related", "unrelated"]
        assert len({each.member.mixture for each in same}) == 1
        lengths = [each.config.training.steps - each.config.training.pretraining for each in same]
        assert lengths == [8, 8, 8]


def test_majority_and_minority_change_places():
    mixtures = [
        dict(each.member.mixture.shares)
        for each in propositions.plan(OPTIONS)
        if dict(each.labels).get("share") == 0.9 and dict(each.labels)["objective"] == "pooled"
    ]
    assert mixtures == [{"A->B": 0.9, "A->C": pytest.approx(0.1)}, {"A->C": 0.9, "A->B": pytest.approx(0.1)}]
    rows = by_role(pl.DataFrame({"seed": [0, 0, 1, 1, 0], "task": ["A->B", "A->C", "A->B", "A->C", "B->C"]}))
    assert rows["role"].to_list() == ["majority", "minority", "minority", "majority"]


def test_the_nats_of_who_knows_the_language_only_are_those_of_exact_bayes():
    """Bayes with an equal mixture, told the task by a shot but asked about a question that it cannot read."""
    world = World(triangle())
    assert nats_without_dictionary(world.config) == pytest.approx(np.log([8, 7, 6, 5]).mean())
    assert nats_without_dictionary(replace(world.config, distinct=False)) == pytest.approx(np.log(8))


def test_the_ratio_of_drops_is_the_minoritys_over_the_majoritys():
    late, early = [Onset(400.0, 375.0, 600.0)] * 6, [Onset(100.0, 75.0, 600.0)] * 6
    assert drop_ratio({"majority": early, "minority": late}).value == pytest.approx(4)


def test_recall_is_left_behind_only_where_scores_are_higher_than_it_explains():
    table = pl.DataFrame({"hints": [4, 4, 48, 48], "p": [0.9, 0.4, 1e-9, 1e-9]})
    assert beyond_recall(table, 4).value == 0 and beyond_recall(table, 48).value == 1
    assert beyond_recall(pl.DataFrame({"hints": [4, 4, 48, 48], "p": [0.02] * 4}), 48).value == 0  # Holm: 4 x 0.02


@pytest.mark.parametrize("pattern", PATTERNS)
def test_prompts_hold_the_tasks_of_their_pattern(pattern):
    world = World(triangle())
    prompt_NP, number_N = prompts(world, pattern, 5, seed=1)
    assert prompt_NP.shape == (5, 10 * len(pattern) + 5) and len(number_N) == 5
    vocabulary, mixture = Vocabulary(world.config), Mixture((("A->B", 1), ("A->C", 1)))
    said = [vocabulary.text(world, row) for row in prompt_NP]
    assert all(text.count(".") == len(pattern) + 1 for text in said)
    sure = BayesPredictor(world, mixture, noise=1e-6).predict(prompt_NP).log_task_NTK[:, -1]
    if set(pattern) == {"b"} or set(pattern) == {"c"}:
        assert (sure.argmax(axis=1) == {"b": 0, "c": 2}[pattern[0]]).all()
    if set(pattern) == {"x"}:
        answers = vocabulary.answer_mask()
        right = vocabulary.instances(world, "A->B", (prompt_NP[:, :4] - vocabulary.first_symbol("A")))[:, answers]
        assert (prompt_NP[:, :10][:, answers] != right).all()


def test_the_page_has_every_part_a_verdict_for_every_claim_and_no_claim_unmeasured_but_those_that_cannot_be(grown):
    assert grown.members["state"].to_list() == ["finished"] * 34
    report = experiment("propositions").report(grown)
    assert {"order", "bayes", "mixed", "recall", "transfer", "lemmas", "emergence"} <= {
        section.id for section in report.sections
    }
    verdicts = {each.claim_id: each for each in report.verdicts()}
    assert set(verdicts) == {claim.id for claim in CLAIMS}
    missing = {name for name, verdict in verdicts.items() if verdict.verdict == "not measured"}
    assert missing <= {"lemma-2"}  # no pair of prompts need be decoded alike after 8 steps
    assert verdicts["recall-few"].n == 2 and verdicts["near-bayes"].n == 6


def test_the_distance_from_bayes_is_taken_at_every_test_and_shots(grown):
    rows = grown.where(test="bayes", part="shares")
    assert set(rows["step"].to_list()) == {4, 8} and set(rows["shots"].to_list()) == {0, 1, 2}
    assert rows["kl"].min() > 0  # type: ignore[operator]
    without = rows.filter((pl.col("shots") == 0) & (pl.col("share") == 0.9))
    assert sorted(set(without["bayes_probability"].round(6).to_list())) == [0.1, 0.9]


def test_mixed_prompts_are_answered_by_every_member_of_the_condition(grown):
    found = mixed_prompts(grown, objective="pooled", share=0.5)
    assert set(found["pattern"].to_list()) <= set(PATTERNS) and found["member"].n_unique() == 2
    only_b = found.filter(pl.col("pattern") == "b")
    assert (only_b["bayes_b"] > 0.9).all() and (only_b["bayes_c"] < 0.1).all()
    both = found.filter(pl.col("pattern").is_in(["bc", "cb"]))
    assert both["bayes_b"].to_list() == pytest.approx(both["bayes_c"].to_list(), abs=0.05)


def test_onsets_after_pretraining_count_from_the_sparse_tasks_first_step(grown):
    for arm in propositions.ARMS:
        found = propositions_measures.transfer_onsets(grown, arm, 16)
        assert len(found) == 2 and {one.last for one in found} == {8.0}
