"""Do the statistics keep their promises? What `seedbed calibrate` measures, and the targets, fixed before measuring.

A cell is one population and one promise; every cell has a stream of random numbers of its own, so its figure depends on
neither the other cells nor on the number of processes. About 45 minutes on two cores for 2,000 populations a cell.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from seedbed.emergence import (
    Coverage,
    FinalScores,
    Rising,
    coverage_of_half_dose_ratio,
    coverage_of_mean,
    coverage_of_median,
    coverage_of_ratio,
    coverage_of_restricted_mean,
    coverage_of_success,
    delivered_power,
    false_alarms_of_log_rank,
)
from seedbed.experiments.calibration_cell import (
    ACCURACY,
    COVERED,
    DOSE,
    FALSE_ALARMS,
    LOG_RANK,
    MEDIAN,
    PLAN,
    POWER_OF_PLANS,
    RATIO,
    RESTRICTED,
    SUCCESS,
    Cell,
    Measured,
)
from seedbed.experiments.calibration_verdicts import verdict_cells

SEEDS = (8, 16, 64)
FINE, COARSE = 0.005, 0.02  # decades between evaluations
THRESHOLD, PERSISTENCE = 0.5, 2  # of onsets, as in our runs


def cells() -> list[Cell]:
    """Everything that is measured, in the order of the page."""
    return [*_medians(), *_successes(), *_accuracies(), *verdict_cells(), *_plans(), *_others()]


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
