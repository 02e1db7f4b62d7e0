"""`seedbed audit`, end to end: tables that nobody of ours wrote, a run, and what cannot be judged."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

README = Path(__file__).parents[2] / "README.md"
STEPS = np.unique(np.geomspace(10, 10_000, 30).round())


def curves(width_slope: float, seeds=8, items=200):
    """Seeds that rise around step 600, the steeper the greater the slope; None of them where it is 0."""
    rng = np.random.default_rng(0)
    rows = []
    for seed in range(seeds):
        onset = 600 * np.exp(0.3 * rng.normal())
        for step in STEPS:
            share = 1 / (1 + (onset / step) ** width_slope) if width_slope else 0.0
            right = rng.binomial(items, share)
            rows.append(
                {"seed": seed, "step": step, "accuracy": right / items, "n": items, "ll": np.log(0.05 + 0.95 * share)}
            )
    return pl.DataFrame(rows)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "scores.csv"
    parts = [
        curves(slope).with_columns(task=pl.lit(name)) for name, slope in (("jump", 25), ("slope", 1.2), ("flat", 0))
    ]
    pl.concat(parts).write_csv(path)
    return path


FLAGS = ("--score", "accuracy", "--chance", "0", "--items", "n", "--length", "4", "--log-likelihood", "ll")


def test_the_verdicts_of_a_foreign_table_with_tables_charts_and_a_report(seedbed, table, tmp_path):
    done = seedbed("audit", table, *FLAGS)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("jump: emerges at ") and lines[0].endswith("(in 8 of 8 seeds)")
    assert any(line.startswith("slope: improves smoothly") for line in lines)
    assert any(line.startswith("flat: never leaves chance") for line in lines)
    assert "warning: flat: all scores are 0" in lines
    assert lines[1].startswith("  reaches 50% at (step), median: ") and lines[2].startswith(
        "  width of the rise, decades: "
    )
    assert "  seeds that rose sharply: 100.0% [63.1, 100.0] (n = 8)" in lines
    assert any(line.startswith("  does the metric make the jump? ") for line in lines)
    folder = tmp_path / "scores-audit"
    verdicts = pl.read_csv(folder / "verdicts.csv")
    assert verdicts["task"].to_list() == ["jump", "slope", "flat"]
    assert {path.name for path in folder.iterdir()} >= {
        "report.html",
        "evidence.csv",
        "emerged.svg",
        "curves-linear.svg",
    }
    page = (folder / "report.html").read_text()
    assert "Mirage audit" in page and "Warning: flat: all scores are 0." in page


def test_json_holds_the_same(seedbed, table):
    answer = json.loads(seedbed("audit", table, *FLAGS, "--json").out)
    jump, slope, flat = answer["tasks"]
    assert (jump["word"], slope["word"], flat["word"]) == ("emerges", "improves smoothly", "never leaves chance")
    assert jump["emerges_at"]["low"] <= 600 <= jump["emerges_at"]["high"] and jump["emerges_at"]["n"] == 8
    assert jump["width_decades"]["high"] < 1 < slope["width_decades"]["high"] and flat["width_decades"] is None
    assert jump["p_breakthrough"] == 0.005 == jump["p_linear"] and flat["p_breakthrough"] == 1
    assert jump["rose_sharply"]["value"] == 1 and flat["rose_sharply"]["value"] == 0
    assert (flat["onset"]["value"], flat["onset"]["low"], flat["onset"]["high"]) == ("Infinity", 10_000, "Infinity")
    assert jump["success"]["value"] == 1 and flat["success"]["value"] == 0
    assert jump["mirage"] in ("not explained", "partly", "explained by the metric")


def test_a_falling_scale_is_read_from_its_good_end(seedbed, tmp_path):
    frame = curves(25).with_columns(loss=1000 / pl.col("step")).drop("step")
    frame.write_parquet(tmp_path / "by-loss.parquet")
    done = seedbed(
        "audit",
        tmp_path / "by-loss.parquet",
        "--scale",
        "loss",
        "--score",
        "accuracy",
        "--chance",
        "0",
        "--items",
        "n",
        "--json",
    )
    (task,) = json.loads(done.out)["tasks"]
    assert task["word"] == "emerges"
    assert task["emerges_at"]["low"] <= 1000 / 600 <= task["emerges_at"]["high"]


def test_gpt3_on_modified_arithmetic_gets_a_verdict_with_its_caveats(seedbed, tmp_path):
    """BIG-bench's numbers (Srivastava et al. 2022), 8 sizes, one model each; the README's command and what it says."""
    command, *said = README.read_text().partition("$ seedbed audit ")[2].partition("\n```")[0].splitlines()
    words = ["audit", *command.replace("docs/", f"{README.parent}/docs/").split()]
    assert seedbed(*words).out.splitlines() == said and (tmp_path / "gpt3-audit" / "report.html").exists()
    answer = json.loads(seedbed(*words, "--json").out)
    (task,) = answer["tasks"]
    assert [task["onset"][part] for part in ("value", "low", "high", "n")] == ["Infinity", None, None, 1]
    assert task["breakthroughness"]["value"] == pytest.approx(81.25, rel=1e-3)
    assert task["linearity"]["value"] == pytest.approx(0.468, abs=5e-4)
    assert task["word"] in ("emerges", "improves smoothly", "too little data to say")
    assert any(caveat.startswith("8 evaluations") for caveat in task["caveats"])
    assert any(caveat.startswith("1 seed") for caveat in task["caveats"])
    assert any("one seed" in warning for warning in answer["warnings"])


def test_a_run_is_judged_like_any_table(seedbed, grown, tmp_path):
    done = seedbed("audit", grown, "--out", tmp_path / "verdict")
    assert done.code == 0, done.err
    assert "too little data to say" in done.out and (tmp_path / "verdict" / "report.html").exists()


def test_a_run_takes_no_columns_and_a_name_must_not_be_empty(seedbed, grown, tmp_path):
    done = seedbed("audit", grown, "--score", "exact", "--answer", "said", "--out", tmp_path / "verdict")
    assert done.code == 2 and "only --scale can be chosen: omit --score, --answer" in done.err
    done = seedbed("audit", "")
    assert done.code == 2 and "got an empty name" in done.err
    assert not (tmp_path / "verdict").exists()


def test_an_onset_that_must_hold_longer_than_a_curve_lasts_is_noted(seedbed, table):
    done = seedbed("audit", table, *FLAGS, "--persistence", "99")
    assert done.code == 0
    assert "must hold for 99 evaluations on end, and some curve of jump, slope, flat has 30" in done.out


@pytest.mark.parametrize("points", [1, 2])
def test_one_or_two_points_are_too_little(seedbed, tmp_path, points):
    pl.DataFrame({"step": [1, 2][:points], "score": [0.0, 1.0][:points]}).write_csv(tmp_path / "few.csv")
    done = seedbed("audit", tmp_path / "few.csv")
    assert done.code == 0 and "all: too little data to say (n = 1 seed)" in done.out
    assert f"some curve has only {points} point" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--score", "accurcy"], "did you mean 'accuracy'"),
        (["--score", "accuracy", "--threshold", "0"], "threshold must be a score in (0, 1]"),
        (["--score", "accuracy", "--persistence", "0"], "persistence must be at least 1"),
        (["--score", "accuracy", "--scale", "tokens"], "unknown column 'tokens'"),
        (["--score", "accuracy", "--chance", "guess"], "unknown column 'guess'"),
        (["--score", "accuracy", "--chance", "1"], "expected a score of at least 0 and below 1"),
        (["--score", "accuracy", "--length", "4"], "--length needs --log-likelihood"),
        (["--score", "accuracy", "--group", "accuracy"], "a column has only one role"),
        (["--score", "accuracy", "--percent"], "--percent divides scores by 100"),
        (["--score", "accuracy", "--out", ""], "--out is empty"),
        (["--score", "accuracy", "--out", "/proc/there"], "/proc/there cannot be created"),
    ],
)
def test_what_cannot_be_audited_is_refused_and_nothing_is_written(seedbed, table, tmp_path, words, message):
    done = seedbed("audit", table, *words)
    assert done.code == 2 and message in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_a_folder_that_is_no_audit_is_not_overwritten(seedbed, table, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    done = seedbed("audit", table, *FLAGS, "--out", tmp_path / "mine")
    assert done.code == 2 and "nothing was overwritten" in done.err
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.ENOSPC, "Free some space"), (errno.EROFS, "Change its permissions")]
)
def test_a_write_that_is_refused_says_what_an_audit_needs(seedbed, table, monkeypatch, number, advice):
    def refuse(descriptor, data):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("seedbed.store.atomic._write_all", refuse)
    done = seedbed("audit", table, *FLAGS)
    assert done.code == 1 and f"{advice} and give the same command again, which repeats the whole audit" in done.err
    assert "name another folder with --out" in done.err and "is not redone" not in done.err


def test_an_audit_made_again_replaces_its_own_files_and_leaves_others(seedbed, table, tmp_path):
    assert seedbed("audit", table, *FLAGS).code == 0
    folder = tmp_path / "scores-audit"
    (folder / "notes.txt").write_text("mine")
    (folder / "verdicts.csv").write_text("stale")
    assert seedbed("audit", table, *FLAGS).code == 0
    assert (folder / "notes.txt").read_text() == "mine"
    assert pl.read_csv(folder / "verdicts.csv").height == 3


def test_answers_alone_tell_a_jump_that_the_metric_made(seedbed, tmp_path):
    """Each of 12 words gets right a little more often; all of them at once seem to leap."""
    rng = np.random.default_rng(0)
    rows = []
    for seed in range(4):
        for place, step in enumerate(np.geomspace(10, 10_000, 16).round()):
            for _ in range(60):
                right = rng.choice(list("abcdefgh"), 12)
                said = np.where(rng.random(12) < 0.4 + 0.6 * place / 15, right, "z")
                rows.append({"seed": seed, "step": step, "said": " ".join(said), "right": " ".join(right)})
    pl.DataFrame(rows).write_csv(tmp_path / "said.csv")
    words = ("--answer", "said", "--reference", "right", "--chance", "0")
    answer = json.loads(seedbed("audit", tmp_path / "said.csv", *words, "--json").out)
    (task,) = answer["tasks"]
    assert answer["warnings"] == [] and (task["items"], task["points"], task["seeds"]) == (60, 16, 4)
    assert task["mirage"] == "explained by the metric"
    assert {"words in place", "edit score", "sentence BLEU", "ROUGE-L"} <= set(task["jump_left"])
    assert "exact match" in (tmp_path / "said-audit" / "report.html").read_text()


def test_two_conditions_are_compared_by_ratio_and_log_rank(seedbed, tmp_path):
    early = curves(25)
    late = early.with_columns(pl.col("accuracy").shift(6).over("seed").fill_null(0.0))
    both = pl.concat(
        [
            early.with_columns(arm=pl.lit("early"), task=pl.lit("add")),
            late.with_columns(arm=pl.lit("late"), task=pl.lit("add")),
        ]
    )
    both.drop("ll").write_csv(tmp_path / "arms.csv")
    words = ("audit", tmp_path / "arms.csv", "--score", "accuracy", "--chance", "0", "--items", "n")
    done = seedbed(*words, "--compare", "arm", "--by", "task", "--json")
    (found,) = json.loads(done.out)["compared"]
    assert (found["task"], found["first"], found["second"]) == ("add", "early", "late")
    factor = (10 / 10_000) ** (6 / 29)
    assert found["ratio"]["low"] <= factor * 1.2 and factor * 0.8 <= found["ratio"]["high"] < 1 and found["p"] < 0.01
    assert (tmp_path / "arms-audit" / "compared.csv").exists()
    assert "early against late: ratio of onsets 0." in seedbed(*words, "--compare", "arm").out
    assert seedbed(*words, "--by", "arm").code == 0
    assert not (tmp_path / "arms-audit" / "compared.csv").exists()  # the audit that is there compares nothing
    alone = seedbed(*words, "--compare", "task")
    assert alone.code == 2
