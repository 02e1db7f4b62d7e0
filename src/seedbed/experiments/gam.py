"""GAM against the Transformer and the Mamba of its paper, as in the paper's code and with their flaws corrected.

Source: Acharya (2025), arXiv 2509.00605: models, training and results. In its code the memory mixes no tokens; its
Mamba has neither residuals nor norms; the embedding is given the head's matrix after both were created, so it starts
within 1 / sqrt(D), while position embeddings start at N(0, 1) and outweigh the tokens.
Command: seedbed run gam --data FOLDER     (reads tinystories/ and wikitext-2/; `--models`, `--texts` select some)
Time: about 3 hours on two cores with AVX-512, 9 on slower ones; `--any-processor` lets a run continue on another type.
Expect: not known yet. The results of an earlier run depended on other initial weights (docs/corrections.md).

The paper's models are trained at width 128 instead of 512, with as many rows of memory as the width, the paper's BPE of
10,000 symbols learned from words split at white space, AdamW, 100 steps of warm-up, a cosine schedule and dropout.
Learning rates are the paper's times 512 / 128, because AdamW's best rate is proportional to 1 / width (Yang et al.
2022). WikiText-2's training text was not available, so members train on its `valid.txt` and are tested on its
`test.txt`. Batches have 8 windows, so that 9.8 MB give as many steps as in the paper.
"""

from dataclasses import dataclass, field, replace

from seedbed.config import UsageError, unknown_name
from seedbed.config.recorded import recorded
from seedbed.data import CorpusConfig, StoryWorldConfig
from seedbed.data.tokenizers import gam_tokenizer
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.mixers import PILOT_SEED, PILOT_SEEDS
from seedbed.experiments.plan import Planned, seeds_from
from seedbed.experiments.results import Results
from seedbed.experiments.text_corpus import prepared as prepared_text
from seedbed.experiments.text_worlds import NamedWorld, Told, attachments, data_folder, file_in
from seedbed.models import ModelConfig, preset
from seedbed.models.layers import GPT_INIT_DEVIATION
from seedbed.reports import Report
from seedbed.training import TEXT_MIXTURE, Member, PopulationConfig, TrainingConfig

STORIES, WIKITEXT, WORLD = "tinystories", "wikitext-2", "story-world"
TEXTS = (STORIES, WIKITEXT, WORLD)
FILES = {
    STORIES: ("tinystories/tinystories-train.txt", "tinystories/tinystories-valid.txt"),
    WIKITEXT: ("wikitext-2/valid.txt", "wikitext-2/test.txt"),
}
HEADING = "\n = "  # begins an article or a section of WikiText
PRESET_OF = {
    "gam": "gam",
    "transformer": "gam-transformer",
    "mamba": "gam-mamba",
    "gam-small-positions": "gam",
    "transformer-small-positions": "gam-transformer",
    "mamba-small-positions": "gam-mamba",
    "mamba-residual": "gam-mamba-mended",
    "mamba-residual-gpt2": "gam-mamba-mended",
    "gam-context-gpt2": "gam-mended",
    "transformer-gpt2": "gam-transformer",
}
PAPERS = ("gam", "transformer", "mamba")
GPT2_INIT = ("mamba-residual-gpt2", "transformer-gpt2")  # as the preset of gam-context-gpt2 has it
SMALL_POSITIONS = ("gam-small-positions", "transformer-small-positions", "mamba-small-positions")
ABLATIONS = {"gam-sum": "gam-sum", "gam-global": "gam-global", "gam-local": "gam-local"}
RATES = (3e-4, 6e-4, 1.2e-3, 2.4e-3)
PAPERS_RATE, PAPERS_WIDTH = 3e-4, 512


@dataclass(frozen=True)
class Options:
    """seeds: members of each model and text.  first_seed: number of the first seed.  models: the models that are
    compared.  texts: the texts on which they are trained.  ablations: also run the paper's three ablations on
    wikitext-2.  data: the folder of texts, by default the one that SEEDBED_DATA names.  passes: number of passes over
    the training text of tinystories.  wikitext_passes: number of passes over the training text of wikitext-2.  width:
    width of every model.  blocks: number of blocks of every model.  vocabulary: vocabulary size of the tokenizer.
    pilot: instead of the experiment, train the members that choose the learning rates, on other seeds and the first
    text.  learning_rate: peak learning rate; by default the paper's times 512 / width.  weight_decay: weight decay of
    every parameter.
    """

    seeds: int = 3
    first_seed: int = 0
    models: tuple[str, ...] = tuple(PRESET_OF)
    texts: tuple[str, ...] = (STORIES, WIKITEXT)
    ablations: bool = True
    data: str | None = None
    passes: float = 1.0
    wikitext_passes: float = 5.0
    width: int = 128
    blocks: int = 6
    vocabulary: int = 10_000
    pilot: bool = False
    learning_rate: float | None = None
    weight_decay: float = 0.1
    context: int = 256
    story_world: StoryWorldConfig = field(default_factory=StoryWorldConfig)
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(
            batch=8, b2=0.95, schedule="cosine", warmup=100, warmup_from_zero=True, decayed="all"
        )
    )
    evaluation: EvaluationConfig = field(
        default_factory=lambda: EvaluationConfig(
            shots=0, panel=64, every=1024, paper_items=0, paper_final_items=0, log_spaced=False, samples=120
        )
    )
    worlds: tuple[NamedWorld, ...] = recorded(())


TESTS = 20  # evenly spaced over a member's steps


def prepared(options: Options, told: Told) -> tuple[Options, dict[str, bytes]]:
    """Every text as tokens of a BPE learnt from its training documents, as the paper has one for each."""
    _check(options)
    if options.worlds:
        return options, {}
    config = replace(gam_tokenizer(), vocabulary=options.vocabulary)
    ready = {name: prepared_text(_corpus(options, name), config, told=told) for name in options.texts}
    worlds = tuple(NamedWorld(name, each.world) for name, each in ready.items())
    return replace(options, worlds=worlds), attachments(list(ready.values()))


def _corpus(options: Options, name: str) -> CorpusConfig:
    if name == WORLD:
        return CorpusConfig(story_world=options.story_world)
    folder = data_folder(options.data)
    train, valid = (file_in(folder, file) for file in FILES[name])
    corpus = CorpusConfig((train,), validation_paths=(valid,))
    return replace(corpus, separator=HEADING) if name == WIKITEXT else corpus


def plan(options: Options) -> list[Planned]:
    """Text by text, every model's members, each a population of its own."""
    _check(options)
    if not options.worlds:
        raise UsageError("gam trains on texts: prepare its options before you plan members")
    seeds, rates = seeds_from(options.first_seed, options.seeds), (rate_of(options),)
    worlds = options.worlds
    if options.pilot:
        seeds, rates, worlds = seeds_from(PILOT_SEED, PILOT_SEEDS), RATES, options.worlds[:1]
    planned = []
    for each in worlds:
        for name in models_on(options, each.name):
            config = population(options, each, name)
            labels = (("model", name), ("data", each.name))
            planned += [
                Planned(
                    config,
                    Member(TEXT_MIXTURE, seed, seed, rate, options.weight_decay),
                    condition(each.name, name),
                    labels,
                )
                for rate in rates
                for seed in seeds
            ]
    return planned


def models_on(options: Options, text: str) -> tuple[str, ...]:
    """The models that read a text."""
    more = tuple(ABLATIONS) if options.ablations and text == WIKITEXT and not options.pilot else ()
    return (*options.models, *more)


def condition(text: str, model: str) -> str:
    """The name of a model's condition."""
    return f"{text}, {model}"


def population(options: Options, text: NamedWorld, name: str) -> PopulationConfig:
    """The population of a model on a text."""
    passes = options.wikitext_passes if text.name == WIKITEXT else options.passes
    tokens_a_step = options.training.batch * options.context
    steps = max(round(passes * (text.world.train.tokens - 1) / tokens_a_step), 1)
    training = replace(options.training, steps=steps, warmup=min(options.training.warmup, steps // 5))
    evaluation = replace(options.evaluation, regular=max(steps // TESTS, 1))
    return PopulationConfig(text.world, model_of(options, name), training, evaluation)


def model_of(options: Options, name: str) -> ModelConfig:
    """The paper's model of this name, narrower, with what its name says of initial weights."""
    base = preset({**PRESET_OF, **ABLATIONS}[name])
    model = replace(base, width=options.width, blocks=options.blocks, context=options.context)
    if model.mixer == "gam":
        model = replace(model, gam=replace(base.gam, slots=options.width))
    if name in SMALL_POSITIONS:
        return replace(model, position_std=GPT_INIT_DEVIATION)
    return replace(model, init="gpt") if name in GPT2_INIT else model


def rate_of(options: Options) -> float:
    """The learning rate of every model."""
    if options.learning_rate is not None:
        return options.learning_rate
    return PAPERS_RATE * PAPERS_WIDTH / options.width


def _check(options: Options) -> None:
    for what, given, known in (("model", options.models, tuple(PRESET_OF)), ("text", options.texts, TEXTS)):
        if not given or len(set(given)) < len(given):
            raise UsageError(f"{what}s must hold at least one name, each given once; got {', '.join(given) or 'none'}")
        for name in given:
            if name not in known:
                raise unknown_name(what, name, known)
    for name in ("passes", "wikitext_passes"):
        if not 0 < getattr(options, name) < float("inf"):
            raise UsageError(f"{name} must be a finite number above 0, got {getattr(options, name)}")


def report(results: Results) -> Report:
    """The page of a run of GAM."""
    from seedbed.experiments.gam_report import make

    return make(results)
