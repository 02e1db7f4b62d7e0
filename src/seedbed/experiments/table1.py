"""Table 1: four languages of 12 words, with three dictionaries taught often and three compositions taught rarely.

Source: Sinha (2024), section 3.2: A->B 5,000, A->D 4,500, A->C 4,000 sentences; D->B 100, D->C 200, B->C 300.
Command: seedbed run table1
Time: under 6 minutes on two cores.
Expect: exact match of at least 99% on D->B, D->C and B->C, on unseen sentences at coverage 0 (published: 93.5, 99.75
and 99.25, on sentences that may occur in the training data and with shots that show most of the words). The claims
about the paper's own model need `seedbed run paper-3.2`.
"""

from dataclasses import dataclass, field

from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.plan import Planned, check_shots, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import ModelConfig
from seedbed.reports import Report
from seedbed.tasks import Mixture, WorldConfig
from seedbed.tasks import table1 as table1_world
from seedbed.training import Member, PopulationConfig, TrainingConfig

MIXTURE = Mixture((("A->B", 5000), ("A->D", 4500), ("A->C", 4000), ("D->B", 100), ("D->C", 200), ("B->C", 300)))


@dataclass(frozen=True)
class Options:
    """seeds: number of members, numbered from first_seed."""

    seeds: int = 8
    first_seed: int = 0
    learning_rate: float = 5e-3
    world: WorldConfig = field(default_factory=table1_world)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=lambda: TrainingConfig(steps=800, schedule="stable-decay"))
    evaluation: EvaluationConfig = field(default_factory=lambda: EvaluationConfig(regular=100))


def plan(options: Options) -> list[Planned]:
    """One condition, the paper's mixture."""
    check_shots(options.evaluation)
    config = PopulationConfig(options.world, options.model, options.training, options.evaluation)
    return [
        Planned(config, Member(MIXTURE, seed, seed, learning_rate=options.learning_rate), "table 1")
        for seed in seeds_from(options.first_seed, options.seeds)
    ]


def report(results: Results) -> Report:
    """The page of a table1 run."""
    from seedbed.experiments.table1_report import make

    return make(results)
