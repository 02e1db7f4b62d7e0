"""Causal multi-head attention, over a whole window or over new tokens with the keys and values of earlier ones.

softmax(q k' / sqrt(s)) v with s the head width, or the whole width as Corpus2GPT has it (Sinha 2024). A block may see
a sliding window only (Child et al. 2019; Beltagy et al. 2020): token i sees j with i - j < W, and its memory is a ring
of W places. The first tokens of a text may be a prefix that sees itself both ways (Raffel et al. 2020, section 3.2.1),
within W. Places enter by rotation of queries and keys or by ALiBi's biases (`positions`).

Where tokens of a window belong to several documents (`within`), one sees those of its own alone.

Long windows are taken a block of queries at a time, forgotten and computed again on the way back: memory then grows as
the length, not as its square (Rabe & Staats 2021).
"""

from functools import partial
from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from seedbed.models.config import ModelConfig, RotaryConfig
from seedbed.models.heads import HeadMixer
from seedbed.models.layers import Initialiser, dropout
from seedbed.models.positions import alibi_slopes, local_biases, rotated

MASKED = -1e30  # finite, so that a row of masked scores has no NaN
SHORT = 512  # tokens, up to which all scores are computed at once
QUERIES = 256  # of a block beyond that
PARTS = 4  # of a long window, each with the keys up to its end only: 5/8 of all scores are computed
FAR = 2**30  # a place after all others: what stands there is seen by nobody


class KeysValues(eqx.Module):
    """What is attended to, a row a place, and the document that each belongs to, where there are several."""

    key_BGSK: Float[Array, "*B G S K"]
    value_BGSK: Float[Array, "*B G S K"]
    document_BS: Int[Array, "*B S"] | None = None


class Remembered(eqx.Module):
    """What attention remembers of the tokens so far: S places, filled from the left; a full ring begins anew.

    Places come last: with one query a head, products along them fill the registers, and take half the time.
    """

    key_BGKS: Float[Array, "*B G K S"]
    value_BGKS: Float[Array, "*B G K S"]

    @property
    def upright(self) -> KeysValues:
        """The same, a row a place."""
        return KeysValues(jnp.swapaxes(self.key_BGKS, -1, -2), jnp.swapaxes(self.value_BGKS, -1, -2))

    @property
    def places(self) -> int:
        """S."""
        return self.key_BGKS.shape[-1]


class Attention(HeadMixer):
    """Softmax attention."""

    keeps_documents = True
    window: int = eqx.field(static=True)
    rotary: RotaryConfig | None = eqx.field(static=True)
    alibi: bool = eqx.field(static=True)
    weight_dropout: float = eqx.field(static=True)

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig, block: int):
        super().__init__(init, key, config, block)
        self.window = config.window_of(block)
        self.rotary = config.rotary if config.positions == "rotary" else None
        self.alibi = config.positions == "alibi"
        self.weight_dropout = config.attention_dropout
        if config.local_start:
            query_HK, key_GK = local_biases(config.heads, config.groups, config.head_width, config.rotary)
            self.query = eqx.tree_at(lambda layer: layer.bias_O, self.query, query_HK.reshape(-1))
            self.key = eqx.tree_at(lambda layer: layer.bias_O, self.key, key_GK.reshape(-1))

    def __call__(
        self, x_BTD: Float[Array, "*B T D"], *, prefix: int = 0, key: PRNGKeyArray | None = None
    ) -> Float[Array, "*B T D"]:
        """Each position attends to itself and all before it that its window holds, and the prefix to all of itself."""
        return self.finish(self._whole(*self._placed(x_BTD, 0), prefix, key=key))

    def within(
        self,
        x_BTD: Float[Array, "*B T D"],
        document_BT: Int[Array, "*B T"],
        *,
        prefix: int = 0,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "*B T D"]:
        """The same where no position attends to another document's."""
        return self.finish(self._whole(*self._placed(x_BTD, 0), prefix, document_BT, key))

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: Remembered, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], Remembered]:
        """The same for tokens at places start, start + 1, ..., given the memory of all earlier ones."""
        length = x_BTD.shape[-2]
        query_BHTK, key_BGTK, value_BGTK = self._placed(x_BTD, start)
        new, first = KeysValues(key_BGTK, value_BGTK), isinstance(start, int) and start == 0
        longer = _written(memory, new, start) if self.window else _appended(memory, new, start)
        place_T = start + jnp.arange(length)
        if first and (self.window or length > SHORT):
            mixed_BHTK = self._whole(query_BHTK, key_BGTK, value_BGTK, prefix)
        elif not self.window:
            mixed_BHTK = self._mix(query_BHTK, longer.upright, place_T, None, prefix)
        elif length == 1:
            mixed_BHTK = self._mix(query_BHTK, longer.upright, place_T, _ring(start + 1, longer.places), 0)
        else:  # the first of several tokens still sees what the last one overwrites
            both = jax.tree.map(lambda old, more: jnp.concatenate([old, more], axis=-2), memory.upright, new)
            place_S = jnp.concatenate([_ring(start, memory.places), place_T])
            mixed_BHTK = self._mix(query_BHTK, both, place_T, place_S, 0)
        return self.finish(mixed_BHTK), longer

    def empty(self, batch: tuple[int, ...], places: int) -> Remembered:
        """A memory of nothing, with room for so many tokens, or for a window of them."""
        held = min(self.window, places) if self.window else places
        nothing_BGKS = jnp.zeros((*batch, self.groups, self.head_width, held), self.query.weight_IO.dtype)
        return Remembered(nothing_BGKS, nothing_BGKS)

    @classmethod
    def flops(cls, config: ModelConfig, block: int, length: int) -> int:
        """The maps, and the scores that are computed, masked ones among them; see `SHORT` and `PARTS`."""
        window, rows = config.window_of(block), -(-length // QUERIES) * QUERIES
        if length <= SHORT:
            read = length * length
        elif 0 < window < length:
            read = rows * (QUERIES + (window - 1) * (2 if config.prefix else 1))
        else:
            read = sum((end - begin) * min(end, length) for begin, end in _parts(length))
        return super().flops(config, block, 0) + round(4 * config.width * read / length)

    def _placed(self, x_BTD: Array, start: int | Array) -> tuple[Array, Array, Array]:
        query_BHTK, key_BGTK, value_BGTK = self.project(x_BTD)
        if self.rotary is None:
            return query_BHTK, key_BGTK, value_BGTK
        place_T = start + jnp.arange(x_BTD.shape[-2])
        return rotated(query_BHTK, place_T, self.rotary), rotated(key_BGTK, place_T, self.rotary), value_BGTK

    def _whole(
        self,
        query_BHTK: Array,
        key_BGTK: Array,
        value_BGTK: Array,
        prefix: int,
        document_BT: Array | None = None,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "*B H T K"]:
        """A window from its first token on."""
        length = query_BHTK.shape[-2]
        if length <= SHORT:
            seen = KeysValues(key_BGTK, value_BGTK, document_BT)
            return self._mix(query_BHTK, seen, jnp.arange(length), None, prefix, document_BT, key)
        if 0 < self.window < length:
            return self._slide(query_BHTK, key_BGTK, value_BGTK, prefix, document_BT, key)
        parts = []
        for begin, end in _parts(length):
            last = max(end, prefix)
            seen = KeysValues(key_BGTK[..., :last, :], value_BGTK[..., :last, :], _cut(document_BT, 0, last))
            queries_BHTK, place_T = query_BHTK[..., begin:end, :], jnp.arange(begin, min(end, length))
            document_BQ = _cut(document_BT, begin, end)
            parts.append(self._mix(queries_BHTK, seen, place_T, None, prefix, document_BQ, _own_key(key, begin)))
        return jnp.concatenate(parts, axis=-2)

    def _slide(
        self,
        query_BHTK: Array,
        key_BGTK: Array,
        value_BGTK: Array,
        prefix: int,
        document_BT: Array | None,
        key: PRNGKeyArray | None,
    ) -> Float[Array, "*B H T K"]:
        """A long window through a sliding one: each block of queries with the keys around it."""
        length, before = query_BHTK.shape[-2], self.window - 1
        after = before if prefix else 0
        end = -(-length // QUERIES) * QUERIES
        padding = [(0, 0)] * (key_BGTK.ndim - 2) + [(before, end - length + after), (0, 0)]
        around = KeysValues(jnp.pad(key_BGTK, padding), jnp.pad(value_BGTK, padding))
        around_BS = None if document_BT is None else jnp.pad(document_BT, padding[1:-1])

        def one(block: tuple[Array, Array, Array | None]) -> Array:
            queries_BHQK, begin, document_BQ = block
            cut = partial(_slice, start=begin, size=QUERIES + before + after)
            seen = jax.tree.map(cut, around)  # its first key is that of place begin - before
            seen = KeysValues(seen.key_BGSK, seen.value_BGSK, None if around_BS is None else cut(around_BS, axis=-1))
            place_S = begin - before + jnp.arange(QUERIES + before + after)
            place_S = jnp.where((place_S < 0) | (place_S >= length), FAR, place_S)
            place_T = begin + jnp.arange(QUERIES)
            return self._mix(queries_BHQK, seen, place_T, place_S, prefix, document_BQ, _own_key(key, begin))

        return _by_blocks(one, query_BHTK, jnp.arange(0, end, QUERIES), document_BT)

    def _mix(
        self,
        query_BHTK: Float[Array, "*B H T K"],
        seen: KeysValues,
        place_T: Int[Array, " T"],
        place_S: Int[Array, " S"] | None,
        prefix: int,
        document_BT: Int[Array, "*B T"] | None = None,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "*B H T K"]:
        """The values seen from each place, by its scores; many queries a block at a time. S by default from 0 on."""
        if len(place_T) > SHORT:

            def one(block: tuple[Array, Array, Array | None]) -> Array:
                queries_BHQK, begin, document_BQ = block
                own_T = begin + jnp.arange(QUERIES)
                return self._mix(queries_BHQK, seen, own_T, place_S, prefix, document_BQ, _own_key(key, begin))

            return _by_blocks(one, query_BHTK, place_T[::QUERIES], document_BT)
        score_BHTS = self._per_group(query_BHTK * self.scale, jnp.swapaxes(seen.key_BGSK, -1, -2))
        place_T1 = place_T[:, None]
        place_1S = (jnp.arange(seen.key_BGSK.shape[-2]) if place_S is None else place_S)[None, :]
        hidden_TS = jnp.where(_visible(place_T1, place_1S, self.window, prefix), 0.0, MASKED)
        score_BHTS = score_BHTS + jnp.broadcast_to(hidden_TS.astype(score_BHTS.dtype), score_BHTS.shape)
        if document_BT is not None and seen.document_BS is not None:
            apart_BTS = document_BT[..., :, None] != seen.document_BS[..., None, :]
            other_BTS = jnp.where(apart_BTS, jnp.asarray(MASKED, score_BHTS.dtype), jnp.zeros((), score_BHTS.dtype))
            score_BHTS = score_BHTS + jnp.broadcast_to(other_BTS[..., None, :, :], score_BHTS.shape)
        if self.alibi:
            slope_H = jnp.asarray(alibi_slopes(self.heads), score_BHTS.dtype)
            distance_TS = jnp.abs(place_T1 - place_1S).astype(score_BHTS.dtype)
            bias_HTS = slope_H[:, None, None] * distance_TS[None]
            score_BHTS = score_BHTS - jnp.broadcast_to(bias_HTS, score_BHTS.shape)
        # The softmax divides after mixing, on T by K numbers and not on T by S.
        weight_BHTS = jnp.exp(score_BHTS - jax.lax.stop_gradient(score_BHTS.max(axis=-1, keepdims=True)))
        kept_BHTS = dropout(weight_BHTS, self.weight_dropout, key)
        return self._per_group(kept_BHTS, seen.value_BGSK) * (1 / weight_BHTS.sum(axis=-1, keepdims=True))

    def _per_group(self, left_BHTX: Array, right_BGXY: Array) -> Float[Array, "*B H T _"]:
        """Products with the keys or values of each head's group: heads of a group as rows of one product."""
        if self.groups == self.heads:
            return left_BHTX @ right_BGXY
        rows = self.heads // self.groups * left_BHTX.shape[-2]
        grouped_BGRX = left_BHTX.reshape(*left_BHTX.shape[:-3], self.groups, rows, left_BHTX.shape[-1])
        return (grouped_BGRX @ right_BGXY).reshape(*left_BHTX.shape[:-1], right_BGXY.shape[-1])


def _visible(place_T1: Int[Array, "T 1"], place_1S: Int[Array, "1 S"], window: int, prefix: int) -> Bool[Array, "T S"]:
    """Whether a token at a place of T sees one at a place of S."""
    visible_TS = place_T1 >= place_1S
    if prefix:
        visible_TS = visible_TS | ((place_T1 < prefix) & (place_1S < prefix))
    if window:
        visible_TS = visible_TS & (jnp.abs(place_T1 - place_1S) < window)
    return visible_TS


def _parts(length: int) -> list[tuple[int, int]]:
    """Where the parts of a long window begin and end, in whole blocks; the last may end beyond the window."""
    blocks = -(-length // QUERIES)
    ends = [-(-blocks * part // PARTS) * QUERIES for part in range(PARTS + 1)]
    return [(begin, end) for begin, end in pairwise(ends) if begin < end]


def _by_blocks(one, query_BHTK: Array, begin_N: Int[Array, " N"], document_BT: Array | None) -> Array:
    """`one` of each block of queries, the place of its first and their documents, side by side.

    Its inside is computed twice.
    """
    length, blocks = query_BHTK.shape[-2], len(begin_N)
    padding = [(0, 0)] * (query_BHTK.ndim - 2) + [(0, blocks * QUERIES - length), (0, 0)]
    query_BHNQK = jnp.pad(query_BHTK, padding).reshape(*query_BHTK.shape[:-2], blocks, QUERIES, query_BHTK.shape[-1])
    document_NBQ = None
    if document_BT is not None:
        padded_BT = jnp.pad(document_BT, [*padding[:-3], padding[-2]])
        document_NBQ = jnp.moveaxis(padded_BT.reshape(*document_BT.shape[:-1], blocks, QUERIES), -2, 0)
    mixed_NBHQK = jax.lax.map(jax.checkpoint(one), (jnp.moveaxis(query_BHNQK, -3, 0), begin_N, document_NBQ))
    mixed_BHNQK = jnp.moveaxis(mixed_NBHQK, 0, -3)
    return mixed_BHNQK.reshape(*query_BHTK.shape[:-2], blocks * QUERIES, -1)[..., :length, :]


def _own_key(key: PRNGKeyArray | None, begin: int | Array) -> PRNGKeyArray | None:
    """The key of the queries that begin here."""
    return None if key is None else jax.random.fold_in(key, begin)


def _cut(document_BT: Array | None, begin: int, end: int) -> Array | None:
    return None if document_BT is None else document_BT[..., begin:end]


def _slice(x_BGSK: Array, start: Array, size: int, axis: int = -2) -> Array:
    return jax.lax.dynamic_slice_in_dim(x_BGSK, start, size, axis=axis)


def _appended(memory: Remembered, new: KeysValues, start: int | Array) -> Remembered:
    def write(old_BGKS: Array, new_BGTK: Array) -> Array:
        return jax.lax.dynamic_update_slice_in_dim(old_BGKS, jnp.swapaxes(new_BGTK, -1, -2), start, axis=-1)

    return Remembered(write(memory.key_BGKS, new.key_BGSK), write(memory.value_BGKS, new.value_BGSK))


def _written(memory: Remembered, new: KeysValues, start: int | Array) -> Remembered:
    """The ring with the last of the new tokens: the one at place p stands at p modulo its size."""
    size, tokens = memory.places, new.key_BGSK.shape[-2]
    kept = min(size, tokens)
    slot_N = (start + tokens - kept + jnp.arange(kept)) % size

    def write(old_BGKS: Array, new_BGTK: Array) -> Array:
        last_BGKN = jnp.swapaxes(new_BGTK[..., tokens - kept :, :], -1, -2)
        return old_BGKS.at[..., slot_N].set(last_BGKN, unique_indices=True)

    return Remembered(write(memory.key_BGKS, new.key_BGSK), write(memory.value_BGKS, new.value_BGSK))


def _ring(start: int | Array, size: int) -> Int[Array, " S"]:
    """Which place each slot of a ring holds before place `start` is written; FAR where none is."""
    last_S = start - 1 - (start - 1 - jnp.arange(size)) % size
    return jnp.where(last_S < 0, FAR, last_S)
