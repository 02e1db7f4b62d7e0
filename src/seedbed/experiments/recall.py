"""What can a mixer recall, and from how far? Keys are shown with values, and queried 2 to 32 tokens later.

Source: multi-query associative recall, Arora et al. (2023), section 3; induction heads as in Gu & Dao (2023), section
4.1.2; that GAM (Acharya 2025) reads 13 tokens over 6 blocks follows from its equations.
Command: seedbed run recall
Time: about 2 hours on two cores, estimated from pilots; `--mixers` runs some of the mixers.
Expect: attention answers at least 95% of queries at every distance; `gam` and attention with a window of 3 answer at
least 90% within 13 tokens and at most 5 points more than chance beyond.

One member learns all tasks at once, from windows that never repeat. The loss covers the answers only and gives every
task equal weight. Besides the mixer, the learning rate differs; it was chosen on other seeds. Attention uses rotary
positions, Glorot initial weights and Muon; the other mixers use learned positions, GPT-2's initial weights and AdamW.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from seedbed.config import UsageError
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.mixers import PILOT_SEED, PILOT_SEEDS, RATES, check_mixers, model_of, receptive_field
from seedbed.experiments.plan import Planned, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import ModelConfig, RotaryConfig
from seedbed.reports import Report
from seedbed.tasks import Mixture, RecallConfig
from seedbed.training import Member, Optimiser, PopulationConfig, TrainingConfig

# What each mixer learns best with: attention hardly begins from GPT-2's small weights and learned positions in so few
# steps, and with AdamW it stops short of the end (docs/lab-notebook.md). Rates: attention's and GAM's from there, the
# others' by `--pilot --training.steps 600`, both on seeds from 100 on.
ATTENTION: dict[str, Any] = {"positions": "rotary", "rotary": RotaryConfig(base=100.0), "init": "keras"}
LEARNING_RATES = {
    "attention": 3e-3,
    "attention-window": 8e-3,
    "linear": 1e-3,
    "gam": 3e-3,
    "mamba": 2e-3,
    "gru": 4e-3,
    "lstm": 8e-3,
}


@dataclass(frozen=True)
class Options:
    """seeds: members of each mixer.  first_seed: number of the first seed.  mixers: the mixers that are compared.
    pilot: instead of the experiment, train the members that choose the learning rates, on other seeds.  learning_rate:
    peak learning rate; by default each mixer's own.  attention_optimiser: the optimiser for attention, instead of
    training.optimiser.
    """

    seeds: int = 8
    first_seed: int = 0
    mixers: tuple[str, ...] = tuple(LEARNING_RATES)
    pilot: bool = False
    learning_rate: float | None = None
    attention_optimiser: Optimiser = "muon"
    world: RecallConfig = field(default_factory=RecallConfig)
    model: ModelConfig = field(default_factory=lambda: ModelConfig(blocks=6, feed_forward=2, context=64))
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(
            steps=2500, batch=32, objective="per-task", schedule="stable-decay", warmup=50, decay=0.4
        )
    )
    evaluation: EvaluationConfig = field(
        default_factory=lambda: EvaluationConfig(
            shots=0, panel=32, every=256, others=0, regular=100, log_spaced=False, paper_items=0, paper_final_items=0
        )
    )


def plan(options: Options) -> list[Planned]:
    """Every mixer's members, each mixer a population of its own."""
    check_mixers(options.mixers, tuple(LEARNING_RATES), options.model)
    if options.training.pretraining:
        raise UsageError(
            "the experiment recall does not pre-train: training.pretraining must be 0, got "
            f"{options.training.pretraining}"
        )
    mixture = Mixture(tuple((task, 1) for task in options.world.tasks))
    seeds = seeds_from(options.first_seed, options.seeds)
    planned = []
    for name in options.mixers:
        model = _model(name, options.model)
        training = options.training
        if model.mixer == "attention":
            training = replace(training, optimiser=options.attention_optimiser)
        config = PopulationConfig(options.world, model, training, options.evaluation)
        rates = (LEARNING_RATES[name] if options.learning_rate is None else options.learning_rate,)
        if options.pilot:
            seeds, rates = seeds_from(PILOT_SEED, PILOT_SEEDS), RATES
        labels = (("mixer", name), ("reads", receptive_field(model)), ("learns_by", training.optimiser))
        planned += [
            Planned(config, Member(mixture, seed, seed, learning_rate=rate), name, labels)
            for rate in rates
            for seed in seeds
        ]
    return planned


def _model(name: str, base: ModelConfig) -> ModelConfig:
    model = model_of(name, base)
    return replace(model, **ATTENTION) if model.mixer == "attention" else model


def report(results: Results) -> Report:
    """The page of a recall run."""
    from seedbed.experiments.recall_report import make

    return make(results)
