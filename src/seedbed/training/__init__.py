"""Layer `training`: grow populations; optimisers, schedules, the single-member program, workers and events.

Its names are imported when they are asked for: a command starts its workers (`crew`) before anything that needs JAX.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.training.config import Member, Optimiser, PopulationConfig, TrainingConfig, check_member
    from seedbed.training.events import Arrays, Checkpoint, Diverged, Evaluated, Event, Finished, Progress, Sink
    from seedbed.training.identity import NUMERICS_VERSION, cpu_type, device_type, member_fingerprint
    from seedbed.training.population import Layout, check_workers, train_population
    from seedbed.training.worlds import TEXT_MIXTURE

_HOMES = {
    "config": ("Member", "Optimiser", "PopulationConfig", "TrainingConfig", "check_member"),
    "events": ("Arrays", "Checkpoint", "Diverged", "Evaluated", "Event", "Finished", "Progress", "Sink"),
    "identity": ("NUMERICS_VERSION", "cpu_type", "device_type", "member_fingerprint"),
    "worlds": ("TEXT_MIXTURE",),
    "population": ("Layout", "check_workers", "train_population"),
}

__all__ = [
    "NUMERICS_VERSION",
    "TEXT_MIXTURE",
    "Arrays",
    "Checkpoint",
    "Diverged",
    "Evaluated",
    "Event",
    "Finished",
    "Layout",
    "Member",
    "Optimiser",
    "PopulationConfig",
    "Progress",
    "Sink",
    "TrainingConfig",
    "check_member",
    "check_workers",
    "cpu_type",
    "device_type",
    "member_fingerprint",
    "train_population",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
