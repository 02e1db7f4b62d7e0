import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.store import MEMBER_SCHEMA
from seedbed.store.members import from_parquet, to_frame, to_parquet, with_facts, with_members

NAMES = st.text("0123456789abcdef", min_size=16, max_size=16)


@given(st.dictionaries(NAMES, st.integers(-(2**63), 2**63 - 1)), st.floats(), st.booleans() | st.text() | st.none())
@settings(deadline=None)
def test_a_table_comes_back_from_disk(seeds, rate, arm):
    rows = [
        {
            "member": name,
            "population": "p",
            "init_seed": seed,
            "data_seed": 0,
            "config": "{}",
            "learning_rate": rate,
            "arm": arm,
        }
        for name, seed in seeds.items()
    ]
    table = with_members({}, rows)
    assert to_frame(from_parquet(to_parquet(table))).equals(to_frame(table), null_equal=True)
    assert to_frame(table)["init_seed"].to_list() == list(seeds.values())


def test_a_known_member_keeps_its_row_and_learns_new_columns(sample):
    table = with_facts(
        with_members({}, [sample.member_row(1)]), sample.fingerprint(1), {"state": "finished", "step": 9}
    )
    grown = with_members(table, [sample.member_row(1, hints=5), sample.member_row(2, hints=7)])
    assert to_frame(grown).select("state", "step", "hints").rows() == [("finished", 9, None), ("planned", 0, 7)]
    assert with_facts(grown, sample.fingerprint(1), {"hints": 3})[sample.fingerprint(1)]["hints"] == 3
    assert to_frame({}).schema == pl.Schema(MEMBER_SCHEMA)


def test_numpy_scalars_become_plain(sample):
    table = with_members({}, [sample.member_row(1, hints=np.int32(4), copied=np.bool_(True), share=np.float32(0.5))])
    assert to_frame(table).select("hints", "copied", "share").rows() == [(4, True, 0.5)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"member": "not a fingerprint"}, "16 hexadecimal digits"),
        ({"member": "../../../../etc/p"}, "16 hexadecimal digits"),
        ({"population": None}, "needs 'population'"),
        ({"init_seed": 1.5}, "'init_seed' holds a whole number, got 1.5"),
        ({"init_seed": True}, "'init_seed' holds a whole number, got True"),
        ({"init_seed": 2**63}, "'init_seed' holds a whole number"),
        ({"learning_rate": "fast"}, "'learning_rate' holds a number, got 'fast'"),
        ({"learning_rate": False}, "'learning_rate' holds a number, got False"),
        ({"config": {}}, "'config' holds text"),
        ({"state": "finished"}, "'state' is set by"),
        ({"hints": [1, 2]}, "'hints' holds text, numbers or booleans"),
    ],
)
def test_a_bad_row_is_refused(sample, change, message):
    with pytest.raises(UsageError, match=message):
        with_members({}, [{**sample.member_row(1), **change}])


def test_columns_that_disagree_and_unknown_ones_are_refused(sample):
    with pytest.raises(UsageError, match="column 'hints' mixes int, str"):
        with_members({}, [sample.member_row(1, hints=1), sample.member_row(2, hints="many")])
    table = with_members({}, [sample.member_row(1, hints=1), sample.member_row(2, hints=0.5)])
    assert to_frame(table)["hints"].to_list() == [1.0, 0.5]
    with pytest.raises(UsageError, match="did you mean 'hints'"):
        with_facts(table, sample.fingerprint(1), {"hint": 2})
    with pytest.raises(UsageError, match="no member"):
        with_facts(table, sample.fingerprint(3), {"hints": 2})
