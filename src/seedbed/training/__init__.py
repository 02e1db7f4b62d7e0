"""Layer `training`: grow populations; optimisers, schedules, the single-member program, workers and events."""

from seedbed.training.config import Member, PopulationConfig, TrainingConfig, check_member
from seedbed.training.events import Arrays, Checkpoint, Diverged, Evaluated, Event, Finished, Progress, Sink
from seedbed.training.identity import NUMERICS_VERSION, cpu_type, device_type, member_fingerprint
from seedbed.training.population import Layout, check_workers, train_population

__all__ = [
    "NUMERICS_VERSION",
    "Arrays",
    "Checkpoint",
    "Diverged",
    "Evaluated",
    "Event",
    "Finished",
    "Layout",
    "Member",
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
