import numpy as np
import pytest

import seedbed.store.run as run_module
from seedbed.config import DamagedRunError, SeedbedError, UsageError
from seedbed.store import CURVE_SCHEMA, Run, check_integrity, weights_hash
from seedbed.store.manifest import FORMAT_VERSION, MANIFEST


def test_a_run_comes_back_as_it_was_written(a_run, sample):
    run = Run.open(a_run, write=False)
    assert run.manifest.config == {"width": 64}
    assert run.manifest.status == "running"
    members = run.members()
    assert members["state"].to_list() == ["finished", "training", "diverged", "planned"]
    assert members["step"].to_list() == [4, 2, 3, 0]
    assert members["hints"].to_list() == [0, 1, 2, 3]
    assert members["tokens"].to_list() == [200, 200, 200, None]
    assert members["reason"].to_list() == [None, None, "loss is not finite", None]
    assert members["weights_sha256"][0] == weights_hash(run.weights(sample.fingerprint(0)))
    assert run.curves().columns == list(CURVE_SCHEMA)
    assert run.curves().group_by("member").len().sort("len")["len"].to_list() == [3, 3, 4]
    for name, expected in sample.outcome_of(0).items():
        np.testing.assert_array_equal(run.outcomes(sample.fingerprint(0))[name], expected)
    step, tensors = run.load_checkpoint(sample.fingerprint(1))
    assert step == 2
    assert weights_hash(tensors) == weights_hash(sample.weights_of(1, 2))
    assert run.load_checkpoint(sample.fingerprint(3)) is None
    assert run.read("report.html") == b"<p>n = 1</p>"


def test_what_is_not_there_is_said(a_run, sample):
    run = Run.open(a_run, write=False)
    for member, state in ((0, "finished"), (2, "diverged")):
        with pytest.raises(UsageError, match=f"ended .{state}. and does not resume"):
            run.load_checkpoint(sample.fingerprint(member))
    for member, state in ((1, "training"), (2, "diverged"), (3, "planned")):
        with pytest.raises(UsageError, match=f"no final weights: its state is '{state}'"):
            run.weights(sample.fingerprint(member))
        with pytest.raises(UsageError, match=f"no outcomes: its state is '{state}'"):
            run.outcomes(sample.fingerprint(member))
    with pytest.raises(UsageError, match="no member"):
        run.weights("0" * 16)
    with pytest.raises(UsageError, match=r"did you mean 'report\.html'"):
        run.read("raport.html")
    with pytest.raises(UsageError, match="write=True"):
        run.set_status("finished")


def test_more_seeds_join_the_finished_ones(a_run, sample):
    settings = {**sample.settings, "versions": {"python": "3.12"}}
    with Run.create_or_open(a_run, **settings) as run:
        run.add_members([sample.member_row(number, hints=9) for number in range(6)])
        assert run.members()["state"].to_list() == ["finished", "training", "diverged", "planned", "planned", "planned"]
        assert run.members()["hints"].to_list() == [0, 1, 2, 3, 9, 9]
        assert run.manifest.versions == {"python": "3.12"}
    with pytest.raises(UsageError, match="holds experiment 'triangle', not 'hints'"):
        Run.create_or_open(a_run, **{**settings, "experiment": "hints"})
    with pytest.raises(UsageError, match="holds a run already"):
        Run.create(a_run, **settings)
    Run.open(a_run, write=True).close()


def test_reopening_drops_the_rows_that_no_checkpoint_stands_on(a_run, sample):
    training, planned = sample.fingerprint(1), sample.fingerprint(3)
    before = Run.open(a_run, write=False).curves()
    with Run.open(a_run, write=True) as run:
        run.write_rows([sample.curve_row(training, step) for step in (2, 3, 4)])
        run.write_rows([sample.curve_row(planned, 1)])
        run.update_member(planned, tokens=50)
        assert run.members()["state"].to_list() == ["finished", "training", "diverged", "training"]
        assert run.curves().height == before.height + 3
    assert Run.open(a_run, write=False).curves().height == before.height + 3
    with Run.open(a_run, write=True) as run:
        assert run.curves().select("member", "step").equals(before.select("member", "step"))
        assert run.members()["state"].to_list() == ["finished", "training", "diverged", "planned"]
        assert run.members()["tokens"][3] is None
    assert check_integrity(a_run) == []


def test_a_member_that_has_ended_takes_no_more_weights(a_run, sample):
    with Run.open(a_run, write=True) as run:
        for number in (0, 2):
            member = sample.fingerprint(number)
            for attempt in (
                lambda member=member: run.save_checkpoint(member, 5, {}),
                lambda member=member: run.finish_member(member, 5, {}, {}),
                lambda member=member: run.diverge_member(member, 5, "again"),
            ):
                with pytest.raises(UsageError, match="has ended"):
                    attempt()
        with pytest.raises(UsageError, match="too late"):
            run.save_checkpoint(sample.fingerprint(1), 1, {})
        with pytest.raises(UsageError, match="counts from 0"):
            run.save_checkpoint(sample.fingerprint(3), -1, {})
        with pytest.raises(UsageError, match="'step' is set by"):
            run.update_member(sample.fingerprint(1), step=7)
        run.write_rows([sample.curve_row(sample.fingerprint(0), 4, test="paper", exact=0.6)])
    with Run.open(a_run, write=True) as run:
        assert "paper" in run.curves()["test"].to_list()  # a later test of a finished member stays


def test_a_bad_batch_leaves_nothing_behind(a_run, sample):
    with Run.open(a_run, write=True) as run:
        before = run.curves()
        with pytest.raises(UsageError, match="'exact'"):
            run.write_rows(
                [sample.curve_row(sample.fingerprint(1), 3), sample.curve_row(sample.fingerprint(1), 3, exakt=1)]
            )
        with pytest.raises(UsageError, match="tensor 'w'"):
            run.save_checkpoint(sample.fingerprint(1), 3, {"w": np.array(["text"])})
        assert run.curves().equals(before)
        with pytest.raises(UsageError, match="one of created"):
            run.set_status("done")


def test_parts_are_merged_at_the_end_and_on_the_way(a_run, sample, monkeypatch):
    monkeypatch.setattr(run_module, "MAX_PARTS", 6)
    member = sample.fingerprint(1)
    with Run.open(a_run, write=True) as run:
        for step in range(3, 13):
            run.write_rows([sample.curve_row(member, step, exact=step / 16)])
            run.flush()
            assert len(run.manifest.names("curves")) <= 6
        run.save_checkpoint(member, 12, sample.weights_of(1))
        before = run.curves()
        run.compact()
        assert run.manifest.names("curves") == ["curves/curves.parquet"]
        assert run.curves().equals(before)
    assert [path.name for path in (a_run / "curves").iterdir()] == ["curves.parquet"]
    with Run.open(a_run, write=True) as run:
        assert run.curves().equals(before)
        run.write_rows([sample.curve_row(member, 12, exact=0.0)])
        run.flush()
        assert run.curves().filter(member=member, step=12)["exact"].to_list() == [0.0]


def test_a_reader_sees_every_commit_of_a_writer_and_never_half_of_one(a_run, sample):
    reader, member = Run.open(a_run, write=False), sample.fingerprint(1)
    with Run.open(a_run, write=True) as run:
        run.write_rows([sample.curve_row(member, 3)])
        assert reader.curves().height == 10
        run.save_checkpoint(member, 3, sample.weights_of(1, 3))
        assert reader.curves().height == 11
        assert reader.load_checkpoint(member)[0] == 3
        run.compact()
        assert reader.curves().height == 11
        run.finish_member(member, 4, sample.weights_of(1, 4), {})
        assert reader.members()["state"].to_list() == ["finished", "finished", "diverged", "planned"]
        assert weights_hash(reader.weights(member)) == weights_hash(sample.weights_of(1, 4))


@pytest.mark.parametrize("name", ["", "/etc/x", "../x", "a//b", ".lock", "a/.b", "manifest.json", "curves/x", "a\\b"])
def test_a_name_that_leaves_the_folder_or_is_the_stores_is_refused(a_run, name):
    with Run.open(a_run, write=True) as run, pytest.raises(UsageError, match="cannot attach"):
        run.attach(name, b"")


def test_attached_files_may_lie_in_folders_and_be_replaced(a_run):
    with Run.open(a_run, write=True) as run:
        run.attach("figures/onset.svg", "<svg/>")
        run.attach("figures/onset.svg", b"<svg></svg>")
        assert run.read("figures/onset.svg") == b"<svg></svg>"


def test_an_error_in_the_block_is_not_hidden_and_rows_are_kept(tmp_path, sample):
    with pytest.raises(ZeroDivisionError), Run.create(tmp_path / "r", **sample.settings) as run:
        run.add_members([sample.member_row(1)])
        run.write_rows([sample.curve_row(sample.fingerprint(1), 1)])
        raise ZeroDivisionError
    run.close()
    assert Run.open(tmp_path / "r", write=False).curves().height == 1


def test_a_run_of_a_newer_format_is_refused(a_run, sample):
    text = (a_run / MANIFEST).read_text().replace('"format_version": 1', '"format_version": 2')
    (a_run / MANIFEST).write_text(text)
    for attempt in (lambda: Run.open(a_run, write=True), lambda: Run.create_or_open(a_run, **sample.settings)):
        with pytest.raises(SeedbedError, match=f"format 2; this Seedbed reads format {FORMAT_VERSION}") as caught:
            attempt()
        assert not isinstance(caught.value, DamagedRunError)


def test_settings_that_are_no_plain_data_start_no_run(tmp_path, sample):
    with pytest.raises(UsageError, match="config of a run must be plain data"):
        Run.create(tmp_path / "r", **{**sample.settings, "config": {"rate": float("inf")}})
    assert not (tmp_path / "r").exists()
