"""Documents cut for measuring a loss: every token of every document is scored once, from its document's start on.

A document longer than the context is read through windows that move on by a stride; of each window but the first only
the last tokens count, which see at least context - stride tokens before them. No window holds two documents, so the
loss is that of the documents one by one, whatever mixer reads them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import Bool, Int

from seedbed.config.errors import UsageError
from seedbed.config.random import generator
from seedbed.data.token_files import TokenSplit


@dataclass(frozen=True)
class SlidingWindows:
    """N windows of W = context + 1 tokens over D documents. counts_NT: the targets that are scored in each.

    document_N: whose window it is.  bytes_D: UTF-8 bytes of each document.
    """

    token_NW: Int[np.ndarray, "N W"]
    counts_NT: Bool[np.ndarray, "N T"]
    document_N: Int[np.ndarray, " N"]
    bytes_D: Int[np.ndarray, " D"]

    @property
    def targets(self) -> int:
        """How many tokens are scored."""
        return int(self.counts_NT.sum())

    def per_document(self, value_N: np.ndarray) -> np.ndarray:
        """Sums of windows as sums of documents, in double precision."""
        return np.bincount(self.document_N, weights=value_N.astype(np.float64), minlength=len(self.bytes_D))


def sliding_windows(
    documents: Sequence[np.ndarray],
    bytes_D: Int[np.ndarray, " D"],
    context: int,
    stride: int,
    given_D: Int[np.ndarray, " D"] | None = None,
) -> SlidingWindows:
    """The windows of documents, each with its leading and its closing end-of-text.

    given_D: of each document how many leading tokens are read and not scored; the first alone unless said. Raises
    `UsageError` for a stride that is not within 1..context, and for no document.
    """
    _check(documents, context, stride)
    places = list(_places(documents, context, stride))
    windows = _cut(documents, places, bytes_D, context)
    if given_D is not None:
        for row, (number, start, _) in enumerate(places):
            windows.counts_NT[row, : max(int(given_D[number]) - 1 - start, 0)] = False
    return windows


def sliding_blocks(
    documents: Sequence[np.ndarray], bytes_D: Int[np.ndarray, " D"], context: int, stride: int, most: int = 4096
) -> Iterator[SlidingWindows]:
    """The same windows, at most so many at a time, so that memory does not grow with the text or a small stride."""
    _check(documents, context, stride)
    places = _places(documents, context, stride)
    while block := list(islice(places, most)):
        yield _cut(documents, block, bytes_D, context)


def _check(documents: Sequence[np.ndarray], context: int, stride: int) -> None:
    if not 1 <= stride <= context:
        raise UsageError(f"the stride of windows must lie in 1..{context}, the context, got {stride}")
    if not documents:
        raise UsageError("there is no document to measure a loss on")


def _places(documents: Sequence[np.ndarray], context: int, stride: int) -> Iterator[tuple[int, int, int]]:
    """Of every window its document, where it starts, and how many targets were scored before it."""
    for number, token_T in enumerate(documents):
        targets, start = len(token_T) - 1, 0
        yield number, 0, 0
        while start + context < targets:
            scored = start + context
            start = min(start + stride, targets - context)
            yield number, start, scored


def _cut(
    documents: Sequence[np.ndarray],
    places: Sequence[tuple[int, int, int]],
    bytes_D: Int[np.ndarray, " D"],
    context: int,
) -> SlidingWindows:
    token_NW = np.zeros((len(places), context + 1), dtype=np.int32)
    counts_NT = np.zeros((len(places), context), dtype=bool)
    for row, (number, start, scored) in enumerate(places):
        own_W = documents[number][start : start + context + 1]
        token_NW[row, : len(own_W)] = own_W
        counts_NT[row, scored - start : len(own_W) - 1] = True
    return SlidingWindows(token_NW, counts_NT, np.array([number for number, _, _ in places]), np.asarray(bytes_D))


def documents_of(split: TokenSplit, number_D: Int[np.ndarray, " D"]) -> list[np.ndarray]:
    """The tokens of these documents of a split, each from its leading to its closing end-of-text."""
    token_N, start_D = split.token_N(), split.start_D()
    return [np.array(token_N[start_D[number] : start_D[number + 1] + 1]) for number in number_D]


def chosen_documents(split: TokenSplit, most: int) -> Int[np.ndarray, " D"]:
    """At most so many documents of a split, drawn once and for all: the same for every member, larger sets hold smaller
    ones."""
    order_D = generator("documents that are tested", 0).permutation(split.documents)
    return np.sort(order_D[:most])
