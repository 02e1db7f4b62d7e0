"""One split of a corpus as tokens on disk: written a chunk at a time, read as memory maps.

Three files of little-endian numbers: the stream of tokens, where each document starts in it, and each document's bytes.
The stream has end-of-text first and after every document:  <e> once upon <e> there was <e>
"""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Int, Integer

from seedbed.config.errors import UsageError
from seedbed.data.splits import Split


@runtime_checkable
class Encoder(Protocol):
    """What the cache asks of a tokenizer."""

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        ...

    @property
    def eot(self) -> int:
        """The token that ends a text."""
        ...

    @property
    def fingerprint(self) -> str:
        """Equal for tokenizers that encode alike."""
        ...

    @property
    def lossless(self) -> bool:
        """Whether the tokens of a text spell all of it."""
        ...

    def encode_many(self, texts: list[str]) -> list[np.ndarray]:
        """The tokens of each text, without end-of-text."""
        ...

    def spelled_bytes(self, encoded: list[np.ndarray]) -> np.ndarray:
        """How many bytes of text the tokens of each text spell."""
        ...


@dataclass(frozen=True)
class TokenSplit:
    """The stream of one split on disk: N tokens, end-of-text first and after each of D documents.

    text_bytes: of the documents' UTF-8, normalised, without separators.  eot: the end-of-text token.  unspelled_bytes:
    by how many the documents and what their tokens spell differ; not 0 where a tokenizer drops white space or
    characters, whose bits per byte are then too low to be compared.
    """

    folder: Path
    name: Split
    tokens: int
    documents: int
    text_bytes: int
    dtype: str
    eot: int
    unspelled_bytes: int = 0

    def token_N(self) -> Integer[np.ndarray, " N"]:
        """The stream as a memory map, opened anew: pages that were read count as memory until it is let go."""
        return _mapped(self.folder / f"{self.name}.tokens", self.dtype, self.tokens)

    def start_D(self) -> Int[np.ndarray, " starts"]:
        """Where each document's leading end-of-text stands, and the place of the last one: document i is what lies
        between start_D[i] and start_D[i + 1]."""
        return _mapped(self.folder / f"{self.name}.starts", "<i8", self.documents + 1)

    def bytes_D(self) -> Int[np.ndarray, " D"]:
        """The UTF-8 bytes of each document."""
        return _mapped(self.folder / f"{self.name}.bytes", "<i8", self.documents)

    def holds(self, encoded: Sequence[np.ndarray]) -> Bool[np.ndarray, " D"]:
        """Which of these documents, their tokens without end-of-text, stand here whole, token for token."""
        asked = [own.astype(self.dtype).tobytes() for own in encoded]
        token_N, start_D = self.token_N(), self.start_D()
        as_long = np.isin(np.diff(start_D) - 1, [len(own) for own in encoded])
        read = (token_N[start_D[each] + 1 : start_D[each + 1]].tobytes() for each in np.flatnonzero(as_long))
        here = {*asked}.intersection(read)  # a document of the split at a time: all may be larger than memory
        return np.array([own in here for own in asked], dtype=bool)

    @property
    def targets(self) -> int:
        """Tokens to be predicted: all but the first, the end-of-text after each document among them."""
        return self.tokens - 1

    def bits_per_byte(self, nats_per_token: float) -> float:
        """Bits per byte of text of a mean loss over all `targets`; each end-of-text costs nats, and adds no byte."""
        return nats_per_token * self.targets / (self.text_bytes * log(2))


def unspelled_warning(unspelled_bytes: int, text_bytes: int) -> str | None:
    """One line where a tokenizer drops text, which costs no bits and counts as bytes."""
    if not unspelled_bytes:
        return None
    return (
        f"the tokens do not spell {unspelled_bytes:,} of the {text_bytes:,} bytes of text "
        f"({unspelled_bytes / text_bytes:.1%}): white space or characters that the tokenizer drops count as zero "
        "bits, so bits per byte are too low and cannot be compared with those of another tokenizer"
    )


class SplitWriter:
    """Appends the documents of one split to its three files."""

    def __init__(self, folder: Path, name: Split, dtype: str, tokenizer: Encoder) -> None:
        self._tokenizer, self._dtype = tokenizer, dtype
        self._paths = [folder / f"{name}.{part}" for part in ("tokens", "starts", "bytes")]
        self._files: list[IO[bytes]] = []
        self.tokens, self.documents, self.text_bytes, self.unspelled_bytes = 1, 0, 0, 0

    def __enter__(self) -> "SplitWriter":
        self._files = [path.open("wb") for path in self._paths]
        self._files[0].write(np.array([self._tokenizer.eot], dtype=self._dtype).tobytes())
        self._files[1].write(np.zeros(1, dtype="<i8").tobytes())
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            with contextlib.suppress(OSError, ValueError):
                file.flush()
                os.fsync(file.fileno())
            file.close()

    def add(self, texts: list[str]) -> None:
        """The tokens of these documents, each with end-of-text after it.

        Raises `UsageError` where a lossless tokenizer spells another number of bytes than a document has: it brings
        text to another Unicode form than the corpus.
        """
        if not texts:
            return
        encoded = self._tokenizer.encode_many(texts)
        length_D = np.array([len(each) + 1 for each in encoded])
        token_N = np.full(length_D.sum(), self._tokenizer.eot, dtype=np.int64)
        inside_N = np.ones(len(token_N), dtype=bool)
        inside_N[np.cumsum(length_D) - 1] = False
        token_N[inside_N] = np.concatenate(encoded)
        if token_N.min() < 0 or token_N.max() >= self._tokenizer.vocabulary:
            raise ValueError(
                f"token {token_N.max()} of a vocabulary of {self._tokenizer.vocabulary}: a tokenizer's bug"
            )
        bytes_D = np.array([len(text.encode()) for text in texts], dtype="<i8")
        unspelled_D = np.abs(bytes_D - self._tokenizer.spelled_bytes(encoded))
        if self._tokenizer.lossless and unspelled_D.any():
            at = int(np.argmax(unspelled_D > 0))
            raise UsageError(
                f"the tokens of the document that begins {texts[at][:40]!r} do not spell its {bytes_D[at]} bytes: the "
                "tokenizer brings text to another Unicode form than the corpus is read in, and bits per byte would be "
                "wrong. Read the corpus in the tokenizer's form by --normalise, or let a tokenizer be learnt from it"
            )
        start_D = self.tokens - 1 + np.cumsum(length_D)
        for file, rows in zip(self._files, (token_N.astype(self._dtype), start_D.astype("<i8"), bytes_D), strict=True):
            file.write(rows.tobytes())
        self.tokens += len(token_N)
        self.documents += len(texts)
        self.text_bytes += int(bytes_D.sum())
        self.unspelled_bytes += int(unspelled_D.sum())

    @property
    def counts(self) -> dict[str, int | str]:
        """What TokenSplit is told."""
        return {
            "tokens": self.tokens,
            "documents": self.documents,
            "text_bytes": self.text_bytes,
            "dtype": self._dtype,
            "eot": self._tokenizer.eot,
            "unspelled_bytes": self.unspelled_bytes,
        }


def _mapped(path: Path, dtype: str, count: int) -> np.ndarray:
    """A file's numbers; a memory map cannot have length 0."""
    return np.memmap(path, dtype=dtype, mode="r", shape=(count,)) if count else np.empty(0, dtype=dtype)
