"""Every row of docs/errors.md, exercised: its exit code, its message, and that nothing was written that must not be."""

import re
from pathlib import Path

import pytest
from error_cases import CASES

DOC = Path(__file__).parents[2] / "docs" / "errors.md"
ROW = re.compile(r"^\| `(?P<id>[a-z0-9-]+)` \| (?P<input>.+) \| (?P<rule>.+) \| (?P<code>\d+) \|$", re.MULTILINE)
SLOW = {"interrupted", "terminated", "interrupted-disk-full", "interrupted-worker-gone", "disk-full"}


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
