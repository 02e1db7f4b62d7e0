"""The most likely distribution of onsets between bounds: published answers, the conditions of a maximum, any input."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ragged import ragged_curves
from scipy.optimize import isotonic_regression

from seedbed.config.errors import EstimationError
from seedbed.emergence import onset
from seedbed.emergence import turnbull_masses as module
from seedbed.emergence.onset import onset_bounds
from seedbed.emergence.turnbull_masses import OPTIMAL, Turnbull, turnbull_masses

# Months to breast retraction after radiotherapy alone; "45-" is censored at 45. Finkelstein & Wolfe (1985), Biometrics
# 41:731, table 1; the masses: Fay & Shaw (2010), Journal of Statistical Software 36(2), section 4 (R's interval).
RADIOTHERAPY = (
    "45- 6-10 0-7 46- 46- 7-16 17- 7-14 37-44 0-8 4-11 15- 11-15 22- 46- 46- 25-37 46- 26-40 46- 27-34 36-44 46- 36-48 "
    "37- 40- 17-25 46- 11-18 38- 5-12 37- 0-5 18- 24- 36- 5-11 19-35 17-25 24- 32- 33- 19-26 37- 34- 36-"
)
PUBLISHED = {
    (4, 5): 0.0463,
    (6, 7): 0.0334,
    (7, 8): 0.0887,
    (11, 12): 0.0708,
    (24, 25): 0.0926,
    (33, 34): 0.0818,
    (38, 40): 0.1209,
    (46, 48): 0.4656,
}

Bounds = tuple[np.ndarray, np.ndarray]
BOUNDS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.booleans()).map(
        lambda drawn: (float(min(drawn[:2])), float(max(drawn[:2])) if drawn[2] else inf)
    ),
    min_size=1,
    max_size=24,
).map(lambda pairs: (np.array([low for low, _ in pairs]), np.array([high for _, high in pairs])))


def holds(bounds: Bounds, fit: Turnbull) -> np.ndarray:
    """Which onset may lie in which of the intervals with mass: [S, J]."""
    lowers_S, uppers_S = (each[:, None] for each in bounds)
    within = (lowers_S <= fit.since_J) & (fit.until_J <= uppers_S)
    return within & ((lowers_S == uppers_S) | (lowers_S < fit.until_J))


def log_likelihood(inside_SJ: np.ndarray, mass_J: np.ndarray) -> float:
    return float(np.log(inside_SJ @ mass_J).sum())


def ragged_bounds(number: int, most_seeds: int = 16) -> Bounds:
    curves = ragged_curves(number, most_seeds)
    return onset_bounds([onset(steps, scores, threshold=0.5, persistence=1) for steps, scores in curves])


def assert_the_same_in_any_order(bounds: Bounds, rng: np.random.Generator) -> None:
    lowers_S, uppers_S = bounds
    fit = turnbull_masses(lowers_S, uppers_S)
    for _ in range(5):
        order = rng.permutation(len(lowers_S))
        other = turnbull_masses(lowers_S[order], uppers_S[order])
        for name in ("since_J", "until_J", "mass_J"):
            assert getattr(fit, name).tobytes() == getattr(other, name).tobytes()


def test_the_published_masses_of_the_radiotherapy_trial():
    months = [each.split("-") for each in RADIOTHERAPY.split()]
    lowers, uppers = (
        np.array(each) for each in zip(*((float(low), float(high or inf)) for low, high in months), strict=True)
    )
    fit = turnbull_masses(lowers, uppers)
    found = {(a, b): mass for a, b, mass in zip(fit.since_J, fit.until_J, fit.mass_J, strict=True) if mass > 0}
    assert found == pytest.approx(PUBLISHED, abs=5e-5)


def test_status_known_at_one_look_each_is_isotonic_regression():
    """Current status: a closed form, Groeneboom & Wellner (1992), section II.1.1."""
    rng = np.random.default_rng(4)
    looks, emerged = np.arange(1.0, 41), rng.random(40) < np.linspace(0.1, 0.9, 40)
    fit = turnbull_masses(np.where(emerged, 0.0, looks), np.where(emerged, looks, inf))
    share = (fit.mass_J * (fit.until_J <= looks[:, None])).sum(axis=1)
    assert share == pytest.approx(isotonic_regression(emerged.astype(float)).x, abs=1e-9)


@given(BOUNDS)
def test_the_conditions_of_a_maximum_hold_and_it_is_the_only_one(bounds):
    fit = turnbull_masses(*bounds)
    inside_SJ, seeds = holds(bounds, fit), len(bounds[0])
    slope_J = (inside_SJ / (inside_SJ @ fit.mass_J)[:, None]).sum(axis=0) / seeds
    assert (fit.mass_J >= 0).all() and fit.mass_J.sum() == pytest.approx(1, abs=1e-12)
    assert (slope_J <= 1 + 2 * OPTIMAL).all()
    assert slope_J[fit.mass_J > 1e-6] == pytest.approx(1, abs=1e-5)
    assert np.linalg.matrix_rank(inside_SJ) == inside_SJ.shape[1]


@given(BOUNDS)
def test_no_long_em_finds_more(bounds):
    fit = turnbull_masses(*bounds)
    inside_SJ = holds(bounds, fit)
    mass_J = np.full(inside_SJ.shape[1], 1 / inside_SJ.shape[1])
    for _ in range(2000):
        mass_J = mass_J * (inside_SJ / (inside_SJ @ mass_J)[:, None]).mean(axis=0)
    assert log_likelihood(inside_SJ, fit.mass_J) >= log_likelihood(inside_SJ, mass_J) - 1e-9


@given(BOUNDS, st.integers(0, 2**32 - 1))
def test_the_order_of_seeds_changes_no_digit(bounds, seed):
    assert_the_same_in_any_order(bounds, np.random.default_rng(seed))


@given(BOUNDS, st.integers(2, 5))
def test_every_seed_twice_changes_nothing(bounds, times):
    once, often = turnbull_masses(*bounds), turnbull_masses(*(np.tile(each, times) for each in bounds))
    assert once.mass_J == pytest.approx(often.mass_J, abs=1e-6)


def test_least_squares_that_find_no_end_are_replaced_by_em_steps(monkeypatch):
    expected = turnbull_masses(*ragged_bounds(3))
    solve, calls = module.nnls, iter(range(1000))

    def fails_at_times(a, b):
        if next(calls) % 2 == 0:
            raise RuntimeError("Maximum number of iterations reached.")
        return solve(a, b)

    monkeypatch.setattr(module, "nnls", fails_at_times)
    assert turnbull_masses(*ragged_bounds(3)).mass_J == pytest.approx(expected.mass_J, abs=1e-9)


def test_a_maximum_that_is_not_found_is_an_error_of_its_own(monkeypatch):
    monkeypatch.setattr(module, "NEWTON_STEPS", 1)
    with pytest.raises(EstimationError, match="no most likely distribution of"):
        turnbull_masses(*ragged_bounds(3))


def assert_answers(tables: range, most_seeds: int) -> None:
    for number in tables:
        assert_the_same_in_any_order(ragged_bounds(number, most_seeds), np.random.default_rng(number))


def test_200_ragged_tables_have_an_answer_in_any_order_of_seeds():
    assert_answers(range(200), 24)


@pytest.mark.slow
def test_5000_ragged_tables_have_an_answer_in_any_order_of_seeds():
    assert_answers(range(5000), 32)
