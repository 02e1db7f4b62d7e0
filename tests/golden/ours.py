"""Golden numbers read, and Seedbed's models of their sizes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from seedbed.models import PRESETS, LanguageModel, ModelConfig, restored
from seedbed.models.weights import array_shapes
from tests.golden import numbers

FAMILIES = ("paper", "gam", "mingpt", "baby", "stories", "tinystories", "own")
forward = eqx.filter_jit(lambda model, token_BT: model(token_BT))


def golden() -> dict[str, dict[str, Any]]:
    """For each preset its golden numbers."""
    folder = Path(__file__).parent
    tables = [json.loads((folder / f"{name}.json").read_text()) for name in FAMILIES]
    assert sum(map(len, tables)) == len(set().union(*tables)), "a preset has golden numbers in one file alone"
    return {name: each for table in tables for name, each in table.items()}


def config_of(name: str, size: dict[str, Any]) -> ModelConfig:
    """The preset at another size."""
    model = PRESETS[name].model
    changes = {setting: value for setting, value in size.items() if setting != "vocabulary"}
    if "gam" in changes:
        changes["gam"] = replace(model.gam, **changes["gam"])
    if "window" in changes:
        changes["window"] = tuple(changes["window"])
    return replace(model, **changes)


def on_integers(name: str, size: dict[str, Any]) -> LanguageModel:
    """The preset of this size with weights from integers."""
    config = config_of(name, size)
    shapes = array_shapes(config, size["vocabulary"])
    return restored(config, size["vocabulary"], {each: numbers.weight(each, shape) for each, shape in shapes.items()})


def logits(model: LanguageModel, token_BT: np.ndarray) -> np.ndarray:
    """Of every place, dropout off."""
    return np.asarray(forward(model, jnp.asarray(token_BT, jnp.int32)))
