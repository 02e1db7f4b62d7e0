"""What emerged, when, and how sure that is: statistics of curves and outcomes over seeds.

Arrays in, numbers out: no JAX, no tables, no files. Every answer is an `Estimate`, with its interval and its n, or a
record of them. Bad input raises `seedbed.config.errors.UsageError`.

- `estimates`: a number with its interval, and how it is printed
- `intervals`: shares, means over seeds, differences of means
- `onset`: when a score emerged in one run, and the median over seeds
- `survival`: the share of seeds that has emerged by when, and the mean time
- `conditions`: two conditions compared, by test and by ratio of onsets
- `correlation`: whether two measures put things in the same order
- `crossed`: the variance of an outcome split between two kinds of seeds; `paired`: two outcomes of the same seeds
- `scales`, `alignment`: onsets in tokens, FLOPs or loss, and on which of these conditions emerge together
- `product_limit`: the Kaplan-Meier estimate
- `sharpness`, `shapes`, `shape_fits`: how wide a rise is, and which shape it has
- `simulate`: populations of which the truth is known
- `calibration`: how often intervals hold that truth, and whether plans deliver the power that they promise
- `dose`: how many hints half of the seeds need, and the ratio between two arms
- `power`: how many seeds a comparison of onsets needs
- `normal`: chances of a normal variable between two places, for every likelihood of onsets
- `forecast`: who will emerge by when, from the first part of curves
- `baselines`: what guessing, the commonest answer and copying from the shots would score
- `verdict`: whether an ability emerges, improves smoothly or never leaves chance
- `rise`: how wide one curve's rise is
- `mirage`: whether a jump of exact match remains in smoother scores
- `partial_credit`: scores of answers that are nearly right
- `dip`, `seeds`: whether final scores form one group of seeds or two, and how often a seed succeeds
- `memorising`: what recall alone would score, and how far a loss lies below what needs no memorising
- `lag`: how long after its loss an ability comes
- `multiple`: many tests at once
- `paired_onsets`: two onsets of the same seed
"""

from seedbed.emergence.alignment import Alignment, compare_alignment, relative_spread
from seedbed.emergence.baselines import (
    coverage_of_random_shots,
    score_of_copying,
    score_of_guessing,
    score_of_majority,
)
from seedbed.emergence.calibration import (
    Coverage,
    KeptPlan,
    coverage_of_half_dose_ratio,
    coverage_of_mean,
    coverage_of_median,
    coverage_of_ratio,
    coverage_of_restricted_mean,
    coverage_of_success,
    delivered_power,
    false_alarms_of_log_rank,
    interval_coverage,
)
from seedbed.emergence.conditions import LogRank, log_rank, onset_ratio
from seedbed.emergence.correlation import RankCorrelation, order_over_seeds, rank_correlation
from seedbed.emergence.crossed import VarianceSplit, repeat_share, split_variance
from seedbed.emergence.dip import DipTest, dip_statistic, dip_test
from seedbed.emergence.dose import DoseRatio, half_dose, half_dose_ratio
from seedbed.emergence.estimates import Estimate, format_estimate
from seedbed.emergence.forecast import Forecaster, brier_scores, fit_forecaster
from seedbed.emergence.intervals import clopper_pearson, difference_of_means, mean_over_seeds
from seedbed.emergence.lag import half_fall, onset_lag
from seedbed.emergence.memorising import (
    MemorisingBaseline,
    chance_of_reaching,
    expected_score_of_memorising,
    hoeffding_bound,
    nats_below_floor,
)
from seedbed.emergence.mirage import MirageVerdict, ScoredRun, SeedAudit, mirage_audit
from seedbed.emergence.multiple import holm, simes
from seedbed.emergence.onset import Onset, median_onset, onset, onsets
from seedbed.emergence.paired import PairedShares, paired_shares
from seedbed.emergence.paired_onsets import paired_onset_ratio
from seedbed.emergence.partial_credit import edit_score, edit_scores, per_word_score, token_edit_distance
from seedbed.emergence.power import SeedPlan, seeds_needed
from seedbed.emergence.ratios import ratio_of_sums, ratio_over_seeds_and_items
from seedbed.emergence.rise import Rise, fit_rise
from seedbed.emergence.scales import log10_of_scale, onset_on, reciprocal
from seedbed.emergence.seed_verdict import SeedVerdict
from seedbed.emergence.seeds import SeedDistribution, TwoGroups, seed_distribution, two_groups
from seedbed.emergence.shapes import TOO_LITTLE_DATA, ShapeComparison, ShapeFit, compare_shapes, shapes_of_seeds
from seedbed.emergence.sharpness import (
    RiseWidth,
    Sharpness,
    breakthroughness,
    chance_over_seeds,
    linearity,
    median_width,
    rise_width,
    sharpness,
    sharpness_over_seeds,
)
from seedbed.emergence.simulate import (
    FinalScores,
    Population,
    Rising,
    simulate_final_scores,
    simulate_population,
    true_median,
)
from seedbed.emergence.survival import (
    SurvivalCurve,
    kaplan_meier,
    restricted_geometric_mean,
    restricted_mean_time,
    turnbull,
)
from seedbed.emergence.verdict import EmergenceVerdict, emergence_verdict, operating_curve

__all__ = [
    "TOO_LITTLE_DATA",
    "Alignment",
    "Coverage",
    "DipTest",
    "DoseRatio",
    "EmergenceVerdict",
    "Estimate",
    "FinalScores",
    "Forecaster",
    "KeptPlan",
    "LogRank",
    "MemorisingBaseline",
    "MirageVerdict",
    "Onset",
    "PairedShares",
    "Population",
    "RankCorrelation",
    "Rise",
    "RiseWidth",
    "Rising",
    "ScoredRun",
    "SeedAudit",
    "SeedDistribution",
    "SeedPlan",
    "SeedVerdict",
    "ShapeComparison",
    "ShapeFit",
    "Sharpness",
    "SurvivalCurve",
    "TwoGroups",
    "VarianceSplit",
    "breakthroughness",
    "brier_scores",
    "chance_of_reaching",
    "chance_over_seeds",
    "clopper_pearson",
    "compare_alignment",
    "compare_shapes",
    "coverage_of_half_dose_ratio",
    "coverage_of_mean",
    "coverage_of_median",
    "coverage_of_random_shots",
    "coverage_of_ratio",
    "coverage_of_restricted_mean",
    "coverage_of_success",
    "delivered_power",
    "difference_of_means",
    "dip_statistic",
    "dip_test",
    "edit_score",
    "edit_scores",
    "emergence_verdict",
    "expected_score_of_memorising",
    "false_alarms_of_log_rank",
    "fit_forecaster",
    "fit_rise",
    "format_estimate",
    "half_dose",
    "half_dose_ratio",
    "half_fall",
    "hoeffding_bound",
    "holm",
    "interval_coverage",
    "kaplan_meier",
    "linearity",
    "log10_of_scale",
    "log_rank",
    "mean_over_seeds",
    "median_onset",
    "median_width",
    "mirage_audit",
    "nats_below_floor",
    "onset",
    "onset_lag",
    "onset_on",
    "onset_ratio",
    "onsets",
    "operating_curve",
    "order_over_seeds",
    "paired_onset_ratio",
    "paired_shares",
    "per_word_score",
    "rank_correlation",
    "ratio_of_sums",
    "ratio_over_seeds_and_items",
    "reciprocal",
    "relative_spread",
    "repeat_share",
    "restricted_geometric_mean",
    "restricted_mean_time",
    "rise_width",
    "score_of_copying",
    "score_of_guessing",
    "score_of_majority",
    "seed_distribution",
    "seeds_needed",
    "shapes_of_seeds",
    "sharpness",
    "sharpness_over_seeds",
    "simes",
    "simulate_final_scores",
    "simulate_population",
    "split_variance",
    "token_edit_distance",
    "true_median",
    "turnbull",
    "two_groups",
]
