"""Presets in plain PyTorch eager, written the ordinary way, and their training step: the side to compare with.

Run by `benchmarks.presets_against_torch` in an interpreter that has torch and numpy. It prints a line when it is ready,
and for each line that it reads takes the steps and prints their seconds, by the clock and of processors.
usage: torch_presets.py check FILE.npz MODEL | train FILE.npz MODEL STEPS THREADS CORE...
"""

import json
import os
import sys
import time
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

RATE, CLIP, BETAS, DECAY = 3e-4, 1.0, (0.9, 0.95), 0.1
ACTIVATIONS = {
    "gelu": F.gelu,
    "gelu-tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu2": lambda x: F.relu(x).square(),
    "silu": F.silu,
}


class Attention(nn.Module):
    """Multi-head, one map for queries, keys and values."""

    def __init__(self, model, block):
        super().__init__()
        self.model, self.window = model, model.windows[block]
        self.query_key_value = nn.Linear(model.width, 3 * model.width, bias=model.qkv_bias)
        self.output = nn.Linear(model.width, model.width, bias=model.bias)
        head = model.width // model.heads
        self.scale = {"head": head**-0.5, "width": model.width**-0.5, "none": 1.0}[model.score_scale]
        if model.positions == "rotary":
            angle = torch.arange(model.length)[:, None] * 1e4 ** (-2 * torch.arange(head // 2) / head)
            self.register_buffer("cosine", angle.cos())
            self.register_buffer("sine", angle.sin())
        if self.window:
            place = torch.arange(model.length)
            distance = place[:, None] - place[None, :]
            self.register_buffer("seen", (distance >= 0) & (distance < self.window))

    def forward(self, x):
        batch, length, width = x.shape
        parts = self.query_key_value(x).split(width, dim=2)
        query, key, value = (part.view(batch, length, self.model.heads, -1).transpose(1, 2) for part in parts)
        if self.model.positions == "rotary":
            query, key = self.turned(query), self.turned(key)
        if self.window:
            mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=self.seen, scale=self.scale)
        else:
            mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True, scale=self.scale)
        return self.output(mixed.transpose(1, 2).reshape(batch, length, width))

    def turned(self, x):
        left, right = x.chunk(2, dim=-1)
        return torch.cat([left * self.cosine - right * self.sine, right * self.cosine + left * self.sine], dim=-1)

    def take(self, named, at):
        for part in ("weight", "bias"):
            if getattr(self.query_key_value, part) is not None:
                joined = torch.cat([named[f"{at}.{name}.{part}"] for name in ("query", "key", "value")])
                getattr(self.query_key_value, part).copy_(joined)
        take(self.output, named, f"{at}.output")


class Gam(nn.Module):
    """Gated associative memory with both paths."""

    def __init__(self, model, block):
        super().__init__()
        self.local = nn.Conv1d(model.width, model.width, 3, padding=2, groups=model.width)
        self.memory = nn.Parameter(torch.empty(model.slots, model.width))
        nn.init.xavier_uniform_(self.memory)
        self.gate = nn.Linear(model.width, 2 * model.width)

    def forward(self, x):
        local = self.local(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)
        looked_up = F.softmax(x @ self.memory.T, dim=-1) @ self.memory
        local_gate, global_gate = self.gate(x).sigmoid().chunk(2, dim=-1)
        return local_gate * local + global_gate * looked_up

    def take(self, named, at):
        self.local.weight.copy_(named[f"{at}.local.kernel_JD"].T[:, None])
        self.local.bias.copy_(named[f"{at}.local.bias_D"])
        self.memory.copy_(named[f"{at}.memory_SD"])
        take(self.gate, named, f"{at}.gate")


class Channels(nn.Module):
    """An MLP or SwiGLU."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.inner = nn.Linear(model.width, model.inner, bias=model.bias)
        self.gate = nn.Linear(model.width, model.inner, bias=model.bias) if model.channels == "swiglu" else None
        self.outer = nn.Linear(model.inner, model.width, bias=model.bias)
        self.dropout = nn.Dropout(model.dropout)

    def forward(self, x):
        activate = ACTIVATIONS[self.model.activation]
        if self.gate is not None:
            return self.dropout(self.outer(F.silu(self.gate(x)) * self.inner(x)))
        y = self.outer(activate(self.inner(x)))
        return self.dropout(activate(y) if self.model.activation_after else y)

    def take(self, named, at):
        for name in ("inner", "outer") if self.gate is None else ("inner", "gate", "outer"):
            take(getattr(self, name), named, f"{at}.{name}")


class Block(nn.Module):
    """Pre-norm, post-norm, or pre-norm with one norm for both parts."""

    def __init__(self, model, block):
        super().__init__()
        self.order = model.norm_order
        self.mixer = (Gam if model.mixer == "gam" else Attention)(model, block)
        self.channels = Channels(model)
        self.mixer_norm = norm(model)
        self.channels_norm = self.mixer_norm if self.order == "shared" else norm(model)

    def forward(self, x):
        if self.order == "post":
            x = self.mixer_norm(x + self.mixer(x))
            return self.channels_norm(x + self.channels(x))
        x = x + self.mixer(self.mixer_norm(x))
        return x + self.channels(self.channels_norm(x))


class Model(nn.Module):
    """Embeddings, blocks, norm, head."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.token = nn.Embedding(model.vocabulary, model.width)
        self.position = nn.Embedding(model.context, model.width) if model.positions == "learned" else None
        self.dropout = nn.Dropout(model.dropout)
        self.blocks = nn.ModuleList(Block(model, block) for block in range(model.blocks))
        self.last_norm = nn.Identity() if model.norm_order == "post" else norm(model)
        self.head = nn.Linear(model.width, model.classes, bias=model.head_bias)
        if model.tied:
            self.head.weight = self.token.weight

    def forward(self, tokens):
        x = self.token(tokens)
        if self.position is not None:
            x = x + self.position.weight[: tokens.shape[1]]
        x = self.dropout(x)
        for block in self.blocks:
            x = block(x)
        return self.head(self.last_norm(x))

    @torch.no_grad()
    def take(self, named):
        self.token.weight.copy_(named["token_VD"])
        if self.position is not None:
            self.position.weight.copy_(named["position_TD"])
        if not self.model.tied:
            take(self.head, named, "head")
        if self.model.norm_order != "post":
            take(self.last_norm, named, "last_norm")
        for index, block in enumerate(self.blocks):
            block.mixer.take(named, f"blocks.{index}.mixer")
            block.channels.take(named, f"blocks.{index}.channels")
            take(block.mixer_norm, named, f"blocks.{index}.mixer_norm")
            if block.order != "shared":
                take(block.channels_norm, named, f"blocks.{index}.channels_norm")


def norm(model):
    kind = nn.LayerNorm if model.norm == "layer" else nn.RMSNorm
    return kind(model.width, eps=model.norm_epsilon)


def take(layer, named, at):
    """Copy a linear layer's or a norm's weights from those of the same name."""
    for part in ("weight", "bias"):
        if getattr(layer, part, None) is not None:
            getattr(layer, part).copy_(named[f"{at}.{part}"])


def renamed(arrays):
    """Seedbed's names and its matrices of (inputs, outputs) as torch has them."""
    suffixes = {"weight_IO": "weight", "bias_O": "bias", "scale_D": "weight", "shift_D": "bias"}
    named = {}
    for name, array in arrays.items():
        head, _, last = name.rpartition(".")
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        named[f"{head}.{suffixes[last]}" if last in suffixes else name] = tensor.T if last == "weight_IO" else tensor
    return named


def steps_of(model, token_SBW):
    """A function that takes a step on each batch and gives the seconds, by the clock and of processors."""
    batches = torch.from_numpy(token_SBW.astype(np.int64))
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, betas=BETAS, weight_decay=DECAY)

    def run():
        began, used = time.perf_counter(), time.process_time()
        for batch in batches:
            logits = model(batch[:, :-1])
            loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimiser.step()
        return [time.perf_counter() - began, time.process_time() - used]

    return run


if __name__ == "__main__":
    what, path, model, *rest = sys.argv[1:]
    arrays, model = np.load(path), Model(SimpleNamespace(**json.loads(model)))
    if what == "check":
        model.take(renamed({name: arrays[name] for name in arrays.files if name not in ("tokens", "logits")}))
        with torch.no_grad():
            logits = model.eval()(torch.from_numpy(arrays["tokens"].astype(np.int64))).numpy()
        scale = np.abs(arrays["logits"]).max()
        print(json.dumps({"difference": float(np.abs(logits - arrays["logits"]).max() / scale)}))
    else:
        steps, threads, *cores = (int(each) for each in rest)
        torch.set_num_threads(threads)
        os.sched_setaffinity(0, cores)
        run = steps_of(model, arrays["token_SBW"][:steps])
        run()  # warms up
        print("ready", flush=True)
        for _ in sys.stdin:
            print(json.dumps(run()), flush=True)
