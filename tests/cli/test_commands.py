import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest

import seedbed as package
from seedbed.cli import doctor_command
from seedbed.config import UsageError
from seedbed.store import Run


def test_run_finds_what_is_done_and_says_where_the_report_is(seedbed, grown):
    done = seedbed("run", "tiny", "--folder", grown)
    assert done.code == 0
    assert done.out == f"2 members grew.\nreport: {grown / 'report.html'}\n"
    assert "2/2 members done" in done.err


def test_run_as_json_is_one_value_and_quiet_says_nothing_else(seedbed, grown):
    done = seedbed("run", "tiny", "--folder", grown, "--json", "--quiet")
    assert done.err == ""
    answer = json.loads(done.out)
    (score,) = answer.pop("scores")
    rows = Run.open(grown, write=False).curves().filter(test="panel", split="unseen", shots=2, coverage=0, step=6)
    assert rows.height == 2
    assert score.pop("value") == pytest.approx(rows["exact"].mean())
    assert score.pop("low") <= score.pop("high")
    assert score == {"group": "only", "task": "A->B", "metric": "exact", "step": 6, "n": 2}
    assert answer == {
        "experiment": "tiny",
        "folder": str(grown),
        "report": str(grown / "report.html"),
        "members": {"finished": 2},
        "headline": ["2 members grew."],
    }


@pytest.mark.slow
def test_more_seeds_are_added_to_those_that_are_there(seedbed, grown):
    before = Run.open(grown, write=False).members()
    assert seedbed("run", "tiny", "--seeds", 3, "--folder", grown, "--workers", 1).code == 0
    after = Run.open(grown, write=False).members()
    assert after.head(2).equals(before)
    assert after["state"].to_list() == ["finished"] * 3


def test_resume_of_a_finished_run_has_nothing_to_do(seedbed, grown):
    done = seedbed("resume", grown, "--json", "--quiet")
    assert (done.code, json.loads(done.out)["members"]) == (0, {"finished": 2})


def test_report_writes_each_page_anew(seedbed, grown):
    before = (grown / "report.html").read_bytes()
    done = seedbed("report", grown, grown)
    assert (done.code, done.out) == (0, f"{grown / 'report.html'}\n" * 2)
    assert (grown / "report.html").read_bytes() == before
    (written,) = json.loads(seedbed("report", grown, "--json").out)
    assert (written["folder"], written["report"]) == (str(grown), str(grown / "report.html"))
    assert written["headline"] == ["2 members grew."]


def test_list(seedbed, grown):
    lines = seedbed("list").out.splitlines()
    assert lines[0].split()[:3] == ["experiment", "folder", "status"]
    assert lines[1].split()[:8] == ["tiny", "runs/tiny", "finished", "2", "0", "0", "2", "-"]
    (row,) = json.loads(seedbed("list", "runs", "--json").out)
    assert row["folder"] == "runs/tiny"
    assert row["problem"] is None
    assert seedbed("list", "elsewhere").out.startswith("no runs in elsewhere")
    assert seedbed("list", "elsewhere", "--json").out == "[]\n"


def test_verify_regrows_the_same_weights(seedbed, grown):
    done = seedbed("verify", grown, "--members", 1, "--workers", 1, "--json", "--quiet")
    answer = json.loads(done.out)
    assert (done.code, done.err, answer["equal"]) == (0, "", True)
    (member,) = answer["members"]
    assert member["recorded"] == member["regrown"]


def test_experiments(seedbed):
    assert re.search(r"^tiny +a small experiment for tests$", seedbed("experiments").out, re.MULTILINE)
    assert "tiny" in [row["name"] for row in json.loads(seedbed("experiments", "--json").out)]


def test_doctor_is_content_here(seedbed):
    done = seedbed("doctor", "--json")
    findings = {each["subject"]: each for each in json.loads(done.out)["findings"]}
    assert {"jaxlib", "processor", "cores", "compiled programs", "free disk", "chromium", "accelerator"} <= set(
        findings
    )
    assert done.code == 0


def test_doctor_looks_at_every_package_that_a_run_needs():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    needed = {re.match(r"[\w-]+", each).group() for each in project["dependencies"]}
    assert needed <= set(doctor_command.PACKAGES)


def test_doctor_says_what_is_missing(seedbed, monkeypatch):
    monkeypatch.setattr("seedbed.cli.doctor_command.PACKAGES", ("seedbed", "no-such-package"))
    done = seedbed("doctor")
    assert done.code == 1
    assert re.search(r"PROBLEM  no-such-package +not installed: pip install no-such-package", done.out)


def test_version(seedbed):
    assert seedbed("--version").out == f"seedbed {package.__version__}\n"


@pytest.mark.parametrize("module", ["seedbed", "seedbed.cli.main"])
def test_python_runs_the_command_line_as_a_module(module):
    def told(*words):
        return subprocess.run([sys.executable, "-m", module, *words], capture_output=True, text=True, timeout=60)

    assert told("--version").stdout == f"seedbed {package.__version__}\n"
    assert (told("runn").returncode, "did you mean 'run'" in told("runn").stderr) == (2, True)


def test_the_package_imports_nothing_that_takes_time():
    code = "import sys, seedbed; slow = {'jax', 'numpy', 'polars'} & set(sys.modules); assert not slow, slow"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_five_lines_of_python_give_frames(grown):
    results = package.run("tiny", folder=grown, **{"model.width": 8})
    assert isinstance(results.members, pl.DataFrame)
    assert results.final(task="A->B", split="unseen").height == 2
    assert package.open_results(grown).experiment == "tiny"
    assert package.list_runs("runs")["folder"].to_list() == ["runs/tiny"]


def test_python_refuses_what_the_command_line_refuses(tmp_path):
    with pytest.raises(UsageError, match="did you mean 'seeds'"):
        package.run("tiny", seedz=3)
    with pytest.raises(AttributeError):
        package.nothing  # noqa: B018
