"""Which runs are there, and how far are they?"""

import os
from pathlib import Path
from typing import Any

import polars as pl

from seedbed.config.errors import SeedbedError, UsageError
from seedbed.store import lock
from seedbed.store.columns import Schema
from seedbed.store.glance import glance
from seedbed.store.manifest import MANIFEST

LISTING_SCHEMA: Schema = {
    "experiment": pl.String,
    "folder": pl.String,
    "status": pl.String,
    "finished": pl.Int64,
    "diverged": pl.Int64,
    "under_way": pl.Int64,
    "members": pl.Int64,
    "from_step": pl.Int64,
    "to_step": pl.Int64,
    "steps": pl.Int64,
    "updated": pl.String,
    "problem": pl.String,
}


def list_runs(root: Path | str) -> pl.DataFrame:
    """One row per run in `root` or below it, sorted by folder: `LISTING_SCHEMA`, with members counted by state.

    under_way: members that go on from a saved state, the earliest of which stands at from_step, the latest at to_step,
    of so many steps (null where they differ or an older Seedbed did not note them).

    A run that says "running" while no process writes it was killed and shows as "interrupted". One that cannot be read
    shows as "damaged", and so does one with a file that is missing, cut short, or a checkpoint of another step than its
    member; `problem` says which. An absent `root` holds no runs.
    """
    rows = [row for folder in _run_folders(Path(root)) if (row := _row(folder))]
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


def _row(folder: Path) -> dict[str, Any] | None:
    try:
        seen = glance(folder)
    except UsageError:  # another tool's manifest.json, or gone since we looked
        return None
    except SeedbedError as error:
        return {"folder": str(folder), "status": "damaged", "problem": str(error)}
    manifest, under_way = seen.manifest, seen.under_way
    status = "damaged" if seen.problem else manifest.status
    if status == "running" and not _is_written(folder):
        status = "interrupted"
    steps = {row.get("steps") for row in under_way}
    return {
        "experiment": manifest.experiment,
        "folder": str(folder),
        "status": status,
        "finished": seen.count("finished"),
        "diverged": seen.count("diverged"),
        "under_way": len(under_way),
        "members": len(seen.table),
        "from_step": min((row["step"] for row in under_way), default=None),
        "to_step": max((row["step"] for row in under_way), default=None),
        "steps": steps.pop() if len(steps) == 1 else None,
        "updated": manifest.updated,
        "problem": seen.problem or None,
    }


def _is_written(folder: Path) -> bool:
    who = lock.holder(folder)
    return who is not None and who.is_alive()
