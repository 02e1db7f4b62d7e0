"""The canonical form of a config: what is written down, hashed, sent to a worker and read back.

A config is a frozen dataclass of numbers, strings, booleans, tuples and further configs. Its canonical form leaves out
every field that has its default, so adding a field with a default changes no fingerprint of what exists. Where a field
may hold configs of several classes, the first is written as any other and the rest with their class's name, so a class
that is added changes none either.
"""

import hashlib
import json
from dataclasses import MISSING, Field, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from seedbed.config.errors import UsageError, shown
from seedbed.config.nearest import look_up, unknown_name

Config = TypeVar("Config")
CLASS = "class"  # the key that names a config's class where there are several; no field can be called so


def canonical(config: object) -> str:
    """One line of JSON, keys sorted, without fields that have their defaults.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Bed:
    ...     rows: int = 3
    ...     name: str = "north"
    >>> canonical(Bed(rows=4))
    '{"rows":4}'
    """
    return json.dumps(to_plain(config), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(*parts: str) -> str:
    """16 hexadecimal digits of the SHA-256 of `parts`."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def to_plain(value: Any, *, defaults: bool = False) -> Any:
    """Numbers, strings, lists and dicts for `value`; fields at their default are left out unless `defaults`."""
    if is_dataclass(value) and not isinstance(value, type):
        hints = get_type_hints(type(value))
        return {
            field.name: _as_declared(_named(getattr(value, field.name), hints[field.name], defaults), hints[field.name])
            for field in fields(value)
            if defaults or getattr(value, field.name) != _default(field)
        }
    if isinstance(value, list | tuple):
        return [to_plain(item, defaults=defaults) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise UsageError(f"a config holds numbers, strings, booleans, tuples and configs; got {shown(value)}")


def from_plain(cls: type[Config], plain: Any, *, path: str = "") -> Config:
    """The config of class `cls` that `plain` (of `to_plain`) describes.

    Raises `UsageError` for an unknown key, with the nearest known one, and for a value of the wrong type.
    """
    return _build(cls, plain, path or cls.__name__)


def _build(kind: Any, plain: Any, path: str) -> Any:
    if is_dataclass(kind):
        if not isinstance(plain, dict):
            raise UsageError(f"{path} must be a table of settings, got {shown(plain)}")
        hints = get_type_hints(kind)
        known = [field.name for field in fields(kind)]
        for key in plain:
            if key not in known:
                raise unknown_name(f"setting of {path}", key, known)
        missing = [field.name for field in fields(kind) if field.name not in plain and _default(field) is MISSING]
        if missing:
            raise UsageError(f"{path} needs a value for {', '.join(missing)}, got {shown(plain)}")
        return kind(**{key: _build(hints[key], value, f"{path}.{key}") for key, value in plain.items()})  # type: ignore[operator]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if plain is None and type(None) in arguments:
            return None
        inner, *others = [argument for argument in arguments if argument is not type(None)]
        if others and isinstance(plain, dict) and CLASS in plain:
            named = {argument.__name__: argument for argument in (inner, *others)}
            inner = look_up(f"class of {path}", str(plain[CLASS]), named)
            plain = {key: value for key, value in plain.items() if key != CLASS}
        return _build(inner, plain, path)
    if origin is Literal:
        if plain not in arguments:
            raise unknown_name(f"value of {path}", str(plain), [str(argument) for argument in arguments])
        return plain
    if origin is tuple:
        if not isinstance(plain, list | tuple):
            raise UsageError(f"{path} must be a list, got {shown(plain)}")
        inner = [arguments[0]] * len(plain) if len(arguments) == 2 and arguments[1] is Ellipsis else list(arguments)
        if len(inner) != len(plain):
            raise UsageError(f"{path} must have {len(inner)} entries, got {len(plain)}: {shown(plain)}")
        return tuple(_build(one, item, f"{path}[{i}]") for i, (one, item) in enumerate(zip(inner, plain, strict=True)))
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    if not isinstance(plain, kind) or (kind is int and isinstance(plain, bool)):
        raise UsageError(f"{path} must be of type {kind.__name__}, got {shown(plain)}")
    return plain


def _named(value: Any, kind: Any, defaults: bool) -> Any:
    """`value` as plain data, with its class's name where its field may hold several and it is not the first."""
    plain = to_plain(value, defaults=defaults)
    classes = [argument for argument in get_args(kind) if is_dataclass(argument)]
    return {CLASS: type(value).__name__, **plain} if type(value) in classes[1:] else plain


def _as_declared(plain: Any, kind: Any) -> Any:
    """Whole numbers in fields of type float become floats, as `from_plain` reads them: 1 and 1.0 are one config."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    if origin in (Union, UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        return _as_declared(plain, inner[0]) if len(inner) == 1 and plain is not None else plain
    if origin is tuple and isinstance(plain, list):
        repeated = len(arguments) == 2 and arguments[1] is Ellipsis
        kinds = [arguments[0]] * len(plain) if repeated else list(arguments)
        return [_as_declared(item, one) for item, one in zip(plain, kinds, strict=False)]
    return plain


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
