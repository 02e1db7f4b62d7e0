"""What emerged, when, and how sure that is: statistics of curves and outcomes over seeds.

Arrays in, numbers out: no JAX, no tables, no files. Every answer is an `Estimate`, with its interval and its n, or a
record of them. Bad input raises `seedbed.config.errors.UsageError`.

- `estimates`: a number with its interval, and how it is printed
- `intervals`: shares, means over seeds, differences of means
- `onset`: when a score emerged in one run, and the median over seeds
- `dose`: how many hints half of the seeds need, and the ratio between two arms
- `power`: how many seeds a comparison of onsets needs
- `forecast`: who will emerge by when, from the first part of curves
- `memorising`: what recall alone would score
"""

from seedbed.emergence.dose import DoseRatio, half_dose, half_dose_ratio
from seedbed.emergence.estimates import Estimate, format_estimate
from seedbed.emergence.forecast import Forecaster, brier_scores, fit_forecaster
from seedbed.emergence.intervals import clopper_pearson, difference_of_means, mean_over_seeds
from seedbed.emergence.memorising import (
    MemorisingBaseline,
    chance_of_reaching,
    expected_score_of_memorising,
    hoeffding_bound,
)
from seedbed.emergence.onset import Onset, median_onset, onset
from seedbed.emergence.power import SeedPlan, seeds_needed

__all__ = [
    "DoseRatio",
    "Estimate",
    "Forecaster",
    "MemorisingBaseline",
    "Onset",
    "SeedPlan",
    "brier_scores",
    "chance_of_reaching",
    "clopper_pearson",
    "difference_of_means",
    "expected_score_of_memorising",
    "fit_forecaster",
    "format_estimate",
    "half_dose",
    "half_dose_ratio",
    "hoeffding_bound",
    "mean_over_seeds",
    "median_onset",
    "onset",
    "seeds_needed",
]
