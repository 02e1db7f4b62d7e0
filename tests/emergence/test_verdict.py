from functools import partial

import numpy as np
import pytest
from scipy.stats import binom

from seedbed.config.errors import UsageError
from seedbed.emergence import emergence_verdict, operating_curve
from seedbed.emergence.multiple import holm, simes
from seedbed.emergence.rise import fit_rise
from seedbed.emergence.seed_verdict import _p_above_chance
from seedbed.emergence.verdict import SHARP_WIDTH

GPT3_PARAMETERS = [0.125e9, 0.35e9, 0.76e9, 1.3e9, 2.7e9, 6.7e9, 13e9, 175e9]
GPT3_ARITHMETIC = [0.005, 0.004, 0.004, 0.002, 0.006, 0.014, 0.071, 0.327]


def logistic(u, width):
    return 1 / (1 + np.exp(-np.clip(u * 2 * np.log(9) / width, -60, 60)))


def ramp(u, width):
    return np.clip(0.5 + 0.8 * u / width, 0, 1)


def gompertz(u, width):
    decades_per_slope = np.log(np.log(10)) - np.log(np.log(1 / 0.9))
    return np.exp(-np.exp(-np.clip(u * decades_per_slope / width, -60, 60)))


def mirrored_gompertz(u, width):
    return 1 - gompertz(-u, width)


def population(
    width,
    rng,
    *,
    shape=logistic,  # the share of the rise done, u decades after its middle; 10% to 90% takes `width` decades
    seeds=16,
    points=30,
    items=200,
    chance=0.0,
    top=1.0,
    decades=4.0,
    middle=2.0,
    jitter=0.5,  # middles are uniform within so many decades of `middle`
    failing=0.0,  # the share of seeds that stay at chance
    own_grids=False,
):
    curves = []
    for _ in range(seeds):
        x = np.linspace(0, decades, points)
        if own_grids:
            x = x + rng.uniform(-0.4, 0.4, points) * decades / points
        done = shape(x - middle - rng.uniform(-jitter, jitter), width) * (rng.uniform() >= failing)
        curves.append((10.0 ** (x + 1), rng.binomial(items, chance + (top - chance) * done) / items))
    return curves


def flat(level, rng, *, seeds=16, points=30, items=200):
    scale = 10.0 ** np.linspace(1, 5, points)
    return [(scale, rng.binomial(items, level, points) / items) for _ in range(seeds)]


def words(draw, count, *, chance=0.0, items=200, seed=0):
    rngs = np.random.default_rng(seed).spawn(count)
    return [emergence_verdict(draw(rng), chance=chance, items=items).word for rng in rngs]


def share(found, word):
    return sum(w == word for w in found) / len(found)


@pytest.mark.parametrize(("width", "chance", "top"), [(0.1, 0.0, 1.0), (0.02, 0.0, 0.6), (0.1, 0.25, 0.9)])
def test_steps_at_jittered_times_emerge(width, chance, top):
    found = words(partial(population, width, chance=chance, top=top, own_grids=True), 20, chance=chance)
    assert share(found, "emerges") >= 0.95


SMOOTH = [
    {"shape": logistic},
    {"shape": ramp},
    {"shape": gompertz},
    {"shape": mirrored_gompertz},
    {"chance": 0.25},
    {"middle": 3.6},  # some seeds end before their rise does
    {"middle": 0.6},
    {"shape": ramp, "middle": 3.4},
    {"seeds": 1},
    {"seeds": 4, "points": 12},
]


@pytest.mark.parametrize(
    "how", SMOOTH, ids=[",".join(str(getattr(v, "__name__", v)) for v in h.values()) for h in SMOOTH]
)
def test_smooth_curves_are_not_called_emergent(how):
    found = words(partial(population, 1.5, **how), 15, chance=how.get("chance", 0.0))
    assert share(found, "emerges") <= 0.05


def test_smooth_curves_of_whose_rise_all_is_seen_are_called_smooth():
    assert share(words(partial(population, 1.5), 15), "improves smoothly") >= 0.95
    assert share(words(partial(population, 2.5, shape=ramp), 15), "improves smoothly") >= 0.95


@pytest.mark.parametrize("level", [0.0, 0.02, 0.07, 0.1, 0.5, 1.0])
def test_flat_curves_are_not_called_emergent(level):
    assert share(words(partial(flat, level), 12), "emerges") <= 0.05


def test_one_flat_seed_is_called_emergent_in_one_of_twenty_at_most():
    assert share(words(partial(flat, 0.06, seeds=1), 150), "emerges") <= 0.05


def test_curves_at_chance_never_leave_it():
    assert share(words(partial(flat, 0.25), 12, chance=0.25), "never leaves chance") >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("shape", [logistic, ramp, gompertz])
def test_the_rates_hold_over_many_populations(shape):
    assert share(words(partial(population, 0.1, shape=shape, jitter=1.0), 200, seed=1), "emerges") >= 0.95
    assert share(words(partial(population, 1.5, shape=shape, jitter=1.0), 200, seed=2), "emerges") <= 0.05


def test_between_step_and_smooth_the_power_falls_from_one_to_alpha():
    curve = operating_curve((0.1, 0.3, SHARP_WIDTH, 1.5), population, chance=0.0, items=200, populations=12)
    assert [estimate.value for estimate in curve[:2]] == [1, 1]
    assert curve[2].value <= 0.1
    assert curve[3].value == 0
    assert all(estimate.n == 12 for estimate in curve)


def test_seeds_that_jump_at_different_times_emerge_although_their_average_is_smooth():
    curves = population(0.05, np.random.default_rng(3), jitter=1.5, seeds=32)
    average = (curves[0][0], np.mean([scores for _, scores in curves], axis=0))
    assert emergence_verdict(curves, chance=0, items=200).word == "emerges"
    assert emergence_verdict([average], chance=0, items=200 * 32).word == "improves smoothly"


def test_a_is_the_median_onset_and_the_verdict_prints_it():
    verdict = emergence_verdict(population(0.05, np.random.default_rng(0), jitter=0.3), chance=0, items=200)
    assert 10**2.6 < verdict.onset.low < verdict.onset.value < verdict.onset.high < 10**3.5
    assert str(verdict).startswith("emerges at ") and str(verdict).endswith("], from 0% to 100%")
    assert verdict.emerged.value == 1 and verdict.emerged.n == 16
    assert verdict.emerged.low == pytest.approx(0.025 ** (1 / 16))
    assert all(seed.width.high < SHARP_WIDTH for seed in verdict.seeds)


def test_seeds_that_fail_are_counted_and_do_not_hide_those_that_emerged():
    verdict = emergence_verdict(population(0.1, np.random.default_rng(1), failing=0.7), chance=0, items=200)
    emerged = sum(seed.word == "sharp" for seed in verdict.seeds)
    assert verdict.word == "emerges"
    assert 0 < emerged < 8 and verdict.emerged.value == emerged / 16
    assert verdict.onset.n == emerged and np.isfinite(verdict.onset.value)
    assert any(
        f"{16 - emerged} of 16 seeds: not above chance at any evaluation" in caveat for caveat in verdict.caveats
    )


def test_gpt3_arithmetic_left_chance_at_13_billion_and_more_cannot_be_said():
    verdict = emergence_verdict([(GPT3_PARAMETERS, GPT3_ARITHMETIC)], chance=0)
    assert str(verdict) == "too little data to say"
    assert (verdict.seeds[0].onset.lower, verdict.seeds[0].onset.step) == (6.7e9, 13e9)
    said = "; ".join(verdict.caveats)
    assert "1 seed:" in said and "8 evaluations" in said
    assert "fewer than 2 evaluations after the rise, where more are needed" in said


def test_one_sharp_seed_emerges_with_a_caveat_and_between_two_evaluations():
    verdict = emergence_verdict(population(0.05, np.random.default_rng(0), seeds=1), chance=0, items=200)
    assert verdict.word == "emerges"
    assert verdict.onset.n == 1 and verdict.onset.low < verdict.onset.value < verdict.onset.high
    assert verdict.caveats[0].startswith("1 seed: an interval over seeds needs")


@pytest.mark.parametrize(("points", "items"), [(1, 200), (2, 200), (5, 200), (7, 200), (30, 5)])
def test_few_points_or_items_are_too_little_and_the_caveats_say_so(points, items):
    curves = population(0.1, np.random.default_rng(0), points=points, items=items)
    verdict = emergence_verdict(curves, chance=0, items=items)
    assert str(verdict) == "too little data to say"
    assert any("are needed" in caveat for caveat in verdict.caveats)


def test_eight_points_can_show_a_step_where_items_are_unknown_too():
    curves = population(0.05, np.random.default_rng(0), points=8, decades=1.5, middle=0.75, jitter=0.2)
    assert emergence_verdict(curves, chance=0, items=200).word == "emerges"
    assert emergence_verdict(curves, chance=0).word == "emerges"


def test_eight_points_that_are_far_apart_do_not_tell_a_step_from_a_third_power():
    curves = population(0.05, np.random.default_rng(0), points=8, decades=4, middle=2, seeds=1)
    verdict = emergence_verdict(curves, chance=0, items=200)
    assert verdict.word == "too little data to say"
    assert any("grows faster than the 3rd power of scale" in caveat for caveat in verdict.caveats)


def test_a_score_that_is_up_from_the_start_is_sent_to_smaller_scales():
    verdict = emergence_verdict(flat(0.9, np.random.default_rng(0)), chance=0, items=200)
    assert verdict.word == "too little data to say"
    assert any("before the first might show a rise" in caveat for caveat in verdict.caveats)


def test_many_tasks_ask_for_more_evidence():
    curves = population(0.1, np.random.default_rng(2), seeds=1, points=16, items=60)
    p = emergence_verdict(curves, chance=0, items=60).p_sharp
    assert 0 < p < 0.05
    assert emergence_verdict(curves, chance=0, items=60, tasks=1).word == "emerges"
    assert emergence_verdict(curves, chance=0, items=60, tasks=int(0.06 / p) + 1).word != "emerges"


def test_holm_and_simes_by_hand():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert simes([0.01, 0.04, 0.03, 0.005]) == pytest.approx(0.02)
    assert simes([0.04] * 16) == pytest.approx(0.04)
    assert simes([1e-6] + [1.0] * 15) == pytest.approx(16e-6)


def test_the_test_of_one_evaluation_is_the_exact_binomial_tail():
    rise = fit_rise(np.linspace(1, 5, 8), np.linspace(0, 1, 8), 20, 3.0, 0.95)
    found = _p_above_chance(np.array([0.0, 0.1, 0.35, 1.0]), 0.25, 20, rise)
    near = 0.25 + 0.02 * 0.75
    assert found == pytest.approx([1.0, *binom.sf([1, 6, 19], 20, near)])


@pytest.mark.parametrize(
    ("curves", "settings", "message"),
    [
        ([], {}, "at least one seed"),
        ([([1, 2], [0.5])], {}, "got 2 and 1"),
        ([([0, 1], [0.1, 0.5])], {}, "leave out step 0"),
        ([([2, 1], [0.1, 0.5])], {}, "increasing"),
        ([([1, 2], [10, 50])], {}, "got 10"),
        ([([1, 2], [0.1, 0.5])], {"chance": 1.0}, "chance must lie"),
        ([([1, 2], [0.1, 0.5])], {"items": 0}, "items must be at least 1"),
        ([([1, 2], [0.1, 0.5])], {"tasks": 0}, "tasks must be at least 1"),
    ],
)
def test_impossible_input_is_refused(curves, settings, message):
    with pytest.raises(UsageError, match=message):
        emergence_verdict(curves, **{"chance": 0.0, **settings})


LOW_POWER = [(0.25, 0.5, 50), (0.25, 0.4, 200), (0.0, 0.1, 200), (0.5, 0.8, 100)]


@pytest.mark.parametrize(("chance", "top", "items"), LOW_POWER)
def test_a_is_where_the_step_is_and_not_where_few_items_first_show_it(chance, top, items):
    """Before, a was the first evaluation from which on most were significant: far too late with few items."""
    held = []
    for rng in np.random.default_rng(4).spawn(20):
        curves = population(0.1, rng, chance=chance, top=top, items=items, jitter=0.3)
        verdict = emergence_verdict(curves, chance=chance, items=items)
        if verdict.onset is not None:
            held.append(verdict.onset.low <= 1000 <= verdict.onset.high)
    assert len(held) >= 16
    assert sum(held) >= 0.9 * len(held)


def one_grid(curve_E, *, seeds=16, items=200):
    scale = 10.0 ** np.linspace(1, 5, len(curve_E))
    rng = np.random.default_rng(6)
    return [(scale, rng.binomial(items, curve_E) / items) for _ in range(seeds)]


X = np.linspace(-2, 2, 30)
NO_SINGLE_RISE = {
    "slow, then a step": (
        0.3 * logistic(X + 0.5, 2) + 0.7 * logistic(X - 1, 0.05),
        "already above chance before the fitted rise",
    ),
}


@pytest.mark.parametrize("name", NO_SINGLE_RISE)
def test_a_curve_that_is_no_single_rise_gets_no_verdict_and_says_why(name):
    curve_E, why = NO_SINGLE_RISE[name]
    verdict = emergence_verdict(one_grid(curve_E), chance=0, items=200)
    assert verdict.word == "too little data to say"
    assert any(why in caveat for caveat in verdict.caveats), verdict.caveats


@pytest.mark.parametrize("rising", [0.63 * 10 ** (0.45 * (X - 2)), 0.5 * 10 ** (0.8 * (X - 2)), logistic(X - 2.2, 2)])
def test_a_rise_that_is_not_over_is_smooth_or_said_to_be_rising_still(rising):
    verdict = emergence_verdict(one_grid(rising), chance=0, items=200)
    assert verdict.word in ("improves smoothly", "too little data to say")
    assert all(seed.rises and seed.onset.step is not None for seed in verdict.seeds)
    assert not any("falls" in caveat or "stays there" in caveat for caveat in verdict.caveats), verdict.caveats


def test_few_items_show_neither_that_a_score_stays_nor_that_it_falls():
    verdict = emergence_verdict(one_grid(0.08 * (X > 1), seeds=32, items=20), chance=0, items=20)
    assert verdict.word == "too little data to say"
    assert not any("falls again" in caveat for caveat in verdict.caveats), verdict.caveats


def test_a_step_too_near_the_end_is_no_leap_within_a_slow_rise():
    early, late = one_grid(1.0 * (X > -1), seeds=9), one_grid(1.0 * (X > 1.9), seeds=7)
    verdict = emergence_verdict(early + late, chance=0, items=200)
    assert any("7 of 16 seeds: fewer than 2 evaluations after the rise" in each for each in verdict.caveats)
    assert not any("leap" in caveat for caveat in verdict.caveats)


def test_a_rise_that_falls_again_and_a_leap_that_a_slow_part_follows_are_said():
    fallen = emergence_verdict(one_grid(np.where(X > -1, 0.9 - 0.2 * np.maximum(X, 0), 0)), chance=0, items=200)
    slow = np.where(X > -1, 0.7 + 0.3 * np.clip((X + 1) / 2.5, 0, 1), 0)
    followed = emergence_verdict(one_grid(slow), chance=0, items=200)
    plain = emergence_verdict(one_grid(0.9 * (X > -1)), chance=0, items=200)
    assert fallen.word == "emerges" and any(each.startswith("it falls again: from 91%") for each in fallen.caveats)
    assert followed.word == "emerges"
    assert any(caveat.startswith("a slow rise goes with the sudden one: in 16 of 16") for caveat in followed.caveats)
    assert plain.word == "emerges" and not plain.caveats


def test_where_all_seeds_together_are_above_chance_none_is_said_to_be_at_it():
    rng = np.random.default_rng(3)
    scale = np.geomspace(10, 1e5, 30)
    curves = [(scale, 0.25 + 0.06 * (X > 0) + 0.04 * rng.normal(size=30)) for _ in range(16)]
    verdict = emergence_verdict(curves, chance=0.25)
    assert verdict.word == "too little data to say"
    assert any(caveat.startswith("all seeds together end at 31") for caveat in verdict.caveats), verdict.caveats


def test_scores_below_chance_are_asked_about():
    verdict = emergence_verdict(one_grid(np.full(30, 0.02)), chance=0.5, items=200)
    assert any("is the level of chance right?" in caveat for caveat in verdict.caveats)
    at_chance = emergence_verdict(one_grid(np.full(30, 0.5)), chance=0.5, items=200)
    assert at_chance.word == "never leaves chance" and not at_chance.caveats


def test_a_seed_that_broke_off_early_does_not_silence_the_others():
    curves = one_grid(0.9 * (X > -1))
    curves[3] = (curves[3][0][:7], curves[3][1][:7])
    verdict = emergence_verdict(curves, chance=0, items=200)
    assert verdict.word == "emerges" and verdict.emerged.n == 15
    assert verdict.caveats == ("1 of 16 seeds: fewer than 8 evaluations, not judged",)


def test_more_seeds_that_emerge_late_do_not_make_a_earlier():
    """a is the median of the seeds that emerge, whether they are more or less than half of all."""
    scale, rng = np.geomspace(10, 1e5, 30), np.random.default_rng(4)
    middles = 2 + 0.15 * np.arange(16)

    def curves(emerging):
        share_SE = (np.log10(scale) > middles[:, None]) * (np.arange(16) < emerging)[:, None] * 0.9
        return [(scale, rng.binomial(200, share_E) / 200) for share_E in share_SE]

    for emerging in (8, 9):
        verdict = emergence_verdict(curves(emerging), chance=0, items=200)
        assert verdict.onset.n == emerging
        assert verdict.onset.value == pytest.approx(10 ** np.median(middles[:emerging]), rel=0.25)


def test_growth_of_just_the_limit_is_neither_and_a_mixture_is_said():
    verdict = emergence_verdict(population(SHARP_WIDTH, np.random.default_rng(8)), chance=0, items=200)
    assert verdict.word == "too little data to say"
    assert any("taken alone, it does not show whether it grows faster" in caveat for caveat in verdict.caveats)
    both = one_grid(logistic(X, 0.1), seeds=8) + one_grid(logistic(X, 2.5), seeds=8)
    said = emergence_verdict(both, chance=0, items=200).caveats
    assert any("of 16 seeds 8 are sharp and 8 are smooth" in caveat for caveat in said), said


def test_never_leaving_chance_needs_enough_items_to_have_seen_it():
    weak = one_grid(0.25 + 0.15 * logistic(X, 0.1), seeds=2, items=20)
    verdict = emergence_verdict(weak, chance=0.25, items=20)
    assert verdict.word == "too little data to say"
    assert any("scores may end as high as" in caveat for caveat in verdict.caveats)
    assert emergence_verdict(one_grid(np.full(30, 0.25)), chance=0.25, items=200).word == "never leaves chance"


def test_a_width_of_ones_own_decides_what_is_sharp():
    curves = one_grid(logistic(X, 0.3))
    assert emergence_verdict(curves, chance=0, items=200).word == "emerges"
    assert emergence_verdict(curves, chance=0, items=200, sharp_width=0.1).word == "improves smoothly"
    with pytest.raises(UsageError, match="sharp_width must be a finite number of decades above 0, got 0"):
        emergence_verdict(curves, chance=0, sharp_width=0)


def test_a_scale_without_room_for_a_smooth_rise_is_said():
    curves = [(10 ** np.linspace(2, 2.5, 30), scores) for _, scores in one_grid(logistic(X, 1.0))]
    assert any("the scale is too short" in caveat for caveat in emergence_verdict(curves, chance=0, items=200).caveats)
