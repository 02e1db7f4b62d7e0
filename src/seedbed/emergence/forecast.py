"""From the first part of a population's curves: the chance that a task will have emerged by a step, and when.

What a curve shows before the score moves (its loss, the likelihood of right answers) tells fast seeds from slow ones.
Log onset is linear in such features with normal noise, fitted to members whose end is known, with onsets as intervals
and censoring as it is. Sources: Wei (1992), Statistics in Medicine 11:1871 (accelerated failure times); Brier (1950),
Monthly Weather Review 78:1; Czado, Gneiting & Held (2009), Biometrics 65:1254 (randomised probability transform).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr, ndtri

from seedbed.config.errors import UsageError
from seedbed.emergence.normal import log_chance_between, log_density
from seedbed.emergence.onset import Onset

RIDGE = (0.01, 0.1, 1.0, 10.0, 100.0)  # penalties tried; a coefficient is a change of log onset per deviation
FOLDS = 5  # of whole groups, by which the penalty and the spread are chosen
LARGEST = 4.0  # of the logarithm of the spread
LEAST_MEMBERS = 8
LEAST_GROUPS = 2


@dataclass(frozen=True)
class Forecaster:
    """log onset ~ N(intercept + z . slopes, spread^2), z the features less `centre` over `scale`.

    start: the step from which it looks ahead; every forecast is for a member that has not emerged by then.
    """

    start: float
    centre_F: NDArray[np.float64]
    scale_F: NDArray[np.float64]
    intercept: float
    slope_F: NDArray[np.float64]
    spread: float
    ridge: float
    members: int

    def emerged_by(self, feature_NF: ArrayLike, step: float) -> NDArray[np.float64]:
        """The chance of each of N members to have emerged by `step`, given that it has not by `start`."""
        before_N, by_N = (self._share(feature_NF, at) for at in (self.start, max(step, self.start)))
        return np.clip((by_N - before_N) / np.maximum(1 - before_N, 1e-12), 0.0, 1.0)

    def quantile(self, feature_NF: ArrayLike, share: float) -> NDArray[np.float64]:
        """The step by which each member has emerged with chance `share`."""
        before_N = self._share(feature_NF, self.start)
        return np.exp(self._centre(feature_NF) + self.spread * ndtri(before_N + share * (1 - before_N)))

    def interval(self, feature_NF: ArrayLike, level: float = 0.8) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The central interval of each member's onset."""
        return self.quantile(feature_NF, (1 - level) / 2), self.quantile(feature_NF, (1 + level) / 2)

    def _centre(self, feature_NF: ArrayLike) -> NDArray[np.float64]:
        standard_NF = (np.atleast_2d(np.asarray(feature_NF, np.float64)) - self.centre_F) / self.scale_F
        return self.intercept + standard_NF @ self.slope_F

    def _share(self, feature_NF: ArrayLike, step: float) -> NDArray[np.float64]:
        return ndtr((log(step) - self._centre(feature_NF)) / self.spread)


def fit_forecaster(feature_NF: ArrayLike, onsets: Sequence[Onset], groups: ArrayLike, *, start: float) -> Forecaster:
    """The forecaster that best foretells whole groups which it has not seen.

    feature_NF: what is known of N members at step `start`.  onsets: how they ended.  groups: their conditions; the
    penalty and the spread are chosen by leaving out whole groups, since the next condition is what is asked.
    Members that had emerged or ended by `start` are left out. Raises UsageError for fewer than 8 members or 2 groups
    left, for features that are not finite, and for no onset seen at all.
    """
    feature_NF, lower_N, upper_N, groups_N = _usable(feature_NF, onsets, groups, start)
    if not np.isfinite(upper_N).any():
        raise UsageError(f"none of {len(lower_N)} members emerged: there is nothing to learn a forecast from")
    names = sorted(set(groups_N))
    left_out = [np.isin(groups_N, names[fold::FOLDS]) for fold in range(min(FOLDS, len(names)))]
    outside = {
        ridge: [_fit(feature_NF[~out_N], lower_N[~out_N], upper_N[~out_N], start, ridge) for out_N in left_out]
        for ridge in RIDGE
    }

    def loss(ridge: float, stretch: float = 1.0) -> float:
        return -sum(
            _log_share(fit, feature_NF[out_N], lower_N[out_N], upper_N[out_N], stretch).sum()
            for fit, out_N in zip(outside[ridge], left_out, strict=True)
        )

    ridge = min(RIDGE, key=loss)
    stretches = np.geomspace(0.5, 4.0, 25)
    stretch = float(min(stretches, key=lambda each: loss(ridge, float(each))))
    fit = _fit(feature_NF, lower_N, upper_N, start, ridge)
    return Forecaster(
        fit.start, fit.centre_F, fit.scale_F, fit.intercept, fit.slope_F, fit.spread * stretch, ridge, fit.members
    )


def brier_scores(chance_N: ArrayLike, onsets: Sequence[Onset], step: float) -> NDArray[np.float64]:
    """(chance - emerged)^2 of each member at `step`; NaN where a member's curve ends before it undecided."""
    chance_N = np.asarray(chance_N, dtype=np.float64)
    known = np.array([one.step is not None or one.last >= step for one in onsets])
    emerged = np.array([one.step is not None and one.step <= step for one in onsets])
    return np.where(known, (chance_N - emerged) ** 2, np.nan)


def transforms(
    share: Callable[[int, float], float], onsets: Sequence[Onset], *, start: float, seed: int = 0
) -> NDArray[np.float64]:
    """The randomised probability transform of each onset: uniform on [0, 1] where forecasts are right.

    share(member, step): the forecast chance to have emerged by a step. An onset known only to lie between two
    evaluations is put at random between their shares.
    """
    rng = np.random.default_rng(seed)
    ends = [
        (share(member, max(one.lower, start)), 1.0 if one.step is None else share(member, one.step))
        for member, one in enumerate(onsets)
    ]
    return np.array([low + rng.random() * (high - low) for low, high in ends])


def _usable(
    feature_NF: ArrayLike, onsets: Sequence[Onset], groups: ArrayLike, start: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    features = np.asarray(feature_NF, dtype=np.float64)
    if features.ndim != 2 or len(features) != len(onsets) or len(np.asarray(groups)) != len(onsets):
        raise UsageError(
            f"each member needs its features, its onset and its group, got {features.shape}, {len(onsets)} and "
            f"{len(np.asarray(groups))}"
        )
    if not np.isfinite(features).all():
        raise UsageError("features must be finite numbers: leave out the members that diverged and say how many")
    if not start > 0:
        raise UsageError(f"start must be a step above 0, got {start}")
    ahead = np.array([(one.last if one.step is None else one.step) > start for one in onsets], dtype=bool)
    kept = [one for one, here in zip(onsets, ahead, strict=True) if here]
    groups_N = np.array([str(each) for each in np.asarray(groups)], dtype=object)[ahead]
    if len(kept) < LEAST_MEMBERS or len(set(groups_N)) < LEAST_GROUPS:
        raise UsageError(
            f"{len(kept)} members of {len(set(groups_N))} conditions had not emerged by {start:g}: at least "
            f"{LEAST_MEMBERS} of {LEAST_GROUPS} are needed to learn a forecast"
        )
    lower_N = np.log([max(one.lower, start) for one in kept])
    upper_N = np.array([inf if one.step is None else log(one.step) for one in kept])
    return features[ahead], lower_N, upper_N, groups_N


def _fit(
    feature_NF: Float[np.ndarray, "N F"],
    lower_N: Float[np.ndarray, " N"],
    upper_N: Float[np.ndarray, " N"],
    start: float,
    ridge: float,
) -> Forecaster:
    """Penalised maximum likelihood, every member known to be later than `start`."""
    centre_F, scale_F = feature_NF.mean(axis=0), feature_NF.std(axis=0)
    scale_F = np.where(scale_F > 0, scale_F, 1.0)
    middle_N = np.where(np.isfinite(upper_N), (lower_N + np.where(np.isfinite(upper_N), upper_N, 0)) / 2, lower_N + 0.5)
    standard_NF = (feature_NF - centre_F) / scale_F
    log_start = log(start)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_spread, slope_F = np.clip(parameters[1], -LARGEST, LARGEST), parameters[2:]
        spread = np.exp(log_spread)
        centre_N = parameters[0] + standard_NF @ slope_F
        low_N, high_N, start_N = ((each - centre_N) / spread for each in (lower_N, upper_N, log_start))
        between_N, beyond_N = log_chance_between(low_N, high_N), log_ndtr(-start_N)
        # Densities over the chances they are slopes of; at an infinite end density and end times density are 0.
        low_D, high_D = (np.exp(log_density(each) - between_N) for each in (low_N, high_N))
        start_D = np.exp(log_density(start_N) - beyond_N)
        by_centre_N = (high_D - low_D + start_D) / spread
        finite_N = np.where(np.isfinite(high_N), high_N, 0.0)
        by_spread = (finite_N * high_D - low_N * low_D + start_N * start_D).sum()
        value = (beyond_N - between_N).sum() + ridge * (slope_F**2).sum() + 0.5 * log_spread**2
        slopes = np.concatenate(
            [[by_centre_N.sum(), by_spread + log_spread], standard_NF.T @ by_centre_N + 2 * ridge * slope_F]
        )
        return float(value), slopes

    first = np.concatenate([[middle_N.mean(), log(max(middle_N.std(), 0.1))], np.zeros(feature_NF.shape[1])])
    found = minimize(loss, first, jac=True, method="L-BFGS-B").x
    spread = float(np.exp(np.clip(found[1], -LARGEST, LARGEST)))
    return Forecaster(start, centre_F, scale_F, float(found[0]), found[2:], spread, ridge, len(lower_N))


def _log_share(
    model: Forecaster,
    feature_NF: Float[np.ndarray, "N F"],
    lower_N: Float[np.ndarray, " N"],
    upper_N: Float[np.ndarray, " N"],
    stretch: float,
) -> NDArray[np.float64]:
    """log P(lower < log onset <= upper | log onset > log start), digits kept in both tails."""
    centre_N, spread = model._centre(feature_NF), model.spread * stretch
    low_N, high_N, start_N = ((each - centre_N) / spread for each in (lower_N, upper_N, log(model.start)))
    return log_chance_between(low_N, high_N) - log_ndtr(-start_N)
