"""What probes say of a model: how often the right option is the likelier one, and what single texts cost.

A row of questions has n (questions), exact (the share of them whose right option costs fewer nats than every other),
answer_probability (of the right one among the options), loss and log_likelihood (nats a token of the right one). A row
of single texts has n (tokens), loss, log_likelihood and bits_per_byte, as held-out documents have.
"""

from math import log

import numpy as np
from jaxtyping import Float

from seedbed.data import ProbeSet
from seedbed.evaluation.evaluator import Row

MOST_NATS = 500.0  # by which an option is likelier: beyond, doubles end


def probe_rows(probes: ProbeSet, nats_O: Float[np.ndarray, " O"]) -> tuple[list[Row], dict[str, np.ndarray]]:
    """A row a task from what every option cost, and item by item what the right option (the text) cost."""
    first_I = np.searchsorted(probes.item_O, np.arange(len(probes.task_I)))
    best_I = np.full(len(first_I), np.inf)
    wrong_O = np.ones(len(nats_O), dtype=bool)
    wrong_O[first_I] = False
    np.minimum.at(best_I, probes.item_O[wrong_O], nats_O[wrong_O])
    odds_I = np.bincount(
        probes.item_O,
        weights=np.exp(np.minimum(nats_O[first_I][probes.item_O] - nats_O, MOST_NATS)),
        minlength=len(first_I),
    )
    rows: list[Row] = []
    items: dict[str, np.ndarray] = {}
    for number, task in enumerate(probes.tasks):
        of_task = probes.task_I == number
        nats_i, tokens = nats_O[first_I][of_task], int(probes.own_O[first_I][of_task].sum())
        row: Row = {"task": task, "test": "every", "split": "unseen", "shots": 0, "coverage": None}
        row |= {"loss": float(nats_i.sum()) / tokens, "log_likelihood": -float(nats_i.sum()) / tokens}
        items[f"{task}/nats"] = nats_i.astype(np.float32)
        if np.isfinite(best_I[of_task]).all():
            right_i = nats_i < best_I[of_task]
            row |= {"n": len(nats_i), "exact": float(right_i.mean())}
            row["answer_probability"] = float((1 / odds_I[of_task]).mean())
            items[f"{task}/right"] = right_i
        else:
            size = int(probes.bytes_O[first_I][of_task].sum())
            row |= {"n": tokens, "bits_per_byte": float(nats_i.sum()) / (size * log(2))}
        rows.append(row)
    return rows, items
