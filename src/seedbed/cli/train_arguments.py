"""What `seedbed train` is told, and what it makes of that: a corpus, a tokenizer, the options of a text run."""

import dataclasses
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from seedbed.config import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.config.recorded import recorded
from seedbed.data import CorpusConfig
from seedbed.data.corpus import END_OF_TEXT, unescaped
from seedbed.data.tokenizers import TokenizerConfig, gam_tokenizer, tinystories_tokenizer
from seedbed.data.tokenizers.config import Kind
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.plan import seeds_from
from seedbed.experiments.text import (
    LEARNING_RATE,
    TESTS,
    WEIGHT_DECAY,
    Options,
    evaluation_defaults,
    members,
    training_defaults,
)
from seedbed.experiments.text_corpus import Prepared
from seedbed.models import preset
from seedbed.training import TrainingConfig, cpu_type, device_type
from seedbed.training.environment import visible_cores

MINUTES = 10.0
LEARNT = ("character", "word", "bpe", "unigram")  # kinds that take a number of symbols
KINDS: tuple[str, ...] = tuple(kind for kind in get_args(Kind) if kind != "sentencepiece")
SETTINGS = {"gam": gam_tokenizer, "tinystories": tinystories_tokenizer}


@dataclass(frozen=True)
class Arguments:
    """Its options.

    corpus: files, folders or globs; none is the generated story world.  preset: a size, or several.  minutes: in which
    the whole command ends; 10 where neither tokens nor steps are given.  tokens: to train on.  steps: to take, one
    number for all presets, or one for each.  tests: on held-out text, evenly spaced over the steps; with fewer than 20
    none comes at steps 1, 2, 4, 8, ...
    tokenizer: byte, character, word, bpe or unigram, learnt from the text; gam or tinystories, with those papers'
    settings; or the file or folder of a finished one, Seedbed's or SentencePiece's.  vocabulary: of one that is
    learnt, symbols at most.
    unknown: what a SentencePiece model without byte pieces does with a character that it lacks.  seeds: members of each
    preset.  first_seed: number of the first.  out: folder of the run.  prompt: how the sample texts begin.
    learning_rate: its peak.  weight_decay: of matrices.  dropout: share of numbers dropped while training, by default
    the preset's own; 0.1 may help where little text is read many times.
    separator: what stands between documents of a text file, or `blank line`; a line end is written \\n.  field: of
    JSONL lines and Parquet columns.  errors: what a byte that is no UTF-8 gets: an error or U+FFFD.  normalise: the
    Unicode form of all text.  deduplicate: drop documents that are equal, or nearly.
    validation: share of the documents held out.  validation_paths: files held out instead.  workers: processes; by
    default one a core.  json: print one JSON value.  quiet: show no progress.
    """

    corpus: tuple[str, ...] = ()
    preset: tuple[str, ...] = ("baby-1m",)
    minutes: float | None = None
    tokens: int | None = None
    steps: tuple[int, ...] = ()
    tests: int = TESTS
    tokenizer: str = "bpe"
    vocabulary: int = 2048
    unknown: Literal["refuse", "count"] = "refuse"
    seeds: int = 1
    first_seed: int = 0
    out: str = "runs/text"
    prompt: str = ""
    learning_rate: float = LEARNING_RATE
    weight_decay: float = WEIGHT_DECAY
    dropout: float | None = None
    separator: str = END_OF_TEXT
    field: str = "text"
    errors: Literal["strict", "replace"] = "strict"
    normalise: Literal["NFC", "NFKC", "none"] = "NFC"
    deduplicate: Literal["exact", "near", "none"] = "exact"
    validation: float = 0.05
    validation_paths: tuple[str, ...] = ()
    workers: int | None = None
    json: bool = False
    quiet: bool = False
    training: TrainingConfig = dataclasses.field(default_factory=training_defaults)
    evaluation: EvaluationConfig = dataclasses.field(default_factory=evaluation_defaults)
    given: tuple[str, ...] = recorded(())  # the options that were typed, with their default too

    def __post_init__(self) -> None:
        lengths = {"minutes": (self.minutes,), "tokens": (self.tokens,), "steps": self.steps}
        lengths = {name: values for name, values in lengths.items() if values not in ((), (None,))}
        for name, values in lengths.items():
            if not all(value is not None and 0 < value < float("inf") for value in values):
                raise UsageError(f"--{name} must be a finite number above 0, got {' '.join(map(str, values))}")
        given = [f"--{name} {' '.join(f'{value:g}' for value in values)}" for name, values in lengths.items()]
        if len(given) > 1:
            raise UsageError(f"say how long once: {' and '.join(given)} were given")
        if len(self.steps) not in (0, 1, len(self.preset)):
            raise UsageError(f"--steps takes one number, or one for each of {len(self.preset)} presets, got {given[0]}")
        for name in self.preset:
            own = preset(name)
            replace(own, dropout=own.dropout if self.dropout is None else self.dropout)  # refuses what cannot be
        members(self.preset, seeds_from(self.first_seed, self.seeds), self.learning_rate, self.weight_decay)  # refuses
        if self.tests < 1:
            raise UsageError(f"--tests must be at least 1, got {self.tests}")
        known = (*KINDS, *SETTINGS)
        if self.tokenizer not in known and not Path(self.tokenizer).exists():
            raise unknown_name("tokenizer", self.tokenizer, known, where="(nor is there a file or folder of this name)")
        self._refuse_unread()

    def _refuse_unread(self) -> None:
        """What is typed is read, or refused."""
        if "corpus" in self.given and not self.corpus:
            raise UsageError("--corpus names no file: give one, or leave it out for the generated story world")
        if "training.steps" in self.given:
            raise UsageError("--training.steps is not read here: say how long by --steps, --tokens or --minutes")
        if {"tests", "evaluation.regular"} <= {*self.given}:
            raise UsageError("say how often to test once: --tests and --evaluation.regular were given")
        if "vocabulary" in self.given and self.tokenizer not in LEARNT:
            raise UsageError(
                f"--vocabulary {self.vocabulary} with --tokenizer {self.tokenizer}: it has its own number of symbols; "
                f"leave --vocabulary out, or take one of {', '.join(LEARNT)}"
            )
        if "unknown" in self.given and (self.tokenizer in (*KINDS, *SETTINGS) or self.finished_tokenizer):
            raise UsageError(
                f"--unknown {self.unknown} with --tokenizer {self.tokenizer}: it is for the file of a SentencePiece "
                "model, others spell what they lack by bytes; leave it out"
            )

    @property
    def corpus_config(self) -> CorpusConfig:
        """What is read, and how."""
        return CorpusConfig(
            paths=self.corpus,
            separator=unescaped(self.separator),
            field=self.field,
            errors=self.errors,
            normalise=self.normalise,
            deduplicate=self.deduplicate,
            validation=self.validation,
            validation_paths=self.validation_paths,
        )

    @property
    def finished_tokenizer(self) -> str | None:
        """A tokenizer of Seedbed that is not learnt anew."""
        path = Path(self.tokenizer)
        own = self.tokenizer not in (*KINDS, *SETTINGS) and (path.is_dir() or path.suffix == ".json")
        return self.tokenizer if own else None

    @property
    def tokenizer_config(self) -> TokenizerConfig:
        """What is learnt, or imported."""
        if self.tokenizer in SETTINGS:
            config = SETTINGS[self.tokenizer]()
        elif self.tokenizer in LEARNT:
            config = TokenizerConfig(self.tokenizer, self.vocabulary)  # type: ignore[arg-type]
        elif self.tokenizer in KINDS:
            config = TokenizerConfig(self.tokenizer)  # type: ignore[arg-type]
        else:
            config = TokenizerConfig("sentencepiece", path=self.tokenizer, unknown=self.unknown)
        return replace(config, normalise=self.normalise)  # text is tokenised in the form in which it is read

    def options(self, ready: Prepared) -> Options:
        """The options of the run, but for the number of steps where minutes are given."""
        return Options(
            seeds=self.seeds,
            first_seed=self.first_seed,
            presets=self.preset,
            steps=tuple(self._steps(place, name) for place, name in enumerate(self.preset)),
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            dropout=self.dropout,
            world=ready.world,
            corpus=self.corpus_config,
            tokenizer=self.tokenizer_config if self.finished_tokenizer is None else ready.tokenizer.config,
            tokenizer_given=self.tokenizer,
            prompt=self.prompt,
            minutes=self.minutes if self.tokens or self.steps else self.minutes or MINUTES,
            tests=0 if "evaluation.regular" in self.given else self.tests,
            training=replace(self.training, steps=TrainingConfig.steps, shards=self._shards),
            evaluation=self.evaluation,
        )

    @property
    def _shards(self) -> int:
        """As many cores per member as there are for each; what is asked for by --training.shards above all."""
        if "training.shards" in self.given or self.training.shards > 1:
            return self.training.shards
        if device_type() != cpu_type():  # members are stacked on an accelerator
            return 1
        each = len(visible_cores()) // max(self.seeds * len(self.preset), 1)
        return next(shards for shards in range(max(each, 1), 0, -1) if self.training.batch % shards == 0)

    def _steps(self, place: int, name: str) -> int:
        if self.tokens is not None:
            return max(1, round(self.tokens / (self.training.batch * preset(name).context)))
        if not self.steps:
            return TrainingConfig.steps  # until minutes have become steps
        return self.steps[place if len(self.steps) > 1 else 0]
