"""Safetensors files that come from elsewhere: the table at their head is checked against their size before all else.

A file is 8 bytes that give the length of a JSON table, the table (name -> dtype, shape, and where its bytes begin and
end), and the bytes. Source: the format's own description, huggingface/safetensors.
"""

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.config.errors import shown
from seedbed.interop.files import file_size, refused

LENGTH_BYTES = 8
MOST_TABLE_BYTES = 2**26
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
MOST_AXES = 32  # numpy's own limit was that for long; no model's weights have more than a few
FLOATS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


@dataclass(frozen=True)
class Entry:
    """A tensor of the table; begin, end: its bytes in the file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def read_entries(path: Path) -> dict[str, Entry]:
    """The tensors of a file, by name. Raises `UsageError` where the table does not agree with the file's size."""
    size = file_size(path)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        start = LENGTH_BYTES + length
        if start > size or length > MOST_TABLE_BYTES:
            raise refused(path, f"its table should have {length:,} bytes, the file has {size:,}: it is no safetensors")
        try:
            table = json.loads(file.read(length))
        except (ValueError, RecursionError) as error:
            raise refused(path, f"its table is no JSON: {error}") from error
    if not isinstance(table, dict):
        raise refused(path, "its table must be {name: tensor}")
    entries = {name: _entry(path, name, value, start, size) for name, value in table.items() if name != "__metadata__"}
    at = start
    for name, entry in sorted(entries.items(), key=lambda each: (each[1].begin, each[1].end)):
        if entry.begin != at:
            raise refused(
                path, f"tensor {shown(name)} begins at byte {entry.begin}, {at} was expected: no gap, no overlap"
            )
        at = entry.end
    if at != size:
        raise refused(
            path,
            f"its tensors take {at:,} bytes, it has {size:,}: it is {'cut short' if size < at else 'too long'}",
        )
    return entries


def read_floats(path: Path, entries: dict[str, Entry]) -> dict[str, np.ndarray]:
    """These tensors as float32; any other numbers, and those that are not finite, are refused."""
    found = {}
    with path.open("rb") as file:
        for name, entry in entries.items():
            if entry.dtype not in FLOATS:
                raise refused(
                    path, f"tensor {shown(name)} holds {entry.dtype}: one of {', '.join(FLOATS)} was expected"
                )
            file.seek(entry.begin)
            numbers = np.fromfile(file, FLOATS[entry.dtype], prod(entry.shape)).reshape(entry.shape)
            if entry.dtype == "BF16":  # the upper half of a float32
                numbers = (numbers.astype("<u4") << 16).view("<f4")
            with np.errstate(over="ignore"):  # what a float32 does not hold is infinite in it
                found[name] = numbers.astype(np.float32)
            if not np.isfinite(found[name]).all():
                raise refused(path, f"tensor {shown(name)} holds numbers that are not finite as float32")
    return found


def _entry(path: Path, name: str, value: Any, start: int, size: int) -> Entry:
    try:
        dtype, shape, (begin, end) = value["dtype"], value["shape"], value["data_offsets"]
    except (TypeError, KeyError, ValueError):
        raise refused(path, f"tensor {shown(name)} needs dtype, shape and data_offsets") from None
    numbers = [*shape, begin, end] if isinstance(shape, list) and len(shape) <= MOST_AXES else [None]
    # Bounded by the file's size, numbers can be multiplied and shown.
    known = all(type(number) is int and 0 <= number <= size for number in numbers)
    if not isinstance(dtype, str) or dtype not in SIZES or not known:
        raise refused(
            path,
            f"tensor {shown(name)} of dtype {shown(dtype)} and shape {shown(shape)} is none that a file of {size:,} "
            "bytes can hold",
        )
    if end - begin != SIZES[dtype] * prod(shape):
        raise refused(
            path,
            f"tensor {shown(name)} of {dtype} {shown(shape)} takes {SIZES[dtype] * prod(shape):,} bytes, not "
            f"{end - begin:,}",
        )
    return Entry(dtype, tuple(shape), start + begin, start + end)
