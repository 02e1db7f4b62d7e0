"""Byte-pair encoding: the commonest neighbours become one symbol, again and again.

Source: Sennrich, Haddow & Birch (2016), section 3.2; over bytes: Radford et al. (2019), section 2.2. Learnt by the Rust
library, whose result depends neither on the order of texts nor on the number of threads.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from seedbed.data.tokenizers.alphabet import (
    as_bytes,
    as_characters,
    byte_characters,
    normaliser,
    pretokenizer,
    splitter,
)
from seedbed.data.tokenizers.config import END_OF_TEXT, FEWEST, TokenizerConfig
from seedbed.data.tokenizers.engines import rust

Merge = tuple[bytes, bytes]


def learn_bpe(config: TokenizerConfig, texts: Iterable[str]) -> dict[str, Any]:
    """The library's JSON of a byte-level BPE with `config.vocabulary` symbols at most."""
    if config.alphabet == "bytes":
        merges, _ = _merges(config, texts, pretokenizer(config), list(byte_characters()))
        whole = [(as_bytes(left), as_bytes(right)) for left, right in merges]
    else:
        merges, characters = _merges(config, texts, splitter(config), [])
        whole = _building(characters[: config.vocabulary - FEWEST])
        whole += [(left.encode(), right.encode()) for left, right in merges]
    return model_of(config, [], whole)


def model_of(config: TokenizerConfig, words: Iterable[bytes], merges: Iterable[Merge]) -> dict[str, Any]:
    """The library's JSON: bytes, end of text, whole words, then what merges make, up to `config.vocabulary` symbols.

    A word in the vocabulary is taken whole where there are no merges.
    """
    vocabulary = {character: value for value, character in enumerate(byte_characters())}
    vocabulary[END_OF_TEXT] = len(vocabulary)  # no text makes it: a pretokenizer parts its letters from its signs
    for word in words:
        vocabulary.setdefault(as_characters(word), len(vocabulary))
    kept = []
    for left, right in merges:
        parts = as_characters(left), as_characters(right)
        if not vocabulary.keys() >= set(parts):  # made of a rare character that found no place
            continue
        made = "".join(parts)
        if made not in vocabulary:
            if len(vocabulary) == config.vocabulary:
                break
            vocabulary[made] = len(vocabulary)
        kept.append(list(parts))
    library = rust()
    tokenizer = library.Tokenizer(library.models.BPE(vocab={}, merges=[], ignore_merges=not kept))
    if (form := normaliser(config)) is not None:
        tokenizer.normalizer = form
    tokenizer.pre_tokenizer = pretokenizer(config)
    tokenizer.decoder = library.decoders.ByteLevel()
    plain = json.loads(tokenizer.to_str())
    plain["model"] |= {"vocab": vocabulary, "merges": kept}
    return plain


def _merges(
    config: TokenizerConfig, texts: Iterable[str], cut: Any, alphabet: list[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """The merges in the order in which they were learnt; without an alphabet, also the characters of several bytes in
    the text, the commonest first.
    """
    library = rust()
    tokenizer = library.Tokenizer(library.models.BPE())
    if (form := normaliser(config)) is not None:
        tokenizer.normalizer = form
    tokenizer.pre_tokenizer = cut
    trainer = library.trainers.BpeTrainer(vocab_size=config.vocabulary, initial_alphabet=alphabet, show_progress=False)
    counts: Counter[str] = Counter()

    def counted() -> Iterator[str]:
        for text in texts:
            if not alphabet:
                counts.update(text if form is None else form.normalize_str(text))
            yield text

    tokenizer.train_from_iterator(counted(), trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    several = [each for each in counts if not each.isascii()]
    return [(left, right) for left, right in merges], sorted(several, key=lambda each: (-counts[each], each))


def _building(characters: Iterable[str]) -> list[Merge]:
    """Merges that build each character from its bytes, before any other: characters are then cut nowhere.

    A part of a character begins with the byte that begins it, so two characters cannot be mixed up.
    """
    return list(
        dict.fromkeys(
            (raw[:length], raw[length : length + 1])
            for raw in (each.encode() for each in characters)
            for length in range(1, len(raw))
        )
    )
