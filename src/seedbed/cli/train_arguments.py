"""What `seedbed train` is told, and what it makes of that: a corpus, a tokenizer, the options of a text run."""

import dataclasses
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from seedbed.config import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.data import CorpusConfig
from seedbed.data.corpus import END_OF_TEXT
from seedbed.data.tokenizers import TokenizerConfig, gam_tokenizer, tinystories_tokenizer
from seedbed.data.tokenizers.config import Kind
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.text import (
    LEARNING_RATE,
    WEIGHT_DECAY,
    Options,
    evaluation_defaults,
    training_defaults,
)
from seedbed.experiments.text_corpus import Prepared
from seedbed.models import preset
from seedbed.training import TrainingConfig, cpu_type, device_type
from seedbed.training.environment import visible_cores

MINUTES = 10.0
KINDS: tuple[str, ...] = tuple(kind for kind in get_args(Kind) if kind != "sentencepiece")
SETTINGS = {"gam": gam_tokenizer, "tinystories": tinystories_tokenizer}


@dataclass(frozen=True)
class Arguments:
    """Its options.

    corpus: files, folders or globs; none is the generated story world.  preset: a size, or several.  minutes: in which
    the whole command ends; 10 where neither tokens nor steps are given.  tokens: to train on.  steps: to take, one
    number for all presets, or one for each.
    tokenizer: byte, character, word, bpe or unigram, learnt from the text; gam or tinystories, with those papers'
    settings; or the file or folder of a finished one, Seedbed's or SentencePiece's.  vocabulary: symbols at most.
    unknown: what a SentencePiece model without byte pieces does with a character that it lacks.  seeds: members of each
    preset.  first_seed: number of the first.  out: folder of the run.  prompt: how the sample texts begin.
    learning_rate: its peak.  weight_decay: of matrices.  separator: what stands between documents of a text file, or
    `blank line`.  field: of JSONL lines and Parquet columns.  errors: what a byte that is no UTF-8 gets: an error or
    U+FFFD.  normalise: the Unicode form of all text.  deduplicate: drop documents that are equal, or nearly.
    validation: share of the documents held out.  validation_paths: files held out instead.  workers: processes; by
    default one a core.  json: print one JSON value.  quiet: show no progress.
    """

    corpus: tuple[str, ...] = ()
    preset: tuple[str, ...] = ("baby-1m",)
    minutes: float | None = None
    tokens: int | None = None
    steps: tuple[int, ...] = ()
    tokenizer: str = "bpe"
    vocabulary: int = 2048
    unknown: Literal["refuse", "count"] = "refuse"
    seeds: int = 1
    first_seed: int = 0
    out: str = "runs/text"
    prompt: str = ""
    learning_rate: float = LEARNING_RATE
    weight_decay: float = WEIGHT_DECAY
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
            raise UsageError(f"--steps takes one number, or one for each of {len(self.preset)} presets: {self.steps}")
        for name in self.preset:
            preset(name)
        known = (*KINDS, *SETTINGS)
        if self.tokenizer not in known and not Path(self.tokenizer).exists():
            raise unknown_name("tokenizer", self.tokenizer, known, where="(nor is there a file or folder of this name)")

    @property
    def corpus_config(self) -> CorpusConfig:
        """What is read, and how."""
        return CorpusConfig(
            paths=self.corpus,
            separator=self.separator,
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
            return SETTINGS[self.tokenizer]()
        if self.tokenizer in KINDS:
            return TokenizerConfig(self.tokenizer, self.vocabulary)  # type: ignore[arg-type]
        return TokenizerConfig("sentencepiece", path=self.tokenizer, unknown=self.unknown)

    def options(self, ready: Prepared) -> Options:
        """The options of the run, but for the number of steps where minutes are given."""
        return Options(
            seeds=self.seeds,
            first_seed=self.first_seed,
            presets=self.preset,
            steps=tuple(self._steps(place, name) for place, name in enumerate(self.preset)),
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            world=ready.world,
            corpus=self.corpus_config,
            tokenizer=self.tokenizer_config if self.finished_tokenizer is None else ready.tokenizer.config,
            minutes=self.minutes if self.tokens or self.steps else self.minutes or MINUTES,
            training=replace(self.training, steps=TrainingConfig.steps, shards=self._shards),
            evaluation=self.evaluation,
        )

    @property
    def _shards(self) -> int:
        """As many cores a member as there are for each; what is asked for by --training.shards above all."""
        if self.training.shards > 1:
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
