"""How wide one curve's rise is on the logarithm of scale: a sigmoid by least squares, profiled over its width.

Wide and narrow rises are compared by how well each can be fitted, so noise widens the answer and invents no jump.
Source: Seber & Wild (1989), Nonlinear Regression, section 5.3 (profile intervals from the F distribution).
"""

from dataclasses import dataclass
from functools import lru_cache
from math import inf, log

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr, stdtrit

DECADES_PER_SLOPE = 2 * log(9)  # a logistic curve goes from 10% to 90% within 2 ln 9 of its scale parameter
PARAMETERS = 4  # base, height, midpoint, width
NOISE_FLOOR = 0.01  # of a score whose number of items is unknown: no curve counts as known better than to 1%
WIDTHS_PER_DECADE = 12  # of the grid of widths
NARROWEST, WIDEST = 0.02, 10.0  # decades: narrower is a step on any grid, wider is no rise
MIDPOINTS = 160  # of the coarse grid, refined around each width's best
REACH = 1.5  # decades past the last evaluation in which a midpoint may lie: the rise may not be over
TOGETHER = 128  # curves whose coarse grids are one product: 6 MB
ZOOM = np.linspace(-1, 1, 9)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rise:
    """The fitted curve base + height * logistic((log10 scale - midpoint) * 2 ln 9 / width), and what it rests on.

    width: 10% to 90%, in decades.  low, high: its profile interval, 0 and inf where the data do not bound it.
    midpoint: log10 of scale.  p_rise: that the curve is flat.  p_sharp: that the width is `limit` or more.
    p_smooth: that the width is `limit` or less.  noise: standard deviation of a score around the curve.
    """

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


def fit_rise(x_E: Floats, scores_E: Floats, items: int | None, limit: float, level: float) -> Rise:
    """`fit_rises` of one curve."""
    return fit_rises(x_E, scores_E[np.newaxis], items, limit, level)[0]


def fit_rises(x_E: Floats, scores_SE: Floats, items: int | None, limit: float, level: float) -> list[Rise]:
    """The least-squares rise of each of S curves of E scores at x = log10 of scale, E > 4, and its tests against a
    width of `limit` decades.

    Each test is a profile one: with RSS the residual sum of squares, s² its mean over E - 4 degrees of freedom,
    t = sqrt((RSS of the best curve under the hypothesis - RSS) / s²), one-sided against Student's t(E - 4). s² is never
    below the binomial variance halfway up the rise (`items` known) or `NOISE_FLOOR`² (unknown), because
    a perfect step has no residuals and is not known perfectly. p_rise is F(3, E - 4) of flat against rising, times
    E - 1: a step may be looked for between any two evaluations. Assumed: errors independent between evaluations; a
    panel of items used again and again leaves more of them alike than that.
    """
    widths_W, midpoints_M, unit_WME = _grid(tuple(x_E.tolist()))
    rises = []
    for first in range(0, len(scores_SE), TOGETHER):
        some_SE = scores_SE[first : first + TOGETHER]
        centred_SE = some_SE - some_SE.mean(axis=1, keepdims=True)
        gain_SWM = (centred_SE @ unit_WME.reshape(-1, len(x_E)).T).reshape(len(some_SE), len(widths_W), -1)
        for scores_E, centred_E, gain_WM in zip(some_SE, centred_SE, gain_SWM, strict=True):
            rss_W, midpoints_W = _profile(x_E, centred_E, widths_W, midpoints_M, gain_WM)
            rises.append(_rise(x_E, scores_E, items, limit, level, widths_W, rss_W, midpoints_W))
    return rises


def _rise(
    x_E: Floats,
    scores_E: Floats,
    items: int | None,
    limit: float,
    level: float,
    widths_W: Floats,
    rss_W: Floats,
    midpoints_W: Floats,
) -> Rise:
    best = int(rss_W.argmin())
    base, height = _base_and_height(x_E, scores_E, midpoints_W[best], widths_W[best])
    freedom = len(x_E) - PARAMETERS
    half_way = min(1.0, max(0.0, base + height / 2))
    floor = half_way * (1 - half_way) / items if items else NOISE_FLOOR**2
    if items:
        floor = max(floor, 1 / (items + 2) ** 2)  # no misses among n items still leave room for about one
    variance = max(rss_W[best] / freedom, floor)
    t_W = np.sqrt((rss_W - rss_W[best]) / variance)
    flat = float(((scores_E - scores_E.mean()) ** 2).sum())
    gained = max(flat - rss_W[best], 0.0) / variance / (PARAMETERS - 1)
    p_rise = float(fdtrc(PARAMETERS - 1, freedom, gained))
    inside = np.flatnonzero(t_W <= stdtrit(freedom, (1 + level) / 2))
    wide = widths_W >= limit * (1 - 1e-9)
    narrow = widths_W <= limit * (1 + 1e-9)
    return Rise(
        width=float(widths_W[best]),
        low=float(widths_W[inside[0] - 1]) if inside[0] > 0 else 0.0,  # the grid is coarse: the next width outside
        high=float(widths_W[inside[-1] + 1]) if inside[-1] < len(widths_W) - 1 else inf,
        midpoint=float(midpoints_W[best]),
        base=base,
        height=height,
        p_rise=min(1.0, p_rise * (len(x_E) - 1)),
        p_sharp=float(stdtr(freedom, -t_W[wide].min())),
        p_smooth=float(stdtr(freedom, -t_W[narrow].min())),
        noise=float(np.sqrt(variance)),
    )


def _profile(
    x_E: Floats, centred_E: Floats, widths_W: Floats, midpoints_M: Floats, gain_WM: Floats
) -> tuple[Floats, Floats]:
    """The least residual sum of squares that each width allows, and the midpoint where it does: the coarse grid's best,
    refined twice."""
    gain_WM = np.maximum(gain_WM, 0)  # only curves that rise
    best_W = gain_WM.argmax(axis=1)
    midpoints_W = midpoints_M[best_W]
    spacing_W = np.gradient(midpoints_M)[best_W]
    gain_W = np.take_along_axis(gain_WM, best_W[:, None], axis=1)[:, 0]
    for _ in range(2):
        trial_WZ = midpoints_W[:, None] + spacing_W[:, None] * ZOOM
        gain_WZ = np.maximum(_unit_curves(x_E, trial_WZ, widths_W) @ centred_E, 0)
        best_W = gain_WZ.argmax(axis=1)
        midpoints_W = np.take_along_axis(trial_WZ, best_W[:, None], axis=1)[:, 0]
        spacing_W = spacing_W * (ZOOM[1] - ZOOM[0])
        gain_W = np.take_along_axis(gain_WZ, best_W[:, None], axis=1)[:, 0]
    return np.maximum((centred_E**2).sum() - gain_W**2, 0), midpoints_W


@lru_cache(maxsize=8)
def _grid(x_E: tuple[float, ...]) -> tuple[Floats, Floats, Floats]:
    """Widths, midpoints and all their curves for one grid of evaluations, which seeds mostly share."""
    below = int(np.floor(np.log10(1 / NARROWEST) * WIDTHS_PER_DECADE))
    above = int(np.floor(np.log10(WIDEST) * WIDTHS_PER_DECADE))
    widths_W = 10.0 ** (np.arange(-below, above + 1) / WIDTHS_PER_DECADE)
    x = np.asarray(x_E)
    inside = np.interp(np.linspace(0, len(x) - 1, min(MIDPOINTS, 4 * (len(x) - 1) + 1)), np.arange(len(x)), x)
    outside = np.arange(1, 16) / 15 * REACH
    midpoints_M = np.unique(np.concatenate([x[0] - outside[::3], inside, x[-1] + outside]))
    curves = _unit_curves(x, np.broadcast_to(midpoints_M, (len(widths_W), len(midpoints_M))), widths_W)
    return widths_W, midpoints_M, curves


def _unit_curves(x_E: Floats, midpoints_WM: Floats, widths_W: Floats) -> Floats:
    """Logistic curves, centred and of length one, so that a product with the scores is their whole fit."""
    curves_WME = _logistic((x_E - midpoints_WM[..., None]) * (DECADES_PER_SLOPE / widths_W[:, None, None]))
    curves_WME -= curves_WME.mean(axis=-1, keepdims=True)
    lengths_WM1 = np.sqrt((curves_WME**2).sum(axis=-1, keepdims=True))
    curves_WME /= np.where(lengths_WM1 > 1e-9, lengths_WM1, np.inf)  # one that is flat here becomes 0
    return curves_WME


def _base_and_height(x_E: Floats, scores_E: Floats, midpoint: float, width: float) -> tuple[float, float]:
    curve_E = _logistic((x_E - midpoint) * (DECADES_PER_SLOPE / width))
    centred_E = curve_E - curve_E.mean()
    length = float((centred_E**2).sum())
    height = max(0.0, float(centred_E @ scores_E) / length) if length > 1e-18 else 0.0
    return float(scores_E.mean() - height * curve_E.mean()), height


def _logistic(z: Floats) -> Floats:
    """scipy's expit in less than half the time, by numpy's vectorised exponential; beyond 500 it is 0 or 1."""
    down = np.clip(-z, -500, 500)
    np.exp(down, out=down)
    down += 1
    return np.divide(1, down, out=down)
