"""One promise tried on one population, and what it came to; with the targets, which were fixed before measuring."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from math import isnan, nan

from seedbed.emergence import Estimate, clopper_pearson

COVERED = (0.94, 1.0)  # of nominal 95% intervals
WIDEST = 1.1  # times the exact interval
FALSE_ALARMS = (0.0, 0.05)
POWER_OF_STEPS = (0.95, 1.0)
POWER_OF_EQUIVALENCE = (0.8, 1.0)
MOST_BIAS = 0.03  # of a place
POWER_OF_PLANS = (0.75, 0.85)  # promised 80%
ANY = (0.0, 1.0)  # shown, without a target

MEDIAN, SUCCESS, ACCURACY = "median onset", "P(success)", "accuracy"
VERDICT, CURVE, PLAN = "emergence verdict", "operating curve", "plan"
GROWTH, NEVER, WORDS = "operating curve of powers", "never leaves chance", "right word"
PLACE = "where it emerges"
RATIO, RESTRICTED, DOSE, LOG_RANK = "onset ratio", "restricted mean", "half-dose ratio", "log-rank test"
INTERVALS = (MEDIAN, SUCCESS, ACCURACY, RATIO, RESTRICTED, DOSE, PLACE)


@dataclass(frozen=True)
class Measured:
    """count of n populations.  width: times the exact interval, nan where it has none.  seeds_asked: by plans.
    bias: of a place, as a share of the true one.
    """

    count: int
    n: int
    width: float = nan
    seeds_asked: float = nan
    bias: float = nan


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
    def bias_reached(self) -> bool | None:
        """Whether the bias is at most `MOST_BIAS` either way; None where it is not measured."""
        return None if isnan(self.measured.bias) else abs(self.measured.bias) <= MOST_BIAS

    @property
    def width_reached(self) -> bool | None:
        """Whether the interval is at most `WIDEST` times as wide as the exact one; None where there is no exact one."""
        return None if isnan(self.measured.width) else self.measured.width <= WIDEST
