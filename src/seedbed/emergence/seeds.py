"""The distribution of final scores over seeds: one kind of seed or two, how often one succeeds, and how well then.

Where an ability is learned by some seeds only, the mean jumps with scale while the chance of success moves smoothly.
Sources: Zhao et al. (2025), arXiv 2502.17356 (random scaling); Schröder & Rahmann (2017), Algorithms for Molecular
Biology 12:21 (beta mixtures by moments); Smithson & Verkuilen (2006), Psychological Methods 11:54 (scores of 0 and 1).
"""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln

from seedbed.config.errors import UsageError
from seedbed.emergence.dip import MIN_SEEDS, DipTest, dip_test
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.intervals import clopper_pearson, mean_over_seeds

BIC_GAIN = 6.0  # "strong" evidence: Kass & Raftery (1995), Journal of the American Statistical Association 90:773
LEAST_FOR_KINDS = 8  # seeds, below which nothing is said of their kinds
DIP_LEVEL = 0.05  # p of one hump, below which there are two
LEAST_SPREAD = 0.01  # standard deviation of a group of seeds, where the number of items is unknown
ROUNDS = 500  # of the mixture's iteration, which mostly ends after tens
ONE_GROUP, TWO_GROUPS = 2, 5  # free numbers of the two models

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TwoGroups:
    """A mixture of two beta distributions of scores.

    low, high: mean score of each group.  share: of seeds in the high group (its weight in the mixture).
    in_high_S: each seed's chance to be of the high group.  bic_gain: by how much the Bayesian information criterion
    prefers two groups to one; at least `BIC_GAIN` to speak of two.
    """

    low: float
    high: float
    share: float
    in_high_S: tuple[float, ...]
    bic_gain: float

    @property
    def are_two(self) -> bool:
        """Whether two groups describe the seeds strongly better than one."""
        return self.bic_gain >= BIC_GAIN


@dataclass(frozen=True)
class SeedDistribution:
    """What S seeds scored in the end.

    success: share of seeds at or above the threshold, n = S.  given_success, given_failure: mean score of those seeds
    and of the others, None where there are none.  dip, groups: None for fewer than 4 seeds.
    """

    success: Estimate
    given_success: Estimate | None
    given_failure: Estimate | None
    dip: DipTest | None
    groups: TwoGroups | None

    @property
    def two_kinds(self) -> bool | None:
        """Whether there are two kinds of seeds: None for fewer than LEAST_FOR_KINDS, of which that cannot be said.

        Both must say so: the mixture, which describes any two gaps among few scores well, and the dip test, which knows
        how often one hump gives such gaps.
        """
        if self.dip is None or self.groups is None or self.dip.n < LEAST_FOR_KINDS:
            return None
        return self.groups.are_two and self.dip.p < DIP_LEVEL


def seed_distribution(scores_S: ArrayLike, *, threshold: float, items: int | None = None) -> SeedDistribution:
    """How S final scores in [0, 1] are distributed over seeds; a seed succeeds at `threshold` or above.

    P(success) has the exact binomial interval of S seeds; the scores given success that of `mean_over_seeds`. Fix the
    threshold before looking: one that is put into the gap afterwards makes the groups look further apart than they are.
    Raises UsageError for scores outside [0, 1] and values that are not finite.
    """
    scores_S = _scores(scores_S, items)
    if not 0 < threshold <= 1:
        raise UsageError(f"threshold must be a score in (0, 1], got {threshold}")
    succeeded_S = scores_S >= threshold

    def mean_of(chosen_S: Floats) -> Estimate | None:
        return mean_over_seeds(chosen_S, items) if chosen_S.size else None

    enough = len(scores_S) >= MIN_SEEDS
    return SeedDistribution(
        clopper_pearson(int(succeeded_S.sum()), len(scores_S)),
        mean_of(scores_S[succeeded_S]),
        mean_of(scores_S[~succeeded_S]),
        dip_test(scores_S, items) if enough else None,
        two_groups(scores_S, items) if enough else None,
    )


def two_groups(scores_S: ArrayLike, items: int | None = None) -> TwoGroups:
    """The mixture w Beta(high) + (1 - w) Beta(low) of S scores in [0, 1], by iterated moments.

    Starts from the widest gap between sorted scores. Each round gives every seed its chance of being in the high group,
    then each group the mean and variance of its weighted seeds, which fix its beta distribution. A group's variance
    is at least that of a binomial share of `items` (or `LEAST_SPREAD`²), else a group of equal scores would be certain
    of itself without bound. Scores are moved off 0 and 1 by half an item: (y (n - 1) + 1/2) / n, n = items, or S.
    Compared with one beta distribution by BIC, log S per free number. Few seeds cannot show
    a small group. Raises UsageError for fewer than 4 seeds, scores outside [0, 1] and values that are not finite.
    """
    scores_S = _scores(scores_S, items)
    seeds = len(scores_S)
    if seeds < MIN_SEEDS:
        raise UsageError(f"two groups need the scores of at least {MIN_SEEDS} seeds, got {seeds}")
    trials = max(items or seeds, 2)
    y_S = (scores_S * (trials - 1) + 0.5) / trials
    one = _log_density(y_S, np.ones(seeds), items)
    high_S = _above_widest_gap(y_S).astype(np.float64)
    low_log_S = high_log_S = one
    share = float(high_S.mean())
    for _ in range(ROUNDS):
        low_log_S, high_log_S = _log_density(y_S, 1 - high_S, items), _log_density(y_S, high_S, items)
        low_log_S, high_log_S = low_log_S + np.log1p(-share), high_log_S + log(share)
        before, high_S = high_S, np.exp(high_log_S - np.logaddexp(low_log_S, high_log_S))
        share = min(1 - 1e-9, max(1e-9, float(high_S.mean())))
        if np.abs(high_S - before).max() < 1e-9:
            break
    gain = 2 * (np.logaddexp(low_log_S, high_log_S).sum() - one.sum()) - (TWO_GROUPS - ONE_GROUP) * log(seeds)
    return TwoGroups(
        low=_weighted_mean(scores_S, 1 - high_S),
        high=_weighted_mean(scores_S, high_S),
        share=share,
        in_high_S=tuple(high_S.tolist()),
        bic_gain=float(gain),
    )


def _scores(scores_S: ArrayLike, items: int | None) -> Floats:
    scores_S = finite_vector("scores", scores_S)
    outside = scores_S[(scores_S < 0) | (scores_S > 1)]
    if outside.size:
        raise UsageError(f"scores must lie in [0, 1], got {outside[0]}: divide right answers by items")
    if items is not None and items < 1:
        raise UsageError(f"items must be at least 1 test item a seed, got {items}; leave it out where unknown")
    return scores_S


def _above_widest_gap(y_S: Floats) -> NDArray[np.bool_]:
    ordered = np.sort(y_S)
    gap = int(np.diff(ordered).argmax())
    if ordered[gap] == ordered[gap + 1]:  # all equal: no gap, so any half will do
        return np.arange(len(y_S)) < len(y_S) // 2
    return y_S > ordered[gap]


def _log_density(y_S: Floats, weights_S: Floats, items: int | None) -> Floats:
    """Log density at each score of the beta distribution that has the weighted mean and variance of the scores."""
    mean = _weighted_mean(y_S, weights_S)
    binomial = mean * (1 - mean)
    variance = max(_weighted_mean((y_S - mean) ** 2, weights_S), binomial / (items + 1) if items else LEAST_SPREAD**2)
    concentration = max(binomial / variance - 1, 1e-3)
    a, b = mean * concentration, (1 - mean) * concentration
    return (a - 1) * np.log(y_S) + (b - 1) * np.log1p(-y_S) - betaln(a, b)


def _weighted_mean(values_S: Floats, weights_S: Floats) -> float:
    return float((weights_S @ values_S) / max(float(weights_S.sum()), 1e-12))
