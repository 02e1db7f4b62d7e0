"""Four languages, five tokenizers each: do a language's own tokenizers make better models? Which language is easiest?

Source: Patil et al. (2025), arXiv 2504.07989 (Regional TinyStories), who rank language-specific tokenizers (Sarvam,
SUTRA) above a general-purpose one (tiktoken's GPT-2), and Hindi before Bengali and Marathi. Their losses are per token
of different tokenizers and cannot be compared. We use bits per byte within a language and bits per parallel sentence
across languages.
Command: seedbed run regional --data FOLDER    (reads pratham-stories/ and tatoeba-indic/; `--levels small`: a part)
Time: about 40 minutes on two cores.
Expect: a language's own BPE below English BPE everywhere, unigram below BPE on little text; Hindi easier than Marathi.

There are only 0.23 MB of Bengali stories, so there are two levels. `small` has all four languages with as many
characters as Bengali has; `large` has the other three with as many as the smallest of them. All members of a level
spend equal compute. At the small level this is about as many floating-point operations as lower the loss of Hindi's own
BPE before the model memorises the text, according to a pilot; at the large level it is in proportion to the text.
Levels, rules and questions were fixed before the run.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Literal

from seedbed.config import UsageError, unknown_name
from seedbed.config.recorded import recorded
from seedbed.data import StoryWorldConfig
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments import text
from seedbed.experiments.plan import Planned, seeds_from
from seedbed.experiments.regional_texts import (
    LANGUAGES,
    TOKENIZERS,
    Stories,
    as_world,
    asked_of,
    metrics_of,
    read_stories,
    tokenizers_for,
    told_stories,
)
from seedbed.experiments.results import Results
from seedbed.experiments.text_worlds import NamedWorld, Told, attachments, data_folder, with_probes
from seedbed.experiments.tokenizer_report import plain
from seedbed.models import ModelConfig, preset
from seedbed.reports import Report
from seedbed.training import TEXT_MIXTURE, Member, PopulationConfig, TrainingConfig

SMALL, LARGE = "small", "large"
LEVELS = {SMALL: tuple(LANGUAGES), LARGE: tuple(name for name in LANGUAGES if name != "bn")}
TESTS = 10  # evenly spaced over a member's steps; long documents of short tokens make a test as dear as many steps
MEASURED = "texts.json"  # kept with the run: what tokenizers measure, and which held-out stories were translated


@dataclass(frozen=True)
class Options:
    """seeds: members of each language, tokenizer and level.  first_seed: number of the first seed.  levels: amounts of
    training text.  tokenizers: kinds of tokenizers that are compared.  corpus: the training corpus.  data: the folder
    of texts, by default the one that SEEDBED_DATA names.  vocabulary: vocabulary size of every learned tokenizer.
    sentences: number of sentence pairs per language on which models are evaluated.  small_flops: floating-point
    operations of a member's training at the small level.  large_flops: floating-point operations of a member's training
    at the large level.  learning_rate: peak learning rate.
    """

    seeds: int = 3
    first_seed: int = 0
    levels: tuple[str, ...] = (SMALL, LARGE)
    tokenizers: tuple[str, ...] = TOKENIZERS
    corpus: Literal["pratham", "story-world"] = "pratham"
    data: str | None = None
    vocabulary: int = 2048
    sentences: int = 500
    small_flops: float = 5e11
    large_flops: float = 1.9e12
    learning_rate: float = text.LEARNING_RATE
    story_world: StoryWorldConfig = field(default_factory=StoryWorldConfig)
    model: ModelConfig = field(default_factory=lambda: replace(preset("baby-1m"), dropout=0.1))
    training: TrainingConfig = field(default_factory=lambda: replace(text.training_defaults(), batch=8))
    evaluation: EvaluationConfig = field(
        default_factory=lambda: replace(text.evaluation_defaults(), panel=32, log_spaced=False)
    )
    worlds: tuple[NamedWorld, ...] = recorded(())


def prepared(options: Options, told: Told) -> tuple[Options, dict[str, bytes]]:
    """Matched corpora, their tokenizers and tokens, and what the tokenizers measure."""
    _check(options)
    if options.worlds:
        return options, {}
    whole = {name: _stories(options, name) for name in LANGUAGES}
    worlds, made, measured = [], [], []
    for level in options.levels:
        least = min(whole[name].characters for name in LEVELS[level])
        texts = [whole[name].cut(least) for name in LEVELS[level]]
        told(f"{level}: {least:,} characters of {', '.join(LANGUAGES[name] for name in LEVELS[level])}")
        for (language, kind), (tokenizer, learnt_from) in tokenizers_for(texts, options.vocabulary).items():
            if kind not in options.tokenizers:
                continue
            own = next(each for each in texts if each.language == language)
            ready = as_world(own, tokenizer)
            asked = asked_of(own, [each for each in texts if each.pairs], options.sentences)
            worlds.append(NamedWorld(condition(level, language, kind), with_probes(ready.world, asked, tokenizer)))
            made.append(ready)
            measured.append({"level": level, **plain(metrics_of(own, kind, tokenizer, learnt_from))})
    kept = {"tokenizers": measured, "told": {name: each.told for name, each in whole.items()}}
    return replace(options, worlds=tuple(worlds)), {**attachments(made), MEASURED: json.dumps(kept).encode()}


def _stories(options: Options, language: str) -> Stories:
    if options.corpus == "story-world":
        return told_stories(options.story_world, language)
    return read_stories(data_folder(options.data), language)


def plan(options: Options) -> list[Planned]:
    """The members of every text, each text a population of its own."""
    _check(options)
    if not options.worlds:
        raise UsageError("regional trains on texts: prepare its options before you plan members")
    planned = []
    for each in options.worlds:
        level, language, kind = each.name.split(", ")
        config = population(options, each, level)
        planned += [
            Planned(
                config,
                Member(TEXT_MIXTURE, seed, seed, options.learning_rate, text.WEIGHT_DECAY),
                each.name,
                (("level", level), ("language", language), ("tokenizer", kind)),
            )
            for seed in seeds_from(options.first_seed, options.seeds)
        ]
    return planned


def condition(level: str, language: str, kind: str) -> str:
    """The name of a tokenizer's condition."""
    return f"{level}, {language}, {kind}"


def population(options: Options, text_named: NamedWorld, level: str) -> PopulationConfig:
    """The population of a text: as many steps as the level's operations allow."""
    once = PopulationConfig(text_named.world, options.model, options.training, options.evaluation)
    budget = options.small_flops if level == SMALL else options.large_flops
    steps = max(round(budget / once.flops_per_step), 1)
    training = replace(options.training, steps=steps, warmup=min(options.training.warmup, steps // 10))
    return replace(once, training=training, evaluation=replace(options.evaluation, regular=max(steps // TESTS, 1)))


def _check(options: Options) -> None:
    for what, given, known in (("level", options.levels, LEVELS), ("tokenizer", options.tokenizers, TOKENIZERS)):
        if not given or len(set(given)) < len(given):
            raise UsageError(f"{what}s must hold at least one name, each given once; got {', '.join(given) or 'none'}")
        for name in given:
            if name not in known:
                raise unknown_name(what, name, known)
    for name in ("small_flops", "large_flops"):
        if not 0 < getattr(options, name) < float("inf"):
            raise UsageError(f"{name} must be a finite number above 0, got {getattr(options, name)}")
    if options.sentences < 20:
        raise UsageError(f"sentences must be at least 20 per language, got {options.sentences}")


def report(results: Results) -> Report:
    """The page of a regional run."""
    from seedbed.experiments.regional_report import make

    return make(results)
