"""Per-item results of a final evaluation, packed: one bit for a yes or no, the fewest bytes for a whole number.

What comes back equals what went in, dtype included, except that float64 comes back as float32: a score of one item
needs no more, and a caller who wants half of it passes float16.
"""

import json
from collections.abc import Mapping

import numpy as np
import safetensors.numpy

from seedbed.config.errors import UsageError
from seedbed.store.checkpoints import header_of

FOLDER = "outcomes"

Outcomes = Mapping[str, np.ndarray]


def file_of(member: str) -> str:
    """The name of the member's file in its run."""
    return f"{FOLDER}/{member}.safetensors"


def pack_outcomes(outcomes: Outcomes) -> bytes:
    """`outcomes` (name -> array of any shape) as the content of a safetensors file.

    Raises `UsageError` for anything but booleans, integers and floats.

    >>> packed = pack_outcomes({"right": np.array([True, False, True])})
    >>> unpack_outcomes(packed)["right"]
    array([ True, False,  True])
    """
    tensors, layout = {}, {}
    for name, value in outcomes.items():
        array = np.asarray(value)
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8 or not isinstance(name, str):
            raise UsageError(f"outcome {name!r} has dtype {array.dtype}: outcomes are booleans, integers or floats.")
        tensors[name] = _packed(array)
        dtype = "float32" if array.dtype == np.float64 else array.dtype.name
        layout[name] = {"dtype": dtype, "shape": array.shape}
    return safetensors.numpy.save(tensors, metadata={"seedbed": json.dumps(layout)})


def unpack_outcomes(data: bytes) -> dict[str, np.ndarray]:
    """The outcomes that `pack_outcomes` packed, in their shapes and dtypes."""
    layout = json.loads(header_of(data)["seedbed"])
    tensors = safetensors.numpy.load(data)
    return {name: _unpacked(tensors[name], np.dtype(at["dtype"]), tuple(at["shape"])) for name, at in layout.items()}


def _packed(array: np.ndarray) -> np.ndarray:
    flat = np.ascontiguousarray(array).ravel()
    if flat.dtype == np.bool_:
        return np.packbits(flat)
    if flat.dtype.kind in "iu":
        return flat.astype(_smallest(flat))
    return flat.astype("<f2" if flat.dtype.itemsize == 2 else "<f4")


def _unpacked(tensor: np.ndarray, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    if dtype == np.bool_:
        return np.unpackbits(tensor, count=int(np.prod(shape))).astype(bool).reshape(shape)
    return tensor.astype(dtype).reshape(shape)


def _smallest(flat: np.ndarray) -> np.dtype:
    if flat.size == 0:
        return np.dtype("u1")
    low, high = int(flat.min()), int(flat.max())
    codes = ("u1", "u2", "u4", "u8") if low >= 0 else ("i1", "i2", "i4", "i8")
    return np.dtype(next(c for c in codes if np.iinfo(c).min <= low and high <= np.iinfo(c).max))
