"""Where one seed's rise is half done, from its evaluations themselves: groups of them would move it to their edges.

Source: Seber & Wild (1989), Nonlinear Regression, section 5.3 (profile intervals).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from seedbed.emergence.growth import growth, width_in_decades
from seedbed.emergence.rise import Rise, score_variance

TRIED = 41  # midpoints around the best
EVENLY = np.linspace(-1, 1, TRIED)
STEEPER = np.array([1.0, 0.6, 1.6, 4.0])  # exponents tried with each, times the fitted one
TRIED_FAMILIES = (0, 1, 2)  # where a rise is half done depends a little on its shape: all that fit are let in
MORE_PASSES = 2  # each confined to what fits
CLOSER = 4.0  # standard errors around the best fit to which the next pass is confined
HALF_WIDTH = 1.0  # standard errors around the best fit whose middle is the answer
WIDTHS_AROUND = 5.0  # of the rise: further out the curve is flat, and evaluations there count as one

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Halfway:
    """Where half of a rise is done, in the unit of scale.

    value: the middle, on the logarithm, of all places that fit about as well as the best.  low, high: the ends of its
    profile interval, moved out to the next evaluation.  before, after: the evaluations around `value`; 0 and infinity
    where there is none.
    """

    value: float
    low: float
    high: float
    before: float
    after: float


def halfway(scale_E: Floats, scores_E: Floats, rise: Rise, items: int | None, level: float) -> Halfway:
    """Half of the rise of E evaluations, around the midpoint of a fit to them or to means of neighbours.

    A step between two evaluations may lie anywhere between them: the best fit is then no place but a stretch, and its
    middle is the answer, which is right on average where the fit's first point would be early.
    """
    x_E = np.log10(scale_E)
    around = int(np.clip(np.searchsorted(x_E, rise.midpoint), 1, len(x_E) - 1))
    reach = max(rise.width if np.isfinite(rise.width) else 0.0, 1.5 * float(x_E[around] - x_E[around - 1]))
    fitted_E = rise.at(x_E)

    def fit_around(midpoints_P: Floats) -> tuple[Floats, float]:
        """How far each midpoint fits worse than the best, in standard errors, and their degrees of freedom."""
        rss_P = _least_rss(x_E, scores_E, midpoints_P, rise)
        variance, freedom = score_variance(float(rss_P.min()), fitted_E, rise.base + rise.height / 2, items)
        return np.sqrt((rss_P - rss_P.min()) / variance), freedom

    midpoints_P = rise.midpoint + reach * EVENLY
    t_P, freedom = fit_around(midpoints_P)
    for _ in range(MORE_PASSES):
        first, last = _run_around(t_P, CLOSER)
        if first > 0 and last < TRIED - 1 and last - first > TRIED // 2:
            break
        spacing = midpoints_P[1] - midpoints_P[0]
        midpoints_P = (midpoints_P[first] + midpoints_P[last] + (last - first + 2) * spacing * EVENLY) / 2
        t_P, freedom = fit_around(midpoints_P)
    near, inside = _run_around(t_P, HALF_WIDTH), _run_around(t_P, float(stdtrit(freedom, (1 + level) / 2)))
    value = float(10 ** ((midpoints_P[near[0]] + midpoints_P[near[1]]) / 2))
    low, high = float(10 ** midpoints_P[inside[0]]), float(10 ** midpoints_P[inside[1]])
    before, after = _around(scale_E, value)
    return Halfway(value, min(_around(scale_E, low)[0], before), max(_around(scale_E, high)[1], after), before, after)


def _least_rss(x_E: Floats, scores_E: Floats, midpoints_P: Floats, rise: Rise) -> Floats:
    """The least residual sum of squares at each midpoint, over families and over exponents near the fitted one."""
    reach = WIDTHS_AROUND * min(rise.width, 1.0)
    x_W, scores_W, weights_W = _ends_as_one(x_E, scores_E, midpoints_P[0] - reach, midpoints_P[-1] + reach)
    total = float(((scores_E - scores_E.mean()) ** 2).sum())
    weighted_W = weights_W * (scores_W - scores_E.mean())
    gains_P = np.zeros(len(midpoints_P))
    decades = min(width_in_decades(rise.exponent, rise.family), 1.0)  # wider ones are not asked about
    for family in TRIED_FAMILIES:
        exponents_K = width_in_decades(1.0, family) / decades * STEEPER  # the first of the same width in this family
        curves_KPW = growth(x_W, midpoints_P[:, None], exponents_K[:, None, None], family)
        curves_KPW -= (curves_KPW @ weights_W)[..., None] / len(x_E)
        lengths_KP = np.sqrt(curves_KPW**2 @ weights_W)
        gains_KP = curves_KPW @ weighted_W / np.where(lengths_KP > 1e-9, lengths_KP, np.inf)
        gains_P = np.maximum(gains_P, gains_KP.max(axis=0))
    return np.maximum(total - gains_P**2, 0.0)


def _ends_as_one(x_E: Floats, scores_E: Floats, first: float, last: float) -> tuple[Floats, Floats, Floats]:
    """Evaluations between `first` and `last`, those below and above as one each, at the mean score; and how many each
    stands for."""
    low, high = int(np.searchsorted(x_E, first)), int(np.searchsorted(x_E, last, side="right"))
    parts = [(x_E[low:high], scores_E[low:high], np.ones(high - low))]
    if low:
        parts.insert(0, (x_E[low - 1 : low], scores_E[:low].mean(keepdims=True), np.array([float(low)])))
    if high < len(x_E):
        rest = len(x_E) - high
        parts.append((x_E[high : high + 1], scores_E[high:].mean(keepdims=True), np.array([float(rest)])))
    x_W, scores_W, weights_W = (np.concatenate(part) for part in zip(*parts, strict=True))
    return x_W, scores_W, weights_W


def _run_around(t_P: Floats, most: float) -> tuple[int, int]:
    """The first and the last of the neighbours of the best that fit as well as `most` allows, without a gap."""
    outside, best = np.flatnonzero(t_P > most), int(t_P.argmin())
    before, after = outside[outside < best], outside[outside > best]
    return int(before[-1]) + 1 if before.size else 0, int(after[0]) - 1 if after.size else len(t_P) - 1


def _around(scale_E: Floats, place: float) -> tuple[float, float]:
    """The last evaluation at or before a place and the first after it; 0 and infinity where there is none."""
    after = int(np.searchsorted(scale_E, place, side="right"))
    return float(scale_E[after - 1]) if after else 0.0, float(scale_E[after]) if after < len(scale_E) else float("inf")
