"""The engines that turn text into ids: bytes, characters, the Rust library, an imported SentencePiece model.

Each turns texts into arrays of ids by `encode`, and gives the plain data that it is made again from.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seedbed.config.errors import UsageError
from seedbed.data.tokenizers.config import BYTES

BATCH = 2_000_000  # characters that are encoded at once: what the library keeps beside ids stays below 300 MB
Ids = NDArray[np.uint32]


class ByteEngine:
    """A byte is its own id."""

    def __init__(self, normalise: str) -> None:
        self._normalise = normalise

    def encode(self, texts: Sequence[str]) -> list[Ids]:
        """The bytes of every text."""
        return [np.frombuffer(_normal(text, self._normalise).encode(), np.uint8).astype(np.uint32) for text in texts]

    def plain(self) -> None:
        """Nothing: bytes need no table."""


class CharacterEngine:
    """A known character is a symbol; another is spelled by its bytes."""

    def __init__(self, ids: Mapping[str, int], normalise: str) -> None:
        self._ids, self._normalise = dict(ids), normalise
        order = sorted(ids, key=ord)
        self._points = np.array([ord(character) for character in order], np.uint32)
        self._symbols = np.array([ids[character] for character in order], np.uint32)

    def encode(self, texts: Sequence[str]) -> list[Ids]:
        """A symbol a character, its bytes where it has none."""
        return [self._one(_normal(text, self._normalise)) for text in texts]

    def _one(self, text: str) -> Ids:
        points_C = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        if not len(self._points):
            return np.frombuffer(text.encode(), np.uint8).astype(np.uint32)
        places_C = np.searchsorted(self._points, points_C).clip(max=len(self._points) - 1)
        known_C = self._points[places_C] == points_C
        ids_C = self._symbols[places_C]
        if known_C.all():
            return ids_C
        spelled = [np.frombuffer(text[place].encode(), np.uint8) for place in np.flatnonzero(~known_C)]
        counts_C = np.ones(len(points_C), np.int64)
        counts_C[~known_C] = [len(each) for each in spelled]
        ids_T = np.repeat(ids_C, counts_C)
        ids_T[np.repeat(~known_C, counts_C)] = np.concatenate(spelled)
        return ids_T

    def plain(self) -> dict[str, int]:
        """Each character's symbol."""
        return self._ids


class RustEngine:
    """A model of the `tokenizers` library, given by its own JSON; both cores work."""

    def __init__(self, model: dict[str, Any]) -> None:
        self._model = model

    @cached_property
    def _tokenizer(self) -> Any:
        import json

        return rust().Tokenizer.from_str(json.dumps(self._model, ensure_ascii=False))

    def encode(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of every text, in batches."""
        return [
            np.array(each.ids, np.uint32)
            for batch in batches(texts)
            for each in self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)
        ]

    def plain(self) -> dict[str, Any]:
        """The library's JSON: `tokenizers.Tokenizer.from_str` reads it too."""
        return self._model


class SentencePieceEngine:
    """An imported model, run by its own library. unknown: its id of unknown characters; refuse: whether they stop."""

    def __init__(self, model: bytes, unknown: int | None, *, refuse: bool) -> None:
        self._model, self._unknown, self._refuse = model, unknown, refuse

    @cached_property
    def _processor(self) -> Any:
        from sentencepiece import SentencePieceProcessor

        return SentencePieceProcessor(model_proto=self._model)

    def encode(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of every text. Raises `UsageError` for a character that the model lacks, unless it is counted."""
        encoded = [np.array(ids, np.uint32) for ids in self._processor.encode(list(texts))]
        if self._refuse and self._unknown is not None:
            for text, ids_T in zip(texts, encoded, strict=True):
                if (ids_T == self._unknown).any():
                    raise self._refusal(text)
        return encoded

    def _refusal(self, text: str) -> UsageError:
        missing = [letter for letter in dict.fromkeys(text) if self._unknown in self._processor.encode(letter)]
        named = ", ".join(f"{letter!r} (U+{ord(letter):04X})" for letter in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        return UsageError(
            f"the imported tokenizer cannot express {named}{more}: it has no byte pieces. Count them as unknown with "
            "--unknown count, or use a tokenizer that spells unknown characters by bytes (bpe, unigram)"
        )

    def plain(self) -> str:
        """The model file in base64."""
        from base64 import b64encode

        return b64encode(self._model).decode()


Engine: TypeAlias = ByteEngine | CharacterEngine | RustEngine | SentencePieceEngine


def rust() -> Any:
    """The `tokenizers` library. It asks to be told about threads before a process forks: they stay on."""
    import os

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    import tokenizers

    return tokenizers


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in their order, about BATCH characters at once."""
    batch: list[str] = []
    held = 0
    for text in texts:
        batch.append(text)
        held += len(text)
        if held >= BATCH:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def byte_ids(pieces: Sequence[bytes]) -> dict[int, int]:
    """The id of every single byte among `pieces`, by its value."""
    found = {piece[0]: identity for identity, piece in reversed(list(enumerate(pieces))) if len(piece) == 1}
    return found if len(found) == BYTES else {}


def _normal(text: str, form: str) -> str:
    return text if form == "none" else unicodedata.normalize(form, text)  # type: ignore[arg-type]
