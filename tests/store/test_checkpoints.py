import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seedbed.config import UsageError
from seedbed.store import weights_hash
from seedbed.store.checkpoints import DTYPES, Label, pack_tensors, unpack_tensors

arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
)
tensors = st.dictionaries(st.text(max_size=8), arrays, max_size=4)


@given(tensors, st.integers(0, 2**40), st.sampled_from(["state", "weights"]))
@settings(deadline=None)
def test_tensors_come_back_with_their_bits(saved, step, content):
    label, loaded = unpack_tensors(pack_tensors(saved, Label(content, step)))
    assert label == Label(content, step)
    assert loaded.keys() == saved.keys()
    for name, tensor in saved.items():
        assert (loaded[name].dtype, loaded[name].shape) == (tensor.dtype, tensor.shape)
        assert loaded[name].tobytes() == tensor.tobytes()
    assert weights_hash(loaded) == weights_hash(saved)


def test_views_and_foreign_byte_orders_are_saved_as_what_they_say():
    grid = np.arange(12, dtype=np.float32).reshape(3, 4)
    odd = {"transposed": grid.T, "strided": grid[:, ::2], "fortran": np.asfortranarray(grid), "big": grid.astype(">f4")}
    loaded = unpack_tensors(pack_tensors(odd, Label("state", 0)))[1]
    for name, tensor in odd.items():
        np.testing.assert_array_equal(loaded[name], tensor)
    assert weights_hash(loaded) == weights_hash(odd)


def test_the_hash_sees_names_dtypes_shapes_and_values():
    base = {"a": np.zeros(4, np.float32), "b": np.ones(2, np.float32)}
    others = [
        {"a": base["a"]},
        {"a": base["b"], "b": base["a"]},
        {**base, "a": base["a"].reshape(2, 2)},
        {**base, "a": base["a"].astype(np.float16)},
        {**base, "a": base["a"].view(np.int32)},
        {**base, "a": -base["a"]},
    ]
    assert len({weights_hash(tensors) for tensors in [base, *others]}) == 7
    assert weights_hash({"b": base["b"], "a": base["a"]}) == weights_hash(base)
    assert weights_hash({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    "bad", [np.zeros(2, ml_dtypes.bfloat16), np.array(["text"]), np.array([object()]), np.zeros(2, complex)]
)
def test_what_would_not_come_back_is_refused(bad):
    with pytest.raises(UsageError, match="tensor 'w' has dtype"):
        pack_tensors({"w": bad}, Label("state", 0))
    with pytest.raises(UsageError, match="named by text"):
        pack_tensors({3: np.zeros(1)}, Label("state", 0))
