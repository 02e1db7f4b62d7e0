"""Claims about ratios within seeds: what pairs share does not widen them, and bounds are kept."""

from math import inf

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.emergence import Onset, onset_ratio, paired_onset_ratio


def at(step, gap=0.0, last=1000.0):
    return Onset(None, last - gap, last) if step is None else Onset(float(step), step - gap, last)


def test_pairs_that_share_their_luck_have_a_narrow_ratio():
    luck = np.array([50, 80, 100, 150, 200, 300, 400, 600.0])
    slow, fast = [at(1.5 * step) for step in luck], [at(step) for step in luck]
    paired, apart = paired_onset_ratio(slow, fast), onset_ratio(slow, fast)
    assert paired.value == paired.low == paired.high == pytest.approx(1.5) and paired.n == 8
    assert apart.high / apart.low > 5


def test_a_coarse_grid_widens_it_by_what_the_grid_leaves_open():
    found = paired_onset_ratio([at(150, gap=50)] * 8, [at(100, gap=50)] * 8)
    assert (found.low, found.value, found.high) == (1.0, 1.5, 3.0)


def test_censored_seeds_open_the_interval_and_are_not_left_out():
    slow, fast = [at(None)] * 3 + [at(300)] * 5, [at(100)] * 8
    found = paired_onset_ratio(slow, fast)
    assert found.low == 3 and found.high == inf and found.n == 8 and found.value >= 3
    lost = paired_onset_ratio([at(None)] * 8, [at(None)] * 8)
    assert (lost.low, lost.high) == (0.0, inf)
    only_b = paired_onset_ratio([at(100)] * 8, [at(None)] * 8)
    assert only_b.low == 0 and only_b.high <= 0.1


@pytest.mark.parametrize("gap", [0.0, 0.2])
def test_its_interval_holds_the_true_ratio_as_often_as_promised(gap):
    """1,000 simulated populations of 16 seeds; onsets on a grid of `gap` decades where it is above 0."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        shared = rng.normal(2.3, 0.3, 16)
        logs = shared + np.log10(1.3) + rng.normal(0, 0.1, 16), shared + rng.normal(0, 0.1, 16)
        if gap:
            made = [[Onset(10 ** (g := np.ceil(x / gap) * gap), 10 ** (g - gap), 1e9) for x in side] for side in logs]
        else:
            made = [[at(10**x, last=1e9) for x in side] for side in logs]
        found = paired_onset_ratio(*made)
        held += found.low <= 1.3 <= found.high
    assert held >= 940


def test_sides_must_match():
    with pytest.raises(UsageError, match="one of each kind a seed, got 2 and 1"):
        paired_onset_ratio([at(1), at(2)], [at(1)])
