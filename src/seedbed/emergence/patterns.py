"""What one seed's curve does that is no single rise: it falls, it rises and is lost, it falls and rises again, or it
rises in two steps.

Sources: McKenzie et al. (2023), Inverse Scaling, arXiv 2306.09479; Wei et al. (2022), Inverse scaling can become
U-shaped, arXiv 2211.02011; Power et al. (2022), Grokking, arXiv 2201.02177.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, ndtr, ndtri, stdtr

from seedbed.emergence.growth import LOGISTIC_DECADES, centred_to_length_one, growth
from seedbed.emergence.pooling import means_of_neighbours
from seedbed.emergence.rise import NOISE_FLOOR, PARAMETERS, Rise

PART = 0.25  # of the evaluations, the last of them: their mean is where a curve ends
FIRST = 3  # evaluations, at most a `PART` of all, whose mean is where it starts: a rise may begin soon
LOST = 0.25  # of the way from chance to its peak: a score whose last evaluations are lower has been lost
LEAST_STEP = 0.15  # of the height of both, that each of two steps must have
PLATEAU = 0.1  # decades, at least, between the end of a first step and the begin of a second
LEAST_P = 0.05  # a larger p-value is never asked about
SEEN = 2  # points, at least, on the plateau between two steps
POINTS = 40  # of a curve in which two steps are looked for
LOGISTIC = 2
SLOPES = (0.15, 0.3, 1.0, 3.0, 30.0)  # exponents of either rise, times the limit: two slow ones, three sharp ones

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Patterns:
    """p-values that a curve does not do each of these things; 1 where its means do not look like it.

    p_worse: ends below its start, with no rise before.  p_lost: rises, and ends near chance.  p_u: falls, and rises
    again.  p_two_steps: one rise describes it as well as two sharp ones.  steps, places: heights of the two steps, and
    the scale where half of each is done.  start, peak, end, last: scores; the end is the mean of the last `PART` of the
    evaluations, the last one of at most `FIRST` of them.
    """

    p_worse: float
    p_lost: float
    p_u: float
    p_two_steps: float
    steps: tuple[float, float]
    places: tuple[float, float]
    start: float
    peak: float
    end: float
    last: float


def patterns(scale_E: Floats, scores_E: Floats, rise: Rise, chance: float, items: int | None, limit: float) -> Patterns:
    """What a curve of E > 4 evaluations does beside rising once.

    The end is the mean of the last `PART` of the evaluations, the start that of the first `FIRST` of them; peak and
    trough, and what goes before them, are medians of three neighbours. Each counts as one test of `items`, with a
    two-sample z test; where items are unknown, with the scatter between neighbours. A peak or a trough is looked for
    anywhere, so its p-value is multiplied by E.
    """
    some = max(1, round(PART * len(scores_E)))
    start, end = float(scores_E[: min(some, FIRST)].mean()), float(scores_E[-some:].mean())
    last = float(scores_E[-min(some, FIRST) :].mean())
    middle_E = medians_of_three(scores_E)
    top, bottom = int(middle_E.argmax()), int(middle_E.argmin())
    peak, trough = float(middle_E[top]), float(middle_E[bottom])
    before_top, before_bottom = float(middle_E[: top + 1].min()), float(middle_E[: bottom + 1].max())
    noise = scatter(scores_E)

    def below(low: float, high: float) -> float:
        """p-value that a score near `low` is not below one near `high`."""
        if low >= high:
            return 1.0
        if items is None:
            return float(stdtr(max(1, len(scores_E) - PARAMETERS), (low - high) / (2**0.5 * noise)))
        variance = (low * (1 - low) + high * (1 - high)) / items + 2 / (items + 2) ** 2
        return float(ndtr((low - high) / variance**0.5))

    count, tall = len(scores_E), peak - chance
    p_worse, p_lost, p_u = 1.0, 1.0, 1.0
    if peak - start <= LOST * (peak - end):
        p_worse = below(end, start)
    elif last < chance + LOST * tall and before_top < chance + tall / 2:
        p_lost = min(1.0, count * max(below(before_top, peak), below(chance, peak), below(last, chance + tall / 2)))
    if min(before_bottom, end) - trough > LOST * (peak - trough):
        p_u = min(1.0, count * max(below(trough, before_bottom), below(trough, end)))
    return Patterns(p_worse, p_lost, p_u, *_two_steps(scale_E, scores_E, rise, items, limit), start, peak, end, last)


def scatter(scores_E: Floats) -> float:
    """Standard deviation of a score by second differences, by their median, which a few steps do not move."""
    if len(scores_E) < 3:
        return 1.0
    bends = np.diff(scores_E, 2)
    return max(float(np.median(np.abs(bends - np.median(bends)))) / ndtri(0.75) / 6**0.5, NOISE_FLOOR)


def medians_of_three(scores_E: Floats) -> Floats:
    """Medians of neighbours: one high score is no height reached."""
    if len(scores_E) < 3:
        return scores_E
    return np.median(np.lib.stride_tricks.sliding_window_view(scores_E, 3), axis=1)


def _two_steps(
    scale_E: Floats, scores_E: Floats, rise: Rise, items: int | None, limit: float
) -> tuple[float, tuple[float, float], tuple[float, float]]:
    """p-value that two rises fit no better than `rise` alone, where the best two are both sharp; their heights; and
    where they are half done.

    F of two logistic rises (7 numbers) against one rise (4), times the pairs of evaluations between which they may lie.
    """
    scale_P, scores_P = means_of_neighbours(scale_E, scores_E, POINTS)
    nothing = 1.0, (0.0, 0.0), (0.0, 0.0)
    freedom = len(scores_P) - 7
    if freedom < 1:
        return nothing
    x_P = np.log10(scale_P)
    centred_P = scores_P - scores_P.mean()
    total = float((centred_P**2).sum())
    single_P = means_of_neighbours(scale_E, rise.at(np.log10(scale_E)), POINTS)[1]  # a step within a group, halfway
    one = total - max(float(centred_to_length_one(single_P) @ centred_P), 0.0) ** 2
    level = float(np.clip(scores_P.mean(), 0.0, 1.0))
    floor = level * (1 - level) / items if items else NOISE_FLOOR**2
    places = len(scores_P) * (len(scores_P) - 1) / 2
    if fdtrc(3, freedom, one / 3 / max(floor, 1e-12)) * places > LEAST_P:
        return nothing  # one rise leaves no more than noise: no two can fit better
    pairs = _pairs_of_curves(tuple(x_P.tolist()), limit)
    gain_C = pairs.curves_CP @ centred_P
    own_Q = (gain_C[pairs.first_Q] - pairs.gram_Q * gain_C[pairs.second_Q]) / pairs.free_Q  # given the other
    other_Q = (gain_C[pairs.second_Q] - pairs.gram_Q * gain_C[pairs.first_Q]) / pairs.free_Q
    both_Q = own_Q * gain_C[pairs.first_Q] + other_Q * gain_C[pairs.second_Q]
    best = int(np.where((own_Q > 0) & (other_Q > 0), both_Q, 0.0).argmax())
    heights = (
        float(own_Q[best] * pairs.height_C[pairs.first_Q[best]]),
        float(other_Q[best] * pairs.height_C[pairs.second_Q[best]]),
    )
    if not pairs.sharp_Q[best] or min(heights) < LEAST_STEP * sum(heights):
        return nothing
    two = max(total - float(both_Q[best]), 0.0)
    ratio = max(one - two, 0.0) / 3 / max(two / freedom, floor)
    first, second = (float(10 ** pairs.midpoint_C[which[best]]) for which in (pairs.first_Q, pairs.second_Q))
    return min(1.0, float(fdtrc(3, freedom, ratio)) * places), heights, (first, second)


@dataclass(frozen=True)
class _Pairs:
    """Logistic rises, C of them, and Q pairs, the earlier first.

    midpoint_C: log10 of scale.  curves_CP: centred, of length one.  height_C: of a rise of length one.  gram_Q:
    products of two curves.  free_Q: 1 less their squares.  sharp_Q: whether both rise faster than the limit.
    """

    midpoint_C: Floats
    curves_CP: Floats
    height_C: Floats
    first_Q: NDArray[np.int64]
    second_Q: NDArray[np.int64]
    gram_Q: Floats
    free_Q: Floats
    sharp_Q: NDArray[np.bool_]


@lru_cache(maxsize=8)
def _pairs_of_curves(x_P: tuple[float, ...], limit: float) -> _Pairs:
    """Pairs of rises of `SLOPES` between any two of P evaluations, with a plateau between them where both are sharp."""
    x = np.asarray(x_P)
    between = (x[1:] + x[:-1]) / 2
    slopes_C, midpoints_C = np.repeat(SLOPES, len(between)), np.tile(between, len(SLOPES))
    raw_CP = growth(x, midpoints_C[:, None], limit * slopes_C[:, None], LOGISTIC)
    curves_CP = centred_to_length_one(raw_CP)
    spread_C = raw_CP.max(axis=1) - raw_CP.min(axis=1)
    height_C = (curves_CP.max(axis=1) - curves_CP.min(axis=1)) / np.where(spread_C > 1e-9, spread_C, np.inf)
    gram_CC = curves_CP @ curves_CP.T
    half_C = LOGISTIC_DECADES / (limit * slopes_C) / 2
    sharp_CC = (slopes_C >= 1) & (slopes_C >= 1)[:, None]
    between_C = np.searchsorted(x, midpoints_C)
    seen_CC = between_C - between_C[:, None] >= SEEN  # evaluations between two sharp rises: a plateau was seen
    room_CC = np.where(sharp_CC, half_C + half_C[:, None] + PLATEAU, 0.0)
    allowed_CC = (midpoints_C - midpoints_C[:, None] >= room_CC) & (seen_CC | ~sharp_CC) & (gram_CC < 0.999)
    first_Q, second_Q = np.nonzero(allowed_CC | (~sharp_CC & (gram_CC < 0.999) & (slopes_C < slopes_C[:, None])))
    gram_Q = gram_CC[first_Q, second_Q]
    return _Pairs(
        midpoints_C, curves_CP, height_C, first_Q, second_Q, gram_Q, 1 - gram_Q**2, sharp_CC[first_Q, second_Q]
    )
