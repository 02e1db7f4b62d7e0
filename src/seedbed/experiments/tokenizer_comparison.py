"""Tokenizers side by side: learnt from each corpus, from all together, or from one for all; measured on held-out text.

Each is learnt from training documents and measured on documents that no tokenizer was learnt from.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from seedbed.config import UsageError, unknown_name
from seedbed.data import CorpusConfig, documents, split_of
from seedbed.data.corpus import escaped
from seedbed.data.tokenizers import (
    Tokenizer,
    TokenizerConfig,
    gam_tokenizer,
    load_tokenizer,
    tinystories_tokenizer,
    train_tokenizer,
)
from seedbed.data.tokenizers.metrics import Fit, measure, morph_score, parity, read_gold
from seedbed.emergence import Estimate

OWN, ALL = "its own text", "all corpora"
KINDS: dict[str, Callable[[int], TokenizerConfig]] = {
    "byte": lambda size: TokenizerConfig("byte"),
    "character": lambda size: TokenizerConfig("character", size),
    "word": lambda size: TokenizerConfig("word", size),
    "bpe": lambda size: TokenizerConfig("bpe", size),
    "bpe-characters": lambda size: TokenizerConfig("bpe", size, alphabet="characters"),
    "unigram": lambda size: TokenizerConfig("unigram", size),
    "gam": lambda size: gam_tokenizer(),
    "tinystories": lambda size: tinystories_tokenizer(),
}
FIXED = ("byte", "gam", "tinystories")  # kinds whose size is part of them
Named = tuple[str, str]


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    corpora: (name, path).  kinds: of KINDS.  sizes: symbols.  orders: of Renyi entropies.  general: the corpus whose
    tokenizers are measured on every corpus.  together: learn tokenizers from all corpora too.  held_out: the share of
    documents that are measured.  train_bytes: of each corpus, at most.  imported: (name, file) of finished tokenizers.
    gold: (corpus, file) of gold splits.  parallel: (corpus, file) of sentences in another language and this one.
    reading: how files are read; its paths and its share of documents held out are not looked at.
    """

    corpora: tuple[Named, ...]
    kinds: tuple[str, ...] = ("byte", "bpe", "unigram")
    sizes: tuple[int, ...] = (4096,)
    orders: tuple[float, ...] = (2.5,)
    general: str | None = None
    together: bool = True
    held_out: float = 0.1
    train_bytes: int | None = None
    imported: tuple[Named, ...] = ()
    gold: tuple[Named, ...] = ()
    parallel: tuple[Named, ...] = ()
    reading: CorpusConfig = field(default_factory=CorpusConfig)

    def __post_init__(self) -> None:
        names = [name for name, _ in self.corpora]
        if not names:
            raise UsageError("no corpora are given: name files with --corpus hi.txt mr.txt, or NAME=PATH")
        if twice := [name for name in names if names.count(name) > 1]:
            raise UsageError(f"two corpora are called {twice[0]!r}: give them names with --corpus NAME=PATH")
        for kind in self.kinds:
            if kind not in KINDS:
                raise unknown_name("kind of tokenizer", kind, KINDS)
            for size in self.sizes:
                KINDS[kind](size)
        asked = [self.general] if self.general is not None else []
        for name in [*asked, *(name for name, _ in self.gold), *(name for name, _ in self.parallel)]:
            if name not in names:
                raise unknown_name("corpus", name, names)
        if not 0 < self.held_out < 1:
            raise UsageError(f"held_out is a share of documents and must lie above 0 and below 1, got {self.held_out}")
        if self.train_bytes is not None and self.train_bytes < 1:
            raise UsageError(f"train_bytes must be at least 1, got {self.train_bytes}")


@dataclass(frozen=True)
class Corpus:
    """A corpus, split: texts to learn from and texts to measure on."""

    name: str
    train: tuple[str, ...]
    held_out: tuple[str, ...]

    @property
    def train_bytes(self) -> int:
        """The length of what is learnt from."""
        return sum(len(text.encode()) for text in self.train)


@dataclass(frozen=True)
class Row:
    """One tokenizer on one corpus.

    size: symbols asked for, 0 where the kind has its own.  learnt_from: a corpus, OWN or ALL, or nothing.  morph:
    MorphScore, None without gold splits or where every word is one token; skipped: words that are.  parity: tokens by
    tokens of the same sentences in the other language; None where the tokenizer was learnt from this language alone.
    """

    corpus: str
    kind: str
    size: int
    learnt_from: str
    tokenizer: Tokenizer
    fit: Fit
    morph: Estimate | None = None
    skipped: int = 0
    parity: Estimate | None = None

    @property
    def label(self) -> str:
        """How a chart calls it."""
        size = f" {self.size:,}" if self.size else ""
        return f"{self.kind}{size}" + (f", {self.learnt_from}" if self.learnt_from else "")


def read_corpora(comparison: Comparison) -> list[Corpus]:
    """The corpora, split by the hash of each text. Raises `UsageError` where a side of the split is empty."""
    return [_read(name, path, comparison) for name, path in comparison.corpora]


def compare(comparison: Comparison, corpora: Sequence[Corpus], told: Callable[[str], Any] = print) -> Iterator[Row]:
    """Every tokenizer on every corpus that it is for, as soon as it is known; `told` hears what is learnt."""
    gold = {name: read_gold(path) for name, path in comparison.gold}
    pairs = {name: read_pairs(path) for name, path in comparison.parallel}

    def row(corpus: Corpus, kind: str, size: int, learnt_from: str, tokenizer: Tokenizer) -> Row:
        found = Row(
            corpus.name, kind, size, learnt_from, tokenizer, measure(tokenizer, corpus.held_out, comparison.orders)
        )
        if corpus.name in gold:
            score, skipped = morph_score(tokenizer, gold[corpus.name])
            found = replace(found, morph=score, skipped=skipped)
        if corpus.name in pairs and learnt_from != OWN:  # of one language alone it would say how foreign the other is
            found = replace(found, parity=parity(tokenizer, pairs[corpus.name][1], pairs[corpus.name][0]))
        return found

    for name, path in comparison.imported:
        tokenizer = _import(path)
        yield from (row(corpus, name, 0, "", tokenizer) for corpus in corpora)
    for kind in comparison.kinds:
        for size in (0,) if kind in FIXED else comparison.sizes:
            config = KINDS[kind](size or TokenizerConfig.vocabulary)
            if kind == "byte":
                tokenizer = train_tokenizer(config, [])
                yield from (row(corpus, kind, size, "", tokenizer) for corpus in corpora)
                continue
            for corpus in corpora:
                told(f"learning {kind}{f' {size:,}' if size else ''} from {corpus.name}")
                tokenizer = train_tokenizer(config, corpus.train)
                yield row(corpus, kind, size, OWN, tokenizer)
                if corpus.name == comparison.general:
                    others = (each for each in corpora if each is not corpus)
                    yield from (row(other, kind, size, corpus.name, tokenizer) for other in others)
            if comparison.together and len(corpora) > 1:
                told(f"learning {kind}{f' {size:,}' if size else ''} from all corpora")
                tokenizer = train_tokenizer(config, [text for corpus in corpora for text in corpus.train])
                yield from (row(corpus, kind, size, ALL, tokenizer) for corpus in corpora)


def read_pairs(path: str) -> tuple[list[str], list[str]]:
    """Sentences and the same in another language: the first two columns of a tab-separated file; repeats are left out.

    Raises `UsageError` for a line without two columns, and for a file without a line.
    """
    pairs: dict[tuple[str, str], None] = {}
    try:
        with Path(path).open(encoding="utf-8", newline="") as lines:
            for number, cells in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
                if len(cells) < 2 or not cells[0].strip() or not cells[1].strip():
                    raise UsageError(f"{path}, line {number}: expected two sentences separated by a tab, got {cells!r}")
                pairs[cells[0], cells[1]] = None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"the parallel sentences {path} cannot be read: {error}") from None
    if not pairs:
        raise UsageError(f"{path} holds no pair of sentences")
    return [first for first, _ in pairs], [second for _, second in pairs]


def _read(name: str, path: str, comparison: Comparison) -> Corpus:
    config = replace(comparison.reading, paths=(path,), validation=comparison.held_out)
    train: list[str] = []
    held_out: list[str] = []
    learnt = 0
    for document in documents(config):
        if split_of(document, config) == "validation":
            held_out.append(document.text)
        elif comparison.train_bytes is None or learnt < comparison.train_bytes:
            train.append(document.text)
            learnt += len(document.text.encode())
    if not train or not held_out:
        raise UsageError(
            f"corpus {name} has {len(train)} documents to learn from and {len(held_out)} to measure on, but needs at "
            f"least 1 of each: give more documents (in a text file they are separated by {escaped(config.separator)}, "
            "see --separator) or another --held-out"
        )
    return Corpus(name, tuple(train), tuple(held_out))


def _import(path: str) -> Tokenizer:
    if Path(path).is_dir() or path.endswith(".json"):
        return load_tokenizer(path)
    return train_tokenizer(TokenizerConfig("sentencepiece", path=path, unknown="count"), [])
