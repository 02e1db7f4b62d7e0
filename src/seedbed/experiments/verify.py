"""Regrow members of a run chosen at random and compare their weights with the record.

Equality is promised on one type of processor and one jaxlib; a member recorded elsewhere cannot be compared here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.config import UsageError
from seedbed.experiments.plan import Planned
from seedbed.experiments.results import settings_of
from seedbed.store import Run, check_integrity, weights_hash
from seedbed.store.integrity import damaged
from seedbed.training import (
    NUMERICS_VERSION,
    Event,
    Finished,
    Sink,
    cpu_type,
    member_fingerprint,
    train_population,
)


@dataclass(frozen=True)
class Recorded:
    """A finished member as the run's record has it: its settings and the hash of its final weights."""

    name: str
    planned: Planned
    weights_sha256: str


@dataclass(frozen=True)
class Comparison:
    """A member regrown. recorded, regrown: hashes of the final weights; regrown is None where it diverged."""

    member: str
    condition: str
    recorded: str
    regrown: str | None

    @property
    def equal(self) -> bool:
        """Whether the same weights came out."""
        return self.recorded == self.regrown


def choose(folder: Path | str, count: int = 3, seed: int = 0) -> list[Recorded]:
    """`count` finished members of the run (or all, where there are fewer), chosen by `seed`.

    Raises `DamagedRunError` where a file is not what the manifest says, `UsageError` for a count below 1, a run without
    finished members, and one none of whose members can be compared on this machine.
    """
    if count < 1 or seed < 0:
        raise UsageError(
            f"verify retrains at least 1 member and needs a seed of 0 or more; got {count} members, seed {seed}"
        )
    if problems := check_integrity(folder):
        raise damaged(Path(folder), problems)
    run = Run.open(folder, write=False)
    finished = [row for row in run.members().iter_rows(named=True) if row["state"] == "finished"]
    if not finished:
        raise UsageError(f"{folder} has no finished member to compare with: continue with seedbed resume {folder}")
    recorded = sorted((_recorded(row) for row in finished), key=lambda each: each.name)
    here = cpu_type()
    comparable = [
        each for each in recorded if member_fingerprint(each.planned.config, each.planned.member, here) == each.name
    ]
    if not comparable:
        raise _grown_elsewhere(folder, finished[0], run.manifest.versions)
    order = np.random.default_rng(seed).permutation(len(comparable))[:count]
    return [comparable[index] for index in order]


def regrow(
    chosen: Sequence[Recorded], *, workers: int | None = None, observers: Sequence[Sink] = ()
) -> list[Comparison]:
    """Grow the members again from nothing; nothing is written. In the order of `chosen`."""
    found = _Hashes(observers)
    train_population([(each.planned.config, each.planned.member) for each in chosen], found, workers=workers)
    return [
        Comparison(each.name, each.planned.condition, each.weights_sha256, found.hashes.get(each.name))
        for each in chosen
    ]


class _Hashes:
    """Keeps the hash of each member that finishes."""

    def __init__(self, observers: Sequence[Sink]):
        self.hashes: dict[str, str] = {}
        self.observers = observers

    def receive(self, event: Event) -> None:
        if isinstance(event, Finished):
            self.hashes[event.member] = weights_hash(event.weights)
        for observer in self.observers:
            observer.receive(event)


def _recorded(row: dict[str, Any]) -> Recorded:
    return Recorded(row["member"], Planned(*settings_of(row["config"]), row["condition"]), row["weights_sha256"])


def _grown_elsewhere(folder: Path | str, row: dict[str, Any], versions: Any) -> UsageError:
    return UsageError(
        f"{folder} cannot be verified here: it was trained on {row.get('cpu')} with jaxlib {versions.get('jaxlib')} "
        f"and Seedbed {versions.get('seedbed')}, but this is {cpu_type()} with jaxlib {version('jaxlib')} and "
        f"numerics {NUMERICS_VERSION}. Equal weights are guaranteed only on the same type of processor, version of "
        "jaxlib and version of the numerics: verify the run there; nothing was trained"
    )
