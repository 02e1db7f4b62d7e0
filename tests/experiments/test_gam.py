"""GAM against Transformer and Mamba: what is planned and claimed, and what the page says of known numbers."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from seedbed.config.settings import with_settings
from seedbed.experiments import gam
from seedbed.experiments.claims import Measured, judge
from seedbed.experiments.claims_gam import claims
from seedbed.experiments.gam_report import equal_time
from seedbed.experiments.measures import mean_value
from seedbed.experiments.plan import experiment
from seedbed.reports.theme import colours_for
from seedbed.training import check_member
from tests import text_run

pytestmark = pytest.mark.usefixtures("own_cache")

GAM = {
    "texts": ["story-world"],
    "story_world.stories": 300,
    "width": 16,
    "blocks": 2,
    "vocabulary": 600,
    "context": 32,
    "training.batch": 4,
    "passes": 0.5,
}


def test_gam_plans_its_papers_models_and_corrected_ones_with_one_training():
    planned = gam.plan(text_run.prepared("gam", GAM))
    assert Counter(dict(each.labels)["model"] for each in planned) == dict.fromkeys(gam.PRESET_OF, 3)
    for each in planned:
        check_member(each.config, each.member)
    assert len({each.config.training for each in planned}) == 1 and len({each.config.world for each in planned}) == 1
    assert {each.member.learning_rate for each in planned} == {3e-4 * 512 / 16}
    model = {dict(each.labels)["model"]: each.config.model for each in planned}
    assert model["gam"].gam.slots == 16 and model["gam"].init == "torch" and model["gam-context-gpt2"].init == "gpt"
    assert model["gam-context-gpt2"].gam.reads == "context" and model["gam"].gam.reads == "weights"
    assert (model["mamba"].norm_order, model["mamba-residual"].norm_order) == ("bare", "pre")
    assert (model["mamba-residual"].init, model["mamba-residual-gpt2"].init) == ("torch", "gpt")
    assert model["mamba-residual-gpt2"] == replace(model["mamba-residual"], init="gpt")
    for name in gam.SMALL_POSITIONS:
        assert model[name] == replace(model[name.removesuffix("-small-positions")], position_std=0.02)
    training = planned[0].config.training
    assert (training.warmup_from_zero, training.decayed) == (True, "all")
    pilot = gam.plan(text_run.prepared("gam", {**GAM, "pilot": True}))
    assert Counter(each.member.learning_rate for each in pilot) == dict.fromkeys(gam.RATES, 2 * len(gam.PRESET_OF))


def test_ablations_are_grown_on_wikitext_alone():
    options = with_settings(gam.Options(), {"models": ["gam"]})
    assert gam.models_on(options, "wikitext-2") == ("gam", "gam-sum", "gam-global", "gam-local")
    assert gam.models_on(options, "tinystories") == ("gam",)
    assert len({each.claim.id for each in claims("wikitext-2")}) == len(claims("wikitext-2")) == 23


def test_each_model_of_a_figure_has_a_colour_of_its_own(tmp_path):
    results = text_run.build(tmp_path / "run", "gam", GAM, lambda planned: 2 + 0.1 * planned.member.init_seed)
    report = experiment("gam").report(results)
    figures = {figure.id: figure for figure in report.figures() if "-time-" in figure.id}
    assert {*figures} == {"story-world-time-small-positions", "story-world-time-corrected"}
    for figure in figures.values():
        models = figure.data["model"].unique().to_list()
        assert len({*colours_for(models)}) == len(models) >= 6


def test_the_order_of_the_ablations_and_the_tie_of_the_memory_alone_are_claims():
    known = {each.claim.id: each for each in claims("wikitext-2")}
    assert known["wikitext-2-gam-global-below-gam-sum"].claim.reported == "905.45 against 942.59"
    assert known["wikitext-2-gam-sum-below-gam-local"].claim.reported == "942.59 against 944.7"
    tie = known["wikitext-2-gam-global-ties"]
    for nats, verdict in ((0.0051, "replicated"), (0.045, "not replicated"), (-0.045, "not replicated")):
        found = Measured(mean_value(nats + np.array([-0.001, 0.0, 0.001])))
        assert judge(tie.claim, found).verdict == verdict


def test_the_page_of_gam_compares_seed_by_seed_after_equal_tokens_and_equal_time(tmp_path):
    worse = {"gam": 0.0, "transformer": 0.1, "mamba": 0.5, "mamba-residual": 0.2}
    settings = {**GAM, "models": list(worse)}

    def bits(planned):
        seed = planned.member.init_seed
        return (
            2
            + worse[dict(planned.labels)["model"]]
            + 0.3 * seed
            + 0.001 * seed**2 * worse[dict(planned.labels)["model"]]
        )

    results = text_run.build(tmp_path / "run", "gam", settings, bits)
    report = experiment("gam").report(results)
    verdicts = {each.claim_id: each for each in report.verdicts()}
    below = verdicts["story-world-gam-below-transformer"]
    assert (below.verdict, below.n) == ("replicated", 3)
    assert verdicts["story-world-mamba-residual-below-gam"].verdict == "not replicated"
    assert verdicts["story-world-gam-context-gpt2-below-gam"].verdict == "not measured"
    assert verdicts["story-world-gam-faster-than-transformer"].verdict == "depends"  # as quick, without spread
    at = equal_time(results, "story-world", list(worse))
    assert at["gam"] == pytest.approx({0: 2.0, 1: 2.3, 2: 2.6})  # all take as long, so all have ended
    assert report.headline[0].startswith("story-world, bits per byte: gam ") and list(report.figures())
