"""Onset: the first evaluation from which a score holds its threshold, known only to lie between two evaluations.

A run that ends too early is censored, not absent; leaving it out would make every ability look early. The interval of
the median needs no shape of distribution: it counts seeds. Source: Conover (1999), Practical Nonparametric Statistics,
section 3.2 (order statistics and the binomial).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.inputs import check_level, finite_vector


@dataclass(frozen=True)
class Onset:
    """When a score emerged, in training steps: after `lower` and not after `step`.

    step: the onset evaluation; None where the run ended before one could be confirmed (right-censored).
    lower: the last evaluation before it, 0 if there is none; of a censored run, the last evaluation that was still
    below the threshold, 0 if there is none.  last: the last evaluation of the run.
    """

    step: float | None
    lower: float
    last: float


def onset(steps_E: ArrayLike, scores_E: ArrayLike, *, threshold: float, persistence: int) -> Onset:
    """The first of E evaluations from which `persistence` consecutive scores are all at or above `threshold`.

    A rise in the last `persistence - 1` evaluations is not confirmed: the run counts as censored, from the evaluation
    before that rise. Raises UsageError for steps that do not increase from 0 or above, for lengths that differ and for
    NaN.

    >>> onset([100, 200, 300, 400], [0.1, 0.9, 0.2, 0.9], threshold=0.8, persistence=1)
    Onset(step=200.0, lower=100.0, last=400.0)
    >>> onset([100, 200, 300, 400], [0.1, 0.9, 0.2, 0.9], threshold=0.8, persistence=2)
    Onset(step=None, lower=300.0, last=400.0)
    """
    steps_E, scores_E = finite_vector("steps", steps_E), finite_vector("scores", scores_E)
    if len(steps_E) != len(scores_E):
        raise UsageError(f"each evaluation needs one step and one score, got {len(steps_E)} and {len(scores_E)}")
    if steps_E[0] < 0 or (np.diff(steps_E) <= 0).any():
        raise UsageError(f"steps must increase from 0 or above, got {steps_E.tolist()[:8]}: sort the curve by step")
    if persistence < 1:
        raise UsageError(f"persistence must be at least 1 evaluation, got {persistence}")
    if not np.isfinite(threshold):
        raise UsageError(f"threshold must be a finite score, got {threshold}")

    def before(evaluation: int) -> float:
        return float(steps_E[evaluation - 1]) if evaluation else 0.0

    last = float(steps_E[-1])
    held = 0  # evaluations at or above the threshold, up to this one, without a break
    for evaluation, score in enumerate(scores_E):
        held = held + 1 if score >= threshold else 0
        if held == persistence:
            first = evaluation - persistence + 1
            return Onset(float(steps_E[first]), before(first), last)
    return Onset(None, before(len(steps_E) - held), last)


def median_onset(onsets: Sequence[Onset], level: float = 0.95) -> Estimate:
    """The median onset over seeds, in steps, n = seeds; infinite where half of the seeds or more are censored.

    The interval is distribution-free: with S seeds, each as likely to be before the median as after it, the j-th
    smallest and the j-th largest onset enclose the median unless fewer than j seeds fall on one side, which has chance
    2 P(Binomial(S, 1/2) < j); j is the largest for which that is at most 1 - level. An onset lies between two
    evaluations, so the low end takes the `lower` of each and the high end its `step`; a censored seed lies between
    its `lower` and infinity. Fewer than 6 seeds have no finite interval at 95%: the ends are 0 and infinity.
    """
    check_level(level)
    if not onsets:
        raise UsageError("a median needs the onset of at least one seed, got none")
    seeds = len(onsets)
    steps = sorted(inf if o.step is None else o.step for o in onsets)
    lowers = sorted(o.lower for o in onsets)
    if seeds == 1:
        return without_interval(steps[0], 1, "one seed: no spread to judge by", level)
    excluded = 0
    while binom.cdf(excluded, seeds, 0.5) <= (1 - level) / 2:
        excluded += 1
    low = lowers[excluded - 1] if excluded else 0.0
    high = steps[seeds - excluded] if excluded else inf
    return Estimate(float(median(steps)), low, high, seeds, "median, interval by order statistics", level)
