"""Claims about optimisers: Keras's Adam as its source writes it, clips, decays and schedules."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from seedbed.models import LanguageModel, ModelConfig
from seedbed.training import TrainingConfig
from seedbed.training.optimiser import (
    clip_each_variable,
    optimiser,
    scale_by_keras_adam,
    scale_by_muon_and_adam,
    schedule,
)

KERAS = TrainingConfig(optimiser="keras-adam", b1=0.9, b2=0.999, epsilon=1e-7, warmup=0)
PARAMS = {"w": jnp.array([[0.5, -1.0], [2.0, 0.1]], jnp.float32), "b": jnp.array([0.2, -0.3], jnp.float32)}


def gradients(step):
    """Some so small that epsilon matters, some larger than the clip."""
    rng = np.random.default_rng(step)
    return {"w": rng.normal(0, 3, (2, 2)).astype(np.float32), "b": rng.normal(0, 1e-6, 2).astype(np.float32)}


def numpy_keras(params, rate, steps, clip):
    """One `update_step` of Keras's Adam after another, with `clipnorm`, in double precision."""
    params = {name: np.float64(value) for name, value in params.items()}
    m = {name: np.zeros_like(value) for name, value in params.items()}
    v = {name: np.zeros_like(value) for name, value in params.items()}
    for step in range(1, steps + 1):
        alpha = rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        for name, gradient in gradients(step).items():
            gradient = np.float64(gradient)
            norm = np.sqrt((gradient**2).sum())
            gradient = gradient * clip / norm if norm > clip else gradient
            m[name] += (gradient - m[name]) * (1 - 0.9)
            v[name] += (gradient**2 - v[name]) * (1 - 0.999)
            params[name] -= alpha * m[name] / (np.sqrt(v[name]) + 1e-7)
    return params


def trained(transformation, params, steps):
    state = transformation.init(params)
    for step in range(1, steps + 1):
        updates, state = transformation.update(jax.tree.map(jnp.asarray, gradients(step)), state, params)
        params = optax.apply_updates(params, updates)
    return params


def test_keras_adam_with_clipnorm_follows_its_formula():
    ours = trained(optimiser(KERAS, jnp.float32(0.01), jnp.float32(0.0)), PARAMS, 25)
    expected = numpy_keras(PARAMS, 0.01, 25, clip=1.0)
    for name in PARAMS:
        np.testing.assert_allclose(ours[name], expected[name], rtol=2e-5)


def test_keras_adam_is_optax_adam_with_a_corrected_epsilon_and_not_with_the_plain_one():
    ours, corrected, plain = scale_by_keras_adam(0.9, 0.999, 1e-7), [], []
    state = ours.init(PARAMS)
    moments = optax.scale_by_adam(0.9, 0.999, 1e-7).init(PARAMS)
    for step in range(1, 8):
        given = jax.tree.map(jnp.asarray, gradients(step))
        update, state = ours.update(given, state)
        epsilon = 1e-7 / float(np.sqrt(1 - 0.999**step))
        theirs, _ = optax.scale_by_adam(0.9, 0.999, epsilon).update(given, moments)
        with_plain, moments = optax.scale_by_adam(0.9, 0.999, 1e-7).update(given, moments)
        for name in PARAMS:
            np.testing.assert_allclose(update[name], theirs[name], rtol=2e-4)
        corrected.append(float(jnp.abs(update["b"] - theirs["b"]).max()))
        plain.append(float(jnp.abs(update["b"] - with_plain["b"]).max()))
    assert min(plain) > 100 * max(corrected)  # gradients of 1e-6: the form of epsilon is seen


def test_each_variable_is_clipped_on_its_own():
    clip = clip_each_variable(1.0)
    given = {"long": jnp.array([3.0, 4.0]), "short": jnp.array([0.3, 0.4]), "none": jnp.zeros(2)}
    clipped, _ = clip.update(given, clip.init(given))
    np.testing.assert_allclose(clipped["long"], [0.6, 0.8], rtol=1e-6)
    assert (clipped["short"] == given["short"]).all() and (clipped["none"] == 0).all()


def test_adamw_clips_the_global_norm_and_decays_matrices_alone():
    config = TrainingConfig(warmup=0, clip=1.0)
    adamw = optimiser(config, jnp.float32(0.1), jnp.float32(0.5))
    zero = jax.tree.map(jnp.zeros_like, PARAMS)
    updates, _ = adamw.update(zero, adamw.init(PARAMS), PARAMS)
    np.testing.assert_allclose(updates["w"], -0.1 * 0.5 * PARAMS["w"], rtol=1e-6)
    assert (updates["b"] == 0).all()

    given = {"w": jnp.full((2, 2), 3.0), "b": jnp.full(2, 4.0)}
    _, state = adamw.update(given, adamw.init(PARAMS), PARAMS)
    norm = float(jnp.sqrt(4 * 9.0 + 2 * 16.0))
    np.testing.assert_allclose(state[1].mu["w"], 0.1 * 3.0 / norm, rtol=1e-5)
    np.testing.assert_allclose(state[1].mu["b"], 0.1 * 4.0 / norm, rtol=1e-5)


def test_the_rate_is_data():
    """Twice the rate, twice the first step, through one compiled function."""

    @jax.jit
    def first(rate):
        adam = optimiser(KERAS, rate, jnp.float32(0.0))
        return adam.update(PARAMS, adam.init(PARAMS), PARAMS)[0]

    one, two = first(jnp.float32(0.01)), first(jnp.float32(0.02))
    np.testing.assert_allclose(two["w"], 2 * one["w"], rtol=1e-6)


def shares(config):
    return np.array([float(schedule(config, jnp.int32(step))) for step in range(config.steps)])


def test_a_warm_up_rises_in_equal_steps_to_the_peak():
    config = TrainingConfig(steps=20, warmup=5)
    np.testing.assert_allclose(shares(config), [0.2, 0.4, 0.6, 0.8] + [1.0] * 16, rtol=1e-6)
    assert (shares(replace(config, warmup=0)) == 1).all()


def test_a_cosine_falls_from_the_peak_through_the_half_towards_zero():
    config = TrainingConfig(steps=104, warmup=4, schedule="cosine")
    share = shares(config)
    assert share[4] == pytest.approx(1) and share[54] == pytest.approx(0.5) and 0 < share[-1] < 0.001
    assert (np.diff(share[4:]) < 0).all()


def test_a_stable_rate_decays_over_the_last_share_of_the_steps():
    config = TrainingConfig(steps=100, warmup=10, schedule="stable-decay", decay=0.2)
    share = shares(config)
    assert (share[9:80] == 1).all()
    np.testing.assert_allclose(share[80:], np.linspace(1.0, 0.05, 20), rtol=1e-5)


def test_muon_makes_the_momentum_of_matrices_in_blocks_orthogonal_and_leaves_the_rest_to_adam():
    model = LanguageModel(ModelConfig(width=16, blocks=1, heads=2, context=8), 11, key=jax.random.key(0))
    gradient = jax.tree.map(lambda leaf: jax.random.normal(jax.random.key(leaf.size), leaf.shape), model)
    ours, adam = scale_by_muon_and_adam(0.9, 0.99, 1e-8), optax.scale_by_adam(0.9, 0.99, 1e-8)
    found, _ = ours.update(gradient, ours.init(model), model)
    expected, _ = adam.update(gradient, adam.init(model))
    inside = found.blocks[0].channels.inner.weight_IO
    singular = jnp.linalg.svd(inside, compute_uv=False)
    assert singular.max() / singular.min() < 2  # Newton and Schulz's five rounds end within 0.7 to 1.2
    assert jnp.sqrt((inside**2).mean()) == pytest.approx(0.2, rel=0.25)
    assert (inside * gradient.blocks[0].channels.inner.weight_IO).sum() > 0
    for part in ("token_VD", "position_TD"):
        np.testing.assert_allclose(getattr(found, part), getattr(expected, part), rtol=1e-5)
    np.testing.assert_allclose(found.head.weight_IO, expected.head.weight_IO, rtol=1e-5)
    np.testing.assert_allclose(found.blocks[0].mixer_norm.scale_D, expected.blocks[0].mixer_norm.scale_D, rtol=1e-5)


def test_a_warm_up_from_zero_reaches_its_peak_a_step_later_and_meets_the_same_cosine():
    config = TrainingConfig(steps=20, warmup=4, schedule="cosine")
    steps = jnp.arange(20)
    shares = jax.vmap(lambda step: schedule(config, step))(steps)
    later = jax.vmap(lambda step: schedule(replace(config, warmup_from_zero=True), step))(steps)
    np.testing.assert_allclose(shares[:4], [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(later[:5], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(shares[4:], later[4:])
    without = schedule(replace(config, warmup=0, warmup_from_zero=True), jnp.int32(0))
    assert float(without) == 1  # no warm-up begins at the peak


@pytest.mark.parametrize("decayed", ["matrices", "all"])
def test_weight_decay_shrinks_matrices_or_every_parameter(decayed):
    model = LanguageModel(ModelConfig(width=8, heads=2, bias=True), 7, key=jax.random.key(0))
    model = jax.tree.map(lambda leaf: jnp.ones_like(leaf), model)
    transform = optimiser(TrainingConfig(warmup=0, decayed=decayed), jnp.float32(0.5), jnp.float32(0.1))
    still = jax.tree.map(jnp.zeros_like, model)
    updates, _ = transform.update(still, transform.init(model), model)
    moved = {leaf.ndim: float(np.unique(leaf).item()) for leaf in jax.tree.leaves(updates)}
    assert moved[2] == pytest.approx(-0.05) and moved[1] == pytest.approx(-0.05 if decayed == "all" else 0)
