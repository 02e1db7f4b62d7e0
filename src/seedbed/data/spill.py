"""An array that is kept on disk and not in memory, in a file without a name that ends with the process."""

import os
import tempfile
import weakref
from pathlib import Path

import numpy as np
from jaxtyping import Shaped
from numpy.typing import DTypeLike

from seedbed.config.errors import SeedbedError


class Spill:
    """An array of one axis, written piece by piece and then read as often as needed.

    what: named where the disk is full.  folder: where the file lies, if it can be written; otherwise the system's for
    temporary files. Raises `SeedbedError` where the disk is full.
    """

    def __init__(self, what: str, dtype: DTypeLike, folder: Path | None = None):
        self._what, self._dtype, self._length = what, np.dtype(dtype), 0
        place = folder if folder is not None and os.access(folder, os.W_OK) else None
        try:
            self._file = tempfile.TemporaryFile(dir=place)  # noqa: SIM115 (closed with this object)
        except OSError as error:
            raise self._refused(error) from error
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return self._length

    def append(self, array_N: Shaped[np.ndarray, " N"]) -> None:
        """Write these numbers, as the array's own type, after those before."""
        try:
            self._file.write(array_N.astype(self._dtype, copy=False).tobytes())
            self._file.flush()
        except OSError as error:
            raise self._refused(error) from error
        self._length += len(array_N)

    def array_N(self) -> Shaped[np.ndarray, " N"]:
        """What was written, as a memory map opened anew: pages that were read count as memory until it is let go."""
        return np.memmap(self._file, self._dtype, "r", shape=(self._length,))  # type: ignore[arg-type]

    def _refused(self, error: OSError) -> SeedbedError:
        return SeedbedError(f"cannot write {self._what}: {error.strerror or error}. Free some space")
