"""Claims about mixtures of experts: few experts a token, weighed by the softmax of their scores; counts; routing."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.models import CHANNELS, ExpertsConfig, LanguageModel, ModelConfig, named_arrays
from seedbed.models.experts import Experts
from seedbed.models.layers import initialiser

apply = eqx.filter_jit(lambda part, x_BTD: part(x_BTD))


def experts_of(**settings):
    config = ModelConfig(width=8, heads=2, channels="experts", bias=True, experts=ExpertsConfig(**settings))
    part = Experts(initialiser("keras", 2), jax.random.key(0), config)
    return config, jax.tree.map(lambda array: 2 * array, part)


@pytest.mark.parametrize("kind", ["mlp", "swiglu"])
@pytest.mark.parametrize(("number", "used"), [(4, 2), (3, 3), (4, 1), (1, 1)])
def test_a_token_is_the_weighted_sum_of_its_chosen_experts(number, used, kind):
    _, part = experts_of(number=number, used=used, kind=kind)
    x_BTD = jax.random.normal(jax.random.key(1), (2, 5, 8))
    each = np.stack([apply(expert, x_BTD) for expert in part.experts])
    score_BTN = np.asarray(x_BTD, np.float64) @ np.asarray(part.router.weight_IO, np.float64)
    expected = np.zeros((2, 5, 8))
    for at in np.ndindex(2, 5):
        chosen = np.argsort(-score_BTN[at])[:used]
        among = chosen if used > 1 else np.arange(number)
        for one in chosen:
            share = np.exp(score_BTN[at][one]) / np.exp(score_BTN[at][among]).sum()
            expected[at] += share * each[one][at]
    np.testing.assert_allclose(apply(part, x_BTD), expected, rtol=1e-4, atol=1e-5)


def test_routing_tells_the_shares_of_choices_and_the_mean_chances_of_each_window():
    _, part = experts_of(number=4, used=2)
    x_BTD = jax.random.normal(jax.random.key(1), (2, 50, 8))
    routing = eqx.filter_jit(lambda part, x_BTD: part.routing(x_BTD))(part, x_BTD)
    score_BTN = np.asarray(x_BTD, np.float64) @ np.asarray(part.router.weight_IO, np.float64)
    chosen = np.argsort(-score_BTN, axis=-1)[..., :2]
    expected = np.stack([(chosen == one).any(axis=-1).mean(axis=-1) / 2 for one in range(4)], axis=-1)
    np.testing.assert_allclose(routing.chosen_BN, expected, rtol=1e-5)
    np.testing.assert_allclose(routing.chosen_BN.sum(axis=-1), 1, rtol=1e-5)
    np.testing.assert_allclose(
        routing.chance_BN, jax.nn.softmax(jnp.asarray(score_BTN, jnp.float32)).mean(1), rtol=1e-4
    )


def test_equal_scores_choose_no_more_experts_than_are_used():
    _, part = experts_of(number=4, used=2)
    routing = part.routing(jnp.zeros((1, 3, 8)))
    assert routing.chosen_BN.tolist() == [[0.5, 0.5, 0.0, 0.0]]


@pytest.mark.parametrize("kind", ["mlp", "swiglu"])
def test_counts_are_those_of_the_router_and_all_experts(kind):
    config, part = experts_of(number=3, used=2, kind=kind)
    assert sum(array.size for array in named_arrays(part).values()) == Experts.parameters(config)
    one = CHANNELS[kind]
    assert Experts.parameters(config) == 8 * 3 + 3 * one.parameters(config)
    assert Experts.flops(config) == 2 * 8 * 3 + 3 * one.flops(config)


def test_a_model_tells_the_routing_of_every_block_and_one_without_experts_none():
    tokens_BT = jnp.zeros((2, 6), jnp.int32)
    for channels, blocks in (("experts", 2), ("mlp", 0), ("none", 0)):
        model = LanguageModel(ModelConfig(width=8, heads=2, channels=channels), 11, key=jax.random.key(0))
        _, routings = eqx.filter_jit(lambda model, tokens_BT: model.forward(tokens_BT))(model, tokens_BT)
        assert [routing.chosen_BN.shape for routing in routings] == [(2, 4)] * blocks
