"""What the command line refuses, and how it ends."""

import subprocess
import sys
from types import SimpleNamespace

from error_cases.harness import TINY, as_done, case, raiser, refused

refused("unknown-command", "runn tiny", "unknown command 'runn': did you mean 'run'")
refused("no-command", "", "usage: seedbed COMMAND")
refused("unknown-experiment", "run triangel", "unknown experiment 'triangel': did you mean 'triangle'")
refused("no-experiment", "run", "name an experiment: .*tiny")
refused("unknown-option", "run tiny --model.widht 8", "unknown option --model.widht .*did you mean --model.width")
refused("missing-values", "run zoo --mixers --seeds 1", "--mixers needs a value; for an empty list write --mixers=")
refused("missing-value", "run tiny --seeds", "--seeds needs a value")
refused("given-twice", "run tiny --seeds 1 --seeds 2", "--seeds is given twice, by `--seeds 1` and by `--seeds 2`")
refused("wrong-type", "run tiny --training.steps many", "--training.steps must be a whole number, got 'many'")
refused("wrong-choice", "run tiny --training.windows fixd", " --training.windows 'fixd': did you mean 'fixed'")
refused("extra-argument", "run tiny 3", "takes no argument '3'")
refused("missing-argument", "verify", "seedbed verify needs RUN")
refused("option-before-experiment", "run --seeds 2 tiny", "the experiment comes first: seedbed run EXPERIMENT --seeds")


@case("interrupted-elsewhere", 130, "interrupted; what was saved is kept")
def interrupted_elsewhere(t):
    t.monkeypatch.setattr("seedbed.cli.list_command.list_runs", raiser(KeyboardInterrupt()))
    return t.seedbed("list")


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
