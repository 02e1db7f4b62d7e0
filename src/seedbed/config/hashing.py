"""The hash of a model's weights: equal hashes mean equal bits, on any machine."""

import hashlib
import json
import sys
from collections.abc import Mapping

import numpy as np


def weights_hash(tensors: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over the tensors in the order of their names: name, dtype, shape, little-endian bytes.

    >>> weights_hash({"b": np.zeros(2, "float32")}) == weights_hash({"b": np.zeros((2, 1), "float32")})
    False
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = np.asarray(tensors[name])
        digest.update(json.dumps([name, tensor.dtype.name, list(tensor.shape)]).encode())
        digest.update(little_endian(tensor).tobytes())
    return digest.hexdigest()


def little_endian(tensor: np.ndarray) -> np.ndarray:
    """The same numbers in little-endian bytes."""
    order = tensor.dtype.byteorder
    if order == ">" or (order == "=" and sys.byteorder == "big"):
        return tensor.astype(tensor.dtype.newbyteorder("<"))
    return tensor
