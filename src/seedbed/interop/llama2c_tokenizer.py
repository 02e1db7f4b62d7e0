"""The tokenizer of llama2.c: pieces of bytes with scores, merged from characters, the best-scored pair first.

The file is the longest piece's length (int32), then for each piece its score (float32), length (int32) and bytes.
Pieces 0, 1 and 2 are unknown, begin and end; 3 to 258 stand for single bytes, `<0x00>` to `<0xFF>`. Text begins with a
space that is not there, so that a word is the same piece wherever it stands. Source: Karpathy, llama2.c, run.c,
`build_tokenizer`, `encode` and `decode`; SentencePiece BPE (Kudo & Richardson 2018).
"""

import heapq
import re
import struct
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path

from seedbed.config.errors import UsageError
from seedbed.interop.files import read_all, refused

MOST_BYTES = 2**26  # of a tokenizer's file
BEGIN, END = 1, 2
FIRST_BYTE = 3  # the piece of byte 0
BYTE_PIECE = re.compile(rb"<0x([0-9A-F]{2})>")
_ENTRY = struct.Struct("<fi")
_LONGEST = struct.Struct("<i")


@dataclass(frozen=True)
class Llama2cTokenizer:
    """pieces: bytes of each token.  scores: which pair is merged first.  longest: as the file states it."""

    pieces: tuple[bytes, ...]
    scores: tuple[float, ...]
    longest: int

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return len(self.pieces)

    @property
    def begin(self) -> int:
        """The token that every text begins with."""
        return BEGIN

    @property
    def stop(self) -> int:
        """The token that ends a text: the next one's beginning, as the models of llama2.c were trained."""
        return BEGIN

    @cached_property
    def _token(self) -> dict[bytes, int]:
        return {piece: token for token, piece in reversed(list(enumerate(self.pieces)))}

    def encode(self, text: str) -> list[int]:
        """Tokens of a text, the beginning first. Raises `UsageError` for what no piece stands for."""
        tokens = [self._token[b" "]] if text and b" " in self._token else []
        for character in text:
            spelt = character.encode("utf-8", "surrogatepass")
            if spelt in self._token:
                tokens.append(self._token[spelt])
            elif self.size > FIRST_BYTE + 255:
                tokens.extend(FIRST_BYTE + byte for byte in spelt)
            else:
                raise UsageError(f"the tokenizer has no piece for {character!r}, and none for single bytes")
        return [BEGIN, *self._merged(tokens)]

    def piece(self, previous: int | None, token: int) -> bytes:
        """The bytes that a token adds after `previous`; the space that a text begins with is left out.

        Raises `UsageError` for a token that there is not.
        """
        if not 0 <= token < self.size:
            raise UsageError(f"token {token} is not among the {self.size} of the tokenizer: they count from 0")
        if token in (BEGIN, END):
            return b""
        piece = self.pieces[token]
        if byte := BYTE_PIECE.fullmatch(piece):
            return bytes([int(byte[1], 16)])
        return piece[1:] if previous == BEGIN and piece.startswith(b" ") else piece

    def _merged(self, tokens: list[int]) -> list[int]:
        """Neighbours merged, of all pairs that are a piece the best-scored first, of equals the leftmost."""
        kept: list[int | None] = list(tokens)
        after = list(range(1, len(tokens) + 1))
        before = list(range(-1, len(tokens) - 1))
        pairs: list[tuple[float, int, int, int, int]] = []

        def offer(left: int) -> None:
            right = after[left] if left >= 0 else len(kept)
            if right >= len(kept):
                return
            one, other = kept[left], kept[right]
            assert one is not None and other is not None
            merged = self._token.get(self.pieces[one] + self.pieces[other])
            if merged is not None:
                heapq.heappush(pairs, (-self.scores[merged], left, one, other, merged))

        for place in range(len(tokens)):
            offer(place)
        while pairs:
            _, left, one, other, merged = heapq.heappop(pairs)
            right = after[left]
            if kept[left] != one or right >= len(kept) or kept[right] != other:
                continue  # one of the two has been merged with another meanwhile
            kept[left], kept[right] = merged, None
            after[left] = after[right]
            if after[left] < len(kept):
                before[after[left]] = left
            offer(left)
            offer(before[left])
        return [token for token in kept if token is not None]


def read_tokenizer(path: Path) -> Llama2cTokenizer:
    """A tokenizer from its file. Raises `UsageError` for a file that is cut short, or is none."""
    data = read_all(path, MOST_BYTES)
    if len(data) < _LONGEST.size:
        raise refused(
            path, f"a tokenizer of llama2.c begins with the length of its longest piece, got {len(data)} bytes"
        )
    (longest,) = _LONGEST.unpack_from(data)
    pieces, scores, at = [], [], _LONGEST.size
    while at < len(data):
        if at + _ENTRY.size > len(data):
            raise refused(path, f"it ends within the score and length of piece {len(pieces)}, at byte {len(data)}")
        score, length = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        if not 0 <= length <= longest:
            raise refused(path, f"piece {len(pieces)} has length {length}: 0 to {longest}, the longest, was expected")
        if not isfinite(score):
            raise refused(path, f"piece {len(pieces)} has score {score}: a finite number was expected")
        if at + length > len(data):
            raise refused(path, f"it ends within piece {len(pieces)}: {length} bytes expected, {len(data) - at} left")
        pieces.append(data[at : at + length])
        scores.append(score)
        at += length
    if len(pieces) <= END:
        raise refused(path, f"it has {len(pieces)} pieces: at least {END + 1}, unknown, begin and end, were expected")
    return Llama2cTokenizer(tuple(pieces), tuple(scores), longest)


def tokenizer_bytes(tokenizer: Llama2cTokenizer) -> bytes:
    """The content of its file."""
    entries = [
        _ENTRY.pack(score, len(piece)) + piece for piece, score in zip(tokenizer.pieces, tokenizer.scores, strict=True)
    ]
    return _LONGEST.pack(tokenizer.longest) + b"".join(entries)
