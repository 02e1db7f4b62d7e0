from math import inf, nan

import pytest

from seedbed.config.errors import UsageError
from seedbed.emergence import Estimate, format_estimate


def test_a_share_is_shown_in_percent_with_its_interval_and_n():
    assert format_estimate(Estimate(0.987, 0.979, 0.994, 8, "t")) == "98.7% [97.9, 99.4] (n = 8)"


def test_one_seed_says_that_it_has_no_interval():
    assert format_estimate(Estimate(0.5, nan, nan, 1, "one seed")) == "50.0%, no interval (n = 1)"


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (1234.5, 800, inf, "1,234 [800, ∞] (n = 8)"),
        (inf, 800, inf, "∞ [800, ∞] (n = 8)"),
        (nan, 0, 4, "at most 4 (n = 8)"),
        (nan, 512, inf, "at least 512 (n = 8)"),
        (nan, 4, 8, "between 4 and 8 (n = 8)"),
        (nan, 0, inf, "unknown (n = 8)"),
        (-0.25, -0.5, 0.1, "-0.25 [-0.5, 0.1] (n = 8)"),
        (999.7, 999.4, 999_999.4, "1,000 [999, 999,999] (n = 8)"),
        (1.1116049e22, 999_999.6, 2e24, "1.11e22 [1e6, 2e24] (n = 8)"),
        (1.25e-7, 1e-7, 2.5e7, "1.25e-7 [1e-7, 2.5e7] (n = 8)"),
    ],
)
def test_other_numbers_are_shown_plainly_and_censored_ones_as_bounds(value, low, high, shown):
    assert format_estimate(Estimate(value, low, high, 8, "m"), percent=False) == shown


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"value": 0.5, "low": 0.6, "high": 0.7, "n": 3}, "low <= value <= high"),
        ({"value": 0.5, "low": nan, "high": 0.7, "n": 3}, "two ends or none"),
        ({"value": 0.5, "low": 0.4, "high": 0.7, "n": 0}, "at least 1 unit, got 0"),
        ({"value": 0.5, "low": 0.4, "high": 0.7, "n": 3, "level": 95}, "between 0 and 1.*got 95"),
    ],
)
def test_an_impossible_estimate_is_refused(numbers, message):
    with pytest.raises(UsageError, match=message):
        Estimate(method="m", **numbers)
