"""The single-member program: initial state, and a number of steps, as pure functions of (config, key).

What differs between members is traced: seeds, rates, scale, and the batches, cut on the host. A loop of at most `CHUNK` steps
is one compiled call; how many of them it takes is data too, so a member's bits do not depend on where its calls end.
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from seedbed.models import LanguageModel, scaled
from seedbed.training.config import Member, PopulationConfig
from seedbed.training.optimiser import optimiser

CHUNK = 32  # steps that one call can take


class Hyperparameters(NamedTuple):
    """What the program is told of a member."""

    init_seed: Int[Array, ""]
    learning_rate: Float[Array, ""]
    weight_decay: Float[Array, ""]
    init_scale: Float[Array, ""]


class State(eqx.Module):
    """All that training carries from step to step."""

    model: LanguageModel
    optimiser: tuple
    step: Int[Array, ""]


class ChunkBatches(NamedTuple):
    """Up to CHUNK batches: S steps of B windows of W tokens, one more than the context."""

    token_SBW: Int[Array, "S B W"]
    task_SBW: Int[Array, "S B W"]
    real_SB: Bool[Array, "S B"]


class LossSums(NamedTuple):
    """Losses summed over the steps of a call: nats and target tokens, by task and in all (padding counted, as in Keras)."""

    nats_K: Float[Array, " K"]
    tokens_K: Float[Array, " K"]
    nats: Float[Array, ""]
    tokens: Float[Array, ""]


def hyperparameters(member: Member) -> Hyperparameters:
    """A member's numbers as arrays."""
    return Hyperparameters(
        jnp.uint32(member.init_seed),
        jnp.float32(member.learning_rate),
        jnp.float32(member.weight_decay),
        jnp.float32(member.init_scale),
    )


def initial_state(config: PopulationConfig, member: Hyperparameters) -> State:
    """The state before the first step, from the init seed alone."""
    key = jax.random.key(member.init_seed)
    model = scaled(LanguageModel(config.model, config.vocabulary, key=key), member.init_scale)
    start = optimiser(config.training, member.learning_rate, member.weight_decay).init(model)
    return State(model, start, jnp.zeros((), jnp.int32))


def take_steps(
    config: PopulationConfig, member: Hyperparameters, state: State, batches: ChunkBatches, steps: Int[Array, ""]
) -> tuple[State, LossSums]:
    """The state after the first `steps` of these batches, and the losses met on the way."""
    tasks = len(config.world.tasks)

    def one(index: Array, carry: tuple[State, LossSums]) -> tuple[State, LossSums]:
        state, sums = carry
        token_BW, task_BW, real_B = (jax.lax.dynamic_index_in_dim(each, index, keepdims=False) for each in batches)

        def objective(model: LanguageModel) -> tuple[Array, LossSums]:
            found = batch_losses(model, token_BW, task_BW, real_B, tasks)
            if config.training.objective == "pooled":
                return found.nats / jnp.maximum(found.tokens, 1.0), found
            present_K = found.tokens_K > 0
            mean_K = found.nats_K / jnp.maximum(found.tokens_K, 1.0)
            return mean_K.sum() / jnp.maximum(present_K.astype(jnp.float32).sum(), 1.0), found

        with jax.numpy_dtype_promotion("strict"):
            gradient, found = jax.grad(objective, has_aux=True)(state.model)
        updates, moments = optimiser(config.training, member.learning_rate, member.weight_decay).update(
            gradient, state.optimiser, state.model
        )
        model = jax.tree.map(lambda weight, change: weight + change, state.model, updates)
        return State(model, moments, state.step + 1), jax.tree.map(jnp.add, sums, found)

    zero = jnp.zeros((), jnp.float32)
    nothing = LossSums(jnp.zeros(tasks, jnp.float32), jnp.zeros(tasks, jnp.float32), zero, zero)
    return jax.lax.fori_loop(0, steps, one, (state, nothing))


def batch_losses(
    model: LanguageModel,
    token_BW: Int[Array, "B W"],
    task_BW: Int[Array, "B W"],
    real_B: Bool[Array, " B"],
    tasks: int,
) -> LossSums:
    """Summed losses of a batch, by task of the target token and in all; windows that are not real weigh nothing."""
    token_BW = token_BW.astype(jnp.int32)
    logits_BTV = model(token_BW[:, :-1])
    target_BTV = jax.nn.one_hot(token_BW[:, 1:], logits_BTV.shape[-1], dtype=logits_BTV.dtype)
    nats_BT = jax.nn.logsumexp(logits_BTV, axis=-1) - (logits_BTV * target_BTV).sum(axis=-1)
    weight_BT = jnp.broadcast_to(real_B[:, None].astype(jnp.float32), nats_BT.shape)
    nats_BT = nats_BT * weight_BT
    task_BTK = jax.nn.one_hot(task_BW[:, 1:].astype(jnp.int32), tasks, dtype=jnp.float32)
    return LossSums(
        nats_K=jnp.einsum("bt,btk->k", nats_BT, task_BTK),
        tokens_K=jnp.einsum("bt,btk->k", weight_BT, task_BTK),
        nats=nats_BT.sum(),
        tokens=weight_BT.sum(),
    )
