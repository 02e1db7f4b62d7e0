"""Populations of score curves of which the truth is known, to see whether an interval holds it as often as it says.

An interval that was never tried is a hope. Every draw comes from a seed, so a coverage is a number that anyone can make
again. Source of the check: Burton et al. (2006), Statistics in Medicine 25:4279.
"""

from dataclasses import dataclass
from math import inf, log, log10, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.intervals import clopper_pearson
from seedbed.emergence.medians import median_between
from seedbed.emergence.onset import Onset, median_onset, onsets
from seedbed.emergence.scales import rising_scale

FloatArray = NDArray[np.float64]
WIDTH_OF_LOGISTIC = 2 * log(9)  # between 10% and 90% of a logistic curve of slope 1


@dataclass(frozen=True)
class Rising:
    """A population of seeds whose score rises once, from `chance` to `plateau`.

    onset: where half of the rise is done, median over the seeds that emerge, in the unit of the scale.
    jitter: standard deviation of its log10 over seeds, normal, in decades.  width: 10% to 90% of the rise, in decades;
    0 is a step, otherwise the curve is logistic in log10 of the scale.  items: test items of each evaluation, drawn
    anew; None: no noise.  never: share of seeds that stay at chance.
    """

    onset: float
    jitter: float = 0.1
    width: float = 0.3
    chance: float = 0.0
    plateau: float = 1.0
    items: int | None = 200
    never: float = 0.0

    def __post_init__(self) -> None:
        if not (self.onset > 0 and self.jitter >= 0 and self.width >= 0):
            raise UsageError(f"onset must be positive, jitter and width 0 or more, got {self}")
        if not (0 <= self.chance < self.plateau <= 1 and 0 <= self.never <= 1):
            raise UsageError(f"0 <= chance < plateau <= 1 and 0 <= never <= 1 must hold, got {self}")
        if self.items is not None and self.items < 1:
            raise UsageError(f"items must be at least 1, got {self.items}")


@dataclass(frozen=True, eq=False)
class Population:
    """Scores of S seeds at E evaluations, and where each seed's noise-free score is half way up (infinite: never)."""

    scale_E: FloatArray
    scores_SE: FloatArray
    true_onset_S: FloatArray


@dataclass(frozen=True)
class Coverage:
    """How an interval did over simulated populations.

    covered: share of populations whose interval held the truth, n = populations.  width: mean width over that of the
    exact interval on the true onsets, where both are finite; nan where never.  truth: what had to be held.
    """

    covered: Estimate
    width: float
    truth: float
    seeds: int


def simulate_population(rising: Rising, scale_E: ArrayLike, seeds: int, rng: np.random.Generator) -> Population:
    """Draw S = `seeds` score curves at the evaluations of `scale_E`, which may start at 0 (there: chance).

    Raises UsageError for a scale that does not increase from 0 or above and for fewer than 1 seed.
    """
    scale_E = rising_scale(scale_E)
    if seeds < 1:
        raise UsageError(f"seeds must be at least 1, got {seeds}")
    emerges_S = rng.random(seeds) >= rising.never
    decades_S = log10(rising.onset) + rising.jitter * rng.standard_normal(seeds)
    with np.errstate(divide="ignore"):
        past_SE = np.log10(scale_E) - np.where(emerges_S, decades_S, inf)[:, np.newaxis]
    done_SE = expit(past_SE * WIDTH_OF_LOGISTIC / rising.width) if rising.width else (past_SE >= 0).astype(np.float64)
    scores_SE = rising.chance + (rising.plateau - rising.chance) * done_SE
    if rising.items is not None:
        scores_SE = rng.binomial(rising.items, scores_SE) / rising.items
    return Population(scale_E, scores_SE, np.where(emerges_S, 10**decades_S, inf))


def true_median(rising: Rising, threshold: float) -> float:
    """The median over all seeds of where the noise-free score reaches `threshold`; infinite if half never do.

    Raises UsageError for a threshold that is not between chance and plateau.
    """
    later = _decades_to(rising, threshold)
    if rising.never >= 0.5:
        return inf
    return float(rising.onset * 10 ** (later + rising.jitter * ndtri(0.5 / (1 - rising.never))))


def coverage_of_median(
    rising: Rising,
    scale_E: ArrayLike,
    *,
    seeds: int,
    threshold: float,
    persistence: int,
    populations: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Coverage:
    """How often `median_onset` holds the true median when curves are noisy and seen at evaluations only.

    The truth is `true_median`, of which noise and evaluations are no part: what makes an onset be found too early or
    too late counts against the interval. Deterministic by `seed`. Raises UsageError as `onset` and `true_median` do.
    """
    truth, rng = true_median(rising, threshold), np.random.default_rng(seed)
    later = 10 ** _decades_to(rising, threshold)
    held, widths, exact_widths = 0, [], []
    for _ in range(populations):
        drawn = simulate_population(rising, scale_E, seeds, rng)
        seen = onsets(drawn.scale_E, drawn.scores_SE, threshold=threshold, persistence=persistence)
        found = median_onset(seen, level)
        true_S = drawn.true_onset_S * later
        exact = median_between(true_S, true_S, true_S, level)
        held += found.low <= truth <= found.high
        if np.isfinite(found.high - found.low) and np.isfinite(exact.high - exact.low):
            widths.append(found.high - found.low)
            exact_widths.append(exact.high - exact.low)
    width = float(np.sum(widths) / np.sum(exact_widths)) if widths else nan
    return Coverage(clopper_pearson(held, populations, level), width, truth, seeds)


def _decades_to(rising: Rising, threshold: float) -> float:
    """From half of the rise to the threshold, in decades."""
    if not rising.chance < threshold < rising.plateau:
        raise UsageError(f"threshold must lie between {rising.chance} and {rising.plateau}, got {threshold}")
    return (
        float(logit((threshold - rising.chance) / (rising.plateau - rising.chance))) * rising.width / WIDTH_OF_LOGISTIC
    )


def perfectly_seen(true_onset_S: ArrayLike, until: float) -> list[Onset]:
    """Onsets known exactly, and censored at `until` where they come later or never: what a fine grid would show."""
    times_S = np.asarray(true_onset_S, dtype=np.float64)
    return [Onset(float(t), float(t), until) if t <= until else Onset(None, until, until) for t in times_S]
