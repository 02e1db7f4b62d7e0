"""Simulated populations have a known half dose, so that intervals can be counted right or wrong."""

from math import inf, isnan, log, log2, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from seedbed.config.errors import UsageError
from seedbed.emergence import clopper_pearson, format_estimate, half_dose, half_dose_ratio

DOSES = np.array([1, 2, 4, 8, 16, 32, 64, 128])
SEEDS = 8


def members(emerged_by_dose: dict[float, tuple[int, int]]):
    """Hints and outcomes of members, from {dose: (emerged, members)}."""
    hints = np.repeat(list(emerged_by_dose), [n for _, n in emerged_by_dose.values()])
    return hints, np.concatenate([np.arange(n) < k for k, n in emerged_by_dose.values()])


def grow(rng, half_doses, slope, seeds=SEEDS):
    """A population of two arms: hints, outcomes and arm (true first) of each member."""
    hints = np.tile(np.repeat(DOSES, seeds), 2)
    arm = np.arange(len(hints)) < len(hints) // 2
    half = np.where(arm, *half_doses)
    return hints, rng.random(len(hints)) < expit(slope * np.log2(hints / half)), arm


def spearman_karber(hints, emerged):
    """The half dose without a model: the mean of the distribution that monotone shares describe, in doublings."""
    shares = np.maximum.accumulate([emerged[hints == dose].mean() for dose in DOSES])
    middles = np.log2(DOSES[:-1] * DOSES[1:]) / 2
    return float(np.diff(shares) @ middles)


def covered_share(populations, slope, seeds=SEEDS):
    """How often the intervals of the ratio and of the arm's half dose hold the truth."""
    rng = np.random.default_rng(7)
    ratio_covered, dose_covered = 0, 0
    for _ in range(populations):
        half_doses = 2 ** rng.uniform(1.5, 5.5, size=2)
        found = half_dose_ratio(*grow(rng, half_doses, slope, seeds))
        ratio_covered += found.ratio.low <= half_doses[0] / half_doses[1] <= found.ratio.high
        dose_covered += found.arm.low <= half_doses[0] <= found.arm.high
    return ratio_covered / populations, dose_covered / populations


def test_two_doses_have_the_half_dose_of_counts_with_half_a_member_added_to_each():
    hints, emerged = members({4: (2, 8), 64: (7, 8)})
    low, high = log(2.5 / 6.5), log(7.5 / 1.5)
    expected = 2 ** (2 + 4 * (0 - low) / (high - low))
    assert half_dose(hints, emerged).value == pytest.approx(expected, rel=1e-3)


def test_a_symmetric_transition_has_its_half_dose_in_the_middle():
    estimate = half_dose(*members({4: (1, 8), 8: (4, 8), 16: (7, 8)}))
    assert estimate.value == pytest.approx(8, rel=1e-3)
    assert 4 < estimate.low < 8 < estimate.high < 16
    assert estimate.n == 24


def test_the_half_dose_agrees_with_an_estimate_that_has_no_model():
    rng = np.random.default_rng(3)
    gaps = []
    for _ in range(60):
        hints, emerged, arm = grow(rng, (11.0, 11.0), 2.5)
        gaps.append(log2(half_dose(hints[arm], emerged[arm]).value) - spearman_karber(hints[arm], emerged[arm]))
    assert abs(np.mean(gaps)) < 0.1
    assert np.max(np.abs(gaps)) < 0.6


@pytest.mark.parametrize("slope", [2.0, 100.0])
def test_intervals_cover_the_truth_for_gentle_and_for_steep_transitions(slope):
    ratio_covered, dose_covered = covered_share(200, slope)
    assert ratio_covered >= 0.92
    assert dose_covered >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [4, 16])
@pytest.mark.parametrize("slope", [1.0, 3.0, 30.0])
def test_intervals_cover_the_truth_in_a_thousand_populations(slope, seeds):
    ratio_covered, dose_covered = covered_share(1000, slope, seeds)
    assert ratio_covered >= 0.93
    assert dose_covered >= 0.93


def test_a_step_between_two_doses_leaves_the_whole_gap_open():
    step = {dose: (8 if dose >= 16 else 0, 8) for dose in DOSES}
    estimate = half_dose(*members(step))
    assert estimate.value == pytest.approx(8 * 2**0.5, rel=0.05)
    assert estimate.low <= 8
    assert estimate.high >= 16


def test_the_ratio_is_the_quotient_of_the_half_doses_and_turns_over_with_the_arms():
    hints, emerged, arm = grow(np.random.default_rng(0), (4.0, 32.0), 2.0)
    found, turned = half_dose_ratio(hints, emerged, arm), half_dose_ratio(hints, emerged, ~arm)
    assert found.ratio.value == pytest.approx(found.arm.value / found.reference.value)
    assert found.ratio.high < 1
    assert found.slope == pytest.approx(turned.slope, rel=1e-3)
    assert turned.ratio.value == pytest.approx(1 / found.ratio.value, rel=1e-3)
    assert (turned.ratio.low, turned.ratio.high) == pytest.approx((1 / found.ratio.high, 1 / found.ratio.low), rel=1e-2)
    assert (found.arm.n, found.ratio.n) == (64, 128)


@given(st.floats(0.1, 10))
@settings(max_examples=10, deadline=None)
def test_the_unit_of_the_dose_does_not_matter(scale):
    hints, emerged, arm = grow(np.random.default_rng(1), (4.0, 32.0), 2.0)
    found, scaled = half_dose_ratio(hints, emerged, arm), half_dose_ratio(hints * scale, emerged, arm)
    assert scaled.arm.value == pytest.approx(scale * found.arm.value, rel=1e-3)
    assert scaled.ratio.low == pytest.approx(found.ratio.low, rel=1e-2)


def test_members_without_hints_that_do_not_emerge_change_nothing_but_n():
    counts = {4: (1, 8), 8: (4, 8), 16: (7, 8)}
    without, with_zero = half_dose(*members(counts)), half_dose(*members({0: (0, 8), **counts}))
    assert (with_zero.value, with_zero.low, with_zero.high) == (without.value, without.low, without.high)
    assert with_zero.n == 32


def test_where_half_emerge_without_hints_the_half_dose_is_zero():
    estimate = half_dose(*members({0: (8, 8), 4: (8, 8), 8: (8, 8)}))
    assert (estimate.value, estimate.low, estimate.high) == (0, 0, 0)
    assert "8 of 8 emerged without hints" in estimate.method
    assert half_dose(*members({0: (4, 8), 4: (8, 8)})).high == 4


def test_one_member_in_eight_without_hints_is_flagged_and_leaves_zero_possible_as_its_interval_does():
    estimate = half_dose(*members({0: (1, 8), 4: (1, 8), 8: (4, 8), 16: (7, 8)}))
    assert clopper_pearson(1, 8).high > 0.5
    assert estimate.value == pytest.approx(8, rel=1e-3)
    assert estimate.low == 0
    assert "1 of 8 emerged without hints" in estimate.method


def test_an_arm_that_always_emerges_has_an_upper_bound_and_one_that_never_does_a_lower():
    always, never = half_dose(*members({4: (8, 8), 8: (8, 8)})), half_dose(*members({4: (0, 8), 8: (0, 8)}))
    assert (isnan(always.value), always.low, always.high) == (True, 0, 4)
    assert (isnan(never.value), never.low, never.high) == (True, 8, inf)
    assert format_estimate(always, percent=False) == "at most 4 (n = 16)"
    assert format_estimate(never, percent=False) == "at least 8 (n = 16)"


def test_few_seeds_that_always_emerge_bound_the_half_dose_at_the_dose_by_which_six_have():
    assert half_dose(*members({4: (3, 3), 8: (3, 3), 16: (3, 3)})).high == 8
    assert half_dose(*members({4: (2, 2), 8: (2, 2)})).high == inf


def test_emergence_that_falls_with_hints_has_no_half_dose():
    estimate = half_dose(*members({4: (7, 8), 8: (4, 8), 16: (1, 8)}))
    assert (isnan(estimate.value), estimate.low, estimate.high) == (True, 0, inf)


def test_a_slope_that_could_be_zero_leaves_an_end_open():
    estimate = half_dose(*members({4: (2, 4), 8: (1, 4), 16: (2, 4)}))
    assert estimate.high == inf


def test_one_dose_says_on_which_side_the_half_dose_lies():
    assert half_dose(*members({8: (15, 16)})).high == 8
    assert half_dose(*members({8: (1, 16)})).low == 8


def test_an_arm_that_always_emerges_bounds_the_ratio_from_above():
    hints, emerged = members(dict.fromkeys(DOSES, (8, 8)))
    reference_hints, reference_emerged = members({8: (0, 8), 16: (4, 8), 32: (8, 8)})
    arm = np.repeat([True, False], [len(hints), len(reference_hints)])
    found = half_dose_ratio(np.r_[hints, reference_hints], np.r_[emerged, reference_emerged], arm)
    assert (isnan(found.ratio.value), found.ratio.low) == (True, 0)
    assert 1 / 16 < found.ratio.high < 1 / 7
    assert found.reference.value == pytest.approx(16, rel=1e-3)
    assert isnan(found.slope)


COUNTS = st.dictionaries(
    st.sampled_from([0, 1, 2, 3, 8, 64, 512]),
    st.integers(1, 5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
)


@given(COUNTS, COUNTS)
@settings(max_examples=50, deadline=None)
def test_every_outcome_has_an_answer_whose_interval_is_ordered(arm_counts, reference_counts):
    arm_counts, reference_counts = {1: (1, 1), **arm_counts}, {1: (0, 2), **reference_counts}
    (a_hints, a_emerged), (b_hints, b_emerged) = members(arm_counts), members(reference_counts)
    arm = np.repeat([True, False], [len(a_hints), len(b_hints)])
    found = half_dose_ratio(np.r_[a_hints, b_hints], np.r_[a_emerged, b_emerged], arm)
    for estimate in (found.arm, found.reference, found.ratio, half_dose(a_hints, a_emerged)):
        assert 0 <= estimate.low <= estimate.high
        assert estimate.has_interval


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: half_dose([1, -2], [True, False]), "0 or more, got -2"),
        (lambda: half_dose([1, nan], [True, False]), "hints holds nan"),
        (lambda: half_dose([1, 2], [True]), "each of the 2 members"),
        (lambda: half_dose([1, 2], [0.3, 0.9]), "must hold booleans"),
        (lambda: half_dose([0, 0], [True, False]), "at least one hint"),
        (lambda: half_dose([1, 2], [True, False], level=95), "got 95"),
        (lambda: half_dose_ratio([1, 2], [True, False], [True, True]), "both arms, got 2 of 2"),
    ],
)
def test_bad_input_is_refused_with_what_was_expected(call, message):
    with pytest.raises(UsageError, match=message):
        call()
