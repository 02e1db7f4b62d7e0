"""The example of docs/statistics.md says what the audit says."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from seedbed.experiments.audit import audit
from seedbed.store.score_files import read_scores
from seedbed.store.score_table import Columns

DOCS = Path(__file__).parents[2] / "docs"
COLUMNS = Columns(score="accuracy", items="items", chance="chance", length="tokens", log_likelihood="log_likelihood")


@pytest.fixture(scope="module")
def made():
    spec = spec_from_file_location("example", DOCS / "examples" / "make.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_the_one_that_the_command_makes(made):
    assert made.table().write_csv() == (DOCS / "examples" / "four-tasks.csv").read_text()


def test_the_page_quotes_its_verdicts():
    page = (DOCS / "statistics.md").read_text()
    told = (DOCS / "examples" / "four-tasks.txt").read_text()
    for task in audit(read_scores(DOCS / "examples" / "four-tasks.csv", COLUMNS)).tasks:
        assert f"{task.task}: {task.words} ({task.counted})" in told
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {task.task} |")]
        assert f"`{task.words}" in row
        if task.mirage is not None:
            assert f"`{task.mirage}`" in row


def test_the_command_on_the_page_prints_what_is_kept(tmp_path, made):
    (tmp_path / "four-tasks.csv").write_bytes((DOCS / "examples" / "four-tasks.csv").read_bytes())
    command = [sys.executable, "-c", "from seedbed.cli.main import main; main()", *made.AUDIT.split()]
    done = subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout == (DOCS / "examples" / "four-tasks.txt").read_text()
