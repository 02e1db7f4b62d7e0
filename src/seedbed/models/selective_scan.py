"""The loop of a selective state space, h_t = exp(s_t A) h_(t-1) + s_t B_t u_t, y_t = C_t . h_t, and its gradient.

Its states are in memory one at a time; the gradient keeps those at the ends of chunks and computes the others again.
Sums over states or channels are written as products: the CPU compiler gives a sum of 4,096 numbers or more to a library
whose call takes 30 microseconds, ten times as long as the rest of a token. Source: Gu & Dao (2023), arXiv 2312.00752,
section 3.3.2.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

CHUNK = 64  # tokens whose states are computed again at once


def selective_scan(
    u_BTE: Float[Array, "*B T E"],
    step_BTE: Float[Array, "*B T E"],
    rate_NE: Float[Array, "N E"],
    write_BTN: Float[Array, "*B T N"],
    read_BTN: Float[Array, "*B T N"],
    state_BNE: Float[Array, "*B N E"],
) -> tuple[Float[Array, "*B T E"], Float[Array, "*B N E"]]:
    """y and the last h; u are the inputs, step, write and read s, B and C, rate is A, state the h before the first."""
    rate_BNE = jnp.broadcast_to(rate_NE, state_BNE.shape)
    by_time = tuple(jnp.moveaxis(each, -2, 0) for each in (u_BTE, step_BTE, write_BTN, read_BTN))
    tokens = u_BTE.shape[-2]
    whole = tokens // CHUNK * CHUNK
    parts = []
    for some, size in ((slice(0, whole), CHUNK), (slice(whole, tokens), tokens - whole)):
        if some.start < some.stop:
            chunks = tuple(each[some].reshape(-1, size, *each.shape[1:]) for each in by_time)
            state_BNE, y_CTBE = _scan(chunks, rate_BNE, state_BNE)
            parts.append(y_CTBE.reshape(-1, *y_CTBE.shape[2:]))
    y_TBE = parts[0] if len(parts) == 1 else jnp.concatenate(parts)
    return jnp.moveaxis(y_TBE, 0, -2), state_BNE


@jax.custom_vjp
def _scan(chunks: tuple[Array, ...], rate_BNE: Array, state_BNE: Array) -> tuple[Array, Array]:
    """The last state, and y by chunk and token."""

    def chunk(state_BNE: Array, now: tuple[Array, ...]) -> tuple[Array, Array]:
        return jax.lax.scan(partial(_token, rate_BNE), state_BNE, now)

    return jax.lax.scan(chunk, state_BNE, chunks)


def _token(rate_BNE: Array, state_BNE: Array, now: tuple[Array, ...]) -> tuple[Array, Array]:
    u_BE, step_BE, write_BN, read_BN = now
    state_BNE = jnp.exp(_channels(step_BE) * rate_BNE) * state_BNE + _states(write_BN) * _channels(step_BE * u_BE)
    return state_BNE, _over_states(read_BN, state_BNE)


def _forward(chunks: tuple[Array, ...], rate_BNE: Array, state_BNE: Array) -> tuple:
    def chunk(before_BNE: Array, now: tuple[Array, ...]) -> tuple[Array, tuple[Array, Array]]:
        after_BNE, y_TBE = jax.lax.scan(partial(_token, rate_BNE), before_BNE, now)
        return after_BNE, (before_BNE, y_TBE)

    last_BNE, (first_CBNE, y_CTBE) = jax.lax.scan(chunk, state_BNE, chunks)
    return (last_BNE, y_CTBE), (chunks, rate_BNE, first_CBNE)


def _backward(kept: tuple, pulls: tuple[Array, Array]) -> tuple:
    chunks, rate_BNE, first_CBNE = kept
    state_pull_BNE, y_pull_CTBE = pulls

    def again(state_BNE: Array, now: tuple[Array, ...]) -> tuple[Array, Array]:
        return _token(rate_BNE, state_BNE, now)[0], state_BNE

    def token(pull: tuple[Array, Array], now: tuple) -> tuple[tuple[Array, Array], tuple[Array, ...]]:
        pull_BNE, rate_pull_BNE = pull
        (u_BE, step_BE, write_BN, read_BN), before_BNE, y_pull_BE = now
        decay_BNE = jnp.exp(_channels(step_BE) * rate_BNE)
        left_BNE, added_BE = decay_BNE * before_BNE, step_BE * u_BE
        read_pull_BN = _over_channels(left_BNE + _states(write_BN) * _channels(added_BE), y_pull_BE)
        pull_BNE = pull_BNE + _states(read_BN) * _channels(y_pull_BE)
        left_pull_BNE = pull_BNE * left_BNE
        added_pull_BE = _over_states(write_BN, pull_BNE)
        step_pull_BE = _over_states(jnp.ones_like(write_BN), left_pull_BNE * rate_BNE) + added_pull_BE * u_BE
        to_token = (added_pull_BE * step_BE, step_pull_BE, _over_channels(pull_BNE, added_BE), read_pull_BN)
        return (pull_BNE * decay_BNE, rate_pull_BNE + left_pull_BNE * _channels(step_BE)), to_token

    def chunk(pull: tuple[Array, Array], now: tuple) -> tuple[tuple[Array, Array], tuple[Array, ...]]:
        tokens, first_BNE, y_pull_TBE = now
        _, before_TBNE = jax.lax.scan(again, first_BNE, tokens)
        return jax.lax.scan(token, pull, (tokens, before_TBNE, y_pull_TBE), reverse=True)

    nothing = (state_pull_BNE, jnp.zeros_like(state_pull_BNE))
    (to_state_BNE, to_rate_BNE), to_chunks = jax.lax.scan(
        chunk, nothing, (chunks, first_CBNE, y_pull_CTBE), reverse=True
    )
    return to_chunks, to_rate_BNE, to_state_BNE


_scan.defvjp(_forward, _backward)


def _channels(x_BE: Array) -> Array:
    return x_BE[..., None, :]


def _states(x_BN: Array) -> Array:
    return x_BN[..., :, None]


def _over_states(x_BN: Array, y_BNE: Array) -> Array:
    """Sums of products over the states."""
    return (x_BN[..., None, :] @ y_BNE)[..., 0, :]


def _over_channels(x_BNE: Array, y_BE: Array) -> Array:
    """Sums of products over the channels."""
    return (x_BNE @ y_BE[..., :, None])[..., 0]
