"""Folders of runs: foreign, damaged, in use, interrupted, not the same when grown again."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import sys
from contextlib import suppress
from types import SimpleNamespace

from error_cases.harness import as_done, case, other_run, photos, refused, weights
from seedbed.cli.watch import PlainLines
from seedbed.store import Run, atomic, check_integrity, list_runs
from seedbed.training import pool

refused("no-run", "resume runs/nothing", "there is no run in runs/nothing")


@case("empty-folder", 2, "--folder is empty: name a folder, or omit the option to use runs/<experiment>")
def empty_folder(t):
    return t.seedbed("run", "tiny", "--folder", "")


@case("unknown-manifest-key", 2, "unknown setting of options 'seedz': did you mean 'seeds'")
def unknown_manifest_key(t):
    return t.seedbed("resume", other_run(config={"options": {"seedz": 2}}))


@case("no-options-in-manifest", 2, "holds no experiment options")
def no_options_in_manifest(t):
    return t.seedbed("resume", other_run(config={}))


@case("other-experiment", 2, "holds experiment 'triangle', not 'tiny'")
def other_experiment(t):
    return t.seedbed("run", "tiny", "--folder", other_run(experiment="triangle"))


@case("damaged-file", 1, "members.parquet: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}")
def damaged_file(t):
    (t.grown / "members.parquet").write_bytes(b"something else")
    return t.seedbed("resume", t.grown)


@case("damaged-manifest", 1, "manifest.json is damaged: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}")
def damaged_manifest(t):
    manifest = t.grown / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"finished"', '"running"'))
    return t.seedbed("resume", t.grown)


@case("newer-format", 1, "written in run format 99; this Seedbed reads format 1")
def newer_format(t):
    manifest = t.grown / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format_version": 99}))
    return t.seedbed("run", "tiny", "--folder", t.grown)


@case("foreign-folder", 2, "photos holds files but no manifest.json: it is not a Seedbed run")
def foreign_folder(t):
    folder = photos()
    said = [t.seedbed(command, folder) for command in ("resume", "report", "verify")]
    done = t.seedbed("run", "tiny", "--folder", folder)
    assert {(each.code, each.err) for each in said} == {(done.code, done.err)}
    for command in ("audit", "plan"):  # which read folders of other tools too
        told = t.seedbed(command, folder)
        assert told.code == 2 and "is not a run and holds no results*.json" in told.err
    return done


@case("foreign-manifest", 2, "photos/manifest.json is not the manifest of a Seedbed run. Choose another folder")
def foreign_manifest(t):
    folder = photos()
    (folder / "manifest.json").write_text('{"name": "my photos"}')
    said = t.seedbed("resume", folder)
    done = t.seedbed("run", "tiny", "--folder", folder)
    assert (said.code, said.err) == (done.code, done.err)
    return done


@case("lost-manifest", 1, "runs/tiny has lost its manifest.json: it holds the members.parquet of a Seedbed run")
def lost_manifest(t):
    (t.grown / "manifest.json").unlink()
    said = t.seedbed("resume", "runs/tiny")
    done = t.seedbed("run", "tiny")
    assert (said.code, said.err) == (done.code, done.err)
    return done


@case("unreadable-file", 1, "cannot read .*members.parquet: Is a directory. Check its permissions and the disk")
def unreadable_file(t):
    (t.grown / "members.parquet").unlink()
    (t.grown / "members.parquet").mkdir()
    return t.seedbed("report", t.grown)


@case("file-in-the-way", 1, "runs/tiny/page.html would be overwritten, and this run did not write it. Move it out")
def file_in_the_way(t):
    t.monkeypatch.setattr("seedbed.experiments.runner.REPORT", "page.html")
    (t.grown / "page.html").write_text("mine")
    return t.seedbed("report", t.grown)


@case("locked", 1, f"is being written by process {os.getpid()} on {re.escape(socket.gethostname())} since 20")
def locked(t):
    with Run.open(t.grown, write=True):
        return t.seedbed("run", "tiny", "--seeds", 3, "--folder", t.grown)


@case("list-damaged", 0, "tiny runs/tiny damaged 2 0 0 2 - .*runs/tiny is damaged: checkpoints/.*: no such file")
def list_damaged(t):
    next((t.grown / "checkpoints").iterdir()).unlink()
    return t.seedbed("list")


@case("disk-full", 1, "cannot write .*The disk is full. Free some space.*what was saved before is intact", changes=True)
def disk_full(t):
    write_all, left = t.refuse_writes(errno.ENOSPC, after=12)
    done = t.seedbed("run", "tiny", "--workers", 1, "--quiet")
    t.monkeypatch.setattr("seedbed.store.atomic._write_all", write_all)
    assert left == [0]
    assert check_integrity("runs/tiny") == []
    assert t.seedbed("resume", "runs/tiny", "--workers", 1, "--quiet").code == 0
    assert weights("runs/tiny") == weights(t.grown_once)
    return done


@case(
    "read-only",
    1,
    "cannot write .*There is no permission to write to the folder. Change its permissions or choose another",
    changes=True,
)
def read_only(t):
    write_all, _ = t.refuse_writes(errno.EROFS, after=0)
    done = t.seedbed("run", "tiny", "--seeds", 3, "--folder", t.grown)
    t.monkeypatch.setattr("seedbed.store.atomic._write_all", write_all)
    assert check_integrity(t.grown) == []
    return done


@case("dying-worker", 1, "the worker of member [0-9a-f]{16} died 3 times .*--workers 1", changes=True)
def dying_worker(t):
    t.monkeypatch.setattr(sys, "executable", shutil.which("false"))
    done = t.seedbed("run", "tiny", "--workers", 1, "--quiet")
    assert check_integrity("runs/tiny") == []
    return done


@case("interrupted", 130, "the state of every member is saved; continue with: seedbed resume runs/tiny", changes=True)
def interrupted(t):
    options = ["--training.steps", "1500", "--workers", "1"]
    done = t.process("run", "tiny", *options, INTERRUPT_AT="3")
    run = Run.open("runs/tiny", write=False)
    assert run.manifest.status == "interrupted"
    assert set(run.members()["state"]) & {"training", "planned"}
    assert check_integrity("runs/tiny") == []
    resumed = t.process("resume", "runs/tiny", "--quiet")
    assert resumed.returncode == 0, resumed.stderr
    assert t.process("run", "tiny", *options, "--quiet", "--folder", "runs/whole").returncode == 0
    assert weights("runs/tiny") == weights("runs/whole")
    return as_done(done)


@case("terminated", 130, "the state of every member is saved; continue with: seedbed resume runs/tiny", changes=True)
def terminated(t):
    done = t.process("run", "tiny", "--training.steps", "1500", TERMINATE_ALL_AT="3")
    begun = Run.open("runs/tiny", write=False).members().filter(state="training")
    assert begun.height and begun["step"].max() >= 3
    return as_done(done)


NOT_SAVED = (
    r"interrupted: the state of 0 of 1 members in training is saved, but not that of [0-9a-f]{16} \(at step \d+, "
)
GOES_ON = r".*; continue with: seedbed resume runs/tiny$"


@case(
    "interrupted-disk-full", 130, NOT_SAVED + r"will continue from step 0\): .*The disk is full" + GOES_ON, changes=True
)
def interrupted_disk_full(t):
    return interrupted_while(t, lambda: t.refuse_writes(errno.ENOSPC, after=0))


@case(
    "interrupted-worker-gone",
    130,
    NOT_SAVED + "will continue from step 0\\): its worker gave no answer" + GOES_ON,
    changes=True,
)
def interrupted_worker_gone(t):
    def kill_first(crew, sink, stop_all=pool._stop_all):
        for worker in crew:
            worker.process.kill()
            worker.process.wait()
            while worker.reports.poll():  # what it had sent is lost with it
                with suppress(EOFError):
                    worker.reports.recv_bytes()
                    continue
                break
        stop_all(crew, sink)

    return interrupted_while(t, lambda: t.monkeypatch.setattr(pool, "_stop_all", kill_first))


def interrupted_while(t, happens):
    """The run of one member that gets Ctrl-C in its first steps, while something else happens to it."""
    receive, write_all, sent = PlainLines.receive, atomic._write_all, []

    def receive_and_interrupt(self, event):
        receive(self, event)
        if not sent:
            sent.append(event)
            happens()
            os.kill(os.getpid(), signal.SIGINT)

    t.monkeypatch.setattr(PlainLines, "receive", receive_and_interrupt)
    done = t.seedbed("run", "tiny", "--seeds", 1, "--training.steps", 3000, "--workers", 1)
    t.monkeypatch.setattr(atomic, "_write_all", write_all)
    assert check_integrity("runs/tiny") == []
    assert list_runs("runs")["status"].to_list() == ["interrupted"]
    return SimpleNamespace(code=done.code, out=done.out, err=done.err.splitlines()[-1])


@case("verify-elsewhere", 2, "cannot be verified here: it was trained on .*this is Abacus.*nothing was trained")
def verify_elsewhere(t):
    t.monkeypatch.setattr("seedbed.experiments.verify.cpu_type", lambda: "Abacus 1")
    return t.seedbed("verify", t.grown)


@case("verify-damaged", 1, "report.html: expected SHA-256")
def verify_damaged(t):
    (t.grown / "report.html").write_text("edited")
    return t.seedbed("verify", t.grown)


@case("verify-differs", 1, "0 of 1 members regrew with the same weights")
def verify_differs(t):
    t.monkeypatch.setattr("seedbed.experiments.verify.weights_hash", lambda weights: "0" * 64)
    return t.seedbed("verify", t.grown, "--members", 1, "--workers", 1, "--quiet")


@case("verify-nothing", 2, "no finished member to compare with: continue with seedbed resume")
def verify_nothing(t):
    return t.seedbed("verify", other_run())


@case("verify-too-few", 2, "at least 1 member .*got 0 members")
def verify_too_few(t):
    return t.seedbed("verify", t.grown, "--members", 0)
