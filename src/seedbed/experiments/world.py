"""Any world: your own languages, dictionaries and mixture. The default is a chain A-B-C-D with 16 hints for A->D alone.

Source: ours. Sinha (2024) has a triangle and a star; here you define the graph. How far does composition reach?
Command: seedbed run world        (--world.dictionaries A-B,A-C,A-D --mixture "A->B:2500,A->C:2500,A->D:2500,B->C:16")
Time: under 2 minutes on two cores.
Expect: exact match of 100% on the three dictionaries of the chain, on unseen sentences at coverage 0. A->D, across all
three dictionaries, reaches between 0 and 100% depending on the seed, a third on average, and 0 with its 16 examples
alone. A->C and B->D, which are never taught, stay at 0%.

The mixture says how many examples of each task are taught; a task with 0 is only tested. Quote it, because the shell
interprets >. The tasks are those of the mixture, or all of those that you name with --world.tasks; a task composes the
dictionaries on its shortest path. As a control, other members are trained on the examples of composed tasks alone.
"""

from dataclasses import dataclass, field, replace

from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.plan import Planned, check_shots, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import ModelConfig
from seedbed.reports import Report
from seedbed.tasks import Mixture, WorldConfig, chain, counts_in
from seedbed.training import Member, PopulationConfig, TrainingConfig

WHOLE = "whole mixture"
ALONE = "compositions alone"


@dataclass(frozen=True)
class Options:
    """mixture: number of examples of each task.  control: also train members on the examples of the composed tasks
    alone.  seeds: members of each condition.  first_seed: number of the first seed.  learning_rate: peak learning rate.
    """

    mixture: str = "A->B:2500,B->C:2500,C->D:2500,A->D:16,A->C:0,B->D:0"
    control: bool = True
    seeds: int = 8
    first_seed: int = 0
    learning_rate: float = 8e-3
    world: WorldConfig = field(default_factory=lambda: chain(4, tasks=()))
    model: ModelConfig = field(default_factory=lambda: ModelConfig(context=30))
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(steps=600, batch=32, schedule="stable-decay", decay=0.4)
    )
    evaluation: EvaluationConfig = field(
        default_factory=lambda: EvaluationConfig(shots=2, panel=128, others=128, paper_items=0, paper_final_items=0)
    )


def plan(options: Options) -> list[Planned]:
    """The whole mixture, and its composed tasks alone. Raises `UsageError` for a mixture that cannot be taught."""
    check_shots(options.evaluation)
    whole = PopulationConfig(world_of(options), options.model, options.training, options.evaluation)
    taught = tuple((task, examples) for task, examples in counts_in(options.mixture) if examples)
    populations = {WHOLE: (whole, Mixture(taught))}
    composed = tuple((task, examples) for task, examples in taught if len(whole.languages.path(task)) > 2)
    if options.control and composed and composed != taught:
        tested = tuple(task for task, _ in composed if task in (options.evaluation.tasks or whole.world.tasks))
        evaluation = replace(options.evaluation, tasks=tested)
        populations[ALONE] = replace(whole, evaluation=evaluation), Mixture(composed)
    return [
        Planned(config, Member(mixture, seed, seed, learning_rate=options.learning_rate), condition)
        for condition, (config, mixture) in populations.items()
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
