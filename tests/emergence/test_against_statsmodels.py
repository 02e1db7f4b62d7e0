"""Numbers of the statistics beside those of statsmodels, which shares no code with ours."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from seedbed.emergence import clopper_pearson, compare_shapes, holm


@pytest.mark.parametrize("seed", range(5))
def test_holms_adjusted_p_values(seed):
    p = np.random.default_rng(seed).beta(0.5, 3, size=20)
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


@pytest.mark.parametrize(("count", "n"), [(0, 8), (1, 8), (5, 16), (16, 16), (37, 200)])
def test_the_exact_binomial_interval(count, n):
    found = clopper_pearson(count, n)
    assert (found.low, found.high) == pytest.approx(proportion_confint(count, n, method="beta"), abs=1e-9)


def test_the_corrected_criterion_of_a_constant_and_of_a_straight_line():
    """A power law at b = 0 is a straight line in log x: without that parameter AICc is the linear model's."""
    rng = np.random.default_rng(0)
    scale = np.geomspace(10, 1000, 25)
    scores = 0.2 + 0.2 * np.log10(scale) + 0.01 * rng.normal(size=25)
    fits = {fit.shape: fit for fit in compare_shapes(scale, scores).fits}
    constant = sm.OLS(scores, np.ones(25)).fit()
    assert fits["constant"].log_likelihood == pytest.approx(constant.llf)
    assert fits["constant"].aicc == pytest.approx(2 * 2 - 2 * constant.llf + 2 * 2 * 3 / (25 - 2 - 1))
    line = sm.OLS(scores, sm.add_constant(np.log10(scale))).fit()
    assert line.llf <= fits["power law"].log_likelihood <= line.llf + 3


def test_a_whole_logistic_rise_is_fitted_as_by_a_binomial_model():
    """With floor 0 and ceiling 1 the shape is logistic regression, of which the fit is the maximum."""
    rng = np.random.default_rng(1)
    decades = np.linspace(-1, 1, 25)
    right = rng.binomial(200, expit(6 * decades))
    model = sm.GLM(np.column_stack([right, 200 - right]), sm.add_constant(decades), family=sm.families.Binomial()).fit()
    fit = next(fit for fit in compare_shapes(100 * 10**decades, right / 200, 200).fits if fit.shape == "logistic")
    assert fit.parameters["slope"] == pytest.approx(model.params[1], rel=0.1)
    assert np.asarray(fit.scores_E) == pytest.approx(model.fittedvalues, abs=0.02)
