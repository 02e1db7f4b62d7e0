"""What a reader must know before believing a verdict: what the data lack, and what a rise does that a sigmoid does not.

A caveat takes nothing back: it says what the word does not.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.emergence.ends import Level, margin
from seedbed.emergence.patterns import medians_of_three
from seedbed.emergence.seed_verdict import TO_THE_END, SeedVerdict, decades
from seedbed.emergence.sharpness import rise_width

MIN_POINTS = 8  # evaluations of a curve: four go into the fit, as many are left to judge it by
MIN_ITEMS = 20  # per score: none right of 20 still leaves 14% open (one-sided, at 95%)
MIN_SEEDS = 6  # for an interval of the median onset at 95%; fewer get a verdict with a caveat
KEPT = 0.75  # of the way from chance to the highest mean score: who ends below has fallen again

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def caveats_on_data(seeds: Sequence[SeedVerdict], short: int, points: int, items: int | None) -> list[str]:
    """What is little: seeds, evaluations, test items; and why some of these seeds have neither kind of rise.

    short: seeds beside these that have too few evaluations to be judged.  points: least evaluations of a curve.
    """
    said = []
    count = len(seeds)
    if count < MIN_SEEDS:
        said.append(f"{count} seed{'s' if count > 1 else ''}: an interval over seeds needs {MIN_SEEDS}")
    if short:
        said.append(f"{short} of {count + short} seeds: fewer than {MIN_POINTS} evaluations, not judged")
    if points < 2 * MIN_POINTS:
        few = (
            f"at least {MIN_POINTS} are needed" if points < MIN_POINTS else "few for telling sharp rises from slow ones"
        )
        said.append(f"{points} evaluation{'s' * (points != 1)}: {few}")
    if items is None:
        said.append("number of test items unknown: noise is estimated from the scatter around the fitted curve")
    elif items < MIN_ITEMS:
        said.append(f"{items} test items a score: at least {MIN_ITEMS} are needed")
    at_chance = sum(seed.word == "at chance" for seed in seeds)
    if 0 < at_chance < count:
        said.append(f"{at_chance} of {count} seeds: not above chance at any evaluation")
    reasons = [seed.why for seed in seeds if seed.why and seed.word in ("unclear", "smooth", "rising")]
    said += [f"{reasons.count(reason)} of {count} seeds: {reason}" for reason in sorted(set(reasons))]
    return said


def caveats_on_rises(
    seeds: Sequence[SeedVerdict], curves: Sequence[Curve], chance: float, sharp_width: float
) -> list[str]:
    """Of seeds that rose sharply: whether they fall again, and whether a slow part goes before or follows.

    The whole rise is measured without a formula (`rise_width`), up to the mean of the last `TO_THE_END` of the
    evaluations from a on.
    """
    ends = [
        _end_since(scale_E, scores_E, seed.half.before if seed.half else 0.0)
        for seed, (scale_E, scores_E) in zip(seeds, curves, strict=True)
    ]
    peaks = [float(medians_of_three(scores_E).max()) for _, scores_E in curves]
    fallen = [end < chance + KEPT * (peak - chance) for end, peak in zip(ends, peaks, strict=True)]
    said = []
    if 2 * sum(fallen) > len(curves):
        said.append(f"it falls again: from {np.mean(peaks):.0%} to {np.mean(ends):.0%} at the end, means over seeds")
    widths = [
        rise_width(scale_E, scores_E, chance=chance, plateau=end)
        for (scale_E, scores_E), end, falls in zip(curves, ends, fallen, strict=True)
        if end > chance and not falls
    ]
    slow = [width for width in widths if width.at_least >= sharp_width]
    if 2 * len(slow) > len(curves):
        middle = float(np.median([width.decades for width in slow]))
        said.append(
            f"a slow rise goes with the sudden one: in {len(slow)} of {len(curves)} seeds the whole way from "
            f"10% to 90% takes {middle:.2g} decades, {decades(sharp_width)} or more"
        )
    return said


def caveat_below_chance(start: Level, end: Level, chance: float) -> list[str]:
    """That scores start, or end, further below chance than luck would have them."""
    below = [
        f"{name} at {level.mean:.1%}"
        for name, level in (("start", start), ("end", end))
        if level.at_most < 2 * chance - margin(chance)
    ]
    if not below:
        return []
    return [f"scores {' and '.join(below)}, below the chance of {chance:.0%}: is the level of chance right?"]


def _end_since(scale_E: NDArray[np.float64], scores_E: NDArray[np.float64], start: float) -> float:
    risen_E = scores_E[scale_E > start]
    return float(risen_E[-max(1, round(TO_THE_END * len(risen_E))) :].mean())
