"""The language model: embedding, blocks, head; `model(tokens_BT) -> logits_BTV`, any leading batch axes or none."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.block import Block
from seedbed.models.channels import Routing
from seedbed.models.config import ModelConfig
from seedbed.models.layers import Dense, Norm, affine, dropout, embed, embedding_table, initialiser
from seedbed.models.positions import sinusoids


class LanguageModel(eqx.Module):
    """A decoder-only language model over one window; without a head of its own it reads the embedding backwards."""

    token_VD: Float[Array, "V D"]
    position_TD: Float[Array, "C D"] | None
    blocks: tuple[Block, ...]
    last_norm: Norm | None
    head: Dense | None
    head_bias_V: Float[Array, " V"] | None
    config: ModelConfig = eqx.field(static=True)

    def __init__(self, config: ModelConfig, vocabulary: int, *, key: PRNGKeyArray):
        init = initialiser(config.init, config.blocks, scale_residual=config.scaled_residuals != "none")
        token, position, blocks, head = jax.random.split(key, 4)
        self.token_VD = embedding_table(token, config.init, vocabulary, config.width, tied=config.tied)
        self.position_TD = (
            embedding_table(position, config.init, config.context, config.width, deviation=config.position_std)
            if config.positions == "learned"
            else None
        )
        keys = jax.random.split(blocks, config.blocks)
        self.blocks = tuple(Block(init, each, config, block) for block, each in enumerate(keys))
        self.last_norm = Norm(config.norm, config.width, config.norm_epsilon) if config.norm_order != "post" else None
        classes = vocabulary + config.spare_classes
        self.head = None if config.tied else Dense(init, head, config.width, classes, bias=config.has_head_bias)
        self.head_bias_V = jnp.zeros(classes, jnp.float32) if config.tied and config.has_head_bias else None
        self.config = config

    def __call__(
        self, tokens_BT: Int[Array, "*B T"], *, key: PRNGKeyArray | None = None, prefix: int | None = None
    ) -> Float[Array, "*B T V"]:
        """Logits of each next token; T is at most the context.

        key: of the numbers that a config with dropout drops in training; none are without one.
        prefix: tokens that see each other both ways, by default the config's; logits before its end tell nothing.
        """
        return self.forward(tokens_BT, key=key, prefix=prefix)[0]

    def forward(
        self,
        tokens_BT: Int[Array, "*B T"],
        *,
        key: PRNGKeyArray | None = None,
        prefix: int | None = None,
        document_BT: Int[Array, "*B T"] | None = None,
    ) -> tuple[Float[Array, "*B T V"], tuple[Routing, ...]]:
        """The logits, and how each block with experts sent tokens to them.

        document_BT: the document of each token, where none may read another's. Raises TypeError for a mixer that cannot
        keep them apart (`TokenMixer.keeps_documents`).
        """
        prefix = self.config.prefix if prefix is None else prefix
        keys: list[PRNGKeyArray | None] = [None] * (1 + len(self.blocks))
        if key is not None and self.config.drops:
            keys = list(jax.random.split(key, len(keys)))
        x_BTD = dropout(self._embed(tokens_BT, jnp.arange(tokens_BT.shape[-1])), self.config.dropout, keys[0])
        routings = []
        for block, own in zip(self.blocks, keys[1:], strict=True):
            x_BTD, routing = block(x_BTD, prefix=min(prefix, tokens_BT.shape[-1]), key=own, document_BT=document_BT)
            routings += [] if routing is None else [routing]
        return self._logits(x_BTD), tuple(routings)

    def empty(self, batch: tuple[int, ...], places: int) -> tuple[Any, ...]:
        """Memory for decoding a batch of this shape, with room for `places` tokens."""
        return tuple(block.mixer.empty(batch, places) for block in self.blocks)

    def extend(
        self,
        tokens_BT: Int[Array, "*B T"],
        memory: tuple[Any, ...],
        start: int | Int[Array, ""],
        *,
        prefix: int | None = None,
    ) -> tuple[Float[Array, "*B T V"], tuple[Any, ...]]:
        """Logits of tokens at places start, start + 1, ... given the memory of earlier ones, and the longer memory.

        A prefix lies within the tokens of the first call, which starts at 0: what is longer is cut to them.
        """
        first = isinstance(start, int) and start == 0
        prefix = min(self.config.prefix if prefix is None else prefix, tokens_BT.shape[-1]) if first else 0
        x_BTD = self._embed(tokens_BT, start + jnp.arange(tokens_BT.shape[-1]))
        longer = []
        for block, one in zip(self.blocks, memory, strict=True):
            x_BTD, one_longer = block.extend(x_BTD, one, start, prefix=prefix)
            longer.append(one_longer)
        return self._logits(x_BTD), tuple(longer)

    def mixer_input(self, tokens_BT: Int[Array, "*B T"]) -> Float[Array, "*B T D"]:
        """What the first block's mixer reads at each place of a window."""
        return self.blocks[0].prepare(self._embed(tokens_BT, jnp.arange(tokens_BT.shape[-1])))

    def _embed(self, tokens_BT: Array, place_T: Array) -> Float[Array, "*B T D"]:
        x_BTD = embed(self.token_VD, tokens_BT)
        if self.config.positions == "sinusoidal":
            return x_BTD + jnp.broadcast_to(sinusoids(place_T, self.config.width), x_BTD.shape)
        if self.position_TD is None:
            return x_BTD
        at_TD = jnp.take(self.position_TD, place_T, axis=0, mode="clip")
        return x_BTD + jnp.broadcast_to(at_TD, x_BTD.shape)

    def _logits(self, x_BTD: Array) -> Float[Array, "*B T V"]:
        x_BTD = x_BTD if self.last_norm is None else self.last_norm(x_BTD)
        return affine(x_BTD, self.token_VD.T, self.head_bias_V) if self.head is None else self.head(x_BTD)


def scaled(model: LanguageModel, scale: Float[Array, ""]) -> LanguageModel:
    """The model with every weight matrix and embedding times `scale`; norms, biases and rates keep their values."""
    return jax.tree.map(lambda leaf, is_weight: leaf * scale if is_weight else leaf, model, weight_matrices(model))


def in_bfloat16(model: LanguageModel) -> LanguageModel:
    """The model with the matrices of its maps in bfloat16, which then multiply in it; all else stays as it is.

    Embeddings, norms, biases, what a recurrence carries on and what attention weighs keep float32, as in the mixed
    precision of Micikevicius et al. (2018), section 3; bfloat16 needs no scaled loss (Kalamkar et al. 2019).
    """

    def cast(path: tuple, leaf: Array) -> Array:
        names = [str(getattr(key, "name", "")) for key in path]
        return leaf.astype(jnp.bfloat16) if names[-1] == "weight_IO" and "recurrent" not in names else leaf

    return jax.tree_util.tree_map_with_path(cast, model)


def weight_matrices(model: Any) -> Any:
    """For each array whether it is a matrix that multiplies what is read, as maps, embeddings and kernels do.

    Norms, biases and the logarithms of a state's rates (`*_log_*`) are none: they are not decayed.
    """

    def is_weight(path: tuple, leaf: Array) -> bool:
        return leaf.ndim >= 2 and "log" not in str(path[-1]).split("_")

    return jax.tree_util.tree_map_with_path(is_weight, model)
