"""Layer `config`: frozen dataclasses as plain data, their canonical form and fingerprint, the errors a user meets."""

from seedbed.config.canonical import canonical, fingerprint, from_plain, to_plain
from seedbed.config.errors import (
    DamagedRunError,
    EstimationError,
    InterruptedRunError,
    RunLockedError,
    SeedbedError,
    UsageError,
    shown,
)
from seedbed.config.nearest import look_up, unknown_name

__all__ = [
    "DamagedRunError",
    "EstimationError",
    "InterruptedRunError",
    "RunLockedError",
    "SeedbedError",
    "UsageError",
    "canonical",
    "fingerprint",
    "from_plain",
    "look_up",
    "shown",
    "to_plain",
    "unknown_name",
]
