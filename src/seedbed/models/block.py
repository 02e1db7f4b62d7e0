"""A block: token mixer and channel mixer with norms and residuals in a stated order (`ModelConfig.norm_order`).

Pre-norm is the modern GPTs' (h = x + Mix(N1(x)); out = h + FFN(N2(h))), post-norm the paper's (h = N1(x + Mix(x)); out
= N2(h + FFN(h))), sandwich norms what comes out of each part too (Ding et al. 2021), shared uses one norm for both
parts, bare has neither norms nor residuals.
"""

from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.channels import ChannelMixer, Routing
from seedbed.models.config import ModelConfig
from seedbed.models.layers import Initialiser, Norm, dropout, initialiser
from seedbed.models.mixer import TokenMixer
from seedbed.models.registry import CHANNELS, MIXERS


class Block(eqx.Module):
    """A part that a config leaves out is None."""

    mixer: TokenMixer
    channels: ChannelMixer | None
    mixer_norm: Norm | None
    channels_norm: Norm | None
    mixer_out_norm: Norm | None
    channels_out_norm: Norm | None
    config: ModelConfig = eqx.field(static=True)

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig, block: int):
        mixer, channels = jax.random.split(key)
        order, has_channels = config.norm_order, config.channels != "none"
        self.mixer = MIXERS[config.mixer](init, mixer, config, block)
        if config.scaled_residuals == "mixer":
            init = initialiser(config.init, config.blocks, scale_residual=False)
        self.channels = CHANNELS[config.channels](init, channels, config) if has_channels else None

        def norm(wanted: bool) -> Norm | None:
            return Norm(config.norm, config.width, config.norm_epsilon) if wanted else None

        self.mixer_norm = norm(order != "bare")
        self.channels_norm = norm(order in ("pre", "post", "sandwich") and has_channels)
        self.mixer_out_norm = norm(order == "sandwich")
        self.channels_out_norm = norm(order == "sandwich" and has_channels)
        self.config = config

    def __call__(
        self,
        x_BTD: Float[Array, "*B T D"],
        *,
        prefix: int = 0,
        key: PRNGKeyArray | None = None,
        document_BT: Int[Array, "*B T"] | None = None,
    ) -> tuple[Float[Array, "*B T D"], Routing | None]:
        """A whole window, and how its tokens were sent to experts; with a key some numbers are dropped.

        document_BT: the document of each token, where none may read another's.
        """
        given_BTD = self.prepare(x_BTD)
        inside, after = (None, None) if key is None else (jax.random.fold_in(key, 1), jax.random.fold_in(key, 2))
        if document_BT is None:
            mixed_BTD = self.mixer(given_BTD, prefix=prefix, key=inside)
        else:
            mixed_BTD = self.mixer.within(given_BTD, document_BT, prefix=prefix, key=inside)
        mixed_BTD = dropout(mixed_BTD, self.config.mixer_dropout, after)
        y_BTD, read_BTD = self.finish(x_BTD, mixed_BTD, key)
        return y_BTD, None if self.channels is None or read_BTD is None else self.channels.routing(read_BTD)

    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: Any, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], Any]:
        """New tokens at places start, start + 1, ..."""
        mixed_BTD, memory = self.mixer.extend(self.prepare(x_BTD), memory, start, prefix=prefix)
        return self.finish(x_BTD, mixed_BTD)[0], memory

    def prepare(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """What the mixer reads of a block's input."""
        if self.config.norm_order == "post":
            return x_BTD
        return _normed(self.mixer_norm, x_BTD)

    def finish(self, x_BTD: Array, mixed_BTD: Array, key: PRNGKeyArray | None = None) -> tuple[Array, Array | None]:
        """What comes out of the block, and what its channel mixer reads."""
        order = self.config.norm_order
        if order == "bare":
            h_BTD = mixed_BTD
        elif order == "post":
            h_BTD = _normed(self.mixer_norm, x_BTD + mixed_BTD)
        else:
            h_BTD = x_BTD + _normed(self.mixer_out_norm, mixed_BTD)
        if self.channels is None:
            return h_BTD, None
        read_BTD = h_BTD if order in ("bare", "post") else self._channels_input(h_BTD)
        y_BTD = dropout(self.channels(read_BTD), self.config.dropout, key)
        if order == "bare":
            return y_BTD, read_BTD
        if order == "post":
            return _normed(self.channels_norm, h_BTD + y_BTD), read_BTD
        return h_BTD + _normed(self.channels_out_norm, y_BTD), read_BTD

    def _channels_input(self, h_BTD: Array) -> Array:
        return _normed(self.mixer_norm if self.config.norm_order == "shared" else self.channels_norm, h_BTD)


def _normed(norm: Norm | None, x_BTD: Array) -> Array:
    return x_BTD if norm is None else norm(x_BTD)
