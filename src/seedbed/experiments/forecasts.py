"""Forecasts of a run: who of its members will have emerged by when, judged from the first quarter of their curves.

How good they are is measured on conditions left out whole: each is forecast by members of the others, and set against
the share that had emerged among those others at the same step (Kaplan-Meier), which knows no curve.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seedbed.config import UsageError, unknown_name
from seedbed.emergence import Estimate, Onset, clopper_pearson, onset
from seedbed.emergence.estimates import without_interval
from seedbed.emergence.forecast import LEAST_GROUPS, Forecaster, brier_scores, fit_forecaster, transforms
from seedbed.emergence.intervals import mean_over_seeds
from seedbed.emergence.product_limit import share_waiting
from seedbed.experiments.measures import PERSISTENCE, THRESHOLD
from seedbed.experiments.results import Results
from seedbed.experiments.run_scores import condition_names

SHARE_SEEN = 0.25  # of a member's steps
SEEN_METRICS = ("exact", "log_likelihood", "brier", "loss")
LEVEL = 0.8
STEPS_ASKED = (0.4, 0.5, 0.6, 0.75, 1.0)  # shares of the run at which chances are scored
LEAST_CONDITIONS = LEAST_GROUPS + 1  # to leave one out and learn from the others

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """What a forecast starts from: N members of one task that had not emerged after the first quarter.

    feature_NF: metrics at the last test of the quarter and their change since its first.  onsets: how they ended;
    censored where they are still under way.  conditions: of each.  under_way: members that have steps to go and no
    onset yet.  start: the step of that last test.  end: of the run, which is that of most members.  left_out: members
    with another end, and those that had not come so far, had emerged already, or had no finite metrics.  order: all
    conditions in the order of the plan.
    """

    task: str
    members: tuple[str, ...]
    conditions: tuple[str, ...]
    features: tuple[str, ...]
    feature_NF: Floats
    onsets: tuple[Onset, ...]
    under_way: tuple[bool, ...]
    start: float
    end: float
    left_out: int
    order: tuple[str, ...]

    @property
    def condition_names(self) -> list[str]:
        """Each condition once, in the order of the plan."""
        return [name for name in self.order if name in self.conditions]


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


@dataclass(frozen=True)
class MemberForecast:
    """A member that is under way: not emerged by `after`; its chance to have emerged by the step asked; when.

    median, low, high: the step by which it has emerged with chance one half, and the central 80% interval.
    """

    member: str
    condition: str
    after: float
    chance: float
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class ConditionForecast:
    """A condition as the others foretell it: the share of its members that has emerged by the step asked.

    members: how many had not emerged after the first quarter.  share: forecast, their mean chance.  seen: what came, of
    those whose state at that step is known; None where no one's is.
    """

    condition: str
    members: int
    share: float
    seen: Estimate | None


def task_asked(results: Results, task: str | None) -> str:
    """The task of that name, or the only one that was tested. Raises UsageError with the names."""
    tasks = results.where(test="panel", **results.headline)["task"].unique(maintain_order=True).to_list()
    if not tasks:
        raise UsageError(
            f"{results.folder}: no member has been evaluated yet; continue with seedbed resume {results.folder}"
        )
    if task is None and len(tasks) > 1:
        raise UsageError(f"the run has several tasks: name one with --task: {'; '.join(tasks)}")
    if task is not None and task not in tasks:
        raise unknown_name("task", task, tasks)
    return task or tasks[0]


def known_after_a_quarter(results: Results, task: str) -> Known:
    """A run's members with what their first quarter shows.

    Raises UsageError for a task without tests, where that quarter has no two tests, and where no one is left.
    """
    names = condition_names(results)
    steps = {member: each.config.training.steps for member, each in results.planned.items()}
    rows = results.where(test="panel", task=task, **results.headline)
    if rows.is_empty():
        raise UsageError(f"{results.folder}: no member has been evaluated on {task!r}")
    end = Counter(steps[member] for member in rows["member"].unique(maintain_order=True)).most_common(1)[0][0]
    rows = rows.filter(pl.col("member").is_in([member for member, each in steps.items() if each == end]))
    loss = results.where(test="train", task="all").select("member", "step", "loss")
    rows = rows.drop("loss").join(loss, on=["member", "step"], how="left").sort("member", "step")
    early = rows.filter(pl.col("step") <= SHARE_SEEN * end)
    if early["step"].n_unique() < 2:
        raise UsageError(
            f"{results.folder}: a forecast needs two evaluations in the first quarter of {end:g} steps, but there are "
            f"{early['step'].n_unique()}: set --evaluation.regular to {max(int(end / 8), 1)} or fewer"
        )
    start = float(early["step"].max())  # type: ignore[arg-type]
    used = [name for name in SEEN_METRICS if early[name].null_count() == 0]
    members, features, onsets, conditions, under_way = [], [], [], [], []
    for (member,), own in rows.group_by(["member"], maintain_order=True):
        seen = own.filter(pl.col("step") <= start)
        if seen.height < 2 or seen["step"][-1] != start or not np.isfinite(seen.select(used).to_numpy()).all():
            continue
        persistence = min(PERSISTENCE, own.height)
        found = onset(own["step"].to_numpy(), own["exact"].to_numpy(), threshold=THRESHOLD, persistence=persistence)
        if (found.last if found.step is None else found.step) <= start:
            continue
        last, first = (seen.select(used).row(place) for place in (-1, 0))
        members.append(str(member))
        conditions.append(names[str(member)])
        onsets.append(found)
        under_way.append(found.step is None and found.last < end)
        features.append([*last, *(b - a for a, b in zip(first, last, strict=True))])
    if not members:
        raise UsageError(f"{results.folder}: every member had emerged or ended within the first quarter")
    labels = [f"{name} at step {start:g}" for name in used] + [
        f"change of {name} since the first evaluation" for name in used
    ]
    return Known(
        task,
        tuple(members),
        tuple(conditions),
        tuple(labels),
        np.array(features),
        tuple(onsets),
        tuple(under_way),
        start,
        float(end),
        results.members.height - len(members),
        tuple(dict.fromkeys(names.values())),
    )


def leave_out_conditions(known: Known) -> dict[str, Forecaster]:
    """For each condition the forecaster that all others teach.

    Raises UsageError for fewer than 3 conditions, and as `fit_forecaster` does.
    """
    names = known.condition_names
    if len(names) < LEAST_CONDITIONS:
        raise UsageError(
            f"{len(names)} condition{'s' * (len(names) != 1)} with members that had not emerged by step "
            f"{known.start:g}: {LEAST_CONDITIONS} are needed to leave one out and learn from the others"
        )
    condition_N = np.array(known.conditions)
    return {
        name: fit_forecaster(
            known.feature_NF[condition_N != name],
            [one for one, of in zip(known.onsets, known.conditions, strict=True) if of != name],
            condition_N[condition_N != name],
            start=known.start,
        )
        for name in names
    }


def skill_on_left_out_conditions(known: Known, forecasters: Mapping[str, Forecaster], *, seed: int = 0) -> Skill:
    """Each condition as the others foretell it, against what came: `forecasters` of `leave_out_conditions`."""
    steps = [max(share * known.end, known.start) for share in STEPS_ASKED]
    ours, theirs, shares = [], [], []
    for condition, forecaster in forecasters.items():
        others = [one for one, of in zip(known.onsets, known.conditions, strict=True) if of != condition]
        asked, feature_NF = _of_condition(known, condition)
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


def forecast_members(known: Known, by: float) -> list[MemberForecast]:
    """Every member under way, as all members teach: its chance to have emerged by step `by`, and when.

    That it had not emerged at its last test below the threshold is taken into account. Raises UsageError for a step
    that is not after the first quarter, and as `fit_forecaster` does.
    """
    check_step(known, by)
    if not any(known.under_way):
        return []
    forecaster = fit_forecaster(known.feature_NF, known.onsets, known.conditions, start=known.start)
    told = []
    for place in np.flatnonzero(known.under_way):
        found, feature_NF = known.onsets[place], known.feature_NF[[place]]
        later = replace(forecaster, start=max(found.lower, known.start))
        low, high = later.interval(feature_NF, LEVEL)
        told.append(
            MemberForecast(
                known.members[place],
                known.conditions[place],
                later.start,
                float(later.emerged_by(feature_NF, by)[0]),
                float(later.quantile(feature_NF, 0.5)[0]),
                float(low[0]),
                float(high[0]),
            )
        )
    return told


def forecast_conditions(known: Known, forecasters: Mapping[str, Forecaster], by: float) -> list[ConditionForecast]:
    """Every condition as the others foretell it at step `by`, beside what came. Raises UsageError as above."""
    check_step(known, by)
    told = []
    for condition, forecaster in forecasters.items():
        asked, feature_NF = _of_condition(known, condition)
        settled = [one for one in asked if one.step is not None or one.lower >= by]
        emerged = sum(one.step is not None and one.step <= by for one in settled)
        seen = clopper_pearson(emerged, len(settled)) if settled else None
        told.append(ConditionForecast(condition, len(asked), float(forecaster.emerged_by(feature_NF, by).mean()), seen))
    return told


def check_step(known: Known, by: float) -> None:
    """Refuse a step that is not after the first quarter."""
    if not known.start < by < float("inf"):
        raise UsageError(f"by must be a step after {known.start:g}, where the forecasts start, got {by:g}")


def _of_condition(known: Known, condition: str) -> tuple[list[Onset], Floats]:
    inside = [of == condition for of in known.conditions]
    return [one for one, here in zip(known.onsets, inside, strict=True) if here], known.feature_NF[inside]


def kaplan_meier_share(onsets: Sequence[Onset], step: float) -> float:
    """The share that has emerged by `step`, the same for every member."""
    times_S = np.array([one.last if one.step is None else one.step for one in onsets])
    known_S = np.array([one.step is not None for one in onsets])
    return float(1 - share_waiting(times_S, known_S, step))


def _ratio_of_means(ours_C: Floats, theirs_C: Floats) -> Estimate:
    """1 - mean(ours) / mean(theirs), with a jackknife interval over conditions (Student's t)."""
    count = len(ours_C)
    value = float(1 - ours_C.mean() / theirs_C.mean()) if theirs_C.mean() > 0 else 0.0
    if count < LEAST_CONDITIONS or theirs_C.mean() == 0:
        return without_interval(value, count, "too few conditions for an interval", 0.95)
    without = 1 - (ours_C.sum() - ours_C) / (theirs_C.sum() - theirs_C)
    pseudo = count * value - (count - 1) * without
    spread = mean_over_seeds(pseudo, bounds=None)
    if not spread.has_interval:
        return without_interval(value, count, spread.method, 0.95)
    half = (spread.high - spread.low) / 2
    return Estimate(value, value - half, value + half, count, "jackknife over conditions, Student t")
