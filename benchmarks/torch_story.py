"""A story model in plain PyTorch, in the manner of nanoGPT: the side of the story race to compare with.

GPT-2's blocks (LayerNorm, GELU, learned positions, tied head), AdamW, warm-up and cosine, random windows of one stream
of tokens, and a byte-level BPE that is learnt first. The clock runs from the start of the process, the tokenizer and
the tokens counted; it stands still while the model is tested, so tests cost nothing. Prints a line of JSON at each test
and one at the end. Needs torch, numpy and tokenizers.

usage: torch_story.py TRAIN.txt VALIDATION.txt --width 128 --blocks 4 --heads 4 --rate 3e-3 --minutes 10 [--seed 0] ...
"""

import argparse
import json
import math
import time
from pathlib import Path

BEGAN = time.perf_counter()

import numpy as np  # noqa: E402 (the clock runs while all this is imported)
import torch  # noqa: E402
from tokenizers import ByteLevelBPETokenizer  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

END = "<|endoftext|>"
BETAS, DECAY, CLIP, WARMUP, LAST_RATE = (0.9, 0.95), 0.1, 1.0, 100, 0.1


def options():
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("train")
    parser.add_argument("validation")
    for name, value in (("width", 128), ("blocks", 4), ("heads", 4), ("context", 256), ("batch", 16), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tests", type=int, default=20, help="evenly spaced over the minutes")
    parser.add_argument("--documents", type=int, default=64, help="of the validation split that each test reads")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--compile", action="store_true", help="torch.compile in place of eager mode")
    return parser.parse_args()


class Block(nn.Module):
    """Attention, then an MLP of four times the width, each behind a norm."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x):
        batch, length, width = x.shape
        parts = self.query_key_value(self.norm_1(x)).split(width, dim=2)
        query, key, value = (part.view(batch, length, self.heads, -1).transpose(1, 2) for part in parts)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm_2(x))))


class Model(nn.Module):
    """Tokens in, logits out; GPT-2's initial weights, the ends of residual paths smaller."""

    def __init__(self, asked, vocabulary):
        super().__init__()
        self.token = nn.Embedding(vocabulary, asked.width)
        self.position = nn.Embedding(asked.context, asked.width)
        self.blocks = nn.ModuleList(Block(asked.width, asked.heads) for _ in range(asked.blocks))
        self.norm = nn.LayerNorm(asked.width, bias=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                ends = name.endswith(("output.weight", "down.weight"))
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * asked.blocks) if ends else 0.02)

    def forward(self, tokens):
        x = self.token(tokens) + self.position(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.token.weight)


def stories(path):
    """The documents of a file, without the marks between them."""
    return [text for text in (each.strip() for each in Path(path).read_text(encoding="utf-8").split(END)) if text]


def tokenized(path, asked):
    """The BPE learnt from the training text, and both splits as tokens, an end-of-text before each document."""
    texts = stories(path)
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(texts, vocab_size=asked.vocabulary, min_frequency=2, special_tokens=[END])
    return tokenizer, np.concatenate([[0, *each.ids] for each in tokenizer.encode_batch(texts)]).astype(np.int64)


def windows_of(tokens, context):
    """A document's windows of `context` targets, each target counted once: (tokens, where counting starts)."""
    found, start, scored = [(tokens[: context + 1], 0)], 0, min(context, len(tokens) - 1)
    while scored < len(tokens) - 1:
        start = min(start + context // 2, len(tokens) - 1 - context)
        found.append((tokens[start : start + context + 1], scored - start))
        scored = start + context
    return found


@torch.no_grad()
def bits_per_byte(model, documents, sizes, context):
    """Nats of every token of every document from its start on, over its bytes, in bits; end-of-text costs no byte."""
    model.eval()
    nats = 0.0
    windows = sorted(
        (each for tokens in documents for each in windows_of(tokens, context)), key=lambda each: len(each[0])
    )
    for at in range(0, len(windows), 16):
        some = windows[at : at + 16]
        longest = max(len(tokens) for tokens, _ in some)
        batch = torch.zeros(len(some), longest, dtype=torch.long)
        counts = torch.zeros(len(some), longest - 1)
        for row, (tokens, start) in enumerate(some):
            batch[row, : len(tokens)] = torch.from_numpy(tokens)
            counts[row, start : len(tokens) - 1] = 1
        logits = model(batch[:, :-1])
        losses = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten(), reduction="none")
        nats += float((losses.double() * counts.flatten()).sum())
    model.train()
    return nats / sum(sizes) / math.log(2)


def main():
    """Learn the tokenizer, train until the minutes are over, test all of the validation split."""
    asked = options()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    rng = np.random.default_rng(asked.seed)
    tokenizer, stream = tokenized(asked.train, asked)
    model = Model(asked, tokenizer.get_vocab_size())
    run = torch.compile(model) if asked.compile else model
    matrices = [weight for weight in model.parameters() if weight.dim() >= 2]
    others = [weight for weight in model.parameters() if weight.dim() < 2]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=asked.rate, betas=BETAS)
    paused = time.perf_counter()
    held_out = stories(asked.validation)
    documents = [np.array([0, *each.ids, 0]) for each in tokenizer.encode_batch(held_out)]
    sizes = [len(text.encode()) for text in held_out]
    chosen = np.random.default_rng(0).permutation(len(documents))[: asked.documents]
    unseen = time.perf_counter() - paused  # seconds that do not count
    budget, step, tests = 60 * asked.minutes, 0, 0

    def clock():
        return time.perf_counter() - BEGAN - unseen

    while (spent := clock()) < budget:
        warm = min(1.0, (step + 1) / WARMUP)
        done = spent / budget  # the schedule follows the clock, so that it ends when the time does
        cosine = LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))
        for group in optimiser.param_groups:
            group["lr"] = asked.rate * warm * cosine
        starts = rng.integers(0, len(stream) - asked.context - 1, asked.batch)
        batch = torch.from_numpy(np.stack([stream[at : at + asked.context + 1] for at in starts]))
        logits = run(batch[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimiser.step()
        step += 1
        if clock() >= budget * (tests + 1) / asked.tests:
            tests = int(clock() / budget * asked.tests)
            paused = time.perf_counter()
            found = bits_per_byte(model, [documents[d] for d in chosen], [sizes[d] for d in chosen], asked.context)
            unseen += time.perf_counter() - paused
            tell(minutes=clock() / 60, step=step, bits_per_byte=found, whole=False)
    found = bits_per_byte(model, documents, sizes, asked.context)
    parameters = sum(weight.numel() for weight in model.parameters())
    tokens = step * asked.batch * asked.context
    tell(minutes=asked.minutes, step=step, bits_per_byte=found, whole=True, parameters=parameters, tokens=tokens)


def tell(**values):
    """One line of JSON."""
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    main()
