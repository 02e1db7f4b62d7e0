"""Where things are kept that can be made again at any time: compiled programs, the charts' engine."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_root() -> Path:
    """The platform's cache folder for Seedbed, or the one that SEEDBED_CACHE names."""
    return Path(os.environ.get("SEEDBED_CACHE") or user_cache_path("seedbed"))
