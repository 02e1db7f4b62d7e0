"""Files that appear whole or not at all."""

import os
from pathlib import Path


def write_atomically(target: Path, content: bytes) -> Path:
    """Write `content` beside `target`, then rename: a reader meets the old file or the new one, never half of one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target
