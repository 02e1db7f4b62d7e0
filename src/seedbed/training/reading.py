"""What a member reads, step by step: its stream, and before it, where asked for, the stream it is pre-trained on.

The windows of the stream are numbered from its own first step, so a pre-trained member and a fresh one read the same
ones in the same order. Source: Assumption 2 of Sinha (2024) speaks of a model pre-trained on related tasks.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from seedbed.data import TextBatches
from seedbed.tasks import Batches, WindowSource
from seedbed.training.config import Member, PopulationConfig
from seedbed.training.worlds import Windows, kind_of


@dataclass(frozen=True)
class Reading:
    """Windows before and after the `switch`, the number of steps of pre-training; without any, `before` is None."""

    before: Windows | None
    after: Windows
    switch: int

    def batches(self, first_step: int, steps: int) -> Batches | TextBatches:
        """The batches of steps first_step .. first_step + steps - 1, counted from 0."""
        early = min(max(self.switch - first_step, 0), steps)
        if self.before is None or early == 0:
            return self.after.batches(first_step - self.switch, steps)
        if early == steps:
            return self.before.batches(first_step, steps)
        one, other = self.before.batches(first_step, early), self.after.batches(0, steps - early)
        return Batches(
            np.concatenate([one.token_SBW, other.token_SBW]),
            np.concatenate([one.task_SBW, other.task_SBW]),
            np.concatenate([one.real_SB, other.real_SB]),
        )

    def seen(self, tasks: int, sentences: int, steps: int) -> Bool[np.ndarray, "K N"]:
        """Which (task, sentence) stand whole in some window that the first `steps` steps read.

        None where what is read has no sentences.
        """
        seen_KN = np.zeros((tasks, sentences), dtype=bool)
        for windows, read in ((self.before, min(steps, self.switch)), (self.after, steps - self.switch)):
            if isinstance(windows, WindowSource) and read > 0:
                seen_KN |= windows.seen(tasks, sentences, read)
        return seen_KN


def reading(config: PopulationConfig, member: Member) -> Reading:
    """What a member of this population reads."""
    kind = kind_of(config.world)
    after = kind.windows(config, member.mixture, member.data_seed)
    if member.pretraining is None:
        return Reading(None, after, 0)
    before = kind.windows(config, member.pretraining, member.data_seed)
    return Reading(before, after, config.training.pretraining)
