import shutil

import pytest

from seedbed.config import DamagedRunError, UsageError
from seedbed.store import Run, check_integrity
from seedbed.store.manifest import load_manifest


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def spoil(path, how):
    data = path.read_bytes()
    if how == "deleted":
        path.unlink()
    elif how == "cut short":
        path.write_bytes(data[: len(data) // 2])
    elif how == "a bit flipped":
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    else:
        path.write_bytes(b"something else")


def test_a_sound_run_has_no_problems_and_files_of_others_are_left_alone(a_run):
    (a_run / "notes.txt").write_text("mine")
    assert check_integrity(a_run) == []
    Run.open(a_run, write=True).close()
    assert check_integrity(a_run) == []
    assert (a_run / "notes.txt").read_text() == "mine"
    assert "notes.txt" not in load_manifest(a_run).files


@pytest.mark.parametrize("how", ["deleted", "cut short", "a bit flipped", "replaced"])
def test_each_damaged_file_is_refused_by_name_and_nothing_is_overwritten(tmp_path, a_run, how):
    files = load_manifest(a_run).files
    assert {name.partition("/")[0] for name in files} == {
        *("members.parquet", "curves", "checkpoints", "outcomes", "report.html")
    }
    for name, expected in files.items():
        if (name, how) == ("report.html", "deleted"):
            continue  # a report can be made anew
        folder = tmp_path / "copy"
        shutil.copytree(a_run, folder)
        spoil(folder / name, how)
        before = contents(folder)
        (problem,) = check_integrity(folder)
        assert (problem.name, problem.expected) == (name, expected)
        assert problem.found != expected
        with pytest.raises(DamagedRunError, match=f"{name}: expected SHA-256 {expected}, found {problem.found}"):
            Run.open(folder, write=True)
        with pytest.raises(DamagedRunError, match=name):
            Run.open(folder, write=False).read(name)
        assert contents(folder) == before
        shutil.rmtree(folder)


def test_a_report_that_is_gone_is_named_but_the_run_opens_and_takes_a_new_one(a_run):
    (a_run / "report.html").unlink()
    assert [problem.name for problem in check_integrity(a_run)] == ["report.html"]
    with Run.open(a_run, write=True) as run:
        run.attach("report.html", "anew")
    assert (a_run / "report.html").read_text() == "anew" and check_integrity(a_run) == []


def test_several_damaged_files_are_counted(a_run):
    (a_run / "members.parquet").unlink()
    next((a_run / "curves").iterdir()).unlink()
    assert [problem.found for problem in check_integrity(a_run)] == ["no such file", "no such file"]
    with pytest.raises(DamagedRunError, match="1 more files"):
        Run.open(a_run, write=True)


def test_damage_elsewhere_does_not_stop_a_reader(a_run):
    (a_run / "report.html").write_text("edited")
    run = Run.open(a_run, write=False)
    assert run.members().height == 4
    assert run.curves().height == 10


def test_a_foreign_folder_is_refused_and_untouched(tmp_path, sample):
    (tmp_path / "thesis.tex").write_text("mine")
    for attempt in (
        lambda: Run.create(tmp_path, **sample.settings),
        lambda: Run.create_or_open(tmp_path, **sample.settings),
        lambda: Run.open(tmp_path, write=True),
        lambda: Run.open(tmp_path, write=False),
        lambda: check_integrity(tmp_path),
    ):
        with pytest.raises(UsageError, match="Choose another folder"):
            attempt()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(UsageError, match="no run in"):
        check_integrity(tmp_path / "absent")


def test_a_file_that_the_run_did_not_write_is_not_overwritten(a_run, sample):
    (a_run / "claims.json").write_text("mine")
    with Run.open(a_run, write=True) as run:
        with pytest.raises(DamagedRunError, match=r"claims\.json would be overwritten"):
            run.attach("claims.json", "{}")
        run.attach("report.html", "<p>n = 2</p>")
    assert (a_run / "claims.json").read_text() == "mine"
    assert Run.open(a_run, write=False).read("report.html") == b"<p>n = 2</p>"
