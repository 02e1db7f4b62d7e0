from math import inf

import numpy as np
import pytest

from seedbed.config.errors import UsageError
from seedbed.emergence import (
    FinalScores,
    Onset,
    Rising,
    onset,
    onsets,
    simulate_final_scores,
    simulate_population,
    true_median,
)
from seedbed.emergence.simulate import seen_at

FINE = np.geomspace(10, 1000, 1201)


def test_a_curve_rises_where_and_as_wide_as_asked():
    rising = Rising(onset=100, jitter=0.0, width=0.4, chance=0.2, plateau=0.9, items=None)
    drawn = simulate_population(rising, FINE, 3, np.random.default_rng(0))
    start, end = np.interp([0.27, 0.83], drawn.scores_SE[0], np.log10(FINE))  # 10% and 90% of the way
    assert end - start == pytest.approx(0.4, abs=1e-3)
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


def test_final_scores_have_the_mean_and_the_spread_asked_for():
    rng = np.random.default_rng(0)
    varied = simulate_final_scores(FinalScores(0.9, 0.05, items=10_000), 8, rng, 2000)
    assert varied.shape == (2000, 8)
    assert varied.mean() == pytest.approx(0.9, abs=0.003) and varied.std() == pytest.approx(0.05, abs=0.003)
    two = FinalScores(0.98, works=0.75, items=50)
    drawn = simulate_final_scores(two, 8, rng, 2000)
    assert drawn.mean() == pytest.approx(two.truth, abs=0.01) and two.truth == pytest.approx(0.74)
    assert (drawn >= 0.5).mean() == pytest.approx(0.75, abs=0.02)
    assert set(np.unique(simulate_final_scores(FinalScores(1.0), 8, rng))) == {1.0}


def test_evaluations_see_an_onset_at_the_first_one_that_is_not_before():
    grid = [0, 10, 20, 30]
    assert seen_at([10, 10.5, 31, inf], grid) == [
        Onset(10, 0, 30),
        Onset(20, 10, 30),
        Onset(None, 30, 30),
        Onset(None, 30, 30),
    ]


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
        (lambda: FinalScores(1.2), "must lie in"),
        (lambda: FinalScores(0.99, 0.2), "square below mean"),
        (lambda: FinalScores(0.5, items=0), "items must be at least 1"),
        (lambda: true_median(Rising(onset=1), 1.0), "between 0.0 and 1.0, got 1.0"),
        (lambda: simulate_population(Rising(onset=1), [1, 2], 0, np.random.default_rng(0)), "at least 1, got 0"),
        (lambda: onsets([1, 2], [0.1, 0.2], threshold=0.5, persistence=1), "must be a table"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()
