"""Twins: which sentence of a stream is replaced by which, so that two members differ in one example and nothing else.

Both swaps of a hint take out the same one: a hint that alone shows some word pair of A->C. One puts a sentence in its
place that still shows the pair, the other one that does not, so the second differs from the first in that pair alone.
Which hint, which pair and which sentences are drawn from the member's seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

import numpy as np

from seedbed.config import UsageError
from seedbed.config.random import generator
from seedbed.tasks import Mixture, World, WorldConfig, sentences, stream

TASK, CORPUS_TASK = "A->C", "A->B"
TRIES = 200  # seeds looked at for each base member; about one in four streams of 8 hints shows a pair just once


@dataclass(frozen=True)
class Swap:
    """What is replaced in the stream of a seed. place: of the hint.  word: the source word of the pair that it alone
    shows.  kept, lost: the sentences put in its place, with the pair and without.  corpus_place, corpus_sentence: the
    sentence of A->B that is replaced, and by which.
    """

    seed: int
    place: int
    word: int
    kept: int
    lost: int
    corpus_place: int
    corpus_sentence: int


def swaps(world: WorldConfig, mixture: Mixture, first_seed: int, bases: int) -> list[Swap]:
    """The first `bases` seeds from first_seed on whose hints show some pair in one hint alone.

    Raises UsageError where too few of the seeds looked at have such a hint.
    """
    found = list(islice(_found(world, mixture, first_seed, bases * TRIES), bases))
    if len(found) < bases:
        hints = mixture.examples[TASK]
        raise UsageError(
            f"{bases} streams are needed whose hints show some word pair of {TASK} just once; of {bases * TRIES} with "
            f"{hints} hints {len(found)} do: set twin_hints nearer to {world.words} or twins lower"
        )
    return found


def _found(world: WorldConfig, mixture: Mixture, first_seed: int, tries: int) -> Iterator[Swap]:
    for seed in islice(count(first_seed), tries):
        swap = _swap(world, mixture, seed)
        if swap is not None:
            yield swap


def _swap(world: WorldConfig, mixture: Mixture, seed: int) -> Swap | None:
    """The swaps of a seed; None where no pair is shown by one hint alone."""
    rng = generator("twin", seed)
    hint_H = _drawn(world, mixture, TASK, seed)
    shown_HW = words_of(world, hint_H)
    alone_W = np.flatnonzero(shown_HW.sum(axis=0) == 1)
    if not len(alone_W):
        return None
    word = int(rng.choice(alone_W))
    place = int(np.argmax(shown_HW[:, word]))
    shown_W = np.asarray(shown_HW.any(axis=0))
    without_W = shown_W & (np.arange(world.words) != word)
    kept = _other(world, hint_H, shown_HW, place, shown_W, rng)
    lost = _other(world, hint_H, shown_HW, place, without_W, rng)
    if kept is None or lost is None:
        return None
    corpus_E = _drawn(world, mixture, CORPUS_TASK, seed)
    spare_E = np.setdiff1d(np.arange(world.sentences), corpus_E)
    if not len(spare_E):
        raise UsageError(
            f"a corpus of all {world.sentences} sentences leaves none to put in another's place: set corpus lower"
        )
    return Swap(seed, place, word, kept, lost, int(rng.integers(len(corpus_E))), int(rng.choice(spare_E)))


def _drawn(world: WorldConfig, mixture: Mixture, task: str, seed: int) -> np.ndarray:
    alone = Mixture(((task, mixture.examples[task]),), draw=mixture.draw)
    return stream(World(world), alone, seed).sentence_E


def words_of(world: WorldConfig, number_N: np.ndarray) -> np.ndarray:
    """Which words each of N sentences holds, [N, words]."""
    holds_NW = np.zeros((len(number_N), world.words), dtype=bool)
    np.put_along_axis(holds_NW, sentences.sentence(number_N, world.words, world.length, world.distinct), True, axis=1)
    return holds_NW


def _other(
    world: WorldConfig,
    hint_H: np.ndarray,
    shown_HW: np.ndarray,
    place: int,
    wanted_W: np.ndarray,
    rng: np.random.Generator,
) -> int | None:
    """A sentence that is no hint and with which, at this place, the hints show the wanted words and no others."""
    spare_C = np.setdiff1d(np.arange(world.sentences), hint_H)
    others_W = np.delete(shown_HW, place, axis=0).any(axis=0)
    fitting_C = spare_C[((words_of(world, spare_C) | others_W) == wanted_W).all(axis=1)]
    return int(rng.choice(fitting_C)) if len(fitting_C) else None
