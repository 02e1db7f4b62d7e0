"""Whether the statistics keep their promises: how often an interval holds a truth that is known, because it was chosen.

An interval that was never tried is a hope. Each function draws populations, hands them to the statistic as a user would
and counts. Sources: Burton et al. (2006), Statistics in Medicine 25:4279 (simulation studies); Efron & Tibshirani
(1993), An Introduction to the Bootstrap, section 12.5 (studentised intervals).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, isfinite, log, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from seedbed.config.errors import UsageError
from seedbed.emergence.conditions import log_rank, onset_ratio
from seedbed.emergence.dose import half_dose_ratio
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.intervals import clopper_pearson, mean_over_seeds
from seedbed.emergence.medians import median_between
from seedbed.emergence.onset import median_onset, onsets
from seedbed.emergence.power import MOST_SEEDS, seeds_needed
from seedbed.emergence.simulate import (
    FinalScores,
    Rising,
    decades_to,
    perfectly_seen,
    seen_at,
    simulate_final_scores,
    simulate_population,
    true_median,
)
from seedbed.emergence.survival import restricted_mean_time

LEVEL = 0.95  # of every interval that is tried, and of that of the answer
ORACLE_DRAWS = 20_000  # populations from which a studentised interval learns its own quantiles
TYPICAL_ONSET = 400.0  # steps: where simulated onsets lie; intervals of ratios do not depend on it

Ends = tuple[float, float]
FloatArray = NDArray[np.float64]
Trial = Callable[[np.random.Generator], tuple[Estimate, Ends]]


@dataclass(frozen=True)
class Coverage:
    """How an interval did over simulated populations.

    covered: share of populations whose interval held the truth, n = populations.  width: mean width over that of the
    exact interval, where both are finite; nan where never.  truth: what had to be held.
    """

    covered: Estimate
    width: float
    truth: float
    seeds: int


@dataclass(frozen=True)
class KeptPlan:
    """seen: share of studies that saw the effect, n = studies.  seeds: that plans asked for, the median."""

    seen: Estimate
    seeds: float


def interval_coverage(trial: Trial, truth: float, *, seeds: int, populations: int = 2000, seed: int = 0) -> Coverage:
    """How often the interval of `trial` holds `truth`, and how wide it is beside the exact one.

    `trial(rng)` draws one population and gives the estimate under test and the ends of the exact interval on the same
    draw, nan where there is none. Deterministic by `seed`. Raises UsageError for fewer than 1 population.
    """
    rng = np.random.default_rng(seed)
    held, widths, exact_widths = 0, 0.0, 0.0
    for _ in range(_positive("populations", populations)):
        found, (low, high) = trial(rng)
        held += found.low <= truth <= found.high
        if isfinite(found.high - found.low) and isfinite(high - low):
            widths += found.high - found.low
            exact_widths += high - low
    width = widths / exact_widths if exact_widths else nan
    return Coverage(clopper_pearson(held, populations, LEVEL), width, truth, seeds)


def coverage_of_median(
    rising: Rising,
    scale_E: ArrayLike,
    *,
    seeds: int,
    threshold: float,
    persistence: int,
    populations: int = 2000,
    seed: int = 0,
) -> Coverage:
    """How often `median_onset` holds the true median when curves are noisy and seen at evaluations only.

    The truth is `true_median`, of which noise and evaluations are no part: what makes an onset be found too early or
    too late counts against the interval. Exact: the order-statistic interval of the same seeds' true onsets.
    """
    later = 10 ** decades_to(rising, threshold)

    def trial(rng: np.random.Generator) -> tuple[Estimate, Ends]:
        drawn = simulate_population(rising, scale_E, seeds, rng)
        seen = onsets(drawn.scale_E, drawn.scores_SE, threshold=threshold, persistence=persistence)
        true_S = drawn.true_onset_S * later
        return median_onset(seen, LEVEL), _ends(median_between(true_S, true_S, true_S, LEVEL))

    return interval_coverage(trial, true_median(rising, threshold), seeds=seeds, populations=populations, seed=seed)


def coverage_of_success(
    scores: FinalScores, threshold: float, *, seeds: int, populations: int = 2000, seed: int = 0
) -> Coverage:
    """How often the interval of P(success), as in `seed_distribution`, holds the share of seeds that work.

    Noise of items must not carry a seed across `threshold`. Exact: both binomial tails inverted by search (scipy's
    `binomtest`), which knows nothing of the beta quantiles that ours are.
    """
    from scipy.stats import binomtest  # takes longer to import than many audits to run

    @cache
    def inverted(successes: int) -> Ends:
        ends = binomtest(successes, seeds).proportion_ci(LEVEL, method="exact")
        return float(ends.low), float(ends.high)

    def trial(rng: np.random.Generator) -> tuple[Estimate, Ends]:
        successes = int((simulate_final_scores(scores, seeds, rng) >= threshold).sum())
        return clopper_pearson(successes, seeds, LEVEL), inverted(successes)

    return interval_coverage(trial, scores.works, seeds=seeds, populations=populations, seed=seed)


def coverage_of_mean(scores: FinalScores, *, seeds: int, populations: int = 2000, seed: int = 0) -> Coverage:
    """How often `mean_over_seeds` holds the mean accuracy over all seeds that there could be.

    Exact: mean - q se, q the 2.5% and 97.5% quantiles of (mean - truth) / se in `ORACLE_DRAWS` other populations of the
    same kind, se the sample's own. It covers 95% by construction and is Student's t where scores are normal; it knows
    the shape of the distribution, which no user does. Where scores hardly ever vary: the exact binomial of all items.
    """
    oracle_PS = simulate_final_scores(scores, seeds, np.random.default_rng([seed, 1]), ORACLE_DRAWS)
    error_P = oracle_PS.std(axis=1, ddof=1) / sqrt(seeds)
    varies_P = error_P > 0
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    studentised = varies_P.mean() >= LEVEL
    pivots_P = (oracle_PS.mean(axis=1) - scores.truth)[varies_P] / error_P[varies_P]
    early, late = np.quantile(pivots_P, tails) if studentised else (nan, nan)

    def exact(scores_S: FloatArray) -> Ends:
        if not studentised:
            trials = seeds * scores.items
            return _ends(clopper_pearson(round(float(scores_S.mean()) * trials), trials, LEVEL))
        mean, error = float(scores_S.mean()), float(scores_S.std(ddof=1)) / sqrt(seeds)
        return max(0.0, mean - float(late) * error), min(1.0, mean - float(early) * error)

    def trial(rng: np.random.Generator) -> tuple[Estimate, Ends]:
        scores_S = simulate_final_scores(scores, seeds, rng)[0]
        return mean_over_seeds(scores_S, scores.items, LEVEL), exact(scores_S)

    return interval_coverage(trial, scores.truth, seeds=seeds, populations=populations, seed=seed)


def coverage_of_ratio(
    ratio: float,
    spread: float,
    grid_E: ArrayLike,
    *,
    seeds: int,
    populations: int = 2000,
    seed: int = 0,
) -> Coverage:
    """How often `onset_ratio` of two conditions of `seeds` each holds `ratio`.

    spread: standard deviation of log onset, normal around `TYPICAL_ONSET`, later by the ratio in the first condition.
    Exact: the Mann-Whitney interval of the same onsets, known to the point.
    """

    def trial(rng: np.random.Generator) -> tuple[Estimate, Ends]:
        times_a, times_b = ratio * _log_normal(spread, seeds, rng), _log_normal(spread, seeds, rng)
        exact = onset_ratio(perfectly_seen(times_a, 1e9), perfectly_seen(times_b, 1e9), LEVEL)
        return onset_ratio(seen_at(times_a, grid_E), seen_at(times_b, grid_E), LEVEL), _ends(exact)

    return interval_coverage(trial, ratio, seeds=seeds, populations=populations, seed=seed)


def coverage_of_restricted_mean(
    spread: float,
    until: float,
    grid_E: ArrayLike,
    *,
    never: float = 0.0,
    seeds: int,
    populations: int = 2000,
    seed: int = 0,
) -> Coverage:
    """How often `restricted_mean_time` holds the mean of min(onset, `until`); a share `never` of the seeds has none.

    Exact: Student's t of the same times, known to the point.
    """
    z = (log(until) - log(TYPICAL_ONSET)) / spread
    emerging = TYPICAL_ONSET * exp(spread**2 / 2) * ndtr(z - spread) + until * (1 - ndtr(z))
    truth = float((1 - never) * emerging + never * until)

    def trial(rng: np.random.Generator) -> tuple[Estimate, Ends]:
        times_S = np.where(rng.random(seeds) < never, np.inf, _log_normal(spread, seeds, rng))
        exact = mean_over_seeds(np.minimum(times_S, until), level=LEVEL, bounds=None)
        return restricted_mean_time(seen_at(times_S, grid_E), until, LEVEL), _ends(exact)

    return interval_coverage(trial, truth, seeds=seeds, populations=populations, seed=seed)


def coverage_of_half_dose_ratio(
    half_doses: Ends, slope: float, doses_L: Sequence[float], *, seeds: int, populations: int = 2000, seed: int = 0
) -> Coverage:
    """How often `half_dose_ratio` holds the ratio of two half doses, `seeds` members at each dose and arm.

    slope: of both arms, in logits per doubling. There is no exact interval, so no width.
    """
    hints_M = np.tile(np.repeat(np.asarray(doses_L, dtype=np.float64), seeds), 2)
    arm_M = np.arange(len(hints_M)) < len(hints_M) // 2
    logit_M = slope * np.log2(hints_M / np.where(arm_M, *half_doses))

    def trial(rng: np.random.Generator) -> tuple[Estimate, Ends]:
        emerged_M = rng.random(len(hints_M)) < 1 / (1 + np.exp(-logit_M))
        return half_dose_ratio(hints_M, emerged_M, arm_M, LEVEL).ratio, (nan, nan)

    return interval_coverage(trial, half_doses[0] / half_doses[1], seeds=seeds, populations=populations, seed=seed)


def false_alarms_of_log_rank(
    spread: float, grid_E: ArrayLike, *, seeds: int, populations: int = 2000, seed: int = 0
) -> Estimate:
    """How often `log_rank` at 5% tells two conditions of `seeds` apart that are one, n = `populations`."""
    rng = np.random.default_rng(seed)
    told = sum(
        log_rank(*(seen_at(_log_normal(spread, seeds, rng), grid_E) for _ in range(2))).p <= 1 - LEVEL
        for _ in range(_positive("populations", populations))
    )
    return clopper_pearson(told, populations, LEVEL)


def delivered_power(
    spread: float,
    grid_E: ArrayLike,
    *,
    effect: float = 1.5,
    power: float = 0.8,
    pilot: int = 8,
    studies: int = 2000,
    seed: int = 0,
) -> KeptPlan:
    """How often a study sees an onset ratio of `effect` when `seeds_needed` chose its size for `power`.

    Each study draws its own pilot of `pilot` seeds, plans on it, draws as many seeds a condition as the plan says
    (`MOST_SEEDS` where it gives up), and is judged by `log_rank` at 5%. spread: standard deviation of log onset.
    """
    rng = np.random.default_rng(seed)
    seen, sizes = 0, []
    for number in range(_positive("studies", studies)):
        plan = seeds_needed(seen_at(_log_normal(spread, pilot, rng), grid_E), effect, power, seed=number)
        sizes.append(plan.seeds or MOST_SEEDS)
        later = effect * _log_normal(spread, sizes[-1], rng)
        slower, faster = seen_at(later, grid_E), seen_at(_log_normal(spread, sizes[-1], rng), grid_E)
        seen += log_rank(slower, faster).p <= 1 - LEVEL
    return KeptPlan(clopper_pearson(seen, studies, LEVEL), float(np.median(sizes)))


def _log_normal(spread: float, seeds: int, rng: np.random.Generator) -> FloatArray:
    return TYPICAL_ONSET * np.exp(spread * rng.standard_normal(seeds))


def _ends(estimate: Estimate) -> Ends:
    return estimate.low, estimate.high


def _positive(name: str, count: int) -> int:
    if count < 1:
        raise UsageError(f"{name} must be at least 1, got {count}: 2000 for a page, 50 for a try")
    return count
