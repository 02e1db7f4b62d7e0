"""Which runs are there, and how far are they?"""

import io
import os
from pathlib import Path
from typing import Any

import polars as pl

from seedbed.config.errors import SeedbedError
from seedbed.store import lock
from seedbed.store.columns import Schema
from seedbed.store.integrity import read_listed
from seedbed.store.manifest import MANIFEST, load_manifest
from seedbed.store.members import MEMBERS

LISTING_SCHEMA: Schema = {
    "experiment": pl.String,
    "folder": pl.String,
    "status": pl.String,
    "finished": pl.Int64,
    "diverged": pl.Int64,
    "members": pl.Int64,
    "updated": pl.String,
}


def list_runs(root: Path | str) -> pl.DataFrame:
    """One row per run in `root` or below it, sorted by folder: `LISTING_SCHEMA`, with members counted by state.

    A run that says "running" while no process writes it was killed and shows as "interrupted". One that cannot be read
    shows as "damaged"; opening it says why. An absent `root` holds no runs.
    """
    rows = [_row(folder) for folder in _run_folders(Path(root))]
    return pl.DataFrame(rows, schema=LISTING_SCHEMA, orient="row")


def _run_folders(root: Path) -> list[Path]:
    found = []
    for place, folders, names in os.walk(root):
        if MANIFEST in names:
            found.append(Path(place))
            folders.clear()  # a run holds no runs
        else:
            folders[:] = [name for name in folders if not name.startswith(".")]
    return sorted(found)


def _row(folder: Path) -> tuple[Any, ...]:
    try:
        manifest = load_manifest(folder)
        states = _states(folder)
    except SeedbedError:
        return (None, str(folder), "damaged", None, None, None, None)
    status = manifest.status
    if status == "running" and not _is_written(folder):
        status = "interrupted"
    counts = [states.count("finished"), states.count("diverged"), len(states)]
    return (manifest.experiment, str(folder), status, *counts, manifest.updated)


def _states(folder: Path) -> list[str]:
    for data in read_listed(folder, lambda manifest: [MEMBERS] if MEMBERS in manifest.files else []).values():
        return pl.read_parquet(io.BytesIO(data), columns=["state"])["state"].to_list()
    return []


def _is_written(folder: Path) -> bool:
    who = lock.holder(folder)
    return who is not None and who.is_alive()
