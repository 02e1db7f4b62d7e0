"""Chances of a normal variable to lie between two places, with the digits kept that differences of shares lose.

Onsets are known to lie between two evaluations, so every likelihood of log-normal onsets is made of these. Phi is the
share of a standard normal distribution below a place.
"""

from math import log, pi

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr

Floats = NDArray[np.float64]


def log_chance_between(low_N: ArrayLike, high_N: ArrayLike) -> Floats:
    """log(Phi(high) - Phi(low)), low <= high, either end possibly infinite; about -28 less where both are equal.

    Both ends are reflected to the side where the tail keeps its digits: log Phi(high) + log(1 - exp(log Phi(low) -
    log Phi(high))), the difference of logarithms kept 1e-12 or more below 0.

    >>> float(log_chance_between(10, np.inf).round(3))  # 1 - Phi(10) is 0 in floats
    -53.231
    """
    low_N, high_N = np.asarray(low_N, dtype=np.float64), np.asarray(high_N, dtype=np.float64)
    flip = low_N > 0
    nearer, farther = np.where(flip, -low_N, high_N), np.where(flip, -high_N, low_N)
    upper, lower = log_ndtr(nearer), log_ndtr(farther)
    return upper + np.log1p(-np.exp(np.minimum(lower - upper, -1e-12)))


def log_density(at_N: Floats) -> Floats:
    """Logarithm of the standard normal density."""
    return -0.5 * at_N**2 - 0.5 * log(2 * pi)
