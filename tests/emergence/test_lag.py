from math import inf, log

import numpy as np
import pytest

from seedbed.config.errors import UsageError
from seedbed.emergence import Onset, half_fall, onset_lag

STEPS = np.arange(100, 1100, 100)


def exactly(step):
    """An onset known to the point."""
    return Onset(float(step), float(step), 1e9)


def test_half_of_the_fall_is_reached_where_the_loss_passes_the_middle_for_good():
    loss = np.array([3.0, 2.9, 1.4, 2.0, 1.5, 1.2, 0.4, 0.1, 0.2, 0.1])
    # the middle of 3.0 and 0.1 is 1.55: passed once at 300, for two tests on end from 500
    assert half_fall(STEPS, loss, persistence=1) == Onset(300.0, 200.0, 1000.0)
    assert half_fall(STEPS, loss, persistence=2) == Onset(500.0, 400.0, 1000.0)


def test_a_loss_that_rises_first_still_falls_from_where_it_began():
    assert half_fall(STEPS[:5], [3.0, 5.0, 4.0, 1.0, 0.0], persistence=2) == Onset(400.0, 300.0, 500.0)


@pytest.mark.parametrize("loss", [[2.0, 2.1, 1.9], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
def test_a_loss_that_hardly_moves_has_not_fallen(loss):
    assert half_fall(STEPS[:3], loss, persistence=1) in (None, Onset(100.0, 0.0, 300.0))
    assert half_fall(STEPS[:3], [2.0, 2.1, 1.9], persistence=1) is None


def test_the_lag_is_the_median_log_ratio_of_each_seeds_own_two_steps():
    halves = [exactly(100 * 1.1**seed) for seed in range(9)]
    lags = np.array([0.5, 0.1, 0.7, 0.3, 0.4, 0.2, 0.6, 0.9, 0.8])
    onsets = [exactly(half.step * np.exp(lag)) for half, lag in zip(halves, lags, strict=True)]
    found = onset_lag(onsets, halves)
    assert found.value == pytest.approx(0.5) and found.n == 9
    # order statistics of 9: the second smallest and the second largest
    assert (found.low, found.high) == pytest.approx((0.2, 0.8))


def test_what_lies_between_two_tests_opens_the_interval():
    found = onset_lag([Onset(200.0, 100.0, 1e3)] * 8, [Onset(200.0, 100.0, 1e3)] * 8)
    assert found.value == 0
    assert (found.low, found.high) == pytest.approx((log(1 / 2), log(2)))


def test_seeds_without_an_onset_count_and_seeds_without_a_fall_do_not():
    never, fell = Onset(None, 900.0, 900.0), exactly(100)
    found = onset_lag([exactly(200)] * 3 + [never] * 5 + [exactly(300)], [fell] * 8 + [None])
    assert found.n == 8 and found.value == inf and found.high == inf
    assert found.low <= log(9)
    assert onset_lag([exactly(200)], [None]) is None
    assert onset_lag([exactly(200)], [Onset(None, 900.0, 900.0)]) is None


def test_intervals_hold_the_true_median_lag():
    rng, held = np.random.default_rng(0), 0
    grid = np.arange(0, 5001, 25.0)
    for _ in range(400):
        halves, onsets = [], []
        for _ in range(8):
            half = np.exp(rng.normal(6, 0.3))
            times = half, half * np.exp(rng.normal(0.3, 0.2))
            places = [int(np.searchsorted(grid, time)) for time in times]
            halves.append(Onset(grid[places[0]], grid[places[0] - 1], 5000.0))
            onsets.append(Onset(grid[places[1]], grid[places[1] - 1], 5000.0))
        found = onset_lag(onsets, halves)
        held += found.low <= 0.3 <= found.high
    assert held / 400 >= 0.93


def test_bad_input_is_refused():
    with pytest.raises(UsageError, match="a log-likelihood has the other sign"):
        half_fall(STEPS, -np.ones(10), persistence=1)
    with pytest.raises(UsageError, match="got 1 and 2"):
        onset_lag([exactly(1)], [None, None])
