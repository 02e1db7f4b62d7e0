"""One rising curve for every arm: counts by dose, the penalised fit, and profile intervals of half doses.

Arms share the slope and differ in their half dose. All doses here are in doublings, log2 of the number of hints; the
public page is `dose.py`, the penalised likelihood is in `firth.py`.

Axes: M members, L tested doses of one arm, A arms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from seedbed.emergence.firth import BinomialCells, FloatArray, PenalisedFit, firth_fit, profile_interval

REACH = 64.0  # doublings of the dose; an interval's end farther from the estimate is called infinite

Interval = tuple[float, float]


@dataclass(frozen=True)
class Tally:
    """One arm: at each dose above zero, in rising order, the members and how many emerged; zero hints apart."""

    log2_dose_L: FloatArray
    emerged_L: FloatArray
    members_L: FloatArray
    emerged_at_zero: int
    members_at_zero: int

    @property
    def members(self) -> int:
        """All members of the arm, those without hints included."""
        return int(self.members_L.sum()) + self.members_at_zero

    @property
    def all_emerged(self) -> bool:
        """Whether every member with hints emerged."""
        return bool((self.emerged_L == self.members_L).all())

    @property
    def none_emerged(self) -> bool:
        """Whether no member with hints emerged."""
        return not self.emerged_L.any()


@dataclass(frozen=True)
class Curve:
    """The fitted curves of A arms; coefficients are A intercepts at the dose `origin`, then the slope."""

    tallies: tuple[Tally, ...]
    origin: float
    cells: BinomialCells
    best: PenalisedFit

    @property
    def slope(self) -> float:
        """Logits per doubling of the dose."""
        return float(self.best.coefficients_P[-1])


def tally(hints_M: FloatArray, emerged_M: NDArray[np.bool_]) -> Tally:
    """Count members by dose."""
    hinted_M = hints_M > 0
    doses_L, level_M = np.unique(hints_M[hinted_M], return_inverse=True)
    return Tally(
        np.log2(doses_L),
        np.bincount(level_M, weights=emerged_M[hinted_M], minlength=len(doses_L)).astype(np.float64),
        np.bincount(level_M, minlength=len(doses_L)).astype(np.float64),
        int(emerged_M[~hinted_M].sum()),
        int((~hinted_M).sum()),
    )


def can_fit(tallies: Sequence[Tally]) -> bool:
    """Whether every arm holds both outcomes above zero hints, and the slope can be told from two doses of one arm."""
    mixed = all(not t.all_emerged and not t.none_emerged for t in tallies)
    return mixed and any(len(t.log2_dose_L) > 1 for t in tallies)


def fit_curve(tallies: Sequence[Tally]) -> Curve:
    """Fit the arms together; `can_fit` must hold. The slope of the result may be negative: look at it first."""
    arms_C = np.repeat(np.arange(len(tallies)), [len(t.log2_dose_L) for t in tallies])
    log2_dose_C = np.concatenate([t.log2_dose_L for t in tallies])
    origin = float(log2_dose_C.mean())  # centred doses make intercepts and slope nearly independent
    cells = BinomialCells(
        np.column_stack([np.eye(len(tallies))[arms_C], log2_dose_C - origin]),
        np.concatenate([t.emerged_L for t in tallies]),
        np.concatenate([t.members_L for t in tallies]),
    )
    return Curve(tuple(tallies), origin, cells, firth_fit(cells))


def log2_half_dose(curve: Curve, arm: int, level: float) -> tuple[float, Interval]:
    """The half dose of one arm in doublings, and its interval."""

    def intercept_follows(half_dose: float) -> FloatArray:
        basis_PF = np.delete(np.eye(len(curve.tallies) + 1), arm, axis=1)
        basis_PF[arm, -1] = curve.origin - half_dose  # the logit is 0 at the half dose
        return basis_PF

    value = _half_dose(curve, arm)
    return value, _interval(curve, value, intercept_follows, gap(curve.tallies[arm]), level)


def log2_ratio(curve: Curve, level: float) -> tuple[float, Interval]:
    """The half dose of the first arm less that of the second, in doublings, and its interval."""

    def second_follows(difference: float) -> FloatArray:
        return np.array([[1.0, -difference], [1.0, 0.0], [0.0, 1.0]])

    first, second = (gap(t) for t in curve.tallies)
    gaps = (first[0] - second[1], first[1] - second[0]) if first and second else None
    value = _half_dose(curve, 0) - _half_dose(curve, 1)
    return value, _interval(curve, value, second_follows, gaps, level)


def gap(counts: Tally) -> Interval | None:
    """Where an infinitely steep curve that fits perfectly has its half dose; None if no such curve exists.

    It fits if at no dose members differ, except at one where it then has its half dose, and emergence never falls.
    """
    share_L = counts.emerged_L / counts.members_L
    partial_L = (share_L > 0) & (share_L < 1)
    if partial_L.sum() > 1 or (np.diff(share_L) < 0).any() or counts.all_emerged or counts.none_emerged:
        return None
    if partial_L.any():
        dose = float(counts.log2_dose_L[partial_L][0])
        return dose, dose
    return next((float(a), float(b)) for a, b in pairwise(counts.log2_dose_L) if share_L[counts.log2_dose_L == b] == 1)


def _half_dose(curve: Curve, arm: int) -> float:
    return curve.origin - float(curve.best.coefficients_P[arm]) / curve.slope


def _interval(
    curve: Curve, value: float, basis_at: Callable[[float], FloatArray], gaps: Interval | None, level: float
) -> Interval:
    """The profile interval of a quantity, widened to hold `gaps`.

    `basis_at` gives the coefficients that the quantity allows, the slope's column last.
    """

    def deviance(candidate: float) -> float:
        basis_PF = basis_at(candidate)
        fit = firth_fit(curve.cells, basis_PF, curve.best.coefficients_P)
        if fit.coefficients_P[-1] < 0:  # more hints never hurt: the best slope allowed is then 0
            fit = firth_fit(curve.cells, basis_PF[:, :-1])
        return 2 * (curve.best.log_likelihood - fit.log_likelihood)

    low, high = profile_interval(deviance, value, float(chdtri(1, 1 - level)), REACH)
    return (low, high) if gaps is None else (min(low, gaps[0]), max(high, gaps[1]))
