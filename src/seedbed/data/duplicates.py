"""Documents that repeat earlier ones: exactly, or nearly, by MinHash with banding over windows of 5 words.

MinHash: Broder (1997). Banding: documents that share all hashes of one of BANDS bands are taken as near-duplicates
without a look at the texts, and the first is kept, as FineWeb does (Penedo et al. 2024: 5-grams, 14 bands of 8 hashes).
With Jaccard similarity s of their windows two documents share a band with chance 1 - (1 - s^8)^14: 0.05 at 0.5, 0.77 at
0.75, 0.9 at 0.8, 0.999 at 0.89.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import compress, islice

import numpy as np
from jaxtyping import Bool, UInt64

from seedbed.config.random import generator
from seedbed.data.corpus import Document
from seedbed.data.shingles import combined, text_hash, window_hashes, word_hashes

WORDS = 5
BANDS = 14
ROWS = 8  # hashes a band
BLOCK = 2048  # windows hashed at once, so that a long document needs no more memory than a short one
RECENT = 1 << 16
AT_ONCE = 512  # documents


class Seen:
    """A growing set of 64-bit hashes: a sorted array of 8 bytes a hash, and a small set of those met lately."""

    def __init__(self) -> None:
        self._sorted = np.empty(0, dtype=np.uint64)
        self._recent: set[int] = set()

    def __contains__(self, item: int) -> bool:
        at = np.searchsorted(self._sorted, np.uint64(item))
        return item in self._recent or bool(at < len(self._sorted) and int(self._sorted[at]) == item)

    def add(self, item: int) -> bool:
        """Put `item` in; whether it was new."""
        if item in self:
            return False
        self._recent.add(item)
        if len(self._recent) >= max(RECENT, len(self._sorted) // 8):
            lately = np.fromiter(self._recent, dtype=np.uint64, count=len(self._recent))
            self._sorted = np.sort(np.concatenate([self._sorted, lately]))
            self._recent.clear()
        return True


def keep_first(documents: Iterable[Document]) -> Iterator[Document]:
    """Documents whose text no earlier one has (told by 64-bit hashes: about 10 bytes of memory per document)."""
    seen = Seen()
    return (document for document in documents if seen.add(text_hash(document.text)))


def keep_others(documents: Iterable[Document]) -> Iterator[Document]:
    """All documents that are held out, and of the others that follow those whose text none of these has."""
    held_out = Seen()
    for document in documents:
        found = text_hash(document.text)
        if document.held_out:
            held_out.add(found)
        if document.held_out or found not in held_out:
            yield document


def keep_unlike(read: Callable[[], Iterable[Document]]) -> Iterator[Document]:
    """Documents that share no band with an earlier one, kept or not; `read` is called twice and must give the same.

    The band hashes wait in a temporary file of 112 bytes per document; in memory a band at a time is sorted.
    """
    return compress(read(), _first_of_their_bands(read()))


def _first_of_their_bands(documents: Iterable[Document]) -> Bool[np.ndarray, " D"]:
    with tempfile.TemporaryFile() as file:
        count = 0
        for several in batched(documents, AT_ONCE):
            least_DH = np.stack([signature(window_hashes(word_hashes(each.text), WORDS)) for each in several])
            file.write(band_hashes(least_DH).tobytes())
            count += len(several)
        file.flush()
        first_D = np.ones(count, dtype=bool)
        if count:
            band_DB = np.memmap(file, dtype=np.uint64, mode="r", shape=(count, BANDS))
            for band in range(BANDS):
                _, place = np.unique(band_DB[:, band], return_index=True)  # a band's first document, each
                is_first_D = np.zeros(count, dtype=bool)
                is_first_D[place] = True
                first_D &= is_first_D
            del band_DB
        return first_D


def signature(window_W: UInt64[np.ndarray, " W"], hashes: int = BANDS * ROWS) -> UInt64[np.ndarray, " H"]:
    """The least of each of `hashes` hash functions over the windows: two signatures agree in a share s of their places
    in the mean, s the Jaccard similarity of the sets of windows, with a standard error of sqrt(s (1 - s) / hashes).

    The functions are multiply-add over 64 bits, of which the upper half counts (Dietzfelbinger et al. 1997).
    """
    factor_H1, term_H1 = _functions(hashes)
    least_H = np.full(hashes, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(window_W), BLOCK):
        value_HW = factor_H1 * window_W[None, start : start + BLOCK] + term_H1
        least_H = np.minimum(least_H, value_HW.min(axis=1))
    return least_H >> np.uint64(32)


def band_hashes(least_DH: UInt64[np.ndarray, "D H"]) -> UInt64[np.ndarray, "D B"]:
    """One hash for each band of each signature."""
    return combined(np.moveaxis(least_DH.reshape(len(least_DH), BANDS, ROWS), 2, 0))


def batched(items: Iterable[Document], size: int) -> Iterator[list[Document]]:
    """The items in lists of `size`, the last one shorter."""
    rest = iter(items)
    while several := list(islice(rest, size)):
        yield several


_drawn: dict[int, tuple[np.ndarray, np.ndarray]] = {}


def _functions(hashes: int) -> tuple[np.ndarray, np.ndarray]:
    """Odd factors and any terms, the same for everybody."""
    if hashes not in _drawn:
        drawn = generator("minhash", 0).integers(0, 2**64, size=(2, hashes, 1), dtype=np.uint64)
        _drawn[hashes] = (drawn[0] | np.uint64(1), drawn[1])
    return _drawn[hashes]
