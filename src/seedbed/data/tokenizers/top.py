"""The commonest symbols of a bigger vocabulary, renumbered; what is dropped is spelled by what is kept.

TinyStories kept the top 10,000 of GPT-Neo's (Eldan & Li 2023, section 2) and does not say what became of the others;
here nothing is lost: a dropped symbol's bytes are read from the left, each time by the longest symbol that is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seedbed.data.tokenizers.engines import Ids, byte_ids


@dataclass(frozen=True)
class Top:
    """kept: old ids that keep a symbol, in the order of their new ids.  pieces: the bytes of every old id."""

    kept: tuple[int, ...]
    pieces: tuple[bytes, ...]

    @cached_property
    def _table(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
        """New ids of all old symbols end to end, and where each old symbol's begin and how many they are."""
        new = {old: rank for rank, old in enumerate(self.kept)}
        by_bytes = {self.pieces[old]: rank for old, rank in new.items() if self.pieces[old]}
        longest = max(map(len, by_bytes))
        spelled = [
            [new[old]] if old in new else spell(piece, by_bytes, longest) for old, piece in enumerate(self.pieces)
        ]
        counts = np.array([len(each) for each in spelled], np.int64)
        starts = np.cumsum(counts) - counts
        return np.array([identity for each in spelled for identity in each], np.uint32), starts, counts

    def __call__(self, ids_T: Ids) -> Ids:
        """The new ids of old ones."""
        flat, starts, counts = self._table
        counts_T = counts[ids_T]
        if (counts_T == 1).all():
            return flat[starts[ids_T]]
        ends_T = np.cumsum(counts_T)
        within = np.arange(ends_T[-1]) - np.repeat(ends_T - counts_T, counts_T)
        return flat[np.repeat(starts[ids_T], counts_T) + within]


def spell(piece: bytes, by_bytes: dict[bytes, int], longest: int) -> list[int]:
    """The ids that spell `piece`, longest first from the left. Every single byte must have one.

    >>> spell(b"abca", {b"a": 0, b"b": 1, b"c": 2, b"ab": 3}, 2)
    [3, 2, 0]
    """
    ids, place = [], 0
    while place < len(piece):
        for end in range(min(len(piece), place + longest), place, -1):
            if (found := by_bytes.get(piece[place:end])) is not None:
                ids.append(found)
                place = end
                break
        else:
            raise KeyError(piece[place : place + 1])
    return ids


def commonest(counts_V: NDArray[np.int64], pieces: Sequence[bytes], eot: int, top: int) -> tuple[int, ...]:
    """The old ids that stay: bytes and end of text first, then the commonest in the order of their counts.

    Ties go to the lower id. New ids then have the layout of every tokenizer here: 256 bytes, end of text, the rest.
    """
    singles = byte_ids(pieces)
    first = [singles[value] for value in range(256)] + [eot]
    fixed = set(first)
    order = np.argsort(-counts_V, kind="stable")
    rest = [int(old) for old in order if int(old) not in fixed and counts_V[old] > 0]
    return tuple(first + rest[: top - len(first)])
