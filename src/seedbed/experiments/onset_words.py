"""Onsets and ratios of onsets in words; infinity stands for an onset that was not observed."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf, nan

from seedbed.emergence import Estimate, format_estimate
from seedbed.emergence.medians import ends_or_none

BEYOND = "beyond the last evaluation"


def shown_onset(estimate: Estimate, *, falling: bool) -> str:
    """An onset in its own unit; one that was not seen has no number, though it has a bound.

    falling: the scale falls, so that 0 lies beyond its end.

    >>> shown_onset(Estimate(inf, 50_000, inf, 8, "median"), falling=False)
    'beyond the last evaluation [50,000, ∞] (n = 8)'
    >>> shown_onset(Estimate(1292, 0, inf, 4, "median"), falling=False)
    '1,292, no interval (n = 4)'
    """
    shown = format_estimate(ends_or_none(estimate), percent=False)
    if estimate.value != (0 if falling else inf):
        return shown
    return BEYOND + shown.removeprefix("0" if falling else "∞")


def shown_ratio(ratio: Estimate, sides: Sequence[tuple[str, int, int]]) -> str:
    """A ratio of onsets, or why there is none: half of the seeds of a side, or more, have no onset.

    sides: of both conditions the name, the seeds with an onset and all seeds.

    >>> shown_ratio(Estimate(0, 0, 0.0161, 16, "pairs"), [("early", 8, 8), ("never", 0, 8)])
    'cannot be estimated, at most 0.0161 (n = 16): `never` has no onset'
    """
    lacking = [
        f"`{name}` has {f'an onset in {seen} of {seeds} seeds' if seen else 'no onset'}"
        for name, seen, seeds in sides
        if 2 * seen <= seeds
    ]
    if 0 < ratio.value < inf or not lacking:
        return format_estimate(ratio, percent=False)
    bound = format_estimate(replace(ratio, value=nan), percent=False).replace("unknown ", "no bound ")
    return f"cannot be estimated, {bound}: {', '.join(lacking)}"
