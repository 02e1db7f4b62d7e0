"""Text models: members of one or several sizes trained on one corpus; used by `seedbed train`.

Source: TinyStories, Eldan & Li (2023); the recipe (Muon with a warm-up, stable and decay schedule) is ours.
Command: seedbed train --corpus stories/ --preset baby-1m --minutes 10
Time: as long as requested.
Expect: held-out bits per byte that fall throughout, and sample texts that become stories.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from seedbed.config import UsageError
from seedbed.data import CorpusConfig, TextConfig
from seedbed.data.tokenizers import TokenizerConfig
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.plan import Planned, seeds_from
from seedbed.models import preset
from seedbed.training import TEXT_MIXTURE, Member, PopulationConfig, TrainingConfig

if TYPE_CHECKING:  # a report needs JAX and charts, training on text starts without
    from seedbed.experiments.results import Results
    from seedbed.reports import Report

LEARNING_RATE, WEIGHT_DECAY = 1e-2, 0.1
TESTS = 20  # evenly spaced over a member's steps, beside those at steps 1, 2, 4, 8, ...


def training_defaults() -> TrainingConfig:
    """How a text model learns."""
    return TrainingConfig(
        steps=2000, batch=16, windows="packed", optimiser="muon", b2=0.95, schedule="stable-decay", warmup=50, decay=0.4
    )


def evaluation_defaults() -> EvaluationConfig:
    """How it is tested; `regular` is set by the number of steps."""
    return EvaluationConfig(shots=0, panel=64, every=4096, paper_items=0, paper_final_items=0, samples=120)


@dataclass(frozen=True)
class Options:
    """seeds: members of each preset.  first_seed: number of the first seed.  presets: model sizes.  steps: training
    steps of each preset.  learning_rate: peak learning rate.  weight_decay: weight decay of matrices.  dropout: dropout
    rate; none follows each preset.  world: the corpus as tokens.  corpus: the corpus from which the tokens were made.
    tokenizer: the tokenizer that made them.  tokenizer_given: the word, file or folder that named it.  prompt:
    beginning of sample texts.  minutes: the requested time; none if steps or tokens were given.  tests: number of
    evaluations, evenly spaced over the steps; 0 if `evaluation.regular` is used instead.
    """

    seeds: int = 1
    first_seed: int = 0
    presets: tuple[str, ...] = ("baby-1m",)
    steps: tuple[int, ...] = (2000,)
    learning_rate: float = LEARNING_RATE
    weight_decay: float = WEIGHT_DECAY
    dropout: float | None = None
    world: TextConfig | None = None
    corpus: CorpusConfig = field(default_factory=CorpusConfig)
    tokenizer: TokenizerConfig = field(default_factory=TokenizerConfig)
    tokenizer_given: str = ""
    prompt: str = ""
    minutes: float | None = None
    tests: int = TESTS
    training: TrainingConfig = field(default_factory=training_defaults)
    evaluation: EvaluationConfig = field(default_factory=evaluation_defaults)


def plan(options: Options) -> list[Planned]:
    """Every preset's members, each preset a population of its own."""
    if options.world is None:
        raise UsageError("a text run must be started with `seedbed train`, which creates the tokens that the run reads")
    if not options.presets or len(options.presets) != len(options.steps):
        raise UsageError(f"each of the presets {options.presets} needs its own number of steps, got {options.steps}")
    each_preset = members(
        options.presets, seeds_from(options.first_seed, options.seeds), options.learning_rate, options.weight_decay
    )
    return [
        Planned(population(options, name, steps), member, name)
        for name, steps in zip(options.presets, options.steps, strict=True)
        for member in each_preset
    ]


def members(presets: Sequence[str], seeds: Sequence[int], learning_rate: float, weight_decay: float) -> list[Member]:
    """The members of each preset. Raises `UsageError` for a preset named twice and as `Member` does."""
    if len(set(presets)) < len(presets):
        raise UsageError(f"a preset can be named only once, got {', '.join(presets)}")
    return [Member(TEXT_MIXTURE, seed, seed, learning_rate, weight_decay) for seed in seeds]


def population(options: Options, name: str, steps: int) -> PopulationConfig:
    """The population of a preset that takes so many steps."""
    assert options.world is not None
    training = replace(options.training, steps=steps, warmup=min(options.training.warmup, steps // 10))
    evaluation = options.evaluation
    if options.tests and evaluation.regular == EvaluationConfig.regular:
        evaluation = replace(evaluation, regular=max(steps // options.tests, 1))
        if options.tests < TESTS:  # time is short: none at steps 1, 2, 4, 8, ...
            evaluation = replace(evaluation, log_spaced=False)
    model = preset(name)
    if options.dropout is not None:
        model = replace(model, dropout=options.dropout)
    return PopulationConfig(options.world, model, training, evaluation)


def report(results: "Results") -> "Report":
    """The page of a text run."""
    from seedbed.experiments.text_report import make

    return make(results)
