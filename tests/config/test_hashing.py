"""Claims about the hash of weights: it tells apart what differs and nothing else."""

import numpy as np

from seedbed.config.hashing import weights_hash


def test_a_hash_tells_values_names_types_and_shapes_apart_but_not_memory_order():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    hashes = [
        weights_hash({"w": array}),
        weights_hash({"v": array}),
        weights_hash({"w": array.reshape(3, 2)}),
        weights_hash({"w": array.view(np.int32)}),
        weights_hash({"w": array + np.float32(1e-6)}),
    ]
    assert len(set(hashes)) == 5
    assert weights_hash({"w": np.asfortranarray(array)}) == hashes[0]
    assert weights_hash({"w": array.astype(">f4")}) == hashes[0]
