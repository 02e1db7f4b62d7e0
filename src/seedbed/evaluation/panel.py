"""What a member is asked: a fixed panel while it trains, every sentence that exists at the end.

The panel is drawn once a member from (data seed) and what the member has seen, so a resumed member is asked the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Bool

from seedbed.config import UsageError
from seedbed.evaluation.config import EvaluationConfig
from seedbed.tasks import EvaluationSet, World, evaluation_set, paper_test, stratified
from seedbed.tasks.prompts import check_coverage

Test = Literal["panel", "every", "paper"]

EXAMPLES = 16  # questions of a task whose answers are kept word by word, the same for all members of a world


@dataclass(frozen=True)
class Panel:
    """A member's questions. seen_KS: the (task, sentence) pairs that stand whole in one of its training windows."""

    world: World
    config: EvaluationConfig
    seen_KS: Bool[np.ndarray, "K S"]
    seed: int

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks tested."""
        return self.config.tasks or self.world.config.tasks

    @cached_property
    def fixed(self) -> tuple[tuple[Test, EvaluationSet], ...]:
        """The sets asked again and again."""
        config = self.config
        return tuple(
            ("panel", self.questions(task, split, config.shots, config.coverage, config.panel))
            for task in self.tasks
            for split in ("seen", "unseen")
        )

    def training(self, step: int) -> Iterator[tuple[Test, EvaluationSet]]:
        """The sets asked after `step`: the fixed ones, and the paper's test with fresh sentences each time."""
        yield from self.fixed
        for task in self.tasks:
            yield from self._paper(task, self.config.paper_items, step)

    def final(self, step: int) -> Iterator[tuple[Test, EvaluationSet]]:
        """The sets asked at the end: every sentence at the headline coverage, the other coverages, no shots."""
        config = self.config
        coverages = range(self.world.config.length + 1) if config.others and config.shots else ()
        for task in self.tasks:
            for split in ("seen", "unseen"):
                yield "every", self.questions(task, split, config.shots, config.coverage, config.every)
                for coverage in coverages:
                    if coverage != config.coverage and _possible(self.world, config.shots, coverage):
                        yield "every", self.questions(task, split, config.shots, coverage, config.others)
                if config.zero_shot and config.shots:
                    yield "every", self.questions(task, split, 0, None, config.others or config.panel)
            yield from self._paper(task, config.paper_final_items, step)

    def examples(self) -> Iterator[tuple[Test, EvaluationSet]]:
        """A few prompts a task, the same for every member of the world, so that answers stand beside each other."""
        config, sentences = self.config, self.world.config.sentences
        question_N = stratified(np.arange(sentences), EXAMPLES, seed=0)
        coverage = config.coverage if config.shots else None
        for task in self.tasks:
            yield (
                "every",
                evaluation_set(
                    self.world,
                    task,
                    "any",
                    question_N,
                    np.zeros(sentences, dtype=bool),
                    shots=config.shots,
                    coverage=coverage,
                    seed=0,
                ),
            )

    def unseen(self, asked: EvaluationSet) -> Bool[np.ndarray, " N"]:
        """Which of a set's questions stand in no window that the member read."""
        return ~self.seen_KS[self.world.config.tasks.index(asked.task), asked.sentence_N]

    def questions(self, task: str, split: str, shots: int, coverage: int | None, size: int) -> EvaluationSet:
        """At most `size` sentences of a split, `seen` or `unseen`, spread over all of them, with their shots."""
        seen_S = self.seen_KS[self.world.config.tasks.index(task)]
        (number_N,) = np.nonzero(seen_S if split == "seen" else ~seen_S)
        question_N = stratified(number_N, size, seed=self.seed)
        return evaluation_set(
            self.world, task, split, question_N, seen_S, shots=shots, coverage=coverage, seed=self.seed
        )

    def _paper(self, task: str, items: int, step: int) -> Iterator[tuple[Test, EvaluationSet]]:
        for cut in self.config.paper_cuts if items else ():
            shots = self.config.paper_shots
            yield (
                "paper",
                paper_test(self.world, task, items=items, shots=shots, cut=cut, seed=self.seed, counter=step),
            )


def _possible(world: World, shots: int, coverage: int) -> bool:
    """Whether shots with this coverage exist."""
    try:
        check_coverage(world, shots, coverage)
    except UsageError:
        return False
    return True
