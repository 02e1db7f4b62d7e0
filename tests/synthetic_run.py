"""A run that was never trained: the triangle's members with curves made by rule, so what a report must say is known.

Every member has a speed of its own. Its exact match on A->C rises around an onset that is its condition's typical one
times exp(0.25 speed), and its loss falls as a function of step / onset alone: all members emerge at one loss, and the
early loss tells who will be slow. A->B is learnt twice as early. One member of each condition has stopped at step 275.
"""

from pathlib import Path

import numpy as np

from seedbed.config import to_plain
from seedbed.config.settings import with_settings
from seedbed.experiments.plan import experiment
from seedbed.experiments.runner import member_rows
from seedbed.store import Run

TYPICAL = {"alone": 190.0, "zero-shot": 280.0, "hinted": 400.0}  # onset of A->C, in steps
STEPS = np.arange(25, 601, 25)
STOPPED_AT = 275
ITEMS = 256
LOSS_AT_ONSET = 1.2


def build(folder: Path, *, seeds: int = 8) -> Path:
    """Write the run and return its folder."""
    rng = np.random.default_rng(0)
    settings = {"seeds": seeds, "training.steps": 600, "evaluation.regular": 25, "evaluation.log_spaced": False}
    options = with_settings(experiment("triangle").options(), settings)
    planned = experiment("triangle").plan(options)
    rows = list(member_rows(planned, "cpu"))
    run = {"experiment": "triangle", "config": {"options": to_plain(options)}, "versions": {}, "device": "cpu"}
    with Run.create(folder, **run) as record:
        record.add_members(rows)
        for number, row in enumerate(rows):
            onset = TYPICAL[row["condition"]] * np.exp(0.25 * rng.normal())
            slow = number % seeds == 0
            onset = max(onset, 1.5 * STOPPED_AT) if slow else onset
            steps = STEPS[STEPS <= STOPPED_AT] if slow else STEPS
            record.write_rows(rows_of(row["member"], steps, onset, rng))
    return folder


def rows_of(member: str, steps: np.ndarray, onset: float, rng: np.random.Generator) -> list[dict]:
    """The rows of one member: training loss, and its panel on both tasks."""
    rows = []
    for step in steps.tolist():
        loss = 0.3 + 2 * (LOSS_AT_ONSET - 0.3) / (1 + step / onset)
        train = {"member": member, "step": step, "test": "train", "split": "seen", "shots": 0, "n": 64_000}
        rows += [{**train, "task": task, "loss": loss} for task in ("all", "A->C")]
        for task, at in (("A->C", onset), ("A->B", onset / 2)):
            share = 1 / (1 + (at / step) ** 12)
            token = 0.03 + 0.96 / (1 + (0.8 * at / step) ** 6)  # the likelihood rises a little before
            rows.append(
                {
                    "member": member, "step": step, "task": task, "test": "panel", "split": "unseen", "shots": 3,
                    "coverage": 0, "n": ITEMS, "exact": rng.binomial(ITEMS, share) / ITEMS, "word_score": token,
                    "edit_score": token,
                    "log_likelihood": np.log(token), "brier": (1 - token) ** 2, "answer_probability": token**4,
                }
            )  # fmt: skip
            if step == STEPS[-1]:
                rows.append({**rows[-1], "test": "every"})
    return rows
