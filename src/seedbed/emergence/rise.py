"""How fast one curve rises: four families of growth by least squares, profiled over the growth exponent.

Fast and slow rises are compared by how well each can be fitted, so noise widens the answer and invents no jump.
Sources: Seber & Wild (1989), Nonlinear Regression, section 5.3 (profile intervals from the F distribution); Smyth
(2004), Statistical Applications in Genetics and Molecular Biology 3:3 (moderated variances).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr, stdtrit

from seedbed.emergence.growth import FAMILIES, exponents, grid_of_curves, growth, unit_curves, width_in_decades

PARAMETERS = 4  # base, height, midpoint, exponent
NOISE_FLOOR = 0.01  # of a score whose number of items is unknown: no curve counts as known better than to 1%
PRIOR_ITEMS, PRIOR_FREEDOM = 100, 4.0  # behind a score of unknown items, until the residuals say otherwise
TOGETHER = 128  # curves whose coarse grids are one product
WITH_A_START = (0, 1, 2)  # families that have 10% of their rise at some scale above 0
ZOOM = np.linspace(-1, 1, 7)
REFINED = 16  # of all curves, of the slow and of the fast ones: the best fits, whose midpoints are refined

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rise:
    """The fitted curve base + height * growth(log10 scale), and what it rests on.

    family, exponent: of the best fit (`growth`).  width: 10% to 90%, in decades.  low, high: its profile interval over
    all families, 0 and inf where the data do not bound it.  midpoint: log10 of scale.  p_rise: that the curve is flat.
    p_sharp: that the exponent is `limit` or less.  p_smooth: that it is `limit` or more.  noise: standard deviation of
    a score halfway up.  freedom: degrees of freedom that it is known by.  scatter: standard deviation around the curve,
    over all `evaluations`.  misfit_C: of each family and exponent, (its RSS less that of the best fit) / noise².
    """

    family: int
    exponent: float
    width: float
    low: float
    high: float
    midpoint: float
    base: float
    height: float
    p_rise: float
    p_sharp: float
    p_smooth: float
    noise: float
    freedom: float
    scatter: float
    evaluations: int
    misfit_C: Floats = field(repr=False, compare=False)

    def at(self, x: Floats) -> Floats:
        """The fitted score at x = log10 of scale."""
        return self.base + self.height * growth(x, self.midpoint, self.exponent, self.family)


def fit_rise(x_E: Floats, scores_E: Floats, items: int | None, limit: float, level: float) -> Rise:
    """`fit_rises` of one curve."""
    return fit_rises(x_E, scores_E[np.newaxis], items, limit, level)[0]


def fit_rises(x_E: Floats, scores_SE: Floats, items: int | None, limit: float, level: float) -> list[Rise]:
    """The least-squares rise of each of S curves of E scores at x = log10 of scale, E > 4, and its tests against a
    growth exponent of `limit`.

    Each test is a profile one: with RSS the residual sum of squares and s² the variance of a score,
    t = sqrt((RSS of the best curve under the hypothesis - RSS) / s²), one-sided against Student's t. p_rise is F of
    flat against rising with 3 degrees of freedom, times E - 1: a step may be looked for between any two evaluations.
    s² is RSS / (E - 4), but never less than what a score has halfway up the rise: the binomial variance of the items,
    or, where these are unknown, that of as many items as the residuals suggest (`score_variance`); and never below
    `NOISE_FLOOR`², as a perfect step has no residuals and is not known perfectly. Assumed: errors independent between
    evaluations; a panel of items used again and again leaves more of them alike than that.
    """
    families_C, exponents_C, midpoints_M, unit_CME = grid_of_curves(tuple(x_E.tolist()), limit)
    rises = []
    for first in range(0, len(scores_SE), TOGETHER):
        some_SE = scores_SE[first : first + TOGETHER]
        centred_SE = some_SE - some_SE.mean(axis=1, keepdims=True)
        gain_SCM = (centred_SE @ unit_CME.reshape(-1, len(x_E)).T).reshape(len(some_SE), len(families_C), -1)
        for scores_E, centred_E, gain_CM in zip(some_SE, centred_SE, gain_SCM, strict=True):
            rss_C, midpoints_C = _profile(x_E, centred_E, limit, families_C, exponents_C, midpoints_M, gain_CM)
            rises.append(_rise(x_E, scores_E, items, limit, level, families_C, exponents_C, rss_C, midpoints_C))
    return rises


def _rise(
    x_E: Floats,
    scores_E: Floats,
    items: int | None,
    limit: float,
    level: float,
    families_C: NDArray[np.int64],
    exponents_C: Floats,
    rss_C: Floats,
    midpoints_C: Floats,
) -> Rise:
    best = int(rss_C.argmin())
    family, exponent, midpoint = int(families_C[best]), float(exponents_C[best]), float(midpoints_C[best])
    base, height = _base_and_height(x_E, scores_E, midpoint, exponent, family)
    fitted_E = base + height * growth(x_E, midpoint, exponent, family)
    variance, freedom = score_variance(rss_C[best], fitted_E, base + height / 2, items)
    t_C = np.sqrt(np.maximum(rss_C - rss_C[best], 0) / variance)
    flat = float(((scores_E - scores_E.mean()) ** 2).sum())
    gained = max(flat - rss_C[best], 0.0) / variance / (PARAMETERS - 1)
    low, high = _widths(families_C, exponents_C, t_C <= stdtrit(freedom, (1 + level) / 2))
    slow_C, fast_C = exponents_C <= limit * (1 + 1e-9), exponents_C >= limit * (1 - 1e-9)
    return Rise(
        family,
        exponent,
        min(max(width_in_decades(exponent, family), low), high),
        low,
        high,
        midpoint,
        base,
        height,
        p_rise=min(1.0, float(fdtrc(PARAMETERS - 1, freedom, gained)) * (len(x_E) - 1)),
        p_sharp=float(stdtr(freedom, -t_C[slow_C].min())),
        p_smooth=float(stdtr(freedom, -t_C[fast_C].min())),
        noise=float(np.sqrt(variance)),
        freedom=freedom,
        scatter=float(np.sqrt(max(rss_C[best] / (len(x_E) - PARAMETERS), NOISE_FLOOR**2))),
        evaluations=len(x_E),
        misfit_C=t_C**2,
    )


def growth_of_all(rises: Sequence[Rise], limit: float) -> tuple[float, float]:
    """p-values that seeds of one exponent and family, each with a base, height and midpoint of its own, grow no faster
    than `limit`, and that they grow faster: what is too little in each seed may be enough in all.
    """
    exponents_C = np.tile(exponents(limit), len(FAMILIES))
    misfit_C = np.sum([rise.misfit_C for rise in rises], axis=0)
    slow_C, fast_C = exponents_C <= limit * (1 + 1e-9), exponents_C >= limit * (1 - 1e-9)
    t_slow, t_fast = (np.sqrt(misfit_C[some_C].min() - misfit_C.min()) for some_C in (slow_C, fast_C))
    freedom = sum(rise.freedom for rise in rises)
    return float(stdtr(freedom, -t_slow)), float(stdtr(freedom, -t_fast))


def score_variance(rss: float, fitted_E: Floats, half_way: float, items: int | None) -> tuple[float, float]:
    """Of a score halfway up the rise, and its degrees of freedom.

    Shares of right answers vary most halfway up, where only a few evaluations may lie, while the many at 0% or 100%
    hardly vary: a mean over all would be too small where it matters. So the residuals of unknown numbers of items are
    weighed by p (1 - p), have the degrees of freedom of such a sum (Satterthwaite 1946), and are moderated by a prior
    of `PRIOR_ITEMS` items that counts as `PRIOR_FREEDOM` evaluations (Smyth 2004), without which a curve that is fitted
    perfectly would be known perfectly.
    """
    freedom = float(len(fitted_E) - PARAMETERS)
    half_way = min(1.0, max(0.0, half_way))
    peak = half_way * (1 - half_way)
    if items:  # no misses among n items still leave room for about one
        return max(rss / freedom, peak / items, 1 / (items + 2) ** 2), freedom
    share_E = np.clip(fitted_E, 0.0, 1.0)
    spread_E = share_E * (1 - share_E)
    total, known, per_spread = float(spread_E.sum()), 0.0, 0.0
    if total > 1e-9:
        effective = total**2 / float((spread_E**2).sum())
        known = max(0.0, effective - PARAMETERS)
        per_spread = rss / total * effective / max(1.0, known)
    moderated = (PRIOR_FREEDOM / PRIOR_ITEMS + known * per_spread) / (PRIOR_FREEDOM + known)
    return max(rss / freedom, moderated * peak, NOISE_FLOOR**2), min(freedom, PRIOR_FREEDOM + known)


def _widths(families_C: NDArray[np.int64], exponents_C: Floats, inside_C: NDArray[np.bool_]) -> tuple[float, float]:
    """The narrowest and the widest rise among curves that fit: of each family the next exponent outside, as the grid is
    coarse; 0 and infinity where a family's steepest or shallowest fits. A logistic curve on scale itself is left out:
    where it is slow it is above 10% at the origin.
    """
    narrow, wide = [], []
    for family in WITH_A_START:
        of_family = np.flatnonzero(families_C == family)
        fitting = np.flatnonzero(inside_C[of_family])
        if not fitting.size:
            continue
        first, last = int(fitting[0]), int(fitting[-1])
        grid = exponents_C[of_family]
        narrow.append(0.0 if last == len(grid) - 1 else width_in_decades(float(grid[last + 1]), family))
        wide.append(inf if first == 0 else width_in_decades(float(grid[first - 1]), family))
    return min(narrow, default=0.0), max(wide, default=inf)


def _profile(
    x_E: Floats,
    centred_E: Floats,
    limit: float,
    families_C: NDArray[np.int64],
    exponents_C: Floats,
    midpoints_M: Floats,
    gain_CM: Floats,
) -> tuple[Floats, Floats]:
    """The least residual sum of squares of each family and exponent, and the midpoint where it is reached: the coarse
    grid's best, refined twice for those that fit well."""
    best_C = gain_CM.argmax(axis=1)
    found_C, midpoints_C = np.maximum(gain_CM.max(axis=1), 0), midpoints_M[best_C].copy()  # only curves that rise
    order_C = np.argsort(-found_C)
    slow_C = exponents_C[order_C] <= limit * (1 + 1e-9)
    refined_R = np.unique(np.concatenate([order_C[:REFINED], order_C[slow_C][:REFINED], order_C[~slow_C][:REFINED]]))
    middle_R, spacing_R = midpoints_C[refined_R], np.gradient(midpoints_M)[best_C[refined_R]]
    gain_R = np.zeros(len(refined_R))
    for _ in range(2):
        trial_RZ = middle_R[:, None] + spacing_R[:, None] * ZOOM
        gain_RZ = unit_curves(x_E, families_C[refined_R], exponents_C[refined_R], trial_RZ) @ centred_E
        best_R = gain_RZ.argmax(axis=1)
        middle_R = np.take_along_axis(trial_RZ, best_R[:, None], axis=1)[:, 0]
        spacing_R, gain_R = spacing_R * (ZOOM[1] - ZOOM[0]), gain_RZ.max(axis=1)
    found_C[refined_R] = np.maximum(gain_R, found_C[refined_R])
    midpoints_C[refined_R] = middle_R
    return np.maximum((centred_E**2).sum() - found_C**2, 0), midpoints_C


def _base_and_height(
    x_E: Floats, scores_E: Floats, midpoint: float, exponent: float, family: int
) -> tuple[float, float]:
    curve_E = growth(x_E, midpoint, exponent, family)
    centred_E = curve_E - curve_E.mean()
    length = float((centred_E**2).sum())
    height = max(0.0, float(centred_E @ scores_E) / length) if length > 1e-18 else 0.0
    return float(scores_E.mean() - height * curve_E.mean()), height
