"""The Kaplan-Meier estimate: the share still waiting at each time, where some were watched for a while only.

Source: Kaplan & Meier (1958), JASA 53:457, equation 2b. scipy's `ecdf` gives the same; its package of distributions
takes longer to import than most audits to run.
"""

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def product_limit(times_S: Float[np.ndarray, " S"], known_S: Bool[np.ndarray, " S"]) -> tuple[Floats, Floats]:
    """The K times at which some of S wait no longer, and the share that still waits after each: (times_K, share_K).

    known_S: whether a time is the event's own; else the watch ended there, and the event comes later. Who is lost at
    the time of an event was at risk of it. Nothing known gives no times.

    >>> product_limit(np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, False, True]))
    (array([1., 2., 3.]), array([0.75, 0.5 , 0.  ]))
    """
    times_K, events_K = np.unique(times_S[known_S], return_counts=True)
    at_risk_K = len(times_S) - np.searchsorted(np.sort(times_S), times_K, side="left")
    return times_K, np.cumprod(1 - events_K / at_risk_K, dtype=np.float64)


def share_waiting(
    times_S: Float[np.ndarray, " S"], known_S: Bool[np.ndarray, " S"], at_N: ArrayLike
) -> NDArray[np.float64]:
    """The share that still waits after each of N times."""
    times_K, share_K = product_limit(times_S, known_S)
    return np.concatenate([[1.0], share_K])[np.searchsorted(times_K, at_N, side="right")]
