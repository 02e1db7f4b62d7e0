from math import inf, log

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from seedbed.emergence.firth import BinomialCells, firth_fit, profile_interval

DOSES = np.array([-2.0, -1, 0, 1, 2])
SEPARATED = BinomialCells(
    np.column_stack([np.ones(5), DOSES]), np.array([0.0, 0, 0, 8, 8]), np.array([8.0, 8, 8, 8, 8])
)


def penalised_log_likelihood(coefficients, cells):
    """Written member by member, as in Firth (1993), not cell by cell."""
    rows, answers = [], []
    for row, yes, members in zip(cells.design_CP, cells.yes_C, cells.members_C, strict=True):
        rows += [row] * int(members)
        answers += [1] * int(yes) + [0] * int(members - yes)
    chances = expit(np.array(rows) @ coefficients)
    information = sum(p * (1 - p) * np.outer(x, x) for p, x in zip(chances, rows, strict=True))
    likelihood = sum(log(p if y else 1 - p) for p, y in zip(chances, answers, strict=True))
    return likelihood + np.linalg.slogdet(information)[1] / 2


def test_one_share_is_estimated_as_if_half_a_member_more_had_said_yes_and_half_a_member_no():
    fit = firth_fit(BinomialCells(np.ones((1, 1)), np.array([0.0]), np.array([8.0])))
    assert fit.coefficients_P[0] == pytest.approx(log(0.5 / 8.5), abs=1e-4)


def test_separated_data_have_a_finite_fit_where_a_general_optimiser_finds_it_too():
    fit = firth_fit(SEPARATED)
    found = minimize(lambda b: -penalised_log_likelihood(b, SEPARATED), x0=[0.0, 1.0], method="Nelder-Mead")
    assert fit.log_likelihood == pytest.approx(-found.fun, abs=1e-5)
    assert fit.coefficients_P == pytest.approx(found.x, abs=1e-2)
    assert fit.log_likelihood == pytest.approx(penalised_log_likelihood(fit.coefficients_P, SEPARATED))


def test_a_constraint_is_obeyed_and_never_fits_better():
    fit = firth_fit(SEPARATED, np.array([[-1.0], [1.0]]))  # half dose at 1
    assert fit.coefficients_P[0] == pytest.approx(-fit.coefficients_P[1])
    assert fit.log_likelihood < firth_fit(SEPARATED).log_likelihood


def test_a_profile_ends_where_the_deviance_crosses_or_at_infinity():
    assert profile_interval(lambda v: (v - 3) ** 2, 3.0, 4.0, reach=64) == pytest.approx((1, 5), abs=1e-3)
    assert profile_interval(lambda v: max(v, 0.0), 0.0, 1.0, reach=64)[0] == -inf
