"""Claims about the distance from Bayes: it is scipy's divergence, 0 for Bayes itself, and told apart by shots."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, rel_entr

from seedbed.config import UsageError
from seedbed.evaluation import answers_of, kl_by_shots, kl_from_bayes
from seedbed.tasks import BayesPredictor, Mixture, World, evaluation_set, triangle

MIXTURE = Mixture((("A->B", 3), ("A->C", 1)))


def drawn(seed, *shape):
    return log_softmax(np.random.default_rng(seed).normal(0, 2, shape), axis=-1)


@given(st.integers(0, 1000))
def test_it_is_the_relative_entropy_also_where_bayes_rules_tokens_out(seed):
    bayes_AV, model_AV = drawn(seed, 5, 7), drawn(seed + 1, 5, 7)
    bayes_AV[:, 3:] = -np.inf
    bayes_AV = log_softmax(bayes_AV, axis=-1)
    expected_A = rel_entr(np.exp(bayes_AV), np.exp(model_AV)).sum(axis=-1)
    np.testing.assert_allclose(kl_from_bayes(bayes_AV, model_AV), expected_A, rtol=1e-12)
    assert (expected_A > 0).all()


def test_a_model_that_rules_out_what_bayes_allows_is_infinitely_far():
    model_1V = np.log([[0.5, 0.5]])
    assert kl_from_bayes(model_1V, np.array([[0.0, -np.inf]])) == [np.inf]


def test_spare_classes_of_a_model_count_against_it():
    assert kl_from_bayes(np.log([[0.5, 0.5]]), np.log([[0.25, 0.25, 0.5]])) == pytest.approx(np.log(2))


def test_means_are_over_the_answers_tokens_by_their_shots():
    bayes_NTV, model_NTV = drawn(0, 3, 4, 5), drawn(1, 3, 4, 5)
    answer_NT = np.array([[0, 1, 0, 1], [0, 1, 0, 1], [0, 0, 0, 1]], dtype=bool)
    shots_NT = np.array([[0, 0, 0, 2]] * 3)
    none, two = kl_by_shots(bayes_NTV, model_NTV, answer_NT, shots_NT)
    kl_NT = kl_from_bayes(bayes_NTV, model_NTV)
    assert (none.shots, none.prompts, none.tokens) == (0, 2, 2) and (two.shots, two.prompts, two.tokens) == (2, 3, 3)
    assert none.kl == pytest.approx(kl_NT[:2, 1].mean()) and two.kl == pytest.approx(kl_NT[:, 3].mean())
    with pytest.raises(UsageError, match="nothing to compare"):
        kl_by_shots(bayes_NTV, model_NTV, np.zeros_like(answer_NT), shots_NT)
    with pytest.raises(UsageError, match="apply log_softmax"):
        kl_by_shots(bayes_NTV, model_NTV + 1, answer_NT, shots_NT)


@pytest.mark.parametrize("shots", [0, 2])
def test_bayes_is_no_distance_from_itself_and_as_far_as_the_answer_is_unlikely_from_one_that_knows_the_task(shots):
    world = World(triangle())
    seen_S = np.ones(world.config.sentences, dtype=bool)
    asked = evaluation_set(world, "A->C", "seen", np.arange(0, 1680, 200), seen_S, shots=shots, coverage=None, seed=1)
    token_NT, answer_NT, shots_NT = answers_of(asked)
    bayes_NTV = BayesPredictor(world, MIXTURE).predict(token_NT).log_next_NTV
    assert (bayes_NTV[answer_NT].argmax(axis=1) != 0).all() and answer_NT.sum(axis=1).tolist() == [4] * 9
    (own,) = kl_by_shots(bayes_NTV, bayes_NTV, answer_NT, shots_NT)
    assert own.shots == shots and own.kl == pytest.approx(0, abs=1e-12)
    knowing_NTV = BayesPredictor(world, Mixture((("A->C", 1),))).predict(token_NT).log_next_NTV
    # The mixture says A->C one time in 4 without shots, so only the first word of the answer is in doubt.
    first_NT = answer_NT & (np.cumsum(answer_NT, axis=1) == 1)
    surprise_N = kl_from_bayes(knowing_NTV[first_NT], bayes_NTV[first_NT])
    assert surprise_N == pytest.approx(np.log(4) if shots == 0 else 0, abs=1e-9)
