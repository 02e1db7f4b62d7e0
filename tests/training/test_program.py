"""Claims about the loss: what is summed, what is counted, and what is descended."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.models import LanguageModel, ModelConfig, named_arrays
from seedbed.tasks import World, stream
from seedbed.training import Evaluated, Member, TrainingConfig
from seedbed.training.host import Sums, first_step_without_a_number
from seedbed.training.program import (
    CHUNK,
    ChunkBatches,
    LossSums,
    batch_gradient,
    hyperparameters,
    importance,
    initial_state,
    loss_sums,
    losses_and_routings,
    slices_of,
    take_steps,
    weights,
)
from seedbed.training.reading import reading


def token_losses(model, token_BW):
    """Nats of each target token of each window, nothing dropped."""
    return losses_and_routings(model, token_BW, None)[0]


losses = eqx.filter_jit(token_losses)


def nats_by_hand(model, token_BW):
    logits_BTV = np.asarray(model(token_BW[:, :-1]), dtype=np.float64)
    log_p_BTV = logits_BTV - np.log(np.exp(logits_BTV).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_p_BTV, np.asarray(token_BW)[:, 1:, None].astype(int), axis=-1)[..., 0]


@pytest.fixture(scope="module")
def batch():
    model = LanguageModel(ModelConfig(width=8, blocks=1, heads=2, context=6), 9, key=jax.random.key(0))
    rng = np.random.default_rng(0)
    token_BW = jnp.asarray(rng.integers(0, 9, (5, 7)), jnp.int16)
    task_BW = jnp.asarray([[0] * 7, [0] * 3 + [2] * 4, [2] * 7, [0] * 7, [1] * 7], jnp.int16)
    real_B = jnp.array([True, True, True, True, False])
    return model, token_BW, task_BW, real_B


def test_losses_are_summed_by_the_task_of_the_target_and_windows_that_are_not_real_weigh_nothing(small, batch):
    model, token_BW, task_BW, real_B = batch
    found = loss_sums(losses(model, token_BW), task_BW, weights(small.config, task_BW, real_B), 3)
    nats_BT, task_BT = nats_by_hand(model, token_BW)[:4], np.asarray(task_BW)[:4, 1:]
    np.testing.assert_allclose(found.nats_K, [nats_BT[task_BT == task].sum() for task in range(3)], rtol=1e-5)
    assert found.tokens_K.tolist() == [14.0, 0.0, 10.0]
    assert float(found.nats) == pytest.approx(nats_BT.sum(), rel=1e-5) and float(found.tokens) == 24


@pytest.mark.parametrize("objective", ["pooled", "per-task"])
def test_a_step_descends_the_mean_over_tokens_or_the_mean_of_the_means_of_tasks(small, objective):
    """Keras's first Adam step is the rate times the gradient's sign, so weights tell which loss was descended."""
    training = TrainingConfig(
        steps=4, batch=4, objective=objective, optimiser="keras-adam", epsilon=1e-12, clip=1e9, warmup=0
    )
    config = replace(small.config, training=training)
    member = hyperparameters(small.members(1)[0])
    state = initial_state(config, member)
    rng = np.random.default_rng(1)
    token_BW = rng.integers(0, 27, (4, 21)).astype(np.int16)
    task_BW = np.array([[0] * 21, [0] * 21, [0] * 21, [2] * 21], np.int16)

    def pad(array):
        return jnp.asarray(np.pad(array[None], [(0, CHUNK - 1)] + [(0, 0)] * array.ndim))

    batches = ChunkBatches(pad(token_BW), pad(task_BW), pad(np.ones(4, bool)))
    after, _ = jax.jit(lambda *given: take_steps(config, *given))(member, state, batches, jnp.int32(1))

    def by_hand(model):
        nats_BT = token_losses(model, jnp.asarray(token_BW))
        return nats_BT.mean() if objective == "pooled" else (nats_BT[:3].mean() + nats_BT[3].mean()) / 2

    gradient = named_arrays(jax.jit(jax.grad(by_hand))(state.model))
    before, moved = named_arrays(state.model), named_arrays(after.model)
    moments = named_arrays(after.optimiser)
    for name, expected in gradient.items():
        (first,) = [array for key, array in moments.items() if key.endswith(f"first.{name}")]
        np.testing.assert_allclose(first, 0.1 * expected, rtol=2e-4, atol=1e-7)
        clear = np.abs(expected) > 1e-4
        np.testing.assert_allclose(
            (moved[name] - before[name])[clear], -1e-3 * np.sign(expected[clear]), rtol=1e-2, atol=1e-6
        )


@pytest.mark.parametrize("objective", ["pooled", "per-task"])
def test_a_tokens_importance_is_that_of_the_objective_by_hand(small, batch, objective):
    _, _, task_BW, real_B = batch
    config = replace(small.config, training=replace(small.config.training, objective=objective))
    found_BT = importance(config, task_BW, real_B)
    assert (found_BT[4] == 0).all() and float(found_BT.sum()) == pytest.approx(1)
    task_BT = np.asarray(task_BW)[:4, 1:]
    by_task = {"pooled": [1 / 24, 0, 1 / 24], "per-task": [1 / 28, 0, 1 / 20]}[objective]
    np.testing.assert_allclose(found_BT[:4], np.array(by_task)[task_BT], rtol=1e-6)


def test_a_batch_taken_in_slices_has_the_gradient_and_losses_of_the_whole(small):
    context = small.config.model.context
    config = replace(small.config, training=replace(small.config.training, batch=64, objective="per-task"))
    assert slices_of(64, context) > 1 == slices_of(4, context)
    rng = np.random.default_rng(0)
    token_BW = jnp.asarray(rng.integers(0, 27, (64, context + 1)), jnp.int16)
    task_BW = jnp.asarray(rng.integers(0, 3, (64, context + 1)), jnp.int16)
    real_B = jnp.asarray(np.arange(64) < 50)
    model = initial_state(config, hyperparameters(small.members(1)[0])).model

    def whole(model):
        nats_BT = token_losses(model, token_BW)
        return (nats_BT * importance(config, task_BW, real_B)).sum(), loss_sums(
            nats_BT, task_BW, weights(config, task_BW, real_B), 3
        )

    expected, sums = jax.jit(jax.grad(whole, has_aux=True))(model)
    gradient, found = jax.jit(lambda *given: batch_gradient(config, *given))(model, token_BW, task_BW, real_B)
    for name, array in named_arrays(expected).items():
        np.testing.assert_allclose(named_arrays(gradient)[name], array, rtol=1e-4, atol=1e-7)
    for one, other in zip(found, sums, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.parametrize(
    ("batch", "context", "slices"), [(64, 40, 8), (256, 45, 32), (7, 512, 7), (5, 600, 5), (8, 8, 1)]
)
def test_slices_divide_a_batch_evenly_into_parts_that_fit(batch, context, slices):
    assert slices_of(batch, context) == slices


def test_more_steps_in_a_call_are_the_same_steps_and_rows_beyond_them_are_not_read(small):
    config, member = small.config, small.members(1)[0]
    windows = reading(config, member).after
    cut = windows.batches(0, CHUNK)
    whole = ChunkBatches(jnp.asarray(cut.token_SBW, jnp.int16), jnp.asarray(cut.task_SBW), jnp.asarray(cut.real_SB))
    spoiled = ChunkBatches(whole.token_SBW.at[3:].set(5), whole.task_SBW, whole.real_SB)
    run, given = jax.jit(lambda *each: take_steps(config, *each)), hyperparameters(member)
    start = initial_state(config, given)
    (one, found), (other, again) = (run(given, start, batches, jnp.int32(3)) for batches in (whole, spoiled))
    for name, array in named_arrays(one).items():
        assert (array == named_arrays(other)[name]).all(), name
    assert int(one.step) == 3 and (found.nats == again.nats).all()
    (two, first), steps = run(given, start, whole, jnp.int32(2)), jnp.int32(1)
    rest = jax.tree.map(lambda each: jnp.roll(each, -2, axis=0), whole)
    _, last = run(given, two, rest, steps)
    assert found.nats.tolist() == [*first.nats[:2].tolist(), float(last.nats[0]), *[0.0] * (CHUNK - 3)]


def test_the_loss_of_an_epoch_counts_its_padding(small):
    """Fixed windows of 21 tokens: the mean over an epoch is over every position of every window, as Keras has it."""
    config = replace(small.config, training=replace(small.config.training, windows="fixed", batch=64, steps=1))
    member = Member(small.mixture, 0, 0, learning_rate=1e-12)
    events = [event for event in small.grown_here(config, member).events if isinstance(event, Evaluated)]
    rows = {row["task"]: row for event in events for row in event.rows if row["test"] == "train"}
    row = rows.pop("all")
    windows = reading(config, member).after
    tokens = stream(World(config.world), small.mixture, 0).token_N
    assert windows.windows == -(-len(tokens) // 21) == 22 and len(tokens) % 21
    assert row["n"] == 22 * 20
    missing = 22 * 21 - len(tokens)
    assert sum(each["n"] for each in rows.values()) == 22 * 20 - (missing - 1)  # padding is no task's
    padded = np.concatenate([tokens[: 21 * 21], np.zeros(22 * 21 - len(tokens), np.int32), tokens[21 * 21 :]])
    model = initial_state(config, hyperparameters(member)).model
    expected = nats_by_hand(model, jnp.asarray(padded.reshape(22, 21), jnp.int32)).mean()
    assert row["loss"] == pytest.approx(expected, rel=1e-5)


def test_seeds_and_scale_make_the_initial_state(small):
    def start(member):
        return named_arrays(initial_state(small.config, hyperparameters(member)).model)

    base = start(Member(small.mixture, 7, 1))
    same, other = start(Member(small.mixture, 7, 2)), start(Member(small.mixture, 8, 1))
    scaled = start(Member(small.mixture, 7, 1, init_scale=2.0))
    assert all((base[name] == same[name]).all() for name in base)
    assert (base["token_VD"] != other["token_VD"]).any()
    np.testing.assert_allclose(scaled["token_VD"], 2 * base["token_VD"])


@pytest.mark.parametrize(("bad", "steps", "found"), [(1, 8, 1), (5, 8, 5), (8, 8, 8), (9, 8, None)])
def test_the_first_step_with_a_loss_that_is_no_number_is_found_among_those_taken(bad, steps, found):
    nats = np.ones(CHUNK, np.float32)
    nats[bad - 1] = np.nan
    assert first_step_without_a_number(LossSums(nats, nats, nats, nats), steps) == found  # type: ignore[arg-type]


def test_sums_gather_means_by_task_and_survive_a_checkpoint():
    sums = Sums(2)
    for nats in (2.0, 4.0):
        by_task = np.array([nats, 0], np.float32), np.array([4, 0], np.float32)
        sums.add(LossSums(*by_task, np.float32(nats + 1), np.float32(5)))  # type: ignore[arg-type]
    rows = Sums.loaded(sums.arrays()).rows(("A->B", "A->C"))
    assert [(row["task"], row["n"], row["loss"]) for row in rows] == [("all", 10, 0.8), ("A->B", 8, 0.75)]
    kept = sums.arrays()
    sums.add(LossSums(*(np.ones(2, np.float32),) * 2, np.float32(1), np.float32(1)))  # type: ignore[arg-type]
    assert kept["sums.nats_K"].tolist() == [6.0, 0.0]  # a checkpoint does not change after it was taken
