"""Claims that every model meets: causal, the same with and without a cache, finite gradients, the paper's own block."""

from math import erf

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.config import canonical
from seedbed.config.hashing import weights_hash
from seedbed.models import LanguageModel, ModelConfig, named_arrays, paper, scaled, with_arrays
from seedbed.models.layers import dropout

VOCABULARY = 11
forward = eqx.filter_jit(lambda model, tokens_BT: model(tokens_BT))
extend = eqx.filter_jit(lambda model, tokens_BT, memory, start: model.extend(tokens_BT, memory, start))
CONFIGS = {
    "tiny": ModelConfig(width=16, heads=2, context=12),
    "paper": paper(20, 2, 4, context=12),
    "plain": ModelConfig(
        width=12, blocks=1, heads=3, context=12, norm="layer", activation="gelu", bias=True, positions="none"
    ),
    "linear": ModelConfig(width=16, heads=2, context=12, mixer="linear"),
}


@pytest.fixture(params=CONFIGS, scope="module")
def model(request):
    # Larger than initial weights, so that attention is far from uniform and a mistake shows.
    built = LanguageModel(CONFIGS[request.param], VOCABULARY, key=jax.random.key(3))
    return scaled(built, jnp.float32(6.0 if request.param != "paper" else 2.0))


@pytest.fixture
def tokens_BT():
    return jax.random.randint(jax.random.key(1), (3, 12), 0, VOCABULARY, jnp.int32)


def test_no_logit_depends_on_a_later_token(model, tokens_BT):
    logits_BTV = np.asarray(forward(model, tokens_BT))
    for place in range(1, 12):
        changed_BT = tokens_BT.at[:, place].set((tokens_BT[:, place] + 1) % VOCABULARY)
        changed_BTV = np.asarray(forward(model, changed_BT))
        assert (changed_BTV[:, :place] == logits_BTV[:, :place]).all()
        assert (np.abs(changed_BTV[:, place:] - logits_BTV[:, place:]).max(axis=(1, 2)) > 1e-4).all()


@pytest.mark.parametrize("splits", [(12,), (1,) * 12, (5, 7), (5, 1, 1, 5), (11, 1)])
def test_extending_a_memory_gives_the_logits_of_a_full_pass(model, tokens_BT, splits):
    memory, at, parts = model.empty((3,), 12), 0, []
    for size in splits:
        logits_BTV, memory = extend(model, tokens_BT[:, at : at + size], memory, jnp.int32(at))
        parts.append(logits_BTV)
        at += size
    np.testing.assert_allclose(np.concatenate(parts, axis=1), forward(model, tokens_BT), rtol=2e-5, atol=2e-5)


def test_a_batch_gives_what_each_of_its_rows_gives_alone(model, tokens_BT):
    alone = np.stack([forward(model, row_T) for row_T in tokens_BT])
    np.testing.assert_allclose(forward(model, tokens_BT), alone, rtol=2e-5, atol=2e-5)


def test_every_weight_has_a_finite_gradient_and_some_pull(model, tokens_BT):
    def loss(model):
        log_p_BTV = jax.nn.log_softmax(model(tokens_BT[:, :-1]), axis=-1)
        right_BTV = jax.nn.one_hot(tokens_BT[:, 1:], log_p_BTV.shape[-1], dtype=log_p_BTV.dtype)
        return -(log_p_BTV * right_BTV).sum()

    for name, gradient in named_arrays(jax.jit(jax.grad(loss))(model)).items():
        assert np.isfinite(gradient).all(), name
        # A shift of all keys by one vector changes no softmax, so a key's bias there has no gradient beyond rounding.
        assert name.endswith("key.bias_O") or np.abs(gradient).max() > 0, name


def paper_forward(weights, tokens_T, config):
    """The equations of section 3 written out for one window, in double precision."""

    def dense(name, x):
        return x @ weights[f"{name}.weight_IO"] + weights[f"{name}.bias_O"]

    def norm(name, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        return (
            centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-6) * weights[f"{name}.scale_D"]
            + weights[f"{name}.shift_D"]
        )

    def gelu(x):
        return 0.5 * x * (1 + np.vectorize(erf)(x / np.sqrt(2)))

    x = weights["token_VD"][tokens_T] + weights["position_TD"][: len(tokens_T)]
    head_width = config.width // config.heads
    for block in range(config.blocks):
        at = f"blocks.{block}"
        query, key, value = (dense(f"{at}.mixer.{name}", x) for name in ("query", "key", "value"))
        mixed = np.zeros_like(x)
        for head in range(config.heads):
            own = slice(head * head_width, (head + 1) * head_width)
            for place in range(len(tokens_T)):
                scores = key[: place + 1, own] @ query[place, own] / np.sqrt(config.heads * head_width)
                share = np.exp(scores - scores.max())
                mixed[place, own] = share / share.sum() @ value[: place + 1, own]
        h = norm(f"{at}.mixer_norm", x + dense(f"{at}.mixer.output", mixed))
        inner = gelu(dense(f"{at}.channels.inner", h))
        x = norm(f"{at}.channels_norm", h + gelu(dense(f"{at}.channels.outer", inner)))
    return dense("head", x)


def test_the_papers_block_computes_its_equations(tokens_BT):
    config = CONFIGS["paper"]
    model = LanguageModel(config, VOCABULARY, key=jax.random.key(5))
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.7, array.shape).astype(np.float32) for name, array in named_arrays(model).items()}
    model = with_arrays(model, weights)
    double = {name: array.astype(np.float64) for name, array in weights.items()}
    for tokens_T in np.asarray(tokens_BT):
        expected_TV = paper_forward(double, tokens_T, config)
        assert expected_TV.shape == (12, VOCABULARY + 1)
        np.testing.assert_allclose(forward(model, jnp.asarray(tokens_T)), expected_TV, rtol=1e-4, atol=1e-4)


def test_linear_attention_computes_its_sum_and_no_softmax():
    config = ModelConfig(width=8, heads=2, bias=True, mixer="linear")
    mixer = LanguageModel(config, VOCABULARY, key=jax.random.key(5)).blocks[0].mixer
    rng = np.random.default_rng(0)
    x_TD = rng.normal(size=(6, 8)).astype(np.float32)
    weights = {name: rng.normal(size=array.shape).astype(np.float32) for name, array in named_arrays(mixer).items()}
    query, key, value = (x_TD @ weights[f"{n}.weight_IO"] + weights[f"{n}.bias_O"] for n in ("query", "key", "value"))
    mixed = np.zeros((6, 8))
    for head in (slice(0, 4), slice(4, 8)):
        for place in range(6):
            for earlier in range(place + 1):
                mixed[place, head] += query[place, head] @ key[earlier, head] / 4**0.5 * value[earlier, head]
    expected = mixed @ weights["output.weight_IO"] + weights["output.bias_O"]
    np.testing.assert_allclose(with_arrays(mixer, weights)(jnp.asarray(x_TD)), expected, rtol=1e-4, atol=1e-4)


def test_the_default_mixer_is_no_part_of_a_canonical_form_and_both_mixers_begin_with_the_same_weights():
    assert canonical(ModelConfig(mixer="attention")) == "{}"
    assert canonical(ModelConfig(mixer="linear")) == '{"mixer":"linear"}'
    one, other = (
        named_arrays(LanguageModel(ModelConfig(width=8, heads=2, mixer=mixer), VOCABULARY, key=jax.random.key(0)))
        for mixer in ("attention", "linear")
    )
    assert weights_hash(one) == weights_hash(other)


def test_keras_initial_weights_are_glorot_uniform_with_zero_biases_and_small_embeddings():
    config = paper(200, 1, 10)
    weights = named_arrays(LanguageModel(config, 30, key=jax.random.key(0)))
    for name, array in weights.items():
        if name.endswith(("bias_O", "shift_D")):
            assert (array == 0).all()
        elif name.endswith("scale_D"):
            assert (array == 1).all()
        else:
            limit = 0.05 if name in ("token_VD", "position_TD") else (6 / sum(array.shape)) ** 0.5
            assert np.abs(array).max() <= limit and np.abs(array).max() > 0.99 * limit
            deviation = limit / 3**0.5
            assert abs(array.mean()) < 4 * deviation / array.size**0.5
            assert array.std() == pytest.approx(deviation, rel=4 / array.size**0.5)


def test_gpt_initial_weights_are_normal_and_smaller_where_they_write_into_the_residual_stream():
    config = ModelConfig(width=128, blocks=8, heads=4)
    weights = named_arrays(LanguageModel(config, 30, key=jax.random.key(0)))
    for name, array in weights.items():
        if array.ndim == 2:
            residual = name.endswith(("mixer.output.weight_IO", "channels.outer.weight_IO"))
            deviation = 0.02 / 4 if residual else 0.02
            assert array.std() == pytest.approx(deviation, rel=4 / array.size**0.5)
            assert abs(array.mean()) < 4 * deviation / array.size**0.5


def test_torch_initial_weights_are_uniform_by_inputs_biases_too_and_embeddings_standard_normal():
    config = ModelConfig(width=64, blocks=2, heads=4, bias=True, init="torch", context=200)
    weights = named_arrays(LanguageModel(config, 300, key=jax.random.key(0)))
    inputs = {name.rpartition(".")[0]: array.shape[0] for name, array in weights.items() if name.endswith("weight_IO")}
    for name, array in weights.items():
        layer, _, part = name.rpartition(".")
        if part in ("weight_IO", "bias_O"):
            limit = inputs[layer] ** -0.5
            assert np.abs(array).max() <= limit and np.abs(array).max() > 0.9 * limit
            assert abs(array.mean()) < 4 * limit / (3 * array.size) ** 0.5
        elif name in ("token_VD", "position_TD"):
            assert array.std() == pytest.approx(1, rel=4 / array.size**0.5)


def test_dropout_takes_its_share_and_keeps_the_mean_and_only_with_a_key(tokens_BT):
    x_TD = jnp.ones((200, 50))
    y_TD = np.asarray(dropout(x_TD, 0.3, jax.random.key(0)))
    assert set(np.unique(y_TD)) == {0.0, np.float32(1 / np.float32(0.7))}
    assert (y_TD == 0).mean() == pytest.approx(0.3, abs=4 * (0.21 / y_TD.size) ** 0.5)
    assert dropout(x_TD, 0.3, None) is x_TD
    plain, dropping = (
        LanguageModel(ModelConfig(width=16, heads=2, dropout=rate), VOCABULARY, key=jax.random.key(0))
        for rate in (0.0, 0.5)
    )
    expected = np.asarray(forward(plain, tokens_BT))
    with_key = eqx.filter_jit(lambda model, tokens_BT, key: model(tokens_BT, key=key))
    assert (np.asarray(forward(dropping, tokens_BT)) == expected).all()
    assert (np.asarray(with_key(plain, tokens_BT, jax.random.key(1))) == expected).all()
    one, same, other = (np.asarray(with_key(dropping, tokens_BT, jax.random.key(seed))) for seed in (1, 1, 2))
    assert (one == same).all() and (one != other).any() and (one != expected).any()


def test_scaling_multiplies_matrices_and_leaves_norms_and_biases():
    model = LanguageModel(CONFIGS["paper"], VOCABULARY, key=jax.random.key(0))
    before, after = named_arrays(model), named_arrays(scaled(model, jnp.float32(2.0)))
    for name, array in before.items():
        assert (after[name] == (2 * array if array.ndim == 2 else array)).all()


def test_weights_go_into_named_arrays_and_back_and_a_wrong_one_is_refused_by_name():
    config = CONFIGS["tiny"]
    one, other = (LanguageModel(config, VOCABULARY, key=jax.random.key(seed)) for seed in (0, 1))
    named = named_arrays(one)
    assert "blocks.0.mixer.query.weight_IO" in named
    back = named_arrays(with_arrays(other, named))
    assert weights_hash(back) == weights_hash(named) != weights_hash(named_arrays(other))
    with pytest.raises(ValueError, match="no array 'token_VD'"):
        with_arrays(one, {name: array for name, array in named.items() if name != "token_VD"})
    with pytest.raises(ValueError, match=r"array 'token_VD' is float32\(3, 3\), expected float32\(11, 16\)"):
        with_arrays(one, {**named, "token_VD": np.zeros((3, 3), np.float32)})
