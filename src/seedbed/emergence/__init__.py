"""What emerged, when, and how sure that is: statistics of curves and outcomes over seeds.

Arrays in, numbers out: no JAX, no tables, no files. Every answer is an `Estimate`, with its interval and its n, or a
record of them. Bad input raises `seedbed.config.errors.UsageError`.

- `estimates`: a number with its interval, and how it is printed
- `intervals`: shares, means over seeds, differences of means
- `onset`: when a score emerged in one run, and the median over seeds
- `survival`: the share of seeds that has emerged by when, and the mean time
- `conditions`: two conditions compared, by test and by ratio of onsets
- `scales`, `alignment`: onsets in tokens, FLOPs or loss, and on which of these conditions emerge together
- `sharpness`, `shapes`: how wide a rise is, and which shape it has
- `simulate`: populations of which the truth is known, and how often intervals hold it
- `dose`: how many hints half of the seeds need, and the ratio between two arms
- `power`: how many seeds a comparison of onsets needs
- `forecast`: who will emerge by when, from the first part of curves
- `memorising`: what recall alone would score
"""

from seedbed.emergence.alignment import Alignment, compare_alignment, relative_spread
from seedbed.emergence.conditions import LogRank, log_rank, onset_ratio
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
from seedbed.emergence.onset import Onset, median_onset, onset, onsets
from seedbed.emergence.power import SeedPlan, seeds_needed
from seedbed.emergence.scales import log10_of_scale, onset_on, reciprocal
from seedbed.emergence.shapes import TOO_LITTLE_DATA, ShapeComparison, ShapeFit, compare_shapes
from seedbed.emergence.sharpness import (
    RiseWidth,
    Sharpness,
    breakthroughness,
    linearity,
    median_width,
    rise_width,
    sharpness,
    sharpness_over_seeds,
)
from seedbed.emergence.simulate import (
    Coverage,
    Population,
    Rising,
    coverage_of_median,
    simulate_population,
    true_median,
)
from seedbed.emergence.survival import SurvivalCurve, kaplan_meier, restricted_mean_time, turnbull

__all__ = [
    "TOO_LITTLE_DATA",
    "Alignment",
    "Coverage",
    "DoseRatio",
    "Estimate",
    "Forecaster",
    "LogRank",
    "MemorisingBaseline",
    "Onset",
    "Population",
    "RiseWidth",
    "Rising",
    "SeedPlan",
    "ShapeComparison",
    "ShapeFit",
    "Sharpness",
    "SurvivalCurve",
    "breakthroughness",
    "brier_scores",
    "chance_of_reaching",
    "clopper_pearson",
    "compare_alignment",
    "compare_shapes",
    "coverage_of_median",
    "difference_of_means",
    "expected_score_of_memorising",
    "fit_forecaster",
    "format_estimate",
    "half_dose",
    "half_dose_ratio",
    "hoeffding_bound",
    "kaplan_meier",
    "linearity",
    "log10_of_scale",
    "log_rank",
    "mean_over_seeds",
    "median_onset",
    "median_width",
    "onset",
    "onset_on",
    "onset_ratio",
    "onsets",
    "reciprocal",
    "relative_spread",
    "restricted_mean_time",
    "rise_width",
    "seeds_needed",
    "sharpness",
    "sharpness_over_seeds",
    "simulate_population",
    "true_median",
    "turnbull",
]
