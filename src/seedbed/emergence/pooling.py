"""Groups of neighbouring evaluations: long curves become short ones where only their shape is asked about."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def neighbours(scale_E: Floats, most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Where each of at most `most` groups of E neighbours begins, and its size; None where the curve is short enough.

    Half of the edges are even on the scale itself, half on its logarithm: on the logarithm alone the end of a long run
    would be few groups.
    """
    if len(scale_E) <= most:
        return None
    positive = scale_E[scale_E > 0]
    on_log = np.geomspace(positive[0], positive[-1], most // 2)[1:]
    edges = np.union1d(on_log, np.linspace(positive[0], positive[-1], most - most // 2)[1:])
    place_E = np.searchsorted(edges, scale_E, side="left")
    starts = np.flatnonzero(np.diff(place_E, prepend=-1))
    return starts, np.diff(starts, append=len(scale_E))


def means_of_neighbours(scale_E: Floats, scores_E: Floats, most: int) -> tuple[Floats, Floats]:
    """A curve of at most `most` points: geometric means of the scale, above 0, and means of the scores, by group."""
    groups = neighbours(scale_E, most)
    if groups is None:
        return scale_E, scores_E
    starts, sizes = groups
    means = np.exp(np.add.reduceat(np.log(scale_E), starts) / sizes)
    inside = np.clip(means, scale_E[starts], scale_E[starts + sizes - 1])  # rounding must not pass the last evaluation
    return inside, np.add.reduceat(scores_E, starts) / sizes
