"""One writer at a time: an exclusive lock on a run's folder that says who holds it.

The operating system frees the lock when its holder dies, so a dead process blocks nobody, whatever its note says.
"""

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from seedbed.config.errors import RunLockedError, SeedbedError
from seedbed.store.atomic import discard, failed_to_write, write_file
from seedbed.store.manifest import HOLDER, LOCK, utc_now


@dataclass(frozen=True)
class Holder:
    """The process that writes to a run, and since when (UTC, ISO 8601)."""

    pid: int
    host: str
    started: str

    def is_alive(self) -> bool:
        """Whether the process still runs. One on another host cannot be asked and counts as alive."""
        if self.host != socket.gethostname():
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def acquire(folder: Path) -> FileLock:
    """Lock `folder` for this process, until `release`.

    Raises `RunLockedError`, at once, where another writer holds it, and `SeedbedError` where no lock can be written.
    """
    # Owned by the run and not by the thread that opened it: a sink may be closed from another thread.
    lock = FileLock(folder / LOCK, blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise RunLockedError(
            f"{folder} is being written by {_describe(holder(folder))}. Wait until it ends, or stop it first."
        ) from None
    except OSError as error:
        raise failed_to_write(folder / LOCK, error) from error
    try:
        note = Holder(os.getpid(), socket.gethostname(), utc_now())
        write_file(folder / HOLDER, json.dumps(asdict(note)).encode())
    except SeedbedError:
        lock.release()
        raise
    return lock


def release(lock: FileLock) -> None:
    """Free a lock that `acquire` gave. The empty lock file stays: deleting it could let two writers in."""
    discard(Path(lock.lock_file).with_name(HOLDER))
    lock.release()


def holder(folder: Path) -> Holder | None:
    """Who noted that it writes to `folder`; None without a note. A killed process leaves its note: see `is_alive`."""
    try:
        note = json.loads((folder / HOLDER).read_bytes())
        return Holder(int(note["pid"]), str(note["host"]), str(note["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _describe(who: Holder | None) -> str:
    if who is None:
        return "another process that has only just started"
    return f"process {who.pid} on {who.host} since {who.started}"
