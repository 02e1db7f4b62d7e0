"""The triangle: A->B and B->C are taught with thousands of sentences, A->C with 50 or none. Does A->C emerge?

Source: Sinha (2024), section 3.1: conditions `alone` (50 A->C), `zero-shot` (2,500 A->B + 2,500 B->C), `hinted` (both).
Command: seedbed run triangle        (--controls adds one change at a time between the paper's settings and ours)
Time: under 5 minutes on two cores; with --controls under 20.
Expect: on unseen sentences whose shots show none of their words, exact match of at least 98% in `hinted` and in
`alone`, and of at most 1% in `zero-shot`. So 50 examples suffice by themselves; fewer do not (`seedbed run hints`).
Learning rate, schedule and decay were chosen on seeds 0 to 7; seeds 8 to 15 are reported.
"""

from dataclasses import dataclass, field

from seedbed.config import UsageError
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments import controls
from seedbed.experiments.plan import Planned, check_shots, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import ModelConfig
from seedbed.reports import Report
from seedbed.tasks import Mixture, WorldConfig
from seedbed.training import Member, PopulationConfig, TrainingConfig

TUNED_SEEDS = range(8)  # rate, schedule and decay were chosen on these
CORPUS = 2500  # sentences of A->B and of B->C, drawn independently


@dataclass(frozen=True)
class Options:
    """seeds: members of each condition.  first_seed: number of the first seed.  controls: also train the controls,
    which change one factor at a time.  control_seeds: members per control.  hints: examples of A->C in `hinted` and
    `alone`.  learning_rate: peak learning rate.
    """

    seeds: int = 8
    first_seed: int = len(TUNED_SEEDS)
    controls: bool = False
    control_seeds: int = 3
    hints: int = 50
    learning_rate: float = 8e-3
    world: WorldConfig = field(default_factory=WorldConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(steps=500, schedule="stable-decay", decay=0.4)
    )
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)


def plan(options: Options) -> list[Planned]:
    """The three conditions, and the controls where asked for."""
    needed = {"A->B", "B->C", "A->C"}
    if not needed <= set(options.world.tasks):
        raise UsageError(
            f"the triangle needs the tasks A->B, B->C and A->C, this world has {', '.join(options.world.tasks)}"
        )
    check_shots(options.evaluation)
    config = population(options)
    planned = [
        Planned(config, Member(mixture, seed, seed, learning_rate=options.learning_rate), condition)
        for condition, mixture in mixtures(options.hints).items()
        for seed in seeds_from(options.first_seed, options.seeds)
    ]
    if options.controls:
        hinted = mixtures(options.hints)["hinted"]
        seeds = seeds_from(options.first_seed, options.control_seeds)
        planned += controls.plan(config, hinted, options.learning_rate, seeds)
    return planned


def population(options: Options) -> PopulationConfig:
    """What all members share."""
    return PopulationConfig(options.world, options.model, options.training, options.evaluation)


def mixtures(hints: int) -> dict[str, Mixture]:
    """The streams of the three conditions."""
    corpora = (("A->B", CORPUS), ("B->C", CORPUS))
    found = {"zero-shot": Mixture(corpora), "hinted": Mixture((*corpora, ("A->C", hints)))}
    return {"alone": Mixture((("A->C", hints),)), **found} if hints else found


def report(results: Results) -> Report:
    """The page of a triangle run."""
    from seedbed.experiments.triangle_report import make

    return make(results)
