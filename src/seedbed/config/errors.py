"""The errors that a user can meet, each with the exit code that the command line ends with.

Raised where the mistake is; the message names the value, says what was expected and what to do. docs/errors.md lists
them.
"""

from typing import Any

MOST_SHOWN = 80  # characters of a value in a message: some come from files, and may be a megabyte long


def shown(value: Any) -> str:
    """A value as a message shows it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


class SeedbedError(Exception):
    """Something failed that the user can act on (exit code 1)."""

    exit_code = 1


class UsageError(SeedbedError, ValueError):
    """The request itself is wrong: an unknown name, an impossible world, a value out of range (exit code 2)."""

    exit_code = 2


class EstimationError(SeedbedError):
    """A statistic has no value for this input, or none was found; the others are not touched by it (exit code 1)."""


class DamagedRunError(SeedbedError):
    """A run folder does not hold what its manifest says; nothing was overwritten (exit code 1)."""


class RunLockedError(SeedbedError):
    """Another process holds the run (exit code 1)."""


class InterruptedRunError(SeedbedError):
    """The user stopped the work; the message says what is saved and how to go on (exit code 130)."""

    exit_code = 130
