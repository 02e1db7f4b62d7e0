"""Many tests at once: p-values adjusted so that chance alone rarely passes one.

Sources: Holm (1979), Scandinavian Journal of Statistics 6:65; Simes (1986), Biometrika 73:751.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p_E: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down adjustment: compare with alpha, and the chance of any false one among E is at most alpha.

    Nothing is assumed of how the tests depend on each other.

    >>> holm([0.01, 0.04, 0.03, 0.005]).round(3).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    p_E = np.asarray(p_E, dtype=np.float64)
    order = np.argsort(p_E)
    adjusted = np.minimum(np.maximum.accumulate(p_E[order] * np.arange(len(p_E), 0, -1)), 1.0)
    return adjusted[np.argsort(order)]


def simes(p_S: ArrayLike) -> float:
    """One p-value for "none of S has an effect": the smallest of S p(k) / k over the sorted p-values.

    Assumed: the tests are independent, or depend on each other positively.
    """
    p_S = np.sort(np.asarray(p_S, dtype=np.float64))
    return min(1.0, float((p_S * len(p_S) / np.arange(1, len(p_S) + 1)).min()))
