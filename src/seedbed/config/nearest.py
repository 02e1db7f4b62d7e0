"""Refuse an unknown name and offer the nearest known one.

Every lookup by name that a user can mistype goes through here, so that all of them answer alike.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from seedbed.config.errors import UsageError, shown

Value = TypeVar("Value")


def unknown_name(kind: str, name: str, known: Iterable[str], where: str = "") -> UsageError:
    """The error for an unknown `name` of a `kind` (say "experiment"), naming the nearest known one.

    >>> str(unknown_name("experiment", "triangel", ["triangle", "hints"]))
    "unknown experiment 'triangel': did you mean 'triangle'? Known: hints, triangle."
    >>> str(unknown_name("language", "E", ["A", "B"], where="in task 'A->E'"))
    "unknown language 'E' in task 'A->E': Known: A, B."
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f" did you mean {near[0]!r}?" if near else ""
    place = f" {where}" if where else ""
    return UsageError(f"unknown {kind} {shown(name)}{place}:{hint} Known: {', '.join(names)}.")


def look_up(kind: str, name: str, table: Mapping[str, Value]) -> Value:
    """`table[name]`, or a `UsageError` with the nearest known name."""
    if name not in table:
        raise unknown_name(kind, name, table)
    return table[name]
