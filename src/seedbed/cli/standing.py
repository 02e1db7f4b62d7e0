"""How far a population is: members done, speed, time left, and the latest scores with their intervals.

Fed by the events of training and, for members grown earlier, by the run's own tables. The score shown is the headline:
exact match on unseen sentences of the panel, at the coverage that the experiment calls its own; of text models bits per
byte on held-out documents, and the last text that one of them wrote.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from seedbed.cli.groups import groups_of
from seedbed.config.printable import printable
from seedbed.data import TextConfig
from seedbed.emergence import Estimate, mean_over_seeds
from seedbed.experiments.plan import Planned
from seedbed.training import Diverged, Evaluated, Event, Finished, Progress, device_type, member_fingerprint

SPEED_SECONDS = 120.0  # the speed is that of the last two minutes: long enough to hold tests as well as steps


class Record(Protocol):
    """The tables of a run: `seedbed.experiments.results.Results` has them."""

    @property
    def members(self) -> Any:
        """One row a member."""
        ...

    @property
    def curves(self) -> Any:
        """One row a member, step, task and test."""
        ...


@dataclass(frozen=True)
class Line:
    """One task in one group of members. score: None before a test.  step: at which all that count were tested."""

    group: str
    task: str
    step: int | None
    score: Estimate | None
    ended: int
    members: int

    percent: bool = True

    @property
    def under_way(self) -> bool:
        """Whether some of its members grow now, or wait after others that did."""
        return self.score is not None and self.ended < self.members


class Standing:
    """The state of a population, event by event. decode: tokens that members write to text, of text models."""

    def __init__(
        self,
        planned: Sequence[Planned],
        clock: Callable[[], float] = time.monotonic,
        decode: Callable[[Sequence[int]], str] | None = None,
    ):
        device = device_type()
        self.planned = {member_fingerprint(each.config, each.member, device): each for each in planned}
        self.groups = groups_of(self.planned)
        self.step = dict.fromkeys(self.planned, 0)
        self.ended: set[str] = set()
        self._scores: dict[tuple[str, str], dict[int, tuple[float, int]]] = {}  # (member, task) -> step -> exact, items
        self.of_text = any(isinstance(each.config.world, TextConfig) for each in planned)
        self.sample: tuple[int, str] | None = None  # the step at which a member wrote a text, and the text
        self._clock, self._decode = clock, decode
        self._work: deque[tuple[float, int]] = deque()  # when, tokens: of the last minutes
        self._first: float | None = None  # when work was reported first
        self._flops = 0.0  # reported since

    def remember(self, record: Record) -> None:
        """Take over what the run's record holds of the planned members."""
        for row in record.members.iter_rows(named=True):
            if row["member"] in self.planned:
                self.step[row["member"]] = row["step"] or 0
                if row["state"] in ("finished", "diverged"):
                    self.ended.add(row["member"])
        for row in record.curves.iter_rows(named=True):
            if row["member"] in self.planned:
                self._note(row["member"], row["step"], row)

    def receive(self, event: Event) -> None:
        """Take one event."""
        if event.member not in self.planned:
            return
        if isinstance(event, Progress):
            self.step[event.member] = event.step
            now = self._clock()
            if self._first is None:
                self._first = now  # what was done before that began at a time that is not known
            else:
                self._flops += event.tokens * _flops_per_token(self.planned[event.member])
            self._work.append((now, event.tokens))
            while len(self._work) > 2 and self._work[0][0] < now - SPEED_SECONDS:
                self._work.popleft()
        elif isinstance(event, Evaluated):
            for row in event.rows:
                self._note(event.member, event.step, row)
            if self._decode is not None and "text" in event.samples:
                self.sample = event.step, printable(self._decode(event.samples["text"].tolist()))
        elif isinstance(event, Finished | Diverged):
            self.step[event.member] = event.step
            self.ended.add(event.member)

    @property
    def tokens_per_second(self) -> float | None:
        """Over the last minutes, tests included; None until two reports are a second apart."""
        seconds = self._work[-1][0] - self._work[0][0] if self._work else 0.0
        if seconds < 1:
            return None
        return sum(tokens for _, tokens in list(self._work)[1:]) / seconds  # the first report's came before it

    @property
    def seconds_left(self) -> float | None:
        """At the FLOPs per second since the first report, as members may differ in size; None while there are none.

        Not of the last minutes: some members' tests take as long as their steps, others' no time.
        """
        if self._first is None or self._work[-1][0] - self._first < 1:
            return None
        return self.flops_left * (self._work[-1][0] - self._first) / self._flops

    @property
    def flops_left(self) -> int:
        """Floating-point operations of the steps that members under way have still to take."""
        return sum(
            (each.config.training.steps - self.step[name]) * each.config.flops_per_step
            for name, each in self.planned.items()
            if name not in self.ended
        )

    def lines(self) -> Iterator[Line]:
        """Every task of every group, in the plan's order."""
        for group, names in self.groups.items():
            config = self.planned[names[0]].config
            ended = sum(name in self.ended for name in names)
            for task in config.evaluation.tasks or config.world.tasks:
                step, score = self._latest(names, task)
                yield Line(group, task, step, score, ended, len(names), percent=not self.of_text)

    def _latest(self, names: list[str], task: str) -> tuple[int | None, Estimate | None]:
        """The mean at the latest step that all members share: all that ended, or before one has, all under way.

        A member that has only just begun would otherwise throw the others' scores back to step 1.
        """
        tested = [name for name in names if self._scores.get((name, task))]
        counted = [name for name in tested if name in self.ended] or tested
        if not counted:
            return None, None
        common = set.intersection(*(set(self._scores[name, task]) for name in counted))
        if not common:
            return None, None
        step = max(common)
        scores = [self._scores[name, task][step] for name in counted]
        values, items = [score for score, _ in scores], min(items for _, items in scores)
        return step, mean_over_seeds(values, bounds=None) if self.of_text else mean_over_seeds(values, items=items)

    @property
    def metric(self) -> str:
        """The column of the curves that is shown."""
        return "bits_per_byte" if self.of_text else "exact"

    def _note(self, member: str, step: int, row: dict[str, Any]) -> None:
        evaluation = self.planned[member].config.evaluation
        coverage = evaluation.coverage if evaluation.shots else None
        if (row["test"], row["split"]) != ("panel", "unseen") or row["n"] < 1 or row[self.metric] is None:
            return
        if (row["shots"], row["coverage"]) == (evaluation.shots, coverage):
            self._scores.setdefault((member, row["task"]), {})[step] = row[self.metric], row["n"]


def _flops_per_token(planned: Planned) -> float:
    return planned.config.flops_per_step / planned.config.tokens_per_step
