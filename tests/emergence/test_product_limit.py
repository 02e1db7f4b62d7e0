import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from seedbed.emergence.product_limit import product_limit, share_waiting


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=30))
def test_the_share_is_scipys_at_every_time_ties_and_losses_among_them(seen):
    times, known = np.array([t for t, _ in seen], dtype=float), np.array([k for _, k in seen])
    at = np.arange(-1, 14) / 1.0
    expected = ecdf(CensoredData(uncensored=times[known], right=times[~known])).sf
    assert share_waiting(times, known, at) == pytest.approx(np.asarray(expected.evaluate(at)), abs=1e-12)


def test_where_nothing_happened_all_still_wait():
    times, shares = product_limit(np.array([3.0, 4.0]), np.array([False, False]))
    assert len(times) == len(shares) == 0
    assert share_waiting(np.array([3.0, 4.0]), np.array([False, False]), [0.0, 9.0]).tolist() == [1.0, 1.0]
