"""A run at a glance: how far its members are, and whether its files are there, whole in length and of the right step.

No content is hashed but the manifest's and the table's, so a list of many runs stays quick. What is found here is
damage; what is not found here `check_integrity` may still find.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedbed.store import checkpoints, curves, outcomes
from seedbed.store.checkpoints import Label
from seedbed.store.integrity import ATTEMPTS, MISSING, places_of, read_listed
from seedbed.store.manifest import Manifest, failed_to_read, load_manifest
from seedbed.store.members import MEMBERS, Table, from_parquet

RECORD = (MEMBERS, curves.FOLDER, checkpoints.FOLDER, outcomes.FOLDER)  # what cannot be made anew from the rest
PARQUET_END = b"PAR1"


@dataclass(frozen=True)
class Glance:
    """One state of a run. problem: the first file that is damaged, and how; empty where none was found."""

    manifest: Manifest
    table: Table
    problem: str

    def count(self, state: str) -> int:
        """How many members are in this state."""
        return sum(row["state"] == state for row in self.table.values())

    @property
    def under_way(self) -> list[Mapping[str, Any]]:
        """The rows of the members that go on from a saved state; `step` says from where."""
        return [
            row
            for member, row in self.table.items()
            if row["state"] == "training" and checkpoints.file_of(member) in self.manifest.files
        ]


def glance(folder: Path) -> Glance:
    """Look at the run in `folder`. Raises as `load_manifest` and `read_listed` do, so `UsageError` where none is."""
    seen = _look(folder)
    for _ in range(ATTEMPTS):
        latest = load_manifest(folder)
        if latest == seen.manifest:
            break
        seen = _look(folder)  # a writer was at work meanwhile: manifest and files may not belong together
    return seen


def _look(folder: Path) -> Glance:
    manifest = load_manifest(folder)
    found = read_listed(folder, lambda state: [MEMBERS] if MEMBERS in state.files else [])
    table = from_parquet(found[MEMBERS]) if found else {}
    return Glance(manifest, table, _first_problem(folder, manifest, table))


def _first_problem(folder: Path, manifest: Manifest, table: Table) -> str:
    expected = {checkpoints.file_of(member): row for member, row in table.items()}
    for name in sorted(manifest.files):
        if name.split("/")[0] not in RECORD:
            continue
        found = [_fault(path, expected.get(name)) for path in places_of(folder, manifest, name)]
        if all(found):
            return f"{name}: {next((fault for fault in found if fault != MISSING), MISSING)}"
    return ""


def _fault(path: Path, member: Mapping[str, Any] | None) -> str:
    """What is wrong with a file as far as its name, its length and its label tell; empty where nothing is."""
    try:
        size = path.stat().st_size
        if path.suffix == ".parquet":
            return "" if _end_of(path, size) == PARQUET_END else f"{size} bytes that are no whole table"
        if path.suffix == ".safetensors":
            return _fault_of_tensors(path, size, member)
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except OSError as error:
        raise failed_to_read(path, error) from error
    return ""


def _end_of(path: Path, size: int) -> bytes:
    with path.open("rb") as handle:
        handle.seek(max(size - len(PARQUET_END), 0))
        return handle.read()


def _fault_of_tensors(path: Path, size: int, member: Mapping[str, Any] | None) -> str:
    try:
        with path.open("rb") as handle:
            length = int.from_bytes(handle.read(8), "little")
            header = json.loads(handle.read(length)) if length <= size else {}
        label = header.pop("__metadata__")["seedbed"]
        whole = 8 + length + max((tensor["data_offsets"][1] for tensor in header.values()), default=0)
        held = Label(**json.loads(label)) if member is not None else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{size} bytes whose header cannot be read"
    if size != whole:
        return f"{size} bytes, expected {whole}"
    if held is not None and member is not None:
        wanted = Label("weights" if member["state"] == "finished" else "state", member["step"])
        if held != wanted:
            return f"holds {held.content} of step {held.step}, expected {wanted.content} of step {wanted.step}"
    return ""
