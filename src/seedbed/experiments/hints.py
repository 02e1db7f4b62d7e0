"""How many hints does it take? Members with 0 to 512 examples of A->C, with and without the corpora A->B and B->C.

Source: ours; it answers the question behind Sinha (2024), section 3.1, where 50 hints are far above the boundary.
Command: seedbed run hints
Time: under 30 minutes on two cores.
Expect: A->C emerges in half of the members at about 8 hints with the related corpora and at about three times as many
hints without them.

There are four arms in two comparisons:
- matched steps: `with corpora` reads the complete stream, in which hints are rare; `alone` reads only hints.
- matched exposures: `with corpora, 1 in 4` reads hints in a quarter of its windows; `alone, 1 in 4` reads only those
  windows, with a batch a quarter as large and for the same number of steps.

Hints are distinct sentences and nested (the first 8 hints of a seed are also among its 16). But every dose and arm has
its own seeds, so that members are independent and the interval of the ratio is valid.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from seedbed.config import UsageError, unknown_name
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.plan import Planned, check_shots, seeds_from
from seedbed.experiments.results import Results
from seedbed.models import ModelConfig
from seedbed.reports import Report
from seedbed.tasks import Mixture, WorldConfig
from seedbed.training import Member, PopulationConfig, TrainingConfig

WITH, ALONE = "with corpora", "alone"
WITH_QUARTER, ALONE_QUARTER = "with corpora, 1 in 4", "alone, 1 in 4"
ARMS = (WITH, ALONE, WITH_QUARTER, ALONE_QUARTER)
COMPARISONS = {"matched steps": (WITH, ALONE), "matched exposures": (WITH_QUARTER, ALONE_QUARTER)}
SHARE = 0.25

# Doses lie close together where a pilot saw the boundary and thin out away from it.
DOSES = {
    WITH: (3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 18),
    ALONE: (20, 22, 24, 26, 28, 30, 32, 34, 36, 40, 48),
    WITH_QUARTER: (4, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24),
    ALONE_QUARTER: (14, 16, 18, 20, 22, 24, 26, 28, 30, 34, 40),
}
FAR_DOSES = (0, 1, 2, 96, 128, 256, 512)
FAR_SEEDS = 3


@dataclass(frozen=True)
class Options:
    """seeds: members per dose near the boundary of an arm.  far_seeds: members per dose far from the boundary.  corpus:
    distinct sentences of each of A->B and B->C.  arms: the arms that are trained.  doses: numbers of hints for every
    arm, with `seeds` members each; by default the experiment's own.  variations: also run three quarters and one and a
    half times the width, and a quarter of the corpus, with variation_seeds members at every second dose.
    """

    seeds: int = 6
    far_seeds: int = FAR_SEEDS
    first_seed: int = 0
    corpus: int = 1300
    arms: tuple[str, ...] = ARMS
    doses: tuple[int, ...] = ()
    variations: bool = True
    variation_seeds: int = 3
    learning_rate: float = 8e-3
    world: WorldConfig = field(default_factory=WorldConfig)
    model: ModelConfig = field(default_factory=lambda: ModelConfig(context=30))
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(steps=600, batch=32, schedule="stable-decay")
    )
    evaluation: EvaluationConfig = field(
        default_factory=lambda: EvaluationConfig(
            shots=2,
            panel=64,
            every=256,
            others=0,
            regular=75,
            log_spaced=False,
            paper_items=0,
            paper_final_items=0,
            tasks=("A->C",),
            zero_shot=False,
        )
    )


def plan(options: Options) -> list[Planned]:
    """All members, those of one population together."""
    if options.training.batch % 4:
        raise UsageError(
            f"training.batch must be a multiple of 4 (an arm reads a quarter of it), got {options.training.batch}"
        )
    check_shots(options.evaluation)
    _check(options)
    base = PopulationConfig(options.world, options.model, options.training, options.evaluation)
    planned = []
    for arm in options.arms:
        doses = dict.fromkeys(DOSES[arm], options.seeds) | dict.fromkeys(FAR_DOSES, options.far_seeds)
        if options.doses:
            doses = dict.fromkeys(options.doses, options.seeds)
        planned += _arm(options, base, arm, doses, "standard", options.corpus)
    if options.variations and not options.doses:
        for name, config, corpus in _variations(options, base):
            for arm in (WITH, ALONE) if name != "quarter corpus" else (WITH,):
                if arm not in options.arms:
                    continue
                doses = dict.fromkeys(DOSES[arm][::2], options.variation_seeds)
                planned += _arm(options, config, arm, doses, name, corpus)
    # A worker compiles one population after the other; the standard arms come first.
    return sorted(planned, key=lambda each: (dict(each.labels)["variation"] != "standard", str(each.config)))


def _check(options: Options) -> None:
    for arm in options.arms:
        if arm not in ARMS:
            raise unknown_name("arm", arm, ARMS)
    if not options.arms or len(set(options.arms)) < len(options.arms):
        raise UsageError(f"arms must hold at least one name, each given once; got {', '.join(options.arms) or 'none'}")
    if len(set(options.doses)) < len(options.doses) or any(dose < 0 for dose in options.doses):
        listed = ", ".join(map(str, options.doses))
        raise UsageError(f"doses must be numbers of hints, 0 or more, each given once; got {listed}")


def mixture(arm: str, hints: int, corpus: int) -> Mixture | None:
    """What a member of an arm reads; None where there is nothing to read (no hints, alone)."""
    if arm in (ALONE, ALONE_QUARTER):
        return Mixture((("A->C", hints),), draw="distinct") if hints else None
    counts = (("A->B", corpus), ("B->C", corpus), ("A->C", hints))
    if arm == WITH or not hints:
        return Mixture(counts, draw="distinct")
    rest = (1 - SHARE) / 2
    return Mixture(counts, draw="distinct", shares=(("A->B", rest), ("B->C", rest), ("A->C", SHARE)))


def _arm(
    options: Options, config: PopulationConfig, arm: str, doses: dict[int, int], variation: str, corpus: int
) -> Iterator[Planned]:
    if arm == ALONE_QUARTER:
        config = replace(config, training=replace(config.training, batch=config.training.batch // 4))
    for dose, count in sorted(doses.items()):
        stream = mixture(arm, dose, corpus)
        if stream is None or (arm == WITH_QUARTER and not dose):
            continue  # nothing to read, or the same as `with corpora`
        for seed in seeds_from(options.first_seed, count):
            own = 1000 * dose + seed + 600_000 * ARMS.index(arm)
            labels = (
                ("hints", dose),
                ("seed", seed),
                ("variation", variation),
                ("width", config.model.width),
                ("corpus", corpus),
            )
            yield Planned(config, Member(stream, own, own, learning_rate=options.learning_rate), arm, labels)


def _variations(options: Options, base: PopulationConfig) -> Iterator[tuple[str, PopulationConfig, int]]:
    width = base.model.width
    for other in (width * 3 // 4, width * 3 // 2):
        yield f"width {other}", replace(base, model=replace(base.model, width=other)), options.corpus
    yield "quarter corpus", base, options.corpus // 4


def report(results: Results) -> Report:
    """The page of a hints run."""
    from seedbed.experiments.hints_report import make

    return make(results)
