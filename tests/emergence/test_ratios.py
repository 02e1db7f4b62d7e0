"""Claims about ratios of sums: the value is the sums', the interval holds the truth as often as it says."""

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.emergence import ratio_of_sums


def test_with_equal_sizes_it_is_students_t_of_a_mean():
    from scipy import stats

    above = np.array([1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0])
    found = ratio_of_sums(above, np.full(7, 2.0))
    low, high = stats.t.interval(0.95, 6, loc=above.mean() / 2, scale=stats.sem(above) / 2)
    assert (found.value, found.n) == (above.sum() / 14, 7)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_the_interval_covers_the_ratio_of_what_documents_are_drawn_from():
    """Documents of 50 to 1,500 bytes, short ones harder: 95% of 2,000 draws of 60, within 2 points."""
    rng = np.random.default_rng(5)
    bytes_ND = rng.integers(50, 1500, size=(2000, 60)).astype(float)
    bits_ND = bytes_ND * (1 + 20 / bytes_ND + rng.normal(0, 0.2, bytes_ND.shape))
    truth = 1 + 20 / ((50 + 1499) / 2)
    held = [
        found.low <= truth <= found.high
        for bits_D, bytes_D in zip(bits_ND, bytes_ND, strict=True)
        for found in [ratio_of_sums(bits_D, bytes_D)]
    ]
    assert 0.93 < np.mean(held) < 0.97


def test_few_documents_have_no_interval_and_what_cannot_be_is_refused():
    assert not ratio_of_sums([1.0] * 5, [2.0] * 5).has_interval
    with pytest.raises(UsageError, match="two numbers a unit, got 2 and 3"):
        ratio_of_sums([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(UsageError, match="lower sum is 0"):
        ratio_of_sums([1.0, 2.0], [0.0, 0.0])
