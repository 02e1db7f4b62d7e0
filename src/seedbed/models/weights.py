"""A model's weights as named arrays and back: what checkpoints hold and hashes are taken of.

Names are attribute paths, `blocks.0.mixer.query.weight_IO`.
"""

from typing import Any, TypeVar

import equinox as eqx
import jax
import numpy as np
from jax.tree_util import GetAttrKey, SequenceKey

from seedbed.models.config import ModelConfig
from seedbed.models.language_model import LanguageModel

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

    arrays, rest = eqx.partition(tree, lambda leaf: eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct))
    return eqx.combine(jax.tree_util.tree_map_with_path(replace, arrays), rest)


def array_shapes(config: ModelConfig, vocabulary: int) -> dict[str, tuple[int, ...]]:
    """The shape of every array of a model of this config, by its path; none is allocated."""
    leaves = jax.tree_util.tree_leaves_with_path(_skeleton(config, vocabulary))
    return {_name(path): leaf.shape for path, leaf in leaves if isinstance(leaf, jax.ShapeDtypeStruct)}


def restored(config: ModelConfig, vocabulary: int, named: dict[str, np.ndarray]) -> LanguageModel:
    """The model of this config whose weights are the named ones; no initial weights are drawn. Raises as above."""
    return with_arrays(_skeleton(config, vocabulary), named)


def _skeleton(config: ModelConfig, vocabulary: int) -> LanguageModel:
    return eqx.filter_eval_shape(LanguageModel, config, vocabulary, key=jax.random.key(0))


def _name(path: tuple) -> str:
    return ".".join(
        key.name if isinstance(key, GetAttrKey) else str(key.idx if isinstance(key, SequenceKey) else key)
        for key in path
    )
