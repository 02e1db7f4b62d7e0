"""Optimisers as optax transformations, with every per-member number as data, and the learning-rate schedule.

Adam in Keras's form takes the step lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps): its epsilon is the
"epsilon-hat" of Kingma & Ba (2015), section 2, so in optax's form it is eps / sqrt(1 - b2^t). Keras's `clipnorm` clips
the gradient of each variable to a norm on its own. AdamW: Loshchilov & Hutter (2019), with the global norm clipped.
Muon: Jordan et al. (2024), a matrix's momentum made orthogonal; scaled as Liu et al. (2025, arXiv 2502.16982, section
2.2) do, so that its steps are as large as AdamW's and one rate serves both.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.tree_util import GetAttrKey
from jaxtyping import Array, Float, Int, PyTree
from optax.contrib import MuonDimensionNumbers, scale_by_muon

from seedbed.models import weight_matrices
from seedbed.training.config import TrainingConfig

MUON_MOMENTUM = 0.95
ADAM_RMS = 0.2  # root mean square of AdamW's steps, in rates


def optimiser(
    config: TrainingConfig,
    learning_rate: Float[Array, ""],
    weight_decay: Float[Array, ""],
    steps: Int[Array, ""] | None = None,
) -> optax.GradientTransformation:
    """The optimiser of a member; its rate and decay may be traced, and so may its steps in all."""

    def rate(step: Any) -> Any:
        return learning_rate * schedule(config, step, steps)

    if config.optimiser == "keras-adam":
        return optax.chain(
            clip_each_variable(config.clip),
            scale_by_keras_adam(config.b1, config.b2, config.epsilon),
            optax.scale_by_learning_rate(rate),
        )
    direction = optax.scale_by_adam(config.b1, config.b2, config.epsilon)
    if config.optimiser == "muon":
        direction = scale_by_muon_and_adam(config.b1, config.b2, config.epsilon)
    return optax.chain(
        optax.clip_by_global_norm(config.clip),
        direction,
        optax.add_decayed_weights(weight_decay, mask=weight_matrices if config.decayed == "matrices" else None),
        optax.scale_by_learning_rate(rate),
    )


def schedule(config: TrainingConfig, step: Int[Array, ""], steps: Int[Array, ""] | None = None) -> Float[Array, ""]:
    """The share of the peak rate at `step` (0 the first): linear warm-up, then the schedule.

    steps: in all, where they are data; by default the config's.
    """
    done = step.astype(jnp.float32)
    first = 0.0 if config.warmup_from_zero and config.warmup else 1.0
    rise = jnp.minimum((done + first) / max(config.warmup, 1), 1.0)
    if config.schedule == "constant":
        return rise
    total, after_warmup, falling = _lengths(config) if steps is None else _lengths_of_data(config, steps)
    if config.schedule == "cosine":
        through = jnp.clip((done - config.warmup) / after_warmup, 0.0, 1.0)
        return rise * 0.5 * (1 + jnp.cos(jnp.pi * through))
    return rise * jnp.clip((total - done) / falling, 0.0, 1.0)


def _lengths(config: TrainingConfig) -> tuple[Any, Any, Any]:
    """Steps in all, after the warm-up, and of the last part in which the rate falls."""
    return config.steps, max(config.steps - config.warmup, 1), max(config.decay * config.steps, 1.0)


def _lengths_of_data(config: TrainingConfig, steps: Int[Array, ""]) -> tuple[Any, Any, Any]:
    total = steps.astype(jnp.float32)
    return total, jnp.maximum(total - config.warmup, 1.0), jnp.maximum(config.decay * total, 1.0)


def scale_by_muon_and_adam(b1: float, b2: float, epsilon: float) -> optax.GradientTransformation:
    """Muon's direction for the matrices inside blocks, Adam's for embeddings, head, norms and biases."""

    def labels(params: Any) -> Any:
        def label(path: tuple, leaf: Array, is_weight: bool) -> str:
            inside = any(isinstance(key, GetAttrKey) and key.name == "blocks" for key in path)
            return "muon" if inside and is_weight and leaf.ndim == 2 else "adam"

        return jax.tree_util.tree_map_with_path(label, params, weight_matrices(params))

    def as_large_as_adams(updates: optax.Updates, params: optax.Params | None = None) -> optax.Updates:
        del params  # an orthogonal matrix of m by n has a root mean square of 1 / sqrt(max(m, n))
        return jax.tree.map(lambda matrix: matrix * (ADAM_RMS * max(matrix.shape) ** 0.5), updates)

    def rows_by_columns(updates: Any) -> Any:
        return jax.tree.map(lambda _: MuonDimensionNumbers(), updates)

    momentum = scale_by_muon(beta=MUON_MOMENTUM, weight_dimension_numbers=rows_by_columns)
    orthogonal = optax.chain(momentum, optax.stateless(as_large_as_adams))
    return optax.partition({"muon": orthogonal, "adam": optax.scale_by_adam(b1, b2, epsilon)}, labels)


class KerasAdamState(NamedTuple):
    """Steps taken, and the two moments."""

    count: Int[Array, ""]  # type: ignore[assignment]
    first: PyTree[Float[Array, "..."]]
    second: PyTree[Float[Array, "..."]]


def scale_by_keras_adam(b1: float, b2: float, epsilon: float) -> optax.GradientTransformation:
    """Adam as Keras computes it; see the top of this file."""

    def init(params: optax.Params) -> KerasAdamState:
        zeros = jax.tree.map(jnp.zeros_like, params)
        return KerasAdamState(jnp.zeros((), jnp.int32), zeros, zeros)

    def update(updates: optax.Updates, state: optax.OptState, params: optax.Params | None = None) -> tuple:
        del params
        assert isinstance(state, KerasAdamState)
        count = state.count + 1
        first = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state.first, updates)
        second = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, state.second, updates)
        done = count.astype(jnp.float32)
        correction = jnp.sqrt(1 - jnp.power(b2, done)) / (1 - jnp.power(b1, done))
        scaled = jax.tree.map(lambda m, v: correction * m / (jnp.sqrt(v) + epsilon), first, second)
        return scaled, KerasAdamState(count, first, second)

    return optax.GradientTransformation(init, update)


def clip_each_variable(norm: float) -> optax.GradientTransformation:
    """Each variable's gradient scaled down to `norm` where it is longer, on its own: Keras's `clipnorm`."""

    def clip(gradient: Array) -> Array:
        length = jnp.sqrt(jnp.sum(gradient * gradient))
        return gradient * (norm / jnp.maximum(length, norm))

    return optax.stateless(lambda updates, _: jax.tree.map(clip, updates))
