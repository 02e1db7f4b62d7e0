"""A benchmark's table: printed, and with --write kept as a dated page and JSON file in docs/benchmarks."""

import argparse
import json
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from seedbed.training import cpu_type
from seedbed.training.environment import visible_cores

PAGES = Path(__file__).parent.parent / "docs" / "benchmarks"


@dataclass(frozen=True)
class Page:
    """What a benchmark found. samples: every measurement, by what was measured.  given: its command's options."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    verdict: str
    samples: dict[str, list[float]]
    given: str = ""

    @property
    def text(self) -> str:
        """As Markdown."""
        table = [f"| {' | '.join(row)} |" for row in (self.columns, ("---",) * len(self.columns), *self.rows)]
        command = f"python -m benchmarks.{self.name.replace('-', '_')} {self.given}".rstrip()
        return "\n".join([f"# {self.title}", "", f"`{command}`", "", *table, "", self.verdict, ""])


def options_of(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the page in docs/benchmarks")
    parser.add_argument("--date", type=date.fromisoformat, default=date.today(), help="of the page (default: today)")
    parser.add_argument("--note", default="", help="a remark for the page, say on what else the machine did")
    return parser


def publish(page: Page, options: argparse.Namespace) -> None:
    """Print the page; with --write keep it, and the samples beside it."""
    print(page.text)
    if not options.write:
        return
    machine = f"{cpu_type()}, {len(visible_cores())} cores, jaxlib {version('jaxlib')}"
    last_line = ". ".join(part for part in (f"{options.date}; {machine}", options.note.rstrip(".")) if part)
    PAGES.mkdir(parents=True, exist_ok=True)
    stem = PAGES / f"{options.date}-{page.name}"
    stem.with_suffix(".md").write_text(f"{page.text}\n{last_line}.\n", encoding="utf-8")
    record = {**asdict(page), "machine": machine, "note": options.note}
    stem.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
