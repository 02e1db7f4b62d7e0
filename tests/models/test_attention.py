"""Claims about attention: what is seen is what mask, window and prefix say, in long texts too; places by formula."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.models import LanguageModel, ModelConfig, RotaryConfig, attention, flops_per_token, named_arrays
from seedbed.models.positions import alibi_slopes, local_biases, local_strengths, rotated

KINDS = {
    "plain": {},
    "grouped rotary": {"key_value_heads": 2, "positions": "rotary"},
    "alibi": {"positions": "alibi"},
    "window": {"window": (70,)},
    "prefix": {"prefix": 301},
    "window, prefix, alibi": {"window": (70,), "prefix": 301, "positions": "alibi", "key_value_heads": 1},
}


def mixer_of(length, **settings):
    config = ModelConfig(width=16, heads=4, blocks=1, context=length, **settings)
    mixer = LanguageModel(config, 5, key=jax.random.key(2)).blocks[0].mixer
    return config, jax.tree.map(lambda array: 12 * array, mixer)


def by_hand(mixer, x_TD, config, bias_HTS):
    """Attention over a window in double precision: every query with every key, and a bias that hides."""
    named = {name: array.astype(np.float64) for name, array in named_arrays(mixer).items()}
    query, key, value = (np.float64(x_TD) @ named[f"{name}.weight_IO"] for name in ("query", "key", "value"))
    heads, width = config.heads, config.head_width
    query_THK, key_TGK, value_TGK = (each.reshape(len(x_TD), -1, width) for each in (query, key, value))
    if config.positions == "rotary":
        turn_TP = np.exp(1j * np.arange(len(x_TD))[:, None] * 10_000.0 ** (-2 * np.arange(width // 2) / width))

        def turned(x_THK):
            half = x_THK[..., : width // 2] + 1j * x_THK[..., width // 2 :]
            half = half * turn_TP[:, None]
            return np.concatenate([half.real, half.imag], axis=-1)

        query_THK, key_TGK = turned(query_THK), turned(key_TGK)
    mixed_THK = np.zeros_like(query_THK)
    for head in range(heads):
        group = head * config.groups // heads
        score_TS = query_THK[:, head] @ key_TGK[:, group].T / width**0.5 + bias_HTS[head]
        weight_TS = np.exp(score_TS - score_TS.max(axis=1, keepdims=True))
        mixed_THK[:, head] = weight_TS / weight_TS.sum(axis=1, keepdims=True) @ value_TGK[:, group]
    return mixed_THK.reshape(len(x_TD), -1) @ named["output.weight_IO"]


def bias_of(config, length):
    i, j = np.arange(length)[:, None], np.arange(length)[None, :]
    seen = (j <= i) | ((i < config.prefix) & (j < config.prefix))
    if config.window:
        seen &= abs(i - j) < config.window[0]
    slopes = np.array(alibi_slopes(config.heads) if config.positions == "alibi" else [0.0] * config.heads)
    return np.where(seen, 0.0, -np.inf) - slopes[:, None, None] * abs(i - j)


@pytest.mark.parametrize("length", [40, 512, 530, 1030])
@pytest.mark.parametrize("kind", KINDS)
def test_attention_over_short_and_long_windows_is_its_formula(kind, length):
    config, mixer = mixer_of(max(length, 302), **KINDS[kind])
    x_TD = np.random.default_rng(0).normal(size=(length, 16)).astype(np.float32)
    found_TD = jax.jit(lambda mixer, x_TD: mixer(x_TD, prefix=min(config.prefix, length)))(mixer, jnp.asarray(x_TD))
    expected_TD = by_hand(mixer, x_TD, config, bias_of(config, length))
    np.testing.assert_allclose(found_TD, expected_TD, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("kind", ["grouped rotary", "window, prefix, alibi"])
def test_blocks_of_queries_have_the_gradient_of_all_at_once(kind, monkeypatch):
    config, mixer = mixer_of(530, **KINDS[kind])
    x_TD = jax.random.normal(jax.random.key(0), (530, 16))

    def loss(mixer, x_TD):
        return jnp.square(mixer(x_TD, prefix=config.prefix)).sum()

    in_blocks = jax.jit(jax.grad(loss, argnums=(0, 1)))(mixer, x_TD)
    monkeypatch.setattr(attention, "SHORT", 1000)
    at_once = jax.jit(jax.grad(lambda *given: loss(*given), argnums=(0, 1)))(mixer, x_TD)
    for one, other in zip(jax.tree.leaves(in_blocks), jax.tree.leaves(at_once), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3 * float(np.abs(other).max()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_prompt_and_what_follows_are_read_as_in_one_pass(kind):
    config, mixer = mixer_of(1300, **KINDS[kind])
    x_TD = jax.random.normal(jax.random.key(0), (1300, 16))
    whole_TD = jax.jit(lambda mixer, x_TD: mixer(x_TD, prefix=config.prefix))(mixer, x_TD)
    first = eqx.filter_jit(lambda mixer, x_TD: mixer.extend(x_TD, mixer.empty((), 1300), 0, prefix=config.prefix))
    then = eqx.filter_jit(lambda mixer, x_TD, memory, start: mixer.extend(x_TD, memory, start))
    part, memory = first(mixer, x_TD[:600])
    parts, at = [part], 600
    for size in (1, 560, 139):
        part, memory = then(mixer, x_TD[at : at + size], memory, jnp.int32(at))
        parts, at = [*parts, part], at + size
    np.testing.assert_allclose(jnp.concatenate(parts), whole_TD, rtol=1e-4, atol=1e-4)
    assert memory.key_BGKS.shape == (config.groups, 4, config.window[0] if config.window else 1300)


@pytest.mark.parametrize("train", [False, True], ids=["forward", "training"])
@pytest.mark.parametrize("settings", [{}, {"window": (256,)}, {"positions": "alibi", "prefix": 600}], ids=str)
def test_twice_the_length_needs_at_most_two_point_two_times_the_memory(settings, train):
    config, mixer = mixer_of(8192, **settings)

    def bytes_needed(length):
        def run(mixer, x_TD):
            return jnp.square(mixer(x_TD, prefix=config.prefix)).sum()

        program = jax.jit(jax.grad(run, argnums=(0, 1)) if train else run)
        found = program.lower(mixer, jax.ShapeDtypeStruct((length, 16), jnp.float32)).compile().memory_analysis()
        return found.temp_size_in_bytes + found.argument_size_in_bytes + found.output_size_in_bytes

    assert bytes_needed(8192) <= 2.2 * bytes_needed(4096)


def test_operations_grow_with_the_window_and_not_with_the_text():
    def mixing(length, **settings):
        config = ModelConfig(width=64, blocks=1, heads=4, context=16_384, channels="none", **settings)
        maps = flops_per_token(config, 11, 1) - 4 * 64
        return flops_per_token(config, 11, length) - maps

    assert mixing(512) == 4 * 64 * 512
    assert mixing(8192) == 4 * 64 * 8192 * 5 / 8
    assert mixing(8192, window=(256,)) == mixing(16_384, window=(256,)) == 4 * 64 * (256 + 255)


@pytest.mark.parametrize("groups", [4, 2, 1])
def test_heads_that_start_near_begin_with_the_token_before_the_last_one_with_all(groups):
    """Biases alone, turned by places 9 (query) and 9 - d (key): c^2 times the sum over pairs of cos((d - 1) angle)."""
    rotary = RotaryConfig()
    query_HK, key_GK = local_biases(4, groups, 8, rotary)
    angle_P = 10_000.0 ** (-2 * np.arange(4) / 8)
    for head, strength in enumerate(local_strengths(4)):
        query = rotated(query_HK[head : head + 1], jnp.array([9]), rotary)
        keys = [rotated(key_GK[None, head * groups // 4], jnp.array([9 - d]), rotary) for d in range(6)]
        scores = [float((query @ key.T)[0, 0]) for key in keys]
        wanted = [strength**2 * np.cos((d - 1) * angle_P).sum() for d in range(6)]
        np.testing.assert_allclose(scores, wanted, atol=1e-4)
    assert [local_strengths(heads) for heads in (1, 2, 3)] == [(1.0,), (4.0, 0.0), (4.0, 1.0, 0.0)]


def test_a_model_that_starts_near_reads_the_token_before():
    near = {"positions": "rotary", "qkv_bias": True, "local_start": True}
    config = ModelConfig(width=32, heads=4, blocks=1, context=16, **near)
    attention = LanguageModel(config, 11, key=jax.random.key(0)).blocks[0].mixer
    query, key, _ = attention.project(jnp.zeros((16, 32)))
    place = jnp.arange(16)
    scores = np.asarray(jnp.swapaxes(rotated(key, place, config.rotary), -1, -2))
    scores = np.asarray(rotated(query, place, config.rotary)) @ scores
    assert (scores[:3, 10, :11].argmax(axis=-1) == 9).all()
    np.testing.assert_allclose(scores[3], 0, atol=1e-6)


@pytest.mark.parametrize("settings", [{"positions": "rotary"}, {"positions": "alibi", "qkv_bias": True}], ids=str)
def test_what_has_no_rotations_or_biases_cannot_start_near(settings):
    with pytest.raises(UsageError, match=r"model\.local_start needs rotations and biases"):
        ModelConfig(local_start=True, **settings)


def test_a_rotated_pair_of_query_and_key_meets_as_their_distance_says():
    rng = np.random.default_rng(0)
    query, key = (jnp.asarray(rng.normal(size=(1, 8)), jnp.float32) for _ in range(2))

    def met(i, j, rotary):
        return float((rotated(query, jnp.array([i]), rotary) @ rotated(key, jnp.array([j]), rotary).T)[0, 0])

    plain = RotaryConfig()
    assert met(7, 3, plain) == pytest.approx(met(104, 100, plain), rel=1e-4)
    assert met(0, 0, plain) == pytest.approx(float((query @ key.T)[0, 0]), rel=1e-5)
    turned = np.asarray(rotated(query, jnp.array([5]), plain))[0]
    for pair in range(4):
        angle, (a, b) = 5 * 10_000.0 ** (-2 * pair / 8), np.asarray(query)[0, [pair, pair + 4]]
        expected = [a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)]
        np.testing.assert_allclose(turned[[pair, pair + 4]], expected, rtol=1e-5)


def test_rotations_scaled_for_a_longer_context():
    x_TK = jax.random.normal(jax.random.key(0), (3, 8))
    places = jnp.array([0, 4, 10])
    linear = rotated(x_TK, 4 * places, RotaryConfig(factor=4.0))
    np.testing.assert_allclose(linear, rotated(x_TK, places, RotaryConfig()), rtol=1e-5, atol=1e-6)
    ntk = rotated(x_TK, places, RotaryConfig(scaling="ntk", factor=4.0))
    np.testing.assert_allclose(ntk, rotated(x_TK, places, RotaryConfig(base=10_000 * 4 ** (8 / 6))), rtol=1e-5)
    # The slowest pair is stretched by the whole factor, the fastest not at all.
    slowest = np.asarray(rotated(x_TK, 4 * places, RotaryConfig(scaling="ntk", factor=4.0)))[:, [3, 7]]
    np.testing.assert_allclose(slowest, np.asarray(rotated(x_TK, places, RotaryConfig()))[:, [3, 7]], rtol=1e-4)


def test_slopes_of_alibi_are_those_of_its_authors():
    assert alibi_slopes(8) == tuple(2.0**-power for power in range(1, 9))
    # get_slopes(12) and get_slopes(6) of the authors' code.
    assert alibi_slopes(12) == pytest.approx([2.0**-n for n in range(1, 9)] + [2.0 ** -(n + 0.5) for n in range(4)])
    assert alibi_slopes(6) == pytest.approx([0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125])


def test_rotations_without_pairs_or_wavelengths_are_refused():
    with pytest.raises(UsageError, match="rotate pairs of numbers: width divided by heads must be even, got 12 and 4"):
        ModelConfig(width=12, heads=4, positions="rotary")
    with pytest.raises(UsageError, match="must be at least 4, got 8 and 4; use linear"):
        ModelConfig(width=8, heads=4, positions="rotary", rotary=RotaryConfig(scaling="ntk", factor=2.0))
