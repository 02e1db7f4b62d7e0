"""How seeds end and start beside chance: an equivalence test, as `never leaves chance` is a claim and no failed proof.

Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15:657 (two one-sided tests); Clopper &
Pearson (1934), Biometrika 26:404 (one-sided ends).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

from seedbed.emergence.patterns import PART
from seedbed.emergence.rise import Rise

MARGIN = 0.05  # of the way from chance to 1: a score that is less above chance is as good as chance
LEVEL = 0.95  # of each end, one-sided, whatever the number of tasks: more tasks make no score closer to chance

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """The mean over seeds of a part of their scores.

    at_least, at_most: its ends, each one-sided at `LEVEL`; nan where neither items nor scatter are known.
    """

    mean: float
    at_least: float
    at_most: float


def at_end(curves_SE: Sequence[Floats], rises: Sequence[Rise | None], items: int | None) -> Level:
    """Of the last `PART` of the evaluations of S seeds, one test of `items` a seed: the same items asked again are no
    more of them.
    """
    return _level([scores_E[-_some(scores_E) :] for scores_E in curves_SE], rises, items)


def at_start(curves_SE: Sequence[Floats], rises: Sequence[Rise | None], items: int | None) -> Level:
    """Of the first `PART` of the evaluations."""
    return _level([scores_E[: _some(scores_E)] for scores_E in curves_SE], rises, items)


def margin(chance: float) -> float:
    """The score up to which one is as good as chance."""
    return chance + MARGIN * (1 - chance)


def _some(scores_E: Floats) -> int:
    return max(1, round(PART * len(scores_E)))


def _level(parts: Sequence[Floats], rises: Sequence[Rise | None], items: int | None) -> Level:
    mean = float(np.mean([part.mean() for part in parts]))
    if items is not None:
        trials = items * len(parts)
        hits, misses = mean * trials, (1 - mean) * trials
        at_most = float(betaincinv(hits + 1, misses, LEVEL)) if misses > 1e-9 else 1.0
        at_least = float(betaincinv(hits, misses + 1, 1 - LEVEL)) if hits > 1e-9 else 0.0
        return Level(mean, at_least, at_most)
    known = [rise for rise in rises if rise is not None]
    if not known:
        return Level(mean, nan, nan)
    reach = max(float(stdtrit(rise.freedom, LEVEL)) * rise.noise for rise in known) / len(parts) ** 0.5
    return Level(mean, mean - reach, mean + reach)
