"""Experiments that compare mixers: what they plan, and what their pages say of runs shrunk to seconds."""

from collections import Counter
from dataclasses import replace

import polars as pl
import pytest

from seedbed.config import UsageError
from seedbed.config.settings import with_settings
from seedbed.experiments import hints, recall, zoo
from seedbed.experiments.claims_recall import claims
from seedbed.experiments.mixers import PILOT_SEED, PILOT_SEEDS, RATES, model_of, rates_table, receptive_field
from seedbed.experiments.plan import experiment
from seedbed.experiments.recall_report import final_scores
from seedbed.experiments.run_scores import run_scores
from seedbed.experiments.runner import run_experiment
from seedbed.experiments.zoo_report import half_of
from seedbed.models import MambaConfig, ModelConfig
from seedbed.reports import Table
from seedbed.tasks import RecallConfig

SIX = ModelConfig(blocks=6)
RECALL = {
    "seeds": 2,
    "mixers": ["attention", "gam"],
    "world.distances": [2, 8],
    "model.blocks": 2,
    "model.width": 8,
    "model.heads": 2,
    "model.context": 24,
    "training.steps": 4,
    "training.batch": 4,
    "evaluation.panel": 8,
    "evaluation.every": 16,
    "evaluation.regular": 2,
    "evaluation.block": 16,
}
ZOO = {
    "seeds": 2,
    "mixers": ["gam"],
    "doses": [3, 12],
    "model.width": 8,
    "model.heads": 2,
    "training.steps": 4,
    "training.batch": 4,
    "evaluation.panel": 8,
    "evaluation.every": 16,
    "evaluation.others": 0,
    "evaluation.regular": 2,
    "evaluation.paper_items": 0,
    "evaluation.paper_final_items": 0,
    "evaluation.zero_shot": False,
    "hints_training.steps": 4,
    "hints_training.batch": 4,
    "hints_evaluation.panel": 8,
    "hints_evaluation.every": 16,
    "hints_evaluation.regular": 2,
}


def options(name, settings, **more):
    return with_settings(experiment(name).options(), settings | more)


@pytest.mark.parametrize(
    ("name", "reads"),
    [("attention", 0), ("attention-window", 13), ("gam", 13), ("linear", 0), ("gru", 0), ("lstm", 0), ("mamba", 0)],
)
def test_gam_and_a_window_of_3_read_13_tokens_over_6_blocks_and_the_others_all(name, reads):
    assert receptive_field(model_of(name, SIX)) == reads


def test_a_window_in_some_blocks_only_reads_everything():
    assert receptive_field(replace(SIX, window=(3, 0))) == 0
    assert receptive_field(replace(SIX, window=(3, 5))) == 1 + 3 * 2 + 3 * 4


def test_a_mixers_own_settings_reach_its_members_alone():
    base = replace(zoo.Options().model, mamba=MambaConfig(state=4))
    planned = zoo.plan(zoo.Options(seeds=1, mixers=("mamba", "gru"), model=base))
    assert {(each.config.model.mixer, each.config.model.mamba.state) for each in planned} == {("mamba", 4), ("gru", 16)}


def test_recall_plans_every_mixer_with_the_same_seeds_and_world_and_attention_with_muon():
    planned = recall.plan(recall.Options())
    assert Counter(each.condition for each in planned) == dict.fromkeys(recall.LEARNING_RATES, 8)
    trained = [replace(each.config.training, optimiser="adamw") for each in planned]
    assert (
        len({(each.config.world, own, each.config.evaluation) for each, own in zip(planned, trained, strict=True)}) == 1
    )
    assert {each.condition for each in planned if each.config.training.optimiser == "muon"} == {
        "attention",
        "attention-window",
    }
    assert all(each.config.model.blocks == 6 and each.config.training.objective == "per-task" for each in planned)
    assert {(each.member.init_seed, each.member.data_seed) for each in planned} == {(seed, seed) for seed in range(8)}


def test_what_attention_learns_by_is_an_option_of_recall():
    planned = recall.plan(recall.Options(seeds=1, attention_optimiser="adamw"))
    assert {each.config.training.optimiser for each in planned} == {"adamw"}
    assert {dict(each.labels)["learns_by"] for each in planned} == {"adamw"}


@pytest.mark.parametrize("name", ["recall", "zoo"])
def test_a_pilot_tries_every_rate_on_seeds_that_the_experiment_does_not_use(name):
    module = experiment(name).load()
    usual = {each.member.init_seed for each in module.plan(module.Options())}
    pilot = module.plan(module.Options(pilot=True, mixers=("gru",)))
    cells = {(each.condition, each.labels) for each in pilot}
    assert Counter(each.member.learning_rate for each in pilot) == dict.fromkeys(RATES, len(cells) * PILOT_SEEDS)
    assert {each.member.init_seed % 10_000 for each in pilot} == set(range(PILOT_SEED, PILOT_SEED + PILOT_SEEDS))
    assert not usual & {each.member.init_seed for each in pilot}


def test_the_zoo_changes_the_mixer_alone_and_gives_every_dose_and_mixer_seeds_of_its_own():
    planned = zoo.plan(zoo.Options(seeds=3))
    base = next(each for each in planned if each.condition == "attention, hinted").config
    for each in planned:
        labels = dict(each.labels)
        if labels["part"] == zoo.TRIANGLE:
            assert each.config == replace(base, model=model_of(labels["mixer"], base.model))
    grid = [each for each in planned if dict(each.labels)["part"] == zoo.HINTS]
    assert len(grid) == len(zoo.LEARNING_RATES) * len(zoo.DOSES) * 3
    assert len({each.member.init_seed for each in grid}) == len(grid)
    one = next(each for each in grid if dict(each.labels)["mixer"] == "attention")
    assert one.config == hints.plan(hints.Options())[0].config  # so that its boundary can be laid beside that run's
    assert one.member.mixture == hints.mixture(hints.WITH, 3, hints.Options().corpus)


def test_some_mixers_are_the_same_members_as_among_all():
    everything = {(each.condition, each.member) for each in zoo.plan(zoo.Options())}
    assert {(each.condition, each.member) for each in zoo.plan(zoo.Options(mixers=("lstm", "gam")))} < everything


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("recall", {"mixers": ["gamm"]}, "unknown mixer 'gamm': did you mean 'gam'"),
        ("recall", {"mixers": ["gam", "gam"]}, "at least one name, each given once; got gam, gam"),
        ("recall", {"model.mixer": "gru"}, "sets model.mixer itself: choose models with --mixers; got gru"),
        ("recall", {"training.pretraining": 5}, "training.pretraining must be 0, got 5"),
        ("zoo", {"mixers": ["attention-window"]}, "unknown mixer 'attention-window'"),
        ("zoo", {"doses": [3, 3]}, "each dose given once; got 50 and \\[3, 3\\]"),
        ("zoo", {"hints": 0}, "needs at least 1 hint in the triangle"),
        ("zoo", {"evaluation.shots": 0}, "evaluation.shots must be at least 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(name, settings, message):
    entry = experiment(name)
    with pytest.raises(UsageError, match=message):
        entry.plan(with_settings(entry.options(), settings))


def test_claims_follow_from_how_far_a_mixer_reads():
    found = list(claims(RecallConfig(kinds=("recall",)), {"attention": 0, "gam": 13, "gru": 0}))
    within, beyond = found[1:]
    assert [each.mixer for each in found] == ["attention", "gam", "gam"]
    assert found[0].distances == RecallConfig().distances and found[0].claim.holds.low == 0.95
    assert within.distances == (2, 4, 8, 12) and within.claim.holds.low == 0.9
    assert beyond.distances == (16, 32) and beyond.claim.holds.high == pytest.approx(1 / 8 + 0.05)
    assert beyond.highest and not within.highest


def test_the_best_rate_is_chosen_and_of_equal_ones_the_lowest():
    rows = [
        {"mixer": "gru", "learning_rate": rate, "member": f"{rate}{seed}", "exact": score, "n": 100}
        for rate, score in zip(RATES, (0.5, 0.9, 0.9, 0.2), strict=True)
        for seed in (0, 1)
    ]
    assert rates_table(pl.DataFrame(rows), ["gru"]).rows[0][-1] == f"{RATES[1]:g}"


def test_half_of_the_members_is_read_off_the_doses():
    rows = [
        {"hints": dose, "exact": float(dose >= 12 or (dose == 6 and seed < 4))}
        for dose in zoo.DOSES
        for seed in range(8)
    ]
    found = half_of(pl.DataFrame(rows))
    assert 4 < found.low < 6 < found.high < 12 and half_of(pl.DataFrame(rows).clear()) is None


def test_a_recall_run_judges_its_claims_by_distance(tmp_path):
    results = run_experiment("recall", options("recall", RECALL), folder=tmp_path / "recall", workers=1)
    assert results.members["state"].to_list() == ["finished"] * 4
    report = experiment("recall").report(results)
    assert {figure.id for figure in report.figures()} == {
        "recall-by-distance",
        "induction-by-distance",
        "learning-curves",
        "emerged",
    }
    verdicts = {each.claim_id: each for each in report.verdicts()}
    assert set(verdicts) == {
        f"{kind}-{rest}" for kind in ("recall", "induction") for rest in ("attention", "gam-within", "gam-beyond")
    }
    own = final_scores(results).filter(condition="attention", kind="recall")
    lowest = own.group_by("distance").agg(pl.col("exact").mean())["exact"].min()
    assert verdicts["recall-attention"].n == 2 and verdicts["recall-attention"].measured == f"{100 * lowest:.4g}%"
    table = report.sections[0].items[-1]
    assert [row[:1] + row[2:3] for row in table.rows] == [["attention", "all"], ["gam", "5"]]
    assert "(n = 2)" in table.rows[1][-1]
    (emerged,) = [section for section in report.sections if section.title == "What emerged"]
    ends = {min(results.options.world.distances), max(results.options.world.distances)}
    assert emerged.text[0].startswith(
        f"The table covers the distances {min(ends)} and {max(ends)}; for the others use "
    )
    tables = [item for item in emerged.items if isinstance(item, Table)]
    judged = {int(row[0].split()[-1]) for table in tables[:2] for row in table.rows}
    assert judged == ends


def test_a_zoo_run_shows_every_condition_and_the_boundary(tmp_path):
    results = run_experiment("zoo", options("zoo", ZOO), folder=tmp_path / "zoo", workers=1)
    assert results.members["state"].to_list() == ["finished"] * 10
    report = experiment("zoo").report(results)
    (row,) = report.sections[0].items[0].rows
    assert row[0] == "gam" and row[3:6] == ["0.0% [0.0, 10.9] (n = 2)"] * 3 and row[-1] is not None
    assert {each.claim_id for each in report.verdicts()} == {"gam-hinted", "gam-zero-shot"}
    assert {figure.id for figure in report.figures()} >= {"triangle", "hints", "learning"}


def test_a_recall_runs_scores_are_judged_against_its_chance(tmp_path):
    settings = RECALL | {"mixers": ["gru"], "world.values": 5}
    results = run_experiment("recall", options("recall", settings), folder=tmp_path / "run", workers=1, report=False)
    table = run_scores(results)
    assert table.rows["chance"].unique().to_list() == [pytest.approx(0.2)]
    assert len(table.tasks) == 4 and table.rows["group"].n_unique() == 2
