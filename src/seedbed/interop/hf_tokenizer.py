"""tokenizer.json of Hugging Face: written for our tokenizers, and read with the package `tokenizers`.

Text becomes tokens by that package. Back they are decoded here, byte by byte, so that a text can be shown while it
grows: by GPT-2's alphabet of bytes, by SentencePiece's `▁` and `<0xAB>`, or as words apart by spaces.
"""

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from seedbed.config.errors import UsageError, shown
from seedbed.interop.files import refused
from seedbed.interop.llama2c_tokenizer import BEGIN, END, Llama2cTokenizer
from seedbed.interop.text_tokenizer import TextTokenizer, hugging_face_table
from seedbed.interop.tokenizers import Tokenizer, WorldWords

MOST_BYTES = 2**26
SPACE = "▁"
BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class HfTokenizer:
    """A tokenizer.json. begin, stop: the tokens that a text begins and ends with, if any; of several each ends it."""

    def __init__(self, content: bytes, begin: int | None, stop: int | tuple[int, ...] | None, where: str):
        try:
            table = json.loads(content)
            decoder = json.dumps(table.get("decoder"))
        except (ValueError, RecursionError, AttributeError) as error:
            raise refused(Path(where), f"it is no tokenizer: {error}") from error
        self.content, self.begin, self.stop, self.where = content, begin, stop, where
        self._bytes = "ByteLevel" in decoder
        self._words = table.get("decoder") is None
        self._table: dict[str, Any] = table

    @cached_property
    def _pieces(self) -> dict[int, str]:
        try:
            vocabulary = self._table["model"]["vocab"]
            if isinstance(vocabulary, list):  # unigram: [piece, score]
                pieces = {token: piece for token, (piece, _) in enumerate(vocabulary)}
            else:
                pieces = {int(token): str(piece) for piece, token in vocabulary.items()}
            return pieces | {int(each["id"]): str(each["content"]) for each in self._table.get("added_tokens") or []}
        except (TypeError, KeyError, ValueError, AttributeError, OverflowError) as error:
            raise refused(Path(self.where), f"it has no vocabulary that is known: {shown(error)}") from error

    @cached_property
    def _special(self) -> set[int]:
        return {int(each["id"]) for each in self._table.get("added_tokens") or [] if each.get("special")}

    @property
    def size(self) -> int:
        """One more than its highest token."""
        return max(self._pieces, default=-1) + 1

    @cached_property
    def _encoder(self) -> Any:
        try:
            import tokenizers
        except ImportError as error:
            raise UsageError("a tokenizer.json needs the package tokenizers: pip install 'seedbed[interop]'") from error
        try:
            return tokenizers.Tokenizer.from_buffer(self.content)
        except Exception as error:  # that package raises plain exceptions
            raise refused(Path(self.where), f"it is no tokenizer: {error}") from error

    def encode(self, text: str) -> list[int]:
        """Tokens of a text with what it begins with; an empty one is its beginning alone."""
        try:
            tokens = list(self._encoder.encode(text).ids)
        except UsageError:
            raise
        except Exception as error:
            raise UsageError(f"{self.where} has no token for a part of {text[:60]!r}: {error}") from error
        return tokens or ([] if self.begin is None else [self.begin])

    def piece(self, previous: int | None, token: int) -> bytes:
        """The bytes that a token adds; none for a special one, or for one that has no piece."""
        if token in self._special or token not in self._pieces:
            return b""
        piece = self._pieces[token]
        if self._bytes:
            return bytes(ALPHABET[character] for character in piece if character in ALPHABET)
        first = previous is None or previous in self._special
        if self._words:
            return f"{'' if first else ' '}{piece}".encode()
        if found := BYTE.fullmatch(piece):
            return bytes([int(found[1], 16)])
        text = piece.replace(SPACE, " ")
        return (text[1:] if first and text.startswith(" ") else text).encode()


def byte_alphabet() -> dict[str, int]:
    """GPT-2's character for each byte: itself where it can be seen, else one from 256 on (Radford et al. 2019)."""
    seen = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in seen]
    return {chr(byte): byte for byte in seen} | {chr(256 + place): byte for place, byte in enumerate(hidden)}


ALPHABET = byte_alphabet()


def tokenizer_json(tokenizer: Tokenizer) -> bytes:
    """One of our tokenizers as a tokenizer.json. Raises `UsageError` for what the format cannot hold."""
    if isinstance(tokenizer, HfTokenizer):
        return tokenizer.content
    if isinstance(tokenizer, TextTokenizer):
        table = hugging_face_table(tokenizer)
    else:
        table = _of_pieces(tokenizer) if isinstance(tokenizer, Llama2cTokenizer) else _of_words(tokenizer)
    return (json.dumps(table, ensure_ascii=False, indent=1) + "\n").encode()


def no_tokenizer_json(tokenizer: Tokenizer) -> str:
    """Why the format cannot hold this tokenizer; empty where it can."""
    try:
        tokenizer_json(tokenizer)
    except UsageError as error:
        return str(error)
    return ""


def _of_pieces(tokenizer: Llama2cTokenizer) -> dict[str, Any]:
    """Byte-pair merges in the order of the scores: each way to put a piece together from two others."""
    names = []
    for token, piece in enumerate(tokenizer.pieces):
        try:
            names.append(piece.decode().replace(" ", SPACE))
        except UnicodeDecodeError:
            raise UsageError(
                f"piece {token} of the tokenizer is {piece!r}, no UTF-8: a tokenizer.json has none"
            ) from None
    names[BEGIN], names[END] = "<s>", "</s>"
    token_of = {name: token for token, name in reversed(list(enumerate(names)))}
    order = sorted(range(END + 1, len(names)), key=lambda token: (-tokenizer.scores[token], token))
    merges = [
        [names[token][:cut], names[token][cut:]]
        for token in order
        if not BYTE.fullmatch(names[token])
        for cut in range(1, len(names[token]))
        if names[token][:cut] in token_of and names[token][cut:] in token_of
    ]
    begin = {"SpecialToken": {"id": "<s>", "type_id": 0}}
    return {
        "version": "1.0",
        "added_tokens": [_added(token, names[token]) for token in range(END + 1)],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": SPACE},
                {"type": "Replace", "pattern": {"String": " "}, "content": SPACE},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [begin, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [BEGIN], "tokens": ["<s>"]}},
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE",
            "unk_token": names[0],
            "fuse_unk": True,
            "byte_fallback": True,
            "vocab": token_of,
            "merges": merges,
        },
    }


def _of_words(tokenizer: Tokenizer) -> dict[str, Any]:
    """A world's words, one token each, apart by spaces."""
    if not isinstance(tokenizer, WorldWords) or tokenizer.kind != "word":
        raise UsageError(
            "a tokenizer.json is written for worlds of one token a word alone, this one spells a word by two pieces"
        )
    return {
        "version": "1.0",
        "added_tokens": [_added(0, "<pad>")],
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": {"<pad>": 0, **tokenizer.words()}, "unk_token": "<unk>"},
    }


def _added(token: int, name: str) -> dict[str, Any]:
    return {
        "id": token,
        "content": name,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }
