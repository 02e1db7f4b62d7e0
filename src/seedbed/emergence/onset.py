"""Onset: the first evaluation from which a score holds its threshold, known only to lie between two evaluations.

A run that ends too early is censored, not absent; leaving it out would make every ability look early. The median's
interval needs no shape of distribution: it counts seeds (`medians.py`, with its sources).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.inputs import check_level, finite_vector
from seedbed.emergence.medians import median_between

FloatArray = NDArray[np.float64]


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
    scores_E = finite_vector("scores", scores_E)
    return onsets(steps_E, scores_E[np.newaxis], threshold=threshold, persistence=persistence)[0]


def onsets(steps_E: ArrayLike, scores_SE: ArrayLike, *, threshold: float, persistence: int) -> list[Onset]:
    """The onset of each of S seeds that were evaluated at the same E steps, as `onset` defines it.

    The same errors as `onset`, and UsageError for scores that are not a table of seeds by evaluations.
    """
    steps_E, scores_SE = finite_vector("steps", steps_E), np.asarray(scores_SE, dtype=np.float64)
    if scores_SE.ndim != 2 or not len(scores_SE):
        raise UsageError(f"scores must be a table, a row a seed and a column an evaluation, got {scores_SE.shape}")
    finite_vector("scores", scores_SE.ravel())
    evaluations = len(steps_E)
    if scores_SE.shape[1] != evaluations:
        raise UsageError(f"each evaluation needs one step and one score, got {evaluations} and {scores_SE.shape[1]}")
    if steps_E[0] < 0 or (np.diff(steps_E) <= 0).any():
        raise UsageError(f"steps must increase from 0 or above, got {steps_E.tolist()[:8]}: sort the curve by step")
    if persistence < 1:
        raise UsageError(f"persistence must be at least 1 evaluation, got {persistence}")
    if not np.isfinite(threshold):
        raise UsageError(f"threshold must be a finite score, got {threshold}")

    above_SE = scores_SE >= threshold
    # false evaluations after the end, so that a rise too late to confirm never fills a window
    padded = np.pad(above_SE, ((0, 0), (0, persistence - 1)))
    confirmed_SE = np.asarray(sliding_window_view(padded, persistence, axis=1).all(axis=2))
    held_S = np.where(above_SE.all(axis=1), evaluations, (~above_SE[:, ::-1]).argmax(axis=1))
    befores_E = np.concatenate([[0.0], steps_E])  # the evaluation before each one, and after the last the last
    found = []
    for seed, (emerged, first) in enumerate(
        zip(np.asarray(confirmed_SE.any(1)), confirmed_SE.argmax(axis=1), strict=True)
    ):
        before = float(befores_E[first if emerged else evaluations - held_S[seed]])
        found.append(Onset(float(steps_E[first]) if emerged else None, before, float(steps_E[-1])))
    return found


def median_onset(onsets: Sequence[Onset], level: float = 0.95) -> Estimate:
    """The median onset over seeds, in steps, n = seeds; infinite where half of the seeds or more are censored.

    The value is the Kaplan-Meier median of the onset evaluations. The interval is distribution-free: with S seeds,
    each as likely to be before the median as after it, the j-th smallest and the j-th largest onset enclose the median
    unless fewer than j seeds fall on one side, which has chance 2 P(Binomial(S, 1/2) < j); j is the largest for which
    that is at most 1 - level. An onset lies between two evaluations, so the low end takes the `lower` of each and the
    high end its `step`; a censored seed lies between its `lower` and infinity, so nothing is assumed about why runs
    end. Fewer than 6 seeds have no finite interval at 95%: the ends are 0 and infinity.
    """
    check_level(level)
    lowers_S, steps_S = onset_bounds(onsets)
    return median_between(lowers_S, steps_S, steps_S, level)


def onset_bounds(onsets: Sequence[Onset]) -> tuple[FloatArray, FloatArray]:
    """What each of S onsets lies after, and at or before (infinity where censored): two vectors.

    Raises UsageError for no onset at all and for bounds that are negative or out of order.
    """
    if not onsets:
        raise UsageError("a statistic over seeds needs the onset of at least one seed, got none")
    lowers_S = finite_vector("the evaluations before onset", [found.lower for found in onsets])
    steps_S = np.array([inf if found.step is None else found.step for found in onsets], dtype=np.float64)
    wrong = np.flatnonzero(~((lowers_S >= 0) & (lowers_S <= steps_S)))
    if wrong.size:
        raise UsageError(f"an onset needs 0 <= lower <= step, got {onsets[wrong[0]]} at position {wrong[0]}")
    return lowers_S, steps_S
