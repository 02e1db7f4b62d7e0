"""The LSTM against its equations as a loop, and its first forget bias."""

import jax
import numpy as np

from seedbed.models import LanguageModel, ModelConfig


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def equations(weights, x_TD):
    width = x_TD.shape[1]
    h_D, c_D, rows = np.zeros(width), np.zeros(width), []
    for x_D in x_TD:
        gates = x_D @ weights["input.weight_IO"] + weights["input.bias_O"]
        gates += h_D @ weights["recurrent.weight_IO"] + weights["recurrent.bias_O"]
        into, keep, new, out = np.split(gates, 4)
        c_D = sigmoid(keep) * c_D + sigmoid(into) * np.tanh(new)
        h_D = sigmoid(out) * np.tanh(c_D)
        rows.append(h_D)
    return np.stack(rows)


def test_computes_its_equations(check_mixer):
    check_mixer(ModelConfig(width=6, heads=1, mixer="lstm"), equations)


def test_the_forget_gate_alone_starts_open():
    model = LanguageModel(ModelConfig(width=4, blocks=2, heads=1, mixer="lstm"), 5, key=jax.random.key(0))
    for block in model.blocks:
        np.testing.assert_array_equal(block.mixer.input.bias_O, [0.0] * 4 + [1.0] * 4 + [0.0] * 8)
        assert not np.asarray(block.mixer.recurrent.bias_O).any()
