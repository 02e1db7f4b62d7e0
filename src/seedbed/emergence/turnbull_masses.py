"""The Turnbull estimate: the most likely distribution of onsets that are each known only to lie between two times.

A score is looked at now and then, so an onset is an interval; reading its end as the time makes every ability look
late. Sources: Turnbull (1976), JRSS B 38:290 (where the mass lies); Wang (2007), JRSS B 69:185, section 3 (the
constrained Newton step, here in the form of Dax, 1990, for weights that sum to 1); Tran-Dinh, Kyrillidis & Cevher
(2015), JMLR 16:371, section 4 (how far along it, so that each step gains).
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from seedbed.config.errors import EstimationError

FloatArray = NDArray[np.float64]
OPTIMAL = 1e-11  # largest share by which a directional derivative may exceed that of the optimum
NEWTON_STEPS = 500  # a population needs about four, of thousands of random ones none needed 14
FULL_STEPS = 0.2  # length of a step, in the norm of the curvature, below which whole steps converge quadratically
# at one time t: what is exactly t starts, then intervals (.., t] end, then intervals (t, ..] start
AT_POINT, END, AFTER_POINT = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Turnbull:
    """Mass on J innermost intervals, after `since_J` and not after `until_J` (infinite: beyond the last evaluation).

    Within an interval the data do not say where the mass lies. since_J = until_J where an onset is known exactly.
    excess: by how much the optimality condition of Karush, Kuhn and Tucker is missed, `max_j d_j / n - 1`, with d_j the
    derivative of the log-likelihood towards interval j; 0 at the maximum, and n times it bounds what is missed of the
    log-likelihood.
    """

    since_J: FloatArray
    until_J: FloatArray
    mass_J: FloatArray
    excess: float


def turnbull_masses(lowers_S: FloatArray, uppers_S: FloatArray) -> Turnbull:
    """The nonparametric maximum likelihood of S onsets in (lower, upper]; exact where both are equal.

    Maximises `sum_i log(sum_j inside_SJ[i, j] mass_J[j])` over masses of 0 or more that sum to 1. The likelihood is
    concave, so masses that satisfy the optimality condition are the maximum; they are checked on return.

    There is one maximum: each innermost interval is the last that some onset holds, so rows of `inside_SJ` make a
    triangle with ones on its diagonal, its columns are independent, and the likelihood is strictly concave in the
    masses. (In the plane that fails, and many mixtures share a maximum.) Onsets are sorted and equal ones counted
    first, so their order does not change a digit of the answer.

    Each step goes towards the maximum of the second-order model, which is an ascent. A negative log-likelihood of
    counts is self-concordant: the damped part 1 / (1 + length) of a step gains at least length - log(1 + length), and
    whole steps, once short, converge quadratically. So no step is judged by comparing two likelihoods whose
    difference is lost in rounding, which is how a line search stalls.

    Assumed: evaluation times have nothing to do with onsets. Raises EstimationError if the maximum is not found.
    """
    bounds_U2, count_U = np.unique(np.stack([lowers_S, uppers_S], axis=1), axis=0, return_counts=True)
    since_J, until_J, inside_UJ = _innermost(bounds_U2[:, 0], bounds_U2[:, 1])
    seeds, intervals = len(lowers_S), inside_UJ.shape[1]
    mass_J, excess = np.full(intervals, 1 / intervals), inf
    for _ in range(NEWTON_STEPS):
        towards_UJ = inside_UJ / (inside_UJ @ mass_J)[:, np.newaxis]
        slope_J = count_U @ towards_UJ / seeds
        excess = float(slope_J.max()) - 1
        if excess <= OPTIMAL:
            return Turnbull(since_J, until_J, mass_J, max(excess, 0.0))
        target_J = _newton_target(towards_UJ, count_U, mass_J * slope_J)
        part = _part(towards_UJ @ (target_J - mass_J), count_U)
        mass_J = (1 - part) * mass_J + part * target_J
    raise EstimationError(f"no most likely distribution of {seeds} onsets in {NEWTON_STEPS} steps: excess {excess:.1e}")


def _innermost(lowers_U: FloatArray, uppers_U: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Where a start is followed at once by an end: only there can mass help; and which onsets hold each such place."""
    exact_U = lowers_U == uppers_U
    starts_U = [(time, AT_POINT if exact else AFTER_POINT) for time, exact in zip(lowers_U, exact_U, strict=True)]
    ends_U = [(time, END) for time in uppers_U]
    order = {edge: place for place, edge in enumerate(sorted({*starts_U, *ends_U}))}
    edges = list(order)
    places = [p for p in range(len(edges) - 1) if edges[p][1] != END and edges[p + 1][1] == END]
    starts = np.array([order[edge] for edge in starts_U])[:, np.newaxis]
    ends = np.array([order[edge] for edge in ends_U])[:, np.newaxis]
    inside_UJ = (starts <= np.array(places)) & (np.array(places) + 1 <= ends)
    since_J, until_J = (np.array([edges[p + shift][0] for p in places], dtype=np.float64) for shift in (0, 1))
    return since_J, until_J, inside_UJ


def _newton_target(towards_UJ: FloatArray, count_U: NDArray[np.int64], em_J: FloatArray) -> FloatArray:
    """The maximum of the log-likelihood's second-order model over all masses: least squares without negative parts.

    em_J: where an EM step leads, taken instead if the least squares find no end; it gains too, if less.
    """
    intervals = towards_UJ.shape[1]
    goal = np.zeros(len(towards_UJ) + 1)
    goal[-1] = 1.0
    try:
        weights_J, _ = nnls(np.vstack([np.sqrt(count_U)[:, np.newaxis] * (towards_UJ - 2.0), np.ones(intervals)]), goal)
    except RuntimeError:  # its limit of exchanges, which degenerate problems can reach by rounding
        return em_J / em_J.sum()
    return weights_J / weights_J.sum()


def _part(change_U: FloatArray, count_U: NDArray[np.int64]) -> float:
    """How far to go along a step that changes each onset's chance by these shares of it."""
    length = float(np.sqrt(count_U @ change_U**2))
    if length < FULL_STEPS:
        return 1.0

    def gain(part: float) -> float:
        with np.errstate(divide="ignore"):
            return float(count_U @ np.log1p(np.maximum(part * change_U, -1.0)))

    return max((1.0, 0.5, 1 / (1 + length)), key=gain)
