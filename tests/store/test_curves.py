import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.store.curves import (
    CURVE_SCHEMA,
    KEYS,
    checked_rows,
    from_parquet,
    in_order,
    merged,
    next_part,
    to_frame,
    to_parquet,
)
from seedbed.store.rewind import rewound

MEMBER, OTHER = "0123456789abcdef", "fedcba9876543210"
MEMBERS = {MEMBER: {}, OTHER: {}}


def row(step, **cells):
    return {"member": MEMBER, "step": step, "task": "A->C", "test": "panel", "n": 50} | cells


rows = st.lists(
    st.builds(
        row,
        st.integers(0, 4),
        member=st.sampled_from([MEMBER, OTHER]),
        coverage=st.none() | st.integers(0, 2),
        exact=st.none() | st.floats(),
    )
)


@given(rows, st.integers(1, 4))
@settings(deadline=None)
def test_a_row_written_again_replaces_the_earlier_one_however_the_parts_were_cut(written, pieces):
    checked = checked_rows(written, MEMBERS)
    cut = [checked[len(checked) * i // pieces : len(checked) * (i + 1) // pieces] for i in range(pieces)]
    frame = merged([from_parquet(to_parquet(merged([to_frame(part)]))) for part in cut])
    last = {(r["member"], r["step"], r["coverage"]): r["exact"] for r in written}
    found = {(r["member"], r["step"], r["coverage"]): r["exact"] for r in frame.to_dicts()}
    assert found.keys() == last.keys()
    assert all(np.array_equal(found[k], last[k], equal_nan=True) for k in found if last[k] is not None)
    assert frame.equals(frame.sort(KEYS), null_equal=True)


@given(rows, st.integers(0, 4), st.booleans())
@settings(deadline=None)
def test_rewinding_drops_exactly_the_rows_after_the_checkpoint(written, step, checkpointed):
    table = {MEMBER: {"state": "training", "step": step}, OTHER: {"state": "finished", "step": 1}}
    frame = to_frame(checked_rows(written, MEMBERS))
    files = [f"checkpoints/{MEMBER}.safetensors"] if checkpointed else []
    reset, changed = rewound(table, files, {"curves/part-000001.parquet": frame})
    limit = step if checkpointed else -1
    expected = [r for r in frame.to_dicts() if r["member"] == OTHER or r["step"] <= limit]
    kept = changed.get("curves/part-000001.parquet", frame)
    assert kept.drop("exact").to_dicts() == [{k: v for k, v in r.items() if k != "exact"} for r in expected]
    assert (len(expected) == frame.height) == (not changed)
    assert reset[OTHER] == table[OTHER]
    assert reset[MEMBER]["state"] == ("training" if checkpointed else "planned")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"exakt": 0.5}, "unknown column of a curve 'exakt': did you mean 'exact'"),
        ({"member": "ffffffffffffffff"}, "no member 'ffffffffffffffff'"),
        ({"test": "quick"}, "one of train, panel, every, paper, bayes; got 'quick'"),
        ({"n": None}, "needs 'n'"),
        ({"n": -1}, "'n' counts from 0"),
        ({"step": 1.5}, "'step' holds a whole number"),
        ({"exact": "high"}, "'exact' holds a number"),
    ],
)
def test_a_bad_row_is_refused(cells, message):
    with pytest.raises(UsageError, match=message):
        checked_rows([row(1) | cells], MEMBERS)


def test_numpy_scalars_are_taken():
    checked = checked_rows([row(np.int64(1), loss=np.float32(0.5), coverage=np.int8(2), exact=1)], MEMBERS)
    assert to_frame(checked).select("step", "loss", "coverage", "exact").rows() == [(1, 0.5, 2, 1.0)]


def test_parts_are_numbered_and_read_oldest_first():
    assert next_part([]) == "curves/part-000001.parquet"
    names = ["curves/part-000002.parquet", "curves/part-000010.parquet", "curves/curves.parquet"]
    assert next_part(names) == "curves/part-000011.parquet"
    assert in_order(names) == ["curves/curves.parquet", "curves/part-000002.parquet", "curves/part-000010.parquet"]


def test_a_table_written_before_a_metric_existed_is_read_with_nothing_in_it():
    old = to_frame([]).drop("kl", "bayes_probability")
    cells = {"member": "m", "step": 1, "task": "A->B", "test": "panel", "n": 3, "exact": 0.5}
    old = pl.concat([old, pl.DataFrame([{name: cells.get(name) for name in old.columns}], schema=old.schema)])
    found = merged([old])
    assert found.columns == list(CURVE_SCHEMA) and found["exact"].to_list() == [0.5] and found["kl"].to_list() == [None]
