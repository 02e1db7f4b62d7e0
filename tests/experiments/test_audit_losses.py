"""Losses have rules of their own: each kind of curve gets its word, in many seeds as in one."""

import numpy as np
import polars as pl
import pytest

from seedbed.experiments.audit import audit
from seedbed.store.score_table import Columns, tidy_scores

STEPS = np.geomspace(10, 1e5, 30)
X = np.log10(STEPS)
KINDS = {
    "falls smoothly": 2 + 6 * STEPS**-0.3,
    "falls suddenly": 4 - 2 / (1 + np.exp(-(X - 3) * 80)),
    "rises": 2 + 0.3 * X,
    "is not seen to change": np.full(30, 3.0),
}


@pytest.mark.parametrize("seeds", [1, 6])
@pytest.mark.parametrize("word", KINDS)
def test_a_loss_is_described_by_what_it_does(word, seeds):
    rng = np.random.default_rng(3)
    rows = [
        {"seed": seed, "step": step, "loss": loss + 0.02 * rng.normal()}
        for seed in range(seeds)
        for step, loss in zip(STEPS, KINDS[word], strict=True)
    ]
    found = audit(tidy_scores(pl.DataFrame(rows), Columns(score="loss")))
    (loss,) = found.losses
    assert loss.word == word and not found.tasks
    assert loss.words.startswith(f"{word} (lower is better): ")


def test_few_losses_are_too_little():
    frame = pl.DataFrame({"seed": [0] * 4, "step": [1, 2, 3, 4], "loss": [4.0, 3.0, 2.0, 1.0]})
    assert audit(tidy_scores(frame, Columns(score="loss"))).losses[0].word == "too little data to say"
