"""From logits to the next token: repetition penalty, temperature, then top-k, top-p and min-p, in this order.

Each filter sees the probabilities that the earlier ones left, made to sum to one again. Ties stay together: a token is
kept or dropped by its probability alone. Sources: Keskar et al. (2019) for the penalty, Fan et al. (2018) for top-k,
Holtzman et al. (2020) for top-p (the nucleus), Nguyen et al. (2024) for min-p.
"""

from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from seedbed.config.errors import UsageError

DROPPED = -1e30  # finite, as masked scores are
LEAST_TEMPERATURE = 1e-6  # below it the most likely token is as good as certain, and a float32 soon overflows
MOST_TEMPERATURE = 1e30  # above it every token is as likely
LEAST_PENALTY, MOST_PENALTY = 1e-6, 1e6
MOST_TOP_K = 2**31 - 1  # of an int32; no vocabulary has so many


@dataclass(frozen=True)
class Sampling:
    """temperature: logits are divided by it; 0, or less than 1e-6, takes the most likely token.  top_k: most likely
    tokens that are kept; 0 is all.  top_p: the fewest most likely tokens whose probabilities sum to at least this.
    min_p: the least probability, as a share of the most likely token's.  repetition_penalty: what the logits of tokens
    that stand there already are divided by, multiplied where negative.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        if not (isfinite(self.temperature) and self.temperature >= 0):
            raise UsageError(f"temperature must be a finite number of 0 or more, got {self.temperature}")
        if self.top_k < 0:
            raise UsageError(f"top_k must be 0, for all tokens, or more, got {self.top_k}")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"top_p must lie in 0..1 (0 left out), got {self.top_p}")
        if not 0 <= self.min_p <= 1:
            raise UsageError(f"min_p must lie in 0..1, got {self.min_p}")
        if not LEAST_PENALTY <= self.repetition_penalty <= MOST_PENALTY:
            raise UsageError(
                f"repetition_penalty must lie in {LEAST_PENALTY:g}..{MOST_PENALTY:g}, got {self.repetition_penalty}"
            )


class Filters(NamedTuple):
    """Which of the parts of a `Sampling` change anything: each set is a compiled program, their values are data."""

    draws: bool
    ranks: bool
    min_p: bool
    penalises: bool


def filters_of(sampling: Sampling) -> Filters:
    """What must be computed; the most likely token stays the most likely under every filter but the penalty."""
    draws = sampling.temperature >= LEAST_TEMPERATURE
    return Filters(
        draws,
        draws and (sampling.top_k > 0 or sampling.top_p < 1),
        draws and sampling.min_p > 0,
        sampling.repetition_penalty != 1,
    )


def values_of(sampling: Sampling) -> dict[str, Array]:
    """Its numbers as data, within what their types hold."""
    numbers = {name: getattr(sampling, name) for name in ("top_p", "min_p", "repetition_penalty")}
    numbers["temperature"] = min(sampling.temperature, MOST_TEMPERATURE)
    top_k = jnp.asarray(min(sampling.top_k, MOST_TOP_K), jnp.int32)
    return {"top_k": top_k, **{name: jnp.asarray(number, jnp.float32) for name, number in numbers.items()}}


def next_token(
    logits_BV: Float[Array, "B V"],
    said_BV: Bool[Array, "B _"],
    key_B: Key[Array, " B"],
    filters: Filters,
    values: dict[str, Array],
) -> Int[Array, " B"]:
    """A token for each row.

    said_BV: those that stand in its text already; none without a penalty.  key_B: of each row's draw.
    """
    if filters.penalises:
        logits_BV = penalised(logits_BV, said_BV, values["repetition_penalty"])
    if not filters.draws:
        return jnp.argmax(logits_BV, axis=-1)
    # Less their maximum first: what a low temperature then makes too large for a number is what is never drawn.
    logits_BV = (logits_BV - jnp.max(logits_BV, axis=-1, keepdims=True)) / values["temperature"]
    if filters.ranks:
        logits_BV = most_likely(logits_BV, values["top_k"], values["top_p"])
    if filters.min_p:
        logits_BV = above_share(logits_BV, values["min_p"])
    noise_BV = jax.vmap(lambda key: jax.random.gumbel(key, logits_BV.shape[-1:], jnp.float32))(key_B)
    return jnp.argmax(logits_BV + noise_BV, axis=-1)


def penalised(
    logits_BV: Float[Array, "B V"], said_BV: Bool[Array, "B V"], penalty: Float[Array, ""]
) -> Float[Array, "B V"]:
    """Logits of tokens that were said divided by the penalty, or multiplied where they are negative."""
    return jnp.where(said_BV, jnp.where(logits_BV > 0, logits_BV / penalty, logits_BV * penalty), logits_BV)


def most_likely(logits_BV: Float[Array, "B V"], top_k: Int[Array, ""], top_p: Float[Array, ""]) -> Float[Array, "B V"]:
    """The top_k largest (0: all), of these the fewest that hold top_p of the probability; the rest is dropped."""
    count = logits_BV.shape[-1]
    sorted_BV = -jnp.sort(-logits_BV, axis=-1)
    kth = jnp.where(top_k > 0, jnp.minimum(top_k, count), count) - 1
    floor_B1 = jnp.take(sorted_BV, kth[None], axis=-1)
    ranked_BV = jnp.where(sorted_BV >= floor_B1, sorted_BV, DROPPED)
    before_BV = jnp.cumsum(jax.nn.softmax(ranked_BV, axis=-1), axis=-1)
    before_BV = jnp.concatenate([jnp.zeros_like(before_BV[:, :1]), before_BV[:, :-1]], axis=-1)
    # A token is needed while those before it do not hold top_p yet; the last needed one is the floor.
    # The first is, however small top_p.
    needed_BV = ((before_BV < top_p) | (jnp.arange(count) == 0)[None, :]) & (ranked_BV > DROPPED)
    last_B1 = jnp.min(jnp.where(needed_BV, ranked_BV, jnp.inf), axis=-1, keepdims=True)
    return jnp.where(logits_BV >= last_B1, logits_BV, DROPPED)


def above_share(logits_BV: Float[Array, "B V"], share: Float[Array, ""]) -> Float[Array, "B V"]:
    """Tokens at least `share` times as likely as the most likely one; the rest is dropped."""
    return jnp.where(logits_BV >= jnp.max(logits_BV, axis=-1, keepdims=True) + jnp.log(share), logits_BV, DROPPED)
