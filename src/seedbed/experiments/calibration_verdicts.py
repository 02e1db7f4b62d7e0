"""What the emergence verdict is tried on: curves that emerge, that do not, that end near chance, and no single rise.

Curves of one kind are judged one by one and then taken in populations of several sizes, as judging is nearly all of the
cost: n seeds a population make one nth as many populations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, log, nan

import numpy as np

from seedbed.emergence import Rising, emergence_verdict, simulate_population
from seedbed.emergence.growth import LOGISTIC_DECADES
from seedbed.emergence.pooling import means_of_neighbours
from seedbed.emergence.rise import Rise, fit_rises
from seedbed.emergence.seed_verdict import ALPHA, MOST_POINTS, SeedVerdict, judge_seed
from seedbed.emergence.simulate_shapes import (
    Floats,
    Shape,
    collapse,
    constant,
    dipping,
    falling,
    inverted_u,
    logistic,
    power_law,
    saturating,
    two_steps,
    u_shape,
)
from seedbed.emergence.verdict import SHARP_WIDTH, EmergenceVerdict, verdict_of_seeds
from seedbed.experiments.calibration_cell import (
    ANY,
    COVERED,
    CURVE,
    FALSE_ALARMS,
    GROWTH,
    NEVER,
    PLACE,
    POWER_OF_EQUIVALENCE,
    POWER_OF_STEPS,
    VERDICT,
    WORDS,
    Cell,
    Measured,
)

ITEMS = 200  # of each evaluation
POINTS = 30  # evaluations, where they are not said
SPREAD = 0.3  # decades on either side of the middle within which the places of seeds are uniform
SIZES = (1, 3, 8, 16)  # seeds of a population of curves that must not be called emergent
STEP_SIZES = (3, 8, 32)
WIDTHS = (0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, SHARP_WIDTH, 0.8, 1.0)  # decades, of the operating curve
EXPONENTS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0)
LADDER = 10.0 ** np.linspace(6, 9, 6)  # sizes of models

Curves = list[tuple[Floats, Floats]]
Judge = Callable[[EmergenceVerdict], bool]


def verdict_cells() -> list[Cell]:
    """Everything that is tried on the verdict, in the order of the page."""
    return [*_steps(), *_not_emergent(), *_never(), *_named(), *_places(), *_curve(), *_exponents(), *_ladder()]


def log_grid(evaluations: int) -> Floats:
    """Evaluations from 10 to 100,000, even on the logarithm."""
    return 10.0 ** np.linspace(1, 5, evaluations)


def linear_grid(evaluations: int) -> Floats:
    """Evaluations up to 10,000, even on the scale."""
    return np.linspace(1e4 / evaluations, 1e4, evaluations)


GRIDS: dict[str, tuple[Callable[[int], Floats], float]] = {  # with the middle of the places of seeds
    "log": (log_grid, 1000.0),
    "linear": (linear_grid, 3000.0),
}
NOT_EMERGENT: dict[str, tuple[Shape, float]] = {  # with the level of chance
    "proportional": (power_law(1), 0.0),
    "second power": (power_law(2), 0.0),
    "third power": (power_law(3), 0.0),
    "saturating exponential": (saturating(1), 0.0),
    "logistic of 1 decade": (logistic(1.0), 0.0),
    "logistic of 2 decades": (logistic(2.0), 0.0),
    "flat at 6%, chance 0%": (constant(0.06), 0.0),
    "flat at 25%, which is chance": (constant(0.25), 0.25),
    "U": (u_shape, 0.0),
    "collapse": (collapse, 0.0),
}
NAMED: dict[str, tuple[Shape, float, tuple[str, ...]]] = {  # with the level of chance and the right words
    "falling line": (falling, 0.5, ("gets worse with scale",)),
    "collapse": (collapse, 0.0, ("rises and is lost",)),
    "inverted U": (inverted_u, 0.0, ("rises and is lost",)),
    "U": (u_shape, 0.0, ("falls and rises again",)),
    "two steps": (two_steps, 0.0, ("rises in two steps",)),
    "step with dips": (dipping, 0.0, ("emerges, unstable",)),
    "proportional": (power_law(1), 0.0, ("improves smoothly",)),
    "saturating exponential": (saturating(1), 0.0, ("improves smoothly",)),
    "logistic of 1.5 decades": (logistic(1.5), 0.0, ("improves smoothly",)),
}


@dataclass(frozen=True)
class Drawn:
    """S judged curves of one kind."""

    seeds: Sequence[SeedVerdict]
    curves: Curves
    rises: Sequence[Rise]
    chance: float
    items: int | None

    def population(self, first: int, size: int) -> EmergenceVerdict:
        """The verdict over `size` of them."""
        some = slice(first, first + size)
        return verdict_of_seeds(
            self.seeds[some], self.curves[some], self.rises[some], self.chance, self.items, ALPHA, SHARP_WIDTH
        )


def draw(
    shape: Shape, scale_E: Floats, middle: float, chance: float, items: int | None, curves: int, seed: int
) -> Drawn:
    """`curves` curves of a shape at places around the middle, of `ITEMS` items that the verdict may not know of."""
    rng = np.random.default_rng(seed)
    places = middle * 10 ** rng.uniform(-SPREAD, SPREAD, curves)
    scores_SE = np.stack([rng.binomial(ITEMS, shape(scale_E, place)) / ITEMS for place in places])
    scale_P = means_of_neighbours(scale_E, scores_SE[0], MOST_POINTS)[0]
    scores_SP = np.stack([means_of_neighbours(scale_E, scores_E, MOST_POINTS)[1] for scores_E in scores_SE])
    rises = fit_rises(np.log10(scale_P), scores_SP, items, LOGISTIC_DECADES / SHARP_WIDTH, 1 - ALPHA)
    seeds = [
        judge_seed(scale_E, scores_E, rise, chance, items, ALPHA, SHARP_WIDTH)
        for scores_E, rise in zip(scores_SE, rises, strict=True)
    ]
    return Drawn(seeds, [(scale_E, scores_E) for scores_E in scores_SE], rises, chance, items)


def _share(drawn: Drawn, size: int, judge: Judge) -> Measured:
    populations = max(1, len(drawn.seeds) // size)
    count = sum(judge(drawn.population(size * number, size)) for number in range(populations))
    return Measured(count, populations)


def _emerges(verdict: EmergenceVerdict) -> bool:
    return verdict.emerges


def _of_sizes(
    shape: Shape,
    grid: str,
    evaluations: int,
    chance: float,
    items: int | None,
    sizes: Sequence[int],
    worst: Callable[..., Measured],
    curves: int,
    seed: int,
) -> Measured:
    """The share called emergent in the worst of several sizes of population."""
    points, middle = GRIDS[grid]
    drawn = draw(shape, points(evaluations), middle, chance, items, max(curves, sizes[-1]), seed)
    return worst([_share(drawn, size, _emerges) for size in sizes], key=lambda found: found.count / found.n)


def _one_size(
    shape: Shape, chance: float, size: int, judge: Judge, curves: int, seed: int, scale_E: Floats | None = None
) -> Measured:
    scale_E = log_grid(POINTS) if scale_E is None else scale_E
    middle = float(10 ** (np.log10(scale_E[0] * scale_E[-1]) / 2))
    return _share(draw(shape, scale_E, middle, chance, ITEMS, max(curves, size), seed), size, judge)


def _not_emergent() -> list[Cell]:
    return [
        Cell(
            VERDICT,
            f"{name}, {evaluations} evaluations, {grid} grid, items {'known' if items else 'unknown'}",
            SIZES[-1],
            FALSE_ALARMS,
            partial(_of_sizes, shape, grid, evaluations, chance, items, SIZES, max),
        )
        for name, (shape, chance) in NOT_EMERGENT.items()
        for evaluations in (15, 30, 500)
        for grid in GRIDS
        for items in (ITEMS, None)
    ]


def _steps() -> list[Cell]:
    return [
        Cell(
            VERDICT,
            f"step of {width:g} decades, {evaluations} evaluations, items {'known' if items else 'unknown'}",
            STEP_SIZES[-1],
            POWER_OF_STEPS,
            partial(_of_sizes, logistic(width), "log", evaluations, 0.0, items, STEP_SIZES, min),
            part=10 if evaluations > 1000 else 1,
        )
        for width in (0.02, 0.1)
        for evaluations in (30, 500, 5000)
        for items in (ITEMS, None)
    ]


def _never_share(level: float, tasks: int, seeds: int, populations: int, seed: int) -> Measured:
    """Populations said never to leave a chance of 25%, of 1,000 items and 12 evaluations."""
    scale_E, count = log_grid(12), 0
    for rng in np.random.default_rng(seed).spawn(populations):
        curves = [(scale_E, rng.binomial(1000, level, 12) / 1000) for _ in range(seeds)]
        word = emergence_verdict(curves, chance=0.25, items=1000, tasks=tasks).word
        count += word == "never leaves chance"
    return Measured(count, populations)


def _never() -> list[Cell]:
    levels = ((0.25, "at chance, 25%", POWER_OF_EQUIVALENCE), (0.29, "ends at 29%, chance 25%", FALSE_ALARMS))
    return [
        Cell(
            NEVER,
            f"{words}, 1,000 items, {tasks} task{'s' * (tasks > 1)}",
            seeds,
            target,
            partial(_never_share, level, tasks, seeds),
            part=seeds,
        )
        for level, words, target in levels
        for tasks in (1, 8, 64)
        for seeds in (1, 4)
    ]


def _named() -> list[Cell]:
    def judge(words: tuple[str, ...], verdict: EmergenceVerdict) -> bool:
        return verdict.word in words

    return [
        Cell(
            WORDS,
            f"{name}: {' or '.join(words)}",
            8,
            POWER_OF_STEPS,
            partial(_one_size, shape, chance, 8, partial(judge, words)),
        )
        for name, (shape, chance, words) in NAMED.items()
    ]


def _place(rising: Rising, evaluations: int, seeds: int, populations: int, seed: int) -> Measured:
    """Of the populations that have an interval of a, those in which it holds the median onset of seeds that emerge; and
    the bias of a, each population around a middle of its own."""
    held, said, errors = 0, 0, []
    for rng in np.random.default_rng(seed).spawn(populations):
        middle = 1000 * 10 ** rng.uniform(-SPREAD, SPREAD)
        own = Rising(middle, rising.jitter, rising.width, rising.chance, rising.plateau, rising.items, rising.never)
        scale_E = log_grid(evaluations)
        curves = [(scale_E, scores_E) for scores_E in simulate_population(own, scale_E, seeds, rng).scores_SE]
        verdict = emergence_verdict(curves, chance=rising.chance, items=rising.items)
        if verdict.onset is not None:
            said += verdict.onset.has_interval
            held += verdict.onset.low <= middle <= verdict.onset.high
            errors.append(log(verdict.onset.value / middle))
    return Measured(held, max(1, said), bias=exp(float(np.mean(errors))) - 1 if errors else nan)


def _places() -> list[Cell]:
    """Steps of 0.1 decades of many heights, also such as few items hardly show, and on few and many evaluations."""
    kinds = [(0.0, 0.1, 200), (0.25, 0.4, 200), (0.25, 0.5, 50), (0.5, 0.8, 100)]
    some = [
        Cell(
            PLACE,
            f"step from {chance:.0%} to {plateau:.0%}, {items} items, 30 evaluations",
            16,
            COVERED,
            partial(_place, Rising(1000, 0.3, 0.1, chance, plateau, items), 30, 16),
            part=4,
        )
        for chance, plateau, items in kinds
    ]
    some += [
        Cell(
            PLACE,
            f"step from 0% to 90%, {never:.0%} of seeds never emerge, 30 evaluations",
            16,
            COVERED,
            partial(_place, Rising(1000, 0.3, 0.1, 0.0, 0.9, 200, never=never), 30, 16),
            part=4,
        )
        for never in (0.3, 0.6)
    ]
    return some + [
        Cell(
            PLACE,
            f"step from 0% to 100%, 200 items, {evaluations:,} evaluations",
            8,
            COVERED,
            partial(_place, Rising(1000, 0.1, 0.1), evaluations, 8),
            part=part,
        )
        for evaluations, part in ((30, 2), (500, 5), (5000, 20))
    ]


def _curve() -> list[Cell]:
    return [
        Cell(CURVE, f"logistic rise of {width:.2g} decades", seeds, ANY, _operating(logistic(width), seeds), width)
        for seeds in (1, 4, 16)
        for width in WIDTHS
    ]


def _exponents() -> list[Cell]:
    return [
        Cell(GROWTH, f"power {exponent:g} of scale", seeds, ANY, _operating(power_law(exponent), seeds), exponent)
        for seeds in (1, 4, 16)
        for exponent in EXPONENTS
    ]


def _operating(shape: Shape, seeds: int) -> Callable[[int, int], Measured]:
    return partial(_one_size, shape, 0.0, seeds, _emerges)


def _ladder() -> list[Cell]:
    return [
        Cell(
            VERDICT,
            "step between 6 sizes of models",
            32,
            ANY,
            partial(_one_size, logistic(0.1), 0.0, 32, _emerges, scale_E=LADDER),
        )
    ]
