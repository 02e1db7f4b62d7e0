"""Does the seed of the weights or the seed of the data decide when A->C emerges? And what does one example do?

Source: ours. Dodge et al. (2020), arXiv 2002.06305, crossed initial weights with data orders in fine-tuning.
Command: seedbed run crossed
Time: about 13 minutes on two free cores (25 core-minutes), 22 while other programs run.
Expect: near the boundary, enlarging the initial weights by one part in a million changes whether A->C emerges in about
a third of pairs, as often as replacing a hint does; neither seed's share of the variance of log onset can be
distinguished from 0; a word pair that no hint shows is not translated.

The following was fixed before the run:
- Crossed: 8 seeds of the initial weights are combined with 8 seeds of the data (which sentences, which windows, in
  which order), with corpora and 20 hints, where A->C emerges in nearly all members. The variance of log onset is split
  into init, data and the rest (`seedbed.emergence.split_variance`). An onset is the geometric mean of the two
  evaluations between which it lies. A member without an onset counts as if its onset were at the end of the run; if
  this holds for more than a tenth of the members, the variance is not split.
- Nudged: 16 of these cells, two with each seed of either kind, are trained again from initial weights that are larger
  by one part in a million. The difference between such twins is chance that no seed controls.
- Twins: 24 base members near the boundary (8 hints) have four twins each: nudged initial weights; one sentence of A->B
  replaced; one hint replaced so that the word pairs shown stay the same; the same hint replaced so that a pair that
  only it showed is no longer shown. Base members are the first 24 seeds whose hints show some pair exactly once.
- A replacement does more than chance if it changes the outcome (at least half of the unseen sentences right at the end)
  in more pairs than the nudge does, by an exact McNemar test at 5% over the three replacements. A member that has
  learned all pairs but one, and does not infer that one, is right on 50.0% of sentences. The effect of the lost pair is
  therefore measured on sentences with that word and without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from seedbed.config import UsageError
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.hints import WITH, mixture
from seedbed.experiments.plan import Planned, seeds_from
from seedbed.experiments.results import Results
from seedbed.experiments.twins import CORPUS_TASK, TASK, Swap, swaps
from seedbed.models import ModelConfig
from seedbed.reports import Report
from seedbed.tasks import WorldConfig
from seedbed.training import Member, PopulationConfig, TrainingConfig

CROSSED, CROSSED_NUDGED = "crossed", "crossed, nudged"
BASE, NUDGED, CORPUS = "as drawn", "nudged start", "corpus sentence swapped"
KEPT, LOST = "hint swapped, pairs kept", "hint swapped, pair lost"
TWINS = (NUDGED, CORPUS, KEPT, LOST)
SWAPS = (CORPUS, KEPT, LOST)

NUDGE = 1 + 1e-6  # eight times the spacing of single-precision numbers at 1
CROSSED_SEEDS, TWIN_SEEDS = 3_000_000, 3_100_000  # far from those of every other experiment


@dataclass(frozen=True)
class Options:
    """inits: number of seeds of the initial weights.  streams: number of seeds of the data, each combined with every
    seed of the initial weights.  nudged: number of these cells that are trained again from nudged weights; 0 leaves
    them out.  hints: number of hints in the streams of the crossed members.  twins: number of members near the
    boundary, each with four twins; 0 leaves them out.  twin_hints: number of hints in their streams.  corpus: distinct
    sentences of each of A->B and B->C.
    """

    inits: int = 8
    streams: int = 8
    nudged: int = 16
    hints: int = 20
    twins: int = 24
    twin_hints: int = 8
    first_seed: int = 0
    corpus: int = 1300
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
            others=0,
            regular=25,
            log_spaced=False,
            paper_items=0,
            paper_final_items=0,
            tasks=(TASK,),
            zero_shot=False,
        )
    )


def plan(options: Options) -> list[Planned]:
    """Crossed members, nudged ones, then twins. Raises UsageError for a table that cannot be crossed."""
    for name in ("inits", "streams"):
        if getattr(options, name) < 2:
            raise UsageError(f"{name} must be at least 2 to be crossed, got {getattr(options, name)}")
    cells = options.inits * options.streams
    if not 0 <= options.nudged <= cells:
        raise UsageError(f"nudged must lie in 0..{cells}, the number of cells, got {options.nudged}")
    if options.twins < 0:
        raise UsageError(f"twins must be 0 or more, got {options.twins}")
    config = PopulationConfig(options.world, options.model, options.training, options.evaluation)
    return [
        Planned(config, member, condition, (("hints", member.mixture.examples[TASK]),))
        for condition, member in [*_crossed(options), *_twins(options)]
    ]


def planned_swaps(options: Options) -> list[Swap]:
    """What is replaced in each base member's stream."""
    stream = mixture(WITH, options.twin_hints, options.corpus)
    assert stream is not None
    return swaps(options.world, stream, options.first_seed + TWIN_SEEDS, options.twins)


def _crossed(options: Options) -> Iterator[tuple[str, Member]]:
    inits, streams = (
        seeds_from(options.first_seed + CROSSED_SEEDS, count) for count in (options.inits, options.streams)
    )
    stream = mixture(WITH, options.hints, options.corpus)
    assert stream is not None
    cells = [[Member(stream, init, data, learning_rate=options.learning_rate) for data in streams] for init in inits]
    yield from ((CROSSED, member) for row in cells for member in row)
    for cell in range(options.nudged):
        row, turn = cell % options.inits, cell // options.inits
        yield CROSSED_NUDGED, replace(cells[row][(row + turn) % options.streams], init_scale=NUDGE)


def _twins(options: Options) -> Iterator[tuple[str, Member]]:
    if not options.twins:
        return
    stream = mixture(WITH, options.twin_hints, options.corpus)
    assert stream is not None
    for swap in planned_swaps(options):
        base = Member(stream, swap.seed, swap.seed, learning_rate=options.learning_rate)
        yield BASE, base
        yield NUDGED, replace(base, init_scale=NUDGE)
        for condition, place in (
            (CORPUS, (CORPUS_TASK, swap.corpus_place, swap.corpus_sentence)),
            (KEPT, (TASK, swap.place, swap.kept)),
            (LOST, (TASK, swap.place, swap.lost)),
        ):
            yield condition, replace(base, mixture=replace(stream, replaced=(place,)))


def report(results: Results) -> Report:
    """The page of a crossed run."""
    from seedbed.experiments.crossed_report import make

    return make(results)
