"""Which documents are held out, and whether held-out text stands in training text all the same.

The split is by the hash of a document's text alone: a document falls on the same side in every corpus and order, and
copies of it fall together.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from seedbed.data.corpus import CorpusConfig, Document
from seedbed.data.documents import documents, held_out_and_others
from seedbed.data.shingles import text_hash, window_hashes, windows_of_all, word_hashes

Split = Literal["train", "validation"]
WORDS = 13  # of a window that counts as copied: Brown et al. (2020), appendix C
MOSTLY = 0.5  # the share of its windows that makes a document found
MOST_WINDOWS = 4_000_000  # looked for: 32 MB of hashes
FIRST_BITS = 24


def split_of(document: Document, config: CorpusConfig) -> Split:
    """`validation` for a share `config.validation` of texts, by their hash, or for those of `validation_paths`."""
    if document.held_out:
        return "validation"
    if config.validation_paths or place_of(document.text) >= config.validation:
        return "train"
    return "validation"


def place_of(text: str) -> float:
    """Where a text's hash lies between 0 and 1; the validation split is all below the share held out."""
    return text_hash("split\x1f" + text) / 2**64


def split_documents(config: CorpusConfig) -> Iterator[tuple[Split, Document]]:
    """Every document with its split: those of `paths` in their order, after those of `validation_paths`.

    A document that is held out by `validation_paths` is never one to train on, even where it stands in `paths` too.
    """
    for document in held_out_and_others(config) if config.validation_paths else documents(config):
        yield split_of(document, config), document


@dataclass(frozen=True)
class Overlap:
    """How much validation text stands in training text.

    validation: documents looked for.  found: those of which at least half of the 13-word windows (a document of fewer
    words is one window) stand in training text, case and white space apart.  whole: those of which all do.  windows,
    windows_found: windows looked for, and those that stand in training text.  near: whether near-duplicates had been
    dropped.
    """

    validation: int
    found: int
    whole: int
    windows: int
    windows_found: int
    near: bool = False

    @property
    def warning(self) -> str | None:
        """One line that says so where validation text was found in training text."""
        if not self.found:
            return None
        advice = "" if self.near else ", or drop near-duplicates with --deduplicate near"
        return (
            f"{self.found} of {self.validation} validation documents occur in the training text ({self.whole} word "
            f"for word, the others with at least half of their {WORDS}-word windows), so scores on them are too good. "
            f"Leave them out of one of the two{advice}"
        )


class OverlapCheck:
    """Looks for the windows of validation documents in training documents, in bounded memory.

    Validation documents are given first, by `hold`; those past MOST_WINDOWS windows are not looked for.
    """

    def __init__(self) -> None:
        self._held: list[np.ndarray] = []
        self._windows = 0
        self._sorted: np.ndarray | None = None
        self._found = np.empty(0, dtype=bool)
        self._maybe = np.empty(0, dtype=bool)  # by a hash's first bits: whether one that begins so is looked for

    def hold(self, text: str) -> None:
        """Look for this validation document."""
        if self._windows < MOST_WINDOWS:
            window_W = window_hashes(word_hashes(text), WORDS)
            self._held.append(window_W)
            self._windows += len(window_W)

    def look(self, texts: Iterable[str]) -> None:
        """Look in these training documents."""
        if self._sorted is None:
            self._sorted = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *self._held]))
            self._found = np.zeros(len(self._sorted), dtype=bool)
            self._maybe = np.zeros(1 << FIRST_BITS, dtype=bool)
            self._maybe[self._sorted >> np.uint64(64 - FIRST_BITS)] = True
        if len(self._sorted) == 0:
            return
        window_N = windows_of_all(texts, WORDS)
        window_N = window_N[self._maybe[window_N >> np.uint64(64 - FIRST_BITS)]]  # few: the search is slow
        at_N = np.minimum(np.searchsorted(self._sorted, window_N), len(self._sorted) - 1)
        self._found[at_N[self._sorted[at_N] == window_N]] = True

    def result(self) -> Overlap:
        """What was found so far."""
        self.look([])
        share = [self._share(window_W) for window_W in self._held if len(window_W)]
        return Overlap(
            validation=len(share),
            found=sum(each >= MOSTLY for each in share),
            whole=sum(each == 1 for each in share),
            windows=len(self._found),
            windows_found=int(self._found.sum()),
        )

    def _share(self, window_W: np.ndarray) -> float:
        assert self._sorted is not None
        return float(self._found[np.searchsorted(self._sorted, window_W)].mean())
