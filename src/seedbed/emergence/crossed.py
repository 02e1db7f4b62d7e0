"""How much of an outcome's variance comes from one seed and how much from another, where every pair of both was grown.

R initialisations are crossed with C streams of data, one run a cell: y = mean + row + column + remainder, each part a
random draw. The remainder is what only this row with this column does (interaction), and chance. Sources: Searle,
Casella & McCulloch (1992), Variance Components, chapter 4 (components from mean squares); Weerahandi (1993), Journal of
the American Statistical Association 88:899, and Hamada & Weiss (2000), Journal of Quality Technology 32:241
(generalised intervals of them).
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, fdtri

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.inputs import check_level, finite_vector

FloatArray = NDArray[np.float64]
DRAWS = 20_000  # of the chi-squares: ends of an interval then vary by about half a percentage point
ROUNDING = 1e-12  # of a sum of squares, against the values' own size


@dataclass(frozen=True)
class Source:
    """One source of variance. variance: its component, 0 where the estimate fell below; below_zero: if it did.

    share: of the sum of the three components, n = cells.  f, p: the F test that there is none of it; nan for the
    remainder, which has nothing to be tested against.
    """

    variance: float
    below_zero: bool
    share: Estimate
    f: float
    p: float


@dataclass(frozen=True)
class VarianceSplit:
    """The variance of a table of rows by columns. mean: of all cells; mean_square: of the remainder."""

    rows: Source
    columns: Source
    remainder: Source
    mean: float
    mean_square: float


def split_variance(values_RC: ArrayLike, level: float = 0.95) -> VarianceSplit:
    """Components of variance of R rows by C columns without repeats, each with its share and an F test.

    From the mean squares: remainder = MS_E, rows = (MS_R - MS_E) / C, columns = (MS_C - MS_E) / R. A difference below 0
    counts as 0 and is marked. F = MS_R / MS_E with (R-1), (R-1)(C-1) degrees of freedom is exact.

    The interval of a share is a generalised one: every mean square is drawn anew as MS * df / chi-square(df) (20,000
    fixed draws), the shares are computed from each draw, negative components as 0, and the ends are quantiles of these.
    A mean square below the remainder's is raised to it first: else the interval of a source with a very small mean
    square would shrink to 0 alone. The remainder's interval ends at 1 unless rows and columns together are told from
    nothing (F test of both, one-sided at half of 1 - level): the quantiles alone miss 1 too often.

    Assumed: rows, columns and remainders are independent and normal; take the logarithm of onsets. Measured coverage
    of the 95% intervals at 8 by 8, over shares from 0 to 0.9: 94 to 99% with normal parts, 85 to 98% with parts of
    Student's t with 5 degrees of freedom, 80 to 98% with exponential ones (tests/emergence/test_crossed.py). With few
    rows, the intervals are wide: 8 draws of a seed say little about how much seeds differ.

    Where all values are equal, the shares have no value. Raises UsageError for a table smaller than 2 by 2 or not
    finite.

    >>> split = split_variance([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> round(split.rows.share.value, 2), round(split.rows.f, 2)  # ICC(2,1) of Shrout & Fleiss (1979), table 2
    (0.29, 11.03)
    """
    check_level(level)
    values_RC = _table(values_RC)
    rows, columns = values_RC.shape
    squares_3 = _sums_of_squares(values_RC)
    freedom_3 = np.array([rows - 1, columns - 1, (rows - 1) * (columns - 1)])
    means_3 = squares_3 / freedom_3
    raw_3 = _components(means_3, rows, columns)
    variance_3 = raw_3.clip(min=0)
    shares = _shares(variance_3, _drawn_shares(means_3, freedom_3, rows, columns), values_RC.size, level)
    if shares[2].has_interval and _pooled_p(squares_3, freedom_3) > (1 - level) / 2:
        shares[2] = replace(shares[2], high=1.0)
    sources = [
        Source(float(variance_3[source]), bool(raw_3[source] < 0), shares[source], *_f_test(means_3, freedom_3, source))
        for source in range(3)
    ]
    return VarianceSplit(*sources, mean=float(values_RC.mean()), mean_square=float(means_3[2]))


def repeat_share(values_RC: ArrayLike, differences_P: ArrayLike, level: float = 0.95) -> Estimate:
    """How much of the remainder varies again when cells are grown again with a change that means nothing, n = P.

    differences_P: over P cells, a cell's value less that of its repeat. Half of their mean square is the variance of
    chance alone; over MS_E it is the share of the remainder that is chance, the rest being interaction. The interval
    takes their ratio for F-distributed with P and (R-1)(C-1) degrees of freedom; value and ends are cut to 0 and 1.

    Assumed: normal parts. The cells stand in both numbers, which makes their ratio vary less than F. Measured coverage
    of the 95% interval, 16 repeats of 8 by 8, shares from 0.1 to 1: 95 to 98% with normal parts, 89 to 96% with parts
    of Student's t with 5 degrees of freedom (tests/emergence/test_crossed.py). No interval where the remainder is 0.
    """
    check_level(level)
    values_RC, differences_P = _table(values_RC), finite_vector("differences", differences_P)
    rows, columns = values_RC.shape
    freedom, repeats = (rows - 1) * (columns - 1), len(differences_P)
    mean_square = _sums_of_squares(values_RC)[2] / freedom
    if mean_square == 0:
        return without_interval(nan, repeats, "the remainder does not vary", level)
    ratio = float((differences_P**2).mean() / 2 / mean_square)
    tail = (1 - level) / 2
    low, high = ratio / fdtri(repeats, freedom, np.array([1 - tail, tail]))
    value, low, high = (float(min(end, 1.0)) for end in (ratio, low, high))
    return Estimate(value, low, high, repeats, "F interval of two variances, cut to [0, 1]", level)


def _table(values_RC: ArrayLike) -> FloatArray:
    values_RC = np.asarray(values_RC, dtype=np.float64)
    if values_RC.ndim != 2 or min(values_RC.shape) < 2:
        raise UsageError(f"a crossed table needs at least 2 rows and 2 columns, got shape {values_RC.shape}")
    finite_vector("values", values_RC.ravel())
    return values_RC


def _sums_of_squares(values_RC: FloatArray) -> FloatArray:
    """Of rows, columns and remainder."""
    centred_RC = values_RC - values_RC.mean()
    row_R, column_C = centred_RC.mean(axis=1), centred_RC.mean(axis=0)
    rest_RC = centred_RC - row_R[:, np.newaxis] - column_C
    rows, columns = values_RC.shape
    squares_3 = np.array([columns * (row_R**2).sum(), rows * (column_C**2).sum(), (rest_RC**2).sum()])
    return np.where(squares_3 > ROUNDING * (values_RC**2).sum(), squares_3, 0.0)


def _components(means_3: FloatArray, rows: int, columns: int) -> FloatArray:
    """Variances of rows, columns and remainder from their mean squares; the last axis of both holds the three."""
    rest = means_3[..., 2]
    return np.stack([(means_3[..., 0] - rest) / columns, (means_3[..., 1] - rest) / rows, rest], axis=-1)


def _drawn_shares(means_3: FloatArray, freedom_3: NDArray[np.int_], rows: int, columns: int) -> FloatArray:
    """Shares that the mean squares leave possible, [DRAWS, 3]."""
    squares_3 = np.maximum(means_3, means_3[2]) * freedom_3
    variance_D3 = _components(squares_3 / _chi_squares(*freedom_3.tolist()), rows, columns).clip(min=0)
    with np.errstate(invalid="ignore"):  # 0 / 0 where nothing varies
        return variance_D3 / variance_D3.sum(axis=1, keepdims=True)


@lru_cache(maxsize=8)
def _chi_squares(*freedom: int) -> FloatArray:
    return np.random.default_rng(0).chisquare(freedom, size=(DRAWS, len(freedom)))


def _shares(variance_3: FloatArray, drawn_D3: FloatArray, cells: int, level: float) -> list[Estimate]:
    total = variance_3.sum()
    if total == 0:
        return [without_interval(nan, cells, "all values are equal", level) for _ in variance_3]
    low_3, high_3 = np.quantile(drawn_D3, [(1 - level) / 2, (1 + level) / 2], axis=0)
    method = "generalised interval of a variance component's share (Weerahandi)"
    return [
        Estimate(float(value), float(min(low, value)), float(max(high, value)), cells, method, level)
        for value, low, high in zip(variance_3 / total, low_3, high_3, strict=True)
    ]


def _pooled_p(squares_3: FloatArray, freedom_3: NDArray[np.int_]) -> float:
    """The F test that there is neither of rows nor columns."""
    if squares_3[2] == 0:
        return 0.0
    both, freedom = squares_3[:2].sum(), freedom_3[:2].sum()
    return float(fdtrc(freedom, freedom_3[2], both / freedom / (squares_3[2] / freedom_3[2])))


def _f_test(means_3: FloatArray, freedom_3: NDArray[np.int_], source: int) -> tuple[float, float]:
    if source == 2:
        return nan, nan
    if means_3[2] == 0:
        return (inf, 0.0) if means_3[source] > 0 else (nan, 1.0)
    ratio = float(means_3[source] / means_3[2])
    return ratio, float(fdtrc(freedom_3[source], freedom_3[2], ratio))
