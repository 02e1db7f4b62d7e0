"""A model's weights as named arrays and back: what checkpoints hold and hashes are taken of.

Names are attribute paths, `blocks.0.mixer.query.weight_IO`.
"""

from typing import Any, TypeVar

import equinox as eqx
import jax
import numpy as np
from jax.tree_util import GetAttrKey, SequenceKey

Tree = TypeVar("Tree")


def named_arrays(tree: object) -> dict[str, np.ndarray]:
    """Every array of a pytree on the host, by its path."""
    arrays = eqx.filter(tree, eqx.is_array)
    return {_name(path): np.asarray(leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(arrays)}


def with_arrays(tree: Tree, named: dict[str, np.ndarray]) -> Tree:
    """`tree` with its arrays replaced by the named ones; every path must be there with its shape and type."""

    def replace(path: tuple, leaf: Any) -> Any:
        name = _name(path)
        if name not in named:
            raise ValueError(f"no array {name!r} among the {len(named)} given")
        array = named[name]
        if array.shape != leaf.shape or array.dtype != leaf.dtype:
            raise ValueError(f"array {name!r} is {array.dtype}{array.shape}, expected {leaf.dtype}{leaf.shape}")
        return jax.numpy.asarray(array)

    arrays, rest = eqx.partition(tree, eqx.is_array)
    return eqx.combine(jax.tree_util.tree_map_with_path(replace, arrays), rest)


def _name(path: tuple) -> str:
    return ".".join(
        key.name if isinstance(key, GetAttrKey) else str(key.idx if isinstance(key, SequenceKey) else key)
        for key in path
    )
