"""The model `tiny` in plain PyTorch eager, written the ordinary way, and its training loop: the side to compare with.

Run by `benchmarks.torch_speed` in an interpreter that has torch and numpy; it reads pre-cut batches and prints one
JSON line.
usage: torch_tiny.py check FILE.npz | train FILE.npz THREADS MEMBERS CORE...
"""

import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

WIDTH, BLOCKS, HEADS, CONTEXT, VOCABULARY = 64, 2, 4, 40, 27
RATE, CLIP, BETAS, EPSILON, NORM_EPSILON = 1e-3, 1.0, (0.9, 0.99), 1e-8, 1e-6


class Block(nn.Module):
    """Pre-norm attention and feed-forward with squared ReLU."""

    def __init__(self):
        super().__init__()
        self.mixer_norm = nn.RMSNorm(WIDTH, eps=NORM_EPSILON)
        self.query_key_value = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.output = nn.Linear(WIDTH, WIDTH, bias=False)
        self.channels_norm = nn.RMSNorm(WIDTH, eps=NORM_EPSILON)
        self.inner = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.outer = nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        batch, time_, width = x.shape
        parts = self.query_key_value(self.mixer_norm(x)).split(width, dim=2)
        query, key, value = (part.view(batch, time_, HEADS, width // HEADS).transpose(1, 2) for part in parts)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(batch, time_, width))
        return x + self.outer(F.relu(self.inner(self.channels_norm(x))).square())


class Tiny(nn.Module):
    """Token and learned position embeddings, blocks, norm, untied head."""

    def __init__(self):
        super().__init__()
        self.token = nn.Embedding(VOCABULARY, WIDTH)
        self.position = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.last_norm = nn.RMSNorm(WIDTH, eps=NORM_EPSILON)
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)

    def forward(self, tokens):
        x = self.token(tokens) + self.position.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.head(self.last_norm(x))


def load(model, arrays):
    """Copy weights named as in Seedbed; its matrices are (inputs, outputs), torch's the other way round."""

    def take(name):
        return torch.from_numpy(np.ascontiguousarray(arrays[name]))

    with torch.no_grad():
        model.token.weight.copy_(take("token_VD"))
        model.position.weight.copy_(take("position_TD"))
        model.last_norm.weight.copy_(take("last_norm.scale_D"))
        model.head.weight.copy_(take("head.weight_IO").T)
        for index, block in enumerate(model.blocks):
            mixer = [take(f"blocks.{index}.mixer.{part}.weight_IO").T for part in ("query", "key", "value")]
            block.query_key_value.weight.copy_(torch.cat(mixer))
            block.output.weight.copy_(take(f"blocks.{index}.mixer.output.weight_IO").T)
            block.inner.weight.copy_(take(f"blocks.{index}.channels.inner.weight_IO").T)
            block.outer.weight.copy_(take(f"blocks.{index}.channels.outer.weight_IO").T)
            block.mixer_norm.weight.copy_(take(f"blocks.{index}.mixer_norm.scale_D"))
            block.channels_norm.weight.copy_(take(f"blocks.{index}.channels_norm.scale_D"))


def train(token_SBW, members):
    """Seconds of training `members` models, one after another, on the same batches."""
    batches = torch.from_numpy(token_SBW.astype(np.int64))
    spent = 0.0
    for seed in range(members + 1):
        torch.manual_seed(seed)
        model = Tiny()
        optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, betas=BETAS, eps=EPSILON, weight_decay=0.0)
        steps = batches[:5] if seed == 0 else batches  # the first model warms up
        began = time.perf_counter()
        for batch in steps:
            logits = model(batch[:, :-1])
            loss = F.cross_entropy(logits.reshape(-1, VOCABULARY), batch[:, 1:].reshape(-1))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimiser.step()
        if seed:
            spent += time.perf_counter() - began
    return spent


if __name__ == "__main__":
    what, path, *rest = sys.argv[1:]
    arrays = np.load(path)
    if what == "check":
        model = Tiny()
        load(model, arrays)
        with torch.no_grad():
            logits = model(torch.from_numpy(arrays["tokens"].astype(np.int64))).numpy()
        print(json.dumps({"difference": float(np.abs(logits - arrays["logits"]).max())}))
    else:
        threads, members, *cores = (int(each) for each in rest)
        torch.set_num_threads(threads)
        os.sched_setaffinity(0, cores)
        seconds = train(arrays["token_SBW"], members)
        print(json.dumps({"seconds": seconds}))
