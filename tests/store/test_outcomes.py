import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seedbed.config import UsageError
from seedbed.store import pack_outcomes, unpack_outcomes

shapes = hnp.array_shapes(min_dims=0, min_side=0, max_side=20, max_dims=3)
dtypes = st.sampled_from(
    ["bool", "int8", "int16", "int32", "int64", "uint8", "uint64", "float16", "float32", ">i4", ">f4"]
)


@given(st.dictionaries(st.text(max_size=8), dtypes.flatmap(lambda dtype: hnp.arrays(dtype, shapes)), max_size=4))
@settings(deadline=None)
def test_outcomes_come_back_equal(outcomes):
    back = unpack_outcomes(pack_outcomes(outcomes))
    assert back.keys() == outcomes.keys()
    for name, array in outcomes.items():
        assert back[name].dtype == array.dtype.newbyteorder("=")
        np.testing.assert_array_equal(back[name], array)


@given(hnp.arrays("float64", shapes, elements=st.floats(width=32)))
@settings(deadline=None)
def test_float64_comes_back_as_float32(array):
    back = unpack_outcomes(pack_outcomes({"score": array}))["score"]
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, array.astype(np.float32))


def test_outcomes_are_small():
    empty = len(pack_outcomes({"right": np.zeros(0, bool), "length": np.zeros(0, np.int64)}))
    full = len(pack_outcomes({"right": np.ones(8000, bool), "length": np.full(8000, 255)}))
    assert full - empty <= 1000 + 8000 + 64


@pytest.mark.parametrize("bad", [np.array(["text"]), np.array([None]), np.zeros(2, complex), np.zeros(1, "M8[s]")])
def test_other_kinds_are_refused(bad):
    with pytest.raises(UsageError, match="booleans, integers or floats"):
        pack_outcomes({"answer": bad})
