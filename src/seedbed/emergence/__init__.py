"""What emerged, when, and how sure that is: statistics of curves and outcomes over seeds.

Arrays in, numbers out: no JAX, no tables, no files. Every answer is an `Estimate`, with its interval and its n, or a
record of them. Bad input raises `seedbed.config.errors.UsageError`.

- `estimates`: a number with its interval, and how it is printed
- `intervals`: shares, means over seeds, differences of means
- `onset`: when a score emerged in one run, and the median over seeds
- `dose`: how many hints half of the seeds need, and the ratio between two arms
- `memorising`: what recall alone would score
- `baselines`: what guessing, the commonest answer and copying from the shots would score
- `verdict`: whether an ability emerges, improves smoothly or never leaves chance
- `rise`: how wide one curve's rise is
- `mirage`: whether a jump of exact match remains in smoother scores
- `partial_credit`: scores of answers that are nearly right
- `dip`, `seeds`: whether final scores form one group of seeds or two, and how often a seed succeeds
"""

from seedbed.emergence.baselines import (
    coverage_of_random_shots,
    score_of_copying,
    score_of_guessing,
    score_of_majority,
)
from seedbed.emergence.dip import DipTest, dip_statistic, dip_test
from seedbed.emergence.dose import DoseRatio, half_dose, half_dose_ratio
from seedbed.emergence.estimates import Estimate, format_estimate
from seedbed.emergence.intervals import clopper_pearson, difference_of_means, mean_over_seeds
from seedbed.emergence.memorising import (
    MemorisingBaseline,
    chance_of_reaching,
    expected_score_of_memorising,
    hoeffding_bound,
)
from seedbed.emergence.mirage import MirageVerdict, ScoredRun, SeedAudit, mirage_audit
from seedbed.emergence.onset import Onset, median_onset, onset
from seedbed.emergence.partial_credit import edit_score, expected_edit_distance, per_word_score, token_edit_distance
from seedbed.emergence.rise import Rise, fit_rise
from seedbed.emergence.seeds import SeedDistribution, TwoGroups, seed_distribution, two_groups
from seedbed.emergence.verdict import EmergenceVerdict, SeedVerdict, emergence_verdict, operating_curve

__all__ = [
    "DipTest",
    "DoseRatio",
    "EmergenceVerdict",
    "Estimate",
    "MemorisingBaseline",
    "MirageVerdict",
    "Onset",
    "Rise",
    "ScoredRun",
    "SeedAudit",
    "SeedDistribution",
    "SeedVerdict",
    "TwoGroups",
    "chance_of_reaching",
    "clopper_pearson",
    "coverage_of_random_shots",
    "difference_of_means",
    "dip_statistic",
    "dip_test",
    "edit_score",
    "emergence_verdict",
    "expected_edit_distance",
    "expected_score_of_memorising",
    "fit_rise",
    "format_estimate",
    "half_dose",
    "half_dose_ratio",
    "hoeffding_bound",
    "mean_over_seeds",
    "median_onset",
    "mirage_audit",
    "onset",
    "operating_curve",
    "per_word_score",
    "score_of_copying",
    "score_of_guessing",
    "score_of_majority",
    "seed_distribution",
    "token_edit_distance",
    "two_groups",
]
