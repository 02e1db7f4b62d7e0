"""The GRU against its equations as a loop."""

import numpy as np

from seedbed.models import ModelConfig


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def equations(weights, x_TD):
    width = x_TD.shape[1]
    h_D, rows = np.zeros(width), []
    for x_D in x_TD:
        from_input = x_D @ weights["input.weight_IO"] + weights["input.bias_O"]
        from_state = h_D @ weights["recurrent.weight_IO"] + weights["recurrent.bias_O"]
        reset = sigmoid(from_input[:width] + from_state[:width])
        update = sigmoid(from_input[width : 2 * width] + from_state[width : 2 * width])
        candidate = np.tanh(from_input[2 * width :] + reset * from_state[2 * width :])
        h_D = (1 - update) * candidate + update * h_D
        rows.append(h_D)
    return np.stack(rows)


def test_computes_its_equations(check_mixer):
    check_mixer(ModelConfig(width=6, heads=1, mixer="gru"), equations)
