"""What is no single rise, of many curves by rule: each is named, and none is named for another."""

import numpy as np
import pytest

from seedbed.emergence import emergence_verdict
from seedbed.emergence.pooling import means_of_neighbours

X = np.linspace(1, 5, 30)


def rise(middle, width, x=X):
    return 1 / (1 + 10 ** (-np.log10(81) / width * (x - middle)))


def curves(share_E, *, seeds=6, items=200, seed=0, scale=None):
    rng = np.random.default_rng(seed)
    scale = 10.0**X if scale is None else scale
    return [(scale, rng.binomial(items, np.clip(share_E, 0, 1)) / items) for _ in range(seeds)]


KINDS = {
    "falls with scale": (0.75 - 0.57 * (X - 1) / 4, 0.5, "gets worse with scale"),
    "falls to chance": (0.9 - 0.4 * rise(3, 0.5), 0.5, "gets worse with scale"),
    "collapses": (0.9 * rise(2, 0.1) * (X < 4), 0.0, "rises and is lost"),
    "inverted U": (np.maximum(0, 0.9 * (1 - ((X - 3) / 1.5) ** 2)), 0.0, "rises and is lost"),
    "U": (0.2 + 0.6 * ((X - 3) / 2) ** 2, 0.0, "falls and rises again"),
    "two steps": (0.5 * rise(2, 0.05) + 0.4 * rise(4, 0.05), 0.0, "rises in two steps"),
    "a small step, then a large one": (0.2 * rise(2, 0.2) + 0.7 * rise(3.7, 0.2), 0.0, "rises in two steps"),
    "one step": (0.9 * rise(3, 0.1), 0.0, "emerges"),
    "a line": (np.minimum(1, 10 ** (X - 3.5)), 0.0, "improves smoothly"),
    "a parabola": (np.minimum(1, 10 ** (X - 3.5)) ** 2, 0.0, "improves smoothly"),
    "saturates": (1 - np.exp(-(10 ** (X - 3.2))), 0.0, "improves smoothly"),
    "slow": (rise(3, 2.0), 0.0, "improves smoothly"),
    "at chance": (np.full(30, 0.25), 0.25, "never leaves chance"),
    "below chance": (np.full(30, 0.05), 0.5, "stays below chance"),
}


@pytest.mark.parametrize("items", [200, None], ids=["200 items", "items unknown"])
@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_curve_has_its_word(name, items):
    share_E, chance, word = KINDS[name]
    assert emergence_verdict(curves(share_E), chance=chance, items=items).word == word


def test_a_rise_that_is_lost_has_its_height_and_a_double_rise_its_places():
    lost = emergence_verdict(curves(KINDS["collapses"][0]), chance=0, items=200)
    assert str(lost) == "rises and is lost, from 0% to 92% and back to 0%"
    double = emergence_verdict(curves(KINDS["two steps"][0]), chance=0, items=200)
    assert double.steps == pytest.approx((100, 10_000), rel=0.2) and double.height == "from 0% to 90%"


def test_scores_that_dip_below_half_of_the_rise_are_unstable_in_a_stated_share_of_seeds():
    dipping, steady = 0.9 * rise(2, 0.05), 0.9 * rise(2, 0.05)
    dipping[22] = 0.1
    both = curves(dipping, seeds=3) + curves(steady, seeds=5)
    verdict = emergence_verdict(both, chance=0, items=200)
    assert verdict.word == "emerges, unstable" and verdict.emerges and str(verdict).endswith(", unstable")
    assert "in 3 of 8 seeds that emerge the score falls below half of its rise again" in verdict.caveats
    assert emergence_verdict(curves(dipping, seeds=1) + curves(steady, seeds=7), chance=0, items=200).word == "emerges"


def test_short_dips_of_dense_curves_are_seen_and_a_late_collapse_is_lost():
    scale = np.linspace(20, 10_000, 500)
    steps = 0.9 * rise(3, 0.05, np.log10(scale))
    dipping = np.where((np.arange(500) % 7 == 3) & (scale > 2000), 0.1, steps)
    assert emergence_verdict(curves(dipping, scale=scale), chance=0, items=200).word == "emerges, unstable"
    lost = np.where(scale > 9500, 0.0, steps)
    assert emergence_verdict(curves(lost, scale=scale), chance=0, items=200).word == "rises and is lost"
    assert emergence_verdict(curves(steps, scale=scale), chance=0, items=200).word == "emerges"


def test_seeds_that_were_not_judged_decide_nothing():
    short = [(10.0 ** X[::5], scores[::5]) for _, scores in curves(0.95 * rise(3, 0.1), seeds=28)]
    flat = curves(np.zeros(30), seeds=2)
    verdict = emergence_verdict(short + flat, chance=0, items=200)
    assert verdict.word == "too little data to say" and verdict.left_chance.n == 2
    assert any(caveat.startswith("the seeds that were not judged end at 94.7%") for caveat in verdict.caveats)
    few = emergence_verdict(short[:2] + curves(np.zeros(30), seeds=9), chance=0, items=200)
    assert few.word == "too little data to say"
    rising = emergence_verdict(short[:3] + curves(rise(3, 0.1), seeds=2), chance=0, items=200)
    assert rising.word == "too little data to say"
    assert "the seeds that were not judged could turn the verdict" in rising.caveats


@pytest.mark.parametrize("tasks", [1, 8, 64])
def test_more_tasks_make_no_score_closer_to_chance(tasks):
    """The true end is 4 of 100 points above guessing: `never leaves chance` would be wrong, however many are tested."""
    scale = np.geomspace(10, 1e5, 12)

    def share(level, populations=150):
        words = [
            emergence_verdict(
                [(scale, rng.binomial(1000, level, 12) / 1000)], chance=0.25, items=1000, tasks=tasks
            ).word
            for rng in np.random.default_rng(9).spawn(populations)
        ]
        return np.mean([word == "never leaves chance" for word in words])

    assert share(0.29) <= 0.05
    assert share(0.25) >= 0.8


def test_where_a_curve_starts_below_chance_it_is_said():
    verdict = emergence_verdict(curves(0.05 + 0.9 * rise(3, 0.05)), chance=0.5, items=200)
    assert verdict.word == "emerges"
    assert any(caveat.startswith("scores start at 5.") for caveat in verdict.caveats), verdict.caveats


@pytest.mark.parametrize("evaluations", [129, 500, 777, 5000])
def test_dense_curves_that_are_above_chance_only_at_their_end_have_an_onset_there(evaluations):
    scale = np.geomspace(10, 1e5, evaluations)
    share = np.where(np.arange(evaluations) == evaluations - 1, 0.9, 0.0)
    (seed,) = emergence_verdict([(scale, share)], chance=0, items=200).seeds
    assert seed.onset.step is None or seed.onset.step <= scale[-1]
    assert means_of_neighbours(scale, share, 128)[0].max() <= scale[-1]
