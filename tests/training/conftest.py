"""A population small enough to grow in a second, and a listener that remembers."""

from dataclasses import dataclass, field, replace

import pytest

from seedbed.evaluation import EvaluationConfig
from seedbed.models import ModelConfig
from seedbed.tasks import Mixture
from seedbed.training import (
    Checkpoint,
    Diverged,
    Evaluated,
    Finished,
    Member,
    PopulationConfig,
    TrainingConfig,
)
from seedbed.training.growth import Growth, Programs

SMALL = PopulationConfig(
    model=ModelConfig(width=8, blocks=1, heads=2, context=20),
    training=TrainingConfig(steps=30, batch=4),
    evaluation=EvaluationConfig(
        shots=1, panel=3, every=5, others=0, regular=12, paper_items=2, paper_final_items=2, paper_cuts=(20,), block=8
    ),
)
MIXTURE = Mixture((("A->B", 20), ("B->C", 20), ("A->C", 5)))


@dataclass
class Heard:
    """A sink that keeps every event; `then` is called with each."""

    events: list = field(default_factory=list)
    then: object = None

    def receive(self, event):
        self.events.append(event)
        if self.then is not None:
            self.then(event)

    def of(self, member, *kinds):
        return [event for event in self.events if event.member == member and isinstance(event, kinds)]

    @property
    def hashes(self):
        return {event.member: event.weights_sha256 for event in self.events if isinstance(event, Finished)}

    @property
    def saved(self):
        return {event.member: event.arrays for event in self.events if isinstance(event, Checkpoint)}

    def rows(self, member):
        """Every row of every test, the mean losses apart: they are sums of calls, which may end anywhere."""
        rows = [row for event in self.of(member, Evaluated) for row in event.rows]
        return [{name: value for name, value in row.items() if name != "loss"} for row in rows]

    def losses(self, member):
        return [row["loss"] for event in self.of(member, Evaluated) for row in event.rows if "loss" in row]


def members(count, **changes):
    return [Member(MIXTURE, init_seed=seed, data_seed=10 + seed, **changes) for seed in range(count)]


def grown_here(config, member, name="alone", resume=None):
    """A member grown alone in this process."""
    growth, heard = Growth(Programs(config), member, name, resume), Heard()
    while not growth.done:
        for event in growth.advance():
            heard.receive(event)
            if isinstance(event, Diverged):
                return heard
    return heard


@pytest.fixture(scope="session")
def small():
    """The population, its members, and how to vary, grow and listen."""

    class Small:
        config = SMALL
        mixture = MIXTURE
        heard = Heard
        members = staticmethod(members)
        grown_here = staticmethod(grown_here)

        @staticmethod
        def with_steps(steps):
            """As many steps, tested seldom."""
            evaluation = replace(SMALL.evaluation, regular=max(SMALL.evaluation.regular, steps // 6))
            return replace(SMALL, training=replace(SMALL.training, steps=steps), evaluation=evaluation)

    return Small


@pytest.fixture(scope="session")
def alone(small):
    """What each of three members is when grown alone."""
    return [small.grown_here(small.config, member) for member in small.members(3)]
