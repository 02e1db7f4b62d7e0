"""Claims about scores: one pass says what step-by-step decoding says, and every number equals its definition."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.emergence import edit_score
from seedbed.evaluation import Scores, evaluate, score, score_sliding, scorer
from seedbed.models import LanguageModel, ModelConfig, scaled
from seedbed.tasks import Mixture, Vocabulary, World, evaluation_set, triangle
from seedbed.training import Member, PopulationConfig, TrainingConfig
from seedbed.training.growth import Programs
from seedbed.training.host import Host
from seedbed.training.program import hyperparameters

CONFIG = PopulationConfig(
    world=triangle(),
    model=ModelConfig(width=32, heads=2),
    training=TrainingConfig(steps=500, batch=16),
)
WORLD = World(CONFIG.world)
last_logits = eqx.filter_jit(lambda model, tokens_BT: model(tokens_BT)[:, -1])
compiled, compiled_sliding = eqx.filter_jit(score), eqx.filter_jit(score_sliding)


@pytest.fixture(scope="module")
def trained():
    """A model that has learnt to copy and translate some words, but not all."""
    with jax.numpy_dtype_promotion("standard"):  # as around the optimiser
        programs = Programs(CONFIG)
        member = Member(Mixture((("A->B", 300), ("A->C", 100))), 0, 0, 4e-3)
        host = Host(CONFIG, member, "m", programs.examiner)
        given = hyperparameters(member)
        state = programs.start(given)
        for _ in range(5):
            batches = jax.tree.map(jnp.asarray, host.batches(32))
            state, sums = programs.steps(given, state, batches, jnp.int32(32))
            host.took(32, sums)
    return state.model


@pytest.fixture(scope="module")
def random():
    return scaled(LanguageModel(CONFIG.model, 27, key=jax.random.key(1)), jnp.float32(8.0))


def questions(task="A->B", count=60, shots=3, coverage=4):
    seen_S = np.ones(1680, dtype=bool)
    picked = np.arange(0, 1680, 1680 // count)[:count]
    return evaluation_set(WORLD, task, "seen", picked, seen_S, shots=shots, coverage=coverage, seed=0)


def decoded_without_cache(model, prompt_NP, tokens, window=None):
    """Greedy decoding, the whole text through the model for every token."""
    text_NT = jnp.asarray(prompt_NP)
    for _ in range(tokens):
        shown = text_NT if window is None else text_NT[:, -window:]
        token_N1 = jnp.argmax(last_logits(model, shown), axis=-1).astype(jnp.int32)[:, None]
        text_NT = jnp.concatenate([text_NT, token_N1], axis=1)
    return np.asarray(text_NT[:, -tokens:])


@pytest.mark.parametrize("which", ["random", "trained"])
def test_exact_match_of_one_pass_is_that_of_decoding_step_by_step_without_a_cache(which, request):
    model = request.getfixturevalue(which)
    asked = questions()
    decoded_NA = decoded_without_cache(model, asked.prompt_NP, 4)
    scores = compiled(model, jnp.asarray(asked.prompt_NP), jnp.asarray(asked.answer_NA), 1)
    assert (scores.exact_N == (decoded_NA == asked.answer_NA).all(axis=1)).all()
    assert (scores.word_right_NL == (decoded_NA == asked.answer_NA)).all()
    # What the model itself says is by definition exact, so that agreement is not only that of all-wrong answers.
    own = compiled(model, jnp.asarray(asked.prompt_NP), jnp.asarray(decoded_NA), 1)
    assert own.exact_N.all() and own.word_right_NL.all()


def test_the_trained_model_gets_some_words_right_and_not_all(trained):
    asked = questions()
    scores = compiled(trained, jnp.asarray(asked.prompt_NP), jnp.asarray(asked.answer_NA), 1)
    assert 0.05 < scores.word_right_NL.mean() < 0.95


@pytest.mark.parametrize("which", ["random", "trained"])
def test_the_sliding_score_is_that_of_naive_decoding_over_the_last_tokens(which, request):
    model = request.getfixturevalue(which)
    asked = questions()
    prompt_NP = asked.prompt_NP[:, -22:]
    scores = compiled_sliding(model, jnp.asarray(prompt_NP), jnp.asarray(asked.answer_NA), 1)
    decoded_NA = decoded_without_cache(model, prompt_NP, 4, window=22)
    assert (scores.word_right_NL == (decoded_NA == asked.answer_NA)).all()
    log_p = np.zeros(60)
    for place in range(4):
        true_NP = np.hstack([prompt_NP, asked.answer_NA[:, :place]])[:, -22:]
        logits_NV = np.asarray(last_logits(model, jnp.asarray(true_NP)), dtype=np.float64)
        log_p_NV = logits_NV - np.log(np.exp(logits_NV).sum(axis=1, keepdims=True))
        log_p += log_p_NV[np.arange(60), asked.answer_NA[:, place]]
    np.testing.assert_allclose(scores.log_likelihood_N, log_p, rtol=1e-4)


def always(chance_V):
    """A language model that predicts these chances whatever it reads: only its head's bias is not zero."""
    model = LanguageModel(ModelConfig(width=4, heads=1, bias=True, context=8), len(chance_V), key=jax.random.key(0))
    silent = jax.tree.map(jnp.zeros_like, model)
    return eqx.tree_at(lambda model: model.head.bias_O, silent, jnp.log(jnp.array(chance_V, jnp.float32)))


def test_likelihood_and_brier_score_by_hand():
    model = always([0.5, 0.3, 0.2])
    answer_NA = jnp.array([[0, 0], [0, 1], [2, 2]], jnp.int32)
    scores = compiled(model, jnp.zeros((3, 2), jnp.int32), answer_NA, 1)
    np.testing.assert_allclose(scores.log_likelihood_N, np.log([0.25, 0.15, 0.04]), rtol=1e-6)
    brier = {0: 0.25 + 0.09 + 0.04, 1: 0.25 + 0.49 + 0.04, 2: 0.25 + 0.09 + 0.64}
    np.testing.assert_allclose(scores.brier_N, [brier[0], (brier[0] + brier[1]) / 2, brier[2]], rtol=1e-6)
    assert scores.exact_N.tolist() == [True, False, False]
    assert scores.word_right_NL.tolist() == [[True, True], [True, False], [False, False]]


def test_a_word_of_two_pieces_is_right_when_both_are():
    model = always([0.6, 0.3, 0.1])
    answer_NA = jnp.array([[0, 0, 0, 1], [1, 0, 0, 0]], jnp.int32)
    scores = compiled(model, jnp.zeros((2, 3), jnp.int32), answer_NA, 2)
    assert scores.word_right_NL.tolist() == [[True, False], [False, True]]


def test_padding_a_block_changes_no_score(trained):
    asked = questions(count=60)
    run = scorer(16)  # three full blocks and one of 12 padded to 16
    whole = run(trained, asked, 1)
    assert [len(column) for column in whole] == [60] * len(Scores._fields)
    for at in (0, 48):
        part = questions_at(asked, slice(at, at + 16))
        for column, all_of_it in zip(run(trained, part, 1), whole, strict=True):
            np.testing.assert_array_equal(column, all_of_it[at : at + 16])
    tail = questions_at(asked, slice(51, 60))  # nine prompts, another place in their block
    for column, all_of_it in zip(run(trained, tail, 1), whole, strict=True):
        np.testing.assert_array_equal(column, all_of_it[51:60])


def questions_at(asked, rows):
    return replace(
        asked, prompt_NP=asked.prompt_NP[rows], answer_NA=asked.answer_NA[rows], sentence_N=asked.sentence_N[rows]
    )


def test_a_prompt_longer_than_the_context_is_scored_through_a_sliding_window(trained):
    asked = questions(shots=3)
    long = questions_at(asked, slice(0, 8))
    prompt_NP = np.hstack([long.prompt_NP[:, :5], long.prompt_NP])  # 40 tokens, the whole context
    scores = scorer(16)(trained, replace(long, prompt_NP=prompt_NP), 1)
    naive = compiled_sliding(trained, jnp.asarray(prompt_NP), jnp.asarray(long.answer_NA), 1)
    for column, other in zip(scores, naive, strict=True):
        np.testing.assert_allclose(column, other, rtol=1e-5, atol=1e-6)


def test_a_row_holds_the_means_of_its_set_and_its_size(trained):
    sets = iter([("panel", questions(count=60)), ("every", questions_at(questions(), slice(0, 0)))])
    ((row, asked, scores),) = evaluate(trained, sets, scorer(16), Vocabulary(CONFIG.world).tokens_per_word)
    assert isinstance(scores, Scores)
    assert row["n"] == len(asked.prompt_NP) == 60
    assert (row["task"], row["test"], row["split"], row["shots"], row["coverage"]) == ("A->B", "panel", "seen", 3, 4)
    assert row["exact"] == pytest.approx(np.mean(scores.exact_N))
    assert row["word_score"] == pytest.approx(np.mean(scores.word_right_NL))
    edited = [edit_score(a.tolist(), r.tolist()) for a, r in zip(scores.decoded_NA, asked.answer_NA, strict=True)]
    assert row["edit_score"] == pytest.approx(np.mean(edited))
    assert row["log_likelihood"] == pytest.approx(np.mean(scores.log_likelihood_N) / 4, rel=1e-6)
    assert row["answer_probability"] == pytest.approx(np.mean(np.exp(np.float64(scores.log_likelihood_N))), rel=1e-6)
    assert row["seen_shots"] == 1.0
