"""A small algebra of sweeps: lists of settings that multiply, chain and zip, then turn a base config into many.

A setting is a dict from a dotted path to a value, `{"model.width": 128}`; a sweep is a list of settings. `apply`
refuses an unknown path with the nearest known one.
"""

from dataclasses import fields, is_dataclass, replace
from itertools import product as cartesian
from typing import Any, TypeVar

import numpy as np

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name

Config = TypeVar("Config")
Setting = dict[str, Any]


def vary(path: str, *values: Any) -> list[Setting]:
    """One setting a value: `vary("seed", 0, 1)` is `[{"seed": 0}, {"seed": 1}]`."""
    return [{path: value} for value in values]


def product(*sweeps: list[Setting]) -> list[Setting]:
    """Every combination, the last sweep turning fastest; a later sweep wins where two set the same path.

    >>> product(vary("width", 32, 64), vary("seed", 0, 1))[1]
    {'width': 32, 'seed': 1}
    """
    return [{key: value for setting in settings for key, value in setting.items()} for settings in cartesian(*sweeps)]


def chain(*sweeps: list[Setting]) -> list[Setting]:
    """One sweep after the other."""
    return [setting for sweep in sweeps for setting in sweep]


def together(*sweeps: list[Setting]) -> list[Setting]:
    """The sweeps in step: the first settings merged, then the second, and so on; all must be equally long."""
    if len({len(sweep) for sweep in sweeps}) > 1:
        raise UsageError(f"sweeps taken together must be equally long, got lengths {[len(s) for s in sweeps]}")
    return [{key: value for setting in row for key, value in setting.items()} for row in zip(*sweeps, strict=True)]


def subsample(sweep: list[Setting], count: int, *, seed: int) -> list[Setting]:
    """`count` settings drawn without replacement, in their order in `sweep`."""
    if not 0 <= count <= len(sweep):
        raise UsageError(f"cannot draw {count} settings from a sweep of {len(sweep)}")
    chosen = np.sort(np.random.default_rng(seed).permutation(len(sweep))[:count])
    return [sweep[index] for index in chosen]


def apply(base: Config, sweep: list[Setting]) -> list[Config]:
    """`base` changed by each setting in turn."""
    configs = []
    for setting in sweep:
        config = base
        for path, value in setting.items():
            config = changed(config, path, value)
        configs.append(config)
    return configs


def changed(config: Config, path: str, value: Any) -> Config:
    """`config` with the field at the dotted `path` set to `value`; `config` itself is untouched."""
    name, _, rest = path.partition(".")
    if not is_dataclass(config) or isinstance(config, type):
        raise UsageError(f"{config!r} has no settings, so {path!r} cannot be set in it")
    known = [field.name for field in fields(config)]
    if name not in known:
        raise unknown_name(f"setting of {type(config).__name__}", name, known)
    return replace(config, **{name: changed(getattr(config, name), rest, value) if rest else value})
