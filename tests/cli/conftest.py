import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from seedbed.cli.main import exit_code_of
from seedbed.experiments.plan import EXPERIMENTS
from seedbed.store import atomic

HERE = Path(__file__).parent
TINY = HERE / "tiny_experiment.py"


@dataclass(frozen=True)
class Done:
    """How a command line ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    """Each test works in a folder of its own, and knows the experiment `tiny`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "path", [str(HERE), *sys.path])
    monkeypatch.delitem(EXPERIMENTS, "tiny", raising=False)
    import tiny_experiment

    before = dict(EXPERIMENTS)
    tiny_experiment.register()
    yield
    EXPERIMENTS.clear()
    EXPERIMENTS.update(before)


@pytest.fixture
def seedbed(capsys):
    """Runs a command line in this process."""

    def call(*words) -> Done:
        capsys.readouterr()
        code = exit_code_of([str(word) for word in words])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def grown_once(tmp_path_factory):
    """A finished run of `tiny` with two members, made by a real process."""
    place = tmp_path_factory.mktemp("grown")
    command = [sys.executable, str(TINY), "run", "tiny", "--folder", str(place / "tiny"), "--workers", "1", "--quiet"]
    subprocess.run(command, check=True, timeout=300)
    return place / "tiny"


@pytest.fixture
def grown(grown_once, tmp_path):
    """A copy of the finished run that a test may spoil, at runs/tiny."""
    return Path(shutil.copytree(grown_once, tmp_path / "runs" / "tiny"))


@pytest.fixture
def tools(seedbed, monkeypatch, grown_once, tmp_path, synthetic, synthetic_run):
    """What the cases work with. The content of the folder is noted before each command that runs in this process."""

    class Tools:
        before = None
        monkeypatch: pytest.MonkeyPatch

        @property
        def grown(self):
            place = tmp_path / "runs" / "tiny"
            return place if place.exists() else Path(shutil.copytree(grown_once, place))

        def contents(self):
            files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.name.startswith(".lock")]
            return {path: path.read_bytes() for path in files}

        def seedbed(self, *words):
            self.before = self.contents()
            return seedbed(*words)

        def process(self, *words, **environment):
            command = [sys.executable, str(TINY), *words]
            return subprocess.run(
                command, capture_output=True, text=True, timeout=300, env={**os.environ, **environment}
            )

        def refuse_writes(self, number, *, after):
            write_all, left = atomic._write_all, [after]

            def refuse(descriptor, data):
                if not left[0]:
                    raise OSError(number, os.strerror(number))
                left[0] -= 1
                write_all(descriptor, data)

            monkeypatch.setattr(atomic, "_write_all", refuse)
            return write_all, left

    tools = Tools()
    tools.monkeypatch, tools.grown_once = monkeypatch, grown_once
    tools.synthetic, tools.synthetic_run = synthetic, synthetic_run
    return tools
