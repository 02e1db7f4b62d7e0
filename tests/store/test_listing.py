import re

import pytest

from seedbed.store import LISTING_SCHEMA, Run, list_runs
from seedbed.store.checkpoints import Label, pack_tensors


def test_runs_are_listed_with_their_progress(tmp_path, a_run, sample):
    with Run.create(tmp_path / "deep" / "er", **{**sample.settings, "experiment": "hints"}) as run:
        run.set_status("running")
        rows = list_runs(tmp_path).rows(named=True)
    assert [row["folder"] for row in rows] == [str(a_run), str(tmp_path / "deep" / "er")]
    assert [row["experiment"] for row in rows] == ["triangle", "hints"]
    assert [(row["finished"], row["diverged"], row["members"]) for row in rows] == [(1, 1, 4), (0, 0, 0)]
    assert [(row["under_way"], row["from_step"], row["to_step"]) for row in rows] == [(1, 2, 2), (0, None, None)]
    # The first run ended without saying so: nobody writes it any more.
    assert [row["status"] for row in rows] == ["interrupted", "running"]


def test_damage_is_shown_and_stops_no_listing(tmp_path, a_run):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    (a_run / "members.parquet").write_bytes(b"")
    listed = list_runs(tmp_path)
    assert listed["status"].to_list() == ["damaged", "damaged"]
    assert "members.parquet: expected SHA-256" in listed["problem"][0]
    assert "manifest.json is damaged" in listed["problem"][1]


def test_how_far_the_members_under_way_are(tmp_path, sample):
    with Run.create(tmp_path / "run", **sample.settings) as run:
        run.add_members([sample.member_row(number, steps=9) for number in range(4)])
        for number, step in ((0, 5), (1, 3)):
            run.save_checkpoint(sample.fingerprint(number), step, sample.weights_of(number))
        run.write_rows([sample.curve_row(sample.fingerprint(2), 1, exact=0.0)])  # begun, and nothing saved
    (row,) = list_runs(tmp_path).to_dicts()
    assert (row["under_way"], row["from_step"], row["to_step"], row["steps"]) == (2, 3, 5, 9)


def _cut(path, sample):
    path.write_bytes(path.read_bytes()[:-1])


def _other_step(path, sample):
    path.write_bytes(pack_tensors(sample.weights_of(1, 2), Label("state", 1)))


def _weights(path, sample):
    path.write_bytes(pack_tensors(sample.weights_of(1, 2), Label("weights", 2)))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path, sample: path.unlink(), "no such file"),
        (lambda path, sample: path.write_bytes(b""), "0 bytes whose header cannot be read"),
        (lambda path, sample: path.write_bytes(b"no checkpoint at all"), "20 bytes whose header cannot be read"),
        (_cut, r"\d+ bytes, expected \d+"),
        (_other_step, "holds state of step 1, expected state of step 2"),
        (_weights, "holds weights of step 2, expected state of step 2"),
    ],
)
def test_a_damaged_checkpoint_is_found_without_hashing_it(tmp_path, a_run, sample, spoil, said):
    name = f"checkpoints/{sample.fingerprint(1)}.safetensors"
    spoil(a_run / name, sample)
    (row,) = list_runs(tmp_path).to_dicts()
    assert row["status"] == "damaged"
    assert re.fullmatch(f"{name}: {said}", row["problem"])
    assert (row["finished"], row["under_way"]) == (1, 1)  # what the record says of them


def test_a_table_cut_short_is_damage_and_a_report_that_is_gone_is_none(tmp_path, a_run):
    (a_run / "report.html").unlink()
    assert list_runs(tmp_path)["problem"].to_list() == [None]
    part = next((a_run / "curves").iterdir())
    part.write_bytes(part.read_bytes()[:-2])
    assert "bytes that are no whole table" in list_runs(tmp_path)["problem"][0]


def test_the_manifest_of_another_tool_is_no_run(tmp_path, a_run):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "manifest.json").write_text('{"name": "a web page"}')
    assert list_runs(tmp_path)["folder"].to_list() == [str(a_run)]


def test_no_folder_holds_no_runs(tmp_path):
    assert list_runs(tmp_path / "absent").is_empty()
    assert list(list_runs(tmp_path).columns) == list(LISTING_SCHEMA)
    assert list_runs(tmp_path).is_empty()
