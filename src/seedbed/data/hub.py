"""Datasets of the Hugging Face hub by name: read where its own cache holds them, never fetched.

`hf download OWNER/NAME --repo-type dataset` fetches one into that cache: `hub/datasets--OWNER--NAME`, in it
`refs/main`, the name of a snapshot, and `snapshots/`. Source: the layout that huggingface_hub documents.
"""

import os
import re
from pathlib import Path

HUB_NAME = re.compile(r"(?:hf://datasets/)?(?P<name>[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?)")
FETCH = (
    "; if it is a dataset on the Hugging Face hub, download it first, because Seedbed reads only local files: hf "
    "download {} --repo-type dataset, then name OWNER/NAME"
)


def hub_folder(name: str) -> Path | None:
    """The files of a dataset in the hub's cache; None where `name` is no such name, or none is there."""
    found = HUB_NAME.fullmatch(name)
    if not found:
        return None
    folder = _cache() / f"datasets--{found['name'].replace('/', '--')}"
    try:
        snapshot = folder / "snapshots" / (folder / "refs" / "main").read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return snapshot if snapshot.is_dir() else None


def how_to_fetch(name: str, suffixes: tuple[str, ...]) -> str:
    """What to do where `name` may be a dataset's; empty where it looks like a file, or names a folder that is there."""
    found = HUB_NAME.fullmatch(name)
    if not found or Path(name).suffix.lower() in suffixes or (len(Path(name).parts) > 1 and Path(name).parent.exists()):
        return ""
    known = found["name"]
    return FETCH.format(known if "/" in known else f"OWNER/{known}")


def _cache() -> Path:
    given = os.environ.get("HF_HUB_CACHE")
    home = os.environ.get("HF_HOME") or str(Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "huggingface")
    return Path(given or f"{home}/hub").expanduser()
