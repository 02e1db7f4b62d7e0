"""Do the statistics keep their promises? What `seedbed calibrate` measures, and the targets, fixed before measuring.

A cell is one population and one promise; every cell has a stream of random numbers of its own, so its figure depends on
neither the other cells nor on the number of processes. 10 to 16 minutes on two cores for 2,000 populations a cell.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from math import isnan, nan

import numpy as np

from seedbed.emergence import (
    Coverage,
    Estimate,
    FinalScores,
    Rising,
    clopper_pearson,
    coverage_of_half_dose_ratio,
    coverage_of_mean,
    coverage_of_median,
    coverage_of_ratio,
    coverage_of_restricted_mean,
    coverage_of_success,
    delivered_power,
    emergence_verdict,
    false_alarms_of_log_rank,
    operating_curve,
    simulate_population,
    true_median,
)

SEEDS = (8, 16, 64)
COVERED = (0.94, 1.0)  # of nominal 95% intervals
WIDEST = 1.1  # times the exact interval
FALSE_ALARMS = (0.0, 0.05)
POWER_OF_STEPS = (0.95, 1.0)
POWER_OF_PLANS = (0.75, 0.85)  # promised 80%
ANY = (0.0, 1.0)  # shown, without a target

FINE, COARSE = 0.005, 0.02  # decades between evaluations
THRESHOLD, PERSISTENCE = 0.5, 2  # of onsets, as in our runs
VERDICT_POINTS, VERDICT_ITEMS, VERDICT_JITTER = 30, 200, 0.3  # evaluations over four decades; decades of log10 onset
WIDTHS = (0.1, 0.4, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.25, 1.5)  # decades from 10% to 90%, of the operating curve

MEDIAN, SUCCESS, ACCURACY = "median onset", "P(success)", "accuracy"
VERDICT, CURVE, PLAN = "emergence verdict", "operating curve", "plan"
PLACE = "where it emerges"
RATIO, RESTRICTED, DOSE, LOG_RANK = "onset ratio", "restricted mean", "half-dose ratio", "log-rank test"
INTERVALS = (MEDIAN, SUCCESS, ACCURACY, RATIO, RESTRICTED, DOSE, PLACE)


@dataclass(frozen=True)
class Measured:
    """count of n populations.  width: times the exact interval, nan where it has none.  seeds_asked: by plans."""

    count: int
    n: int
    width: float = nan
    seeds_asked: float = nan


@dataclass(frozen=True)
class Cell:
    """One promise tried on one population.

    group: the statistic.  case: the population, in words.  seeds: in each.  target: least and greatest share.  place:
    where it stands on a chart's axis.  part: of the populations asked for, one in so many is drawn.
    """

    group: str
    case: str
    seeds: int
    target: tuple[float, float]
    measure: Callable[[int, int], Measured]
    place: float = nan
    part: int = 1

    @property
    def name(self) -> str:
        """The cell in a line."""
        return f"{self.group}: {self.case}, {self.seeds} seeds"

    def run(self, populations: int, seed: int) -> Measured:
        """Its figure. The stream of random numbers follows from `seed` and the cell's name."""
        own = int.from_bytes(sha256(f"{seed} {self.name}".encode()).digest()[:4], "big")
        return self.measure(max(1, populations // self.part), own)


@dataclass(frozen=True)
class Row:
    """A cell and what it came to."""

    cell: Cell
    measured: Measured

    @property
    def share(self) -> Estimate:
        """The share of populations with its exact binomial interval, n = populations."""
        return clopper_pearson(self.measured.count, self.measured.n)

    @property
    def share_reached(self) -> bool | None:
        """Whether the share itself lies in its target; None without a target."""
        low, high = self.cell.target
        return None if self.cell.target == ANY else low <= self.share.value <= high

    @property
    def certain(self) -> bool:
        """Whether the whole interval of the share lies on one side of the target's ends."""
        low, high = self.cell.target
        inside = low <= self.share.low and self.share.high <= high
        return inside or self.share.high < low or self.share.low > high

    @property
    def width_reached(self) -> bool | None:
        """Whether the interval is at most `WIDEST` times as wide as the exact one; None where there is no exact one."""
        return None if isnan(self.measured.width) else self.measured.width <= WIDEST


def cells() -> list[Cell]:
    """Everything that is measured, in the order of the page."""
    return [*_medians(), *_successes(), *_accuracies(), *_verdicts(), *_places(), *_curve(), *_plans(), *_others()]


def _covered(function: Callable[..., Coverage], populations: int, seed: int) -> Measured:
    found = function(populations=populations, seed=seed)
    return Measured(round(found.covered.value * populations), populations, found.width)


def _interval_cell(group: str, case: str, seeds: int, function: Callable[..., Coverage]) -> Cell:
    return Cell(group, case, seeds, COVERED, partial(_covered, partial(function, seeds=seeds)))


def _grid(decades: float, low: float = 1.0, high: float = 3.0) -> np.ndarray:
    """Evaluations from 10^low to 10^high, `decades` apart."""
    return 10.0 ** np.arange(low, high + decades / 2, decades)


def _medians() -> list[Cell]:
    """Onsets spread by 0.15 decades around 100."""
    quick = Rising(100, 0.15, 0.1, 0.1, 0.95)
    populations = [
        (quick, FINE, "rises of 0.1 decades"),
        (quick, COARSE, "rises of 0.1 decades"),
        (replace(quick, never=0.2), FINE, "one seed in five never emerges"),
        (replace(quick, width=0.5, items=50), FINE, "rises of half a decade, 50 items"),
    ]
    return [
        _interval_cell(
            MEDIAN,
            f"evaluations {spacing:g} decades apart, {words}",
            seeds,
            partial(coverage_of_median, rising, _grid(spacing, 0.5, 3.5), threshold=THRESHOLD, persistence=PERSISTENCE),
        )
        for rising, spacing, words in populations
        for seeds in SEEDS
    ]


def _successes() -> list[Cell]:
    return [
        _interval_cell(
            SUCCESS,
            f"P = {works:g}",
            seeds,
            partial(coverage_of_success, FinalScores(0.95, works=works), THRESHOLD),
        )
        for works in (0.1, 0.5, 0.9, 1.0)
        for seeds in SEEDS
    ]


def _accuracies() -> list[Cell]:
    cases = {
        "60%, seeds spread by 10 points": FinalScores(0.6, 0.1),
        "90%, seeds spread by 5 points": FinalScores(0.9, 0.05),
        "97%, seeds spread by 2 points": FinalScores(0.97, 0.02),
        "99%, seeds all alike": FinalScores(0.99),
        "100%, seeds all alike": FinalScores(1.0),
        "half of the seeds at 98%, half at 2%": FinalScores(0.98, works=0.5),
        "nine of ten seeds at 98%, one at 2%": FinalScores(0.98, works=0.9),
    }
    return [
        _interval_cell(ACCURACY, case, seeds, partial(coverage_of_mean, scores))
        for case, scores in cases.items()
        for seeds in SEEDS
    ]


Curves = list[tuple[np.ndarray, np.ndarray]]
SCALE_E = 10.0 ** np.linspace(1, 5, VERDICT_POINTS)


def _emergent(draw: Callable[[np.random.Generator], Curves], chance: float, populations: int, seed: int) -> Measured:
    """The share of populations that `emergence_verdict` calls emergent."""
    (found,) = operating_curve(
        [nan], lambda _, rng: draw(rng), chance=chance, items=VERDICT_ITEMS, populations=populations, seed=seed
    )
    return Measured(round(found.value * populations), populations)


def _rises(width: float, seeds: int = 16, chance: float = 0.0, plateau: float = 1.0) -> Callable[[int, int], Measured]:
    rising = Rising(1000, VERDICT_JITTER, width, chance, plateau, VERDICT_ITEMS)

    def draw(rng: np.random.Generator) -> Curves:
        return [(SCALE_E, scores_E) for scores_E in simulate_population(rising, SCALE_E, seeds, rng).scores_SE]

    return partial(_emergent, draw, chance)


def _flat(level: float, seeds: int = 16, chance: float = 0.0) -> Callable[[int, int], Measured]:
    def draw(rng: np.random.Generator) -> Curves:
        scores_SE = rng.binomial(VERDICT_ITEMS, level, (seeds, VERDICT_POINTS)) / VERDICT_ITEMS
        return [(SCALE_E, scores_E) for scores_E in scores_SE]

    return partial(_emergent, draw, chance)


def _verdicts() -> list[Cell]:
    steps = {
        "step of 0.1 decades": _rises(0.1),
        "step of 0.02 decades up to 60%": _rises(0.02, plateau=0.6),
        "step of 0.1 decades from 25% to 90%": _rises(0.1, chance=0.25, plateau=0.9),
    }
    others = {
        "smooth, 1.5 decades": _rises(1.5),
        "smooth, 2 decades": _rises(2.0),
        "smooth, 1.5 decades, from 25%": _rises(1.5, chance=0.25),
        "flat at 0%": _flat(0.0),
        "flat at 6%, chance 0%": _flat(0.06),
        "flat at 50%, chance 0%": _flat(0.5),
        "flat at 25%, which is chance": _flat(0.25, chance=0.25),
    }
    return [
        Cell(VERDICT, case, 16, target, measure)
        for target, cases in ((POWER_OF_STEPS, steps), (FALSE_ALARMS, others))
        for case, measure in cases.items()
    ]


def _place(rising: Rising, seeds: int, populations: int, seed: int) -> Measured:
    """Of the populations called emergent, those whose interval of a holds the median onset of seeds that emerge."""
    truth = true_median(replace(rising, never=0.0), (rising.chance + rising.plateau) / 2)
    said = []
    for rng in np.random.default_rng(seed).spawn(populations):
        drawn = simulate_population(rising, SCALE_E, seeds, rng).scores_SE
        curves = [(SCALE_E, scores_E) for scores_E in drawn]
        verdict = emergence_verdict(curves, chance=rising.chance, items=rising.items)
        if verdict.onset is not None:
            said.append(verdict.onset.low <= truth <= verdict.onset.high)
    return Measured(sum(said), max(1, len(said)))


def _places() -> list[Cell]:
    """Steps of 0.1 decades of many heights, also such as few items hardly show."""
    kinds = [(0.0, 1.0, 200), (0.0, 0.1, 200), (0.25, 0.4, 200), (0.25, 0.5, 50), (0.5, 0.8, 100)]
    return [
        Cell(
            PLACE,
            f"step from {chance:.0%} to {plateau:.0%}, {items} items",
            16,
            COVERED,
            partial(_place, Rising(1000, VERDICT_JITTER, 0.1, chance, plateau, items), 16),
        )
        for chance, plateau, items in kinds
    ] + [
        Cell(
            PLACE,
            f"step from 0% to 90%, {never:.0%} of seeds never emerge",
            16,
            COVERED,
            partial(_place, Rising(1000, VERDICT_JITTER, 0.1, 0.0, 0.9, 200, never=never), 16),
        )
        for never in (0.3, 0.6)
    ]


def _curve() -> list[Cell]:
    return [
        Cell(CURVE, f"rise of {width:g} decades", seeds, ANY, _rises(width, seeds), width, part=4)
        for seeds in (4, 8, 16)
        for width in WIDTHS
    ]


def _plans() -> list[Cell]:
    def measure(spread: float, pilot: int, populations: int, seed: int) -> Measured:
        kept = delivered_power(spread, _grid(0.01, 0.0, 5.0), pilot=pilot, studies=populations, seed=seed)
        return Measured(round(kept.seen.value * populations), populations, seeds_asked=kept.seeds)

    settings = [(spread, 8) for spread in (0.2, 0.35, 0.5, 0.7)] + [(0.35, 16)]
    return [
        Cell(
            PLAN,
            f"spread {spread:g} of log onset",
            pilot,
            POWER_OF_PLANS,
            partial(measure, spread, pilot),
            spread,
            part=2,
        )
        for spread, pilot in settings
    ]


def _others() -> list[Cell]:
    grid = _grid(FINE, 0.0, 4.5)
    dose = partial(coverage_of_half_dose_ratio, (8.0, 28.0), 2.0, (2, 4, 8, 16, 32, 64, 128))
    found = [
        _interval_cell(
            RATIO, f"1.5, spread {spread:g} of log onset", seeds, partial(coverage_of_ratio, 1.5, spread, grid)
        )
        for spread in (0.2, 0.5)
        for seeds in SEEDS
    ]
    for never in (0.0, 0.2):
        case = f"up to step 600, {never:.0%} of seeds never emerge"
        tried = partial(coverage_of_restricted_mean, 0.3, 600.0, grid, never=never)
        found += [_interval_cell(RESTRICTED, case, seeds, tried) for seeds in SEEDS]
    found += [_interval_cell(DOSE, "0.29, members a dose and arm", seeds, dose) for seeds in (3, 6, 12)]

    def alarms(seeds: int, populations: int, seed: int) -> Measured:
        told = false_alarms_of_log_rank(0.35, grid, seeds=seeds, populations=populations, seed=seed)
        return Measured(round(told.value * populations), populations)

    found += [
        Cell(LOG_RANK, "two conditions alike: told apart at 5%", seeds, FALSE_ALARMS, partial(alarms, seeds))
        for seeds in (8, 16)
    ]
    return found
