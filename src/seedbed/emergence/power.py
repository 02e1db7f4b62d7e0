"""How many seeds a comparison of onsets needs, judged from a short pilot whose own spread is uncertain.

A pilot of a few seeds knows the spread of onsets badly; planning as if it were known promises more power than comes.
So power is averaged over what the spread may be. Sources: O'Hagan, Stevens & Campbell (2005), Pharmaceutical Statistics
4:187 (assurance: power averaged over what is not known); Peto & Peto (1972), JRSS A 135:185 (the log-rank test).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import chdtri, ndtri

from seedbed.config.errors import UsageError
from seedbed.emergence.conditions import ROUNDING, counts_all_deals, deals
from seedbed.emergence.normal import log_chance_between
from seedbed.emergence.onset import Onset

MOST_SEEDS = 512
SIMULATED = 2000  # pairs of conditions that a number of seeds is judged by: a power of 0.8 is known within 0.018
LEAST_PILOT = 3  # seeds whose onset was seen; with fewer the spread could be anything


@dataclass(frozen=True)
class SeedPlan:
    """What a comparison needs.

    seeds: a condition; None where even MOST_SEEDS do not reach the power.  power: at that number.  spread: standard
    deviation of log onset in the pilot.  pilot: its seeds.  censored: those of them whose onset was not seen.
    curve: (seeds, power) for the numbers of seeds that were tried.
    """

    seeds: int | None
    power: float
    spread: float
    pilot: int
    censored: int
    curve: tuple[tuple[int, float], ...]


def seeds_needed(
    pilot: Sequence[Onset], effect: float, power: float = 0.8, *, level: float = 0.05, end: float = inf, seed: int = 0
) -> SeedPlan:
    """The least number of seeds a condition at which a log-rank test at `level` sees an onset ratio of `effect`.

    pilot: onsets of one condition.  effect: ratio of typical onsets, such as 1.5 or its inverse.  end: the step at
    which the planned runs end, in the pilot's unit: onsets after it are censored; by default none is.

    Assumed: log onset is normal, with one spread in both conditions; seeds are independent. The pilot's spread enters
    with its uncertainty: sigma^2 ~ (k - 1) s^2 / chi^2(k - 1), k the pilot's seen onsets. The slower condition is the
    effect times slower than the pilot. Raises UsageError for a pilot with fewer than 3 seen onsets, an effect of 1 or
    not above 0, a power or level outside (0, 1), and where the pilot does not vary at all.
    """
    if not effect > 0 or effect == 1:
        raise UsageError(f"effect must be a ratio of onsets above 0 and other than 1, such as 1.5, got {effect}")
    for name, value in (("power", power), ("level", level)):
        if not 0 < value < 1:
            raise UsageError(f"{name} must lie between 0 and 1, got {value}")
    if power <= level:
        raise UsageError(f"power must exceed the level of the test, got {power} and {level}")
    seen = sum(one.step is not None for one in pilot)
    if seen < LEAST_PILOT:
        raise UsageError(
            f"the pilot shows {seen} onsets among {len(pilot)} seeds, {LEAST_PILOT} are needed to judge their spread: "
            "add seeds, or train longer"
        )
    centre, spread = log_normal_fit(pilot)
    if spread == 0:
        raise UsageError("all onsets of the pilot fall between the same two evaluations: test more often")
    tried: dict[int, float] = {}

    def reached(seeds: int) -> bool:
        tried[seeds] = assurance(seeds, effect, spread, seen, level=level, log_end=log(end) - centre, seed=seed)
        return tried[seeds] >= power

    low, high = 1, _guess(effect, spread, power, level)
    while not reached(high):
        if high == MOST_SEEDS:
            return SeedPlan(None, tried[high], spread, len(pilot), len(pilot) - seen, tuple(sorted(tried.items())))
        low, high = high, min(high * 2, MOST_SEEDS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return SeedPlan(high, tried[high], spread, len(pilot), len(pilot) - seen, tuple(sorted(tried.items())))


def _guess(effect: float, spread: float, power: float, level: float) -> int:
    """Where to begin the search: what two normal means would need."""
    deviations = float(ndtri(1 - level / 2) + ndtri(power))
    return int(min(max(2, np.ceil(2 * (deviations * spread / log(effect)) ** 2)), MOST_SEEDS))


def assurance(
    seeds: int, effect: float, spread: float, pilot: int, *, level: float, log_end: float = inf, seed: int = 0
) -> float:
    """The chance that a log-rank test of two conditions of `seeds` each comes out below `level`, by simulation.

    log_end: logarithm of the end over the pilot's typical onset.  The spread is drawn anew for every simulated study.
    """
    rng = np.random.default_rng([seed, seeds])
    draws = SIMULATED if seeds <= 64 else SIMULATED // 4
    sigma_R1 = spread * np.sqrt((pilot - 1) / rng.chisquare(pilot - 1, size=(draws, 1)))
    times_R2N = sigma_R1 * rng.standard_normal((draws, 2 * seeds))
    times_R2N[:, seeds:] += abs(log(effect))
    return float(told_apart(times_R2N, seeds, level, log_end).mean())


def told_apart(times_R2N: Float[np.ndarray, "R N2"], first: int, level: float, end: float = inf) -> NDArray[np.bool_]:
    """Whether `log_rank` would tell each of R studies apart at `level`: the first `first` times against the rest.

    Times after `end` are censored there; ties have no correction. Where `log_rank` counts all deals of the seeds, so
    does this: with 4 seeds a side the least p-value is 2 of 70, with 3 it is 0.1, and a large sample's test would
    promise what they cannot keep. Otherwise the chi-squared of a large sample.
    """
    total = times_R2N.shape[1]
    if not counts_all_deals(total, first):
        return log_rank_statistics(times_R2N, first, end) > chdtri(1, level)
    first_RN = (np.argsort(times_R2N, axis=1) < first).astype(np.float64)
    events_R = (times_R2N <= end).sum(axis=1)
    p_R = np.ones(len(times_R2N))
    for events in np.unique(events_R[events_R > 0]):  # scores depend on the ranks and on how many emerge in time alone
        emerged_N = np.arange(total) < events
        scores_N = emerged_N - np.cumsum(emerged_N / (total - np.arange(total)))
        sums_D = np.sort(scores_N[deals(total, first, True)].sum(axis=1))
        sums_R = first_RN[events_R == events] @ scores_N
        as_low_R = np.searchsorted(sums_D, sums_R + ROUNDING, side="right")
        as_high_R = len(sums_D) - np.searchsorted(sums_D, sums_R - ROUNDING, side="left")
        p_R[events_R == events] = 2 * np.minimum(as_low_R, as_high_R) / len(sums_D)
    return p_R <= level


def log_rank_statistics(times_R2N: Float[np.ndarray, "R N2"], first: int, end: float = inf) -> NDArray[np.float64]:
    """Log-rank chi-squared of each of R studies: the first `first` times of a row against the rest.

    Times after `end` are censored there. Ties have no correction: times are continuous.
    """
    order_RN = np.argsort(times_R2N, axis=1)
    group_RN = (order_RN < first).astype(np.float64)
    event_RN = np.take_along_axis(times_R2N, order_RN, axis=1) <= end
    total = times_R2N.shape[1]
    at_risk_N = total - np.arange(total)
    first_at_risk_RN = first - np.cumsum(group_RN, axis=1) + group_RN
    share_RN = first_at_risk_RN / at_risk_N
    excess_R = ((group_RN - share_RN) * event_RN).sum(axis=1)
    variance_R = (share_RN * (1 - share_RN) * event_RN).sum(axis=1)
    return np.divide(excess_R**2, variance_R, out=np.zeros_like(excess_R), where=variance_R > 0)


def log_normal_fit(onsets: Sequence[Onset]) -> tuple[float, float]:
    """Mean and standard deviation of log onset, by maximum likelihood with every onset known only to its interval.

    The deviation is scaled by sqrt(k / (k - 1)), k the seen onsets, as a sample's is. An onset whose interval begins at
    0 (or whose evaluation stands at 0) is taken to lie within a factor of two before its evaluation. Where all onsets
    fall into one interval the deviation is 0.
    """
    low_N = np.array([log(one.lower) if one.lower > 0 else _half(one) for one in onsets])
    high_N = np.array([inf if one.step is None else log(one.step) if one.step > 0 else 0.0 for one in onsets])
    seen_N = np.isfinite(high_N)
    if len(set(zip(low_N[seen_N].tolist(), high_N[seen_N].tolist(), strict=True))) == 1 and seen_N.all():
        return float((low_N[0] + high_N[0]) / 2), 0.0
    middle_N = np.where(seen_N, (low_N + np.where(seen_N, high_N, low_N)) / 2, low_N)

    def loss(parameters: NDArray[np.float64]) -> float:
        centre, log_sigma = parameters
        spread = np.exp(log_sigma)
        return -float(log_chance_between((low_N - centre) / spread, (high_N - centre) / spread).sum())

    start = np.array([middle_N.mean(), log(max(middle_N.std(), 0.05))])
    found = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-8, "maxiter": 2000})
    seen = int(seen_N.sum())
    return float(found.x[0]), float(np.exp(found.x[1]) * np.sqrt(seen / (seen - 1)) if seen > 1 else np.exp(found.x[1]))


def _half(one: Onset) -> float:
    return log((one.step or one.last) / 2) if (one.step or one.last) > 0 else -log(2)
