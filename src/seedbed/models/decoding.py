"""Text from a model: prompts go in, tokens come out in chunks, every mixer by its own memory.

Prompts of different lengths share one batch: all go on token by token, a longer prompt's own in place of what would be
drawn. A row's draws depend on the key and on its number, not on who else is in the batch. A prompt of more tokens than
the context keeps its last context - 1.
What comes after the context: a model without positions, or with ALiBi, goes on and remembers all. With any other
positions the later half of the context is read again from the first place, and the text goes on from there.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Key, PRNGKeyArray

from seedbed.config.errors import UsageError
from seedbed.models.language_model import LanguageModel
from seedbed.models.sampling import Filters, Sampling, filters_of, next_token, values_of

CHUNK = 64  # tokens of a compiled call at most: between two of them the text is shown
FIRST_CHUNK = 8  # so that one sees soon that something comes; each later one is twice as long
ROWS = 8  # of a part of the batch: what its attention remembers then stays in a core's cache
BLOCK = 64  # tokens of a prompt that are read at once
MOST_TOKENS = 1_000_000  # of a row
UNBOUND = ("none", "alibi")  # positions with which a text may outgrow the context
MOST_PLACES = 2**30  # of a memory without a bound

Chunk = list[list[int]]


class State(NamedTuple):
    """What goes from token to token. token_B: the last one, not yet read.  place: where it will stand in the memory.
    said_BV: tokens that stand in each text, where a penalty asks.
    """

    token_B: Int[Array, " B"]
    place: Int[Array, ""]
    said_BV: Bool[Array, "B _"]
    memory: Any


def generate(
    model: LanguageModel,
    prompts: Sequence[Sequence[int]],
    count: int,
    sampling: Sampling,
    key: PRNGKeyArray,
    *,
    stop: int | tuple[int, ...] | None = None,
    threads: int = 1,
) -> list[list[int]]:
    """`count` tokens after each prompt, fewer where `stop`, or one of several, comes up, which is left out.

    Raises as `stream` does.
    threads: how many parts of 8 rows are generated at a time; the texts do not depend on it.
    """
    rows: list[list[int]] = [[] for _ in prompts]
    for chunk in stream(model, prompts, count, sampling, key, stop=stop, threads=threads):
        for row, new in zip(rows, chunk, strict=True):
            row.extend(new)
    return rows


def stream(
    model: LanguageModel,
    prompts: Sequence[Sequence[int]],
    count: int,
    sampling: Sampling,
    key: PRNGKeyArray,
    *,
    stop: int | tuple[int, ...] | None = None,
    threads: int = 1,
) -> Iterator[Chunk]:
    """The same in chunks: each holds what every row got, nothing for one that has ended.

    Raises `UsageError` for no prompts, a prompt without tokens, a token outside the vocabulary, a count out of range,
    and prompts of different lengths that are shorter than a prefix.
    """
    check_prompts(prompts, model.token_VD.shape[0])
    if not 1 <= count <= MOST_TOKENS:
        raise UsageError(f"tokens to generate must lie in 1..{MOST_TOKENS:,}, got {count}")
    kept = [list(prompt)[surplus(model, len(prompt)) :] for prompt in prompts]
    _check_prefix(model, [len(prompt) for prompt in kept])
    stops = stop if isinstance(stop, tuple) else () if stop is None else (stop,)
    parts = [
        _chunks(model, kept[first : first + ROWS], count, sampling, key, first, stops)
        for first in range(0, len(kept), ROWS)
    ]
    return _side_by_side(parts, [len(kept[first : first + ROWS]) for first in range(0, len(kept), ROWS)], threads)


def _side_by_side(parts: list[Iterator[Chunk]], rows: list[int], threads: int) -> Iterator[Chunk]:
    """The chunks of all parts as those of one batch; a part that has ended adds nothing."""
    together = threads > 1 and len(parts) > 1
    with ThreadPoolExecutor(max(min(threads, len(parts)), 1)) as pool:
        while True:
            taken = pool.map(_next_chunk, parts) if together else map(_next_chunk, parts)
            chunks: list[Chunk | None] = list(taken)
            if not any(chunks):
                return
            yield [row for chunk, count in zip(chunks, rows, strict=True) for row in chunk or [[]] * count]


def _next_chunk(part: Iterator[Chunk]) -> Chunk | None:
    return next(part, None)


def surplus(model: LanguageModel, tokens: int) -> int:
    """How many first tokens of a prompt are left out, because it is longer than the context."""
    context = model.config.context
    return tokens - max(context - 1, 1) if tokens > context else 0


def check_prompts(prompts: Sequence[Sequence[int]], vocabulary: int) -> None:
    """Refuse what cannot be read."""
    if not prompts:
        raise UsageError("at least one prompt is needed, got none")
    for prompt in prompts:
        if len(prompt) == 0:
            raise UsageError("a prompt needs at least one token: the vocabulary has none that a text begins with")
        outside = [token for token in prompt if not 0 <= token < vocabulary]
        if outside:
            raise UsageError(
                f"token {outside[0]} of a prompt is not in the vocabulary: 0 to {vocabulary - 1} was expected"
            )


def _check_prefix(model: LanguageModel, lengths: list[int]) -> None:
    if min(lengths) < min(model.config.prefix, max(lengths)):
        raise UsageError(
            f"prompts of {min(lengths)} and {max(lengths)} tokens cannot share a batch under a prefix of "
            f"{model.config.prefix}: give prompts of one length, or one after the other"
        )


def _chunks(
    model: LanguageModel,
    prompts: list[list[int]],
    count: int,
    sampling: Sampling,
    key: PRNGKeyArray,
    first: int,
    stops: tuple[int, ...],
) -> Iterator[Chunk]:
    """One part of the batch; first: the number of its first row."""
    filters, values = filters_of(sampling), values_of(sampling)
    key_B = _row_keys(key, np.arange(first, first + len(prompts)))
    lengths = [len(prompt) for prompt in prompts]
    ends = [length + count for length in lengths]
    text_BN = np.full((len(prompts), max(ends)), TO_DRAW, np.int32)
    for row, prompt in enumerate(prompts):
        text_BN[row, : len(prompt)] = prompt
    bound = model.config.positions not in UNBOUND
    most = model.config.context if bound else MOST_PLACES
    begin, known, told, state, room, longest = 0, min(lengths), 0, None, 0, FIRST_CHUNK
    while known < max(ends):
        if state is None or known - begin > most:
            begin = 0 if state is None else known - max(most // 2, 1)
            room = min(_room(known - begin), most)
            state = _read(model, text_BN[:, begin:known], text_BN[:, :known], room, filters)
            known = begin + int(state.place) + 1  # the rest of a prompt is read on the way
        if known - begin > room:
            room = min(_room(known - begin), most)
            state = state._replace(memory=_with_room(model, state.memory, len(prompts), room))
        size, longest = min(longest, max(ends) - known, room - (known - begin - 1)), min(2 * longest, CHUNK)
        given_BN = np.full((len(prompts), CHUNK), TO_DRAW, np.int32)
        given_BN[:, :size] = text_BN[:, known : known + size]
        state, drawn_BN = _advance(
            model, state, jnp.asarray(given_BN), jnp.asarray(size), jnp.asarray(known), key_B, filters, values
        )
        text_BN[:, known : known + size] = np.asarray(drawn_BN)[:, :size]
        chunk = []
        for row, (start, end) in enumerate(zip(lengths, ends, strict=True)):
            new = text_BN[row, max(told, start) : min(known + size, end)].tolist()
            if ended := [at for at, token in enumerate(new) if token in stops]:
                new = new[: ended[0]]
                ends[row] = 0
            chunk.append(new)
        known += size
        told = max(told, known)  # what is read again is not told again
        if any(chunk):
            yield chunk


TO_DRAW = -1  # in place of a token that is not known yet


def _room(needed: int) -> int:
    """Places of a memory that holds so many: up to four whole blocks, beyond them a power of two.

    What attention remembers is read whole for each token, so room for what is not there yet takes time; each room is a
    program to compile.
    """
    blocks = -(-needed // BLOCK)
    return BLOCK * (blocks if blocks <= 4 else 1 << (blocks - 1).bit_length())


@jax.jit
def _row_keys(key: PRNGKeyArray, row_B: Array) -> Array:
    return jax.vmap(partial(jax.random.fold_in, key))(row_B)


@eqx.filter_jit
def _empty(model: LanguageModel, batch: int, room: int) -> Any:
    return model.empty((batch,), room)


@eqx.filter_jit
def _with_room(model: LanguageModel, memory: Any, batch: int, room: int) -> Any:
    """A memory with more room: what depends on the room is filled from the left."""

    def widen(empty: Array, full: Array) -> Array:
        return jnp.pad(full, [(0, wide - narrow) for wide, narrow in zip(empty.shape, full.shape, strict=True)])

    return jax.tree.map(widen, model.empty((batch,), room), memory)


def _read(model: LanguageModel, text_BT: np.ndarray, all_BT: np.ndarray, room: int, filters: Filters) -> State:
    """The state after all blocks of the text but its last tokens, at least one; those are left to `_advance`."""
    batch, length = text_BT.shape
    said_BV = np.zeros((batch, model.token_VD.shape[0] if filters.penalises else 0), bool)
    if filters.penalises:
        np.put_along_axis(said_BV, all_BT, True, axis=1)
    memory, place = _empty(model, batch, room), 0
    if model.config.prefix and length > 1:
        memory = _extend_first(model, jnp.asarray(text_BT[:, : model.config.prefix]), memory)
        # A prompt that lies within the prefix is read whole, as all of it sees its last token. That one is read again
        # for its logits: it sees and leaves behind what it did before.
        place = min(model.config.prefix, length - 1)
    while length - place > BLOCK:
        memory = _extend(model, jnp.asarray(text_BT[:, place : place + BLOCK]), memory, jnp.asarray(place, jnp.int32))
        place += BLOCK
    return State(jnp.asarray(text_BT[:, place]), jnp.asarray(place, jnp.int32), jnp.asarray(said_BV), memory)


@eqx.filter_jit
def _extend_first(model: LanguageModel, token_BT: Array, memory: Any) -> Any:
    return model.extend(token_BT, memory, 0)[1]


@eqx.filter_jit
def _extend(model: LanguageModel, token_BT: Array, memory: Any, start: Array) -> Any:
    return model.extend(token_BT, memory, start)[1]


@eqx.filter_jit
def _advance(
    model: LanguageModel,
    state: State,
    given_BN: Int[Array, "B N"],
    size: Int[Array, ""],
    known: Int[Array, ""],
    key_B: Key[Array, " B"],
    filters: Filters,
    values: dict[str, Array],
) -> tuple[State, Int[Array, "B N"]]:
    """`size` tokens more: the given ones, and drawn ones where none are. known: tokens of a text before them."""
    vocabulary = model.token_VD.shape[0]

    def step(at: Array, carried: tuple[State, Array]) -> tuple[State, Array]:
        state, drawn_BN = carried
        logits_B1V, memory = model.extend(state.token_B[:, None], state.memory, state.place)
        logits_BV = logits_B1V[:, 0, :vocabulary]  # spare classes stand for no token
        step_key_B = jax.vmap(lambda key: jax.random.fold_in(key, known + at))(key_B) if filters.draws else key_B
        drawn_B = next_token(logits_BV, state.said_BV, step_key_B, filters, values).astype(jnp.int32)
        given_B = jax.lax.dynamic_index_in_dim(given_BN, at, axis=1, keepdims=False)
        token_B = jnp.where(given_B == TO_DRAW, drawn_B, given_B)
        said_BV = state.said_BV
        if filters.penalises:
            said_BV = said_BV | (jnp.arange(vocabulary)[None, :] == token_B[:, None])
        drawn_BN = jax.lax.dynamic_update_index_in_dim(drawn_BN, token_B, at, axis=1)
        return State(token_B, state.place + 1, said_BV, memory), drawn_BN

    return jax.lax.fori_loop(0, size, step, (state, given_BN))
