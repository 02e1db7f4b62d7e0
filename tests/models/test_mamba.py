"""The selective state space against its equations as loops, its first values, the count of the GAM paper's baseline."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.models import LanguageModel, MambaConfig, ModelConfig, named_arrays, parameter_count, weight_matrices
from seedbed.models import selective_scan as module


def silu(x):
    return x / (1 + np.exp(-x))


def equations(weights, x_TD):
    """Algorithm 2, token by token, channel by channel, state by state."""
    joined_TO = x_TD @ weights["into.weight_IO"]
    inner = joined_TO.shape[1] // 2
    u_TE, gate_TE = joined_TO[:, :inner], joined_TO[:, inner:]
    kernel_JE = weights["convolution.kernel_JD"]
    mixed_TE = np.tile(weights["convolution.bias_D"], (len(x_TD), 1))
    for place in range(len(x_TD)):
        for tap, weight_E in enumerate(kernel_JE):
            at = place - (len(kernel_JE) - 1) + tap
            mixed_TE[place] += weight_E * u_TE[at] if at >= 0 else 0
    u_TE = silu(mixed_TE)
    rate_NE = -np.exp(weights["rate_log_NE"])
    states, rank = len(rate_NE), len(weights["step.weight_IO"])
    state_NE, y_TE = np.zeros_like(rate_NE), np.zeros_like(u_TE)
    for place, u_E in enumerate(u_TE):
        chosen = u_E @ weights["selection.weight_IO"]
        low_R, write_N, read_N = chosen[:rank], chosen[rank : rank + states], chosen[rank + states :]
        step_E = np.log1p(np.exp(low_R @ weights["step.weight_IO"] + weights["step.bias_O"]))
        for channel in range(inner):
            for state in range(states):
                decay = np.exp(step_E[channel] * rate_NE[state, channel])
                added = step_E[channel] * write_N[state] * u_E[channel]
                state_NE[state, channel] = decay * state_NE[state, channel] + added
                y_TE[place, channel] += read_N[state] * state_NE[state, channel]
        y_TE[place] += weights["skip_E"] * u_E
    return (y_TE * silu(gate_TE)) @ weights["output.weight_IO"]


@pytest.mark.parametrize("chunk", [64, 4])
def test_computes_its_equations(check_mixer, monkeypatch, chunk):
    monkeypatch.setattr(module, "CHUNK", chunk)  # 11 tokens: one loop, or two chunks and three tokens left
    check_mixer(
        ModelConfig(width=20, heads=1, mixer="mamba", mamba=MambaConfig(state=3, kernel=4, expand=2)), equations
    )


@pytest.mark.parametrize("chunk", [64, 4])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_gradients_are_those_of_the_plain_loop(chunk, batch, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", chunk)  # 11 tokens: in one piece, or two chunks and three tokens left
    rng = np.random.default_rng(5)
    shapes = ((*batch, 11, 4), (*batch, 11, 4), (3, 4), (*batch, 11, 3), (*batch, 11, 3), (*batch, 3, 4))
    inputs = [rng.normal(size=shape) for shape in shapes]
    inputs[1], inputs[2] = np.abs(inputs[1]), -np.abs(inputs[2])
    inputs = tuple(jnp.asarray(each, jnp.float32) for each in inputs)
    pulls = tuple(jnp.asarray(rng.normal(size=shapes[at]), jnp.float32) for at in (0, 5))

    def plain(u_BTE, step_BTE, rate_NE, write_BTN, read_BTN, state_BNE):
        y_TBE = []
        for place in range(11):
            step_BE, write_BN = step_BTE[..., place, :], write_BTN[..., place, :]
            decay_BNE = jnp.exp(step_BE[..., None, :] * jnp.broadcast_to(rate_NE, state_BNE.shape))
            added_BE = step_BE * u_BTE[..., place, :]
            state_BNE = decay_BNE * state_BNE + write_BN[..., :, None] * added_BE[..., None, :]
            y_TBE.append((read_BTN[..., place, :][..., :, None] * state_BNE).sum(axis=-2))
        return jnp.stack(y_TBE, axis=-2), state_BNE

    def gradients(scan):
        return jax.grad(lambda *inputs: sum((a * b).sum() for a, b in zip(scan(*inputs), pulls, strict=True)),
                        argnums=tuple(range(6)))(*inputs)  # fmt: skip

    for found, expected in zip(gradients(module.selective_scan), gradients(plain), strict=True):
        assert np.abs(expected).max() > 0.01
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_starts_as_the_paper_has_it():
    model = LanguageModel(ModelConfig(width=64, blocks=1, heads=4, mixer="mamba"), 5, key=jax.random.key(0))
    mixer = model.blocks[0].mixer
    np.testing.assert_allclose(np.exp(mixer.rate_log_NE), np.tile(np.arange(1, 17)[:, None], (1, 128)), rtol=1e-6)
    step_E = np.log1p(np.exp(np.asarray(mixer.step.bias_O, np.float64)))
    assert 0.999e-3 < step_E.min() < 2e-3 and 0.05 < step_E.max() < 0.1001
    assert abs(np.log(step_E).mean() - np.log(1e-2)) < 0.35
    assert mixer.step.weight_IO.shape == (4, 128)


def test_rates_are_neither_scaled_nor_decayed():
    model = LanguageModel(ModelConfig(width=8, blocks=1, heads=1, mixer="mamba"), 5, key=jax.random.key(0))
    weighed = {name.removeprefix("blocks.0.mixer."): bool(each) for name, each in
               named_arrays(jax.tree.map(np.asarray, weight_matrices(model))).items() if "mixer." in name}  # fmt: skip
    assert {name for name, each in weighed.items() if each} == {
        "into.weight_IO", "convolution.kernel_JD", "selection.weight_IO", "step.weight_IO", "output.weight_IO"
    }  # fmt: skip


def test_the_gam_papers_baseline_has_its_count():
    config = ModelConfig(
        width=512,
        blocks=6,
        heads=8,
        context=256,
        norm_order="bare",
        norm="layer",
        tied=True,
        mixer="mamba",
        channels="none",
        mamba=MambaConfig(expand=3),
    )
    assert parameter_count(config, 10_000) == 20_504_576
