"""Scalars in TensorBoard's event files, read without TensorBoard.

A file is TFRecords (length, its checksum, data, its checksum), each an `Event` in protocol buffers: step = 2, summary =
5 with values = 1, of which tag = 1, simple_value = 2 and tensor = 8 (tensorflow/core/framework/summary.proto).
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.score_table import METRIC

PATTERN = "*tfevents*"
FLOAT, DOUBLE = 1, 2  # of a tensor's dtype


def event_scores(path: Path) -> pl.DataFrame:
    """A row for each step and tag of an event file: `step`, `metric`, `score`. A record cut off at the end is left out.

    Raises UsageError for a file that is none, and for one without scalars.
    """
    rows = []
    try:
        for record in _records(path.read_bytes()):
            step, values = 0, []
            for number, value in _fields(record):
                if number == 2 and isinstance(value, int):
                    step = value
                elif number == 5 and isinstance(value, bytes):
                    values += [part for place, part in _fields(value) if place == 1 and isinstance(part, bytes)]
            for each in values:
                tag, scalar = _scalar(each)
                if scalar is not None:
                    rows.append((float(step), tag, scalar))
    except (ValueError, IndexError, struct.error, OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is not a TensorBoard event file, or is damaged") from error
    if not rows:
        raise UsageError(f"{path}: holds no scalars; log scores with add_scalar")
    frame = pl.DataFrame(rows, schema={"step": pl.Float64, METRIC: pl.String, "score": pl.Float64}, orient="row")
    return frame.unique(subset=["step", METRIC], keep="last", maintain_order=True)


def _records(data: bytes) -> Iterator[bytes]:
    place = 0
    while place + 12 <= len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        start, end = place + 12, place + 12 + length
        if length > len(data):
            if place == 0:
                raise ValueError("no TFRecord")
            return
        if end > len(data):
            return
        yield data[start:end]
        place = end + 4


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(field number, value) of a message; fixed-size values as bytes."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(data, place)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, place = data[place : place + size], place + size
        elif kind == 2:
            size, place = _varint(data, place)
            if place + size > len(data):
                raise ValueError("a field beyond its message")
            value, place = data[place : place + size], place + size
        else:
            raise ValueError("an unknown kind of field")
        yield key >> 3, value


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place
        if shift > 63:
            raise ValueError("a number beyond 64 bits")


def _scalar(value: bytes) -> tuple[str, float | None]:
    tag, scalar = "", None
    for number, part in _fields(value):
        if not isinstance(part, bytes):
            continue
        if number == 1:
            tag = part.decode()
        elif number == 2 and len(part) == 4:
            (scalar,) = struct.unpack("<f", part)
        elif number == 8:
            scalar = _tensor(part)
    # a float32 as the shortest decimal that is it: 0.1, not 0.10000000149
    return tag, None if scalar is None else float(f"{scalar:.7g}")


def _tensor(data: bytes) -> float | None:
    """The value of a tensor of one float or double, as its content, or packed in float_val or double_val."""
    parts = dict(_fields(data))
    form, numbers = {FLOAT: ("<f", 5), DOUBLE: ("<d", 6)}.get(parts.get(1), ("", 0))  # type: ignore[arg-type]
    content = parts.get(4) or parts.get(numbers)
    if not form or not isinstance(content, bytes) or len(content) != struct.calcsize(form):
        return None
    return struct.unpack(form, content)[0]
