"""Runs of text experiments that were never trained: their members' rows are made by rule, so what a page says is known.

The worlds are real, a few generated stories as tokens; only training is left out, which takes minutes.
"""

from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.config import to_plain
from seedbed.config.settings import with_settings
from seedbed.experiments.plan import Planned, experiment
from seedbed.experiments.results import Results, open_results
from seedbed.experiments.runner import member_rows, sample_file
from seedbed.store import Run

BYTES_A_TOKEN = 3.0
Rows = Callable[[Planned], list[dict[str, Any]]]


def build(
    folder: Path,
    name: str,
    settings: dict[str, Any],
    bits: Callable[[Planned], float],
    asked: Rows = lambda planned: [],
    outcomes: Callable[[Planned], dict[str, np.ndarray]] = lambda planned: {},
) -> Results:
    """The run. bits: held-out bits per byte of a member.  asked: further rows of its last test.  outcomes: item by
    item."""
    entry = experiment(name)
    options, attached = entry.prepared(with_settings(entry.options(), settings))
    planned = entry.plan(options)
    with Run.create(
        folder, experiment=name, config={"options": to_plain(options)}, versions={}, device="cpu"
    ) as record:
        rows = list(member_rows(planned, "cpu"))
        record.add_members(rows)
        for file, content in attached.items():
            record.attach(file, content)
        for row, each in zip(rows, planned, strict=True):
            steps = each.config.training.steps
            record.write_rows([{"member": row["member"], **line} for line in lines_of(each, bits(each))])
            record.write_rows([{"member": row["member"], **common(steps), **line} for line in asked(each)])
            record.attach(sample_file(row["member"]), f'{{"{max(steps // 2, 1)}": [65], "{steps}": [66, 67]}}')
            seconds = each.config.model.width / 10
            record.finish_member(
                row["member"], steps, {"w": np.zeros(1)}, outcomes(each), tokens=steps * 8, core_seconds=seconds
            )
    return open_results(folder)


def prepared(name: str, settings: dict[str, Any]) -> Any:
    """The experiment's options with these settings, its texts and tokenizers made or found."""
    entry = experiment(name)
    return entry.prepared(with_settings(entry.options(), settings))[0]


def common(step: int) -> dict[str, Any]:
    """What the rows of a last test share."""
    return {"step": step, "test": "every", "split": "unseen", "shots": 0}


def lines_of(planned: Planned, bits: float) -> list[dict[str, Any]]:
    """A text member's rows: bits per byte that fall to `bits` at the end."""
    steps = planned.config.training.steps
    places = sorted({max(round(steps * part), 2) for part in (0.1, 0.25, 0.5, 0.75, 1)})
    found = []
    for step in places:
        now = bits + 2 * (1 - step / steps)
        loss = now * BYTES_A_TOKEN * log(2)
        row = {"step": step, "task": "text", "split": "unseen", "shots": 0, "n": 500, "loss": loss}
        row |= {"bits_per_byte": now, "exact": 1 / (1 + loss), "log_likelihood": -loss, "brier": 0.5}
        found += [{**row, "test": "panel"}, {**row, "test": "train", "task": "all", "split": "seen"}]
        if step == steps:
            found.append({**row, "test": "every"})
    return found


def question(task: str, share: float, items: int = 200) -> dict[str, Any]:
    """A task's row where this share of its questions was answered."""
    return {
        "task": task, "n": items, "exact": share, "answer_probability": share, "loss": 1.0, "log_likelihood": -1.0,
    }  # fmt: skip
