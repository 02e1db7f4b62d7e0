"""Hashes of words and of windows of words, by which documents are compared.

Words are what white space parts, case folded. A word's hash is 64 bits of BLAKE2b; a window's is a polynomial in those
of its words, mixed, so that equal windows have equal hashes and unequal ones almost never do (chance 2^-64 a pair).
"""

import hashlib
from collections.abc import Iterable

import numpy as np
from jaxtyping import UInt64

MOST_WORDS = 1 << 20  # kept hashed at once: about 100 MB
STEP = np.uint64(0x9E3779B97F4A7C15)  # odd, so that the polynomial loses no bits


class _WordHashes(dict[str, int]):
    """A word's hash, computed when it is first met."""

    def __missing__(self, word: str) -> int:
        if len(self) >= MOST_WORDS:
            self.clear()
        self[word] = found = text_hash(word)
        return found


_known = _WordHashes()


def text_hash(text: str) -> int:
    """64 bits of BLAKE2b of the text's UTF-8."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def word_hashes(text: str) -> UInt64[np.ndarray, " N"]:
    """The hashes of the words of `text`, in order."""
    words = text.casefold().split()
    return np.fromiter(map(_known.__getitem__, words), dtype=np.uint64, count=len(words))


def window_hashes(word_N: UInt64[np.ndarray, " N"], words: int) -> UInt64[np.ndarray, " W"]:
    """The hashes of all windows of `words` words; a shorter text is one window of all its words, an empty one none."""
    if len(word_N) == 0:
        return word_N
    length = min(words, len(word_N))
    total_W = np.zeros(len(word_N) - length + 1, dtype=np.uint64)
    for place in range(length):
        total_W = total_W * STEP + word_N[place : place + len(total_W)]
    return mixed(total_W)


def windows_of_all(texts: Iterable[str], words: int) -> UInt64[np.ndarray, " W"]:
    """The hashes of all windows of several texts, one text after the other; faster than text by text."""
    word_N_each = [word_N for word_N in map(word_hashes, texts) if len(word_N)]
    short = [window_hashes(word_N, words) for word_N in word_N_each if len(word_N) < words]
    long = [word_N for word_N in word_N_each if len(word_N) >= words]
    if not long:
        return np.concatenate([np.empty(0, dtype=np.uint64), *short])
    end_D = np.cumsum([len(word_N) for word_N in long])
    window_W = window_hashes(np.concatenate(long), words)
    whole_W = np.ones(len(window_W), dtype=bool)
    for back in range(1, words):  # those that begin in one text and end in the next
        whole_W[end_D[:-1] - back] = False
    return np.concatenate([window_W[whole_W], *short])


def mixed(hash_N: UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    """Each hash stirred, one-to-one, so that every bit depends on all: SplitMix64's finaliser (Steele et al. 2014)."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        hash_N = (hash_N ^ (hash_N >> np.uint64(shift))) * np.uint64(factor)
    return hash_N ^ (hash_N >> np.uint64(31))


def combined(parts: Iterable[UInt64[np.ndarray, "..."]]) -> UInt64[np.ndarray, "..."]:
    """One hash for each row of several hashes, in their order."""
    total_N = np.uint64(0)
    for part_N in parts:
        total_N = mixed(total_N * STEP + part_N)
    return total_N  # type: ignore[return-value]
