"""Two onsets of the same seed: how many times as late is one as the other?

Within a seed both share starting weights, data and luck, which a comparison of unpaired conditions counts as noise.
Source: the median of paired ratios with the interval of the sign test, Conover (1999), Practical Nonparametric
Statistics, sections 3.2 and 3.4.
"""

from collections.abc import Sequence
from math import inf

import numpy as np

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.inputs import check_level
from seedbed.emergence.medians import median_between
from seedbed.emergence.onset import Onset, onset_bounds


def paired_onset_ratio(a: Sequence[Onset], b: Sequence[Onset], level: float = 0.95) -> Estimate:
    """The median over seeds of onset `a` over onset `b` of the same seed, n = seeds: above 1, `a` is later.

    A ratio lies between `lower` of a over `step` of b and `step` of a over `lower` of b; the interval takes the bounds
    of each seed, so it holds whatever the grid of evaluations is. Where only a is censored the ratio is above its lower
    bound, where only b is it counts as 0, and a seed in which both are censored says nothing: it stays in, between 0
    and infinity. Fewer than 6 seeds have no finite interval at 95%. Raises UsageError for sides of different lengths or
    none.
    """
    check_level(level)
    if len(a) != len(b):
        raise UsageError(f"paired onsets need one of each kind a seed, got {len(a)} and {len(b)}")
    (lowers_a, steps_a), (lowers_b, steps_b) = onset_bounds(a), onset_bounds(b)
    with np.errstate(divide="ignore", invalid="ignore"):
        least_S, most_S, value_S = lowers_a / steps_b, steps_a / lowers_b, steps_a / steps_b
    neither = np.isinf(steps_a) & np.isinf(steps_b)
    least_S = np.where(np.isnan(least_S) | neither, 0.0, least_S)
    most_S = np.where(np.isnan(most_S) | neither, inf, most_S)
    value_S = np.where(neither, inf, value_S)
    found = median_between(least_S, value_S, most_S, level)
    method = "median of ratios within seeds, each between its bounds; interval by order statistics"
    return Estimate(found.value, found.low, found.high, found.n, method, level)
