"""Claims about what a step descends beyond the plain loss: prefixes, dropout by key and step, balanced experts."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.evaluation import answer_chances, score, score_sliding
from seedbed.models import MIXERS, ExpertsConfig, Routing, named_arrays
from seedbed.tasks import World, evaluation_set
from seedbed.training import Finished, Member, train_population
from seedbed.training.growth import Growth, Programs
from seedbed.training.program import (
    balance_loss,
    batch_gradient,
    dropout_key,
    hyperparameters,
    importance,
    initial_state,
    loss_sums,
    losses_and_routings,
    weights,
)


def model_config(small, **settings):
    return replace(small.config, model=replace(small.config.model, **settings))


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    token_BW = jnp.asarray(rng.integers(0, 27, (8, 21)), jnp.int16)
    task_BW = jnp.asarray(rng.integers(0, 3, (8, 21)), jnp.int16)
    return token_BW, task_BW, jnp.asarray([True] * 6 + [False] * 2)


def start_of(config, small):
    return initial_state(config, hyperparameters(small.members(1)[0])).model


@pytest.mark.parametrize("mixer", list(MIXERS))
def test_bfloat16_multiplies_in_8_bits_and_leaves_the_gradient_in_float32(small, batch, mixer):
    config = model_config(small, mixer=mixer)
    half = replace(config, training=replace(config.training, precision="bfloat16"))
    model, (token_BW, task_BW, real_B) = start_of(config, small), batch
    with jax.numpy_dtype_promotion("strict"):
        full, rough = (batch_gradient(each, model, token_BW, task_BW, real_B)[0] for each in (config, half))
    for name, expected in named_arrays(full).items():
        found = named_arrays(rough)[name]
        assert found.dtype == np.float32
        near = np.vdot(found, expected) / max(np.linalg.norm(found) * np.linalg.norm(expected), 1e-30)
        assert near > 0.99 or np.abs(expected).max() < 1e-6, name
    maps = [name for name in named_arrays(full) if name.endswith("weight_IO") and "recurrent" not in name]
    assert any((named_arrays(rough)[name] != named_arrays(full)[name]).any() for name in maps)


@pytest.mark.parametrize("objective", ["pooled", "per-task"])
def test_only_targets_from_the_prefix_on_are_counted_and_weighed(small, batch, objective):
    config = model_config(small, prefix=7)
    config = replace(config, training=replace(config.training, objective=objective))
    token_BW, task_BW, real_B = batch
    found_BT = np.asarray(importance(config, task_BW, real_B))
    assert (found_BT[:, :6] == 0).all() and (found_BT[:6, 6:] > 0).all() and found_BT.sum() == pytest.approx(1)
    nats_BT, _ = losses_and_routings(start_of(config, small), token_BW, None)
    sums = loss_sums(nats_BT, task_BW, weights(config, task_BW, real_B), 3)
    assert float(sums.tokens) == 6 * 14 == float(sums.tokens_K.sum())
    assert float(sums.nats) == pytest.approx(float(nats_BT[:6, 6:].sum()), rel=1e-5)


def test_the_gradient_is_that_of_the_targets_from_the_prefix_on(small, batch):
    config = model_config(small, prefix=7)
    token_BW, _, real_B = batch

    def by_hand(model):
        nats_BT, _ = losses_and_routings(model, token_BW, None)
        return nats_BT[:6, 6:].mean()

    gradient, sums = jax.jit(lambda *given: batch_gradient(config, *given))(start_of(config, small), *batch)
    expected = named_arrays(jax.jit(jax.grad(by_hand))(start_of(config, small)))
    assert float(sums.tokens) == 14 * int(real_B.sum())
    for name, array in named_arrays(gradient).items():
        np.testing.assert_allclose(array, expected[name], rtol=1e-4, atol=1e-7)


def test_no_answer_lies_within_the_prefix_of_a_test(small):
    """With a prefix as long as can be the answers' likelihoods are those of prefixes that end with the prompt."""
    config = model_config(small, prefix=19)
    world = World(config.world)
    asked = evaluation_set(world, "A->B", "seen", np.arange(6), np.ones(1680, bool), shots=1, coverage=0, seed=0)
    model = jax.tree.map(lambda array: 4 * array, start_of(config, small))
    prompt_NP, answer_NA = jnp.asarray(asked.prompt_NP, jnp.int32), jnp.asarray(asked.answer_NA, jnp.int32)
    prompt, answers = prompt_NP.shape[1], answer_NA.shape[1]
    assert prompt + answers - 1 > prompt == min(19, prompt)
    said_NAC = answer_chances()(model, asked)
    for place in range(answers):
        read_NT = jnp.concatenate([prompt_NP, answer_NA[:, :place]], axis=1)
        alone_NC = jax.nn.log_softmax(model(read_NT, prefix=prompt)[:, -1])
        np.testing.assert_allclose(said_NAC[:, place], alone_NC, rtol=1e-4, atol=1e-4)
    scores = jax.jit(lambda *given: score(*given, 1))(model, prompt_NP, answer_NA)
    own = np.take_along_axis(said_NAC, asked.answer_NA[:, :, None].astype(int), axis=2)[..., 0].sum(axis=1)
    np.testing.assert_allclose(scores.log_likelihood_N, own, rtol=1e-4)
    # Sliding: the answer's last token never turns into part of the prefix, whatever the config's is.
    slid = jax.jit(lambda *given: score_sliding(*given, 1))(model, prompt_NP, answer_NA)
    log_p = np.zeros(6)
    for place in range(answers):
        window_NP = jnp.concatenate([prompt_NP, answer_NA[:, :place]], axis=1)[:, place:]
        said_NC = jax.nn.log_softmax(model(window_NP, prefix=prompt - answers + 1)[:, -1])
        log_p += np.asarray(said_NC)[np.arange(6), asked.answer_NA[:, place]]
    np.testing.assert_allclose(slid.log_likelihood_N, log_p, rtol=1e-4)


def test_a_prefix_model_grows_in_a_population(small):
    heard = small.grown_here(model_config(small, prefix=6), small.members(1)[0])
    losses = heard.losses("alone")
    assert np.isfinite(losses).all() and heard.hashes


def test_dropout_has_a_key_for_each_seed_and_step_and_none_without_it(small):
    config = model_config(small, dropout=0.2)
    members = [hyperparameters(member) for member in small.members(2)]
    assert dropout_key(small.config, members[0], jnp.int32(0)) is None
    keys = {
        tuple(np.asarray(jax.random.key_data(dropout_key(config, member, jnp.int32(step)))).tolist())
        for member in members
        for step in range(5)
    }
    assert len(keys) == 10


def test_slices_of_a_batch_drop_other_numbers(small, batch):
    config = model_config(small, dropout=0.5)
    token_BW = jnp.broadcast_to(batch[0][:1], (64, 21))
    task_BW, real_B = jnp.broadcast_to(batch[1][:1], (64, 21)), jnp.ones(64, bool)
    model = start_of(config, small)
    step = jax.jit(lambda *given: batch_gradient(config, *given))
    one, same, other = (step(model, token_BW, task_BW, real_B, jax.random.key(seed))[1] for seed in (1, 1, 2))
    assert float(one.nats) == float(same.nats) != float(other.nats)
    plain = step(model, token_BW, task_BW, real_B, None)[1]
    assert float(one.nats) != float(plain.nats) and float(one.nats) == pytest.approx(float(plain.nats), rel=0.05)


def test_a_member_with_dropout_is_the_same_resumed_and_under_both_layouts(small):
    config, member = model_config(small, dropout=0.3), small.members(1)[0]
    alone = small.grown_here(config, member)
    growth = Growth(Programs(config), member, "alone")
    while growth.host.step < 7:
        for _ in growth.advance():
            pass
    assert small.grown_here(config, member, resume=growth.checkpoint().arrays).hashes == alone.hashes
    plain = small.grown_here(small.config, member)
    assert plain.hashes != alone.hashes
    heard = small.heard()
    (name,) = train_population([(config, member)], heard, layout="stacked")
    (one,), (other,) = heard.of(name, Finished), alone.of("alone", Finished)
    for place, array in one.weights.items():
        np.testing.assert_allclose(array, other.weights[place], rtol=0, atol=1e-5)


def test_balance_is_one_a_block_where_choices_are_even_and_the_number_of_experts_where_one_has_all():
    even = Routing(jnp.full((3, 4), 0.25), jnp.full((3, 4), 0.25))
    one_has_all = Routing(jnp.eye(4)[:1].repeat(3, axis=0), jnp.eye(4)[:1].repeat(3, axis=0))
    real_B = jnp.array([True, True, False])
    assert float(balance_loss((even,), real_B)) == pytest.approx(1)
    assert float(balance_loss((one_has_all, even), real_B)) == pytest.approx(5)
    mixed = Routing(jnp.eye(4)[:3], jnp.eye(4)[:3])  # two real windows with an expert each
    assert float(balance_loss((mixed,), real_B)) == pytest.approx(4 * 2 * 0.5 * 0.5)
    assert float(balance_loss((mixed,), jnp.zeros(3, bool))) == 0


def test_balance_is_descended_and_not_reported(small, batch):
    def found(balance):
        config = model_config(small, channels="experts", experts=ExpertsConfig(balance=balance))
        model = start_of(config, small)
        return jax.jit(lambda *given: batch_gradient(config, *given))(model, *batch)

    (without, plain), (with_it, balanced) = found(0.0), found(10.0)
    assert float(plain.nats) == float(balanced.nats)
    without, with_it = named_arrays(without), named_arrays(with_it)
    changed = {name for name, array in without.items() if np.abs(array - with_it[name]).max() > 1e-5}
    assert "blocks.0.channels.router.weight_IO" in changed
    assert not any("experts" in name for name in changed)


def test_a_mixture_of_experts_grows_in_a_population(small):
    config = model_config(small, channels="experts", experts=ExpertsConfig(used=1))
    (finished,) = small.grown_here(config, small.members(1)[0]).of("alone", Finished)
    start = named_arrays(start_of(config, small))
    moved = {name for name, array in finished.weights.items() if (array != start[name]).any()}
    assert moved == start.keys() and all(np.isfinite(array).all() for array in finished.weights.values())


def test_a_dropout_key_is_made_of_the_init_seed_and_not_of_the_data_seed_or_the_rate(small):
    config = model_config(small, dropout=0.2)
    base = hyperparameters(Member(small.mixture, 3, 1))
    other = hyperparameters(Member(small.mixture, 3, 2, learning_rate=1e-2))
    one, same = (jax.random.key_data(dropout_key(config, each, jnp.int32(4))) for each in (base, other))
    assert (np.asarray(one) == np.asarray(same)).all()
