import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from seedbed.config.errors import UsageError
from seedbed.emergence import (
    MemorisingBaseline,
    chance_of_reaching,
    expected_score_of_memorising,
    hoeffding_bound,
    nats_below_floor,
)

PAPER = MemorisingBaseline(shown=50, possible=1680, tested=5)
BASELINES = st.builds(
    lambda possible, share, tested, guessing: MemorisingBaseline(int(share * possible), possible, tested, guessing),
    st.integers(1, 5000),
    st.floats(0, 1),
    st.integers(1, 300),
    st.floats(0, 1),
)


def test_the_papers_bound_is_reproduced_and_its_one_sided_form_is_half():
    assert hoeffding_bound(0.6, PAPER, two_sided=True) == pytest.approx(0.0774, abs=5e-5)
    assert hoeffding_bound(0.6, PAPER) == pytest.approx(0.0387, abs=5e-5)


@given(st.floats(0, 1), BASELINES)
def test_the_bound_is_never_below_the_exact_tail(score, baseline):
    assert chance_of_reaching(score, baseline) <= hoeffding_bound(score, baseline) + 1e-6


@given(BASELINES)
def test_some_score_is_always_reached_and_chances_fall_with_the_score(baseline):
    chances = [chance_of_reaching(score, baseline) for score in (0.0, 0.3, 0.6, 1.0)]
    assert chances[0] == 1
    assert chances == sorted(chances, reverse=True)


def test_a_score_read_from_a_count_is_not_pushed_to_the_next_count_by_rounding():
    baseline = MemorisingBaseline(shown=1, possible=2, tested=1)
    assert chance_of_reaching(1.0000000000000002 - 2e-16, baseline) == 0.5
    tenths = MemorisingBaseline(shown=1, possible=2, tested=10)
    assert chance_of_reaching(0.1 + 0.2, tenths) == chance_of_reaching(0.3, tenths)


def test_recall_scores_what_was_shown_and_guesses_the_rest():
    assert expected_score_of_memorising(50, 1680) == pytest.approx(50 / 1680)
    assert expected_score_of_memorising(50, 100, guessing=0.1) == pytest.approx(0.55)
    assert expected_score_of_memorising(0, 1680) == 0
    assert expected_score_of_memorising(1680, 1680) == 1
    assert PAPER.accuracy == expected_score_of_memorising(50, 1680)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MemorisingBaseline(shown=2000, possible=1680, tested=5), "0..1680.*got 2000"),
        (lambda: MemorisingBaseline(shown=5, possible=1680, tested=0), "at least 1 item, got 0"),
        (lambda: expected_score_of_memorising(0, 0), "at least 1 example"),
        (lambda: expected_score_of_memorising(1, 2, guessing=1.5), "got 1.5"),
        (lambda: chance_of_reaching(60, PAPER), r"\[0, 1\], got 60"),
        (lambda: hoeffding_bound(float("nan"), PAPER), "got nan"),
    ],
)
def test_impossible_numbers_are_refused_with_the_numbers(call, message):
    with pytest.raises(UsageError, match=message):
        call()


def test_what_lies_below_the_floor_has_the_interval_of_students_t():
    losses = np.array([0.40, 0.44, 0.41, 0.47, 0.43])
    found = nats_below_floor(losses, 0.53)
    ends = t.interval(0.95, 4, loc=(0.53 - losses).mean(), scale=(0.53 - losses).std(ddof=1) / 5**0.5)
    assert found.value == pytest.approx(0.1) and found.n == 5
    assert (found.low, found.high) == pytest.approx(ends)
    assert nats_below_floor([0.6, 0.62], 0.53).value < 0
    assert not nats_below_floor([0.4], 0.53).has_interval
    with pytest.raises(UsageError, match="floor must be 0 nats or more, got -1"):
        nats_below_floor([0.4], -1)
