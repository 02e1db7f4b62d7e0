"""Section 3.2 with the paper's own model: what is planned, and what pages of a whole and of a short run say."""

from dataclasses import replace

import pytest

from seedbed.config import UsageError
from seedbed.experiments import paper32, paper32_report
from seedbed.experiments.claims_32 import FAITHFUL, OWN_CUT, OWN_UNSEEN, loss_id
from seedbed.experiments.plan import experiment
from seedbed.experiments.runner import run_experiment
from seedbed.models import paper, parameter_count
from seedbed.training.reading import reading

AT_THE_END = {loss_id(200), OWN_CUT.id, *(claim.id for claim in (*FAITHFUL, *OWN_UNSEEN))}


def test_it_has_the_papers_model_world_and_training():
    (each,) = paper32.plan(paper32.Options())
    config, member = each.config, each.member
    assert parameter_count(config.model, config.vocabulary) == 34_196_455
    assert (config.world.sentences, config.vocabulary, config.model.context) == (11_880, 54, 45)
    assert reading(config, member).after.steps_per_epoch == paper32.STEPS_PER_EPOCH
    assert (config.training.steps, config.training.batch, member.learning_rate) == (1200, 1024, 1e-4)
    assert (config.evaluation.paper_final_items, config.evaluation.paper_cuts) == (100, (45, 44))
    assert 1.1e16 < config.flops_per_step * config.training.steps < 1.2e16


@pytest.mark.parametrize("epochs", [0, 201])
def test_epochs_that_the_paper_has_not_are_refused(epochs):
    with pytest.raises(UsageError, match=f"epochs must lie in 1..200 \\(the paper uses 200\\), got {epochs}"):
        paper32.plan(paper32.Options(epochs=epochs))


@pytest.fixture
def tiny(monkeypatch):
    """The same experiment with a tiny model, epochs of one step and few sentences."""
    monkeypatch.setattr(paper32, "STEPS_PER_EPOCH", 1)
    monkeypatch.setattr(paper32_report, "STEPS_PER_EPOCH", 1)
    population = paper32.population

    def shrunk(options):
        config = population(options)
        return replace(
            config,
            model=paper(16, 1, 2),
            training=replace(config.training, batch=8),
            evaluation=replace(config.evaluation, regular=50, panel=8, every=16, paper_final_items=10),
        )

    monkeypatch.setattr(paper32, "population", shrunk)


def test_a_whole_run_judges_every_claim(tiny, tmp_path):
    results = run_experiment("paper-3.2", paper32.Options(shards=1), folder=tmp_path / "whole", workers=1)
    report = experiment("paper-3.2").report(results)
    verdicts = {each.claim_id: each for each in report.verdicts()}
    assert verdicts.keys() >= AT_THE_END
    assert {name for name, each in verdicts.items() if each.verdict == "not measured"} == {loss_id(1), loss_id(20)}
    assert len(report.headline) == 7 and "by the paper's own test (published 93.5%)" in " ".join(report.headline)
    assert {figure.id for figure in report.figures()} >= {"losses", "curves"}


def test_a_first_look_says_so_and_judges_nothing_about_the_end(tiny, tmp_path):
    options = paper32.Options(epochs=50, shards=1)
    results = run_experiment("paper-3.2", options, folder=tmp_path / "first", workers=1)
    report = experiment("paper-3.2").report(results)
    verdicts = {each.claim_id: each for each in report.verdicts()}
    for name in AT_THE_END:
        assert verdicts[name].verdict == "not measured"
        assert "This run has 50 of the paper's 200 epochs." in verdicts[name].evidence
    assert verdicts[loss_id(50)].verdict == "depends"  # one seed
    assert report.headline[0].startswith("This is a first look. This run has 50 of the paper's 200 epochs.")
    assert len(report.headline) == 2
