"""What can a mixer recall, and from how far? Keys are shown with values and asked for again, 2 to 32 tokens later.

Source: multi-query associative recall, Arora et al. (2023), section 3; induction heads as in Gu & Dao (2023), section
4.1.2; that GAM (Acharya 2025) reads 13 tokens over 6 blocks follows from its equations.
Command: seedbed run recall
Time: see docs/lab-notebook.md.
Expect: attention at least 95% at every distance; `gam` and attention with a window of 3 at least 90% within 13 tokens
and at most chance + 5 points beyond.

One member learns all tasks at once, from windows that never repeat; the loss is that of the answers, every task
weighing alike. Mixers differ in nothing else but their learning rate, each chosen on other seeds.
"""

from dataclasses import dataclass, field

from seedbed.config import UsageError
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.mixers import CHANGES, check_mixers, model_of, receptive_field
from seedbed.experiments.plan import Planned, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import ModelConfig
from seedbed.reports import Report
from seedbed.tasks import Mixture, RecallConfig
from seedbed.training import Member, PopulationConfig, TrainingConfig

LEARNING_RATES = dict.fromkeys(CHANGES, 3e-3)


@dataclass(frozen=True)
class Options:
    """seeds: members of each mixer.  first_seed: number of the first.  mixers: those compared.  learning_rate: its
    peak, none is each mixer's own.
    """

    seeds: int = 8
    first_seed: int = 0
    mixers: tuple[str, ...] = tuple(CHANGES)
    learning_rate: float | None = None
    world: RecallConfig = field(default_factory=RecallConfig)
    model: ModelConfig = field(default_factory=lambda: ModelConfig(blocks=6, feed_forward=2, context=64))
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(
            steps=800, batch=32, objective="per-task", schedule="stable-decay", decay=0.4
        )
    )
    evaluation: EvaluationConfig = field(
        default_factory=lambda: EvaluationConfig(
            shots=0, panel=32, every=256, others=0, regular=100, log_spaced=False, paper_items=0, paper_final_items=0
        )
    )


def plan(options: Options) -> list[Planned]:
    """Every mixer's members, each mixer a population of its own."""
    check_mixers(options.mixers, options.model)
    if options.training.pretraining:
        raise UsageError(f"recall has no pre-training: training.pretraining is {options.training.pretraining}, not 0")
    mixture = Mixture(tuple((task, 1) for task in options.world.tasks))
    planned = []
    for name in options.mixers:
        model = model_of(name, options.model)
        config = PopulationConfig(options.world, model, options.training, options.evaluation)
        rate = LEARNING_RATES[name] if options.learning_rate is None else options.learning_rate
        planned += [
            Planned(config, Member(mixture, seed, seed, learning_rate=rate), name, (("reads", receptive_field(model)),))
            for seed in seeds_from(options.first_seed, options.seeds)
        ]
    return planned


def report(results: Results) -> Report:
    """The page of a recall run."""
    from seedbed.experiments.recall_report import make

    return make(results)
