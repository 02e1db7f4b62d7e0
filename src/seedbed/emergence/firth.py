"""Logistic regression that stays finite on separated data: Firth's penalised likelihood and its profile intervals.

Sharp transitions separate: below some dose nobody emerges, above it everybody, and the maximum-likelihood slope is then
infinite. Jeffreys' prior, as a penalty on the likelihood, keeps every estimate finite and removes its first-order bias.
Sources: Firth (1993), Biometrika 80:27; Heinze & Schemper (2002), Statistics in Medicine 21:2409 (profile intervals).

Axes: C cells (members alike in every covariate), P parameters, F parameters left free by a constraint.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root_scalar
from scipy.special import expit, log_expit

FloatArray = NDArray[np.float64]

LARGEST_STEP = 5.0  # of any coefficient in one iteration, as in the R package logistf: longer ones overshoot
MOST_ITERATIONS = 500
PRECISION = 1e-3  # of a profile's ends, in the unit of the quantity: far finer than any interval is wide
FLAT = 1e-10  # stop where the gain that the next full step promises is below this


@dataclass(frozen=True)
class BinomialCells:
    """Counts of yes among members, by cell: `design_CP` (one row a cell), `yes_C` and `members_C`."""

    design_CP: FloatArray
    yes_C: FloatArray
    members_C: FloatArray


@dataclass(frozen=True)
class PenalisedFit:
    """Where the penalised log likelihood is highest: coefficients in the full space, and its value there."""

    coefficients_P: FloatArray
    log_likelihood: float


def firth_fit(
    cells: BinomialCells, basis_PF: FloatArray | None = None, near_P: FloatArray | None = None
) -> PenalisedFit:
    """Maximise `log L(b) + log det I(b) / 2` over b = basis @ free; without a basis, over all b.

    I is the Fisher information of the full model, also under a constraint, so that fits with and without one can be
    compared. Fisher scoring on Firth's modified score, the sum over members of (y - p + h (1/2 - p)) x with h the
    leverage; a step that loses is halved. Starts at zero, or as close to `near_P` as the basis allows. The design must
    have full column rank.
    """
    basis_PF = np.eye(cells.design_CP.shape[1]) if basis_PF is None else basis_PF
    free_F = np.zeros(basis_PF.shape[1])
    if near_P is not None:
        free_F = np.asarray(np.linalg.lstsq(basis_PF, near_P)[0], dtype=np.float64)
    value, score_F, information_FF = _expand(cells, basis_PF, free_F)
    if value == -inf:  # so far off that no member informs and no step leads back; at zero every member does
        free_F = np.zeros_like(free_F)
        value, score_F, information_FF = _expand(cells, basis_PF, free_F)
    for _ in range(MOST_ITERATIONS):
        step_F = np.linalg.solve(information_FF, score_F)
        promised = float(score_F @ step_F)
        if promised < FLAT:
            break
        step_F *= min(1.0, LARGEST_STEP / np.abs(step_F).max())
        while True:
            trial = _expand(cells, basis_PF, free_F + step_F)
            if trial[0] >= value or np.abs(step_F).max() < 1e-12:
                break
            step_F = step_F / 2
        if trial[0] < value:
            break
        free_F = free_F + step_F
        value, score_F, information_FF = trial
    return PenalisedFit(basis_PF @ free_F, value)


def _expand(cells: BinomialCells, basis_PF: FloatArray, free_F: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """The penalised log likelihood at one point, with its score and information along the free directions."""
    logit_C = cells.design_CP @ (basis_PF @ free_F)
    chance_C = expit(logit_C)
    weighted_CP = cells.design_CP * (cells.members_C * chance_C * expit(-logit_C))[:, None]
    information_PP = cells.design_CP.T @ weighted_CP
    sign, log_determinant = np.linalg.slogdet(information_PP)
    if sign <= 0 or not np.isfinite(log_determinant):
        return -inf, np.zeros_like(free_F), np.eye(len(free_F))
    leverage_C = np.einsum("cp,pc->c", weighted_CP, np.linalg.solve(information_PP, cells.design_CP.T))
    log_likelihood = cells.yes_C @ log_expit(logit_C) + (cells.members_C - cells.yes_C) @ log_expit(-logit_C)
    residual_C = cells.yes_C - cells.members_C * chance_C + leverage_C * (0.5 - chance_C)
    score_F = basis_PF.T @ (cells.design_CP.T @ residual_C)
    return float(log_likelihood + log_determinant / 2), score_F, basis_PF.T @ information_PP @ basis_PF


def profile_interval(
    deviance: Callable[[float], float], centre: float, critical: float, reach: float
) -> tuple[float, float]:
    """The values around `centre` whose deviance is at most `critical`; an end farther off than `reach` is infinite."""

    def crossing(direction: float) -> float:
        inside, distance = 0.0, 0.25
        while deviance(centre + direction * distance) <= critical:
            inside, distance = distance, 2 * distance
            if distance > reach:
                return direction * inf
        edge = root_scalar(
            lambda away: deviance(centre + direction * away) - critical, bracket=(inside, distance), xtol=PRECISION
        )
        return centre + direction * float(edge.root)

    return crossing(-1.0), crossing(1.0)
