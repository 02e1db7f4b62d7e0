"""Experiments on text: what they plan, and what their pages say of runs whose numbers are made by rule."""

from collections import Counter
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seedbed.config import UsageError
from seedbed.config.settings import with_settings
from seedbed.data import kept_probes
from seedbed.experiments import gam, regional, stories_grid
from seedbed.experiments.audit import audit
from seedbed.experiments.claims import Measured, judge
from seedbed.experiments.claims_gam import claims
from seedbed.experiments.gam_report import equal_time
from seedbed.experiments.measures import mean_value
from seedbed.experiments.parts import command
from seedbed.experiments.plan import EXPERIMENTS, experiment
from seedbed.experiments.run_scores import run_scores
from seedbed.experiments.stories_grid_report import _plateau
from seedbed.experiments.stories_grid_tasks import task_lines
from seedbed.reports import Table
from seedbed.training import check_member

GRID = {
    "corpus": "story-world",
    "story_world.stories": 2000,
    "widths": [32, 64, 128],
    "blocks": [1, 2, 4],
    "tokens": 20_000,
    "items": 40,
    "vocabulary": 400,
    "model.context": 64,
    "training.batch": 8,
}


@pytest.fixture(scope="module")
def text_run():
    """The module `text_run.py` beside this folder."""
    path = Path(__file__).parents[1] / "text_run.py"
    found = spec_from_file_location("text_run", path)
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEDBED_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def prepared(name, settings):
    entry = experiment(name)
    return entry.prepared(with_settings(entry.options(), settings))[0]


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if experiment(name).reads_text])
def test_an_experiment_on_text_says_how_to_run_it_and_where_its_texts_must_lie(name, monkeypatch, tmp_path):
    entry = experiment(name)
    for word in ("Source:", "Command:", "Time:", "Expect:"):
        assert word in entry.load().__doc__
    monkeypatch.delenv("SEEDBED_DATA", raising=False)
    with pytest.raises(UsageError, match="name their folder by --data FOLDER, or by SEEDBED_DATA"):
        entry.prepared(entry.options())
    with pytest.raises(UsageError, match=r"--data.* is not there"):
        entry.prepared(with_settings(entry.options(), {"data": str(tmp_path / "none")}))
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path))
    with pytest.raises(UsageError, match=r"holds no .*this experiment reads it"):
        entry.prepared(entry.options())
    with pytest.raises(UsageError, match="must be prepared before"):
        entry.plan(entry.options())


def test_a_grid_changes_the_size_alone_and_asks_questions_at_the_end():
    options = prepared("stories-grid", GRID)
    planned = stories_grid.plan(options)
    assert Counter(each.condition for each in planned) == {
        f"{width}/{blocks}": 3 for width in (32, 64, 128) for blocks in (1, 2, 4)
    }
    for each in planned:
        check_member(each.config, each.member)
    (world,) = {each.config.world for each in planned}
    assert len({each.config.training for each in planned}) == 1
    assert {"pronoun", "character", "name", "where", "has", "lies"} <= set(kept_probes(world.probes).tasks)
    assert prepared("stories-grid", GRID) == options  # found again
    assert stories_grid.prepared(options, print) == (options, {})


def test_a_pilot_of_the_grid_tries_every_rate_on_seeds_of_its_own():
    pilot = stories_grid.plan(prepared("stories-grid", {**GRID, "pilot": True}))
    assert Counter(each.member.learning_rate for each in pilot) == dict.fromkeys(stories_grid.RATES, 6)
    assert {each.member.init_seed for each in pilot} == {100, 101}


@pytest.fixture(scope="module")
def grid(text_run, tmp_path_factory):
    """Larger is better; agreement is known from width 64 on, `where` by nobody, `name` by the larger gradually, `facts`
    by width alone."""

    def asked(planned):
        labels = dict(planned.labels)
        width, blocks = labels["width"], labels["blocks"]
        rng = np.random.default_rng(planned.member.init_seed)
        name = {32: 0.5, 64: 0.6, 128: 0.8, 256: 0.85}[width]
        shares = {"agreement": 1.0 if width >= 64 else 0.5, "where": 0.5, "facts": 0.5 + 0.1 * np.log2(width / 32)}
        return [
            *(text_run.question(task, share) for task, share in shares.items()),
            text_run.question("name", rng.binomial(200, name + 0.02 * blocks) / 200),
        ]

    def bits(planned):
        labels, rng = dict(planned.labels), np.random.default_rng(planned.member.init_seed)
        size = 3 - 0.3 * np.log2(labels["width"] / 32) - 0.1 * labels["blocks"]
        return size + 0.1 * planned.member.init_seed + rng.normal(scale=0.001)

    settings = {**GRID, "widths": [32, 64, 128, 256]}
    return text_run.build(tmp_path_factory.mktemp("grid") / "run", "stories-grid", settings, bits, asked)


def test_the_page_of_a_grid_has_the_order_of_losses_and_judges_emergence_over_parameters(grid):
    report = experiment("stories-grid").report(grid)
    verdicts = {each.claim_id: each for each in report.verdicts()}
    order = verdicts["order-of-losses"]
    assert (order.verdict, order.measured, order.n) == ("replicated", "1", 3)  # six sizes alone could not settle it
    assert "over 6 sizes, p = 0.0014" in order.evidence  # 1 / 6!
    assert verdicts["width-128"].verdict == "replicated" and verdicts["width-128"].n == 3
    assert verdicts["grammar-plateaus-first"].verdict == "replicated"
    assert verdicts["width-facts"].verdict == "replicated" and verdicts["width-facts"].measured.startswith("-")
    assert verdicts["depth-tracks"].verdict != "replicated"
    assert list(report.figures())


def test_the_page_of_a_grid_leads_with_what_can_be_said_of_each_task(grid):
    report = experiment("stories-grid").report(grid)
    generated, _, emerges, never, known = report.headline
    assert "nobody wrote these texts" in generated
    assert emerges.startswith("agreement: emerges at ") and emerges.endswith(" so at 64/1 (in 3 of 3 seeds).")
    assert never == "Never leave chance: where (n = 3 seeds)."
    assert known.startswith("Above guessing in every seed, though how sharply they rise cannot be told: ")
    assert "name from 64/1 to 64/2" in known
    rows = {row[0]: row[1:] for row in next(table for table in tables_of(report) if "which size" in table.title).rows}
    assert rows["where"] == ["never leaves chance", "0 of 3 above guessing", None, *rows["where"][3:]]
    assert rows["agreement"][1:3] == ["3 of 3 above guessing", "64/1"]
    assert rows["agreement"][3].startswith("50") and rows["agreement"][4].startswith("100")


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (["32/1", "64/1"], "Too little data to say: agreement (too few sizes); facts (too few sizes); "),
        (["32/1", "32/2", "32/4", "64/1", "64/2", "64/4"], "where (0 of 3 above guessing)"),
    ],
)
def test_a_grid_of_few_sizes_says_how_much_it_can_say(grid, sizes, expected):
    names = {parameters: name for name, parameters in grid.members.select("condition", "parameters").iter_rows()}
    found = audit(run_scores(grid, sizes, scale="parameters"))
    *_, last = task_lines(found, {each: name for each, name in names.items() if name in sizes})
    assert expected in last


def test_a_grid_of_one_size_has_a_page(text_run, tmp_path):
    settings = {**GRID, "widths": [32], "blocks": [2]}
    results = text_run.build(
        tmp_path / "run",
        "stories-grid",
        settings,
        lambda planned: 2.0,
        lambda planned: [text_run.question("where", 0.5)],
    )
    report = experiment("stories-grid").report(results)
    assert report.headline[1:] == ["Too little data to say: where (too few sizes)."]
    (row,) = next(table for table in tables_of(report) if "which size" in table.title).rows
    assert row[0] == "where" and len(row) == 5


def tables_of(report):
    return [item for section in report.sections for item in section.items if isinstance(item, Table)]


def test_a_plateau_is_looked_for_only_where_something_is_known():
    rows = pl.DataFrame({"init_seed": [0, 0, 1, 1], "task": ["agreement", "name"] * 2, "exact": [0.9, 0.8, 0.9, 0.54]})
    assert _plateau(rows, rows, "") is None  # names are not known by seed 1
    known = rows.with_columns(exact=pl.Series([0.9, 0.9, 0.9, 0.9]))
    found = _plateau(rows, known, "")
    assert found is not None and found.estimate.value == pytest.approx(1 - (0.3 / 0.4 + 0.04 / 0.4) / 2)


def test_scores_by_size_are_a_curve_a_seed(grid):
    table = run_scores(grid, scale="parameters")
    assert set(table.tasks) == {"agreement", "name", "where", "facts"} and table.rows["group"].n_unique() == 3
    assert table.rows.filter(task="name")["scale"].n_unique() == 12
    assert table.rows["chance"].unique().to_list() == [0.5]
    assert not any("sorted" in warning for warning in table.warnings)


def test_the_command_of_a_page_leaves_out_what_the_run_writes_down(grid):
    assert "--worlds" not in command(grid) and "--corpus story-world" in command(grid)


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


def test_gam_plans_its_papers_models_and_mended_ones_with_one_training():
    planned = gam.plan(prepared("gam", GAM))
    assert Counter(dict(each.labels)["model"] for each in planned) == dict.fromkeys(gam.PRESET_OF, 3)
    for each in planned:
        check_member(each.config, each.member)
    assert len({each.config.training for each in planned}) == 1 and len({each.config.world for each in planned}) == 1
    assert {each.member.learning_rate for each in planned} == {3e-4 * 512 / 16}
    model = {dict(each.labels)["model"]: each.config.model for each in planned}
    assert model["gam"].gam.slots == 16 and model["gam"].init == "torch" and model["gam-mended"].init == "gpt"
    assert model["gam-mended"].gam.reads == "context" and model["gam"].gam.reads == "weights"
    assert (model["mamba"].norm_order, model["mamba-mended"].norm_order) == ("bare", "pre")
    pilot = gam.plan(prepared("gam", {**GAM, "pilot": True}))
    assert Counter(each.member.learning_rate for each in pilot) == dict.fromkeys(gam.RATES, 2 * len(gam.PRESET_OF))


def test_ablations_are_grown_on_wikitext_alone():
    options = with_settings(gam.Options(), {"models": ["gam"]})
    assert gam.models_on(options, "wikitext-2") == ("gam", "gam-sum", "gam-global", "gam-local")
    assert gam.models_on(options, "tinystories") == ("gam",)
    assert len({each.claim.id for each in claims("wikitext-2")}) == len(claims("wikitext-2")) == 17


def test_the_order_of_the_ablations_and_the_tie_of_the_memory_alone_are_claims():
    known = {each.claim.id: each for each in claims("wikitext-2")}
    assert known["wikitext-2-gam-global-below-gam-sum"].claim.reported == "905.45 against 942.59"
    assert known["wikitext-2-gam-sum-below-gam-local"].claim.reported == "942.59 against 944.7"
    tie = known["wikitext-2-gam-global-ties"]
    for nats, verdict in ((0.0051, "replicated"), (0.045, "not replicated"), (-0.045, "not replicated")):
        found = Measured(mean_value(nats + np.array([-0.001, 0.0, 0.001])))
        assert judge(tie.claim, found).verdict == verdict


def test_the_page_of_gam_compares_seed_by_seed_after_equal_tokens_and_equal_time(text_run, tmp_path):
    worse = {"gam": 0.0, "transformer": 0.1, "mamba": 0.5, "mamba-mended": 0.2}
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
    assert verdicts["story-world-mamba-mended-below-gam"].verdict == "not replicated"
    assert verdicts["story-world-gam-mended-below-gam"].verdict == "not measured"
    assert verdicts["story-world-gam-faster-than-transformer"].verdict == "depends"  # as quick, without spread
    at = equal_time(results, "story-world", list(worse))
    assert at["gam"] == pytest.approx({0: 2.0, 1: 2.3, 2: 2.6})  # all take as long, so all have ended
    assert report.headline[0].startswith("story-world, bits per byte: gam ") and list(report.figures())


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("gam", {"models": ["gamm"]}, "unknown model 'gamm': did you mean 'gam'"),
        ("gam", {"texts": ["story-world", "story-world"]}, "texts names at least one, each once; got"),
        ("gam", {"passes": 0}, "passes must be a finite number above 0, got 0"),
        ("stories-grid", {"blocks": []}, "blocks names at least one"),
        ("stories-grid", {"tokens": 0}, "tokens must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(name, settings, message):
    with pytest.raises(UsageError, match=message):
        prepared(name, settings)


REGIONAL = {
    "corpus": "story-world",
    "story_world.stories": 60,
    "vocabulary": 400,
    "sentences": 20,
    "small_flops": 2e9,
    "large_flops": 4e9,
    "model.width": 16,
    "model.heads": 2,
    "model.hidden": 16,
    "training.batch": 4,
    "levels": ["small"],
}


def test_regional_matches_the_text_of_languages_and_spends_equal_operations():
    options = prepared("regional", {**REGIONAL, "levels": ["small", "large"]})
    planned = regional.plan(options)
    names = Counter(each.condition for each in planned)
    assert set(names.values()) == {3}
    assert len(names) == (3 * 5 + 4) + (2 * 5 + 4)  # English has no second English tokenizer, Bengali no large text
    assert not any(name.startswith("large, bn") for name in names)
    for each in planned:
        check_member(each.config, each.member)
    spent = {each.condition: each.config.training.steps * each.config.flops_per_step for each in planned}
    for level, budget in (("small", 2e9), ("large", 4e9)):
        own = [value for name, value in spent.items() if name.startswith(level)]
        assert all(abs(value - budget) <= budget / 4 for value in own)
    sizes = {
        each.condition: each.config.world.train.text_bytes for each in planned if each.condition.startswith("small")
    }
    assert max(sizes.values()) <= min(sizes.values()) * 1.01  # generated stories are all ASCII; ends lose spaces


def test_a_claim_of_languages_is_made_from_sentences_of_the_same_seed(text_run, tmp_path):
    kinds = ["own-bpe", "english", "own-unigram", "multilingual"]
    cost = {"hi": 1.0, "mr": 1.2, "bn": 1.3, "en": 1.0}

    def bits(planned):
        labels = dict(planned.labels)
        return (
            cost[labels["language"]]
            + {"own-bpe": 0.0, "english": 0.5, "own-unigram": -0.01, "multilingual": 0.1}[labels["tokenizer"]]
            + 0.1 * planned.member.init_seed
            + np.random.default_rng([planned.member.init_seed, len(labels["tokenizer"])]).normal(scale=0.01)
        )

    def outcomes(planned):
        language, seed = dict(planned.labels)["language"], planned.member.init_seed
        pairs = [language] if language != "en" else ["hi", "mr", "bn"]
        found = {
            f"sentences en-{each}/nats": np.full(20, 30 * cost[language] + seed + 0.01 * seed**2) for each in pairs
        }
        documents = planned.config.world.validation.documents
        nats_D = bits(planned) * 9 * np.log(2) * (1 + 0.01 * np.arange(documents))
        return found | {
            "text/document": np.arange(documents), "text/nats": nats_D, "text/bytes": 9 + 0.09 * np.arange(documents),
        }  # fmt: skip

    settings = {**REGIONAL, "tokenizers": kinds}
    results = text_run.build(tmp_path / "run", "regional", settings, bits, outcomes=outcomes)
    rehearsal = experiment("regional").report(results)
    assert not list(rehearsal.verdicts()) and "nobody wrote these texts, in English" in rehearsal.headline[0]
    as_if_written = replace(results, options=replace(results.options, corpus="pratham"))
    report = experiment("regional").report(as_if_written)
    verdicts = {each.claim_id: each for each in report.verdicts()}
    own = verdicts["small-hi-own-tokenizer"]
    assert float(own.measured) == pytest.approx(-0.5, abs=0.05) and own.n == 3 and own.verdict == "replicated"
    assert verdicts["small-hi-sarvam-sutra"].verdict == "replicated"
    assert verdicts["small-hi-before-mr"].verdict == "replicated" == verdicts["small-mr-sarvam-sutra"].verdict
    assert float(verdicts["small-hi-before-mr"].measured) == pytest.approx(-0.2, abs=0.02)
    assert verdicts["small-bn-before-mr"].verdict == "not replicated"  # theirs is the other way round
    unmeasured = [verdicts[f"small-{each}"] for each in ("hi-translated", "morph-score", "size")]
    assert [each.verdict for each in unmeasured] == ["not measured"] * 3
    assert unmeasured[0].evidence.startswith("Held out are 0 written and 0 translated") and unmeasured[1].evidence
    assert "higher for Sarvam" not in unmeasured[1].reported  # the source's figures are not at hand
    assert verdicts["small-renyi-hi-mr"].n and verdicts["small-renyi-bn-mr"].n
    tables = {item.title for section in report.sections for item in section.items if hasattr(item, "rows")}
    assert {"What tokenizers measure, small", "Bits a parallel sentence, small", "Bits per byte, small"} <= tables
    assert list(report.figures())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"levels": ["smal"]}, "unknown level 'smal': did you mean 'small'"),
        ({"tokenizers": []}, "tokenizers names at least one"),
        ({"small_flops": 0}, "small_flops must be a finite number above 0"),
        ({"sentences": 3}, "sentences must be at least 20 of each language, got 3"),
    ],
)
def test_what_regional_cannot_compare_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        prepared("regional", settings)


def test_sentences_that_are_asked_stand_alone_and_fit():
    from seedbed.experiments.regional_texts import chosen_pairs

    pairs = [("Go on now.", f"variant {number} of it") for number in range(5)]
    pairs += [(f"Sentence number {number}.", f"The same as {number}.") for number in range(50)]
    pairs += [("x" * 300, "too long for it"), ("Hi", "too short a one")]
    chosen = chosen_pairs(pairs, 20)
    assert len(chosen) == 20 and all(pair[0].startswith("Sentence") for pair in chosen)
    with pytest.raises(UsageError, match="no pair of sentences"):
        chosen_pairs(pairs[:5], 20)


def test_stories_are_matched_in_whole_sentences_or_words_and_never_inside_a_letter():
    from seedbed.experiments.regional_texts import Stories

    text = "वह घर जाती है। वह खुश है। अब रात है।"
    whole = Stories("hi", (text, "Two. Three."), ())
    assert whole.cut(len(text) - 1).train == ("वह घर जाती है। वह खुश है।",)
    assert whole.cut(len(text) + 5).train == (text, "Two.")
    assert whole.cut(9).train == ("वह घर",) and whole.cut(1).train == ()
    assert whole.cut(len(text)).train == (text,)
