"""Forecasts of a run: who of its members will have emerged by when, judged from the first quarter of their curves.

How good they are is measured on conditions left out whole: each is forecast by members of the others, and set against
the share that had emerged among those others at the same step (Kaplan-Meier), which knows no curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from seedbed.config import UsageError
from seedbed.emergence import Estimate, Onset, clopper_pearson, onset
from seedbed.emergence.forecast import Forecaster, brier_scores, fit_forecaster, transforms
from seedbed.emergence.intervals import mean_over_seeds
from seedbed.experiments.measures import PERSISTENCE, THRESHOLD
from seedbed.experiments.results import Results
from seedbed.experiments.run_scores import condition_names

SHARE_SEEN = 0.25  # of a member's steps
SEEN_METRICS = ("exact", "log_likelihood", "brier", "loss")
LEVEL = 0.8
STEPS_ASKED = (0.4, 0.5, 0.6, 0.75, 1.0)  # shares of the run at which chances are scored

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """What a forecast starts from: N members of one task that had not emerged after the first quarter.

    feature_NF: metrics at the last test of the quarter and their change since its first.  onsets: how they ended;
    censored where they are still under way.  conditions: of each.  start: the step of that last test.  end: of the run.
    """

    task: str
    members: tuple[str, ...]
    conditions: tuple[str, ...]
    features: tuple[str, ...]
    feature_NF: Floats
    onsets: tuple[Onset, ...]
    start: float
    end: float


@dataclass(frozen=True)
class Skill:
    """How forecasts of left-out conditions did.

    skill: 1 - Brier score / that of Kaplan-Meier, over all steps asked; the interval is over conditions.  coverage:
    share of onsets inside their 80% interval, n = members.  brier, baseline: the two mean scores.  members, conditions:
    how many were forecast.
    """

    skill: Estimate
    coverage: Estimate
    brier: float
    baseline: float
    members: int
    conditions: int


def known_after_a_quarter(results: Results, task: str) -> Known:
    """A run's members with what their first quarter shows. Raises UsageError where that quarter has no two tests."""
    names = condition_names(results)
    rows = results.where(test="panel", task=task, **results.headline).filter(pl.col("shots") > 0)
    if rows.is_empty():
        raise UsageError(f"{results.folder}: no member has been tested on {task!r}")
    loss = results.where(test="train", task="all").select("member", "step", "loss")
    rows = rows.drop("loss").join(loss, on=["member", "step"], how="left").sort("member", "step")
    end = float(rows["step"].max())  # type: ignore[arg-type]
    early = rows.filter(pl.col("step") <= SHARE_SEEN * end)
    if early["step"].n_unique() < 2:
        raise UsageError(
            f"{results.folder}: a forecast needs two tests in the first quarter of {end:g} steps, there are "
            f"{early['step'].n_unique()}: set --evaluation.regular to {max(int(end / 8), 1)} or fewer"
        )
    start = float(early["step"].max())  # type: ignore[arg-type]
    used = [name for name in SEEN_METRICS if early[name].null_count() == 0]
    members, features, onsets, conditions = [], [], [], []
    for (member,), own in rows.group_by(["member"], maintain_order=True):
        seen = own.filter(pl.col("step") <= start)
        if seen.height < 2 or seen["step"][-1] != start or not np.isfinite(seen.select(used).to_numpy()).all():
            continue
        found = onset(own["step"].to_numpy(), own["exact"].to_numpy(), threshold=THRESHOLD, persistence=PERSISTENCE)
        if (found.last if found.step is None else found.step) <= start:
            continue
        last, first = (seen.select(used).row(place) for place in (-1, 0))
        members.append(str(member))
        conditions.append(names[str(member)])
        onsets.append(found)
        features.append([*last, *(b - a for a, b in zip(first, last, strict=True))])
    if not members:
        raise UsageError(f"{results.folder}: every member had emerged or ended within the first quarter")
    labels = [f"{name} at step {start:g}" for name in used] + [
        f"change of {name} since the first test" for name in used
    ]
    return Known(task, tuple(members), tuple(conditions), tuple(labels), np.array(features), tuple(onsets), start, end)


def skill_on_left_out_conditions(known: Known, *, seed: int = 0) -> Skill:
    """Forecast each condition from the others. Raises UsageError as `fit_forecaster` does."""
    condition_N = np.array(known.conditions)
    steps = [max(share * known.end, known.start) for share in STEPS_ASKED]
    ours, theirs, shares = [], [], []
    for condition in dict.fromkeys(known.conditions):
        out_N = condition_N == condition
        others = [one for one, out in zip(known.onsets, out_N, strict=True) if not out]
        asked = [one for one, out in zip(known.onsets, out_N, strict=True) if out]
        forecaster = fit_forecaster(known.feature_NF[~out_N], others, condition_N[~out_N], start=known.start)
        feature_NF = known.feature_NF[out_N]
        told = [brier_scores(forecaster.emerged_by(feature_NF, step), asked, step) for step in steps]
        same = [brier_scores(np.full(len(asked), kaplan_meier_share(others, step)), asked, step) for step in steps]
        ours.append(np.nanmean(told))
        theirs.append(np.nanmean(same))

        def share(member: int, step: float, f: Forecaster = forecaster, x_NF: Floats = feature_NF) -> float:
            return float(f.emerged_by(x_NF[[member]], step)[0])

        shares += transforms(share, asked, start=known.start, seed=seed).tolist()
    inside = int(sum((1 - LEVEL) / 2 <= each <= (1 + LEVEL) / 2 for each in shares))
    return Skill(
        _ratio_of_means(np.array(ours), np.array(theirs)),
        clopper_pearson(inside, len(shares)),
        float(np.mean(ours)),
        float(np.mean(theirs)),
        len(shares),
        len(ours),
    )


def kaplan_meier_share(onsets: Sequence[Onset], step: float) -> float:
    """The share that has emerged by `step`, the same for every member."""
    seen = [one.step for one in onsets if one.step is not None]
    if not seen:
        return 0.0
    censored = [one.last for one in onsets if one.step is None]
    return float(ecdf(CensoredData(uncensored=seen, right=censored)).cdf.evaluate(step))


def _ratio_of_means(ours_C: Floats, theirs_C: Floats) -> Estimate:
    """1 - mean(ours) / mean(theirs), with a jackknife interval over conditions (Student's t)."""
    count = len(ours_C)
    value = 1 - ours_C.mean() / theirs_C.mean() if theirs_C.mean() > 0 else 0.0
    if count < 3 or theirs_C.mean() == 0:
        return Estimate(value, float("nan"), float("nan"), count, "too few conditions for an interval")
    without = 1 - (ours_C.sum() - ours_C) / (theirs_C.sum() - theirs_C)
    pseudo = count * value - (count - 1) * without
    spread = mean_over_seeds(pseudo, bounds=None)
    half = (spread.high - spread.low) / 2 if spread.has_interval else float("nan")
    return Estimate(value, value - half, value + half, count, "jackknife over conditions, Student t")
