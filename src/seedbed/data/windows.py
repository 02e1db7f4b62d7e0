"""Windows of text: the training sequences cut from a token cache, `random` offsets or whole documents `packed`.

Random windows start anywhere on the stream bent into a ring and run across documents. Packed ones hold whole documents,
as many as fit, each from its leading end-of-text; a longer document is cut into pieces as long as the context, which
follow one another without a gap. Every token after a document's leading end-of-text, its closing one among them, is
then a target exactly once an epoch. `document_SBW` says which tokens belong together, so that attention need not cross.
Packing is best-fit decreasing (Ding et al. 2024, arXiv 2404.10830, who pack pieces of documents in the same way).
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int

from seedbed.config.errors import UsageError
from seedbed.config.random import generator
from seedbed.data.spill import Spill
from seedbed.data.token_files import TokenSplit

PAD = 0  # the token of padding, which is also one of the vocabulary: task_SBW tells them apart
TEXT, NO_TASK = 0, -1
POOL = 4096  # documents that are packed together
PIECE = np.dtype([("start", "<i8"), ("length", "<u4"), ("inside", "?")])
_WHAT = "how documents are packed"
TextWindowKind = Literal["random", "packed"]


@dataclass(frozen=True)
class TextBatches:
    """Consecutive batches: S steps of B windows of W tokens, one more than the context.

    task_SBW: TEXT for a token to be predicted from what stands before it, NO_TASK for padding and for the first token
    of a piece that is no document's first, after another document.  document_SBW: the number of the token's piece in
    its window, from 0; -1 for padding.  real_SB: False for a row that stands for no window.
    """

    token_SBW: Int[np.ndarray, "S B W"]
    task_SBW: Int[np.ndarray, "S B W"]
    document_SBW: Int[np.ndarray, "S B W"]
    real_SB: Bool[np.ndarray, "S B"]


@dataclass(frozen=True)
class TextWindows:
    """Cuts batches out of a split. window: tokens per window, one more than the model's context.

    Drawn from (data seed, step or epoch) alone: a resumed member reads what it would have read.
    """

    split: TokenSplit
    kind: TextWindowKind
    window: int
    batch: int
    data_seed: int

    def __post_init__(self) -> None:
        if self.window < 2 or self.batch < 1:
            raise UsageError(f"a batch needs windows of at least 2 tokens, got {self.batch} of {self.window}")

    @property
    def windows(self) -> int:
        """How many windows an epoch has: the packed ones, or the offsets of the ring."""
        return len(self._packed.first) - 1 if self.kind == "packed" else self.split.targets

    @property
    def steps_per_epoch(self) -> int:
        """Steps of packed windows that read the split once; of random ones those that read as many tokens."""
        if self.kind == "packed":
            return -(-self.windows // self.batch)
        return -(-self.split.targets // (self.batch * (self.window - 1)))

    def batches(self, first_step: int, steps: int) -> TextBatches:
        """The batches of steps first_step .. first_step + steps - 1, counted from 0."""
        shape = (steps, self.batch, self.window)
        token_SBW = np.full(shape, PAD, dtype=np.int32)
        task_SBW = np.full(shape, NO_TASK, dtype=np.int32)
        document_SBW = np.full(shape, -1, dtype=np.int32)
        real_SB = np.zeros(shape[:2], dtype=bool)
        for row in range(steps):
            token_N = self.split.token_N()  # anew: the pages that a step touched are let go
            fill = self._fill_packed if self.kind == "packed" else self._fill_random
            real_SB[row] = fill(first_step + row, token_N, token_SBW[row], task_SBW[row], document_SBW[row])
        return TextBatches(token_SBW, task_SBW, document_SBW, real_SB)

    def _fill_random(
        self, step: int, token_N: np.ndarray, token_BW: np.ndarray, task_BW: np.ndarray, document_BW: np.ndarray
    ) -> Bool[np.ndarray, " B"]:
        offset_B = generator("text windows", self.data_seed, step).integers(0, self.split.targets, size=self.batch)
        # The last end-of-text is the first one, where the ring closes.
        token_BW[:] = token_N[(offset_B[:, None] + np.arange(self.window)) % self.split.targets]
        document_BW[:] = np.cumsum(token_BW == self.split.eot, axis=1)
        document_BW -= document_BW[:, :1]
        task_BW[:] = TEXT
        return np.ones(self.batch, dtype=bool)

    def _fill_packed(
        self, step: int, token_N: np.ndarray, token_BW: np.ndarray, task_BW: np.ndarray, document_BW: np.ndarray
    ) -> Bool[np.ndarray, " B"]:
        epoch, within = divmod(step, self.steps_per_epoch)
        if epoch not in self._orders:  # kept on disk: an epoch of a large corpus has millions of windows
            self._orders.clear()
            order_M = np.arange(self.windows, dtype=np.uint32)
            generator("text epoch", self.data_seed, epoch).shuffle(order_M)
            self._orders[epoch] = Spill(_WHAT, np.uint32, self.split.folder)
            self._orders[epoch].append(order_M)
        chosen = self._orders[epoch].array_N()[within * self.batch : (within + 1) * self.batch]
        first_M, piece_P = self._packed.first.array_N(), self._packed.piece.array_N()
        for row, window in enumerate(chosen):
            used = end = 0
            for number, piece in enumerate(piece_P[first_M[window] : first_M[window + 1]].tolist()):
                start, length, inside = piece
                if used and inside:  # no end-of-text of its own to end the one before
                    token_BW[row, used], document_BW[row, used], task_BW[row, used] = token_N[end], number - 1, TEXT
                    used += 1
                token_BW[row, used : used + length] = token_N[start : start + length]
                document_BW[row, used : used + length] = number
                task_BW[row, used + (used > 0 and inside) : used + length] = TEXT
                used, end = used + length, start + length
            token_BW[row, used] = token_N[end]  # end-of-text, or how a long document goes on
            document_BW[row, used], task_BW[row, used] = document_BW[row, used - 1], TEXT
        return np.arange(self.batch) < len(chosen)

    @cached_property
    def _orders(self) -> dict[int, Spill]:
        return {}

    @cached_property
    def _packed(self) -> "Packing":
        return packed(self.split.start_D(), self.window - 1, self.split.folder)


@dataclass(frozen=True)
class Packing:
    """Pieces of documents packed into windows: window w holds the pieces first[w] .. first[w + 1] - 1.

    On disk: a corpus of 5 GB as bytes has 27 million windows.  piece: `PIECE`, each one's start in the stream, its
    length in tokens, at most the context, and whether it starts inside a document.
    """

    first: Spill
    piece: Spill


def packed(start_D: Int[np.ndarray, " D"], context: int, folder: Path | None = None) -> Packing:
    """The documents that start at start_D (its last entry: the end of the last one), packed into windows.

    Documents longer than the context are cut every `context` tokens from their start. POOL documents are packed at a
    time, the longest piece first, each into the fullest window with room: the same windows for every seed and epoch. A
    piece that starts inside a document takes a token more, the one that ends what stands before it.

    folder: where the pieces lie (`Spill`). Raises `SeedbedError` where the disk is full.
    """
    found = Packing(Spill(_WHAT, np.uint32, folder), Spill(_WHAT, PIECE, folder))
    for begin in range(0, len(start_D) - 1, POOL):
        piece_p = _pieces(np.asarray(start_D[begin : begin + POOL + 1]), context)
        window_p, new = _best_fit(np.minimum(piece_p["length"] + piece_p["inside"], context).tolist(), context)
        size_w = np.bincount(window_p, minlength=new)
        found.first.append(len(found.piece) + np.cumsum(size_w) - size_w)
        found.piece.append(piece_p[np.argsort(window_p, kind="stable")])
    found.first.append(np.array([len(found.piece)]))
    return found


def _pieces(start_D: np.ndarray, context: int) -> np.ndarray:
    """The pieces of documents, in their order, as `PIECE`."""
    length_D = np.diff(start_D)
    pieces_D = -(-length_D // context)
    document_P = np.repeat(np.arange(len(length_D)), pieces_D)
    offset_P = (np.arange(len(document_P)) - np.repeat(np.cumsum(pieces_D) - pieces_D, pieces_D)) * context
    piece_P = np.empty(len(document_P), dtype=PIECE)
    piece_P["start"], piece_P["inside"] = start_D[document_P] + offset_P, offset_P > 0
    piece_P["length"] = np.minimum(length_D[document_P] - offset_P, context)
    return piece_P


def _best_fit(lengths: list[int], room: int) -> tuple[list[int], int]:
    """Each length's window, and how many windows there are; the longest first, into the fullest with room."""
    window_of, windows = [0] * len(lengths), 0
    with_room: dict[int, list[int]] = {}  # by how much room is left
    some = 0  # bit r: a window with room r is there
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        length = lengths[index]
        fits = some >> length
        if fits:
            left = length + (fits & -fits).bit_length() - 1
            window = with_room[left].pop()
            if not with_room[left]:
                some &= ~(1 << left)
        else:
            left, window = room, windows
            windows += 1
        window_of[index] = window
        if left > length:
            with_room.setdefault(left - length, []).append(window)
            some |= 1 << (left - length)
    return window_of, windows
