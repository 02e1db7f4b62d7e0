from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config.errors import UsageError
from seedbed.emergence import Onset, median_onset, onset

STEPS = [10, 20, 30, 40, 50]


def test_the_onset_lies_after_the_last_evaluation_below_the_threshold():
    assert onset(STEPS, [0, 0.1, 0.9, 0.95, 1], threshold=0.8, persistence=3) == Onset(30, 20, 50)


def test_a_score_at_the_threshold_counts():
    assert onset(STEPS, [0.8] * 5, threshold=0.8, persistence=5) == Onset(10, 0, 50)


def test_a_spike_shorter_than_the_persistence_is_no_onset():
    assert onset(STEPS, [0, 0.9, 0, 0.9, 0.9], threshold=0.8, persistence=2) == Onset(40, 30, 50)


def test_a_score_that_never_rises_is_censored_at_the_last_evaluation():
    assert onset(STEPS, [0.1] * 5, threshold=0.8, persistence=1) == Onset(None, 50, 50)


def test_a_rise_too_late_to_confirm_is_censored_from_before_the_rise():
    assert onset(STEPS, [0, 0, 0, 0.9, 0.9], threshold=0.8, persistence=3) == Onset(None, 30, 50)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0, 1), st.integers(1, 4))
def test_the_onset_is_the_first_place_where_the_definition_holds(scores_E, threshold, persistence):
    found = onset(np.arange(1, len(scores_E) + 1), scores_E, threshold=threshold, persistence=persistence)
    holds = [
        len(scores_E) - e >= persistence and all(s >= threshold for s in scores_E[e : e + persistence])
        for e in range(len(scores_E))
    ]
    assert found.step == (holds.index(True) + 1 if any(holds) else None)
    assert found.lower < (found.step or inf)
    assert found.last == len(scores_E)


@pytest.mark.parametrize(
    ("steps", "scores", "settings", "message"),
    [
        ([1, 2], [0.5], {"threshold": 0.5, "persistence": 1}, "got 2 and 1"),
        ([2, 1], [0.5, 0.6], {"threshold": 0.5, "persistence": 1}, "must increase"),
        ([-1, 1], [0.5, 0.6], {"threshold": 0.5, "persistence": 1}, "from 0 or above"),
        ([1, 2], [0.5, nan], {"threshold": 0.5, "persistence": 1}, "scores holds nan"),
        ([1, 2], [0.5, 0.6], {"threshold": nan, "persistence": 1}, "threshold must be a finite"),
        ([1, 2], [0.5, 0.6], {"threshold": 0.5, "persistence": 0}, "at least 1 evaluation, got 0"),
    ],
)
def test_a_curve_that_is_none_is_refused(steps, scores, settings, message):
    with pytest.raises(UsageError, match=message):
        onset(steps, scores, **settings)


def seed_at(step: float | None) -> Onset:
    return Onset(None, 100, 100) if step is None else Onset(step, step - 1, 100)


def test_eight_seeds_have_the_smallest_and_the_largest_onset_around_their_median():
    estimate = median_onset([seed_at(s) for s in (30, 80, 10, 50, 20, 60, 70, 40)])
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (45, 9, 80, 8)


def test_fewer_than_six_seeds_cannot_bound_a_median_at_95_percent():
    estimate = median_onset([seed_at(s) for s in (10, 20, 30, 40, 50)])
    assert (estimate.value, estimate.low, estimate.high) == (30, 0, inf)


def test_censored_seeds_are_late_not_absent():
    estimate = median_onset([seed_at(s) for s in (10, 20, 30, 40, 50, None, None, None)])
    assert (estimate.value, estimate.low, estimate.high) == (45, 9, inf)


def test_where_half_are_censored_the_median_is_infinite_and_its_low_end_is_not():
    estimate = median_onset([seed_at(s) for s in (10, 20, 30, 40, None, None, None, None)])
    assert (estimate.value, estimate.low, estimate.high) == (inf, 9, inf)
    assert median_onset([seed_at(None)] * 8).low == 100


def test_one_seed_has_no_interval_and_no_seed_is_refused():
    assert isnan(median_onset([seed_at(10)]).low)
    with pytest.raises(UsageError, match="at least one seed"):
        median_onset([])


def test_the_interval_covers_the_median_of_a_skewed_distribution():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        estimate = median_onset([Onset(s, s, s) for s in rng.exponential(size=15)])
        covered += estimate.low <= np.log(2) <= estimate.high
    assert covered / 400 >= 0.94
