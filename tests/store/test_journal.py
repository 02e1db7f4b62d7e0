import errno
import os
from pathlib import Path

import pytest

from seedbed.config import SeedbedError
from seedbed.store import Run, check_integrity, weights_hash
from seedbed.store.atomic import STAGED_NAME
from seedbed.store.manifest import MANIFEST, load_manifest


def refusing_to_rename(monkeypatch, applies):
    replace = os.replace

    def refuse(source, target):
        if applies(Path(target).name):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)


def test_a_commit_whose_manifest_is_refused_changes_and_leaves_nothing(a_run, sample, monkeypatch):
    with Run.open(a_run, write=True) as run:
        before = {path: path.read_bytes() for path in a_run.rglob("*") if path.is_file()}
        with monkeypatch.context() as patch:
            refusing_to_rename(patch, lambda name: name == MANIFEST)
            with pytest.raises(SeedbedError, match="Free some space"):
                run.finish_member(sample.fingerprint(1), 4, sample.weights_of(1, 4), {})
        assert {path: path.read_bytes() for path in a_run.rglob("*") if path.is_file()} == before
        assert run.load_checkpoint(sample.fingerprint(1))[0] == 2
        run.finish_member(sample.fingerprint(1), 4, sample.weights_of(1, 4), {})
    assert check_integrity(a_run) == []


def test_a_commit_stands_once_its_manifest_does_even_if_no_content_can_be_renamed(a_run, sample, monkeypatch):
    member, expected = sample.fingerprint(1), weights_hash(sample.weights_of(1, 4))
    run, reader = Run.open(a_run, write=True), Run.open(a_run, write=False)
    with monkeypatch.context() as patch:
        refusing_to_rename(patch, lambda name: name != MANIFEST)
        assert run.finish_member(member, 4, sample.weights_of(1, 4), {}) == expected
        for reading in (run, reader):
            assert reading.members()["state"].to_list() == ["finished", "finished", "diverged", "planned"]
            assert weights_hash(reading.weights(member)) == expected
        assert check_integrity(a_run) == []
        with pytest.raises(SeedbedError, match="cannot write"):
            run.set_status("finished")
    run.set_status("finished")
    run.close()
    assert not [path for path in a_run.rglob("*") if STAGED_NAME.match(path.name)]
    assert not load_manifest(a_run).moves
    assert weights_hash(reader.weights(member)) == expected


def test_an_unchanged_content_is_not_written_again(a_run):
    with Run.open(a_run, write=True) as run:
        before = (a_run / "report.html").stat().st_ino
        run.attach("report.html", run.read("report.html"))
        assert (a_run / "report.html").stat().st_ino == before
