import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.models import Sampling
from seedbed.models.sampling import above_share, filters_of, most_likely, next_token, penalised, values_of

LOGITS = st.lists(st.integers(-40, 40).map(lambda n: n / 8), min_size=9, max_size=9)  # eighths: ties happen
TOP, SHARE, PENALTY = jax.jit(most_likely), jax.jit(above_share), jax.jit(penalised)
SHARES = st.integers(1, 64).map(lambda n: n / 64)


def kept(logits):
    return set(np.nonzero(np.asarray(logits)[0] > -1e29)[0].tolist())


def row(logits):
    return jnp.asarray([logits], jnp.float32)


def probabilities(logits):
    weight = np.exp(np.array(logits, np.float64) - max(logits))
    return weight / weight.sum()


def slow_top_k(logits, top_k):
    """Each token's rank is how many are larger."""
    return {t for t, own in enumerate(logits) if top_k == 0 or sum(other > own for other in logits) < top_k}


def slow_top_p(logits, top_p, among):
    """Levels of equal logits from the highest on, until they hold top_p of what is left."""
    weight = {t: float(np.exp(logits[t])) for t in among}
    total, held, nucleus = sum(weight.values()), 0.0, set()
    for level in sorted({logits[t] for t in among}, reverse=True):
        if held / total >= top_p - 1e-9:
            break
        nucleus |= {t for t in among if logits[t] == level}
        held += sum(weight[t] for t in among if logits[t] == level)
    return nucleus


@given(LOGITS, st.integers(0, 11))
def test_top_k_keeps_those_that_fewer_than_k_beat(logits, top_k):
    found = TOP(row(logits), jnp.asarray(top_k, jnp.int32), jnp.asarray(1.0, jnp.float32))
    assert kept(found) == slow_top_k(logits, top_k)


@given(LOGITS, SHARES, st.integers(0, 11))
def test_top_p_keeps_the_fewest_that_hold_p_of_what_top_k_left(logits, top_p, top_k):
    among = slow_top_k(logits, top_k)
    sums = np.cumsum(sorted(probabilities([logits[t] for t in among]), reverse=True))
    if np.abs(sums - top_p).min() < 1e-5:
        return  # a sum within rounding of p
    found = TOP(row(logits), jnp.asarray(top_k, jnp.int32), jnp.asarray(top_p, jnp.float32))
    assert kept(found) == slow_top_p(logits, top_p, among)


@given(LOGITS, SHARES)
def test_min_p_keeps_those_with_a_share_of_the_highest_probability(logits, share):
    chance = probabilities(logits)
    if np.abs(chance / chance.max() - share).min() < 1e-5 and share < 1:
        return
    found = SHARE(row(logits), jnp.asarray(share, jnp.float32))
    assert kept(found) == set(np.nonzero(chance >= share * chance.max() - 1e-12)[0].tolist())


@given(LOGITS, st.integers(1, 40).map(lambda n: n / 8), st.integers(0, 2**12 - 1))
def test_the_penalty_divides_what_is_positive_and_multiplies_what_is_negative(logits, penalty, bits):
    said = [bool(bits >> place & 1) for place in range(len(logits))]
    found = PENALTY(row(logits), jnp.asarray([said]), jnp.asarray(penalty, jnp.float32))
    expected = [
        (x / penalty if x > 0 else x * penalty) if was_said else x for x, was_said in zip(logits, said, strict=True)
    ]
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)


def drawn(logits, sampling, count=4000):
    keys = jax.random.split(jax.random.key(0), count)
    rows = jnp.broadcast_to(row(logits), (count, len(logits)))
    tokens = next_token(rows, jnp.zeros((count, 0), bool), keys, filters_of(sampling), values_of(sampling))
    return np.bincount(np.asarray(tokens), minlength=len(logits)) / count


@pytest.mark.parametrize(
    "sampling",
    [Sampling(), Sampling(temperature=0.5), Sampling(top_k=3), Sampling(top_p=0.7), Sampling(min_p=0.3, top_k=4)],
)
def test_tokens_are_drawn_as_often_as_their_filtered_probability_says(sampling):
    logits = np.array([2.0, 1.5, 0.5, 0.0, -1.0])
    scaled = logits / sampling.temperature
    left = slow_top_p(scaled.tolist(), sampling.top_p, slow_top_k(scaled.tolist(), sampling.top_k))
    left = {t for t in left if np.exp(scaled[t] - scaled.max()) >= sampling.min_p}
    weight = np.array([np.exp(scaled[t]) if t in left else 0 for t in range(5)])
    expected, deviation = weight / weight.sum(), np.sqrt(0.25 / 4000)
    np.testing.assert_allclose(drawn(logits.tolist(), sampling), expected, atol=4 * deviation)
    assert set(np.nonzero(drawn(logits.tolist(), sampling))[0]) <= left


def test_temperature_zero_takes_the_most_likely():
    assert drawn([0.0, 3.0, 2.9], Sampling(temperature=0.0)).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "sampling",
    [
        *(Sampling(temperature=value) for value in (1e-6, 1e-7, 1e-38, 1e-39, 1e-46)),
        *(Sampling(top_p=value) for value in (1e-6, 1e-38, 1e-46)),
        Sampling(top_k=1),
        Sampling(min_p=1.0),
    ],
    ids=str,
)
def test_extreme_values_leave_the_most_likely_token(sampling):
    assert drawn([0.5, 3.0, 9.0, -2.0, 8.5, 0.0], sampling, 500).tolist() == [0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    "sampling",
    [Sampling(top_k=3_000_000_000), Sampling(top_k=10**30), Sampling(min_p=1e-46), Sampling(top_p=1 - 1e-17)],
    ids=str,
)
def test_extreme_values_leave_all_tokens(sampling):
    logits = [0.5, 0.0, 1.0, 0.2]
    np.testing.assert_array_equal(drawn(logits, sampling, 500), drawn(logits, Sampling(), 500))


@pytest.mark.parametrize("temperature", [1e30, 1e39, 1e300])
def test_a_boundless_temperature_makes_all_as_likely(temperature):
    shares = drawn([0.0, 50.0, -50.0, 9.0], Sampling(temperature=temperature))
    np.testing.assert_allclose(shares, 0.25, atol=4 * np.sqrt(0.25 / 4000))


@pytest.mark.parametrize("penalty", [1e-6, 1e6])
def test_the_widest_penalties_keep_logits_finite(penalty):
    found = PENALTY(row([90.0, -90.0, 0.0]), jnp.asarray([[True, True, True]]), jnp.asarray(penalty, jnp.float32))
    assert np.isfinite(np.asarray(found)).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("temperature", value) for value in (-1.0, float("inf"))),
        ("top_k", -1),
        *(("top_p", value) for value in (0.0, 1.1)),
        *(("min_p", value) for value in (-0.1, 2.0)),
        *(("repetition_penalty", value) for value in (0.0, float("nan"), 1e-46, 1e39)),
    ],
)
def test_what_cannot_be_is_refused_by_name(field, value):
    with pytest.raises(UsageError, match=f"{field} must .*got {re.escape(str(value))}"):
        Sampling(**{field: value})
