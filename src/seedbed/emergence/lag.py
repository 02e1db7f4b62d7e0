"""How long after its loss has fallen an ability comes: the lag of the onset behind the loss of the right answers.

Exact match needs every token, the loss falls with each of them; a long lag says that the loss had told long before.
"""

from collections.abc import Sequence
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.inputs import check_level, finite_vector
from seedbed.emergence.medians import median_between
from seedbed.emergence.onset import Onset, onset, onset_bounds

LEAST_FALL = 0.1  # of the first loss: less is no fall to speak of


def half_fall(steps_E: ArrayLike, loss_E: ArrayLike, *, persistence: int) -> Onset | None:
    """When a loss had fallen half way from its first value to its lowest one, as an onset; None where it did not fall.

    The first of E evaluations from which `persistence` on end lie at or below the middle, known to lie after the
    evaluation before. A loss that ends less than 10% below its first value has not fallen. Raises UsageError as `onset`
    does, and for a loss below 0.

    >>> half_fall([1, 2, 3, 4], [4.0, 3.5, 1.0, 0.0], persistence=2)
    Onset(step=3.0, lower=2.0, last=4.0)
    """
    loss_E = finite_vector("loss", loss_E)
    if loss_E.min() < 0:
        raise UsageError(f"a loss is 0 nats or more, got {loss_E.min()}: a log-likelihood has the other sign")
    if loss_E.min() > (1 - LEAST_FALL) * loss_E[0]:
        return None
    middle = float(loss_E[0] + loss_E.min()) / 2
    return onset(steps_E, -loss_E, threshold=-middle, persistence=min(persistence, len(loss_E)))


def onset_lag(onsets: Sequence[Onset], halves: Sequence[Onset | None], level: float = 0.95) -> Estimate | None:
    """The median over seeds of log(onset step / step of the half fall), in nats, n = seeds whose loss fell half way.

    Both are known to lie between two evaluations only, so each seed's lag lies between log(onset's lower / step of the
    half fall) and log(onset's step / the half fall's lower); interval by order statistics of these bounds
    (`median_between`), value by Kaplan-Meier of the evaluations. A seed without a confirmed onset has a lag of at least
    its lower bound. None where no loss fell. Raises UsageError where the two do not hold the same seeds.
    """
    check_level(level)
    if len(onsets) != len(halves):
        raise UsageError(f"each seed needs its onset and its half fall, got {len(onsets)} and {len(halves)}")
    fallen = [(found, half) for found, half in zip(onsets, halves, strict=True) if half is not None and half.step]
    if not fallen:
        return None
    lowers_S, steps_S = onset_bounds([found for found, _ in fallen])
    half_lowers_S, half_steps_S = onset_bounds([half for _, half in fallen])
    with np.errstate(divide="ignore"):
        log_half_S = np.log(half_steps_S)
        at_least_S, value_S = np.log(lowers_S) - log_half_S, np.log(steps_S) - log_half_S
        at_most_S = np.where(steps_S < inf, np.log(steps_S) - np.log(half_lowers_S), inf)
    return median_between(at_least_S, value_S, at_most_S, level, smallest=-inf)
