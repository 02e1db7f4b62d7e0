"""Curves by rule, of which it is known whether they emerge: what a verdict is tried on."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from seedbed.emergence.growth import LOGISTIC_DECADES, growth

Floats = NDArray[np.float64]
Shape = Callable[[Floats, float], Floats]  # of E scales and a place on them, the true scores


def logistic(width: float) -> Shape:
    """A rise from 0 to 1 that takes `width` decades from 10% to 90%, half of it done at the place."""
    return lambda scale_E, place: growth(np.log10(scale_E), np.log10(place), LOGISTIC_DECADES / width, 2)


def power_law(exponent: float) -> Shape:
    """(scale / place)^exponent, up to 1."""
    return lambda scale_E, place: np.minimum(1.0, scale_E / place) ** exponent


def saturating(exponent: float) -> Shape:
    """1 - exp(-(scale / place)^exponent)."""
    return lambda scale_E, place: -np.expm1(-((scale_E / place) ** exponent))


def constant(level: float) -> Shape:
    """The same everywhere."""
    return lambda scale_E, place: np.full(len(scale_E), level)


def u_shape(scale_E: Floats, place: float) -> Floats:
    """From 80% down to 20% at the place, and up again, a parabola on the logarithm of scale."""
    return np.clip(0.2 + 0.15 * (np.log10(scale_E / place)) ** 2, 0.0, 1.0)


def inverted_u(scale_E: Floats, place: float) -> Floats:
    """From 0 up to 90% at the place, and down to 0 again, a parabola on the logarithm of scale."""
    return np.maximum(0.0, 0.9 * (1 - (np.log10(scale_E / place) / 1.3) ** 2))


def collapse(scale_E: Floats, place: float) -> Floats:
    """A step to 90% that is lost again after 0.65 decades."""
    return 0.9 * logistic(0.1)(scale_E, place / 3) * (scale_E < 1.5 * place)


def falling(scale_E: Floats, place: float) -> Floats:
    """From 75% down to 18%, a line on the logarithm of scale."""
    x_E = np.log10(scale_E)
    return 0.75 - 0.57 * (x_E - x_E[0]) / (x_E[-1] - x_E[0])


def two_steps(scale_E: Floats, place: float) -> Floats:
    """To 50% and to 90%, 1.6 decades apart."""
    return 0.5 * logistic(0.05)(scale_E, place / 6) + 0.4 * logistic(0.05)(scale_E, place * 6)


def dipping(scale_E: Floats, place: float) -> Floats:
    """A step to 90% from which every seventh evaluation after it falls to 10%."""
    steps_E = 0.9 * logistic(0.05)(scale_E, place)
    dips_E = (np.arange(len(scale_E)) % 7 == 3) & (scale_E > 2 * place)
    return np.where(dips_E, 0.1, steps_E)
