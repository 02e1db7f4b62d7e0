"""Fields of options that a run writes down itself, such as what it made of a text, and that nobody gives by hand."""

from dataclasses import Field, field
from typing import Any


def recorded(default: Any) -> Any:
    """Such a field, with what it is before a run begins."""
    return field(default=default, metadata={"recorded": True})


def is_recorded(entry: Field[Any]) -> bool:
    """Whether a field is one."""
    return bool(entry.metadata.get("recorded"))
