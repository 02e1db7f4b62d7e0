"""An estimate never travels without its interval and its n.

Every number that a report shows is an `Estimate`, so that a mean of one seed cannot pass for a finding.
"""

from dataclasses import dataclass
from math import inf, isinf, isnan, nan

from seedbed.config.errors import UsageError
from seedbed.emergence.inputs import check_level

SHORTENED_FROM = 999_999.5  # numbers of seven digits and more, such as FLOPs, are shown by three of them


@dataclass(frozen=True)
class Estimate:
    """A number, the interval around it and the count of independent units behind it.

    value: nan where only bounds are known.  low, high: ends of the interval, possibly infinite; nan where there is
    none.  n: seeds, or test items where there are no seeds.  method: how the interval was made, in words.
    level: the share of intervals, over repetitions, that hold the truth.
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    level: float = 0.95

    def __post_init__(self) -> None:
        check_level(self.level)
        if self.n < 1:
            raise UsageError(f"n must be at least 1 unit, got {self.n}")
        if isnan(self.low) != isnan(self.high):
            raise UsageError(f"an interval has two ends or none, got low {self.low} and high {self.high}")
        if self.low > self.high or self.value < self.low or self.value > self.high:
            raise UsageError(f"low <= value <= high must hold, got {self.low}, {self.value}, {self.high}")

    @property
    def has_interval(self) -> bool:
        """Whether the interval exists (its ends may be infinite)."""
        return not isnan(self.low)


def without_interval(value: float, n: int, why: str, level: float) -> Estimate:
    """An estimate whose uncertainty the data cannot tell; `why` becomes its method."""
    return Estimate(value, nan, nan, n, why, level)


def format_estimate(estimate: Estimate, percent: bool = True) -> str:
    """The estimate on one line; `percent` shows shares in [0, 1] as percentages.

    >>> format_estimate(Estimate(0.987, 0.979, 0.994, 8, "t"))
    '98.7% [97.9, 99.4] (n = 8)'
    >>> format_estimate(Estimate(0.987, nan, nan, 1, "one seed"))
    '98.7%, no interval (n = 1)'
    >>> format_estimate(Estimate(12.3, 8, inf, 64, "profile"), percent=False)
    '12.3 [8, ∞] (n = 64)'
    >>> format_estimate(Estimate(nan, 0, 4, 64, "all emerged"), percent=False)
    'at most 4 (n = 64)'
    >>> format_estimate(Estimate(1.1116e22, 9.8e21, 2e22, 8, "t"), percent=False)
    '1.11e22 [9.8e21, 2e22] (n = 8)'
    """
    value, low, high = (_number(x, percent) for x in (estimate.value, estimate.low, estimate.high))
    unit = "%" if percent else ""
    tail = f"(n = {estimate.n})"
    if isnan(estimate.value):
        return f"{_bound(estimate, low + unit, high + unit)} {tail}"
    shown = value if isinf(estimate.value) else value + unit
    return f"{shown} [{low}, {high}] {tail}" if estimate.has_interval else f"{shown}, no interval {tail}"


def _bound(estimate: Estimate, low: str, high: str) -> str:
    """What can be said of a value of which only the ends are known."""
    bounded_below, bounded_above = estimate.low > 0, estimate.high < inf
    if bounded_below and bounded_above:
        return f"between {low} and {high}"
    if bounded_above:
        return f"at most {high}"
    return f"at least {low}" if bounded_below else "unknown"


def _number(value: float, percent: bool) -> str:
    if isinf(value):
        return "∞" if value > 0 else "-∞"
    if percent:
        return f"{100 * value:.1f}"
    if SHORTENED_FROM > abs(value) >= 999.5:  # 999.5 would be 1e3
        return f"{value:,.0f}"
    digits, _, exponent = f"{value:.3g}".partition("e")
    return f"{digits}e{int(exponent)}" if exponent else digits
