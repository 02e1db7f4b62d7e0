"""A benchmark's table: printed, and with --write kept as a dated page of docs/benchmarks."""

import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

from seedbed.training import cpu_type
from seedbed.training.environment import visible_cores

PAGES = Path(__file__).parent.parent / "docs" / "benchmarks"


def report(name: str, title: str, columns: list[str], rows: list[list[str]], verdict: str, command: str) -> None:
    """Print the table and the verdict; write the page if asked to on the command line."""
    lines = [f"| {' | '.join(row)} |" for row in [columns, ["---"] * len(columns), *rows]]
    text = "\n".join([f"# {title}", "", f"`{command}`", "", *lines, "", verdict, ""])
    print(text)
    if "--write" in sys.argv:
        PAGES.mkdir(parents=True, exist_ok=True)
        where = f"{cpu_type()}, {len(visible_cores())} cores, jaxlib {version('jaxlib')}"
        today = date.today().isoformat()
        (PAGES / f"{today}-{name}.md").write_text(f"{text}\n{today}; {where}.\n", encoding="utf-8")
