"""A tokenizer: text to ids and back. Every id stands for bytes, so lengths, cuts and bits per byte are exact.

Ids 0 to 255 are the bytes, 256 ends a text, what was learnt follows; an imported model keeps its own order.
"""

import hashlib
import json
import secrets
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.config.canonical import from_plain, to_plain
from seedbed.config.errors import SeedbedError, UsageError
from seedbed.data.tokenizers.alphabet import as_bytes
from seedbed.data.tokenizers.config import BYTES, END_OF_TEXT, TokenizerConfig
from seedbed.data.tokenizers.engines import (
    ByteEngine,
    CharacterEngine,
    Engine,
    RustEngine,
    SentencePieceEngine,
)
from seedbed.data.tokenizers.top import Top

FORMAT = 1
FILE = "tokenizer.json"
PROBE = "a  b,\n\tअ क्‍ष ১ — ☃ <|endoftext|> <0x41> ▁c"
"""Two spaces, a line end, a tab, a joiner, rare characters, and text that looks like symbols of tokenizers."""


@dataclass(frozen=True)
class Tokenizer:
    """Text to ids and back.

    config: what it was made from.  engine: turns texts into ids.  pieces: the bytes of every id of the engine, none for
    symbols without text.  eot: the engine's id of end of text, which `encode` never gives.  unknown: the engine's id of
    characters that it lacks, None where it spells them.  top: which symbols stay, None for all.
    """

    config: TokenizerConfig
    engine: Engine
    engine_pieces: tuple[bytes, ...]
    engine_eot: int
    unknown: int | None = None
    top: Top | None = None

    @cached_property
    def pieces(self) -> tuple[bytes, ...]:
        """The bytes that each id stands for, none for end of text."""
        return tuple(self.engine_pieces[old] for old in self.top.kept) if self.top else self.engine_pieces

    @property
    def vocabulary(self) -> int:
        """How many symbols there are."""
        return len(self.pieces)

    @cached_property
    def eot(self) -> int:
        """The id that ends a text."""
        return self.top.kept.index(self.engine_eot) if self.top else self.engine_eot

    @property
    def dtype(self) -> type[np.uint16] | type[np.uint32]:
        """The smallest type that holds every id."""
        return np.uint16 if self.vocabulary <= 1 << 16 else np.uint32

    def encode(self, text: str) -> list[int]:
        """The ids of one text, without end of text. Raises `UsageError` as `encode_many` does."""
        return self.encode_many([text])[0].tolist()

    def encode_many(self, texts: Iterable[str]) -> list[NDArray[np.unsignedinteger]]:
        """The ids of every text, on all cores, without end of text.

        Raises `UsageError` for a text that is no Unicode (half of a surrogate pair), and for a character that an
        imported model lacks where `config.unknown` refuses it.
        """
        texts = list(texts)
        try:
            found = self.engine.encode(texts)
        except (UnicodeEncodeError, TypeError) as error:  # the Rust library takes such a text for no text at all
            raise _half_a_pair(texts) or error from None
        return [(self.top(ids_T) if self.top else ids_T).astype(self.dtype) for ids_T in found]

    def spelled_bytes(self, encoded: Sequence[NDArray[np.integer]]) -> NDArray[np.int64]:
        """How many bytes of text the ids of each text spell; an unknown symbol spells none."""
        size_V = self._piece_bytes
        found = np.array([size_V[ids_T].sum() for ids_T in encoded], np.int64)
        if self.config.kind == "sentencepiece":  # the space that a model puts before every text
            found -= [len(ids_T) > 0 and self.pieces[ids_T[0]].startswith(b" ") for ids_T in encoded]
        return found

    @cached_property
    def _piece_bytes(self) -> NDArray[np.int64]:
        found = np.array([len(piece) for piece in self.pieces], np.int64)
        if self.unknown is not None and self.top is None:
            found[self.unknown] = 0
        return found

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`; bytes that make no character, as a cut-off one, are U+FFFD. End of text is left out."""
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of `ids`; a space between any two pieces where white space was dropped."""
        pieces = self.pieces
        joined = (b" " if self.config.pretokenizer == "whitespace" else b"").join(
            pieces[identity] for identity in ids if identity != self.eot
        )
        return joined.removeprefix(b" ") if self.config.kind == "sentencepiece" else joined

    @cached_property
    def lossless(self) -> bool:
        """Whether a text of rare characters and several spaces comes back as it was (in the form `normalise`)."""
        try:
            return self.decode(self.encode(PROBE)) == PROBE
        except UsageError:
            return False

    @cached_property
    def fingerprint(self) -> str:
        """16 digits that name the tokenizer: equal ones encode alike."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @cached_property
    def text(self) -> str:
        """What is saved, and read back by `read_tokenizer`."""
        plain = {
            "format": FORMAT,
            "config": to_plain(self.config),
            "kept": None if self.top is None else list(self.top.kept),
            "engine": self.engine.plain(),
        }
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def save(self, folder: Path | str) -> Path:
        """Write `tokenizer.json` into `folder`, whole or not at all; its path. `SeedbedError` where it cannot."""
        path = Path(folder) / FILE
        staged = path.with_name(f".{FILE}.{secrets.token_hex(4)}.staged")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            staged.write_text(self.text, encoding="utf-8")
            staged.replace(path)
        except OSError as error:
            staged.unlink(missing_ok=True)
            raise SeedbedError(f"cannot write {path}: {error.strerror or error}. Choose another folder") from error
        return path


def assemble(config: TokenizerConfig, plain: Any, kept: Sequence[int] | None = None) -> Tokenizer:
    """The tokenizer of an engine's plain data: what training, importing and loading end with."""
    if config.kind == "byte":
        found = Tokenizer(config, ByteEngine(config.normalise), _BYTES, BYTES)
    elif config.kind == "character":
        order = sorted(plain, key=plain.__getitem__)
        characters = tuple(each.encode() for each in order if plain[each] >= BYTES)
        found = Tokenizer(config, CharacterEngine(plain, config.normalise), _BYTES + characters, BYTES)
    elif config.kind == "sentencepiece":
        found = _imported(config, b64decode(plain))
    else:
        vocabulary = plain["model"]["vocab"]
        order = (
            [piece for piece, _ in vocabulary]
            if isinstance(vocabulary, list)
            else sorted(vocabulary, key=vocabulary.get)
        )
        pieces = tuple(b"" if piece == END_OF_TEXT else as_bytes(piece) for piece in order)
        found = Tokenizer(config, RustEngine(plain), pieces, BYTES)
    return found if kept is None else replace(found, top=Top(tuple(kept), found.engine_pieces))


def load_tokenizer(folder: Path | str) -> Tokenizer:
    """The tokenizer that `Tokenizer.save` wrote into `folder` (or into that very file).

    Raises `UsageError` where there is none, or where the file is something else, or damaged.
    """
    path = Path(folder)
    path = path / FILE if path.is_dir() else path
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no tokenizer in {folder}: {path} is missing") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a tokenizer: {error}") from None
    return read_tokenizer(text, str(path))


def read_tokenizer(text: str, where: str) -> Tokenizer:
    """The tokenizer of a file's text. Raises `UsageError`, which names `where` it stood, for any other text."""
    try:
        plain = json.loads(text)
        own = isinstance(plain, dict) and {"format", "config", "engine", "kept"} <= plain.keys()
    except ValueError as error:
        raise UsageError(f"{where} cannot be read as a tokenizer: {error}") from None
    if not own:
        raise UsageError(
            f"{where} was not written by Seedbed: give the text, so that a tokenizer is learnt, or import a "
            "SentencePiece model by the kind sentencepiece"
        )
    if plain["format"] != FORMAT:
        raise UsageError(f"{where} has format {plain['format']}, this version reads format {FORMAT}")
    config = from_plain(TokenizerConfig, plain["config"], path=where)
    try:
        found = assemble(config, plain["engine"], plain["kept"])
        found.encode_many([PROBE if found.unknown is None else ""])  # what is broken inside shows when it is used
        whole = found.eot < found.vocabulary
    except UsageError:
        raise
    except Exception as error:  # the library of Rust raises nothing more special
        raise UsageError(f"{where} is damaged, or was not written by Seedbed: {error!r:.200}") from None
    if not whole:
        raise UsageError(f"{where} is damaged, or was not written by Seedbed: it has no end of text")
    return found


_BYTES = (*(bytes([value]) for value in range(BYTES)), b"")


def _imported(config: TokenizerConfig, model: bytes) -> Tokenizer:
    from sentencepiece import SentencePieceProcessor

    processor = SentencePieceProcessor(model_proto=model)
    unknown, end = processor.unk_id(), processor.eos_id()
    pieces = []
    for identity in range(len(processor)):
        piece = processor.id_to_piece(identity)
        if processor.is_byte(identity):
            pieces.append(bytes([int(piece[1:-1], 16)]))
        elif processor.is_control(identity) or processor.is_unused(identity):
            pieces.append(b"")
        else:
            pieces.append(b"\xef\xbf\xbd" if identity == unknown else piece.replace("▁", " ").encode())
    if end < 0:  # a model without an end of text gets one after its last symbol
        end = len(pieces)
        pieces.append(b"")
    spells = any(processor.is_byte(identity) for identity in range(len(processor)))
    engine = SentencePieceEngine(model, unknown, refuse=config.unknown == "refuse")
    return Tokenizer(config, engine, tuple(pieces), end, unknown=None if spells else unknown)


def _half_a_pair(texts: Sequence[str]) -> UsageError | None:
    for number, text in enumerate(texts):
        for place, letter in enumerate(text):
            if 0xD800 <= ord(letter) < 0xE000:
                return UsageError(
                    f"text {number} holds half of a surrogate pair (U+{ord(letter):04X} at character {place}), which "
                    "is no Unicode: give text that is UTF-8, or whose other bytes were replaced"
                )
    return None
