from .alignment import (
    Alignment as Alignment,
)
from .alignment import (
    compare_alignment as compare_alignment,
)
from .alignment import (
    relative_spread as relative_spread,
)
from .baselines import (
    coverage_of_random_shots as coverage_of_random_shots,
)
from .baselines import (
    score_of_copying as score_of_copying,
)
from .baselines import (
    score_of_guessing as score_of_guessing,
)
from .baselines import (
    score_of_majority as score_of_majority,
)
from .calibration import (
    Coverage as Coverage,
)
from .calibration import (
    KeptPlan as KeptPlan,
)
from .calibration import (
    coverage_of_half_dose_ratio as coverage_of_half_dose_ratio,
)
from .calibration import (
    coverage_of_mean as coverage_of_mean,
)
from .calibration import (
    coverage_of_median as coverage_of_median,
)
from .calibration import (
    coverage_of_ratio as coverage_of_ratio,
)
from .calibration import (
    coverage_of_restricted_mean as coverage_of_restricted_mean,
)
from .calibration import (
    coverage_of_success as coverage_of_success,
)
from .calibration import (
    delivered_power as delivered_power,
)
from .calibration import (
    false_alarms_of_log_rank as false_alarms_of_log_rank,
)
from .calibration import (
    interval_coverage as interval_coverage,
)
from .conditions import LogRank as LogRank
from .conditions import log_rank as log_rank
from .conditions import onset_ratio as onset_ratio
from .correlation import (
    RankCorrelation as RankCorrelation,
)
from .correlation import (
    order_over_seeds as order_over_seeds,
)
from .correlation import (
    rank_correlation as rank_correlation,
)
from .crossed import VarianceSplit as VarianceSplit
from .crossed import repeat_share as repeat_share
from .crossed import split_variance as split_variance
from .dip import DipTest as DipTest
from .dip import dip_statistic as dip_statistic
from .dip import dip_test as dip_test
from .dose import DoseRatio as DoseRatio
from .dose import half_dose as half_dose
from .dose import half_dose_ratio as half_dose_ratio
from .estimates import Estimate as Estimate
from .estimates import format_estimate as format_estimate
from .forecast import Forecaster as Forecaster
from .forecast import brier_scores as brier_scores
from .forecast import fit_forecaster as fit_forecaster
from .intervals import (
    clopper_pearson as clopper_pearson,
)
from .intervals import (
    difference_of_means as difference_of_means,
)
from .intervals import (
    mean_over_seeds as mean_over_seeds,
)
from .lag import half_fall as half_fall
from .lag import onset_lag as onset_lag
from .memorising import (
    MemorisingBaseline as MemorisingBaseline,
)
from .memorising import (
    chance_of_reaching as chance_of_reaching,
)
from .memorising import (
    expected_score_of_memorising as expected_score_of_memorising,
)
from .memorising import (
    hoeffding_bound as hoeffding_bound,
)
from .memorising import (
    nats_below_floor as nats_below_floor,
)
from .mirage import (
    MirageVerdict as MirageVerdict,
)
from .mirage import (
    ScoredRun as ScoredRun,
)
from .mirage import (
    SeedAudit as SeedAudit,
)
from .mirage import (
    mirage_audit as mirage_audit,
)
from .multiple import holm as holm
from .multiple import simes as simes
from .onset import Onset as Onset
from .onset import median_onset as median_onset
from .onset import onset as onset
from .onset import onsets as onsets
from .paired import PairedShares as PairedShares
from .paired import paired_shares as paired_shares
from .paired_onsets import paired_onset_ratio as paired_onset_ratio
from .partial_credit import (
    edit_score as edit_score,
)
from .partial_credit import (
    edit_scores as edit_scores,
)
from .partial_credit import (
    per_word_score as per_word_score,
)
from .partial_credit import (
    token_edit_distance as token_edit_distance,
)
from .power import SeedPlan as SeedPlan
from .power import seeds_needed as seeds_needed
from .ratios import ratio_of_sums as ratio_of_sums
from .ratios import ratio_over_seeds_and_items as ratio_over_seeds_and_items
from .rise import Rise as Rise
from .rise import fit_rise as fit_rise
from .scales import log10_of_scale as log10_of_scale
from .scales import onset_on as onset_on
from .scales import reciprocal as reciprocal
from .seed_verdict import SeedVerdict as SeedVerdict
from .seeds import (
    SeedDistribution as SeedDistribution,
)
from .seeds import (
    TwoGroups as TwoGroups,
)
from .seeds import (
    seed_distribution as seed_distribution,
)
from .seeds import (
    two_groups as two_groups,
)
from .shapes import (
    TOO_LITTLE_DATA as TOO_LITTLE_DATA,
)
from .shapes import (
    ShapeComparison as ShapeComparison,
)
from .shapes import (
    ShapeFit as ShapeFit,
)
from .shapes import (
    compare_shapes as compare_shapes,
)
from .shapes import (
    shapes_of_seeds as shapes_of_seeds,
)
from .sharpness import (
    RiseWidth as RiseWidth,
)
from .sharpness import (
    Sharpness as Sharpness,
)
from .sharpness import (
    breakthroughness as breakthroughness,
)
from .sharpness import (
    chance_over_seeds as chance_over_seeds,
)
from .sharpness import (
    linearity as linearity,
)
from .sharpness import (
    median_width as median_width,
)
from .sharpness import (
    rise_width as rise_width,
)
from .sharpness import (
    sharpness as sharpness,
)
from .sharpness import (
    sharpness_over_seeds as sharpness_over_seeds,
)
from .simulate import (
    FinalScores as FinalScores,
)
from .simulate import (
    Population as Population,
)
from .simulate import (
    Rising as Rising,
)
from .simulate import (
    simulate_final_scores as simulate_final_scores,
)
from .simulate import (
    simulate_population as simulate_population,
)
from .simulate import (
    true_median as true_median,
)
from .survival import (
    SurvivalCurve as SurvivalCurve,
)
from .survival import (
    kaplan_meier as kaplan_meier,
)
from .survival import (
    restricted_geometric_mean as restricted_geometric_mean,
)
from .survival import (
    restricted_mean_time as restricted_mean_time,
)
from .survival import (
    turnbull as turnbull,
)
from .verdict import (
    EmergenceVerdict as EmergenceVerdict,
)
from .verdict import (
    emergence_verdict as emergence_verdict,
)
from .verdict import (
    operating_curve as operating_curve,
)
