"""Claims about dropout: how much is dropped, that what is dropped is independent, and where a config drops it."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.models import LanguageModel, ModelConfig
from seedbed.models.layers import dropout

CONFIG = ModelConfig(width=16, blocks=1, heads=2, context=24)
MASKS = 200


def masks(rate, shape=(4, 32, 48)):
    """Which numbers were dropped under each of many keys."""
    one = jax.jit(lambda key: dropout(jnp.ones(shape), rate, key))
    return np.stack([np.asarray(one(jax.random.key(seed))) == 0 for seed in range(MASKS)])


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_each_number_is_dropped_at_the_rate_and_those_kept_grow(rate):
    dropped = masks(rate)
    deviation = (rate * (1 - rate)) ** 0.5
    assert abs(dropped.mean() - rate) < 4 * deviation / dropped.size**0.5
    for axes in ((0, 1, 2), (0, 1, 3), (0, 2, 3)):  # of each column, row and window by itself
        share = dropped.mean(axis=axes)
        assert np.abs(share - rate).max() < 5 * deviation / (dropped.size / share.size) ** 0.5
    kept = np.asarray(dropout(jnp.full((8, 64), 3.0), rate, jax.random.key(0)))
    assert np.unique(kept).tolist() == [0.0, pytest.approx(3 / (1 - rate), rel=1e-6)]


def test_what_is_dropped_is_independent_between_rows_columns_and_keys():
    dropped = masks(0.5).astype(np.float64) - 0.5
    per_mask = dropped.reshape(MASKS, 128, 48)
    for name, left, right in (
        ("rows", per_mask[:, :-1], per_mask[:, 1:]),
        ("columns", per_mask[:, :, :-1], per_mask[:, :, 1:]),
        ("keys", per_mask[:-1], per_mask[1:]),
        ("rectangles", per_mask[:, :-1, :-1] * per_mask[:, 1:, 1:], 4 * per_mask[:, 1:, :-1] * per_mask[:, :-1, 1:]),
    ):
        correlation = float((left * right).mean() / (np.sqrt((left**2).mean() * (right**2).mean())))
        assert abs(correlation) < 4.5 / left.size**0.5, name
    # The number dropped in a mask varies as independent numbers would: a shared word of a row would make it vary more.
    counts = (dropped.reshape(MASKS, -1) + 0.5).sum(axis=1)
    assert 0.7 < counts.var() / (0.25 * dropped[0].size) < 1.4


def test_without_a_key_or_a_rate_nothing_is_dropped():
    x_TD = jnp.arange(6.0).reshape(2, 3)
    assert dropout(x_TD, 0.5, None) is x_TD and dropout(x_TD, 0.0, jax.random.key(0)) is x_TD


def outputs(config, keys=64, length=24):
    """Logits under so many keys, and without one."""
    model = LanguageModel(replace(config, context=length), 11, key=jax.random.key(0))
    token_T = jnp.arange(length) % 11
    under = jax.jit(jax.vmap(lambda key: model(token_T, key=key)))(jax.random.split(jax.random.key(1), keys))
    return np.asarray(under), np.asarray(model(token_T))


@pytest.mark.parametrize("name", ["dropout", "mixer_dropout", "attention_dropout"])
def test_each_kind_of_dropout_changes_training_and_no_test(name):
    under, without = outputs(replace(CONFIG, **{name: 0.3}))
    _, plain = outputs(CONFIG)
    np.testing.assert_array_equal(without, plain)
    assert len(np.unique(under[:, -1, 0])) == len(under)
    assert not np.allclose(under[0], without)


def test_dropped_attention_weights_keep_their_mean_and_the_first_token_has_all_or_nothing():
    from seedbed.models.attention import Attention
    from seedbed.models.layers import initialiser

    config = replace(CONFIG, attention_dropout=0.25)
    mixer = Attention(initialiser("torch", 1), jax.random.key(0), config, 0)
    x_TD = jax.random.normal(jax.random.key(1), (24, 16))
    under = jax.jit(jax.vmap(lambda key: mixer(x_TD, key=key)))(jax.random.split(jax.random.key(2), 4000))
    whole, error = np.asarray(mixer(x_TD)), np.asarray(under).std(axis=0) / 4000**0.5
    assert (np.abs(np.asarray(under).mean(axis=0) - whole) < 5 * error + 1e-6).all()
    # The first token sees itself alone: of each head it gets its value over 0.75, or nothing.
    outcomes = {tuple(np.round(each[0], 4).tolist()) for each in np.asarray(under)}
    assert len(outcomes) == 2**config.heads


@pytest.mark.parametrize("window", [(), (600,)])
def test_long_windows_drop_attention_weights_block_by_block(window):
    config = replace(CONFIG, attention_dropout=0.2, window=window)
    under, without = outputs(config, keys=2, length=1100)
    assert not np.allclose(under[0, -1], under[1, -1]) and np.isfinite(under).all()
    assert np.abs(under - without).max() < 1
