"""The single-member program: initial state, and a number of steps, as pure functions of (config, key).

What differs between members is traced: seeds, rates, scale, and the batches, cut on the host. A loop of at most `CHUNK`
steps is one compiled call; how many of them it takes is data too, so a member's bits do not depend on where its calls
end.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from seedbed.models import LanguageModel, Routing, in_bfloat16, scaled
from seedbed.training.config import Member, PopulationConfig
from seedbed.training.optimiser import optimiser
from seedbed.training.worlds import kind_of

CHUNK = 32  # steps that one call can take
SLICE_TOKENS = 512  # of a batch at once
DROPOUT = 0xD20F  # sets the keys of what is dropped apart from those of initial weights


class Hyperparameters(NamedTuple):
    """What the program is told of a member."""

    init_seed: Int[Array, ""]
    learning_rate: Float[Array, ""]
    weight_decay: Float[Array, ""]
    init_scale: Float[Array, ""]
    steps: Int[Array, ""] | None = None  # in all, where the program must not depend on them


class State(eqx.Module):
    """All that training carries from step to step. average: of the weights so far, where the config asks for it."""

    model: LanguageModel
    optimiser: Any  # an optax state
    step: Int[Array, ""]
    average: LanguageModel | None = None

    @property
    def tested(self) -> LanguageModel:
        """The weights that are tested, and kept at the end."""
        return self.model if self.average is None else self.average


class ChunkBatches(NamedTuple):
    """Up to CHUNK batches: S steps of B windows of W tokens, one more than the context.

    document_SBW: the document of each token, where none may read another's.
    """

    token_SBW: Int[Array, "S B W"]
    task_SBW: Int[Array, "S B W"]
    real_SB: Bool[Array, "S B"]
    document_SBW: Int[Array, "S B W"] | None = None


class LossSums(NamedTuple):
    """Losses summed over a batch: nats and target tokens, by task and in all (padding counted in all, as in Keras).

    What `take_steps` gives back has a leading axis of CHUNK steps; rows after the last step taken are 0.
    """

    nats_K: Float[Array, "*S K"]
    tokens_K: Float[Array, "*S K"]
    nats: Float[Array, "*S"]
    tokens: Float[Array, "*S"]


def hyperparameters(member: Member, config: PopulationConfig | None = None) -> Hyperparameters:
    """A member's numbers as arrays; the steps of its population too, where its world is text.

    One program then serves a trial and a run, whatever their lengths.
    """
    steps = config.training.steps if config is not None and kind_of(config.world).steps_are_data else None
    return Hyperparameters(
        jnp.uint32(member.init_seed),
        jnp.float32(member.learning_rate),
        jnp.float32(member.weight_decay),
        jnp.float32(member.init_scale),
        None if steps is None else jnp.int32(steps),
    )


def initial_state(config: PopulationConfig, member: Hyperparameters) -> State:
    """The state before the first step, from the init seed alone."""
    key = jax.random.key(member.init_seed)
    model = scaled(LanguageModel(config.model, config.vocabulary, key=key), member.init_scale)
    start = optimiser(config.training, member.learning_rate, member.weight_decay, member.steps).init(model)  # type: ignore[arg-type]
    return State(model, start, jnp.zeros((), jnp.int32), model if config.training.averaging else None)


def take_steps(
    config: PopulationConfig,
    member: Hyperparameters,
    state: State,
    batches: ChunkBatches,
    steps: Int[Array, ""],
    *,
    over: str | None = None,
) -> tuple[State, LossSums]:
    """The state after the first `steps` of these batches, and the losses of each step.

    over: the axis of devices, as many as `training.shards`, each of which computes its part of every batch.
    """

    def one(index: Array, carry: tuple[State, LossSums]) -> tuple[State, LossSums]:
        state, losses = carry
        batch = jax.tree.map(lambda each: jax.lax.dynamic_index_in_dim(each, index, keepdims=False), batches)

        with jax.numpy_dtype_promotion("strict"):
            key = dropout_key(config, member, state.step)
            shard = None if over is None else jax.lax.axis_index(over)
            gradient, found = batch_gradient(
                config, state.model, batch.token_SBW, batch.task_SBW, batch.real_SB, key, batch.document_SBW, shard
            )
            if over is not None:
                gradient, found = jax.lax.psum((gradient, found), over)
        after = applied(config, member, state, gradient)
        losses = jax.tree.map(lambda rows, row: rows.at[index].set(row), losses, found)
        return after, losses

    return jax.lax.fori_loop(0, steps, one, (state, _nothing(len(config.world.tasks), CHUNK)))


def applied(config: PopulationConfig, member: Hyperparameters, state: State, gradient: LanguageModel) -> State:
    """The state after a step with this gradient."""
    updates, moments = optimiser(config.training, member.learning_rate, member.weight_decay, member.steps).update(
        gradient,  # type: ignore[arg-type]
        state.optimiser,
        state.model,  # type: ignore[arg-type]
    )
    model = jax.tree.map(lambda weight, change: weight + change, state.model, updates)
    return State(model, moments, state.step + 1, _averaged(config, state, model))


def _averaged(config: PopulationConfig, state: State, model: LanguageModel) -> LanguageModel | None:
    """The exponential moving average of the weights; of the first steps a shorter one, which forgets where they began.

    Source: Polyak & Juditsky (1992); the ramp (1 + t) / (10 + t) is TensorFlow's.
    """
    if state.average is None:
        return None
    done = state.step.astype(jnp.float32)
    memory = jnp.minimum(config.training.averaging, (1 + done) / (10 + done))
    return jax.tree.map(lambda mean, weight: mean + (1 - memory) * (weight - mean), state.average, model)


def batch_gradient(
    config: PopulationConfig,
    model: LanguageModel,
    token_BW: Int[Array, "B W"],
    task_BW: Int[Array, "B W"],
    real_B: Bool[Array, " B"],
    key: PRNGKeyArray | None = None,
    document_BW: Int[Array, "B W"] | None = None,
    shard: Int[Array, ""] | None = None,
) -> tuple[LanguageModel, LossSums]:
    """The gradient of the objective on a batch, and its losses, slice after slice in a fixed order.

    shard: the number of one of `training.shards` equal parts of the batch: only its share of both is computed.
    Slices of about SLICE_TOKENS keep what the backward pass needs in a core's cache: 1.15 times the speed. Experts add
    the loss that keeps them equally busy to the objective, slice by slice, not to the losses that are reported.
    """
    tasks, batch = len(config.world.tasks), token_BW.shape[0]
    importance_BT = importance(config, task_BW, real_B)
    whole = (token_BW, task_BW, real_B, importance_BT, document_BW)
    if shard is not None:
        batch = batch // config.training.shards
        whole = jax.tree.map(lambda each: jax.lax.dynamic_slice_in_dim(each, shard * batch, batch), whole)
        key = None if key is None else jax.random.fold_in(key, shard)
    slices = slices_of(batch, config.model.context)
    sliced = jax.tree.map(lambda each: each.reshape(slices, batch // slices, *each.shape[1:]), whole)
    keys = None if key is None else jax.random.split(key, slices)

    def add(carry: tuple[LanguageModel, LossSums], part: tuple) -> tuple[tuple[LanguageModel, LossSums], None]:
        def objective(model: LanguageModel) -> tuple[Array, LossSums]:
            (token_bW, task_bW, real_b, importance_bT, document_bW), key = part
            if config.training.precision == "bfloat16":
                model = in_bfloat16(model)
            nats_bT, routings = losses_and_routings(model, token_bW, key, document_bW)
            objective = (nats_bT * importance_bT).sum()
            if routings:
                share = config.model.experts.balance * importance_bT.sum()
                objective = objective + share * balance_loss(routings, real_b)
            return objective, loss_sums(nats_bT, task_bW, weights(config, task_bW, real_b), tasks)

        return jax.tree.map(jnp.add, carry, jax.grad(objective, has_aux=True)(model)), None

    start = (jax.tree.map(jnp.zeros_like, model), _nothing(tasks))
    return jax.lax.scan(add, start, (sliced, keys))[0]


def dropout_key(config: PopulationConfig, member: Hyperparameters, step: Int[Array, ""]) -> PRNGKeyArray | None:
    """The key of what a step drops: from the init seed and the step alone, so the same wherever a member is resumed."""
    if not config.model.drops:
        return None
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(member.init_seed), DROPOUT), step)


def balance_loss(routings: tuple[Routing, ...], real_B: Bool[Array, " B"]) -> Float[Array, ""]:
    """N sum_i f_i P_i over each block's N experts, f the share of choices and P the mean chance; 1 a block is even.

    Source: Fedus et al. (2021), equation 4, after Shazeer et al. (2017), section 4.
    """
    weight_B = real_B.astype(jnp.float32)
    weight_B = weight_B / jnp.maximum(weight_B.sum(), 1.0)
    each = [
        routing.chosen_BN.shape[-1] * ((weight_B @ routing.chosen_BN) * (weight_B @ routing.chance_BN)).sum()
        for routing in routings
    ]
    return jnp.stack(each).sum()


def slices_of(batch: int, context: int) -> int:
    """How many equal slices a batch is taken in: the least that have at most SLICE_TOKENS each."""
    return next(
        n for n in range(1, batch + 1) if batch % n == 0 and (batch // n * context <= SLICE_TOKENS or n == batch)
    )


def importance(config: PopulationConfig, task_BW: Int[Array, "B W"], real_B: Bool[Array, " B"]) -> Float[Array, "B T"]:
    """How much each target token's loss weighs in the objective, summing to 1 over the batch.

    `pooled`: all tokens alike. `per-task`: all tasks that are present alike, within a task its tokens (Proposition 1).
    """
    real_BT = weights(config, task_BW, real_B)
    if config.training.objective == "pooled":
        return real_BT / jnp.maximum(real_BT.sum(), 1.0)
    task_BTK = jax.nn.one_hot(task_BW[:, 1:].astype(jnp.int32), len(config.world.tasks), dtype=jnp.float32)
    tokens_K = jnp.einsum("bt,btk->k", real_BT, task_BTK)
    present = (tokens_K > 0).astype(jnp.float32).sum()
    each_K = 1 / (jnp.maximum(tokens_K, 1.0) * jnp.maximum(present, 1.0))
    return real_BT * jnp.einsum("btk,k->bt", task_BTK, each_K)


def weights(config: PopulationConfig, task_BW: Int[Array, "B W"], real_B: Bool[Array, " B"]) -> Float[Array, "B T"]:
    """1 for each target that counts: in a real window, after the prefix, and where the world says so no padding."""
    weight_BT = jnp.broadcast_to(real_B[:, None].astype(jnp.float32), (task_BW.shape[0], task_BW.shape[1] - 1))
    if not kind_of(config.world).padding_counts:
        weight_BT = weight_BT * (task_BW[:, 1:] >= 0).astype(jnp.float32)
    return after_prefix(weight_BT, config.model.prefix)


def after_prefix(weight_BT: Float[Array, "B T"], prefix: int) -> Float[Array, "B T"]:
    """The weights of targets from the prefix's end on: one within it was read by the token that should predict it."""
    if prefix < 2:
        return weight_BT
    counts_T = (jnp.arange(1, weight_BT.shape[1] + 1) >= prefix).astype(weight_BT.dtype)
    return weight_BT * counts_T[None, :]


def losses_and_routings(
    model: LanguageModel,
    token_BW: Int[Array, "B W"],
    key: PRNGKeyArray | None,
    document_BW: Int[Array, "B W"] | None = None,
) -> tuple[Float[Array, "B T"], tuple[Routing, ...]]:
    """Nats of each target token of each window, and where tokens were sent to experts."""
    token_BW = token_BW.astype(jnp.int32)
    document_BT = None if document_BW is None else document_BW[:, :-1].astype(jnp.int32)
    logits_BTV, routings = model.forward(token_BW[:, :-1], key=key, document_BT=document_BT)
    target_BTV = jax.nn.one_hot(token_BW[:, 1:], logits_BTV.shape[-1], dtype=logits_BTV.dtype)
    nats_BT = jax.nn.logsumexp(logits_BTV, axis=-1) - (logits_BTV * target_BTV).sum(axis=-1)
    return nats_BT, routings


def loss_sums(
    nats_BT: Float[Array, "B T"], task_BW: Int[Array, "B W"], weight_BT: Float[Array, "B T"], tasks: int
) -> LossSums:
    """Losses summed by task of the target token and in all, each token with its weight."""
    nats_BT = nats_BT * weight_BT
    task_BTK = jax.nn.one_hot(task_BW[:, 1:].astype(jnp.int32), tasks, dtype=jnp.float32)
    return LossSums(
        nats_K=jnp.einsum("bt,btk->k", nats_BT, task_BTK),
        tokens_K=jnp.einsum("bt,btk->k", weight_BT, task_BTK),
        nats=nats_BT.sum(),
        tokens=weight_BT.sum(),
    )


def _nothing(tasks: int, *steps: int) -> LossSums:
    zero, zero_K = jnp.zeros(steps, jnp.float32), jnp.zeros((*steps, tasks), jnp.float32)
    return LossSums(zero_K, zero_K, zero, zero)
