"""The Turnbull estimate: the most likely distribution of onsets that are each known only to lie between two times.

A score is looked at now and then, so an onset is an interval; reading its end as the time makes every ability look
late. Sources: Turnbull (1976), JRSS B 38:290 (where the mass lies); Wang (2007), JRSS B 69:185, section 3 (the
constrained Newton step, here in the form of Dax, 1990, for weights that sum to 1).
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from seedbed.config.errors import SeedbedError

FloatArray = NDArray[np.float64]
OPTIMAL = 1e-9  # largest share by which a directional derivative may exceed that of the optimum
NEWTON_STEPS = 500  # a population needs about ten
# at one time t: what is exactly t starts, then intervals (.., t] end, then intervals (t, ..] start
AT_POINT, END, AFTER_POINT = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Turnbull:
    """Mass on J innermost intervals, after `since_J` and not after `until_J` (infinite: beyond the last evaluation).

    Within an interval the data do not say where the mass lies. since_J = until_J where an onset is known exactly.
    excess: by how much the optimality condition of Karush, Kuhn and Tucker is missed, `max_j d_j / n - 1`, with d_j the
    derivative of the log-likelihood towards interval j; 0 at the maximum.
    """

    since_J: FloatArray
    until_J: FloatArray
    mass_J: FloatArray
    excess: float


def turnbull_masses(lowers_S: FloatArray, uppers_S: FloatArray) -> Turnbull:
    """The nonparametric maximum likelihood of S onsets in (lower, upper]; exact where both are equal.

    Maximises `sum_i log(sum_j inside_SJ[i, j] mass_J[j])` over masses of 0 or more that sum to 1. The likelihood is
    concave, so masses that satisfy the optimality condition are the maximum; they are checked on return. Assumed:
    evaluation times have nothing to do with onsets. Raises SeedbedError if the maximum is not found.
    """
    since_J, until_J, inside_SJ = _innermost(lowers_S, uppers_S)
    seeds, intervals = inside_SJ.shape
    mass_J, excess = np.full(intervals, 1 / intervals), inf
    for _ in range(NEWTON_STEPS):
        towards_SJ = inside_SJ / (inside_SJ @ mass_J)[:, np.newaxis]
        excess = float(towards_SJ.sum(axis=0).max()) / seeds - 1
        if excess <= OPTIMAL:
            return Turnbull(since_J, until_J, mass_J, max(excess, 0.0))
        mass_J = _better(mass_J, _newton_target(towards_SJ), inside_SJ)
    raise SeedbedError(f"no most likely distribution of {seeds} onsets in {NEWTON_STEPS} steps: excess {excess:.1e}")


def _innermost(lowers_S: FloatArray, uppers_S: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Where a start is followed at once by an end: only there can mass help; and which onsets hold each such place."""
    exact_S = lowers_S == uppers_S
    starts_S = [(time, AT_POINT if exact else AFTER_POINT) for time, exact in zip(lowers_S, exact_S, strict=True)]
    ends_S = [(time, END) for time in uppers_S]
    order = {edge: place for place, edge in enumerate(sorted({*starts_S, *ends_S}))}
    edges = list(order)
    places = [p for p in range(len(edges) - 1) if edges[p][1] != END and edges[p + 1][1] == END]
    starts = np.array([order[edge] for edge in starts_S])[:, np.newaxis]
    ends = np.array([order[edge] for edge in ends_S])[:, np.newaxis]
    inside_SJ = (starts <= np.array(places)) & (np.array(places) + 1 <= ends)
    since_J, until_J = (np.array([edges[p + shift][0] for p in places], dtype=np.float64) for shift in (0, 1))
    return since_J, until_J, inside_SJ


def _newton_target(towards_SJ: FloatArray) -> FloatArray:
    """The maximum of the log-likelihood's second-order model over all masses: least squares without negative parts."""
    intervals = towards_SJ.shape[1]
    goal = np.zeros(len(towards_SJ) + 1)
    goal[-1] = 1.0
    weights_J, _ = nnls(np.vstack([towards_SJ - 2.0, np.ones(intervals)]), goal)
    return weights_J / weights_J.sum()


def _better(mass_J: FloatArray, target_J: FloatArray, inside_SJ: NDArray[np.bool_]) -> FloatArray:
    """The farthest of 1, 1/2, 1/4, ... of the way to the target that does not lower the likelihood."""
    with np.errstate(divide="ignore"):
        start, way = np.log(inside_SJ @ mass_J).sum(), 1.0
        while way > 1e-12:
            moved_J = mass_J + way * (target_J - mass_J)
            if np.log(inside_SJ @ moved_J).sum() >= start:
                return moved_J
            way /= 2
    return mass_J
