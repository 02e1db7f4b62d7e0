"""From a corpus to tokens: a tokenizer learnt from its training documents, kept by what it was made of, and the cache.

Both are found again when the same corpus and settings come back, so a second training starts at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seedbed.config import UsageError, canonical, fingerprint
from seedbed.config.cache import cache_root
from seedbed.data import CorpusConfig, TextConfig, TokenCache, prepare, text_of
from seedbed.data.splits import split_documents
from seedbed.data.token_cache import changed, corpus_key, nothing_to_train_on
from seedbed.data.tokenizers import Tokenizer, TokenizerConfig, load_tokenizer, train_tokenizer

LEARNT_BYTES = 32 << 20  # of training text that a tokenizer is learnt from at most
FORMAT = "tokenizer 3"


@dataclass(frozen=True)
class Prepared:
    """A corpus ready to be trained on."""

    world: TextConfig
    tokenizer: Tokenizer
    cache: TokenCache


def prepared(
    corpus: CorpusConfig,
    config: TokenizerConfig,
    *,
    finished: str | None = None,
    opening: str = "",
    told: Callable[[str], None] = lambda line: None,
) -> Prepared:
    """The corpus as tokens. finished: a tokenizer's folder or file, in place of one that is learnt.

    opening: how sample texts begin.  told: a line for each stage; what `TextConfig.warnings` has is for whoever grows
    the run to say. Raises as the corpus, the tokenizer and the cache do.
    """
    if finished is not None:
        tokenizer = load_tokenizer(finished)
        told(f"tokenizer {finished}: {tokenizer.vocabulary:,} symbols")
    else:
        tokenizer = learnt(corpus, config, told)
    if not corpus.validation and not corpus.validation_paths:
        raise UsageError(
            "training is evaluated on held-out documents: hold some out with --validation 0.05, or name them with "
            "--validation-paths"
        )
    cache = prepare(corpus, tokenizer)  # type: ignore[arg-type]  # cached properties are properties
    made = "tokenised" if cache.made else "found as tokens"
    told(
        f"corpus {made}: {cache.train.documents:,} documents, {cache.train.text_bytes / 1000000.0:,.1f} MB, "
        f"{cache.train.tokens:,} tokens for training; {cache.validation.documents:,} documents held out"
    )
    world = text_of(cache, tokenizer.fingerprint, tuple(tokenizer.encode(opening)) if opening else ())
    return Prepared(world, tokenizer, cache)


def learnt(corpus: CorpusConfig, config: TokenizerConfig, told: Callable[[str], None]) -> Tokenizer:
    """The tokenizer of these settings, learnt from the first LEARNT_BYTES of training text, or found.

    Raises `SeedbedError` where the text changes meanwhile.
    """
    read = corpus_key(corpus)
    key = fingerprint(FORMAT, canonical(config), read, str(LEARNT_BYTES), *_imported(config))
    folder = cache_root() / "tokenizers" / key
    try:
        found = load_tokenizer(folder)
        told(f"tokenizer found: {config.kind}, {found.vocabulary:,} symbols")
        return found
    except UsageError:
        pass  # none is there, or not a whole one: it is made anew
    tokenizer = train_tokenizer(config, _training_texts(corpus))
    if corpus_key(corpus) != read:
        raise changed(corpus)
    tokenizer.save(folder)
    told(f"tokenizer trained: {config.kind}, {tokenizer.vocabulary:,} symbols")
    return tokenizer


def _imported(config: TokenizerConfig) -> Iterator[str]:
    if config.path is not None and Path(config.path).is_file():
        import hashlib

        yield hashlib.sha256(Path(config.path).read_bytes()).hexdigest()


def _training_texts(corpus: CorpusConfig) -> Iterator[str]:
    read = held_out = 0
    for split, document in split_documents(corpus):
        if split == "train":
            yield document.text
            read += len(document.text.encode())
            if read >= LEARNT_BYTES:
                return
        else:
            held_out += 1
    if not read:
        raise nothing_to_train_on(corpus, held_out)
