"""A unigram language model of pieces: a text is cut so that the product of its pieces' chances is largest.

Source: Kudo (2018), section 3.2. The SentencePiece library learns the pieces, on one thread from counted words: the
Rust library adds up in an order that changes from one process to the next, and gave scores 2e-4 apart for the same
text. The Rust library then encodes.
"""

import io
import json
from collections.abc import Iterable
from typing import Any

from seedbed.config.errors import UsageError
from seedbed.data.tokenizers.alphabet import as_characters, normaliser, pretokenizer
from seedbed.data.tokenizers.config import BYTES, END_OF_TEXT, FEWEST, TokenizerConfig
from seedbed.data.tokenizers.engines import rust
from seedbed.data.tokenizers.words import count_words

UNLIKELIER = 10.0  # nats: how far a byte that is no piece lies below the least likely piece, as SentencePiece has it
NEVER = 1e4  # nats, below everything
# What that library reads as a space or as the end of a line goes in and comes out under a private name.
HIDDEN = {"\n": "\uf80a", "\r": "\uf80d", "\t": "\uf809", "\0": "\uf800", "\u2581": "\uf801"}
SPACE = "\u2581"  # how the library writes a space


def learn_unigram(config: TokenizerConfig, texts: Iterable[str]) -> dict[str, Any]:
    """The library's JSON of a unigram tokenizer: bytes, end of text, then pieces by falling chance.

    Raises `UsageError` where the text has no word.
    """
    scores = _learn(config, texts)
    lowest = min(scores.values(), default=0.0)
    singles = {piece: score for piece, score in scores.items() if len(piece) == 1}
    vocabulary: list[list[Any]] = [
        [as_characters(byte), singles.get(byte, lowest - UNLIKELIER)]
        for byte in (bytes([value]) for value in range(BYTES))
    ]
    vocabulary.append([END_OF_TEXT, lowest - NEVER])
    longer = sorted(scores.keys() - singles.keys(), key=lambda piece: (-scores[piece], piece))
    vocabulary += [[as_characters(piece), scores[piece]] for piece in longer[: config.vocabulary - FEWEST]]
    library = rust()
    tokenizer = library.Tokenizer(library.models.Unigram())
    if (form := normaliser(config)) is not None:
        tokenizer.normalizer = form
    tokenizer.pre_tokenizer = pretokenizer(config)
    tokenizer.decoder = library.decoders.ByteLevel()
    plain = json.loads(tokenizer.to_str())
    plain["model"] |= {"vocab": vocabulary}
    return plain


def _learn(config: TokenizerConfig, texts: Iterable[str]) -> dict[bytes, float]:
    """The log chance of every piece, in nats."""
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    counts = count_words(config, texts)
    hide, show = str.maketrans(HIDDEN), {ord(name): true for true, name in HIDDEN.items()} | {ord(SPACE): " "}
    words = [word for word in counts if word.strip(" ") and not set(HIDDEN.values()) & set(word)]
    if all(word.isspace() for word in words):
        raise UsageError("a unigram tokenizer is learnt from words, and the text has none: is it empty?")
    characters = {" "}.union(*words)
    one_byte = sum(character.isascii() for character in characters)  # these have their place among the bytes
    words.sort(key=lambda word: (-counts[word], word))
    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=(line for word in words for line in _lines(word.translate(hide), counts[word])),
        input_format="tsv",
        model_writer=model,
        model_type="unigram",
        vocab_size=max(config.vocabulary - FEWEST, len(characters)) + one_byte + 1,
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        split_by_unicode_script=False,
        split_by_number=False,
        max_sentence_length=1 << 20,
        bos_id=-1,
        eos_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    learnt = SentencePieceProcessor(model_proto=model.getvalue())
    pieces = range(1, len(learnt))  # after its unknown symbol
    return {learnt.id_to_piece(each).translate(show).encode(): float(learnt.get_score(each)) for each in pieces}


def _lines(word: str, count: int) -> list[str]:
    """A counted word as the library reads it.

    Its first pieces are what is followed by different characters, so that a word which always ends its line would be
    none, however common: once of its times one that came twice or more is followed by a space.
    """
    return [f"{word}\t{count}"] if count < 2 else [f"{word}\t{count - 1}", f"{word} \t1"]
