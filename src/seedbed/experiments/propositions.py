"""The paper's theory, measured: order of the loss drops, models against exact Bayes, recall, pre-training, two lemmas.

Source: Sinha (2024), Propositions 1 to 4, Assumption 2, Lemmas 1 and 2, and the claim that models cannot generate out
of distribution.
Command: seedbed run propositions
Time: about 15 minutes on two cores.
Expect: the loss of the majority task falls first, but only slightly earlier, and not if losses are averaged per task;
without shots a model divides its answers between tasks in the proportions of the mixture; with shots it comes close to
exact Bayes; 4 examples are recalled, 48 are learned; unrelated pre-training helps a rare task more than related
pre-training does.

There are five parts, each with its own seeds:
- shares: windows of A->B and A->C in the ratios 1:1, 3:1 and 9:1, where one of the tasks is the majority in even seeds
  and the other in odd seeds, trained on the loss of all tokens (pooled) or on the mean of the tasks' losses (per-task).
  Every evaluation measures the distance from the exact Bayes predictor of the same mixture, by number of shots.
- recall: training on nothing but 4, 8, 16 or 48 examples of A->C.
- transfer: 16 or 48 examples of A->C, in a new model, after pre-training on A->B and B->C (related), and after
  pre-training on D->E and E->F of the same world (unrelated), with the same windows of A->C in all three cases.
- linear: one block with one head of linear attention, on A->C and B->C.
- lemmas: measured on the final weights of `shares` and `linear`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.plan import Label, Planned, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import ModelConfig
from seedbed.reports import Report
from seedbed.tasks import Mixture, WorldConfig
from seedbed.training import Member, PopulationConfig, TrainingConfig

SHARES = (0.5, 0.75, 0.9)  # of windows, the majority's
OBJECTIVES = ("pooled", "per-task")
RECALL = (4, 8, 16, 48)  # examples; `seedbed run hints` finds that half of the seeds learn from 28
TRANSFER = (16, 48)
ARMS = ("fresh", "related", "unrelated")
LINEAR = "linear attention"
SIX = WorldConfig(
    languages=("A", "B", "C", "D", "E", "F"),
    dictionaries=("A-B", "B-C", "D-E", "E-F"),
    tasks=("A->B", "B->C", "A->C", "D->E", "E->F"),
)


@dataclass(frozen=True)
class Options:
    """seeds: members of every condition.  corpus: distinct sentences of a task that is not rare.  pretraining: number
    of pre-training steps.  bayes: questions per task and number of shots on which members are compared with exact
    Bayes.
    """

    seeds: int = 8
    first_seed: int = 0
    corpus: int = 1300
    pretraining: int = 400
    bayes: int = 16
    learning_rate: float = 4e-3
    world: WorldConfig = field(default_factory=WorldConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(steps=600, batch=32, schedule="stable-decay")
    )
    evaluation: EvaluationConfig = field(
        default_factory=lambda: EvaluationConfig(
            panel=32,
            every=256,
            others=64,
            regular=10,
            log_spaced=False,
            paper_items=0,
            paper_final_items=0,
            zero_shot=False,
        )
    )


def plan(options: Options) -> list[Planned]:
    """All members, part after part, those of one population together."""
    parts = (_shares, _recall, _transfer, _linear)
    return [each for part in parts for each in part(options)]


def _planned(
    options: Options, config: PopulationConfig, condition: str, part: str, members: list[Member], **labels: Label
) -> Iterator[Planned]:
    for seed, member in zip(seeds_from(options.first_seed, options.seeds), members, strict=True):
        yield Planned(config, member, condition, (("part", part), *labels.items(), ("seed", seed)))


def _members(options: Options, part: int, mixture: Mixture, pretraining: Mixture | None = None) -> list[Member]:
    """A member a seed; parts do not share seeds."""
    return [
        Member(mixture, own, own, learning_rate=options.learning_rate, pretraining=pretraining)
        for own in (100_000 * part + seed for seed in seeds_from(options.first_seed, options.seeds))
    ]


def majority(seed: int) -> tuple[str, str]:
    """The majority's task and the minority's: they change places with every seed, so that neither task matters."""
    return ("A->B", "A->C") if seed % 2 == 0 else ("A->C", "A->B")


def _shares(options: Options) -> Iterator[Planned]:
    evaluation = replace(options.evaluation, bayes=options.bayes)
    for rank, objective in enumerate(OBJECTIVES):
        training = replace(options.training, objective=objective)
        config = PopulationConfig(options.world, options.model, training, evaluation)
        for place, share in enumerate(SHARES):
            part = 1 + 10 * rank + place
            members = [
                replace(member, mixture=_unequal(options, share, seed))
                for seed, member in zip(
                    seeds_from(options.first_seed, options.seeds),
                    _members(options, part, _unequal(options, share, 0)),
                    strict=True,
                )
            ]
            condition = f"{objective}, {100 * share:.0f}%"
            yield from _planned(options, config, condition, "shares", members, objective=objective, share=share)


def _unequal(options: Options, share: float, seed: int) -> Mixture:
    more, less = majority(seed)
    counts = tuple((task, options.corpus) for task in ("A->B", "A->C"))
    return Mixture(counts, draw="distinct", shares=((more, share), (less, 1 - share)))


def _recall(options: Options) -> Iterator[Planned]:
    evaluation = replace(options.evaluation, tasks=("A->C",), regular=100, others=0, every=2000)
    config = PopulationConfig(options.world, options.model, options.training, evaluation)
    for place, hints in enumerate(RECALL):
        members = _members(options, 30 + place, Mixture((("A->C", hints),), draw="distinct"))
        yield from _planned(options, config, f"{hints} examples", "recall", members, hints=hints)


def _transfer(options: Options) -> Iterator[Planned]:
    evaluation = replace(options.evaluation, tasks=("A->C",), others=0)
    related, unrelated = (
        Mixture(tuple((task, options.corpus) for task in tasks), draw="distinct")
        for tasks in (("A->B", "B->C"), ("D->E", "E->F"))
    )
    for arm in ARMS:
        early = 0 if arm == "fresh" else options.pretraining
        # At a constant rate, so that the first step of A->C is taken at the same rate in all three arms.
        training = replace(
            options.training, steps=options.training.steps + early, pretraining=early, schedule="constant"
        )
        config = PopulationConfig(SIX, options.model, training, evaluation)
        for place, hints in enumerate(TRANSFER):
            sparse = Mixture((("A->C", hints),), draw="distinct")
            before = {"fresh": None, "related": related, "unrelated": unrelated}[arm]
            members = _members(options, 40 + place, sparse, before)  # one seed has one stream of A->C in all arms
            yield from _planned(options, config, f"{arm}, {hints}", "transfer", members, arm=arm, hints=hints)


def _linear(options: Options) -> Iterator[Planned]:
    model = replace(options.model, mixer="linear", blocks=1, heads=1)
    evaluation = replace(options.evaluation, tasks=("A->C", "B->C"), regular=100, others=0)
    # A single block takes longer.
    training = replace(options.training, steps=2 * options.training.steps)
    config = PopulationConfig(options.world, model, training, evaluation)
    mixture = Mixture((("A->C", options.corpus), ("B->C", options.corpus)), draw="distinct")
    yield from _planned(options, config, LINEAR, "linear", _members(options, 50, mixture))


def report(results: Results) -> Report:
    """The page of a propositions run."""
    from seedbed.experiments.propositions_report import make

    return make(results)
