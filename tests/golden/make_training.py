"""Golden numbers of training: weights after 40 steps of AdamW in PyTorch, and after 10 of Adam in Keras.

python -m tests.golden.make_training --gam PATH --mamba PATH --paper PATH, with copies of rishiraj/gam,
state-spaces/mamba and abhaskumarsinha/Corpus2GPT. Weights start from integers, batches are the rule's too, nothing is
dropped. `--whole FOLDER` keeps all weights, to be compared by hand.
"""

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden import make_gam, make_paper, making, numbers

ROWS = 4
ADAMW = {"learning_rate": 1e-3, "weight_decay": 0.1, "b1": 0.9, "b2": 0.95, "clip": 1.0, "warmup": 10, "steps": 40}
KERAS = {"learning_rate": 1e-4, "b1": 0.9, "b2": 0.999, "epsilon": 1e-7, "clip": 1.0, "steps": 10}
RECIPES = {  # of the rate's warm-up and of what decays
    "original": {"warmup_from_zero": True, "decayed": "all"},
    "matrices": {"warmup_from_zero": False, "decayed": "matrices"},
}


def batches(size: making.Size, steps: int) -> np.ndarray:
    """A step's windows, each a token longer than the context."""
    rows = numbers.tokens(size["vocabulary"], steps * ROWS, size["context"] + 1)
    return rows.reshape(steps, ROWS, size["context"] + 1)


def share(step: int, recipe: dict[str, Any]) -> float:
    """Of the peak rate: warm-up, then a cosine over the steps that are left."""
    warmup, steps = ADAMW["warmup"], ADAMW["steps"]
    if step < warmup:
        return (step + (not recipe["warmup_from_zero"])) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def adamw(model: Any, named: dict[str, Any], size: making.Size, recipe: dict[str, Any]) -> list[float]:
    """The losses of the steps; the model is changed."""
    import torch
    from torch.nn import functional

    making.fill(named)
    everything = list(model.parameters())
    matrices = [each for each in everything if each.ndim >= 2]
    others = [each for each in everything if each.ndim < 2]
    decay = ADAMW["weight_decay"]
    groups = [
        {"params": matrices, "weight_decay": decay},
        {"params": others, "weight_decay": decay if recipe["decayed"] == "all" else 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=ADAMW["learning_rate"], betas=(ADAMW["b1"], ADAMW["b2"]))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: share(step, recipe))
    losses = []
    for token_BW in torch.from_numpy(batches(size, ADAMW["steps"])):
        logits = model(token_BW[:, :-1])[0]
        loss = functional.cross_entropy(logits.flatten(0, 1), token_BW[:, 1:].flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(everything, ADAMW["clip"])
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def keras_adam(model: Any, named: dict[str, Any], size: making.Size) -> list[float]:
    """The losses of the steps, as Keras trains: each variable's gradient clipped on its own."""
    import keras

    making.fill(named)
    optimiser = keras.optimizers.Adam(
        KERAS["learning_rate"], KERAS["b1"], KERAS["b2"], KERAS["epsilon"], clipnorm=KERAS["clip"]
    )
    model.keras.compile(optimizer=optimiser, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return [
        float(model.keras.train_on_batch(token_BW[:, :-1], token_BW[:, 1:]))
        for token_BW in batches(size, KERAS["steps"])
    ]


def changes(named: dict[str, Any]) -> dict[str, np.ndarray]:
    """By how much each array differs from where the rule began."""
    return {
        name: each.detach().numpy().reshape(-1) - numbers.weight(name, tuple(each.shape)).reshape(-1)
        for name, each in named.items()
    }


def told(settings: dict[str, Any], size: making.Size, losses: list[float], named: dict[str, Any]) -> dict[str, Any]:
    """The length of each array's change, and its first four numbers."""
    return {
        "settings": settings,
        "size": size,
        "rows": ROWS,
        "losses": [float(f"{each:.7g}") for each in (losses[0], losses[-1])],
        "changes": {
            name: [float(f"{each:.6g}") for each in (np.linalg.norm(change), *change[:4])]
            for name, change in changes(named).items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, of in (("gam", "rishiraj/gam"), ("mamba", "state-spaces/mamba"), ("paper", "Corpus2GPT")):
        parser.add_argument(f"--{name}", type=Path, required=True, help=f"folder with a copy of {of}")
    parser.add_argument("--whole", type=Path, help="folder to keep all changes of weights in")
    given = parser.parse_args()
    benchmark, table, whole = make_gam.load(given.gam, given.mamba), {}, {}
    benchmark.Config.DROPOUT = 0.0
    for preset in ("gam", "gam-transformer"):
        size = making.SMALL | ({"gam": {"slots": 16}} if preset == "gam" else {})
        for recipe, settings in RECIPES.items():
            model = make_gam.build(benchmark, preset, size).train()
            named = make_gam.views(model, size)
            losses = adamw(model, named, size, settings)
            table[f"{preset}, {recipe}"] = {"preset": preset, **told(ADAMW | settings, size, losses, named)}
            whole[f"{preset}, {recipe}"] = changes(named)
    make_paper.load(given.paper)
    model = make_paper.Original(making.SMALL)
    named = make_paper.views(model, making.SMALL)
    losses = keras_adam(model, named, making.SMALL)
    named = make_paper.views(model, making.SMALL)
    table["paper-3.1, keras"] = {"preset": "paper-3.1", **told(KERAS, making.SMALL, losses, named)}
    whole["paper-3.1, keras"] = changes(named)
    making.write("training", table)
    if given.whole is not None:
        for name, each in whole.items():
            np.savez(given.whole / f"{name.replace(', ', '-')}.npz", **each)


if __name__ == "__main__":
    main()
