"""Tables in every notation get the answer of the plain table: small ones written here, and the kept cases beside us."""

import json
import os
from pathlib import Path

import polars as pl
import pytest

CASES = Path(os.environ.get("SEEDBED_CASES") or Path(__file__).parents[3] / "shared" / "cases") / "tables"
STEPS = [2**power for power in range(9)] + [
    1000 * size for size in (1, 3, 13, 23, 33, 43, 53, 63, 73, 83, 93, 103, 143)
]
SCORES = [0.0] * 10 + [0.263, 0.416, 0.432, 0.441, 0.462, 0.457, 0.483, 0.477, 0.51, 0.5, 0.502, 0.516]
PLAIN = pl.DataFrame({"step": STEPS, "score": SCORES})

WRITTEN = {
    "stepname": "\n".join(["step,score", *(f"step{step},{score}" for step, score in PLAIN.rows())]),
    "checkpoint": "\n".join(["step,score", *(f"checkpoint-{step},{score}" for step, score in PLAIN.rows())]),
    "thousands": "\n".join(["step,score", *(f'"{step:,}",{score}' for step, score in PLAIN.rows())]),
    "underscores": "\n".join(["step,score", *(f"{step:_},{score}" for step, score in PLAIN.rows())]),
    "letters": "\n".join(["step,score", *(f"{step / 1000:.3f}k,{score}" for step, score in PLAIN.rows())]),
    "scientific": "\n".join(["step,score", *(f"{step:.3e},{score}" for step, score in PLAIN.rows())]),
    "percentsign": "\n".join(["step,score", *(f"{step},{100 * score:.1f}%" for step, score in PLAIN.rows())]),
    "pm": "\n".join(["step,score", *(f"{step},{score:.3f} ± 0.006" for step, score in PLAIN.rows())]),
    "brackets": "\n".join(["step,score", *(f"{step},{score:.3f} (0.006)" for step, score in PLAIN.rows())]),
    "semicolons": "\n".join(["step;score", *(f"{step:,};{score}" for step, score in PLAIN.rows())])
    .replace(".", "#")
    .replace(",", ".")
    .replace("#", ","),
    "tabs": "\n".join(["step\tscore", *(f"{step}\t{score}" for step, score in PLAIN.rows())]),
    "dash": "\n".join(["step,score", "2,-", "5,N/A", "7,–", *(f"{step},{score}" for step, score in PLAIN.rows())]),
}


def answer(seedbed, path, *words):
    done = seedbed("audit", path, *words, "--chance", "0", "--items", "5153", "--json", "--out", path.stem + "-audit")
    assert done.code == 0, done.err
    return json.loads(done.out)


def numbers(answer):
    """Of a verdict, what must not depend on the notation."""
    (task,) = answer["tasks"]
    return [task[name] for name in ("verdict", "word", "onset", "points", "seeds", "items", "success", "width_decades")]


@pytest.fixture(scope="module")
def plain_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "plain.csv"
    PLAIN.write_csv(path)
    return path


@pytest.mark.parametrize("notation", WRITTEN)
def test_a_notation_changes_no_answer(seedbed, tmp_path, plain_path, notation):
    path = tmp_path / f"{notation}.csv"
    path.write_text(WRITTEN[notation], encoding="utf-8")
    found = answer(seedbed, path)
    assert numbers(found) == numbers(answer(seedbed, plain_path))
    assert all(f" as {role}: numbers" in " ".join(found["read"]) for role in ("scale", "score"))


@pytest.mark.parametrize("name", ["stepname", "percentsign", "thousands", "pm", "dash", "params", "dup"])
def test_a_kept_case_gets_the_answer_of_the_plain_table(seedbed, tmp_path, name):
    if not CASES.is_dir():
        pytest.skip("needs the kept cases in shared/cases beside the repository")
    words = ("--scale", "params") if name == "params" else ("--duplicates", "last") if name == "dup" else ()
    found = numbers(answer(seedbed, CASES / f"{name}.csv", *words))
    if name == "params":
        rows = {"70M": 70e6, "160M": 160e6, "410M": 410e6, "1B": 1e9, "1.4B": 1.4e9, "2.8B": 2.8e9, "6.9B": 6.9e9}
        table = pl.read_csv(CASES / "params.csv")
        table = table.with_columns(pl.col("params").replace({k: f"{v:.0f}" for k, v in (rows | {"12B": 12e9}).items()}))
    else:
        table = pl.read_csv(CASES / "stepname.csv").with_columns(pl.col("step").str.strip_prefix("step"))
    if name == "dash":
        gone = pl.read_csv(CASES / "dash.csv")["score"] == "-"
        table = table.filter(~gone)
    if name == "dup":
        table = table.with_columns(
            pl.when(pl.col("step") == "143000").then(0.5192041529206287).otherwise("score").alias("score")
        )
    table.write_csv(tmp_path / "plain-case.csv")
    plain = numbers(answer(seedbed, tmp_path / "plain-case.csv", *words[:2] * (name == "params")))
    if name in ("percentsign", "pm"):
        assert found[:6] == plain[:6]  # these are rounded to three digits
    else:
        assert found == plain


def test_a_checkpoint_given_twice_is_named_and_the_option_decides(seedbed, tmp_path):
    twice = pl.concat([PLAIN, pl.DataFrame({"step": [143_000], "score": [0.526]})])
    twice.write_csv(tmp_path / "dup.csv")
    refused = seedbed("audit", tmp_path / "dup.csv", "--chance", "0")
    assert (
        refused.code == 2 and "step 143000 (rows 22, 23)" in refused.err and "--duplicates mean, or last" in refused.err
    )
    for word, score in (("mean", 0.521), ("last", 0.526)):
        read = answer(seedbed, tmp_path / "dup.csv", "--duplicates", word, "--threshold", f"{score}")
        assert read["tasks"][0]["success"]["value"] == 1
        over = answer(seedbed, tmp_path / "dup.csv", "--duplicates", word, "--threshold", f"{score + 0.001}")
        assert over["tasks"][0]["success"]["value"] == 0
    assert any("the last row of each is taken" in warning for warning in over["warnings"])
    assert "expected refuse, mean, last" in seedbed("audit", tmp_path / "dup.csv", "--duplicates", "first").err


def test_losses_are_told_as_losses_and_not_turned_around(seedbed, tmp_path):
    rows = [
        (seed, step, 5 / step**0.1 + seed / 10, min(1, step / 900)) for seed in range(3) for step in (1, 10, 100, 1000)
    ]
    pl.DataFrame(rows, schema=["seed", "step", "eval_loss", "acc"], orient="row").write_csv(tmp_path / "log.csv")
    done = seedbed("audit", tmp_path / "log.csv", "--score", "eval_loss")
    assert done.code == 0, done.err
    assert done.out.startswith(
        "all: too little data to say (lower is better): eval_loss 5.1 at step 1, 2.606 at 1,000, seeds 2.506 to 2.706"
    )
    assert "chance" not in done.out and "1 - " not in done.out
    kept = json.loads(seedbed("audit", tmp_path / "log.csv", "--score", "eval_loss", "--json").out)
    assert kept["tasks"] == [] and kept["lower_is_better"][0]["seeds"] == 3
    assert pl.read_csv(tmp_path / "log-audit" / "verdicts.csv")["verdict"][0].endswith("(lower is better)")
    acc = seedbed("audit", tmp_path / "log.csv", "--score", "acc", "--lower-is-better", "yes")
    assert "(lower is better): acc 0.001111" in acc.out
    refused = seedbed("audit", tmp_path / "log.csv", "--score", "eval_loss", "--lower-is-better", "no")
    assert refused.code == 2 and "expected a score in [0, 1]" in refused.err
