"""Any world: your own languages, dictionaries and mixture. By default a chain A-B-C-D with hints for A->D alone.

Source: ours. Sinha (2024) has a triangle and a star; here the graph is yours. How far does composition reach?
Command: seedbed run world        (--world.dictionaries A-B,A-C,A-D --mixture "A->B:2500,A->C:2500,A->D:2500,B->C:50")
Time: under 3 minutes on two cores.
Expect: the three dictionaries of the chain at 100% exact on unseen sentences at coverage 0. Whether A->D follows with
50 examples, and A->C and B->D with none, is the question.

The mixture says how many examples of each task are taught; a task with 0 is only tested. Quote it: a shell takes > for
itself. Tasks are those of the mixture, or where you name more (--world.tasks), all of these; a task composes the
dictionaries on its shortest path.
"""

from dataclasses import dataclass, field, replace

from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.plan import Planned, check_shots, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import ModelConfig
from seedbed.reports import Report
from seedbed.tasks import Mixture, WorldConfig, chain, counts_in
from seedbed.training import Member, PopulationConfig, TrainingConfig

CONDITION = "world"


@dataclass(frozen=True)
class Options:
    """mixture: examples of each task.  seeds: members.  first_seed: number of the first.  learning_rate: its peak."""

    mixture: str = "A->B:2500,B->C:2500,C->D:2500,A->D:50,A->C:0,B->D:0"
    seeds: int = 8
    first_seed: int = 0
    learning_rate: float = 8e-3
    world: WorldConfig = field(default_factory=lambda: chain(4, tasks=()))
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(steps=600, schedule="stable-decay", decay=0.4)
    )
    evaluation: EvaluationConfig = field(default_factory=lambda: EvaluationConfig(paper_items=0, paper_final_items=0))


def plan(options: Options) -> list[Planned]:
    """One condition, the mixture asked for. Raises `UsageError` for a mixture that cannot be read or taught."""
    check_shots(options.evaluation)
    taught = Mixture(tuple((task, examples) for task, examples in counts_in(options.mixture) if examples))
    config = PopulationConfig(world_of(options), options.model, options.training, options.evaluation)
    return [
        Planned(config, Member(taught, seed, seed, learning_rate=options.learning_rate), CONDITION)
        for seed in seeds_from(options.first_seed, options.seeds)
    ]


def world_of(options: Options) -> WorldConfig:
    """The world with its tasks: those named, or those of the mixture."""
    tasks = options.world.tasks or tuple(task for task, _ in counts_in(options.mixture))
    return replace(options.world, tasks=tasks)


def report(results: Results) -> Report:
    """The page of a world's run."""
    from seedbed.experiments.world_report import make

    return make(results)
