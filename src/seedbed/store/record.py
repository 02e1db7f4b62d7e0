"""The record of a run without its weights: all that figures are made from, small enough to keep beside a page."""

import hashlib
from dataclasses import replace
from pathlib import Path

from seedbed.store import checkpoints, curves, members
from seedbed.store.integrity import read_listed
from seedbed.store.manifest import MANIFEST, encode, load_manifest
from seedbed.store.members import ENDED, MEMBERS
from seedbed.store.rewind import rewound


def record_of(folder: Path | str, *, without: tuple[str, ...] = ()) -> dict[str, bytes]:
    """The run in `folder` as the files of a run without tensors and without the files named in `without`.

    Name -> content, the manifest last. Members that have ended stay as they are, the hash of their weights too. One
    that has not is planned anew: without its tensors it cannot go on. The curves become one file.

    Raises as `load_manifest` and `read_listed` do.
    """
    folder = Path(folder)
    left_out = (f"{checkpoints.FOLDER}/", *without)
    held = read_listed(folder, lambda state: [name for name in state.files if not name.startswith(left_out)])
    parts = curves.in_order(name for name in held if name.startswith(f"{curves.FOLDER}/"))
    rows = curves.merged([curves.from_parquet(held.pop(name)) for name in parts])
    table = members.from_parquet(held[MEMBERS]) if MEMBERS in held else {}
    table, shortened = rewound(table, (), {curves.COMPACTED: rows})
    held[MEMBERS] = members.to_parquet(table)
    held[curves.COMPACTED] = curves.to_parquet(shortened.get(curves.COMPACTED, rows))
    manifest = load_manifest(folder)
    over = all(row["state"] in ENDED for row in table.values())
    manifest = replace(
        manifest,
        status=manifest.status if over else "interrupted",
        files={name: hashlib.sha256(content).hexdigest() for name, content in held.items()},
        moves={},
        removals=(),
    )
    return {**held, MANIFEST: encode(manifest)}
