from math import inf

import numpy as np
import pytest

from seedbed.config.errors import UsageError
from seedbed.emergence import (
    Onset,
    Rising,
    coverage_of_median,
    onset,
    onsets,
    rise_width,
    simulate_population,
    true_median,
)

FINE = np.geomspace(10, 1000, 1201)


def test_a_curve_rises_where_and_as_wide_as_asked():
    rising = Rising(onset=100, jitter=0.0, width=0.4, chance=0.2, plateau=0.9, items=None)
    drawn = simulate_population(rising, FINE, 3, np.random.default_rng(0))
    width = rise_width(FINE, drawn.scores_SE[0], chance=0.2, plateau=0.9)
    assert width.decades == pytest.approx(0.4, abs=1e-3)
    assert np.interp(100, FINE, drawn.scores_SE[0]) == pytest.approx(0.55, abs=1e-3)
    assert list(drawn.true_onset_S) == pytest.approx([100] * 3)


def test_a_step_has_no_width_and_the_untrained_model_is_at_chance():
    rising = Rising(onset=100, jitter=0.1, width=0, chance=0.2, plateau=0.9, items=None)
    drawn = simulate_population(rising, [0, 50, 100, 200], 50, np.random.default_rng(0))
    assert list(np.unique(drawn.scores_SE)) == pytest.approx([0.2, 0.9])
    assert (drawn.scores_SE[:, 0] == 0.2).all()


def test_noise_is_binomial_and_some_never_emerge():
    rising = Rising(onset=100, jitter=0.0, width=0, chance=0.25, plateau=0.75, items=40, never=0.3)
    drawn = simulate_population(rising, [50, 200], 4000, np.random.default_rng(0))
    assert np.var(drawn.scores_SE[:, 0]) == pytest.approx(0.25 * 0.75 / 40, rel=0.1)
    assert np.mean(np.isinf(drawn.true_onset_S)) == pytest.approx(0.3, abs=0.03)


def test_the_true_median_is_where_half_of_all_seeds_have_crossed():
    rising = Rising(onset=100, jitter=0.2, width=0.5, items=None, never=0.2)
    drawn = simulate_population(rising, FINE, 4000, np.random.default_rng(0))
    crossed = (drawn.scores_SE >= 0.8).mean(axis=0)
    assert crossed[np.searchsorted(FINE, true_median(rising, 0.8))] == pytest.approx(0.5, abs=0.03)
    assert true_median(Rising(onset=100, never=0.5), 0.8) == inf


def test_the_same_seed_gives_the_same_coverage():
    rising = Rising(onset=100)
    calls = [
        coverage_of_median(rising, FINE[::40], seeds=8, threshold=0.5, persistence=2, populations=20, seed=s)
        for s in (0, 0, 1)
    ]
    assert calls[0] == calls[1] != calls[2]


@pytest.mark.parametrize("seeds", [8, 16, 64])
def test_the_median_is_covered_by_an_interval_as_wide_as_the_exact_one(seeds):
    rising = Rising(onset=100, jitter=0.15, width=0.1, chance=0.1, plateau=0.95, items=200)
    found = coverage_of_median(rising, FINE[::3], seeds=seeds, threshold=0.5, persistence=3, populations=200)
    # 200 populations leave 1.5 percentage points of noise; `coverage_of_median` of 2,000 is the full check
    assert found.covered.value >= 0.94
    assert found.width <= 1.1


def test_onsets_of_a_table_are_those_of_its_rows():
    rng = np.random.default_rng(0)
    scores_SE = rng.random((40, 9))
    steps = np.arange(9) * 10
    for persistence in (1, 2, 4, 10):
        table = onsets(steps, scores_SE, threshold=0.4, persistence=persistence)
        assert table == [onset(steps, row, threshold=0.4, persistence=persistence) for row in scores_SE]
    assert all(isinstance(found, Onset) and found.step is None for found in table)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Rising(onset=0), "onset must be positive"),
        (lambda: Rising(onset=1, chance=0.9, plateau=0.5), "chance < plateau"),
        (lambda: Rising(onset=1, items=0), "items must be at least 1"),
        (lambda: true_median(Rising(onset=1), 1.0), "between 0.0 and 1.0, got 1.0"),
        (lambda: simulate_population(Rising(onset=1), [1, 2], 0, np.random.default_rng(0)), "at least 1, got 0"),
        (lambda: onsets([1, 2], [0.1, 0.2], threshold=0.5, persistence=1), "must be a table"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()
