"""The manifest of a run: what the run is, and the hash of every file that belongs to it.

A change of several files is one new manifest: it lists the new hashes at once, and `moves` says under which staged
names the new contents lie until they are renamed. Whoever reads follows `moves`; whoever writes next finishes them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from seedbed.config.errors import DamagedRunError, SeedbedError, UsageError
from seedbed.store.atomic import STAGED_NAME
from seedbed.store.members import MEMBERS

FORMAT = "seedbed run"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
LOCK = ".lock"
HOLDER = ".lock.json"
STATUSES = ("created", "running", "interrupted", "failed", "finished")


@dataclass(frozen=True)
class Manifest:
    """One state of a run. Times are UTC in ISO 8601; names of files are relative to the run's folder, with slashes.

    files: SHA-256 of each file.  moves: name -> staged name, for contents that may not be in place yet.
    removals: files that no longer belong to the run and may not be deleted yet.
    """

    experiment: str
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    device: str
    status: str
    created: str
    updated: str
    files: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    removals: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise UsageError(f"the status of a run is one of {', '.join(STATUSES)}; got {self.status!r}")

    def names(self, under: str) -> list[str]:
        """Sorted names of the files in the folder `under`, say "curves"."""
        return sorted(name for name in self.files if name.startswith(f"{under}/"))


def encode(manifest: Manifest) -> bytes:
    """`manifest` as JSON that carries its own hash."""
    content = {entry.name: getattr(manifest, entry.name) for entry in fields(manifest)}
    text = _canonical({"format": FORMAT, "format_version": FORMAT_VERSION, **content})
    return f'{text[:-2]},\n "sha256": "{hashlib.sha256(text.encode()).hexdigest()}"\n}}\n'.encode()


def plain(what: str, value: Any) -> Any:
    """`value` as JSON gives it back, so that its hash does not depend on whether it was written or read.

    Raises `UsageError`, calling the value `what`, where JSON cannot hold it.
    """
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise UsageError(f"the {what} of a run must be plain data that JSON can hold: {error}") from error


def load_manifest(folder: Path) -> Manifest:
    """The manifest in `folder` as it is on disk now.

    Raises `UsageError` where there is no run or the folder is someone else's, `DamagedRunError` for a run whose
    manifest is damaged or gone, and `SeedbedError` for a run that a newer Seedbed wrote.
    """
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise no_run_in(folder) from None
    except OSError as error:
        raise failed_to_read(path, error) from error
    return _decode(path, data)


def check_place(folder: Path | str, experiment: str) -> None:
    """Refuse, before work that takes long, a folder in which a run of `experiment` can neither be found nor started.

    Raises `UsageError` where other files or a run of another experiment are, and as `load_manifest` does.
    """
    folder = Path(folder)
    if (folder / MANIFEST).exists():
        found = load_manifest(folder).experiment
        if found != experiment:
            raise UsageError(f"{folder} holds experiment {found!r}, not {experiment!r}: choose another folder.")
    elif not is_free(folder):
        raise no_run_in(folder)


def is_free(folder: Path) -> bool:
    """Whether a run may be started in `folder`: nothing is there but what a writer killed at once has left."""
    return not folder.exists() or (folder.is_dir() and not any(_is_foreign(path.name) for path in folder.iterdir()))


def no_run_in(folder: Path) -> SeedbedError:
    """The error for a folder without a manifest: nothing is there, something that is no run, or a run without it."""
    if is_free(folder):
        return UsageError(f"there is no run in {folder}. Check the path, or start the run with its command.")
    if (folder / MEMBERS).exists():
        return DamagedRunError(
            f"{folder} has lost its {MANIFEST}: it holds the {MEMBERS} of a Seedbed run. Put the manifest back from a "
            "copy, or choose another folder; nothing was changed."
        )
    return UsageError(
        f"{folder} holds files but no {MANIFEST}: it is not a Seedbed run. Choose another folder; nothing was changed."
    )


def failed_to_read(path: Path, error: OSError) -> SeedbedError:
    """The error for a file that the operating system would not read."""
    return SeedbedError(f"cannot read {path}: {error.strerror or error}. Check its permissions and the disk.")


def utc_now() -> str:
    """This moment, as `2026-01-31T12:00:00+00:00`."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _is_foreign(name: str) -> bool:
    # A writer killed before its first manifest leaves its lock and what it had staged.
    return name not in (LOCK, HOLDER) and not STAGED_NAME.match(name)


# Between two commits the manifest is read often, and parsing thousands of hashes takes a hundred times as long as that.
@lru_cache(maxsize=4)
def _decode(path: Path, data: bytes) -> Manifest:
    try:
        content = json.loads(data)
    except ValueError as error:
        raise DamagedRunError(
            f"{path} is damaged: expected JSON, found {len(data)} bytes that are not ({error}). Restore it from a "
            "copy, or move the folder away and run again; nothing was changed."
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UsageError(f"{path} is not the manifest of a Seedbed run. Choose another folder; nothing was changed.")
    if content.get("format_version") != FORMAT_VERSION:
        raise SeedbedError(
            f"{path.parent} was written in run format {content.get('format_version')}; this Seedbed reads format "
            f"{FORMAT_VERSION}. Upgrade Seedbed, or choose another folder; nothing was changed."
        )
    expected = content.pop("sha256", "no hash")
    found = hashlib.sha256(_canonical(content).encode()).hexdigest()
    if found != expected:
        raise DamagedRunError(
            f"{path} is damaged: expected SHA-256 {expected}, found {found}. Restore it from a copy, or move the "
            "folder away and run again; nothing was changed."
        )
    del content["format"], content["format_version"]
    return Manifest(**{**content, "removals": tuple(content["removals"])})


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
