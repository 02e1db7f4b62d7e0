"""What happens to a member while it grows, told to whoever listens; and the listener's contract.

`training` yields plain numbers and arrays; `experiments` connects them to the store, so the core needs no tables
library.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Progress:
    """Steps done since the last event of this kind, and what they took.

    core_seconds: processor time of every process of the member, tests among it, compiling of the steps not.
    """

    member: str
    step: int
    tokens: int
    core_seconds: float


@dataclass(frozen=True)
class Evaluated:
    """Rows of a test, each with its step; see `seedbed.evaluation.evaluator` for their columns.

    final: the test of every sentence at the end, which shares its step with the last test of training.  samples: tokens
    that the member wrote, by name.
    """

    member: str
    step: int
    rows: list[dict[str, Any]]
    final: bool = False
    samples: Arrays = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """The full state after `step`, enough to go on with the same bits."""

    member: str
    step: int
    arrays: Arrays


@dataclass(frozen=True)
class Finished:
    """The final weights, their hash, and the final test's answers item by item."""

    member: str
    step: int
    weights: Arrays
    weights_sha256: str
    outcomes: Arrays


@dataclass(frozen=True)
class Diverged:
    """The member's loss is no longer a number; it stops here and harms no other."""

    member: str
    step: int
    reason: str


Event = Progress | Evaluated | Checkpoint | Finished | Diverged


@runtime_checkable
class Sink(Protocol):
    """Receives every event, in order for each member. What it raises stops the whole population."""

    def receive(self, event: Event) -> None:
        """Take one event."""
        ...
