"""A small experiment for tests: two languages of five words, a model of a few thousand numbers, seconds to grow.

Source: none; it serves the tests of the command line.
Command: seedbed run tiny
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.plan import EXPERIMENTS, Experiment, Planned, seeds_from
from seedbed.models import ModelConfig
from seedbed.reports import Report, Section
from seedbed.tasks import Mixture, WorldConfig
from seedbed.training import Member, PopulationConfig, TrainingConfig


@dataclass(frozen=True)
class Options:
    """seeds: members.  first_seed: of the first.  examples: of the task in the training stream.  draw: of these.
    replaced: (task, place, sentence number) triples.
    """

    seeds: int = 2
    first_seed: int = 0
    examples: int = 12
    draw: Literal["independent", "distinct"] = "independent"
    replaced: tuple[tuple[str, int, int], ...] = ()
    world: WorldConfig = field(
        default_factory=lambda: WorldConfig(
            languages=("A", "B"), words=5, length=2, dictionaries=("A-B",), tasks=("A->B",)
        )
    )
    model: ModelConfig = field(default_factory=lambda: ModelConfig(width=8, blocks=1, heads=2, context=24))
    training: TrainingConfig = field(default_factory=lambda: TrainingConfig(steps=6, batch=4, warmup=2))
    evaluation: EvaluationConfig = field(
        default_factory=lambda: EvaluationConfig(
            shots=2, panel=4, every=4, others=0, regular=3, log_spaced=False, paper_items=0, paper_final_items=0,
            zero_shot=False, block=8,
        )
    )  # fmt: skip


def plan(options: Options) -> list[Planned]:
    population = PopulationConfig(options.world, options.model, options.training, options.evaluation)
    mixture = Mixture((("A->B", options.examples),), draw=options.draw, replaced=options.replaced)
    return [
        Planned(population, Member(mixture, seed, seed), "only")
        for seed in seeds_from(options.first_seed, options.seeds)
    ]


def report(results) -> Report:
    count = results.members.height
    return Report("Tiny", "a test", [f"{count} members grew."], [Section("what", "What was done", ["Nothing much."])])


def register() -> None:
    EXPERIMENTS["tiny"] = Experiment("tiny", __name__, "a small experiment for tests")


def interrupt_at(step: int, send: Callable[[], None]) -> None:
    """Let this process get a signal as soon as a member has taken `step` steps."""
    from seedbed.cli.watch import PlainLines

    receive = PlainLines.receive

    def receive_and_interrupt(self, event) -> None:
        receive(self, event)
        if event.step >= step and not sent:
            sent.append(event)
            send()

    sent = []
    PlainLines.receive = receive_and_interrupt


if __name__ == "__main__":
    import os
    import signal
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parent))
    import tiny_experiment

    tiny_experiment.register()
    if "INTERRUPT_AT" in os.environ:
        interrupt_at(int(os.environ["INTERRUPT_AT"]), lambda: os.kill(os.getpid(), signal.SIGINT))
    if "TERMINATE_ALL_AT" in os.environ:  # this process and its workers
        os.setsid()
        interrupt_at(int(os.environ["TERMINATE_ALL_AT"]), lambda: os.killpg(0, signal.SIGTERM))
    from seedbed.cli.main import main

    main()
