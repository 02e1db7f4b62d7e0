"""Changes of several files of a run that happen together or not at all.

New contents are staged beside their names, then one new manifest is renamed into place: from that moment the change is
made. Renaming the contents follows, and whoever opens the run for writing next finishes it, however often it is killed.
"""

import contextlib
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, final

from seedbed.config.errors import DamagedRunError, SeedbedError
from seedbed.store.atomic import (
    clear_staged,
    discard,
    move_into_place,
    remove_file,
    stage_file,
    sync_folder,
    write_file,
)
from seedbed.store.integrity import MISSING, damaged, find_problems
from seedbed.store.manifest import MANIFEST, Manifest, encode, load_manifest, utc_now


@final
class Journal:
    """The writer's hand on a run folder. The caller holds the lock."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @classmethod
    def begin(cls, folder: Path, manifest: Manifest) -> "Journal":
        """Write the first manifest of a run into `folder`."""
        clear_staged(folder)
        write_file(folder / MANIFEST, encode(manifest))
        return cls(folder, manifest)

    @classmethod
    def reopen(cls, folder: Path, needed: Collection[str]) -> "Journal":
        """Verify every file of the run in `folder`, then finish what a killed writer had begun.

        needed: the names and folders that hold the record. A file beside them (a report) that is gone is taken off the
        list, since it can be made anew. Raises `DamagedRunError`, before anything is changed, where any other file is
        not what the manifest says.
        """
        manifest = load_manifest(folder)
        problems = find_problems(folder, manifest)
        gone = {each.name for each in problems if each.found == MISSING and each.name.split("/")[0] not in needed}
        if problems := [each for each in problems if each.name not in gone]:
            raise damaged(folder, problems)
        manifest = replace(manifest, files={name: d for name, d in manifest.files.items() if name not in gone})
        journal = cls(folder, manifest)
        journal._settle()
        clear_staged(folder)
        return journal

    def commit(self, writes: Mapping[str, bytes] | None = None, removals: Sequence[str] = (), **header: Any) -> None:
        """Replace files by `writes` (name -> content), drop `removals`, and change `header` fields of the manifest.

        Raises `SeedbedError` where the disk refuses; then nothing has changed, and the same call may be made again.
        """
        self._settle()
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in (writes or {}).items()}
        changed = {name: data for name, data in (writes or {}).items() if self.manifest.files.get(name) != hashes[name]}
        self._refuse_unlisted(changed)
        staged: dict[str, Path] = {}
        try:
            for name, data in changed.items():
                staged[name] = stage_file(self.folder / name, data)
            for place in {path.parent for path in staged.values()}:
                sync_folder(place)
            manifest = replace(
                self.manifest,
                files={name: digest for name, digest in self.manifest.files.items() if name not in removals} | hashes,
                moves={name: path.relative_to(self.folder).as_posix() for name, path in staged.items()},
                removals=tuple(removals),
                updated=utc_now(),
                **header,
            )
            write_file(self.folder / MANIFEST, encode(manifest))
        except SeedbedError:
            for path in staged.values():
                discard(path)
            raise
        self.manifest = manifest
        # The change is made. A rename that fails now is tried again by the next commit, and readers know where to look.
        with contextlib.suppress(SeedbedError):
            self._settle()

    def reload(self) -> None:
        """Take the manifest from disk: after an interruption inside `commit`, only the disk knows if it was made."""
        self.manifest = load_manifest(self.folder)

    def close(self) -> None:
        """Leave the folder with every content under its own name and a manifest that says so."""
        self._settle()
        on_disk = load_manifest(self.folder)
        if on_disk.moves or on_disk.removals:
            write_file(self.folder / MANIFEST, encode(self.manifest))

    def _settle(self) -> None:
        """Finish the renames and deletions of the last commit.

        The manifest on disk need not hear of it: it stays true, and the next commit replaces it.
        """
        if not self.manifest.moves and not self.manifest.removals:
            return
        for name, staged in self.manifest.moves.items():
            move_into_place(self.folder / staged, self.folder / name)
        for name in self.manifest.removals:
            remove_file(self.folder / name)
        for place in {(self.folder / name).parent for name in self.manifest.moves}:
            sync_folder(place)
        self.manifest = replace(self.manifest, moves={}, removals=())

    def _refuse_unlisted(self, writes: Mapping[str, bytes]) -> None:
        for name in writes:
            if name not in self.manifest.files and (self.folder / name).exists():
                raise DamagedRunError(
                    f"{self.folder / name} would be overwritten, and this run did not write it. Move it out of the "
                    "folder and give the same command again; nothing was changed."
                )
