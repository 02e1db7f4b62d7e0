"""The kept tables that were once judged wrong, with what is right."""

import json
import os
from pathlib import Path

import pytest

TABLES = Path(os.environ.get("SEEDBED_CASES") or Path(__file__).parents[3] / "shared" / "cases") / "tables"
pytestmark = pytest.mark.skipif(not TABLES.is_dir(), reason="the kept tables are not at hand: SEEDBED_CASES names them")


def audited(seedbed, tmp_path, name, *words):
    done = seedbed("audit", TABLES / f"{name}.csv", *words, "--json", "--out", tmp_path / "audit")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    return found["tasks"][0], found


def test_short_seeds_decide_nothing(seedbed, tmp_path):
    task, _ = audited(seedbed, tmp_path, "short-seeds", "--chance", "0", "--items", "200")
    assert task["word"] == "too little data to say"
    assert any("not judged" in caveat for caveat in task["caveats"])


def test_ragged_ends_have_an_answer(seedbed, tmp_path):
    task, found = audited(seedbed, tmp_path, "ragged-ends", "--chance", "0", "--items", "200", "--persistence", "1")
    assert task["word"] == "emerges" and not any(each["failed"] for each in found["tasks"])


def test_inverse_scaling_is_called_so_and_no_one_is_told_to_turn_it_around(seedbed, tmp_path):
    task, found = audited(seedbed, tmp_path, "inverse", "--scale", "params", "--chance", "0.5", "--items", "500")
    assert task["verdict"].startswith("gets worse with scale, from 7")
    assert not any("falling" in said for said in found["warnings"])


@pytest.mark.parametrize("items", [(), ("--items", "200")], ids=["items unknown", "200 items"])
def test_a_proportional_rise_does_not_emerge(seedbed, tmp_path, items):
    task, _ = audited(seedbed, tmp_path, "straight-line", "--chance", "0", *items)
    assert task["word"] == "improves smoothly"


@pytest.mark.parametrize("items", [(), ("--items", "200")], ids=["items unknown", "200 items"])
def test_dense_curves_emerge_where_they_jump(seedbed, tmp_path, items):
    task, _ = audited(seedbed, tmp_path, "dense-log", "--chance", "0", *items)
    assert task["word"] == "emerges"
    assert task["emerges_at"]["value"] == pytest.approx(4000, rel=0.03)
    assert task["emerges_at"]["low"] <= 4000 <= task["emerges_at"]["high"]
