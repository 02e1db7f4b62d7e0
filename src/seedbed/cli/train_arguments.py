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

    corpus: files, folders or globs; by default the generated story world.  preset: one or several model sizes.
    minutes: time limit for the whole command; 10 if neither tokens nor steps are given.  tokens: number of training
    tokens.  steps: number of training steps, one number for all presets or one for each.  tests: number of evaluations
    on held-out text, evenly spaced over the steps; with fewer than 20 there are none at steps 1, 2, 4, 8, ...
    tokenizer: byte, character, word, bpe or unigram, learned from the text; gam or tinystories, with the settings of
    those papers; or the file or folder of an existing tokenizer of Seedbed or SentencePiece.  vocabulary: largest
    vocabulary size of a learned tokenizer.  unknown: what a SentencePiece model without byte pieces does with a
    character that it does not know.  seeds: members of each preset.  first_seed: number of the first seed.  out: folder
    of the run.  prompt: beginning of the sample texts.  learning_rate: peak learning rate.  weight_decay: weight decay
    of matrices.  dropout: dropout rate during training, by default that of the preset; 0.1 may help if little text is
    read many times.  separator: text that separates the documents of a text file, or `blank line`; write a line end as
    \\n.  field: name of the text field in JSONL and Parquet files.  errors: what happens with a byte that is not UTF-8:
    an error, or replacement by U+FFFD.  normalise: Unicode normalisation of all text.  deduplicate: drop documents that
    are equal, or nearly equal, to earlier ones.  validation: share of the documents that are held out.
    validation_paths: files to hold out instead.  workers: number of processes; by default one per core.  json: print
    one JSON value.  quiet: show no progress.
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
            raise UsageError(f"set the length of training only once: {' and '.join(given)} were given")
        if len(self.steps) not in (0, 1, len(self.preset)):
            raise UsageError(
                f"--steps takes one number, or one for each of the {len(self.preset)} presets, got {given[0]}"
            )
        for name in self.preset:
            own = preset(name)
            replace(own, dropout=own.dropout if self.dropout is None else self.dropout)  # refuses what cannot be
        members(self.preset, seeds_from(self.first_seed, self.seeds), self.learning_rate, self.weight_decay)  # refuses
        if self.tests < 1:
            raise UsageError(f"--tests must be at least 1, got {self.tests}")
        known = (*KINDS, *SETTINGS)
        if self.tokenizer not in known and not Path(self.tokenizer).exists():
            raise unknown_name(
                "tokenizer", self.tokenizer, known, where=("(and there is no file or folder of this name)")
            )
        self._refuse_unread()

    def _refuse_unread(self) -> None:
        """What is typed is read, or refused."""
        if "corpus" in self.given and not self.corpus:
            raise UsageError("--corpus names no file: name one, or omit the option to use the generated story world")
        if "training.steps" in self.given:
            raise UsageError("--training.steps is not used here: set the length with --steps, --tokens or --minutes")
        if {"tests", "evaluation.regular"} <= {*self.given}:
            raise UsageError("set the number of evaluations only once: --tests and --evaluation.regular were given")
        if "vocabulary" in self.given and self.tokenizer not in LEARNT:
            raise UsageError(
                f"--vocabulary {self.vocabulary} with --tokenizer {self.tokenizer}: this tokenizer has its own "
                f"vocabulary size; omit --vocabulary, or use one of {', '.join(LEARNT)}"
            )
        if "unknown" in self.given and (self.tokenizer in (*KINDS, *SETTINGS) or self.finished_tokenizer):
            raise UsageError(
                f"--unknown {self.unknown} with --tokenizer {self.tokenizer}: --unknown applies only to SentencePiece "
                "model files, because other tokenizers spell unknown characters as bytes; omit it"
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
