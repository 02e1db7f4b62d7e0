from math import inf, isnan, sqrt

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import f_oneway, norm

from seedbed.config.errors import UsageError
from seedbed.emergence import Onset, compare_alignment, onset, onset_on, relative_spread
from seedbed.emergence.alignment import _mean_squares


def known(logs) -> list[Onset]:
    return [Onset(float(t), float(t), 1e9) for t in np.exp(np.asarray(logs, dtype=float))]


def test_the_spread_of_known_onsets_is_that_of_an_analysis_of_variance():
    groups = [[1.0, 1.3, 0.8], [2.0, 2.2, 1.7, 1.9], [1.1, 1.6, 1.2]]
    f, seeds = f_oneway(*groups).statistic, 10
    # total over within mean square, from F = between over within
    expected = sqrt((f * 2 + (seeds - 3)) / (seeds - 1))
    estimate = relative_spread([known(group) for group in groups])
    assert estimate.value == pytest.approx(expected)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.n == 10


def test_the_unit_of_a_scale_and_its_power_do_not_matter():
    groups = [[1.0, 1.3, 0.8], [2.0, 2.2, 1.7]]
    first = relative_spread([known(group) for group in groups])
    second = relative_spread([known(3 * np.array(group) + 5) for group in groups])
    assert (second.value, second.low, second.high) == pytest.approx((first.value, first.low, first.high))


def test_censored_seeds_are_fitted_at_the_maximum_of_the_likelihood():
    logs = np.array([1.0, 1.4, 1.2, 1.5, 2.0, 2.4, 2.2, 2.2])
    is_known = np.array([True, True, True, False, True, True, False, False])
    groups = np.array([0, 0, 0, 0, 1, 1, 1, 1])

    def loss(values):
        z = (logs - values[groups]) / np.exp(values[2])
        return -np.where(is_known, norm.logpdf(z) - values[2], norm.logsf(z)).sum()

    best = minimize(loss, [1.3, 2.2, -1.0], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12}).x
    within, total = _mean_squares(logs, is_known, groups, np.ones((1, 8)))
    variance, between = np.exp(2 * best[2]), 8 * ((best[1] - best[0]) / 2) ** 2
    assert within[0] == pytest.approx(variance * 8 / 6, rel=1e-5)
    assert total[0] == pytest.approx((variance * 8 + between) / 7, rel=1e-5)


def test_sizes_that_emerge_at_one_loss_align_in_loss_and_not_in_steps():
    rng = np.random.default_rng(0)
    in_steps, in_loss = [], []
    steps = np.arange(0, 20_001, 50)
    for speed in (1.0, 2.0, 4.0):
        for side in (in_steps, in_loss):
            side.append([])
        for _ in range(8):
            loss = 4 * (1 + speed * steps / 500) ** -0.5 * np.exp(0.003 * rng.standard_normal(len(steps)))
            at = 1.0 * np.exp(0.05 * rng.standard_normal())
            found = onset(steps, loss <= at, threshold=1, persistence=2)
            in_steps[-1].append(found)
            in_loss[-1].append(onset_on(found, steps, loss, falling=True))
    compared = compare_alignment(in_steps, in_loss)
    assert compared.ratio.low > 1.5
    assert compared.second.value < 1.3
    assert (compared.n, compared.censored) == (24, 0)
    assert compare_alignment(in_loss, in_steps).ratio.value == pytest.approx(1 / compared.ratio.value)


@pytest.mark.parametrize("seeds", [8, 16])
def test_the_ratio_of_spreads_is_covered(seeds):
    rng, held = np.random.default_rng(seeds), 0
    means, within = np.array([-1.0, 0.0, 1.0]), 0.3
    truth = sqrt((1 + np.var(means) / within**2) / (1 + np.var(0.2 * means) / within**2))
    for _ in range(300):
        noise = within * rng.standard_normal((3, seeds))
        other = 0.6 * noise + 0.8 * within * rng.standard_normal((3, seeds))
        first, second = means[:, None] + noise, 0.2 * means[:, None] + other
        ratio = compare_alignment([known(group) for group in first], [known(group) for group in second]).ratio
        held += ratio.low <= truth <= ratio.high
    assert held / 300 >= 0.92


def test_conditions_that_do_not_tell_have_bounds_only():
    never, some = [Onset(None, 50, 50)] * 3, [Onset(t, t - 1, 50) for t in (10, 14, 20)]
    in_one_gap = [Onset(20, 10, 50)] * 3
    for conditions in ([never, some], [in_one_gap, in_one_gap]):
        estimate = relative_spread(conditions)
        assert isnan(estimate.value)
        assert (estimate.low, estimate.high) == (0, inf)


def test_bad_input_is_refused():
    some = [Onset(t, t - 1, 50) for t in (10, 14, 20)]
    with pytest.raises(UsageError, match="2 conditions or more, got 1"):
        relative_spread([some])
    with pytest.raises(UsageError, match="onset at 0 has no logarithm"):
        relative_spread([some, [Onset(0, 0, 50), *some]])
    with pytest.raises(UsageError, match="same seeds in the same order"):
        compare_alignment([some, some], [some, some[:2]])
