"""What the statistics accept: vectors of finite numbers or of yes and no, and levels between 0 and 1.

A NaN that slips into a mean spoils a published number without a sound, so every public function asks here first.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.config.errors import UsageError


def finite_vector(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """`values` as a one-dimensional array of finite numbers, at least one; otherwise a `UsageError` that names them."""
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or vector.size == 0:
        raise UsageError(f"{name} must be a list of one number or more, got shape {vector.shape}")
    wrong = np.flatnonzero(~np.isfinite(vector))
    if wrong.size:
        raise UsageError(
            f"{name} holds {vector[wrong[0]]} at position {wrong[0]} ({wrong.size} such of {vector.size}): only finite "
            "numbers can be summarised; drop the members that diverged and say how many"
        )
    return vector


def yes_no_vector(name: str, values: ArrayLike, size: int) -> NDArray[np.bool_]:
    """`values` as `size` booleans; numbers other than 0 and 1 and other lengths raise a `UsageError`."""
    vector = np.asarray(values)
    if vector.shape != (size,):
        raise UsageError(f"{name} must hold one yes or no for each of the {size} members, got shape {vector.shape}")
    if vector.dtype != np.bool_ and not np.isin(vector, (0, 1)).all():
        raise UsageError(f"{name} must hold booleans (or 0 and 1), got {vector.tolist()[:8]}: compare scores first")
    return vector.astype(np.bool_)


def check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1)."""
    if not 0 < level < 1:
        raise UsageError(f"level must lie between 0 and 1, such as 0.95, got {level}")
