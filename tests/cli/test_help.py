"""The command line is frozen: a change of a flag, a default or a word shows as a change of help.txt.

After a change that is meant: WRITE_HELP=1 pytest tests/cli/test_help.py
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from seedbed.cli.main import COMMANDS
from seedbed.experiments.plan import EXPERIMENTS

GOLDEN = Path(__file__).with_name("help.txt")
README = Path(__file__).parents[2] / "README.md"


def test_the_help_of_every_command_is_as_frozen(seedbed):
    pages = []
    for words in [(), *((command,) for command in COMMANDS), ("run", "tiny"), ("run", "triangle")]:
        done = seedbed(*words, "--help")
        assert (done.code, done.err) == (0, "")
        pages.append(f"$ {' '.join(['seedbed', *words, '--help'])}\n{without_late_lines(done.out)}")
    text = "\n".join(pages)
    if os.environ.get("WRITE_HELP"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def without_late_lines(page: str) -> str:
    """The list of experiments grows with every new one: that is not a change of the command line."""
    start, heading, rest = page.partition("\nExperiments\n")
    return start + heading + rest.partition("\n\n")[2] if heading else page


def test_help_is_quick_since_it_imports_nothing_slow():
    code = (
        "import sys; from seedbed.cli.main import exit_code_of; exit_code_of(['--help']);"
        "slow = {'jax', 'numpy', 'polars', 'scipy', 'rich', 'altair'} & set(sys.modules); assert not slow, slow"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, timeout=60)


def test_the_readme_lists_the_commands_and_experiments_that_there_are(monkeypatch):
    monkeypatch.delitem(EXPERIMENTS, "tiny")
    rows = re.findall(r"^\| `seedbed ([^\s`]+)(?: ([^\s`]+))?[^`]*`", README.read_text(), re.MULTILINE)
    assert {command for command, _ in rows} == set(COMMANDS)
    assert {name for command, name in rows if command == "run"} == set(EXPERIMENTS)


def test_every_command_is_in_the_overview(seedbed):
    page = seedbed("--help").out
    assert all(f"\n  {name} " in page for name in COMMANDS)
    assert max(map(len, page.splitlines())) <= 120
