"""A Llama model in numpy, written from llama2.c's run.c: interleaved rotations, one token at a time, no JAX."""

import numpy as np


def logits_of(header, arrays, tokens):
    """Logits [T, V] of each next token."""
    width, heads, groups = header.width, header.heads, header.key_value_heads
    size = width // heads
    keys = [[] for _ in range(header.blocks)]
    values = [[] for _ in range(header.blocks)]
    told = []
    for place, token in enumerate(tokens):
        x = arrays["token_embedding"][token].copy()
        cosine, sine = arrays["freq_cis_real"][place], arrays["freq_cis_imag"][place]
        for block in range(header.blocks):
            h = rms(x, arrays["rms_att"][block])
            query = turned((arrays["wq"][block] @ h).reshape(heads, size), cosine, sine)
            keys[block].append(turned((arrays["wk"][block] @ h).reshape(groups, size), cosine, sine))
            values[block].append((arrays["wv"][block] @ h).reshape(groups, size))
            mixed = np.empty((heads, size), np.float32)
            for head in range(heads):
                group = head // (heads // groups)
                key = np.stack([each[group] for each in keys[block]])
                value = np.stack([each[group] for each in values[block]])
                score = key @ query[head] / np.sqrt(size)
                weight = np.exp(score - score.max())
                mixed[head] = (weight / weight.sum()) @ value
            x = x + arrays["wo"][block] @ mixed.reshape(-1)
            h = rms(x, arrays["rms_ffn"][block])
            gate = arrays["w1"][block] @ h
            x = x + arrays["w2"][block] @ (gate / (1 + np.exp(-gate)) * (arrays["w3"][block] @ h))
        x = rms(x, arrays["rms_final"])
        told.append(arrays.get("wcls", arrays["token_embedding"]) @ x)
    return np.stack(told)


def rms(x, scale):
    return x / np.sqrt(np.mean(x * x) + 1e-5) * scale


def turned(x_HK, cosine, sine):
    even, odd = x_HK[:, 0::2], x_HK[:, 1::2]
    return np.stack([even * cosine - odd * sine, even * sine + odd * cosine], axis=-1).reshape(x_HK.shape)
