"""A run: a population and its record on disk, written by one process and read by any number.

Every change is one commit of the journal, so the rows, the checkpoint and the state of a member always belong together:
a kill at any moment leaves a run that opens, with no row later than the checkpoint from which its member resumes.
"""

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, final

import numpy as np
import polars as pl
from filelock import FileLock

from seedbed.config.errors import SeedbedError, UsageError
from seedbed.config.hashing import weights_hash
from seedbed.config.nearest import unknown_name
from seedbed.store import checkpoints, curves, lock, members
from seedbed.store import outcomes as outcome_files
from seedbed.store.atomic import failed_to_write
from seedbed.store.checkpoints import Label, Tensors
from seedbed.store.curves import Row
from seedbed.store.integrity import read_listed
from seedbed.store.journal import Journal
from seedbed.store.manifest import MANIFEST, Manifest, check_place, is_free, load_manifest, no_run_in, plain, utc_now
from seedbed.store.members import ENDED, Table
from seedbed.store.outcomes import Outcomes
from seedbed.store.rewind import rewound

MAX_PARTS = 256  # more are merged on the way: a manifest and a reader stay quick however long a run lasts
RESERVED = (MANIFEST, members.MEMBERS, curves.FOLDER, checkpoints.FOLDER, outcome_files.FOLDER)


@final
class Run:
    """A run folder, opened for reading or for writing; a context manager. For one thread at a time.

    Every method that writes raises `SeedbedError` where the disk is full or read-only: nothing has changed then, and
    the call may be made again. A run opened for reading raises `UsageError` from them.
    """

    def __init__(self, folder: Path, journal: Journal | None, held: FileLock | None) -> None:
        """For `create` and `open`, which users call."""
        self.folder = folder
        self._journal, self._lock = journal, held
        self._table: Table = {}
        self._table_is_saved = True
        self._rows: list[Row] = []
        self._interrupted = False

    @classmethod
    def create(
        cls,
        folder: Path | str,
        *,
        experiment: str,
        config: Mapping[str, Any],
        versions: Mapping[str, str],
        device: str,
    ) -> "Run":
        """Start a run in a new or empty `folder` and open it for writing. `config` is plain data.

        Raises `UsageError` where a run or other files are there already, `RunLockedError` where another process is
        starting one.
        """
        folder, now = Path(folder), utc_now()
        manifest = Manifest(
            experiment, plain("config", config), plain("versions", versions), device, "created", now, now
        )
        _refuse_to_create_in(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise failed_to_write(folder, error) from error
        held = lock.acquire(folder)
        try:
            _refuse_to_create_in(folder)  # again, now that nobody else can start one
            return cls(folder, Journal.begin(folder, manifest), held)
        except BaseException:
            lock.release(held)
            raise

    @classmethod
    def open(cls, folder: Path | str, *, write: bool) -> "Run":
        """Open the run in `folder`.

        For writing, every file is verified, what a killed writer left is finished or cleared, and curve rows of an
        unfinished member later than its checkpoint are dropped: they regrow identically. For reading, nothing is
        touched and each file is verified when it is read.

        Raises `UsageError` where there is no run or other files are, `DamagedRunError` where a file is damaged,
        `RunLockedError` where another process writes, and `SeedbedError` for a run of a newer format.
        """
        folder = Path(folder)
        load_manifest(folder)
        if not write:
            return cls(folder, None, None)
        held = lock.acquire(folder)
        try:
            run = cls(folder, Journal.reopen(folder, RESERVED), held)
            run._table = run._table_on_disk()
            run._rewind()
        except BaseException:
            lock.release(held)
            raise
        return run

    @classmethod
    def create_or_open(
        cls,
        folder: Path | str,
        *,
        experiment: str,
        config: Mapping[str, Any],
        versions: Mapping[str, str],
        device: str,
    ) -> "Run":
        """`create` where there is no run yet, else `open` for writing with the manifest brought up to these settings.

        Raises as they do, and `UsageError` where the folder holds a run of another experiment.
        """
        check_place(folder, experiment)
        if not (Path(folder) / MANIFEST).exists():
            return cls.create(folder, experiment=experiment, config=config, versions=versions, device=device)
        header = {"config": plain("config", config), "versions": plain("versions", versions), "device": device}
        run = cls.open(folder, write=True)
        try:
            manifest = run.manifest
            if any(getattr(manifest, name) != value for name, value in header.items()):
                run._commit(**header)
        except BaseException:
            run.close()
            raise
        return run

    @property
    def manifest(self) -> Manifest:
        """What the run is (experiment, config, versions, device, status, times) and the hash of each file."""
        return load_manifest(self.folder)

    def add_members(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Plan members; one that is known keeps its row, whatever its state, so the same command finds what is done.

        A row holds columns of `MEMBER_SCHEMA` (at least the 16-digit fingerprint `member`, `population`, both seeds and
        `config`) and any further scalar columns. Raises `UsageError` for a bad row; then no member is added.
        """
        self._ready()
        table = members.with_members(self._table, rows)
        if table != self._table:
            self._commit(table=table)

    def update_member(self, member: str, **facts: Any) -> None:
        """Note facts (columns of the members' table, say `core_seconds`) about a member; on disk with the next commit.

        Raises `UsageError` for an unknown member or column, and for a column that the store keeps.
        """
        self._ready()
        members.refuse_kept(facts)
        self._table, self._table_is_saved = members.with_facts(self._table, member, facts), False

    def write_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take tidy curve rows (columns of `CURVE_SCHEMA`); they are on disk after `flush` or any other commit.

        A row whose keys were written before replaces the earlier one. Raises `UsageError` for a bad row; then none of
        `rows` is taken.
        """
        self._ready()
        checked = curves.checked_rows(rows, self._table)
        for member in {row[0] for row in checked}:
            if self._table[member]["state"] == "planned":
                self._table = members.with_facts(self._table, member, {"state": "training"})
                self._table_is_saved = False
        self._rows.extend(checked)

    def flush(self) -> None:
        """Write the rows and facts taken so far to disk."""
        self._ready()
        if self._rows or not self._table_is_saved:
            self._commit()

    def compact(self) -> None:
        """Merge all parts of the curves into one file."""
        self._ready()
        self._commit(compact=True)

    def save_checkpoint(self, member: str, step: int, tensors: Tensors, **facts: Any) -> None:
        """Save all that `member` needs to resume after `step`, with its rows so far and `facts` (see `update_member`).

        Raises `UsageError` for a member that has ended or whose last checkpoint is later.
        """
        row = self._unfinished(member, step)
        if row["state"] == "training" and step < row["step"]:
            raise UsageError(f"member {member} has a checkpoint at step {row['step']}: one at step {step} is too late.")
        packed = checkpoints.pack_tensors(tensors, Label("state", step))
        table = self._with_end(member, facts, state="training", step=step)
        self._commit({checkpoints.file_of(member): packed}, table=table)

    def finish_member(self, member: str, step: int, weights: Tensors, outcomes: Outcomes, **facts: Any) -> str:
        """Save the final weights (in place of the checkpoint) and the packed per-item results; returns `weights_hash`.

        Raises `UsageError` for a member that has ended.
        """
        self._unfinished(member, step)
        digest = weights_hash(weights)
        files = {
            checkpoints.file_of(member): checkpoints.pack_tensors(weights, Label("weights", step)),
            outcome_files.file_of(member): outcome_files.pack_outcomes(outcomes),
        }
        self._commit(files, table=self._with_end(member, facts, state="finished", step=step, weights_sha256=digest))
        return digest

    def diverge_member(self, member: str, step: int, reason: str, **facts: Any) -> None:
        """Note that `member` diverged at `step`, and why. Its rows stay; its checkpoint, never resumed, is deleted."""
        self._unfinished(member, step)
        file = checkpoints.file_of(member)
        stale = [file] if file in self._ready().manifest.files else []
        self._commit(removals=stale, table=self._with_end(member, facts, state="diverged", step=step, reason=reason))

    def attach(self, name: str, content: bytes | str) -> None:
        """Keep a named file with the run, say "report.html" or "figures/onset.svg"; an earlier one is replaced.

        Raises `UsageError` for a name that leaves the folder, is hidden, or belongs to the store.
        """
        self._ready()
        parts = name.split("/")
        if any(part == "" or part.startswith(".") or "\\" in part for part in parts) or parts[0] in RESERVED:
            raise UsageError(
                f"cannot attach {name!r}: give a relative name that is not hidden nor {', '.join(RESERVED)}."
            )
        self._commit({name: content.encode() if isinstance(content, str) else content})

    def set_status(self, status: str) -> None:
        """Set the run's status, one of `STATUSES`."""
        self._ready()
        self._commit(status=status)

    def members(self) -> pl.DataFrame:
        """One row per member: the columns of `MEMBER_SCHEMA` and the caller's own, in the order of adding."""
        return members.to_frame(self._table if self._journal else self._table_on_disk())

    def curves(self) -> pl.DataFrame:
        """All rows taken so far, with the columns of `CURVE_SCHEMA`, sorted by their keys."""
        files = read_listed(self.folder, lambda manifest: curves.in_order(manifest.names(curves.FOLDER)))
        return curves.merged([*map(curves.from_parquet, files.values()), curves.to_frame(self._rows)])

    def load_checkpoint(self, member: str) -> tuple[int, dict[str, np.ndarray]] | None:
        """The step and tensors of the member's last checkpoint, or None where it starts from nothing.

        Raises `UsageError` for a member that has ended: there is nothing to resume.
        """
        data = self._read_if_listed(checkpoints.file_of(member))
        label, tensors = checkpoints.unpack_tensors(data) if data else (None, {})
        if label and label.content == "state":
            return label.step, tensors
        state = "finished" if label else self._state(member)
        if state in ENDED:
            raise UsageError(f"member {member} has ended ({state}) and does not resume.")
        return None

    def weights(self, member: str) -> dict[str, np.ndarray]:
        """The final weights of a finished member. Raises `UsageError` for any other, and where they were not kept."""
        data = self._read_if_listed(checkpoints.file_of(member))
        label, tensors = checkpoints.unpack_tensors(data) if data else (None, {})
        if label and label.content == "weights":
            return tensors
        state = self._state(member)
        if state == "finished":
            raise UsageError(f"member {member} has no weights here: {self.folder} is a record, which is kept without.")
        raise UsageError(f"member {member} has no final weights: its state is {state!r}, not 'finished'.")

    def outcomes(self, member: str) -> dict[str, np.ndarray]:
        """The per-item results of a finished member. Raises `UsageError` for any other."""
        data = self._read_if_listed(outcome_files.file_of(member))
        if data is None:
            raise UsageError(f"member {member} has no outcomes: its state is {self._state(member)!r}, not 'finished'.")
        return outcome_files.unpack_outcomes(data)

    def read(self, name: str) -> bytes:
        """The verified content of any file of the run. Raises `UsageError` for an unknown name."""
        data = self._read_if_listed(name)
        if data is None:
            raise unknown_name("file of the run", name, self.manifest.files)
        return data

    def close(self) -> None:
        """Write what is left and free the lock; closing twice does nothing."""
        if self._journal is None or self._lock is None:
            return
        try:
            self.flush()
            self._journal.close()
        finally:
            self._journal, self._rows = None, []
            lock.release(self._lock)

    def __enter__(self) -> "Run":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What went wrong in the block is what the user must see, not that closing failed for the same reason.
        with contextlib.suppress(SeedbedError) if error else contextlib.nullcontext():
            self.close()

    def _ready(self) -> Journal:
        if self._journal is None:
            raise UsageError(f"the run in {self.folder} is not open for writing: open it with `write=True`.")
        if self._interrupted:
            # An exception (Ctrl-C, say) came out of a commit: whether it was made, only the disk knows.
            self._journal.reload()
            self._table, self._table_is_saved, self._interrupted = self._table_on_disk(), True, False
        return self._journal

    def _commit(
        self,
        files: Mapping[str, bytes] | None = None,
        removals: Iterable[str] = (),
        *,
        table: Table | None = None,
        compact: bool = False,
        **header: Any,
    ) -> None:
        journal, table = self._ready(), self._table if table is None else table
        writes, stale = self._curve_changes(compact)
        if table is not self._table or not self._table_is_saved:
            writes[members.MEMBERS] = members.to_parquet(table)
        self._interrupted = True
        try:
            journal.commit({**(files or {}), **writes}, [*removals, *stale], **header)
        except SeedbedError:
            self._interrupted = False
            raise
        self._table, self._table_is_saved, self._rows = table, True, []
        self._interrupted = False

    def _curve_changes(self, compact: bool) -> tuple[dict[str, bytes], list[str]]:
        names = self._ready().manifest.names(curves.FOLDER)
        if compact or len(names) >= MAX_PARTS:
            stale = [name for name in names if name != curves.COMPACTED]
            return {curves.COMPACTED: curves.to_parquet(self.curves())}, stale
        if not self._rows:
            return {}, []
        return {curves.next_part(names): curves.to_parquet(curves.merged([curves.to_frame(self._rows)]))}, []

    def _rewind(self) -> None:
        parts = read_listed(self.folder, lambda manifest: manifest.names(curves.FOLDER))
        frames = {name: curves.from_parquet(data) for name, data in parts.items()}
        table, changed = rewound(self._table, self._ready().manifest.files, frames)
        writes = {name: curves.to_parquet(frame) for name, frame in changed.items() if frame.height}
        if changed or table != self._table:
            self._commit(writes, changed.keys() - writes.keys(), table=table)

    def _unfinished(self, member: str, step: int) -> Mapping[str, Any]:
        self._ready()
        row = members.row_of(self._table, member)
        if row["state"] in ENDED:
            raise UsageError(f"member {member} has ended ({row['state']} at step {row['step']}): nothing can be added.")
        if step < 0:
            raise UsageError(f"a step counts from 0, got {step} for member {member}.")
        return row

    def _with_end(self, member: str, facts: Mapping[str, Any], **kept: Any) -> Table:
        members.refuse_kept(facts)
        return members.with_facts(self._table, member, {**facts, **kept})

    def _state(self, member: str) -> str:
        return members.row_of(self._table if self._journal else self._table_on_disk(), member)["state"]

    def _table_on_disk(self) -> Table:
        data = self._read_if_listed(members.MEMBERS)
        return members.from_parquet(data) if data else {}

    def _read_if_listed(self, name: str) -> bytes | None:
        return read_listed(self.folder, lambda manifest: [name] if name in manifest.files else []).get(name)


def _refuse_to_create_in(folder: Path) -> None:
    if (folder / MANIFEST).exists():
        load_manifest(folder)
        raise UsageError(f"{folder} holds a run already: open it, or choose another folder.")
    if not is_free(folder):
        raise no_run_in(folder)
