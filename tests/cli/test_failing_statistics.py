"""Where one statistic fails, the page and the answer still come, and say which failed and why."""

import json

import numpy as np
import polars as pl
import pytest
from pages import words_of

from seedbed.config import EstimationError, SeedbedError, UsageError
from seedbed.experiments import audit as audit_module
from seedbed.experiments import comparisons, forecasts, run_onsets
from seedbed.experiments.attempts import Attempts, failures
from seedbed.experiments.audit import Rules, audit
from seedbed.experiments.results import open_results
from seedbed.experiments.run_section import run_section
from seedbed.store.score_table import Columns, tidy_scores

STATISTICS = {
    "emergence_verdict": "the verdict",
    "median_onset": "the median onset",
    "restricted_geometric_mean": "the geometric mean of onsets",
    "turnbull": "the share that has emerged by when (Turnbull)",
    "seed_distribution": "the distribution of final scores",
    "median_width": "the width of the rise",
    "sharpness_over_seeds": "breakthroughness and linearity",
    "chance_over_seeds": "p of breakthroughness and linearity",
    "shapes_of_seeds": "the shapes of curves",
    "mirage_audit": "the mirage audit",
}


def failing(*_args, **_more):
    raise EstimationError("made to fail")


@pytest.fixture
def table(tmp_path):
    places = np.geomspace(10, 1e4, 16).round()
    rows = [
        {"seed": seed, "step": place, "score": 0.95 * (place > 500 + 10 * seed), "p": 0.1 + 0.8 * (place / 1e4)}
        for seed in range(8)
        for place in places
    ]
    pl.DataFrame(rows).write_csv(tmp_path / "scores.csv")
    return tmp_path / "scores.csv"


FLAGS = ("--chance", "0", "--items", "200", "--answer-probability", "p")


@pytest.mark.parametrize("error", [EstimationError, UsageError])
def test_a_statistic_that_fails_is_named_with_its_reason(error):
    def fails():
        raise error("too few")

    asked = Attempts()
    assert asked.ask("a", lambda: 3) == 3 and asked.ask("b", fails) is None
    assert failures(asked.failed) == ["b could not be computed: too few"]


def test_other_errors_go_their_way():
    def fails():
        raise SeedbedError("damaged")

    with pytest.raises(SeedbedError, match="damaged"):
        Attempts().ask("a", fails)
    with pytest.raises(ZeroDivisionError):
        Attempts().ask("a", lambda: 1 / 0)


@pytest.mark.parametrize("name", STATISTICS)
def test_an_audit_without_one_statistic(name, table, seedbed, monkeypatch):
    monkeypatch.setattr(audit_module, name, failing)
    said = f"{STATISTICS[name]} could not be computed: made to fail"
    done = seedbed("audit", table, *FLAGS)
    assert done.code == 0, done.err
    assert f"  but: {said}" in done.out and done.out.startswith("all: ")
    page = words_of((table.parent / "scores-audit" / "report.html").read_text())
    assert f"Warning: all: {said}." in page
    (task,) = json.loads(seedbed("audit", table, *FLAGS, "--json").out)["tasks"]
    assert task["failed"] == {STATISTICS[name]: "made to fail"}
    assert (task["verdict"] == "not judged") == (name == "emergence_verdict")


def test_an_audit_without_any_statistic(table, seedbed, monkeypatch):
    for name in STATISTICS:
        monkeypatch.setattr(audit_module, name, failing)
    done = seedbed("audit", table, *FLAGS)
    assert done.code == 0 and done.out.startswith("all: not judged (n = 8 seeds)")
    assert (table.parent / "scores-audit" / "report.html").exists()


@pytest.mark.parametrize(("name", "said"), [("onset_ratio", "the ratio of onsets"), ("log_rank", "the log-rank test")])
def test_a_comparison_without_one_of_its_numbers(name, said, seedbed, table, monkeypatch):
    frame = pl.read_csv(table)
    pl.concat([frame.with_columns(arm=pl.lit(arm)) for arm in "ab"]).write_csv(table)
    monkeypatch.setattr(comparisons, name, failing)
    done = seedbed("audit", table, *FLAGS, "--compare", "arm")
    assert done.code == 0 and f"{said} could not be computed: made to fail" in done.out


@pytest.mark.parametrize(
    ("module", "name", "said"),
    [
        (audit_module, "turnbull", "the share that has emerged by when (Turnbull) could not be computed"),
        (run_onsets, "median_onset", "the table of onsets in tokens, FLOPs and loss could not be computed"),
        (run_onsets, "compare_alignment", "whether conditions emerge at the same loss could not be computed"),
        (run_onsets, "onset_on", "onsets in tokens, FLOPs and loss could not be computed"),
    ],
)
def test_a_runs_section_without_one_statistic(synthetic_run, monkeypatch, module, name, said):
    monkeypatch.setattr(module, name, failing)
    section = run_section(open_results(synthetic_run))
    assert any(said in each for each in section.text)
    assert len(section.items) >= 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("forecast_members", "Forecasts of the members in training"),
        ("leave_out_conditions", "Forecasts with one condition left out"),
        ("forecast_conditions", "Forecasts of conditions"),
        ("skill_on_left_out_conditions", "The skill"),
    ],
)
def test_a_forecast_without_one_part(seedbed, synthetic_run, monkeypatch, name, said):
    monkeypatch.setattr(forecasts, name, failing)
    done = seedbed("forecast", synthetic_run, "--task", "A->C")
    assert done.code == 0 and f"{said} could not be computed: made to fail." in done.out
    parts = ("Members in training", "Each condition as predicted", "Skill over Kaplan-Meier")
    assert sum(part in done.out for part in parts) >= (1 if name == "leave_out_conditions" else 2)


def test_rules_that_cannot_be_are_refused_not_told_as_failures():
    for rules in ({"threshold": 0}, {"persistence": 0}, {"sharp_width": 0}):
        with pytest.raises(UsageError):
            Rules(**rules)


def width_of(seeds, slope):
    places = np.geomspace(10, 1e5, 30)
    rng = np.random.default_rng(2)
    rows = [
        {"seed": seed, "step": place, "score": rng.binomial(200, 0.95 / (1 + (800 / place) ** slope)) / 200}
        for seed in range(seeds)
        for place in places
    ]
    (task,) = audit(tidy_scores(pl.DataFrame(rows), Columns(chance=0, items=200))).tasks
    assert task.width is not None
    return task.width


@pytest.mark.parametrize("seeds", [2, 3, 4, 5])
def test_the_width_of_few_seeds_is_known_and_its_interval_is_not(seeds):
    width = width_of(seeds, 2.0)
    assert width.value == pytest.approx(2 * np.log10(9) / 2, rel=0.2) and not width.has_interval and width.n == seeds
    assert "enclose the median in" in width.method and "95% needs 6 seeds" in width.method
    step = width_of(seeds, 100.0)
    assert np.isnan(step.value) and step.low == 0 and 0 < step.high < 0.5


def test_the_width_of_six_seeds_has_an_interval():
    width = width_of(6, 2.0)
    assert width.low < width.value < width.high < np.inf
