import numpy as np
import pytest

from seedbed.config.errors import UsageError
from seedbed.emergence import clopper_pearson, mean_over_seeds, seed_distribution, two_groups


def test_two_kinds_of_seeds_are_told_apart_and_described():
    rng = np.random.default_rng(0)
    low, high = rng.binomial(200, rng.beta(2, 60, 10)) / 200, rng.binomial(200, rng.beta(40, 4, 6)) / 200
    found = seed_distribution([*low, *high], threshold=0.5, items=200)
    assert found.success == clopper_pearson(6, 16)
    assert found.given_success == mean_over_seeds(high, 200)
    assert found.given_failure == mean_over_seeds(low, 200)
    assert found.dip.p < 0.05
    assert found.groups.are_two
    assert found.groups.share == pytest.approx(6 / 16, abs=0.02)
    assert (found.groups.low, found.groups.high) == pytest.approx((low.mean(), high.mean()), abs=0.01)
    assert [p > 0.5 for p in found.groups.in_high_S] == [False] * 10 + [True] * 6


@pytest.mark.parametrize(("a", "b"), [(8, 2), (2, 2), (1, 1), (40, 2), (0.5, 4)])
def test_one_kind_is_seldom_called_two(a, b):
    rng = np.random.default_rng(1)
    called = [two_groups(rng.binomial(200, rng.beta(a, b, 16)) / 200, 200).are_two for _ in range(100)]
    assert np.mean(called) <= 0.05


def test_the_mixtures_weights_are_found_again():
    rng = np.random.default_rng(2)
    succeeded = rng.uniform(size=400) < 0.3
    scores = rng.binomial(200, np.where(succeeded, rng.beta(20, 5, 400), rng.beta(2, 18, 400))) / 200
    found = two_groups(scores, 200)
    assert found.share == pytest.approx(succeeded.mean(), abs=0.02)
    assert (found.low, found.high) == pytest.approx((0.1, 0.8), abs=0.02)


def test_the_chance_of_success_moves_smoothly_while_the_typical_score_jumps():
    rng = np.random.default_rng(3)
    chances, typical = (0.3, 0.45, 0.6), []
    for chance in chances:
        scores = np.where(rng.uniform(size=240) < chance, rng.beta(30, 3, 240), rng.beta(3, 30, 240))
        found = seed_distribution(scores, threshold=0.5)
        typical.append(float(np.median(scores)))
        assert found.success.low <= chance <= found.success.high
        assert found.given_success.value == pytest.approx(30 / 33, abs=0.02)
    assert typical[2] - typical[0] > 0.6


@pytest.mark.parametrize("scores", [[0.0] * 16, [1.0] * 16, [0.5] * 4])
@pytest.mark.parametrize("items", [None, 200])
def test_seeds_that_all_agree_are_one_group(scores, items):
    found = seed_distribution(scores, threshold=0.5, items=items)
    assert not found.groups.are_two
    assert found.groups.low == found.groups.high == scores[0]
    assert (found.given_success is None) == (scores[0] < 0.5)


def test_five_seeds_are_of_no_known_kinds_whatever_their_gaps():
    found = seed_distribution([0.0, 0.0, 0.0, 0.95, 0.95], threshold=0.5, items=200)
    assert found.groups.are_two and found.two_kinds is None


def test_a_gap_that_one_hump_gives_often_is_no_second_kind():
    found = seed_distribution([0.0] * 7 + [0.9], threshold=0.5, items=200)
    assert found.groups.are_two and found.dip.p > 0.05 and found.two_kinds is False
    assert seed_distribution([0.0] * 8 + [0.95] * 8, threshold=0.5).two_kinds is True


@pytest.mark.parametrize(("a", "b"), [(8, 2), (2, 2), (1, 1), (0.5, 4)])
@pytest.mark.parametrize("seeds", [8, 16])
def test_seeds_of_one_hump_are_seldom_called_two_kinds(a, b, seeds):
    rng = np.random.default_rng(seeds)
    drawn = [rng.binomial(200, rng.beta(a, b, seeds)) / 200 for _ in range(100)]
    assert np.mean([seed_distribution(each, threshold=0.5, items=200).two_kinds for each in drawn]) <= 0.05


def test_few_seeds_have_a_share_but_no_shape():
    found = seed_distribution([0.1, 0.9, 0.95], threshold=0.5)
    assert found.dip is None and found.groups is None
    assert found.success == clopper_pearson(2, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: seed_distribution([0.5, 50], threshold=0.5), "got 50"),
        (lambda: seed_distribution([0.5], threshold=0), "threshold must be"),
        (lambda: seed_distribution([0.5], threshold=0.5, items=0), "items must be"),
        (lambda: two_groups([0.1, 0.9]), "at least 4 seeds, got 2"),
    ],
)
def test_impossible_input_is_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()
