"""What the user sees while a population is trained: a live table on a terminal, or a plain line from time to time.

It goes to standard error, so standard output stays free for the answer. A terminal that goes away stops the view, never
the training.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from seedbed.cli.standing import Line, Standing
from seedbed.emergence import format_estimate
from seedbed.training import Event, Sink

FRAMES_PER_SECOND = 4
LINE_SECONDS = 10.0
LINE_SCORES = 12  # scores that a plain line holds at most


@contextmanager
def watching(standing: Standing, *, quiet: bool = False) -> Iterator[Sequence[Sink]]:
    """The observers to hand to a run: a live table, plain lines, or nobody."""
    if quiet:
        yield []
    elif sys.stderr.isatty():
        with LiveTable(standing) as view:
            yield [view]
    else:
        lines = PlainLines(standing)
        yield [lines]
        lines.end()


class PlainLines:
    """An observer that prints one line at the first news, one every ten seconds, and one at the end."""

    def __init__(self, standing: Standing, clock: Callable[[], float] = time.monotonic):
        self.standing, self._clock = standing, clock
        self._next = clock()

    def receive(self, event: Event) -> None:
        """Take one event."""
        self.standing.receive(event)
        if self._clock() >= self._next:
            self._print()

    def end(self) -> None:
        """Print how it ended, and the last text that a member wrote."""
        self._print()
        if self.standing.sample is not None:
            step, told = self.standing.sample
            with suppress(OSError):
                print(
                    f"seedbed: sample text after {step:,} steps: {' '.join(told.split())}", file=sys.stderr, flush=True
                )

    def _print(self) -> None:
        self._next = self._clock() + LINE_SECONDS
        with suppress(OSError):
            print(f"seedbed: {plain_line(self.standing)}", file=sys.stderr, flush=True)


class LiveTable:
    """An observer that redraws a table, at most four times a second; a context manager."""

    def __init__(self, standing: Standing, console: Console | None = None, clock: Callable[[], float] = time.monotonic):
        self.standing, self._clock = standing, clock
        self._console = console or Console(stderr=True)
        self._live = Live(table_of(standing, self._console.height), console=self._console, auto_refresh=False)
        self._drawn = clock()

    def __enter__(self) -> "LiveTable":
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._draw()
            self._live.stop()

    def receive(self, event: Event) -> None:
        """Take one event."""
        self.standing.receive(event)
        if self._clock() - self._drawn >= 1 / FRAMES_PER_SECOND:
            with suppress(OSError):
                self._draw()

    def _draw(self) -> None:
        self._drawn = self._clock()
        self._live.update(table_of(self.standing, self._console.height), refresh=True)


def table_of(standing: Standing, height: int) -> Group:
    """The table and the line above it; what does not fit `height` lines is counted, not drawn."""
    lines, left_out = _most_telling(standing, max(height - (16 if standing.of_text else 8), 3))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("members", "done", "task", "step"):
        table.add_column(column, justify="right" if column == "step" else "left", no_wrap=True)
    table.add_column(
        "bits per byte, held-out documents [95%]" if standing.of_text else "exact match, unseen sentences [95%]",
        no_wrap=True,
    )
    last = ""
    for line in lines:
        first = line.group != last
        last = line.group
        table.add_row(
            line.group if first else "",
            f"{line.ended}/{line.members}" if first else "",
            line.task,
            "-" if line.step is None else f"{line.step:,}",
            "-" if line.score is None else format_estimate(line.score, line.percent),
        )
    rest = Text(f"and {left_out} more lines", style="dim") if left_out else Text()
    parts = [Text(_progress(standing)), table, rest]
    if standing.sample is not None:
        step, told = standing.sample
        parts.append(Text(f"sample text after {step:,} steps:", style="dim"))
        parts.append(Text(told, overflow="fold"))
    return Group(*parts)


def plain_line(standing: Standing) -> str:
    """All of it on one line."""
    parts = [_progress(standing)]
    telling, left_out = _most_telling(standing, LINE_SCORES)
    for group, lines in groupby(telling, key=lambda line: line.group):
        scores = [
            f"{line.task} {format_estimate(line.score, line.percent)}" for line in lines if line.score is not None
        ]
        if scores:
            parts.append(f"{group}: {', '.join(scores)}")
    return " | ".join([*parts, *([f"and {left_out} more"] if left_out else [])])


def _most_telling(standing: Standing, room: int) -> tuple[list[Line], int]:
    """The lines to show, and how many are left out: where not all fit, those under way come first, then the ended."""
    lines = list(standing.lines())
    if len(lines) > room:
        lines.sort(key=lambda line: (not line.under_way, line.score is None))
    return lines[:room], max(len(lines) - room, 0)


def _progress(standing: Standing) -> str:
    parts = [f"{len(standing.ended)}/{len(standing.planned)} members done"]
    speed, left = standing.tokens_per_second, standing.seconds_left
    if len(standing.ended) < len(standing.planned):
        parts.append("compiling" if speed is None else f"{speed / 1000:,.0f} thousand tokens/s")
        if left is not None:
            parts.append(f"about {duration(left)} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """A time as one reads it.

    >>> duration(42), duration(600), duration(8000)
    ('42 s', '10 min', '2 h 13 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
