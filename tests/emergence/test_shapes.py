from math import isnan, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import binom

from seedbed.config.errors import UsageError
from seedbed.emergence import TOO_LITTLE_DATA, compare_shapes, shapes_of_seeds
from seedbed.emergence.shape_fits import LOGISTIC, POWER_LAW, fit_shape, log_likelihood

SCALE = np.geomspace(10, 1000, 25)
DECADES = np.log10(SCALE) - 2
CURVES = {
    "step": np.where(DECADES < 0.02, 0.1, 0.9),
    "logistic": 0.1 + 0.8 * expit(6 * DECADES),
    "power law": 0.95 - 0.85 * (SCALE / 10) ** -0.6,
}


@pytest.mark.parametrize("items", [None, 5000])
@pytest.mark.parametrize("shape", CURVES)
def test_the_shape_that_made_the_scores_is_found(shape, items):
    rng = np.random.default_rng(0)
    compared = compare_shapes(SCALE, rng.binomial(5000, CURVES[shape]) / 5000, items)
    assert compared.verdict == compared.fits[0].shape == shape
    assert sum(fit.weight for fit in compared.fits) == pytest.approx(1)
    assert compared.n == 25


def test_a_power_law_and_a_logistic_curve_give_their_parameters_back():
    power = compare_shapes(SCALE, 0.2 + 0.05 * (SCALE / 100) ** 0.7).fits[0]
    first, last = (0.2 + 0.05 * (end / 100) ** 0.7 for end in (SCALE[0], SCALE[-1]))
    assert power.parameters == pytest.approx({"first": first, "last": last, "b": 0.7}, rel=1e-2)
    found = compare_shapes(SCALE, 0.1 + 0.6 * expit(5 * (DECADES - 0.2))).fits[0]
    expected = {"floor": 0.1, "ceiling": 0.7, "slope": 5, "midpoint": 100 * 10**0.2}
    assert found.parameters == pytest.approx(expected, rel=1e-2)


def test_the_logistic_fit_is_at_the_maximum_of_the_binomial_likelihood():
    right = np.random.default_rng(1).binomial(200, CURVES["logistic"])
    fit = next(fit for fit in compare_shapes(SCALE, right / 200, 200).fits if fit.shape == "logistic")

    def loss(values):
        p = np.clip(values[0] + (values[1] - values[0]) * expit(values[2] * (DECADES - values[3])), 1e-9, 1 - 1e-9)
        return -binom.logpmf(right, 200, p).sum()

    best = minimize(loss, [0.1, 0.9, 6, 0], method="Nelder-Mead", options={"maxiter": 4000, "fatol": 1e-9}).fun
    assert -binom.logpmf(right, 200, np.array(fit.scores_E)).sum() == pytest.approx(best, abs=1e-3)


@pytest.mark.parametrize("items", [None, 200])
def test_seeds_fitted_together_are_fitted_as_alone(items):
    rng = np.random.default_rng(2)
    scores = np.array([rng.binomial(200, curve) / 200 for curve in CURVES.values()])
    for seed, together in enumerate(shapes_of_seeds(SCALE, scores, items)):
        alone = compare_shapes(SCALE, scores[seed], items)
        assert together.verdict == alone.verdict
        for fit in alone.fits:
            same = next(each for each in together.fits if each.shape == fit.shape)
            assert same.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-6)


@pytest.mark.parametrize("items", [None, 200])
@pytest.mark.parametrize("shape", [LOGISTIC, POWER_LAW], ids=lambda shape: shape.name)
def test_a_fit_is_as_good_as_a_slow_search_finds(shape, items):
    rng = np.random.default_rng(3)
    scores = rng.binomial(200, 0.1 + 0.8 * expit(6 * DECADES + rng.normal(size=(4, 1)))) / 200
    values, fitted = fit_shape(shape, DECADES, scores, items)
    low, high = shape.bounds(DECADES, items)
    options = {"maxiter": 4000, "fatol": 1e-9, "xatol": 1e-9}
    for seed in range(4):
        found = log_likelihood(fitted[[seed]], scores[[seed]], items)[0]

        def loss(tried, row=scores[[seed]]):
            return -log_likelihood(shape.curve(np.clip(tried, low, high)[np.newaxis], DECADES), row, items)[0]

        starts = [values[seed] * (1 + 0.05 * rng.normal(size=len(low))) for _ in range(3)]
        best = min(minimize(loss, start, method="Nelder-Mead", options=options).fun for start in starts)
        assert found >= -best - 1e-5


def test_slopes_are_those_of_the_curves():
    x = np.linspace(-1, 1, 7)
    for shape, values in (
        (LOGISTIC, [0.1, 0.9, 5.0, 0.2]),
        (POWER_LAW, [0.3, 0.2, 0.7]),
        (POWER_LAW, [0.3, 0.2, 1e-5]),
    ):
        at = np.array([values])
        for parameter, slope in enumerate(np.moveaxis(shape.slopes(at, x)[0], 1, 0)):
            step = np.zeros_like(at)
            step[0, parameter] = 1e-5
            numerical = (shape.curve(at + step, x) - shape.curve(at - step, x))[0] / 2e-5
            assert slope == pytest.approx(numerical, abs=1e-6)


def test_the_criterion_is_akaikes_corrected_one():
    scores = CURVES["logistic"] + 0.02 * np.random.default_rng(0).standard_normal(25)
    constant = next(fit for fit in compare_shapes(SCALE, scores).fits if fit.shape == "constant")
    residual = np.mean((scores - scores.mean()) ** 2)
    # k = 2: a level and a variance
    expected = 25 * (log(2 * np.pi * residual) + 1) + 2 * 2 + 2 * 2 * 3 / (25 - 3)
    assert constant.aicc == pytest.approx(expected)


def test_a_jump_between_sparse_evaluations_is_not_claimed_over_a_steep_curve():
    sparse = np.geomspace(10, 1000, 10)
    compared = compare_shapes(sparse, expit(12 * (np.log10(sparse) - 2)))
    fits = {fit.shape: fit for fit in compared.fits}
    assert fits["logistic"].weight > fits["step"].weight


@pytest.mark.parametrize("items", [None, 1, 30])
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_curves_are_constant(items, level):
    assert compare_shapes(SCALE, np.full(25, level), items).verdict == "constant"


@pytest.mark.parametrize("evaluations", [1, 2, 5])
def test_short_curves_are_too_little_data(evaluations):
    compared = compare_shapes(SCALE[:evaluations], np.linspace(0, 1, evaluations), 20)
    assert (compared.verdict, compared.fits, compared.n) == (TOO_LITTLE_DATA, (), evaluations)
    assert isnan(compared.margin)


def test_an_untrained_model_at_scale_0_may_stand_first():
    compared = compare_shapes(np.concatenate([[0.0], SCALE]), np.concatenate([[0.1], CURVES["step"]]))
    assert compared.verdict == "step"
    assert compared.fits[0].parameters["location"] == pytest.approx(110, rel=0.1)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=14), st.booleans())
def test_no_scores_make_it_fail(right, counted):
    compared = compare_shapes(np.arange(1, len(right) + 1), np.array(right) / 20, 20 if counted else None)
    for fit in compared.fits:
        assert np.isfinite([fit.log_likelihood, fit.aicc, fit.weight, *fit.scores_E]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compare_shapes([1, 2], [0.5, 20], 10), r"must lie in \[0, 1\]"),
        (lambda: compare_shapes([1, 2], [0.5, 0.5], 0), "got 0 items"),
        (lambda: compare_shapes([2, 1], [0.5, 0.5]), "must increase"),
        (lambda: compare_shapes([1, 2], [0.5]), "got 2 and 1"),
        (lambda: shapes_of_seeds([1, 2], [0.5, 0.5]), "must be a table, a row a seed"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()


def test_a_power_law_does_not_pass_for_a_whole_sharp_rise():
    """Cut off at 0 and 1 it would have a floor and a ceiling for nothing, and beat the logistic curve by AICc."""
    rng = np.random.default_rng(0)
    for midpoint in rng.normal(0, 0.3, size=8):
        right = rng.binomial(200, expit((DECADES - midpoint) * 2 * log(9) / 0.3))
        assert compare_shapes(SCALE, right / 200, 200).verdict in ("step", "logistic")
