"""The flags of a command, read from the frozen dataclass of its options.

A field is a flag (`seeds` is `--seeds`), a nested config's field a dotted one (`--model.width`), and a field marked by
`positional()` an argument without a name; one marked by `seedbed.config.recorded` is none. Underscores and hyphens are
alike.
"""

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from seedbed.cli.fieldhelp import field_help
from seedbed.config.recorded import is_recorded


@dataclass(frozen=True)
class Flag:
    """One setting of a command.

    path: its dotted name in the dataclass.  kind: its type.  default: MISSING where it must be given.
    """

    path: str
    kind: Any
    default: Any
    help: str
    positional: bool = False

    @property
    def option(self) -> str:
        """How it is written, `--model.width`."""
        return "--" + self.path.replace("_", "-")

    @property
    def usage(self) -> str:
        """A positional one as the usage line shows it, in brackets where it may be left out."""
        name = self.path.upper() + ("..." if self.is_list else "")
        return name if self.default is MISSING else f"[{name}]"

    @property
    def negation(self) -> str:
        """How a switch is turned off, `--evaluation.no-log-spaced`."""
        section, dot, name = self.option[2:].rpartition(".")
        return f"--{section}{dot}no-{name}"

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value."""
        return self.kind is bool

    @property
    def is_list(self) -> bool:
        """Whether it takes several simple values."""
        return get_origin(self.kind) is tuple and all(arg in (str, int, float, Ellipsis) for arg in get_args(self.kind))


def positional(default: Any = MISSING) -> Any:
    """A field that is given by its place and not by a flag; it may be left out where it has a default."""
    return field(default=default, metadata={"positional": True})


def flags_of(cls: type, base: Any = None, prefix: str = "") -> Iterator[Flag]:
    """Every flag of the dataclass `cls`, with the values of `base` as defaults, in the order of its fields."""
    hints, words = get_type_hints(cls), field_help(cls)
    for entry in fields(cls):
        kind, path = hints[entry.name], prefix + entry.name
        if is_recorded(entry):
            continue
        default = _default(entry) if base is None else getattr(base, entry.name)
        if isinstance(kind, type) and is_dataclass(kind):
            yield from flags_of(kind, default, f"{path}.")
        else:
            yield Flag(path, kind, default, words.get(entry.name, ""), bool(entry.metadata.get("positional")))


def kind_name(kind: Any) -> str:
    """A type as the help shows it: INT, NUMBER, TEXT, or the values that are allowed."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join("none" if argument is type(None) else kind_name(argument) for argument in arguments)
    if origin is Literal:
        return "|".join(str(argument) for argument in arguments)
    if origin is tuple:
        inner = kind_name(arguments[0])
        return f"{inner} ..." if arguments[0] in (str, int, float) else "JSON"
    return {int: "INT", float: "NUMBER", str: "TEXT", bool: "yes|no"}.get(kind, "TEXT")


def _default(entry: Field[Any]) -> Any:
    return entry.default_factory() if entry.default_factory is not MISSING else entry.default
