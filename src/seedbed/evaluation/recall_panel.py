"""What a member of a world of recall is asked: fresh windows that end with a query, at every distance.

Nothing was read before, so all questions are unseen. The panel of the time of training is the same in every test, that
of the end is larger and another one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool

from seedbed.evaluation.config import EvaluationConfig
from seedbed.evaluation.panel import EXAMPLES, Test
from seedbed.tasks import EvaluationSet, RecallConfig, recall_set


@dataclass(frozen=True)
class RecallPanel:
    """A member's questions. context: tokens of a prompt, the query the last one."""

    world: RecallConfig
    config: EvaluationConfig
    context: int
    seed: int

    @cached_property
    def fixed(self) -> tuple[tuple[Test, EvaluationSet], ...]:
        """The sets asked again and again."""
        return tuple(self._sets("panel", self.config.panel))

    def training(self, step: int) -> Iterator[tuple[Test, EvaluationSet]]:
        """The sets asked after `step`: the same ones each time."""
        del step
        yield from self.fixed

    def final(self, step: int) -> Iterator[tuple[Test, EvaluationSet]]:
        """The sets asked at the end."""
        del step
        yield from self._sets("every", self.config.every)

    def examples(self) -> Iterator[tuple[Test, EvaluationSet]]:
        """A few prompts a task, the same for every member of the world, so that answers stand beside each other."""
        for task in self.config.tasks or self.world.tasks:
            asked = recall_set(self.world, task, test="example", size=EXAMPLES, context=self.context, seed=0)
            yield "every", asked

    def unseen(self, asked: EvaluationSet) -> Bool[np.ndarray, " N"]:
        """Which of a set's questions the member has not read: all, since windows are fresh."""
        return np.ones(len(asked.prompt_NP), dtype=bool)

    def _sets(self, test: Test, size: int) -> Iterator[tuple[Test, EvaluationSet]]:
        for task in self.config.tasks or self.world.tasks:
            yield test, recall_set(self.world, task, test=test, size=size, context=self.context, seed=self.seed)
