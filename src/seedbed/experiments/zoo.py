"""Does the ability emerge without attention, and with how many hints? The triangle and a small grid of hints for every
mixer and for a prefix language model.

Source: Sinha (2024) lists LSTM, GRU and prefix language models as open questions; the files of the mixers name their
sources. Triangle and hints are those of `seedbed run triangle` and `seedbed run hints` (which has more doses and arms).
Command: seedbed run zoo       (--mixers gam,lstm: some of them, others later by the same command; --pilot: rates)
Time: about 1.5 hours on two cores, estimated from the pilot.
Expect: open. With attention, half of the seeds emerge at about 8 hints, and all do at 50.

Only the mixer changes. `gam` has as many rows of memory as the width; the prefix is half of the context, and tokens
within it are no targets. Learning rates come from one grid and were chosen on other seeds, for the triangle with hints
and for the grid at its middle and highest dose. The doses, the claims and the criterion that a member has emerged at
50% of unseen sentences were fixed beforehand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from seedbed.config import UsageError
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments import triangle
from seedbed.experiments.hints import WITH
from seedbed.experiments.hints import Options as HintsOptions
from seedbed.experiments.mixers import PILOT_SEED, PILOT_SEEDS, RATES, check_mixers, model_of
from seedbed.experiments.plan import Planned, check_shots, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import ModelConfig
from seedbed.reports import Report
from seedbed.tasks import Mixture, WorldConfig
from seedbed.training import Member, PopulationConfig, TrainingConfig

TRIANGLE, HINTS = "triangle", "hints"
HINTED = "hinted"
DOSES = (3, 6, 12, 24, 48)
# Chosen by `seedbed run zoo --pilot`, for the triangle and for the grid; mixers in the order of the page.
LEARNING_RATES = {
    "attention": (8e-3, 4e-3),
    "prefix": (1e-3, 4e-3),
    "linear": (1e-3, 1e-3),
    "gam": (1e-3, 8e-3),
    "mamba": (2e-3, 4e-3),
    "gru": (4e-3, 2e-3),
    "lstm": (2e-3, 1e-3),
}


@dataclass(frozen=True)
class Options:
    """seeds: members of each condition and dose.  first_seed: number of the first seed.  mixers: the mixers that are
    compared.  pilot: instead of the experiment, train the members that choose the learning rates, on other seeds.
    learning_rate: peak learning rate; by default each mixer's own.  hints: examples of A->C in the triangle.  doses:
    numbers of examples of A->C in the grid.  corpus: distinct sentences of each of A->B and B->C in the grid.
    hints_context: context length in the grid, in tokens.  hints_training: how members of the grid are trained.
    hints_evaluation: how members of the grid are evaluated.
    """

    seeds: int = 8
    first_seed: int = 0
    mixers: tuple[str, ...] = tuple(LEARNING_RATES)
    pilot: bool = False
    learning_rate: float | None = None
    hints: int = 50
    doses: tuple[int, ...] = DOSES
    corpus: int = HintsOptions().corpus
    hints_context: int = HintsOptions().model.context
    world: WorldConfig = field(default_factory=WorldConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=lambda: triangle.Options().training)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    hints_training: TrainingConfig = field(default_factory=lambda: HintsOptions().training)
    hints_evaluation: EvaluationConfig = field(default_factory=lambda: HintsOptions().evaluation)


def plan(options: Options) -> list[Planned]:
    """Mixer by mixer, its triangle and its grid of hints; or those that choose the rates."""
    check_mixers(options.mixers, tuple(LEARNING_RATES), options.model)
    for evaluation in (options.evaluation, options.hints_evaluation):
        check_shots(evaluation)
    if not options.hints or not options.doses or min(options.doses) < 1 or len(set(options.doses)) < len(options.doses):
        raise UsageError(
            "zoo needs at least 1 hint in the triangle and in every dose, with each dose given once; got "
            f"{options.hints} and {list(options.doses)}"
        )
    planned: list[Planned] = []
    for name in options.mixers:
        if options.pilot:
            seeds = seeds_from(PILOT_SEED, PILOT_SEEDS)
            for rate in RATES:
                planned += _triangle(options, name, (HINTED,), seeds, rate)
                planned += _grid(options, name, _pilot_doses(options.doses), seeds, rate)
            continue
        of_triangle, of_grid = LEARNING_RATES[name]
        if options.learning_rate is not None:
            of_triangle = of_grid = options.learning_rate
        seeds = seeds_from(options.first_seed, options.seeds)
        planned += _triangle(options, name, tuple(triangle.mixtures(options.hints)), seeds, of_triangle)
        planned += _grid(options, name, options.doses, seeds, of_grid)
    return planned


def _pilot_doses(doses: tuple[int, ...]) -> tuple[int, ...]:
    """The middle and the highest: at the highest alone all rates of attention reach 100%, at the middle GRUs none."""
    return tuple(dict.fromkeys((sorted(doses)[len(doses) // 2], max(doses))))


def condition(mixer: str, what: str) -> str:
    """The name of a mixer's condition."""
    return f"{mixer}, {what}"


def _triangle(options: Options, name: str, conditions: tuple[str, ...], seeds: range, rate: float) -> Iterator[Planned]:
    config = PopulationConfig(options.world, model_of(name, options.model), options.training, options.evaluation)
    streams = triangle.mixtures(options.hints)
    for what in conditions:
        labels = (("mixer", name), ("part", TRIANGLE), ("hints", streams[what].examples.get("A->C", 0)))
        for seed in seeds:
            yield Planned(config, Member(streams[what], seed, seed, learning_rate=rate), condition(name, what), labels)


def _grid(options: Options, name: str, doses: tuple[int, ...], seeds: range, rate: float) -> Iterator[Planned]:
    model = model_of(name, replace(options.model, context=options.hints_context))
    config = PopulationConfig(options.world, model, options.hints_training, options.hints_evaluation)
    place = tuple(LEARNING_RATES).index(name)
    for dose in doses:
        stream = Mixture((("A->B", options.corpus), ("B->C", options.corpus), ("A->C", dose)), draw="distinct")
        labels = (("mixer", name), ("part", HINTS), ("hints", dose))
        for seed in seeds:
            own = 10_000_000 * (1 + place) + 10_000 * dose + seed  # seeds of its own, so that members are independent
            yield Planned(config, Member(stream, own, own, learning_rate=rate), condition(name, WITH), labels)


def report(results: Results) -> Report:
    """The page of a zoo run."""
    from seedbed.experiments.zoo_report import make

    return make(results)
