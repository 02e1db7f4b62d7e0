"""Section 3.1 as in the paper: 4,533,631 parameters, with its tokens, windows, optimiser and 100 epochs.

Source: Sinha (2024), section 3.1, and the curves in its notebooks.
Command: seedbed run paper-3.1
Time: about 2.5 hours on two cores (50 minutes with `--seeds 1`; `--conditions alone` takes minutes).
Expect: training loss within 3% of the published curves (the loss of `alone` varies by a tenth between streams at epoch
100), below the exact Bayes floor at the end, because windows are memorised; A->C rising late and noisily in `hinted`
and absent in `zero-shot`; near 0 in `alone` by the paper's own test, which no translator can pass with the tokens
learned from 50 examples.
"""

from dataclasses import dataclass

from seedbed.config import UsageError, unknown_name
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.plan import Planned, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import preset
from seedbed.reports import Report
from seedbed.tasks import Mixture, WorldConfig
from seedbed.training import Member, PopulationConfig, TrainingConfig

EPOCHS = 100
STEPS_PER_EPOCH = {"hinted": 9, "zero-shot": 9, "alone": 1}
MIXTURES = {
    "alone": Mixture((("A->C", 50),)),
    "zero-shot": Mixture((("A->B", 2500), ("B->C", 2500))),
    "hinted": Mixture((("A->B", 2500), ("B->C", 2500), ("A->C", 50))),
}


@dataclass(frozen=True)
class Options:
    """seeds: members of `hinted` and of `zero-shot`.  alone_seeds: members of `alone`, which is a hundred times
    cheaper.  first_seed: number of the first seed.  conditions: the conditions that are trained.
    """

    seeds: int = 3
    alone_seeds: int = 8
    first_seed: int = 0
    conditions: tuple[str, ...] = tuple(MIXTURES)


def plan(options: Options) -> list[Planned]:
    """The three conditions; one test an epoch."""
    for name in options.conditions:
        if name not in MIXTURES:
            raise unknown_name("condition", name, tuple(MIXTURES))
    if not options.conditions or len(set(options.conditions)) < len(options.conditions):
        named = ", ".join(options.conditions) or "none"
        raise UsageError(f"conditions must hold at least one name, each given once; got {named}")
    counts = {"hinted": options.seeds, "zero-shot": options.seeds, "alone": options.alone_seeds}
    counts = {name: count for name, count in counts.items() if name in options.conditions}
    return [
        Planned(population(condition), Member(MIXTURES[condition], seed, seed, learning_rate=1e-4), condition)
        for condition, count in counts.items()
        for seed in seeds_from(options.first_seed, count)
    ]


def population(condition: str) -> PopulationConfig:
    """The paper's model and training; 50 instances fill 17 windows or 16, so `alone` needs no batch of 256.

    It knows no letter of B, so that only A->C can be asked.
    The streams of `hinted` and `zero-shot` are large: the pieces learned from them are two a word, as in `piece`.
    """
    steps = STEPS_PER_EPOCH[condition]
    return PopulationConfig(
        world=WorldConfig(tokens="piece-learned" if condition == "alone" else "piece"),
        model=preset("paper-3.1"),
        training=TrainingConfig(
            steps=steps * EPOCHS,
            batch=20 if condition == "alone" else 256,
            windows="fixed",
            optimiser="keras-adam",
            b2=0.999,
            epsilon=1e-7,
            warmup=0,
        ),
        evaluation=EvaluationConfig(
            shots=1,
            panel=64,
            regular=steps,
            log_spaced=False,
            others=0,
            paper_items=8,
            paper_cuts=(45,) if condition == "alone" else (45, 44),
            tasks=("A->C",) if condition == "alone" else (),
            zero_shot=False,
        ),
    )


def report(results: Results) -> Report:
    """See `seedbed.experiments.paper31_report`."""
    from seedbed.experiments.paper31_report import make

    return make(results)
