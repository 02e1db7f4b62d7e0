"""Populations of seeds of which the truth is known: their curves, their final scores, their onsets.

Every draw comes from a generator that is handed in, so a simulation is a number that anyone can make again.
`calibration.py` asks of them how often an interval holds the truth.
"""

from dataclasses import dataclass
from math import inf, log, log10

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri

from seedbed.config.errors import UsageError
from seedbed.emergence.onset import Onset
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
class FinalScores:
    """A population of seeds by their final score: a share `works` of them scores well, the others `otherwise`.

    mean, spread: of the accuracy of the seeds that work, beta distributed over seeds; spread 0: all alike.  items: test
    items of each seed.
    """

    mean: float
    spread: float = 0.0
    works: float = 1.0
    otherwise: float = 0.02
    items: int = 200

    def __post_init__(self) -> None:
        if not all(0 <= share <= 1 for share in (self.mean, self.works, self.otherwise)):
            raise UsageError(f"mean, works and otherwise must lie in [0, 1], got {self}")
        if self.spread < 0 or (self.spread and self.spread**2 >= self.mean * (1 - self.mean)):
            raise UsageError(f"spread must be 0 or more and its square below mean (1 - mean), got {self}")
        if self.items < 1:
            raise UsageError(f"items must be at least 1, got {self.items}")

    @property
    def truth(self) -> float:
        """The mean accuracy over all seeds that there could be."""
        return self.works * self.mean + (1 - self.works) * self.otherwise


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
    later = decades_to(rising, threshold)
    if rising.never >= 0.5:
        return inf
    return float(rising.onset * 10 ** (later + rising.jitter * ndtri(0.5 / (1 - rising.never))))


def simulate_final_scores(
    scores: FinalScores, seeds: int, rng: np.random.Generator, populations: int = 1
) -> Float[np.ndarray, "P S"]:
    """Final scores of P = `populations` populations of S = `seeds`, each the share of items answered right."""
    shape = (populations, seeds)
    accuracy_PS = np.full(shape, scores.mean)
    if scores.spread:
        concentration = scores.mean * (1 - scores.mean) / scores.spread**2 - 1
        accuracy_PS = rng.beta(scores.mean * concentration, (1 - scores.mean) * concentration, shape)
    accuracy_PS = np.where(rng.random(shape) < scores.works, accuracy_PS, scores.otherwise)
    return rng.binomial(scores.items, accuracy_PS) / scores.items


def seen_at(times_S: ArrayLike, grid_E: ArrayLike) -> list[Onset]:
    """Onsets at known times as evaluations at `grid_E` show them: at the first one that is not before, or censored.

    Raises UsageError for a grid that does not increase from 0 or above.
    """
    grid_E, times_S = rising_scale(grid_E), np.asarray(times_S, dtype=np.float64)
    befores_E = np.concatenate([[0.0], grid_E])
    places_S = np.searchsorted(grid_E, times_S)
    last = float(grid_E[-1])
    return [
        Onset(float(grid_E[place]) if place < len(grid_E) else None, float(befores_E[place]), last)
        for place in places_S
    ]


def decades_to(rising: Rising, threshold: float) -> float:
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
