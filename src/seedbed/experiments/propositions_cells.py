"""What the sections of a propositions report share: cells with intervals, and where a claim's number is put."""

import numpy as np

from seedbed.emergence import Estimate, format_estimate, mean_over_seeds
from seedbed.experiments.claims import Measured

Found = dict[str, Measured | None]


def shown(estimate: Estimate | None) -> str:
    """A number with its interval, or a dash."""
    return "-" if estimate is None else format_estimate(estimate, percent=False)


def percent(estimate: Estimate | None) -> str:
    """A share with its interval, or a dash."""
    return "-" if estimate is None else format_estimate(estimate)


def mean_percent(values: np.ndarray) -> str:
    """The mean over members of shares, whose interval stays within 0 and 1."""
    return percent(mean_over_seeds(values) if len(values) else None)


def put(found: Found, claim: str, estimate: Estimate | None, evidence: str) -> None:
    """Keep the number that a claim is judged by."""
    if estimate is not None:
        found[claim] = Measured(estimate, evidence)
