"""The scales along which abilities emerge: steps, tokens, FLOPs, which rise, and loss, which falls.

An onset found in steps is read off on another scale at the same evaluations, so its interval goes with it. Sources:
Du et al. (2024), arXiv 2403.15796 (loss as the scale of emergence).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.onset import Onset

FloatArray = NDArray[np.float64]


def rising_scale(scale_E: ArrayLike, at_least: int = 2) -> FloatArray:
    """`scale_E` if it increases strictly from 0 or above over `at_least` evaluations or more; else a `UsageError`."""
    scale_E = finite_vector("scale", scale_E)
    if len(scale_E) < at_least:
        raise UsageError(f"scale must hold {at_least} evaluations or more, got {len(scale_E)}")
    if scale_E[0] < 0 or (np.diff(scale_E) <= 0).any():
        raise UsageError(
            f"scale must increase from 0 or above, got {scale_E.tolist()[:8]}: sort by it; of a loss give 1 / loss"
        )
    return scale_E


def log10_of_scale(scale_E: ArrayLike) -> FloatArray:
    """The scale in decades. An evaluation at 0 has no logarithm; it is put as far before the next as that one's next.

    So 0, 10, 100 become 0, 1, 2: the untrained model's score is kept, and nothing hangs on where exactly it stands.
    Raises UsageError for scales that do not increase from 0 or above, and for 0 followed by fewer than 2 evaluations.
    """
    scale_E = rising_scale(scale_E)
    if scale_E[0] > 0:
        return np.log10(scale_E)
    decades = np.log10(rising_scale(scale_E, at_least=3)[1:])
    return np.concatenate([[2 * decades[0] - decades[1]], decades])


def onset_on(found: Onset, steps_E: ArrayLike, scale_E: ArrayLike, *, falling: bool = False) -> Onset:
    """An onset in steps, read off on another scale that was recorded at the same E evaluations.

    With `falling` the scale is a loss, and the onset is recorded in 1 / loss, which rises: a run that must come down
    to a loss of 0.5 has its onset at 2, and one that never came below 0.8 is censored from 1.25 on. The lowest loss so
    far is taken, so that noise does not turn time back. `reciprocal` turns an estimate back into a loss. Before the
    first evaluation both scales stand at 0, which is an infinite loss.

    Raises UsageError if the onset's evaluations are not among `steps_E`, if a loss is not positive, and if a rising
    scale falls or is negative.

    >>> onset_on(Onset(step=200.0, lower=100.0, last=300.0), [100, 200, 300], [4.0, 2.0, 1.0], falling=True)
    Onset(step=0.5, lower=0.25, last=1.0)
    """
    steps_E, scale_E = finite_vector("steps", steps_E), finite_vector("scale", scale_E)
    if len(steps_E) != len(scale_E):
        raise UsageError(f"each evaluation needs one step and one scale, got {len(steps_E)} and {len(scale_E)}")
    if falling:
        if (scale_E <= 0).any():
            raise UsageError(f"a falling scale such as a loss must be positive, got {scale_E.min()}")
        scale_E = 1 / np.minimum.accumulate(scale_E)
    elif scale_E[0] < 0 or (np.diff(scale_E) < 0).any():
        raise UsageError("a scale must not fall with the steps, nor be negative; for a loss pass falling=True")

    def read(step: float) -> float:
        places = np.flatnonzero(steps_E == step)
        if not places.size and step == 0:
            return 0.0
        if not places.size:
            raise UsageError(f"the onset's evaluation at {step} is not among the steps {steps_E.tolist()[:8]}")
        return float(scale_E[places[0]])

    return Onset(None if found.step is None else read(found.step), read(found.lower), read(found.last))


def reciprocal(estimate: Estimate) -> Estimate:
    """An estimate in 1 / loss as a loss, or a ratio a over b as b over a; the ends change places."""
    with np.errstate(divide="ignore"):
        value, high, low = (float(np.float64(1) / x) for x in (estimate.value, estimate.low, estimate.high))
    return Estimate(value, low, high, estimate.n, estimate.method, estimate.level)
