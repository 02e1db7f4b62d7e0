"""Claims about two outcomes of the same seeds: a published example, exact tests, and exact coverage by enumeration."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import ndtri, xlogy
from scipy.stats import multinomial

from seedbed.config import UsageError
from seedbed.emergence import paired_shares


def counted(only_a, only_b, seeds, level=0.95):
    kinds = np.repeat([0, 1, 2], [only_a, only_b, seeds - only_a - only_b])
    return paired_shares(kinds == 0, kinds == 1, level)


def test_the_published_example_comes_out_as_published():
    # Airways before and after a transplant (Bentur et al. 2009) in Fagerland, Lydersen & Laake (2017), chapter 8.
    found = counted(1, 7, 21)
    assert (found.difference.low, found.difference.high) == pytest.approx((-0.517, -0.026), abs=0.0005)
    assert found.p == pytest.approx(0.0703, abs=5e-5)
    assert (found.only_a, found.only_b, found.difference.n) == (1, 7, 21)


def test_sides_change_places_and_seeds_that_agree_say_nothing_of_which():
    one, other = counted(6, 2, 30), counted(2, 6, 30)
    assert one.p == other.p
    assert one.difference.low == pytest.approx(-other.difference.high)
    assert counted(6, 2, 300).p == one.p


def test_seeds_that_all_agree_leave_room_for_a_difference():
    found = counted(0, 0, 24)
    z2 = ndtri(0.975) ** 2
    assert found.p == 1
    assert (found.difference.low, found.difference.high) == pytest.approx((-z2 / (24 + z2), z2 / (24 + z2)))
    assert counted(24, 0, 24).difference.high == 1 > counted(24, 0, 24).difference.low > 0.7


@pytest.mark.parametrize(("only_a", "only_b", "seeds"), [(5, 2, 24), (0, 4, 24), (9, 8, 30)])
def test_the_ends_solve_the_score_equation_with_the_likeliest_chances(only_a, only_b, seeds):
    """The nuisance chance maximised numerically, in place of the closed form."""
    z = ndtri(0.975)
    for end in (counted(only_a, only_b, seeds).difference.low, counted(only_a, only_b, seeds).difference.high):
        neither = seeds - only_a - only_b

        def minus_likelihood(chance_b, end=end, neither=neither):
            return -(
                xlogy(only_a, max(chance_b + end, 0))
                + xlogy(only_b, chance_b)
                + xlogy(neither, max(1 - 2 * chance_b - end, 0))
            )

        least, most = max(0.0, -end), (1 - end) / 2
        best = minimize_scalar(minus_likelihood, bounds=(least, most), method="bounded", options={"xatol": 1e-12})
        statistic = (only_a - only_b - seeds * end) / np.sqrt(seeds * (2 * best.x + end - end**2))
        assert abs(statistic) == pytest.approx(z, rel=1e-3)


def test_exact_coverage_at_24_seeds():
    seeds = 24
    places = [(a, b) for a in range(seeds + 1) for b in range(seeds + 1 - a)]
    ends = np.array([(d.low, d.high) for d in (counted(a, b, seeds).difference for a, b in places)])
    count_N3 = np.array([(a, b, seeds - a - b) for a, b in places])
    covered = []
    for chance_a in np.linspace(0, 0.5, 11):
        for chance_b in np.linspace(0, 0.5, 11):
            weight_N = multinomial.pmf(count_N3, seeds, [chance_a, chance_b, 1 - chance_a - chance_b])
            truth = chance_a - chance_b
            held_N = (ends[:, 0] <= truth + 1e-9) & (truth - 1e-9 <= ends[:, 1])
            covered.append(weight_N[held_N].sum())
    assert min(covered) > 0.93
    assert 0.95 < np.mean(covered) < 0.96


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [([], [], "at least one seed, got none"), ([1, 0], [1], "2 members"), ([1, 2], [1, 0], "booleans")],
)
def test_what_is_no_pair_of_outcomes_is_refused(a, b, message):
    with pytest.raises(UsageError, match=message):
        paired_shares(a, b)
