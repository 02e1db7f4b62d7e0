from itertools import permutations
from math import inf, isnan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config.errors import UsageError
from seedbed.emergence import (
    breakthroughness,
    chance_over_seeds,
    linearity,
    median_width,
    rise_width,
    sharpness,
    sharpness_over_seeds,
)

# GPT-3 on BIG-bench modified_arithmetic, in percent, at .125 to 175 billion parameters
GPT3 = [0.5, 0.4, 0.4, 0.2, 0.6, 1.4, 7.1, 32.7]
SCALE = np.geomspace(1, 1000, 31)  # a tenth of a decade apart
CURVES = st.lists(st.floats(0, 1), min_size=2, max_size=12)


def logistic(width: float, middle: float = 1.5):
    slope = 2 * np.log(9) / width
    return 1 / (1 + np.exp(-slope * (np.log10(SCALE) - middle)))


def test_gpt3_on_modified_arithmetic_has_big_benchs_numbers():
    assert breakthroughness(GPT3) == pytest.approx(81.25)
    assert linearity(GPT3) == pytest.approx(0.468, abs=5e-4)
    found = sharpness(GPT3)
    assert found.improvement == pytest.approx(32.5)
    assert found.differences == 7


def test_a_straight_line_has_linearity_1_and_breakthroughness_n():
    assert linearity([0.1, 0.2, 0.3, 0.4, 0.5]) == pytest.approx(1)
    assert breakthroughness([0.1, 0.2, 0.3, 0.4, 0.5]) == pytest.approx(4)
    assert linearity([0.5, 0.4, 0.3]) == pytest.approx(-1)


def test_a_single_jump_between_flat_stretches_breaks_through_without_limit():
    jump = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    assert breakthroughness(jump) == inf
    assert linearity(jump) == pytest.approx(1 / sqrt(5))
    assert breakthroughness(jump[::-1]) == -inf


def test_a_constant_scores_nothing_and_is_no_evidence():
    found = sharpness([0.3] * 6)
    assert (found.breakthroughness, found.linearity, found.p_breakthrough, found.p_linear) == (0, 0, 1, 1)


@given(CURVES, st.floats(0.1, 10))
def test_neither_measure_depends_on_the_unit_and_linearity_is_at_most_1(scores_E, unit):
    scores_E = [round(score, 3) for score in scores_E]
    assert breakthroughness([unit * s for s in scores_E]) == pytest.approx(breakthroughness(scores_E), rel=1e-6)
    assert abs(linearity(scores_E)) <= 1 + 1e-9


@pytest.mark.parametrize("scores_E", [[0.1, 0.1, 0.2, 0.15, 0.9, 0.8], [0.0, 0.0, 0.0, 1.0, 1.0], [0.5, 0.1, 0.4]])
def test_the_p_values_count_all_orders_of_the_scores(scores_E):
    found = sharpness(scores_E)
    orders = list(permutations(scores_E))
    for p, measure in ((found.p_breakthrough, breakthroughness), (found.p_linear, linearity)):
        observed = measure(scores_E)
        as_much = sum(measure(order) >= observed - 1e-9 * min(abs(observed), 1e9) for order in orders)
        assert p == pytest.approx(as_much / len(orders))


def test_false_alarms_of_both_p_values_are_no_more_than_their_level():
    rng, alarms = np.random.default_rng(0), np.zeros(2)
    for _ in range(200):
        found = sharpness(rng.binomial(40, 0.1, size=6) / 40)
        alarms += np.array([found.p_breakthrough, found.p_linear]) <= 0.05
    assert (alarms / 200 <= 0.085).all()  # the level and 2.3 standard errors of 200 draws


def test_over_seeds_the_median_curve_counts_and_infinity_is_a_value():
    curves = [GPT3] * 6 + [[0, 0, 0, 0, 0, 0, 0, 1]] * 2
    broken, linear = sharpness_over_seeds(curves)
    assert (broken.value, broken.low, broken.high, broken.n) == (pytest.approx(81.25), pytest.approx(81.25), inf, 8)
    assert linear.value == pytest.approx(0.468, abs=5e-4)
    assert sharpness_over_seeds(curves[:3])[0].low == -inf
    assert isnan(sharpness_over_seeds(curves[:1])[0].low)


@pytest.mark.parametrize("width", [0.5, 1.0, 1.5])
def test_the_width_of_a_logistic_curve_is_found(width):
    found = rise_width(SCALE, logistic(width), chance=0, plateau=1)
    assert found.decades == pytest.approx(width, abs=0.02)
    assert found.at_least <= width <= found.at_most
    assert found.at_most - found.at_least <= 0.2 + 1e-9  # a gap at each end
    assert found.evaluations == 31


def test_over_three_gaps_straight_lines_make_the_width_too_large_and_its_bounds_still_hold():
    found = rise_width(SCALE, logistic(0.3), chance=0, plateau=1)
    assert 0.3 < found.decades < 0.35
    assert found.at_least <= 0.3 <= found.at_most


def test_a_step_is_only_known_to_be_narrower_than_its_gap():
    found = rise_width([1, 10, 100, 1000], [0, 0, 1, 1], chance=0, plateau=1)
    assert (found.at_least, found.at_most) == (0, pytest.approx(1))
    assert found.decades == pytest.approx(0.8)


def test_a_rise_not_completed_is_known_from_below():
    found = rise_width(SCALE, logistic(1.0, middle=2.8), chance=0, plateau=1)
    assert (found.decades, found.at_most) == (inf, inf)
    assert found.at_least == pytest.approx(0.7, abs=0.1)
    flat = rise_width(SCALE, np.zeros(31), chance=0, plateau=1)
    assert (flat.decades, flat.at_least, flat.at_most) == (inf, 0, inf)


def test_a_rise_under_way_at_the_first_evaluation_is_known_from_below():
    found = rise_width([1, 10, 100], [0.3, 0.8, 1.0], chance=0, plateau=1)
    assert (found.decades, found.at_least, found.at_most) == (inf, 1, inf)


def test_after_an_evaluation_at_0_a_rise_may_have_taken_any_time():
    found = rise_width([0, 10, 100, 1000], [0, 0.5, 0.7, 1], chance=0, plateau=1)
    assert found.at_most == inf
    assert found.at_least == 1


@given(st.lists(st.floats(0, 1), min_size=31, max_size=31))
def test_the_interpolated_width_lies_in_its_bounds(scores_E):
    found = rise_width(SCALE, scores_E, chance=0, plateau=1)
    assert 0 <= found.at_least <= found.decades <= found.at_most + 1e-12


def test_the_median_width_keeps_seeds_that_did_not_finish():
    widths = [rise_width(SCALE, logistic(w), chance=0, plateau=1) for w in (0.3, 0.4, 0.5, 0.6, 0.7)]
    widths += [rise_width(SCALE, logistic(1.0, middle=2.8), chance=0, plateau=1)] * 3
    estimate = median_width(widths)
    assert estimate.value == pytest.approx(0.65, abs=0.03)
    assert estimate.low <= 0.3
    assert estimate.high == inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sharpness([0.5]), "2 evaluations or more, got 1"),
        (lambda: rise_width([1, 2], [0, 1], chance=1, plateau=0), "from chance to plateau"),
        (lambda: rise_width([2, 1], [0, 1], chance=0, plateau=1), "must increase"),
        (lambda: rise_width([1, 2, 3], [0, 1], chance=0, plateau=1), "got 3 and 2"),
        (lambda: median_width([]), "at least one seed"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()


def test_chance_over_seeds_is_uniform_without_a_trend_and_least_with_one():
    """Curves without order: 5% of p at or below 5%, within the binomial of 200 populations of 6 seeds."""
    rng = np.random.default_rng(0)
    found = np.array([chance_over_seeds(rng.random((6, 12))) for _ in range(200)])
    for p_N in found.T:
        assert 0.01 <= np.mean(p_N <= 0.05) <= 0.10 and 0.4 <= p_N.mean() <= 0.6
    jump = np.repeat([[0.0] * 6 + [1.0] * 6], 4, axis=0) + rng.normal(0, 0.02, (4, 12))
    assert chance_over_seeds(jump) == (0.005, 0.005)
    assert chance_over_seeds(np.zeros((3, 5))) == (1.0, 1.0)


def test_chance_over_seeds_of_one_seed_is_the_p_of_its_curve():
    curve = np.array([0.1, 0.0, 0.3, 0.2, 0.6, 0.5, 0.7])
    each, together = sharpness(curve), chance_over_seeds([curve])
    assert abs(together[0] - each.p_breakthrough) < 0.08 and abs(together[1] - each.p_linear) < 0.08
