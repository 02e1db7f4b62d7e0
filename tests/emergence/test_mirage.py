from math import ceil, log

import numpy as np
import pytest

from seedbed.config.errors import UsageError
from seedbed.emergence import ScoredRun, mirage_audit

X = np.linspace(0, 4, 33)
LENGTH = 5


def run_of(p_E, rng=None, items=500, **others):
    """A run whose tokens are right independently with chance p."""
    exact_E = p_E**LENGTH if rng is None else rng.binomial(items, p_E**LENGTH) / items
    return ScoredRun(10**X, exact_E, np.log(p_E), LENGTH, **others)


def power_law(rng):
    """Schaeffer's: cross-entropy falls as a power of scale, per-token chance is exp(-CE)."""
    return np.exp(-(10 ** (1.0 - 0.8 * (X - rng.uniform(-0.2, 0.2)))))


def leap(rng, share=1.0):
    """A per-token chance of which `share` of the rise is a leap, and the rest steady in log scale."""
    done = share / (1 + np.exp(-(X - rng.uniform(1.8, 2.2)) * 40)) + (1 - share) * X / 4
    return 0.05 + 0.94 * done


def test_schaeffers_power_law_is_explained_by_the_metric():
    rng = np.random.default_rng(0)
    verdict = mirage_audit([run_of(power_law(rng), rng) for _ in range(8)])
    assert str(verdict) == "explained by the metric"
    assert verdict.share_left.value < 0.2 and verdict.share_left.n == 8
    assert verdict.jumped.value == 1
    assert max(seed.prediction_error for seed in verdict.seeds) < 0.05


def test_a_leap_of_every_token_is_not_explained():
    rng = np.random.default_rng(1)
    verdict = mirage_audit([run_of(leap(rng), rng) for _ in range(8)])
    assert str(verdict) == "not explained"
    assert verdict.share_left.value == pytest.approx(1, abs=0.1)


def test_what_the_model_learns_before_the_leap_does_not_make_the_leap_small():
    rng = np.random.default_rng(2)
    early = np.interp(X, [0, 1], [1e-4, 1])  # of the tokens' form, long before
    verdict = mirage_audit([run_of(leap(rng) * early, rng) for _ in range(8)])
    assert str(verdict) == "not explained"


def test_half_a_leap_is_partly_explained():
    rng = np.random.default_rng(3)
    runs = []
    for _ in range(8):
        p = leap(rng)
        half = 0.5 * p + 0.5 * (0.05 + 0.94 * X / 4)
        runs.append(run_of(p, rng, partial={"words": half}))
    verdict = mirage_audit(runs)
    assert str(verdict) == "partly"
    assert verdict.smoothest.startswith("words")


def test_a_metric_that_is_exact_match_in_disguise_keeps_all_and_a_steady_one_nothing():
    p = leap(np.random.default_rng(4))
    runs = [run_of(p, partial={"same": 3 * p**LENGTH + 1, "steady": X - 4})]
    left = mirage_audit(runs).seeds[0].left
    assert left["same"] == pytest.approx(1)
    assert left["steady"] == pytest.approx(0, abs=1e-9)
    assert "same, log axis" in left and "steady, log axis" not in left


def test_one_seed_cannot_be_judged_and_still_shows_its_share():
    verdict = mirage_audit([run_of(leap(np.random.default_rng(5)))])
    assert str(verdict) == "cannot be judged"
    assert verdict.share_left.value == pytest.approx(1, abs=0.1) and not verdict.share_left.has_interval
    assert "1 of 1 seeds jump: at least 3 are needed" in verdict.caveats


@pytest.mark.parametrize(
    ("exact", "why"),
    [
        (np.zeros(33), "does not rise"),
        (np.full(33, 0.9), "above chance from the first evaluation on"),
        (X / 4, "rises steadily"),
    ],
)
def test_without_a_jump_there_is_nothing_to_explain(exact, why):
    verdict = mirage_audit([ScoredRun(10**X, exact, X - 5, LENGTH)] * 4)
    assert str(verdict) == "cannot be judged"
    assert verdict.jumped.value == 0 and verdict.share_left is None
    assert why in verdict.caveats[0]


def test_partial_credit_alone_is_enough_and_needs_no_likelihood():
    rng = np.random.default_rng(9)
    runs = []
    for _ in range(6):
        p = leap(rng)
        runs.append(ScoredRun(10**X, p**LENGTH, partial={"words": p}))
    verdict = mirage_audit(runs)
    assert str(verdict) == "not explained" and verdict.smoothest.startswith("words")
    assert verdict.seeds[0].predicted is None and verdict.seeds[0].items_needed is None


def test_a_score_that_falls_counts_the_other_way_round_and_its_logarithm_does_not_decide():
    rng = np.random.default_rng(10)
    runs = []
    for _ in range(6):
        p = leap(rng)
        # a distance that goes on towards 0 long after the jump: on a logarithm most of its fall lies there
        distance = (1 - p) * np.exp(-3 * np.maximum(X - 2.5, 0)) + 1e-9
        runs.append(run_of(p, rng, partial={"distance": distance}, falling=frozenset({"distance"})))
    verdict = mirage_audit(runs)
    assert verdict.left["distance"].value == pytest.approx(1, abs=0.15)
    assert verdict.left["distance, log axis"].value < verdict.left[verdict.smoothest].value - 0.1
    assert verdict.smoothest != "distance, log axis" and str(verdict) == "not explained"


def test_a_metric_of_noise_is_no_smooth_metric():
    rng = np.random.default_rng(6)
    runs = [run_of(leap(rng), rng, partial={"bleu": rng.normal(0.5, 0.1, 33)}) for _ in range(6)]
    verdict = mirage_audit(runs)
    assert str(verdict) == "not explained"
    assert not any(name.startswith("bleu") for name in verdict.left)


def test_tokens_that_are_right_together_need_the_whole_answers_likelihood():
    known = np.linspace(0.02, 0.98, 33)  # share of items of which every token is certain; of the others none is likely
    loglik_EN = np.where(np.linspace(0, 1, 50, endpoint=False)[None] < known[:, None], -1e-9, -40.0)
    exact = np.exp(loglik_EN).mean(axis=1)
    run = ScoredRun(10**X, exact, loglik_EN.mean(axis=1) / LENGTH, LENGTH, answer_probability=exact)
    seed = mirage_audit([run]).seeds[0]
    assert seed.measured == pytest.approx(exact)
    assert seed.prediction_error == pytest.approx(0, abs=1e-9)
    assert seed.predicted[16] < 0.01 < seed.measured[16]


def test_greedy_decoding_shows_as_a_caveat():
    rng = np.random.default_rng(7)
    runs = [ScoredRun(10**X, (power_law(rng) > 0.5).astype(float), np.log(power_law(rng)), LENGTH) for _ in range(4)]
    assert any("greedy" in caveat for caveat in mirage_audit(runs).caveats)


def test_the_items_needed_to_see_one_right_answer():
    p = leap(np.random.default_rng(8))
    seed = mirage_audit([run_of(p)]).seeds[0]
    before = p[np.searchsorted(10**X, seed.jump[0] * (1 - 1e-9))] ** LENGTH
    assert seed.items_needed == ceil(log(0.05) / np.log1p(-before))


GOOD = {"scale": 10**X, "exact": X / 4, "token_loglik": X - 5, "length": LENGTH}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"exact": X}, "exact must lie in"),
        ({"exact": X[:3] / 4}, "33 evaluations, got 3"),
        ({"token_loglik": 5 - X}, "a loss has the other sign"),
        ({"scale": X}, "leave out step 0"),
        ({"length": 0}, "length must be at least 1"),
        ({"length": None}, "takes token_loglik and length together"),
        ({"length": None, "token_loglik": None}, "needs a score to compare exact match with"),
        ({"answer_probability": X[:3] / 4}, "33 evaluations, got 3"),
        ({"answer_probability": X}, "answer_probability must lie in"),
        ({"partial": {"bleu": [1.0]}}, "bleu needs one number"),
        ({"partial": {"bleu": np.full(33, np.nan)}}, "bleu holds nan"),
    ],
)
def test_impossible_input_is_refused(change, message):
    with pytest.raises(UsageError, match=message):
        mirage_audit([ScoredRun(**{**GOOD, **change})])


def test_no_run_and_short_runs_are_refused():
    with pytest.raises(UsageError, match="at least one run"):
        mirage_audit([])
    with pytest.raises(UsageError, match="at least 8 evaluations"):
        mirage_audit([ScoredRun([1, 2], [0, 1], [-1, -0.5], 4)])
