from math import inf

import numpy as np
import pytest

from seedbed.config.errors import UsageError
from seedbed.emergence import Estimate, Onset, log10_of_scale, median_onset, onset_on, reciprocal

STEPS = [0, 100, 200, 300]


def test_tokens_are_read_at_the_evaluations_of_the_onset():
    tokens = [0, 6400, 12800, 19200]
    assert onset_on(Onset(200, 100, 300), STEPS, tokens) == Onset(12800, 6400, 19200)
    assert onset_on(Onset(None, 300, 300), STEPS, tokens) == Onset(None, 19200, 19200)


def test_a_loss_falls_so_its_reciprocal_is_the_time():
    found = onset_on(Onset(200, 100, 300), STEPS, [8, 4, 2, 1], falling=True)
    assert found == Onset(0.5, 0.25, 1.0)
    # the median over seeds, and back: emergence at a loss between 2 and 4
    assert reciprocal(median_onset([found] * 8)) == Estimate(2, 2, 4, 8, "median, interval by order statistics")


def test_a_loss_that_rises_again_does_not_turn_time_back():
    assert onset_on(Onset(200, 100, 300), STEPS, [8, 2, 3, 1], falling=True) == Onset(0.5, 0.5, 1.0)


def test_before_the_first_evaluation_the_loss_is_infinite():
    assert onset_on(Onset(100, 0, 200), [100, 200], [4, 2], falling=True) == Onset(0.25, 0, 0.5)
    assert reciprocal(Estimate(0.25, 0, 0.5, 8, "m")) == Estimate(4, 2, inf, 8, "m")


def test_an_evaluation_at_0_stands_one_gap_before_the_next():
    assert log10_of_scale([0, 10, 100]) == pytest.approx([0, 1, 2])
    assert log10_of_scale([1, 10]) == pytest.approx([0, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: onset_on(Onset(250, 200, 300), STEPS, STEPS), "250 is not among the steps"),
        (lambda: onset_on(Onset(200, 100, 300), STEPS, [8, 4, 2, 1]), "pass falling=True"),
        (lambda: onset_on(Onset(200, 100, 300), STEPS, [8, 4, 2, 0], falling=True), "must be positive, got 0"),
        (lambda: onset_on(Onset(200, 100, 300), STEPS, [8, 4]), "got 4 and 2"),
        (lambda: log10_of_scale([0, 10]), "3 evaluations or more, got 2"),
        (lambda: log10_of_scale([4, 2, 1]), "of a loss give 1 / loss"),
        (lambda: log10_of_scale(np.array([-1.0, 2.0])), "increase from 0 or above"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()
