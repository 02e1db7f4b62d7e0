"""`seedbed plan`, end to end: on a table, on a run, and where the pilot says too little."""

import json

import numpy as np
import polars as pl
import pytest


@pytest.fixture
def pilot(tmp_path):
    """Eight seeds whose log onset varies by about 0.3, tested every 25 steps."""
    rng = np.random.default_rng(0)
    rows = [
        {"step": step, "score": float(step >= onset), "seed": seed}
        for seed, onset in enumerate(np.exp(rng.normal(6, 0.3, 8)))
        for step in range(25, 1501, 25)
    ]
    path = tmp_path / "pilot.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


def test_a_plan_names_seeds_power_and_what_it_rests_on(seedbed, pilot):
    done = seedbed("plan", pilot, "--effect", "1.5", "--power", "0.8")
    assert done.code == 0, done.err
    first = done.out.splitlines()[0].split()
    assert first[1:5] == ["seeds", "per", "condition", "detect"] and int(first[0]) > 4
    assert "n = 8 seeds" in done.out
    answer = json.loads(seedbed("plan", pilot, "--json").out)
    assert answer["seeds"] == int(first[0]) and answer["power"] >= 0.8 and answer["task"] == "all"
    assert answer["spread"] == pytest.approx(0.3, rel=0.5)


def test_an_effect_beyond_reach_ends_with_1(seedbed, pilot):
    done = seedbed("plan", pilot, "--effect", "1.001")
    assert done.code == 1 and "not even 512 seeds" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--effect", "1"], "effect must be a ratio of onsets"),
        (["--power", "1.5"], "power must lie between 0 and 1"),
        (["--score", "accuracy"], "unknown column 'accuracy'"),
        (["--task", "x"], "unknown task 'x'"),
        (["--end", "0"], "end must be a finite point of the scale above 0"),
        (["--persistence", "0"], "persistence must be at least 1"),
        (["--percent"], "--percent divides scores by 100"),
        (["--threshold", "2"], "the pilot shows 0 onsets among 8 seeds"),
    ],
)
def test_what_cannot_be_planned_is_refused(seedbed, pilot, words, message):
    done = seedbed("plan", pilot, *words)
    assert done.code == 2 and message in done.err


def test_a_pilot_in_percent_by_loss_and_by_columns_is_the_same_pilot(seedbed, pilot, tmp_path):
    frame = pl.read_csv(pilot).with_columns(pl.col("score") * 100, loss=1000 / pl.col("step"), ability=pl.lit("add"))
    other = pl.concat([frame, frame.with_columns(ability=pl.lit("spell"))]).drop("step")
    other.write_csv(tmp_path / "other.csv")
    words = ("--scale", "loss", "--percent", "--by", "ability", "--task", "add")
    here = json.loads(seedbed("plan", pilot, "--end", "1000", "--json").out)
    there = json.loads(seedbed("plan", tmp_path / "other.csv", *words, "--end", "1", "--json").out)
    assert there["spread"] == pytest.approx(here["spread"]) and there["seeds"] == here["seeds"]


def test_a_scale_named_like_one_that_falls_may_grow(seedbed, pilot, tmp_path):
    pl.read_csv(pilot).rename({"step": "loss_weight"}).write_csv(tmp_path / "named.csv")
    here = json.loads(seedbed("plan", pilot, "--json").out)
    words = ("plan", tmp_path / "named.csv", "--scale", "loss_weight")
    assert json.loads(seedbed(*words, "--falling", "no", "--json").out) == here
    turned = seedbed(*words)  # by its name it falls: its curves read backwards have no onset
    assert turned.code == 2 and "all onsets of the pilot fall between the same two evaluations" in turned.err


def test_many_units_are_not_all_listed(seedbed, pilot, tmp_path):
    frame = pl.read_csv(pilot)
    many = pl.concat([frame.with_columns(task=pl.lit(f"task {number}")) for number in range(30)])
    many.write_csv(tmp_path / "many.csv")
    done = seedbed("plan", tmp_path / "many.csv")
    assert done.code == 2 and "there are 30 tasks: name one with --task: task 0; " in done.err
    assert done.err.rstrip().endswith("; and 22 more") and "task 8" not in done.err
