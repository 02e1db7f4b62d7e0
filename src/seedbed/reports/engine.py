"""The charts' engine inside a page: Vega, Vega-Lite and their embedding as one script, from vl-convert's own copy.

Bundling it takes longer than an audit of a million rows, so the script is kept in the cache with its hash.
"""

from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import vl_convert

from seedbed.config import SeedbedError
from seedbed.config.cache import cache_root
from seedbed.reports.spec import VEGA_LITE_VERSION
from seedbed.store.atomic import write_file


@lru_cache(maxsize=1)
def vega_script() -> str:
    """The script, 0.9 MB, fit to stand in a script element. A cache that cannot be used costs time, nothing else."""
    kept = cache_root() / "charts" / f"vega-{version('vl-convert-python')}-{VEGA_LITE_VERSION}.js"
    if (script := _intact(kept)) is not None:
        return script
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE_VERSION).replace(
        "</script", "<\\/script"
    )
    with suppress(SeedbedError):
        write_file(kept, f"{_hash(script)}\n{script}".encode())
    return script


def _intact(kept: Path) -> str | None:
    """The script that was kept, if it is what was written."""
    try:
        noted, _, script = kept.read_bytes().decode().partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return script if noted == _hash(script) else None


def _hash(script: str) -> str:
    return sha256(script.encode()).hexdigest()
