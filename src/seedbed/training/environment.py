"""How JAX is set up in a process that trains: one thread, one device, compiled programs cached on disk.

Must be called before jax is imported. On CPUs one pinned single-threaded process per core gives 1.6 times the tokens a
second of one process with two threads, and bits that do not depend on how many cores the machine has.
"""

import ctypes
import os
import signal
import warnings
from pathlib import Path

from seedbed.config.cache import cache_root

# Read by the CPU client and by the linear-algebra libraries when they start.
ONE_THREAD = {
    "PJRT_NPROC": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
}

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8  # of glibc's malloc.h


def cache_folder() -> Path:
    """Where compiled programs are kept; SEEDBED_CACHE overrides the platform's cache folder."""
    return cache_root() / "compiled"


def configure_jax() -> None:
    """Strict ranks, and the cache of compiled programs, left out with a warning where it cannot be written."""
    import jax

    jax.config.update("jax_numpy_rank_promotion", "raise")
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        warnings.warn(f"compiled programs are not cached: {folder}: {error.strerror}", stacklevel=2)
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def keep_freed_memory() -> None:
    """Let this process keep memory that a program gives back, for its next call; only glibc can be asked to.

    It would return blocks above 32 MB to the system, which zeroes every page again at the next step: a training step
    that needs more takes up to twice as long.
    """
    try:
        ask = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for parameter, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 2**31 - 1), (M_ARENA_MAX, 1)):
        ask(ctypes.c_int(parameter), ctypes.c_int(value))


def leave_signals_to_parent() -> None:
    """Ignore Ctrl-C and SIGTERM, which terminals, `timeout` and schedulers send to all of a run's processes: the parent
    has its workers save their states and leave."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def pin_to_core(core: int) -> None:
    """Keep this process on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def visible_cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
