"""Files that appear whole or not at all.

A file is staged under a hidden name in its own folder, forced to disk, and renamed into place: a reader sees the old
file or the new one. A kill leaves at most staged files, whose names nobody else uses, so they can be cleared safely.
"""

import contextlib
import errno
import os
import re
import secrets
from pathlib import Path

from seedbed.config.errors import SeedbedError

STAGED_NAME = re.compile(r"^\..+\.[0-9a-f]{8}\.staged$")


class FailedToWrite(SeedbedError):
    """A write that the operating system refused, with what to do where a run was written.

    fault: the file and the reason.  remedy: what may help, whatever was written; both empty where the message, made
    longer, is all that is left.
    """

    def __init__(self, message: str, fault: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.fault, self.remedy = fault, remedy


def write_file(path: Path, data: bytes) -> None:
    """Make `path` hold `data`, atomically and durably.

    Raises `SeedbedError` where the disk is full or the folder cannot be written; the old file then stays.
    """
    staged = stage_file(path, data)
    try:
        staged.replace(path)
    except OSError as error:
        discard(staged)
        raise failed_to_write(path, error) from error
    sync_folder(path.parent)


def stage_file(path: Path, data: bytes) -> Path:
    """Write `data` beside `path` under a hidden name, force it to disk, and return that name's path.

    Raises `SeedbedError` as `write_file` does, leaving nothing behind.
    """
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}.staged")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            _write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        discard(staged)
        raise failed_to_write(path, error) from error
    return staged


def move_into_place(staged: Path, path: Path) -> None:
    """Rename a staged file to its name; nothing happens where an earlier attempt already did."""
    try:
        staged.replace(path)
    except FileNotFoundError:
        if not path.exists():
            raise failed_to_write(path, FileNotFoundError(errno.ENOENT, "its staged content is gone")) from None
    except OSError as error:
        raise failed_to_write(path, error) from error


def remove_file(path: Path) -> None:
    """Delete `path` if it is there; `SeedbedError` where the folder cannot be written."""
    try:
        path.unlink()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise failed_to_write(path, error) from error


def discard(staged: Path) -> None:
    """Delete a staged file if that is possible: one that stays is cleared when the run is next opened for writing."""
    with contextlib.suppress(OSError):
        staged.unlink()


def clear_staged(folder: Path) -> None:
    """Delete what a killed writer had staged anywhere below `folder`. Only the holder of the run's lock may."""
    for place, _, names in os.walk(folder):
        for name in names:
            if STAGED_NAME.match(name):
                remove_file(Path(place, name))


def sync_folder(folder: Path) -> None:
    """Force the names in `folder` to disk, so that a power cut cannot undo a rename that later writes build on."""
    # Some file systems refuse to sync a folder. The rename stands all the same, so that is no failure of the write.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def failed_to_write(path: Path, error: OSError) -> FailedToWrite:
    """The error for a write to `path` that the operating system refused, saying what to do."""
    again = "and give the same command again"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "The disk is full. Free some space"
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        remedy, again = (
            ("There is no permission to write to the folder. Change its permissions"),
            "or choose another folder for the run",
        )
    else:
        remedy = "Check the disk"
    fault = f"cannot write {path}: {error.strerror or error}"
    message = f"{fault}. {remedy} {again}: what was saved before is intact and is not redone."
    return FailedToWrite(message, fault, remedy)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
