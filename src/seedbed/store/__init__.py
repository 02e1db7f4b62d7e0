"""Layer `store`: a run is a folder and a record on disk that survives kills, full disks and damaged files."""

from seedbed.config.hashing import weights_hash
from seedbed.store.atomic import write_file
from seedbed.store.curves import CURVE_SCHEMA, KEYS, METRICS, TESTS
from seedbed.store.integrity import Problem, check_integrity
from seedbed.store.listing import LISTING_SCHEMA, list_runs
from seedbed.store.manifest import FORMAT_VERSION, STATUSES, Manifest, check_place
from seedbed.store.members import MEMBER_SCHEMA, STATES
from seedbed.store.outcomes import pack_outcomes, unpack_outcomes
from seedbed.store.record import record_of
from seedbed.store.run import Run

__all__ = [
    "CURVE_SCHEMA",
    "FORMAT_VERSION",
    "KEYS",
    "LISTING_SCHEMA",
    "MEMBER_SCHEMA",
    "METRICS",
    "STATES",
    "STATUSES",
    "TESTS",
    "Manifest",
    "Problem",
    "Run",
    "check_integrity",
    "check_place",
    "list_runs",
    "pack_outcomes",
    "record_of",
    "unpack_outcomes",
    "weights_hash",
    "write_file",
]
