"""Every row of docs/errors.md, exercised: its exit code, its message, and that nothing was written that must not be."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.numpy

from seedbed.cli.watch import PlainLines
from seedbed.interop import Checkpoint, Header, Llama2cTokenizer, checkpoint_bytes, tokenizer_bytes
from seedbed.store import Run, atomic, check_integrity, list_runs
from seedbed.training import pool

DOC = Path(__file__).parents[2] / "docs" / "errors.md"
ROW = re.compile(r"^\| `(?P<id>[a-z0-9-]+)` \| (?P<input>.+) \| (?P<rule>.+) \| (?P<code>\d+) \|$", re.MULTILINE)
TINY = Path(__file__).with_name("tiny_experiment.py")


@dataclass(frozen=True)
class Case:
    """One row: what is done, the exit code and the message. changes: whether files may change."""

    act: Callable
    code: int
    message: str
    changes: bool = False


CASES: dict[str, Case] = {}


def case(name: str, code: int, message: str, *, changes: bool = False):
    def keep(act):
        CASES[name] = Case(act, code, message, changes)
        return act

    return keep


def refused(name: str, words: str, message: str, code: int = 2) -> None:
    """A case that is a command line and nothing else."""
    CASES[name] = Case(lambda t: t.seedbed(*words.split()), code, message)


refused("unknown-command", "runn tiny", "unknown command 'runn': did you mean 'run'")
refused("no-command", "", "usage: seedbed COMMAND")
refused("unknown-experiment", "run triangel", "unknown experiment 'triangel': did you mean 'triangle'")
refused("no-experiment", "run", "which experiment\\? .*tiny")
refused("unknown-option", "run tiny --model.widht 8", "unknown option --model.widht .*did you mean --model.width")
refused("missing-value", "run tiny --seeds", "--seeds needs a value")
refused("given-twice", "run tiny --seeds 1 --seeds 2", "--seeds is given twice, by `--seeds 1` and by `--seeds 2`")
refused("wrong-type", "run tiny --training.steps many", "--training.steps must be a whole number, got 'many'")
refused("wrong-choice", "run tiny --training.windows fixd", " --training.windows 'fixd': did you mean 'fixed'")
refused("unknown-language", "run tiny --world.tasks A->X", "unknown language 'X' in task 'A->X': Known: A, B")
refused("extra-argument", "run tiny 3", "takes no argument '3'")
refused("missing-argument", "verify", "seedbed verify needs RUN")
refused("too-long-sentence", "run tiny --world.length 6", "6 distinct words needs at least 6 .*got 5")
refused("too-few-symbols", "run tiny --world.alphabet abcdef", "6")
refused("no-path", "run tiny --world.dictionaries", "'A->B' cannot be composed: no path of dictionaries joins A and B")
refused("too-many-distinct", "run tiny --examples 21 --draw distinct", "21 distinct examples of A->B .*20 exist")
refused("shots-beyond-context", "run tiny --evaluation.shots 4", "4 shots .* are \\d+ tokens, the context is 24")
refused("coverage-impossible", "run tiny --evaluation.coverage 3", "coverage.*3")
refused("heads-do-not-divide", "run tiny --model.heads 3", "3 heads do not divide a width of 8; try 2")
refused("needs-experts", "run tiny --model.experts.number 8", "model.experts needs the channels experts, got mlp")
refused("groups-do-not-divide", "run tiny --model.key-value-heads 4", "4 do not divide 2; try 2")
refused("needs-attention", "run tiny --model.mixer linear --model.prefix 3", "model.prefix needs the mixer attention")
refused("odd-rotation", "run tiny --model.width 6 --model.positions rotary", "must be even, got 6 over 2")
refused(
    "one-wavelength",
    "run tiny --model.width 4 --model.positions rotary --model.rotary.scaling ntk --model.rotary.factor 2",
    "must be at least 4, got 4 over 2; take linear",
)
refused("prefix-of-all", "run tiny --model.prefix 24", "leave a token of the context of 24 to predict, got 24")
refused("tied-spare", "run tiny --model.tied --model.spare-classes 1", "a tied head has no spare classes.*got 1")
refused("experts-used", "run tiny --model.experts.used 5", "must lie in 1..4, the number of experts, got 5")
refused("out-of-range", "run tiny --training.batch 0", "training.batch must be at least 1, got 0")
refused("no-seeds", "run tiny --seeds 0", "at least 1 seed.*got 0")
refused("no-workers", "run tiny --workers 0", "workers must be at least 1, got 0")
refused("too-many-seeds", "run tiny --seeds 1000000", "at most 100,000 seeds.*got 1000000 from 0")
refused("seeds-beyond-32-bits", "run tiny --first-seed 4294967295", "the last below 2\\^32; got 2 from 4294967295")
refused(
    "too-many-steps", "run tiny --training.steps 99999999", "training.steps may be at most 10,000,000, got 99,999,999"
)
refused(
    "too-many-examples", "run tiny --examples 99999999999", "may hold 10,000,000 examples, got 99,999,999,999 of A->B"
)
refused("not-finite", "run triangle --learning-rate inf", "learning_rate must be a finite number above 0, got inf")
refused("no-shots", "run triangle --evaluation.shots 0", "evaluation.shots must be at least 1, got 0")
refused(
    "task-not-taught", "run triangle --world.tasks A->B", "needs the tasks A->B, B->C and A->C, this world has A->B"
)
refused("unknown-task", "run tiny --evaluation.tasks B->A", "unknown task 'B->A' in evaluation.tasks: ")
refused("no-task", "run tiny --world.tasks", "a world needs at least one task to be taught or tested, such as A->B")
refused(
    "not-two-languages", "run tiny --world.tasks A=B", "a task is two different languages joined by '->', .*got 'A=B'"
)
refused("named-twice", "run tiny --world.languages A B A", "languages must have different names, got A, B, A")
refused("too-many-sentences", "run tiny --world.words 50 --world.length 14", "are too many to keep track of")
refused("cut-beyond-context", "run tiny --evaluation.paper-cuts 25", "may not exceed the context of 24, got 25")
refused("batch-not-quartered", "run hints --training.batch 30", "training.batch must be a multiple of 4 .*got 30")
refused("option-before-experiment", "run --seeds 2 tiny", "the experiment comes first: seedbed run EXPERIMENT --seeds")
refused("no-mixer", "run recall --mixers gam,gam", "at least one, each once; got gam, gam")
refused("unknown-mixer", "run recall --mixers gamm", "unknown mixer 'gamm': did you mean 'gam'")
refused("mixer-set-twice", "run zoo --model.mixer gru", "sets model.mixer itself: choose by --mixers; got gru")
refused(
    "dose-of-nothing",
    "run zoo --doses 0",
    "hints in the triangle and in every dose, each dose once; got 50 and \\[0\\]",
)
refused("recall-beyond-context", "run recall --model.context 32", "32 tokens needs model.context .* least 33, got 32")
refused("recall-too-few-keys", "run recall --world.keys 5", "each of 6 distances: .* got 5")
refused("recall-too-near", "run recall --world.distances 1", "at least 2, got 1")
refused("recall-distances", "run recall --world.distances 4,4", "world.distances holds at least one, each once; got")
refused("recall-values", "run recall --world.values 1", "world.values must be at least 2.* got 1")
refused("recall-kinds", "run recall --world.kinds recall,recall", "world.kinds names recall, induction or both")
refused("recall-shots", "run recall --evaluation.shots 1", "no examples to show: evaluation.shots must be 0, got 1")
refused("texts-nowhere", "run stories-grid --data nowhere", r"folder of texts 'nowhere' \(--data\) is not there")
refused("grid-sizes", "run stories-grid --widths 64,64", "widths names at least one, each once .* got \\[64, 64\\]")
refused("grid-few-questions", "run stories-grid --items 10", "at least 20 questions to be judged by, got items 10")
refused("texts-without-the-file", "run stories-grid --data .", "holds no tinystories/tinystories-train.txt")
refused("gam-models", "run gam --models gamm", "unknown model 'gamm': did you mean 'gam'")
refused("gam-passes", "run gam --passes 0", "passes must be a finite number above 0, got 0")
refused("regional-levels", "run regional --levels smal", "unknown level 'smal': did you mean 'small'")
refused("regional-few-sentences", "run regional --sentences 3", "at least 20 of each language, got 3")
refused("regional-flops", "run regional --small-flops 0", "small_flops must be a finite number above 0, got 0")
refused("recall-pretraining", "run recall --training.pretraining 5", "training.pretraining must be 0, got 5")
refused("mixture-unreadable", "run world --mixture A->B=5", "such as \"A->B:2500,A->C:50\" .* got 'A->B=5'")
refused("mixture-of-nothing", "run world --mixture A->B:0", "needs at least one example of some task, got none")
refused("mixture-unknown-task", "run world --world.tasks A->B --mixture B->C:5", "unknown task 'B->C' in the mixture: ")
refused("mixture-unknown-language", "run world --mixture A->B:5,B->X:5", "unknown language 'X' in task 'B->X': ")
refused(
    "mixture-no-path",
    "run world --world.dictionaries A-B,C-D --mixture A->C:5",
    "'A->C' cannot be composed: no path",
)
refused("too-few-to-cross", "run crossed --inits 1", "inits must be at least 2, to be crossed, got 1")
refused("too-many-nudged", "run crossed --nudged 65", "nudged must lie in 0\\.\\.64, the cells there are, got 65")
refused(
    "no-lone-pair", "run crossed --twins 1 --twin-hints 400", "of 200 with 400 hints 0 do: set twin_hints nearer to 8"
)
refused("no-spare-sentence", "run crossed --corpus 1680", "a corpus of all 1680 sentences leaves none")


def replaced(name: str, value: str, message: str) -> None:
    """A mixture whose replacements cannot be."""
    settings = ["--draw", "distinct", "--examples", "12", "--replaced", value]
    CASES[name] = Case(lambda t: t.seedbed("run", "tiny", *settings), 2, message)


replaced("replaced-unknown-task", '[["A->C", 0, 5]]', "task in mixture.replaced: 'A->C'")
replaced("replaced-no-place", '[["A->B", 12, 5]]', "place 12 of A->B, which has 12 examples: places count from 0")
replaced("replaced-twice", '[["A->B", 1, 5], ["A->B", 1, 6]]', "may name a place once")
replaced("replaced-no-sentence", '[["A->B", 1, 20]]', "sentence number 20: this world has numbers 0 to 19")
replaced("replaced-repeats", '[["A->B", 1, 11]]', "sentence 11 of A->B at place 1, but it stands at place 0 already")
refused("no-run", "resume runs/nothing", "there is no run in runs/nothing")


@case("empty-folder", 2, "--folder is empty: name a folder, or leave it out for runs/<experiment>")
def empty_folder(t):
    return t.seedbed("run", "tiny", "--folder", "")


def other_run(**changes) -> Path:
    settings = {"experiment": "tiny", "config": {"options": {}}, "versions": {}, "device": "cpu", **changes}
    Run.create("runs/other", **settings).close()
    return Path("runs/other")


@case("unknown-manifest-key", 2, "unknown setting of options 'seedz': did you mean 'seeds'")
def unknown_manifest_key(t):
    return t.seedbed("resume", other_run(config={"options": {"seedz": 2}}))


@case("no-options-in-manifest", 2, "holds no options of an experiment")
def no_options_in_manifest(t):
    return t.seedbed("resume", other_run(config={}))


@case("other-experiment", 2, "holds experiment 'triangle', not 'tiny'")
def other_experiment(t):
    return t.seedbed("run", "tiny", "--folder", other_run(experiment="triangle"))


@case("run-scale", 2, "unknown scale of a run 'token': did you mean 'tokens'")
def run_scale(t):
    return t.seedbed("audit", t.grown, "--scale", "token")


@case("forecast-too-early", 2, "two tests in the first quarter of 6 steps, there are 0: set --evaluation.regular to 1")
def forecast_too_early(t):
    return t.seedbed("forecast", t.grown)


@case("forecast-which-task", 2, "which of these\\? Name one by --task: A->B; A->C")
def forecast_which_task(t):
    return t.seedbed("forecast", t.synthetic_run)


@case("forecast-unknown-task", 2, "unknown task 'A->D': did you mean")
def forecast_unknown_task(t):
    return t.seedbed("forecast", t.synthetic_run, "--task", "A->D")


@case("forecast-step", 2, "by must be a step after 150, from which forecasts look ahead, got 100")
def forecast_step(t):
    return t.seedbed("forecast", t.synthetic_run, "--task", "A->C", "--by", "100")


@case("forecast-too-small", 2, "3 members of 3 conditions had not emerged by 150: at least 8 of 2 are needed")
def forecast_too_small(t):
    return t.seedbed("forecast", t.synthetic.build(Path("runs/small"), seeds=1), "--task", "A->C")


@case("forecast-untested", 2, "runs/untested: no member has been tested yet; go on with seedbed resume runs/untested")
def forecast_untested(t):
    t.monkeypatch.setattr(t.synthetic, "rows_of", lambda *_: [])
    return t.seedbed("forecast", t.synthetic.build(Path("runs/untested"), seeds=1))


def forecast_where_onsets_are(t, **typical):
    """Of a run with these typical onsets; one member of each condition stops at step 50."""
    t.monkeypatch.setattr(t.synthetic, "STOPPED_AT", 50)
    t.monkeypatch.setattr(t.synthetic, "TYPICAL", {"alone": 20.0, "zero-shot": 20.0, "hinted": 20.0} | typical)
    return t.seedbed("forecast", t.synthetic.build(Path("runs/other"), seeds=10), "--task", "A->C")


@case("forecast-all-emerged", 2, "runs/other: every member had emerged or ended within the first quarter")
def forecast_all_emerged(t):
    return forecast_where_onsets_are(t)


@case(
    "forecast-no-other", 2, "1 condition with members that had not emerged by step 150: 3 are needed to leave one out"
)
def forecast_no_other(t):
    return forecast_where_onsets_are(t, hinted=400.0)


@case("forecast-no-onset", 2, "none of 18 members emerged: there is nothing to learn a forecast from")
def forecast_no_onset(t):
    return forecast_where_onsets_are(t, **{"alone": 1e5, "zero-shot": 1e5, "hinted": 1e5})


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


def photos() -> Path:
    Path("photos").mkdir()
    Path("photos/cat.png").write_text("a cat")
    return Path("photos")


@case("foreign-folder", 2, "photos holds files but no manifest.json: it is no Seedbed run")
def foreign_folder(t):
    folder = photos()
    said = [t.seedbed(command, folder) for command in ("resume", "report", "verify", "audit", "plan")]
    done = t.seedbed("run", "tiny", "--folder", folder)
    assert {(each.code, each.err) for each in said} == {(done.code, done.err)}
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
    "cannot write .*The folder cannot be written. Change its permissions or choose another",
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


@case("interrupted", 130, "the state of every member is saved; go on with: seedbed resume runs/tiny", changes=True)
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


NOT_SAVED = r"interrupted: the state of 0 of 1 members under way is saved, not that of [0-9a-f]{16} \(at step \d+, "
GOES_ON = r".*; go on with: seedbed resume runs/tiny$"


@case("interrupted-disk-full", 130, NOT_SAVED + r"goes on from step 0\): .*The disk is full" + GOES_ON, changes=True)
def interrupted_disk_full(t):
    return interrupted_while(t, lambda: t.refuse_writes(errno.ENOSPC, after=0))


@case(
    "interrupted-worker-gone",
    130,
    NOT_SAVED + "goes on from step 0\\): its worker gave no answer" + GOES_ON,
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


@case(
    "interrupted-calibrate",
    130,
    "^seedbed: interrupted; nothing was written: the same command starts from the beginning$",
)
def interrupted_calibrate(t):
    t.monkeypatch.setattr("seedbed.experiments.calibration_pool.measure", raiser(KeyboardInterrupt()))
    return t.seedbed("calibrate", "--quiet")


@case("interrupted-elsewhere", 130, "interrupted; what was saved stays")
def interrupted_elsewhere(t):
    t.monkeypatch.setattr("seedbed.cli.list_command.list_runs", raiser(KeyboardInterrupt()))
    return t.seedbed("list")


@case("bench-what", 2, "unknown value of seedbed bench.what 'block': did you mean 'blocks'")
def bench_what(t):
    return t.seedbed("bench", "block")


@case("bench-lengths", 2, "--lengths must lie between 1 and 1,048,576, got \\[0\\]")
def bench_lengths(t):
    return t.seedbed("bench", "blocks", "--lengths", 0)


@case("bench-widths", 2, "--widths must be multiples of 16, the width of a head, got 20")
def bench_widths(t):
    return t.seedbed("bench", "blocks", "--widths", 20)


@case("bench-mixer", 2, "unknown mixer 'grru': did you mean 'gru'")
def bench_mixer(t):
    return t.seedbed("bench", "blocks", "--mixers", "grru")


@case("bench-rounds", 2, "--rounds must lie between 1 and 1000, got 0")
def bench_rounds(t):
    return t.seedbed("bench", "blocks", "--rounds", 0)


@case("bench-out", 2, "--out must name a folder, new or old, got")
def bench_out(t):
    return t.seedbed("bench", "blocks", "--out", TINY)


@case("verify-elsewhere", 2, "cannot be verified here: it was grown on .*this is Abacus.*nothing was trained")
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


@case("verify-nothing", 2, "no finished member to compare with: seedbed resume")
def verify_nothing(t):
    return t.seedbed("verify", other_run())


@case("verify-too-few", 2, "at least 1 member, .*got 0 members")
def verify_too_few(t):
    return t.seedbed("verify", t.grown, "--members", 0)


@case("bug", 1, "Traceback .*RuntimeError: a bug")
def bug(t):
    code = (
        "from seedbed.cli import main\ndef fail(words): raise RuntimeError('a bug')\nmain._dispatch = fail\nmain.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    return as_done(done)


@case("broken-pipe", 0, "^$")
def broken_pipe(t):
    process = subprocess.Popen(
        [sys.executable, TINY, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    return SimpleNamespace(code=process.wait(timeout=60), out="", err=err)


def llama(**changes) -> Path:
    """A small model of llama2.c with its tokenizer, as files."""
    header = Header(8, 12, 2, 4, 2, 270, 16)
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=shape).astype("f4") for name, shape in header.shapes().items()}
    Path("m.bin").write_bytes(checkpoint_bytes(Checkpoint(header, arrays)))
    pieces = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(256)), *b" abcdefghij"]
    pieces = tuple(piece if isinstance(piece, bytes) else bytes([piece]) for piece in pieces)
    Path("t.bin").write_bytes(tokenizer_bytes(Llama2cTokenizer(pieces, (0.0,) * len(pieces), 6)))
    return Path("m.bin")


def imported(t, *options) -> Path:
    assert t.seedbed("import", llama(), *(options or ("--tokenizer", "t.bin"))).code == 0
    return Path("models/m")


refused("import-absent", "import nothing.bin", "there is no file nothing.bin")


@case(
    "import-cut-short",
    2,
    r"m.bin cannot be read: its header \(width 8, .*\) asks for [\d,]+ bytes, it has 5,000: it is cut",
)
def import_cut_short(t):
    llama().write_bytes(llama().read_bytes()[:5000])
    return t.seedbed("import", "m.bin")


@case("import-too-long", 2, "m.bin cannot be read: its header .*: it is too long")
def import_too_long(t):
    llama().write_bytes(llama().read_bytes() + bytes(4))
    return t.seedbed("import", "m.bin")


@case("import-hostile", 2, "m.bin cannot be read: its header .* asks for [\\d,]{20,} bytes, it has")
def import_hostile(t):
    llama().write_bytes(struct.pack("<7i", *[2**30] * 3, 1, 1, *[2**30] * 2) + llama().read_bytes()[28:])
    return t.seedbed("import", "m.bin")


@case(
    "import-newer",
    2,
    "m.bin cannot be read: it is of llama2.c's newer format, version 1: only the first, .*--version 0",
)
def import_newer(t):
    llama().write_bytes(struct.pack("<2i", 0x616B3432, 1) + llama().read_bytes()[8:])
    return t.seedbed("import", "m.bin")


@case("import-no-config", 2, "^seedbed: there is no file photos/config.json: name one that exists$")
def import_no_config(t):
    return t.seedbed("import", photos())


@case("import-not-finite", 2, "m.bin cannot be read: some of its weights are not finite numbers")
def import_not_finite(t):
    llama().write_bytes(llama().read_bytes()[:-4] + struct.pack("<f", float("nan")))
    return t.seedbed("import", "m.bin")


@case("import-below-file", 2, "^seedbed: m.bin is a file: name a new folder by --out$")
def import_below_file(t):
    return t.seedbed("import", llama(), "--out", "m.bin/x")


@case("import-no-out", 2, "--out must name a folder, got ''")
def import_no_out(t):
    assert "--out must name a folder, got ''" in t.seedbed("export", imported(t), "--out", "").err
    return t.seedbed("import", "m.bin", "--out", "")


@case("import-tokenizer", 2, "t.bin cannot be read: piece 0 has length 2147483647: 0 to 6, the longest, was expected")
def import_tokenizer(t):
    llama()
    Path("t.bin").write_bytes(struct.pack("<ifi", 6, 0.0, 2**31 - 1))
    return t.seedbed("import", "m.bin", "--tokenizer", "t.bin")


@case("import-other-tokenizer", 2, "the tokenizer has 3 tokens, the model a vocabulary of 270")
def import_other_tokenizer(t):
    llama()
    Path("t.bin").write_bytes(tokenizer_bytes(Llama2cTokenizer((b"a", b"b", b"c"), (0.0,) * 3, 1)))
    return t.seedbed("import", "m.bin", "--tokenizer", "t.bin")


@case("import-taken", 2, "photos is not empty: name a new folder by --out")
def import_taken(t):
    photos()
    return t.seedbed("import", llama(), "--out", "photos")


def foreign(t, **changes) -> Path:
    """The same model as a folder of Hugging Face, with changes to its config."""
    assert t.seedbed("export", imported(t, "--json"), "--to", "hf", "--out", "hf").code == 0
    edit(Path("hf"), lambda table: table.update(changes))
    return Path("hf")


@case("import-architecture", 2, "hf/config.json cannot be read: its model_type is 'bert': one of llama, gpt2, gpt_neo")
def import_architecture(t):
    return t.seedbed("import", foreign(t, model_type="bert"))


@case("import-setting", 2, "hf/config.json cannot be read: hidden_act is 'relu': only 'silu' can be read")
def import_setting(t):
    return t.seedbed("import", foreign(t, hidden_act="relu"))


@case(
    "import-head", 2, "tensor 'lm_head.weight' is not the embedding, though tie_word_embeddings of config.json says so"
)
def import_head(t):
    weights = foreign(t) / "model.safetensors"
    tensors = safetensors.numpy.load(weights.read_bytes())
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] + 1
    weights.write_bytes(safetensors.numpy.save(tensors))
    return t.seedbed("import", "hf")


@case("import-sizes", 2, r"hf/model.safetensors cannot be read: it holds [\d,]+ numbers, the model of config.json has")
def import_sizes(t):
    return t.seedbed("import", foreign(t, num_hidden_layers=20))


@case("import-blocks", 2, r"hf/config.json cannot be read: num_hidden_layers is 1,073,741,824, and its files hold 20 ")
def import_blocks(t):
    return t.seedbed("import", foreign(t, num_hidden_layers=2**30))


@case("import-leaves", 2, "index.json cannot be read: it names '../m.bin': a file of hf itself was expected")
def import_leaves(t):
    folder = foreign(t)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"lm_head.weight": "../m.bin"}}')
    return t.seedbed("import", folder)


def safetensors_of(shape, dtype="F32", size=0) -> bytes:
    head = json.dumps({"a": {"dtype": dtype, "shape": shape, "data_offsets": [0, size]}}).encode()
    return len(head).to_bytes(8, "little") + head + bytes(size)


@case("import-table", 2, r"hf/model.safetensors cannot be read: tensor 'a' of dtype \[\] and shape \[2\] is none that")
def import_table(t):
    (foreign(t) / "model.safetensors").write_bytes(safetensors_of([2], [], 8))
    return t.seedbed("import", "hf")


@case("import-vocabulary", 2, "hf/tokenizer.json cannot be read: it has no vocabulary that is known: OverflowError")
def import_vocabulary(t):
    (foreign(t) / "tokenizer.json").write_text('{"model": {"vocab": {"a": 1e999}}}')
    return t.seedbed("import", "hf")


@case("folder-table", 2, r"models/m/extras.safetensors cannot be read: tensor 'a' of dtype 'F32' and shape \[0, 1180")
def folder_table(t):
    edit(imported(t), lambda table: table.update(extras="extras.safetensors"))
    Path("models/m/extras.safetensors").write_bytes(safetensors_of([0, 2**70]))
    return t.seedbed("generate", "models/m", "a")


@case("import-folder-tokenizer", 2, "hf is a folder, which has its tokenizer in it: leave out --tokenizer")
def import_folder_tokenizer(t):
    return t.seedbed("import", foreign(t), "--tokenizer", "t.bin")


@case("generate-foreign", 2, "hf holds a model of another tool: bring it in by `seedbed import hf`")
def generate_foreign(t):
    return t.seedbed("generate", foreign(t), "a")


@case("export-taken", 2, "photos is not empty: name a new folder by --out")
def export_taken(t):
    return t.seedbed("export", imported(t), "--to", "llama2c", "--out", photos())


@case(
    "export-rotations", 2, r"rotations freq_cis_real .* have shape \(1,\), it needs \(16, 1\): import the model again"
)
def export_rotations(t):
    extras = {name: np.zeros(1, np.float32) for name in ("freq_cis_real", "freq_cis_imag")}
    (imported(t) / "extras.safetensors").write_bytes(safetensors.numpy.save(extras))
    edit(Path("models/m"), lambda table: table.update(extras="extras.safetensors"))
    return t.seedbed("export", "models/m", "--to", "llama2c")


@case(
    "folder-weights",
    2,
    "weights.safetensors cannot be read: its tensors take [\\d,]+ bytes, it has .*: it is cut short",
)
def folder_weights(t):
    weights = imported(t) / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    return t.seedbed("generate", "models/m", "a")


@case("folder-other-weights", 2, "weights.safetensors cannot be read: it holds [\\d,]+ numbers, the model of .* has")
def folder_other_weights(t):
    edit(imported(t), lambda table: table["model"].update(blocks=3))
    return t.seedbed("generate", "models/m", "a")


@case("folder-config", 2, "config.json cannot be read: it holds the number 10000000000000")
def folder_config(t):
    edit(imported(t), lambda table: table["model"].update(heads=10**13))
    return t.seedbed("generate", "models/m", "a")


@case("folder-unknown-setting", 2, "unknown setting of models/m/config.json: model 'widht': did you mean 'width'")
def folder_unknown_setting(t):
    edit(imported(t), lambda table: table["model"].update(widht=8))
    return t.seedbed("generate", "models/m", "a")


@case("folder-leaves", 2, "config.json cannot be read: it names '../../t.bin': a file of models/m itself was expected")
def folder_leaves(t):
    edit(imported(t), lambda table: table.update(tokenizer="a\0b"))
    said = t.seedbed("generate", "models/m", "a")
    assert (said.code, "it names 'a\\x00b': a file of models/m itself was expected" in said.err) == (2, True)
    edit(Path("models/m"), lambda table: table.update(tokenizer="../../t.bin"))
    return t.seedbed("generate", "models/m", "a")


def edit(folder: Path, change) -> None:
    table = json.loads((folder / "config.json").read_text())
    change(table)
    (folder / "config.json").write_text(json.dumps(table))


@case("generate-unknown-word", 2, "unknown word of this world 'once': .*Known: .*a, b")
def generate_unknown_word(t):
    return t.seedbed("generate", t.grown, "a once")


@case("generate-empty", 2, "a prompt needs at least one token")
def generate_empty(t):
    return t.seedbed("generate", t.grown)


@case("generate-long", 0, "the prompt has 30 tokens, the context 24: its first 7 are left out")
def generate_long(t):
    return t.seedbed("generate", t.grown, "a " * 30, "--tokens", 3)


@case("generate-no-tokenizer", 2, "models/m has no tokenizer: import the model again with --tokenizer FILE")
def generate_no_tokenizer(t):
    return t.seedbed("generate", imported(t, "--json"), "a")


@case("generate-range", 2, r"top_p must lie in 0\.\.1 \(0 left out\), got 0.0")
def generate_range(t):
    for option, value, message in (
        ("--temperature", "nan", "temperature must be a finite number of 0 or more, got nan"),
        ("--top-k", "-1", "top_k must be 0, for all tokens, or more, got -1"),
        ("--min-p", "2", "min_p must lie in 0..1, got 2.0"),
        ("--repetition-penalty", "1e-46", "repetition_penalty must lie in 1e-06..1e+06, got 1e-46"),
        ("--repetition-penalty", "1e39", "repetition_penalty must lie in 1e-06..1e+06, got 1e+39"),
    ):
        said = t.seedbed("generate", t.grown, "a", option, value)
        assert (said.code, said.err) == (2, f"seedbed: {message}\n")
    return t.seedbed("generate", t.grown, "a", "--top-p", 0)


refused(
    "models-width",
    "models --width 66",
    "width must be a multiple of 4, the heads of the blocks listed, got 66: take 64",
)


@case("generate-tokens", 2, r"tokens to generate must lie in 1\.\.1,000,000, got 0")
def generate_tokens(t):
    return t.seedbed("generate", t.grown, "a", "--tokens", 0)


@case("generate-unknown-member", 2, "unknown finished member 'zz': Known: [0-9a-f]{16}, ")
def generate_unknown_member(t):
    return t.seedbed("generate", t.grown, "a", "--member", "zz")


@case("generate-no-member", 2, "models/m holds one model and no members: leave out --member 3")
def generate_no_member(t):
    return t.seedbed("generate", imported(t), "a", "--member", 3)


@case("generate-unfinished", 2, "runs/other has no finished member: seedbed resume runs/other")
def generate_unfinished(t):
    return t.seedbed("generate", other_run(), "a")


@case(
    "export-impossible",
    2,
    "llama2.c holds Llama models alone .* its positions is learned, not rotary; its channels is mlp",
)
def export_impossible(t):
    assert "no architecture of Hugging Face holds this model. LlamaForCausalLM: " in t.seedbed("export", t.grown).err
    return t.seedbed("export", t.grown, "--to", "llama2c")


def pilot(t, **changes):
    """A table of 8 seeds with onsets at steps 100 to 240, two units of it where a task is named."""
    rows = [
        {"step": step, "seed": seed, "score": float(step >= 100 + 20 * seed), **changes}
        for seed in range(8)
        for step in range(20, 401, 20)
    ]
    text = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    path = Path("pilot.csv")
    path.write_text("\n".join(text))
    return path


@case("plan-which-task", 2, "which of these 2\\? Name one by --task: ", changes=True)
def plan_which_task(t):
    path = pilot(t, task="x")
    path.write_text(path.read_text() + "\n" + "\n".join(f"{step},0,1.0,y" for step in (1, 2)))
    return t.seedbed("plan", path)


@case("plan-beyond-reach", 1, "not even 512 seeds a condition see a ratio of 1.0001", changes=True)
def plan_beyond_reach(t):
    return t.seedbed("plan", pilot(t), "--effect", 1.0001)


@case("plan-no-effect", 2, "effect must be a ratio of onsets above 0 and other than 1, .* got 1.0", changes=True)
def plan_no_effect(t):
    return t.seedbed("plan", pilot(t), "--effect", 1)


@case("plan-power", 2, "power must lie between 0 and 1, got 1.5", changes=True)
def plan_power(t):
    return t.seedbed("plan", pilot(t), "--power", 1.5)


@case("plan-end", 2, "end must be a finite place above 0 of the scale, got 0", changes=True)
def plan_end(t):
    return t.seedbed("plan", pilot(t), "--end", 0)


@case("plan-no-onsets", 2, "the pilot shows 0 onsets among 8 seeds, 3 are needed", changes=True)
def plan_no_onsets(t):
    return t.seedbed("plan", pilot(t), "--threshold", 2)


@case("run-columns", 2, "a run brings its own scores, .*: leave out --score, --by")
def run_columns(t):
    return t.seedbed("audit", t.grown, "--score", "exact", "--by", "task")


SLOW = {"interrupted", "interrupted-disk-full", "interrupted-worker-gone", "disk-full"}


def tokenizers(name: str, words: str, message: str, files: dict[str, str] | None = None, code: int = 2) -> None:
    """A comparison of tokenizers on a corpus of forty documents, with other `files` at hand."""

    def act(t):
        stories = "<|endoftext|>".join(f"Lily saw {number} dogs. They ran {number} steps." for number in range(40))
        for file, text in {"en.txt": stories, "one.txt": "alone", **(files or {})}.items():
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(text, encoding="utf-8")
        return t.seedbed("tokenizers", *words.split())

    CASES[name] = Case(act, code, message, changes=not code)


tokenizers("tokenizers-action", "compar", "unknown action 'compar': did you mean 'compare'")
tokenizers("tokenizers-no-corpus", "compare", "which corpora\\? give files by --corpus hi.txt")
tokenizers("tokenizers-same-name", "compare --corpus en.txt a/en.txt", "two corpora are called 'en': name them by")
tokenizers(
    "tokenizers-unknown-kind", "compare --corpus en.txt --kinds bep", "unknown kind of tokenizer 'bep': did .*'bpe'"
)
tokenizers(
    "tokenizers-vocabulary", "compare --corpus en.txt --vocabulary 100", "between 257 .* and 1,000,000 .*got 100"
)
tokenizers("tokenizers-general", "compare --corpus en.txt --general eng", "unknown corpus 'eng': did you mean 'en'")
tokenizers(
    "tokenizers-order", "compare --corpus en.txt --order -1", "order of a Renyi entropy .* 0 or more, got -1\\.0"
)
tokenizers("tokenizers-held-out", "compare --corpus en.txt --held-out 1", "above 0 and below 1, got 1")
tokenizers("tokenizers-train-bytes", "compare --corpus en.txt --train-bytes 0", "train_bytes must be at least 1, got 0")
tokenizers(
    "tokenizers-one-document",
    "compare --corpus one.txt",
    "corpus one has 1 documents to learn from and 0 to measure on, .*parts them by <|endoftext|>",
)
tokenizers(
    "tokenizers-no-gold",
    "compare --corpus en.txt --gold en=gold.txt",
    "gold.txt, line 2: a word and its split look like play\\|ed, got 'walked'",
    {"gold.txt": "play|ed\nwalked\n"},
)
tokenizers(
    "tokenizers-no-pairs",
    "compare --corpus en.txt --parallel en=pairs.tsv",
    "pairs.tsv, line 1: two sentences apart by a tab",
    {"pairs.tsv": "Help!\n"},
)
tokenizers(
    "tokenizers-no-model",
    "compare --corpus en.txt --imported theirs=a.model",
    "a.model is no SentencePiece model: give the file that its trainer wrote",
    {"a.model": "nothing of the kind"},
)
tokenizers(
    "tokenizers-other-json",
    "compare --corpus en.txt --imported theirs=tokenizer.json",
    "tokenizer.json was not written by Seedbed",
    {"tokenizer.json": '{"model": {}}'},
)
tokenizers(
    "tokenizers-folder",
    "compare --corpus en.txt --out mine",
    "'mine' is there and is no comparison: nothing was overwritten",
    {"mine/notes.txt": "keep me"},
)


@case("tokenizers-white", 2, "learnt from words, and the text has none")
def tokenizers_white(t):
    from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer

    t.monkeypatch.setattr(
        "seedbed.experiments.tokenizer_comparison.read_corpora",
        lambda _: train_tokenizer(TokenizerConfig("unigram"), [" \n "]),
    )
    return t.seedbed("tokenizers", "compare", "--corpus", "en.txt")


@case("tokenizers-cannot-express", 0, "bytes a token .*\\(theirs\\)", changes=True)
def tokenizers_cannot_express(t):
    import polars as pl
    from sentencepiece import SentencePieceTrainer

    settings = {"vocab_size": 8, "hard_vocab_limit": False, "minloglevel": 2}
    SentencePieceTrainer.train(sentence_iterator=iter(["ab ba abba"] * 20), model_prefix="ab", **settings)
    Path("snow.txt").write_text("<|endoftext|>".join(f"{number} a\u2603" for number in range(40)), encoding="utf-8")
    words = ["--corpus", "snow.txt", "--kinds", "byte", "--imported", "theirs=ab.model", "--out", "counted"]
    done = t.seedbed("tokenizers", "compare", *words)
    counted = pl.read_csv("counted/tokenizers.csv").filter(kind="theirs")["unknown_tokens"].item()
    assert counted > 0 and f"{counted:,} tokens unknown" in Path("counted/report.md").read_text()
    return done


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in CASES]
)
def test_each_case_ends_as_the_table_says(name, tools):
    each = CASES[name]
    done = each.act(tools)
    said = " ".join((done.err + done.out).split())
    assert done.code == each.code, said
    assert re.search(each.message, said), said
    if each.code and name not in ("bug", "no-command", "verify-differs", "plan-beyond-reach"):
        assert done.out == ""
        assert [line for line in done.err.splitlines() if line.startswith("seedbed: ")] == done.err.splitlines()
        assert "Traceback" not in done.err
    if not each.changes:
        assert tools.before in (None, tools.contents())


def test_the_table_and_the_cases_are_the_same():
    commands, _, _ = DOC.read_text().partition("\n## Text: ")  # what corpora meet is tested beside them
    rows = {row["id"]: int(row["code"]) for row in ROW.finditer(commands)}
    assert rows == {name: each.code for name, each in CASES.items()}
    assert len(rows) == len(re.findall(r"^\| `", commands, re.MULTILINE))


def as_done(process):
    return SimpleNamespace(code=process.returncode, out=process.stdout, err=process.stderr)


def raiser(error):
    def fail(*_):
        raise error

    return fail


def weights(folder):
    table = Run.open(folder, write=False).members()
    return dict(zip(table["member"], table["weights_sha256"], strict=True))
