"""A mixture of experts: a router sends each token to the few feed-forward layers that it scores highest.

y = sum over the k chosen of g_i E_i(x), g the softmax of the chosen scores x W (Shazeer et al. 2017, section 2.1,
without noise); with one expert a token, g is its chance among all (Fedus et al. 2021, section 2.1), for the softmax of
one score would teach the router nothing. Every expert computes every token here, and what was not chosen is weighed by
0: nothing has to be sorted, and all experts' gradients exist.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from seedbed.models.channels import ChannelMixer, FeedForward, Routing, SwiGLU
from seedbed.models.config import ModelConfig
from seedbed.models.layers import Dense, Initialiser

KINDS: dict[str, type[ChannelMixer]] = {"mlp": FeedForward, "swiglu": SwiGLU}
UNCHOSEN = -1e30  # the score of an expert that is left out


class Experts(ChannelMixer):
    """Several feed-forward layers, of which each token uses a few."""

    router: Dense
    experts: tuple[ChannelMixer, ...]
    config: ModelConfig = eqx.field(static=True)

    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig):
        router, *experts = jax.random.split(key, 1 + config.experts.number)
        self.router = Dense(init, router, config.width, config.experts.number, bias=False)
        self.experts = tuple(KINDS[config.experts.kind](init, each, config) for each in experts)
        self.config = config

    def __call__(self, x_BTD: Float[Array, "*B T D"]) -> Float[Array, "*B T D"]:
        """Each token through its experts, by their weights."""
        score_BTN = self.router(x_BTD)
        if self.config.experts.used > 1:
            weight_BTN = jax.nn.softmax(jnp.where(self._chosen(score_BTN) > 0, score_BTN, UNCHOSEN), axis=-1)
        else:
            weight_BTN = jax.nn.softmax(score_BTN, axis=-1) * self._chosen(score_BTN)
        weights = jnp.split(weight_BTN, len(self.experts), axis=-1)
        first, *rest = (weight_BT1 * expert(x_BTD) for weight_BT1, expert in zip(weights, self.experts, strict=True))
        return sum(rest, start=first)

    def routing(self, x_BTD: Float[Array, "*B T D"]) -> Routing:
        """The shares of choices and the mean chances of each window."""
        score_BTN = self.router(x_BTD)
        chosen_BN = self._chosen(score_BTN).mean(axis=-2) / self.config.experts.used
        return Routing(jax.lax.stop_gradient(chosen_BN), jax.nn.softmax(score_BTN, axis=-1).mean(axis=-2))

    @classmethod
    def parameters(cls, config: ModelConfig) -> int:
        """The router and all experts."""
        number = config.experts.number
        return config.width * number + number * KINDS[config.experts.kind].parameters(config)

    @classmethod
    def flops(cls, config: ModelConfig) -> int:
        """The router and all experts, as they are computed; used are `used` of `number`."""
        number = config.experts.number
        return 2 * config.width * number + number * KINDS[config.experts.kind].flops(config)

    def _chosen(self, score_BTN: Float[Array, "*B T N"]) -> Float[Array, "*B T N"]:
        """1 for the experts that a token uses, 0 for the others; of equals the first."""
        _, index_BTk = jax.lax.top_k(score_BTN, self.config.experts.used)
        return jax.nn.one_hot(index_BTk, score_BTN.shape[-1], dtype=score_BTN.dtype).sum(axis=-2)
