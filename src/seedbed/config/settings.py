"""Lay settings by dotted name over a config: all at once, so that two that only fit together can be given in any order.

Setting model.width to 90 and then model.heads to 9 would pass through a width that 4 heads do not divide.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, TypeVar

from seedbed.config.canonical import from_plain, to_plain
from seedbed.config.errors import UsageError

Config = TypeVar("Config")


def with_settings(base: Config, settings: Mapping[str, Any], *, path: str = "options") -> Config:
    """`base` with every setting (dotted name -> plain value, or the config of a whole section) laid over it.

    Raises `UsageError` for an unknown name, with the nearest known one, and for a value of the wrong type.
    """
    plain = to_plain(base, defaults=True)
    for name, value in sorted(settings.items(), key=lambda each: each[0].count(".")):  # a whole section, then its parts
        table = plain
        *sections, last = name.split(".")
        for section in sections:
            table = table.setdefault(section, {})
            if not isinstance(table, dict):
                raise UsageError(f"{path}.{name}: {section} is a single value and has no settings of its own")
        table[last] = to_plain(value, defaults=True) if is_dataclass(value) else value
    return from_plain(type(base), plain, path=path)
