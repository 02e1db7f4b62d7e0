"""What every script that makes golden numbers does with an original: fill it by the rule, measure it, write JSON.

An original is handed over as two functions: `build(size)` gives the model with its own initial weights, its dropout
off; `views(model, size)` names every parameter as Seedbed does and gives it as a view of the same layout, whose axes
may be divided further. A size is a dictionary of settings of a Seedbed model config, and the vocabulary.
"""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden import numbers

SEEDS = 5
SMALL = {"width": 32, "blocks": 2, "heads": 4, "context": 24, "vocabulary": 37}
ROWS, LENGTH = 2, 64  # of the tokens whose first loss is taken; no longer than the context
Size = dict[str, Any]


def parameters(build: Callable, views: Callable, size: Size) -> int:
    """How many numbers the original learns; nothing is allocated."""
    import torch

    with torch.device("meta"):
        model = build(size)
        named = views(model, size)
    count = sum(each.numel() for each in model.parameters() if each.requires_grad)
    assert sum(each.numel() for each in named.values()) == count, "views must name every parameter once"
    return count


def first_loss(build: Callable, views: Callable, size: Size, *, seeds: int = SEEDS) -> dict[str, Any]:
    """Mean and standard deviation over seeds of the first loss, and of every group of initial weights."""
    import torch

    length = min(size["context"], LENGTH)
    token_BT = numbers.tokens(size["vocabulary"], ROWS, length + 1)
    losses, spreads = [], []
    for seed in range(seeds):
        torch.manual_seed(seed)
        model = build(size)
        with torch.no_grad():
            logits_BTV = logits(model, token_BT[:, :-1])
            spreads.append(numbers.spread({name: each.numpy() for name, each in views(model, size).items()}))
        losses.append(numbers.cross_entropy(logits_BTV, token_BT[:, 1:]))
    start = {
        name: [float(f"{x:.4g}") for x in np.mean([each[name] for each in spreads], axis=0)] for name in spreads[0]
    }
    return {
        "size": size,
        "tokens": [ROWS, length],
        "seeds": seeds,
        "mean": round(float(np.mean(losses)), 5),
        "deviation": round(float(np.std(losses, ddof=1)), 5),
        "start": start,
    }


def logits(model: Any, token_BT: np.ndarray) -> np.ndarray:
    """What a PyTorch original says of these windows, by whatever way it gives logits back."""
    import torch

    found = model(torch.from_numpy(np.ascontiguousarray(token_BT)))
    found = getattr(found, "logits", found[0] if isinstance(found, tuple) else found)
    return found.detach().numpy()


def fill(named: dict[str, Any]) -> None:
    """Every parameter by the rule."""
    import torch

    with torch.no_grad():
        for name, view in named.items():
            view.copy_(torch.from_numpy(numbers.weight(name, tuple(view.shape))))


def integer_logits(build: Callable, views: Callable, size: Size) -> dict[str, Any]:
    """Eight logits on weights from integers, and the root mean square of all."""
    model = build(size)
    fill(views(model, size))
    (logits_TV,) = logits(model, numbers.tokens(size["vocabulary"], 1, size["context"]))
    return {
        "size": size,
        "chosen": [float(f"{each:.7g}") for each in numbers.chosen(logits_TV)],
        "rms": float(f"{np.sqrt(np.mean(np.float64(logits_TV) ** 2)):.7g}"),
    }


def preset(
    source: str, made: str, build: Callable, views: Callable, full: Size, small: Size, *, starts: tuple[Size, ...] = ()
) -> dict[str, Any]:
    """All golden numbers of a preset. full: its size.  small: that on integers.  starts: sizes to start at, or full."""
    print(source, full, flush=True)
    return {
        "source": source,
        "made": made,
        "parameters": parameters(build, views, full),
        "first_losses": [first_loss(build, views, each) for each in starts or (full,)],
        "integers": integer_logits(build, views, small),
    }


def source(description: str | None) -> Path:
    """The folder with the source's own code, from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--source", type=Path, required=True, help="folder with a copy of the source's repository")
    return parser.parse_args().source


def write(name: str, table: dict[str, Any]) -> None:
    """A family's file beside this one; what holds numbers alone is a line."""
    text = json.dumps(table, indent=1, ensure_ascii=False)
    for innermost in (r"\[[^][{}]*\]", r"\{[^][{}]*\}"):
        text = re.sub(innermost, lambda found: re.sub(r"\s*\n\s*", " ", found.group()), text)
    Path(__file__).with_name(f"{name}.json").write_text(text + "\n")
