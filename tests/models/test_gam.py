"""Gated associative memory against its equations, its receptive field, and the paper's parameter counts."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.experiments.mixers import receptive_field
from seedbed.models import GamConfig, LanguageModel, ModelConfig, parameter_count

# The paper's model: pre-norm, MLP of four widths, learned positions, a tied head without bias.
PAPER = ModelConfig(
    width=512,
    blocks=6,
    heads=8,
    context=256,
    norm="layer",
    bias=True,
    head_bias=False,
    activation="gelu",
    tied=True,
    mixer="gam",
)
ABLATIONS = {
    "full": (GamConfig(), 22_599_680),
    "sum": (GamConfig(gated=False), 19_447_808),
    "global": (GamConfig(paths="global"), 19_435_520),
    "local": (GamConfig(paths="local"), 17_874_944),
}


def equations(weights, x_TD):
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    y_TD = np.zeros_like(x_TD)
    for place, x_D in enumerate(x_TD):
        local_D, global_D, gate_D, memory_gate_D = None, None, 1.0, 1.0
        if "local.kernel_JD" in weights:
            local_D = weights["local.bias_D"].copy()
            for tap in range(3):
                if place - 2 + tap >= 0:
                    local_D += weights["local.kernel_JD"][tap] * x_TD[place - 2 + tap]
        if "memory_SD" in weights:
            share_S = np.exp(weights["memory_SD"] @ x_D)
            global_D = share_S / share_S.sum() @ weights["memory_SD"]
        if "gate.weight_IO" in weights:
            both = sigmoid(x_D @ weights["gate.weight_IO"] + weights["gate.bias_O"])
            gate_D, memory_gate_D = both[: len(x_D)], both[len(x_D) :]
        y_TD[place] = sum(
            gate * path for gate, path in ((gate_D, local_D), (memory_gate_D, global_D)) if path is not None
        )
    return y_TD


@pytest.mark.parametrize("name", ABLATIONS)
def test_computes_its_equations(check_mixer, name):
    gam = ABLATIONS[name][0]
    small = GamConfig(slots=5, paths=gam.paths, gated=gam.gated)
    check_mixer(ModelConfig(width=6, heads=1, mixer="gam", gam=small), equations)


@pytest.mark.parametrize("name", ABLATIONS)
def test_has_the_papers_parameter_counts(name):
    gam, parameters = ABLATIONS[name]
    config = replace(PAPER, gam=gam)
    assert parameter_count(config, 10_000) == parameters
    built = eqx.filter_eval_shape(LanguageModel, config, 10_000, key=jax.random.key(0))
    assert sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(built, lambda x: hasattr(x, "size")))) == parameters


def test_six_blocks_read_thirteen_tokens_and_no_more():
    config = ModelConfig(width=8, blocks=6, heads=1, context=20, mixer="gam", gam=GamConfig(slots=4), positions="none")
    model = LanguageModel(config, 5, key=jax.random.key(1))
    forward = eqx.filter_jit(lambda tokens_T: model(tokens_T))
    token_T = jnp.asarray(np.random.default_rng(0).integers(0, 5, 20), jnp.int32)
    before_TV = np.asarray(forward(token_T))
    after_TV = np.asarray(forward(token_T.at[3].set((token_T[3] + 1) % 5)))
    changed = np.flatnonzero((before_TV != after_TV).any(axis=1))
    assert changed.min() == 3 and changed.max() == 3 + 12


def test_a_memory_that_is_written_computes_its_equation_and_reads_everything(check_mixer):
    def written(weights, x_TD):
        share_TS = np.exp(x_TD @ weights["memory_SD"].T / np.sqrt(x_TD.shape[1]))
        share_TS /= share_TS.sum(axis=1, keepdims=True)
        y_TD = np.zeros_like(x_TD)
        for place in range(len(x_TD)):
            alike_T = share_TS[: place + 1] @ share_TS[place]
            y_TD[place] = alike_T @ x_TD[: place + 1] / alike_T.sum()
        return y_TD

    gam = GamConfig(slots=5, paths="global", reads="context")
    check_mixer(ModelConfig(width=6, heads=1, mixer="gam", gam=gam), written)
    config = replace(PAPER, gam=GamConfig(reads="context"))
    assert parameter_count(config, 10_000) == ABLATIONS["full"][1]
    assert receptive_field(config) == 0
