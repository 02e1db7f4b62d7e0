"""Kills, full disks and interruptions at every single call that changes the disk."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.config import SeedbedError
from seedbed.store import Run, check_integrity, weights_hash
from seedbed.store.atomic import STAGED_NAME
from seedbed.store.manifest import MANIFEST

LAST_STEP = 4
CALLS = ("open", "write", "fsync", "replace", "unlink")


class Killed(BaseException):
    """Stands for SIGKILL: nothing that it passes may touch the disk any more."""


class Faults:
    """Counts the calls that change the disk and fails them from the `at`-th on, or only that one."""

    def __init__(self, monkeypatch, at, error, *, once=False):
        self.at, self.error, self.once, self.count = at, error, once, 0
        for name in CALLS:
            monkeypatch.setattr(os, name, self._failing(name, getattr(os, name)))

    def _failing(self, name, call):
        def failing(*arguments, **options):
            self.count += 1
            if self.count == self.at or (self.count > self.at and not self.once):
                if name == "write" and self.count == self.at:
                    call(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])  # half of it gets there
                raise self.error
            return call(*arguments, **options)

        return failing


def grow(folder, sample, done, number_of_members=3):
    """The whole life of a run, resumed from whatever `folder` holds. `done` collects what was acknowledged."""
    run = Run.create_or_open(folder, **sample.settings)
    try:
        run.add_members([sample.member_row(number) for number in range(number_of_members)])
        if run.manifest.status != "finished":
            run.set_status("running")
        for number, row in enumerate(run.members().rows(named=True)):
            if row["state"] not in ("finished", "diverged"):
                grow_member(run, number, row["member"], sample, done)
        run.compact()
        run.attach("report.html", "<p>n = 2</p>")
        run.set_status("finished")
        run.close()
    except Exception:
        with contextlib.suppress(SeedbedError):
            run.close()
        raise


def grow_member(run, number, member, sample, done):
    resumed = run.load_checkpoint(member)
    for step in range(resumed[0] + 1 if resumed else 1, LAST_STEP + 1):
        run.write_rows([sample.curve_row(member, step, exact=step / 4 + number)])
        if number == 2 and step == 3:
            run.diverge_member(member, step, "loss is not finite")
            done[member] = ("diverged", step)
            return
        if step % 2 == 1:
            run.flush()
        else:
            run.save_checkpoint(member, step, sample.weights_of(number, step), tokens=100 * step)
            done[member] = ("training", step)
    run.write_rows([sample.curve_row(member, LAST_STEP, test="every", exact=float(number))])
    run.flush()
    run.finish_member(member, LAST_STEP, sample.weights_of(number, LAST_STEP), sample.outcome_of(number))
    done[member] = ("finished", LAST_STEP)


def expect_sound(folder, sample, done):
    """What must hold of a run however its writer ended; `done`: member -> (state, step) that was acknowledged."""
    if not (folder / MANIFEST).exists():
        assert not done
        return
    assert check_integrity(folder) == []
    before = Run.open(folder, write=False)  # a reader needs no recovery
    before.members(), before.curves()
    with Run.open(folder, write=True) as run:
        assert not [path for path in folder.rglob("*") if STAGED_NAME.match(path.name)]
        rows = run.members().rows(named=True)
        steps = {name: sorted(set(frame["step"])) for (name,), frame in run.curves().group_by("member")}
        for number, row in enumerate(rows):
            member = row["member"]
            state, step = done.get(member, ("planned", 0))
            assert row["step"] >= step
            if state in ("finished", "diverged"):
                assert (row["state"], row["step"]) == (state, step)
            if row["state"] == "finished":
                assert weights_hash(run.weights(member)) == row["weights_sha256"]
                assert row["weights_sha256"] == weights_hash(sample.weights_of(number, LAST_STEP))
                np.testing.assert_array_equal(run.outcomes(member)["right"], sample.outcome_of(number)["right"])
            elif row["state"] == "training":
                step, tensors = run.load_checkpoint(member)
                assert row["step"] == step
                assert row["tokens"] == 100 * step
                assert weights_hash(tensors) == weights_hash(sample.weights_of(number, step))
            elif row["state"] == "planned":
                assert run.load_checkpoint(member) is None
            assert steps.get(member, []) == list(range(1, row["step"] + 1))
    assert check_integrity(folder) == []


def expect_grown(folder, sample, whole):
    """The run resumes to the same record as one that nobody disturbed."""
    done = {}
    grow(folder, sample, done)
    expect_sound(folder, sample, done)
    run = Run.open(folder, write=False)
    assert run.manifest.status == "finished"
    assert run.curves().equals(whole.curves())
    assert run.members().equals(whole.members())
    leftovers = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert leftovers == {*run.manifest.files, MANIFEST, ".lock"}


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """A kill loses nothing that the operating system holds, so waiting for the disk would only take time."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(scope="module")
def number_of_calls():
    """Filled by the undisturbed run: how many calls there are to fail."""
    return {}


@pytest.fixture
def whole(tmp_path, sample, number_of_calls):
    """A run that nobody disturbed."""
    with pytest.MonkeyPatch.context() as patch:
        faults = Faults(patch, at=10**9, error=Killed())
        grow(tmp_path / "whole", sample, {})
    number_of_calls["all"] = faults.count
    return Run.open(tmp_path / "whole", write=False)


def disturbed(folder, sample, at, error, *, once=False, done=None):
    """Grow in `folder` until the `at`-th call fails; returns what was acknowledged, and the error that came out."""
    done, caught = {} if done is None else done, None
    with pytest.MonkeyPatch.context() as patch:
        Faults(patch, at, error, once=once)
        try:
            grow(folder, sample, done)
        except (Killed, KeyboardInterrupt, SeedbedError) as out:
            caught = out.with_traceback(None)  # frames hold the lock, which a dead process would not
            caught.__context__ = caught.__cause__ = None
    return done, caught


@pytest.mark.parametrize("stride", [11, pytest.param(3, marks=pytest.mark.slow)])
def test_a_kill_at_any_call_leaves_a_run_that_resumes_to_the_same_record(
    tmp_path, sample, whole, number_of_calls, stride
):
    assert number_of_calls["all"] > 100
    for at in range(1, number_of_calls["all"] + 1, stride):
        folder = tmp_path / f"killed-{at}"
        done, caught = disturbed(folder, sample, at, Killed())
        assert isinstance(caught, Killed)
        expect_sound(folder, sample, done)
        if at % 4 == 0:
            expect_grown(folder, sample, whole)


def test_kills_during_recovery_too(tmp_path, sample, whole, number_of_calls):
    @given(st.lists(st.integers(1, number_of_calls["all"]), min_size=2, max_size=4))
    @settings(max_examples=15, deadline=None)
    def check(kills):
        with tempfile.TemporaryDirectory(dir=tmp_path) as place:
            folder, done = Path(place) / "run", {}
            for at in kills:
                done, _ = disturbed(folder, sample, at, Killed(), done=done)
            expect_sound(folder, sample, done)
            expect_grown(folder, sample, whole)

    check()


@pytest.mark.parametrize("stride", [29, pytest.param(7, marks=pytest.mark.slow)])
@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_refusing_disk_is_reported_and_loses_nothing(tmp_path, sample, whole, number_of_calls, code, once, stride):
    for at in range(1 + code % 3, number_of_calls["all"] + 1, stride):
        folder = tmp_path / f"full-{at}"
        done, caught = disturbed(folder, sample, at, OSError(code, os.strerror(code)), once=once)
        # Only a refused sync of a folder, or a rename that the next commit repeats, may pass unnoticed.
        assert caught is None or "cannot write" in str(caught)
        assert caught is not None or once or at > number_of_calls["all"] - 4
        expect_sound(folder, sample, done)
        if at % 3 == 0:
            expect_grown(folder, sample, whole)


def test_an_interruption_inside_a_commit_leaves_a_run_that_goes_on(tmp_path, sample):
    for at in range(1, 61):  # two checkpoints and what comes before them
        folder, member = tmp_path / f"interrupted-{at}", sample.fingerprint(7)
        with Run.create(folder, **sample.settings) as run, pytest.MonkeyPatch.context() as patch:
            run.add_members([sample.member_row(7)])
            Faults(patch, at, KeyboardInterrupt(), once=True)
            try:
                for step in range(1, 9):
                    run.write_rows([sample.curve_row(member, step)])
                    run.save_checkpoint(member, step, sample.weights_of(7, step), tokens=step)
            except KeyboardInterrupt:
                run.set_status("interrupted")
        run = Run.open(folder, write=True)
        assert run.manifest.status == "interrupted"
        step, _ = run.load_checkpoint(member) or (0, {})
        assert run.members()["step"].to_list() == [step]
        assert run.curves()["step"].to_list() == list(range(1, step + 1))
        run.close()
        assert check_integrity(folder) == []


GROW_FOR_EVER = """
import sys
import numpy as np
from seedbed.store import Run
folder, settings = sys.argv[1], {"experiment": "x", "config": {}, "versions": {}, "device": "cpu"}
run = Run.create_or_open(folder, **settings)
member = "0123456789abcdef"
run.add_members([{"member": member, "population": "p", "init_seed": 0, "data_seed": 0, "config": "{}"}])
start, tensors = run.load_checkpoint(member) or (0, {})
print("resumed", start, flush=True)
for step in range(start + 1, 10**9):
    row = {"member": member, "step": step, "task": "A->C", "test": "panel", "n": 1, "exact": 1.0}
    run.write_rows([row])
    if step % 3 == 0:
        run.save_checkpoint(member, step, {"w": np.full(1000, step)})
        print("saved", step, flush=True)
    else:
        run.flush()
"""


def test_a_killed_process_loses_nothing_that_it_had_acknowledged(tmp_path):
    folder, last = tmp_path / "run", 0
    for delay in (0.03, 0.11, 0.2):
        process = subprocess.Popen(
            [sys.executable, "-c", GROW_FOR_EVER, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert int(process.stdout.readline().split()[1]) >= last
        reader, end = Run.open(folder, write=False), time.monotonic() + delay
        while time.monotonic() < end:  # reading beside the writer shows whole states only
            steps = reader.curves()["step"].to_list()
            assert steps == list(range(1, len(steps) + 1))
            step, tensors = reader.load_checkpoint("0123456789abcdef") or (0, {})
            assert all((tensor == step).all() for tensor in tensors.values())
            assert check_integrity(folder) == []
        process.send_signal(signal.SIGKILL)
        said = process.communicate()[0].splitlines()
        last = max([last, *(int(line.split()[1]) for line in said if line.startswith("saved ") and line.split()[1:])])
        assert check_integrity(folder) == []
        with Run.open(folder, write=True) as run:
            step, tensors = run.load_checkpoint("0123456789abcdef") or (0, {})
            assert step >= last
            assert run.curves()["step"].to_list() == list(range(1, step + 1))
            assert not tensors or (tensors["w"] == step).all()
            last = step
