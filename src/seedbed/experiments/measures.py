"""The measures that reports and claims share: means over seeds with intervals, bands over steps, onsets.

A seed is the unit: each number is a mean of per-seed scores with the interval of `seedbed.emergence`, and carries its
n.
"""

from math import log, sqrt
from typing import Any

import numpy as np
import polars as pl

from seedbed.emergence import Estimate, Onset, mean_over_seeds, median_onset, onset
from seedbed.experiments.results import Results

THRESHOLD = 0.5  # a task has emerged in a member once its exact match on unseen sentences stays at or above this
PERSISTENCE = 2  # for so many tests on end


def mean_score(rows: pl.DataFrame, metric: str = "exact") -> Estimate | None:
    """Mean over the members in `rows` (one row each) of a score in [0, 1]; None without rows."""
    rows = rows.drop_nulls(metric)
    if rows.is_empty():
        return None
    if rows["member"].is_duplicated().any():
        raise ValueError(f"a mean over seeds needs one row per member, got {rows.height} rows")
    items = int(rows["n"].min())  # type: ignore[arg-type]
    return mean_over_seeds(rows[metric].to_numpy(), items=items)


def mean_value(values: np.ndarray) -> Estimate | None:
    """Mean over seeds of an unbounded number, say a loss; None without values."""
    return mean_over_seeds(np.asarray(values, dtype=float), bounds=None) if len(values) else None


def final_score(results: Results, condition: str, task: str, metric: str = "exact", **where: Any) -> Estimate | None:
    """A condition's final score, by default on unseen sentences at the headline coverage."""
    return mean_score(results.final(**{**results.headline, "condition": condition, "task": task, **where}), metric)


def bands(rows: pl.DataFrame, by: list[str], metric: str, *, bounded: bool = True) -> pl.DataFrame:
    """Mean, interval and n over members at each value of `by`; columns by..., mean, low, high, n."""
    out = []
    for key, group in rows.drop_nulls(metric).group_by(by, maintain_order=True):
        estimate = mean_score(group, metric) if bounded else mean_value(group[metric].to_numpy())
        assert estimate is not None
        low, high = (estimate.low, estimate.high) if estimate.has_interval else (None, None)
        out.append(
            {**dict(zip(by, key, strict=True)), "mean": estimate.value, "low": low, "high": high, "n": estimate.n}
        )
    schema = {name: rows.schema[name] for name in by}
    return pl.DataFrame(
        out, schema={**schema, "mean": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64}
    ).sort(by)


def onsets(rows: pl.DataFrame, metric: str = "exact") -> dict[str, Onset]:
    """Each member's onset on its panel rows (one task, one split, one coverage)."""
    return {
        str(member): onset(
            group["step"].to_numpy(), group[metric].to_numpy(), threshold=THRESHOLD, persistence=PERSISTENCE
        )
        for (member,), group in rows.drop_nulls(metric).sort("step").group_by(["member"], maintain_order=True)
    }


def log_onset(found: Onset) -> float:
    """The logarithm of the geometric middle of the tests around an onset, in steps; of the run's end where none came.

    Before the first test there is none: an onset at the first test counts as half of its step.
    """
    if found.step is None:
        return log(found.last)
    return log(sqrt(found.lower * found.step) if found.lower else found.step / 2)


def onset_estimate(rows: pl.DataFrame) -> Estimate | None:
    """Median onset step over members, censored ones counted as later than all."""
    found = list(onsets(rows).values())
    return median_onset(found) if found else None
