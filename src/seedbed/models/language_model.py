"""The language model: embedding, blocks, head; `model(tokens_BT) -> logits_BTV`, any leading batch axes or none.

A block is a token mixer, a channel mixer and two norms in a stated order: pre-norm (modern GPTs) or post-norm (the
paper: h = N1(x + Attn(x)); out = N2(h + FFN(h)), FFN with the activation after both layers).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.attention import Attention
from seedbed.models.config import ModelConfig
from seedbed.models.layers import Dense, Initialiser, Norm, activate, embed, embedding_table, initialiser
from seedbed.models.linear_attention import LinearAttention
from seedbed.models.mixer import TokenMixer

MIXERS: dict[str, type[TokenMixer]] = {"attention": Attention, "linear": LinearAttention}


class FeedForward(eqx.Module):
    """The channel mixer: W2 act(W1 x), in the paper act(W2 act(W1 x))."""

    inner: Dense
    outer: Dense
    config: ModelConfig = eqx.field(static=True)

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig):
        inner, outer = jax.random.split(key)
        hidden = config.feed_forward * config.width
        self.inner = Dense(init, inner, config.width, hidden, bias=config.bias)
        self.outer = Dense(init, outer, hidden, config.width, bias=config.bias, residual=True)
        self.config = config

    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """Apply to every position."""
        y_BTD = self.outer(activate(self.config.activation, self.inner(x_BTD)))
        return activate(self.config.activation, y_BTD) if self.config.activation_after else y_BTD


class Block(eqx.Module):
    """Token mixer and channel mixer, each with a residual and a norm before or after it."""

    mixer: TokenMixer
    channels: FeedForward
    mixer_norm: Norm
    channels_norm: Norm
    config: ModelConfig = eqx.field(static=True)

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig):
        mixer, channels = jax.random.split(key)
        self.mixer = MIXERS[config.mixer](
            init, mixer, width=config.width, heads=config.heads, bias=config.bias, score_scale=config.score_scale
        )
        self.channels = FeedForward(init, channels, config)
        self.mixer_norm = Norm(config.norm, config.width)
        self.channels_norm = Norm(config.norm, config.width)
        self.config = config

    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """A whole window."""
        return self._finish(x_BTD, self.mixer(self.prepare(x_BTD)))

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: Any, start: int | Int[Array, ""]
    ) -> tuple[Float[Array, "*B T D"], Any]:
        """New tokens at places start, start + 1, ..."""
        mixed_BTD, memory = self.mixer.extend(self.prepare(x_BTD), memory, start)
        return self._finish(x_BTD, mixed_BTD), memory

    def prepare(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """What the mixer reads of a block's input."""
        return self.mixer_norm(x_BTD) if self.config.norm_order == "pre" else x_BTD

    def _finish(self, x_BTD: Array, mixed_BTD: Array) -> Array:
        if self.config.norm_order == "pre":
            h_BTD = x_BTD + mixed_BTD
            return h_BTD + self.channels(self.channels_norm(h_BTD))
        h_BTD = self.mixer_norm(x_BTD + mixed_BTD)
        return self.channels_norm(h_BTD + self.channels(h_BTD))


class LanguageModel(eqx.Module):
    """A decoder-only language model over one window."""

    token_VD: Float[Array, "V D"]
    position_TD: Float[Array, "C D"] | None
    blocks: tuple[Block, ...]
    last_norm: Norm | None
    head: Dense
    config: ModelConfig = eqx.field(static=True)

    def __init__(self, config: ModelConfig, vocabulary: int, *, key: PRNGKeyArray):
        init = initialiser(config.init, config.blocks)
        token, position, blocks, head = jax.random.split(key, 4)
        self.token_VD = embedding_table(token, config.init, vocabulary, config.width)
        self.position_TD = (
            embedding_table(position, config.init, config.context, config.width)
            if config.positions == "learned"
            else None
        )
        self.blocks = tuple(Block(init, each, config) for each in jax.random.split(blocks, config.blocks))
        self.last_norm = Norm(config.norm, config.width) if config.norm_order == "pre" else None
        self.head = Dense(init, head, config.width, vocabulary + config.spare_classes, bias=config.bias)
        self.config = config

    def __call__(self, tokens_BT: Int[Array, "*B T"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*B T V"]:
        """Logits of each next token; T is at most the context."""
        x_BTD = self._embed(tokens_BT, jnp.arange(tokens_BT.shape[-1]))
        for block in self.blocks:
            x_BTD = block(x_BTD)
        return self._logits(x_BTD)

    def empty(self, batch: tuple[int, ...], places: int) -> tuple[Any, ...]:
        """Memory for decoding a batch of this shape, with room for `places` tokens."""
        return tuple(block.mixer.empty(batch, places) for block in self.blocks)

    def extend(
        self, tokens_BT: Int[Array, "*B T"], memory: tuple[Any, ...], start: int | Int[Array, ""]
    ) -> tuple[Float[Array, "*B T V"], tuple[Any, ...]]:
        """Logits of tokens at places start, start + 1, ... given the memory of earlier ones, and the longer memory."""
        x_BTD = self._embed(tokens_BT, start + jnp.arange(tokens_BT.shape[-1]))
        longer = []
        for block, one in zip(self.blocks, memory, strict=True):
            x_BTD, one_longer = block.extend(x_BTD, one, start)
            longer.append(one_longer)
        return self._logits(x_BTD), tuple(longer)

    def mixer_input(self, tokens_BT: Int[Array, "*B T"]) -> Float[Array, "*B T D"]:
        """What the first block's mixer reads at each place of a window."""
        return self.blocks[0].prepare(self._embed(tokens_BT, jnp.arange(tokens_BT.shape[-1])))

    def _embed(self, tokens_BT: Array, place_T: Array) -> Float[Array, "*B T D"]:
        x_BTD = embed(self.token_VD, tokens_BT)
        if self.position_TD is None:
            return x_BTD
        at_TD = jnp.take(self.position_TD, place_T, axis=0, mode="clip")
        return x_BTD + jnp.broadcast_to(at_TD, x_BTD.shape)

    def _logits(self, x_BTD: Array) -> Float[Array, "*B T V"]:
        return self.head(x_BTD if self.last_norm is None else self.last_norm(x_BTD))


def scaled(model: LanguageModel, scale: Float[Array, ""]) -> LanguageModel:
    """The model with every weight matrix and embedding times `scale`; norms and biases keep their values."""
    return jax.tree.map(lambda leaf: leaf * scale if leaf.ndim == 2 else leaf, model)
