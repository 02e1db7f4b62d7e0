import errno
import os

import pytest

from seedbed.config import SeedbedError
from seedbed.store.atomic import STAGED_NAME, clear_staged, stage_file, write_file


def test_a_file_appears_whole_and_replaces_the_old_one(tmp_path):
    write_file(tmp_path / "sub" / "x.bin", b"old")
    write_file(tmp_path / "sub" / "x.bin", b"new")
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["x.bin"]
    assert (tmp_path / "sub" / "x.bin").read_bytes() == b"new"


def test_short_writes_are_continued(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data[:3])))
    write_file(tmp_path / "x.bin", b"0123456789")
    assert (tmp_path / "x.bin").read_bytes() == b"0123456789"


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EROFS, "Change its permissions or choose another folder"),
        (errno.EACCES, "Change its permissions or choose another folder"),
        (errno.EIO, "Check the disk"),
    ],
)
@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_refused_write_says_what_to_do_and_changes_nothing(tmp_path, monkeypatch, call, code, advice):
    write_file(tmp_path / "x.bin", b"old")

    def refuse(*_, **__):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(SeedbedError, match=advice) as caught:
            write_file(tmp_path / "x.bin", b"new")
    assert str(tmp_path / "x.bin") in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x.bin"]
    assert (tmp_path / "x.bin").read_bytes() == b"old"


def test_only_staged_files_are_cleared(tmp_path):
    for name in ("notes.txt", ".hidden", ".x.staged", "x.12345678.staged"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "sub").mkdir()
    staged = stage_file(tmp_path / "sub" / "x.bin", b"left over")
    assert STAGED_NAME.match(staged.name)
    clear_staged(tmp_path)
    assert not staged.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".hidden",
        ".x.staged",
        "notes.txt",
        "sub",
        "x.12345678.staged",
    ]
