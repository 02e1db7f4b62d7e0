"""Make a tokenizer from text, or from an imported model. The same text gives the same tokenizer, whoever makes it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.config.errors import UsageError
from seedbed.data.tokenizers.bpe import learn_bpe
from seedbed.data.tokenizers.config import FEWEST, TokenizerConfig
from seedbed.data.tokenizers.engines import byte_ids
from seedbed.data.tokenizers.tokenizer import Tokenizer, assemble
from seedbed.data.tokenizers.top import commonest
from seedbed.data.tokenizers.unigram import learn_unigram
from seedbed.data.tokenizers.words import learn_characters, learn_words

IMPORTED = "imported"  # in place of a path in what is saved: where a model lay is nobody's business
COUNTED_AT_ONCE = 1000  # texts


def train_tokenizer(config: TokenizerConfig, texts: Iterable[str]) -> Tokenizer:
    """The tokenizer of `config`, learnt from `texts`, which are read once, or twice where `config.top` counts symbols.

    Raises `UsageError` for text without a character, for a model file that is none, and for `top` of an imported model
    without byte pieces.
    """
    kind, learnt = config.kind, list(texts) if config.top is not None else texts
    if kind == "sentencepiece":
        tokenizer = _import(config)
    elif kind == "byte":
        tokenizer = assemble(config, None)
    else:
        learn = {"bpe": learn_bpe, "unigram": learn_unigram, "word": learn_words, "character": learn_characters}[kind]
        plain: Any = learn(config, _some(learnt))
        tokenizer = assemble(config, plain)
    return tokenizer if config.top is None else _with_top(tokenizer, config.top, list(learnt))


def _some(texts: Iterable[str]) -> Iterable[str]:
    """The texts, if there is a character in them."""
    waiting = iter(texts)
    seen: list[str] = []
    for text in waiting:
        seen.append(text)
        if text:
            return chain(seen, waiting)
    raise UsageError("a tokenizer is learnt from text, and there is none: is the corpus empty?")


def _import(config: TokenizerConfig) -> Tokenizer:
    from base64 import b64encode

    from sentencepiece import SentencePieceProcessor

    assert config.path is not None  # TokenizerConfig saw to it
    try:
        model = Path(config.path).read_bytes()
        SentencePieceProcessor(model_proto=model).id_to_piece(0)
    except OSError as error:
        raise UsageError(f"the SentencePiece model {config.path} cannot be read: {error.strerror or error}") from None
    except (RuntimeError, IndexError):
        raise UsageError(
            f"{config.path} is not a SentencePiece model: name the file that its trainer wrote, usually NAME.model"
        ) from None
    return assemble(replace(config, path=IMPORTED), b64encode(model).decode())


def _with_top(tokenizer: Tokenizer, top: int, texts: Sequence[str]) -> Tokenizer:
    if not byte_ids(tokenizer.pieces):
        raise UsageError(
            f"top {top} of a tokenizer without all {FEWEST - 1} bytes: what is dropped could not be spelled; leave top "
            "out"
        )
    counts_V = np.zeros(tokenizer.vocabulary, np.int64)
    for first in range(0, len(texts), COUNTED_AT_ONCE):
        for ids_T in tokenizer.encode_many(texts[first : first + COUNTED_AT_ONCE]):
            counts_V += np.bincount(ids_T, minlength=tokenizer.vocabulary)
    kept = commonest(counts_V, tokenizer.pieces, tokenizer.eot, top)
    return assemble(tokenizer.config, tokenizer.engine.plain(), kept)
