"""What emerges at which size? Story models of several widths and depths, alike in all else, asked what stories ask.

Source: Eldan & Li (2023), arXiv 2305.07759, their table of widths and blocks; that grammar comes at smaller sizes than
consistency, consistency between widths 64 and 128, facts with width and the tracking of context with depth. The
questions are cut from held-out stories (`seedbed.data.cloze`), told by the story world, or ask what a small child
knows (`seedbed.data.fact_probes`), and need no judge.
Command: seedbed run stories-grid --data FOLDER   (its tinystories/tinystories-train.txt and -valid.txt are read;
`--corpus story-world` reads none)
Time: about 1.5 hours on two free cores, more than half of it at width 256. `--widths` and `--blocks` take a part, the
same command with more of them adds the rest.
Expect: bits per byte that fall with width and with blocks, in the order of the table's losses; agreement, pronouns and
names at the smallest size already, characters from two blocks on, the story world's state hardly at any of these.

Every size reads the same tokens in the same order for a seed; learning rates are by width, chosen on other seeds. Fixed
beforehand: tasks, claims, rules, and that emergence is judged over parameters, a curve a seed.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from seedbed.config import UsageError
from seedbed.config.recorded import recorded
from seedbed.data import (
    CorpusConfig,
    Probe,
    StoryWorldConfig,
    cloze_probes,
    fact_probes,
    minimal_pairs,
    story_probes,
)
from seedbed.data.splits import split_documents
from seedbed.data.tokenizers import TokenizerConfig
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments import text
from seedbed.experiments.mixers import PILOT_SEED, PILOT_SEEDS
from seedbed.experiments.plan import Planned, seeds_from
from seedbed.experiments.results import Results
from seedbed.experiments.text_corpus import prepared as prepared_text
from seedbed.experiments.text_worlds import NamedWorld, Told, attachments, data_folder, file_in, with_probes
from seedbed.models import ModelConfig, preset
from seedbed.reports import Report
from seedbed.training import TEXT_MIXTURE, Member, PopulationConfig, TrainingConfig

HEAD_WIDTH = 32
HIDDEN = 2.5  # F as a multiple of D, as in the preset baby-1m
RATES = (2.5e-3, 5e-3, 1e-2, 2e-2, 4e-2)
LEARNING_RATES = {32: 2e-2, 64: 2e-2, 128: 1e-2, 256: 5e-3}  # by width; another width takes the nearest one's
GRAMMAR = ("agreement", "pronoun", "quote", "zorro")
CONSISTENCY = ("name", "character")
STATE = ("where", "has", "lies")
FACTS = ("facts",)


@dataclass(frozen=True)
class Options:
    """seeds: members of each size.  first_seed: number of the first.  widths: of the sizes.  blocks: of the sizes.
    tokens: target tokens that each member reads.  corpus: what is read.  data: the folder of texts, by default what
    SEEDBED_DATA names.  vocabulary: symbols of its BPE.  items: questions per task at most.  pilot: members of 2 blocks
    that choose the learning rates, on other seeds, in place of the grid.  learning_rate: its peak, none is each width's
    own.
    """

    seeds: int = 3
    first_seed: int = 0
    widths: tuple[int, ...] = (32, 64, 128, 256)
    blocks: tuple[int, ...] = (1, 2, 4)
    tokens: int = 5_000_000
    corpus: Literal["tinystories", "story-world"] = "tinystories"
    data: str | None = None
    vocabulary: int = 2048
    items: int = 1000
    pilot: bool = False
    learning_rate: float | None = None
    story_world: StoryWorldConfig = field(default_factory=StoryWorldConfig)
    model: ModelConfig = field(default_factory=lambda: preset("baby-1m"))
    training: TrainingConfig = field(default_factory=text.training_defaults)
    evaluation: EvaluationConfig = field(default_factory=lambda: replace(text.evaluation_defaults(), every=512))
    worlds: tuple[NamedWorld, ...] = recorded(())


def prepared(options: Options, told: Told) -> tuple[Options, dict[str, bytes]]:
    """The corpus as tokens of its BPE, with the questions that are asked at the end."""
    _check(options)
    if options.worlds:
        return options, {}
    corpus, extra = _corpus(options)
    ready = prepared_text(corpus, TokenizerConfig(vocabulary=options.vocabulary), told=told)
    held_out = [document.text for split, document in split_documents(corpus) if split == "validation"]
    probes = [*cloze_probes(held_out, options.items), *story_probes(options.story_world, options.items), *extra]
    asked = {task: sum(probe.task == task for probe in probes) for task in dict.fromkeys(each.task for each in probes)}
    told("questions: " + ", ".join(f"{task} {count}" for task, count in asked.items()))
    world = with_probes(ready.world, probes, ready.tokenizer)
    return replace(options, worlds=(NamedWorld(options.corpus, world),)), attachments([ready])


def _corpus(options: Options) -> tuple[CorpusConfig, list[Probe]]:
    if options.corpus == "story-world":
        return CorpusConfig(story_world=options.story_world), []
    folder = data_folder(options.data)
    train, valid = (file_in(folder, f"tinystories/tinystories-{part}.txt") for part in ("train", "valid"))
    corpus = CorpusConfig((train,), deduplicate="exact", validation_paths=(valid,))
    return corpus, [*fact_probes(options.items), *_zorro(folder / "zorro", options.items)]


def _zorro(folder, items: int) -> list[Probe]:
    """Grammatical minimal pairs, as many of each paradigm; none where they are not there."""
    files = sorted(folder.glob("*.txt"))
    paradigms = [path for path in files if path.name != "SOURCE.txt"]
    each = -(-items // max(len(paradigms), 1))
    return [
        probe
        for path in paradigms
        for probe in minimal_pairs("zorro", path.read_text(encoding="utf-8").splitlines(), each)
    ]


def plan(options: Options) -> list[Planned]:
    """Every size's members, each size a population of its own."""
    _check(options)
    if not options.worlds:
        raise UsageError("stories-grid trains on a text: prepare its options before you plan members")
    sizes = [(width, blocks) for width in options.widths for blocks in options.blocks]
    seeds, rates = seeds_from(options.first_seed, options.seeds), None
    if options.pilot:
        sizes = [(width, 2) for width in options.widths]
        seeds, rates = seeds_from(PILOT_SEED, PILOT_SEEDS), RATES
    return [
        Planned(
            population(options, width, blocks),
            Member(TEXT_MIXTURE, seed, seed, rate, text.WEIGHT_DECAY),
            size_name(width, blocks),
            (("width", width), ("blocks", blocks)),
        )
        for width, blocks in sizes
        for rate in rates or (rate_of(options, width),)
        for seed in seeds
    ]


def population(options: Options, width: int, blocks: int) -> PopulationConfig:
    """The population of a size."""
    model = model_of(options.model, width, blocks)
    steps = max(options.tokens // (options.training.batch * model.context), 1)
    training = replace(options.training, steps=steps, warmup=min(options.training.warmup, steps // 10))
    evaluation = replace(options.evaluation, regular=max(steps // text.TESTS, 1))
    return PopulationConfig(options.worlds[0].world, model, training, evaluation)


def model_of(base: ModelConfig, width: int, blocks: int) -> ModelConfig:
    """`base` in this size: heads of 32, the feed-forward layer 2.5 times as wide."""
    return replace(base, width=width, blocks=blocks, heads=max(width // HEAD_WIDTH, 1), hidden=int(HIDDEN * width))


def size_name(width: int, blocks: int) -> str:
    """How a size is called, as in the table of Eldan & Li."""
    return f"{width}/{blocks}"


def rate_of(options: Options, width: int) -> float:
    """The learning rate of a width."""
    if options.learning_rate is not None:
        return options.learning_rate
    return LEARNING_RATES[min(LEARNING_RATES, key=lambda known: (abs(known - width), known))]


def _check(options: Options) -> None:
    for name in ("widths", "blocks"):
        given = getattr(options, name)
        if not given or len(set(given)) < len(given) or min(given) < 1:
            raise UsageError(f"{name} must hold at least one number, each 1 or more and given once; got {list(given)}")
    if options.items < 20:
        raise UsageError(
            f"items must be at least 20, because a task cannot be judged with fewer questions; got {options.items}"
        )
    if options.tokens < 1:
        raise UsageError(f"tokens must be at least 1, got {options.tokens}")


def report(results: Results) -> Report:
    """The page of a grid."""
    from seedbed.experiments.stories_grid_report import make

    return make(results)
