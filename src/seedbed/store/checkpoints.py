"""Tensors of a member on disk: its whole training state while it trains, its final weights once it has finished.

Both are safetensors files whose header says which of the two they are and at what step, so neither can pass for the
other. A hash of the weights themselves, whatever file they lie in, is what two members are compared by.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import safetensors.numpy

from seedbed.config.errors import UsageError
from seedbed.config.hashing import little_endian

FOLDER = "checkpoints"
DTYPES = (
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    "float16",
    "float32",
    "float64",
)

Tensors = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Label:
    """What a file of tensors is: a training state to resume from or final weights, and the step that they stand at."""

    content: Literal["state", "weights"]
    step: int


def file_of(member: str) -> str:
    """The name of the member's file in its run."""
    return f"{FOLDER}/{member}.safetensors"


def pack_tensors(tensors: Tensors, label: Label) -> bytes:
    """`tensors` and their label as the content of a safetensors file.

    Raises `UsageError` for what is no array of a plain dtype: NumPy reads no bfloat16 back, so save it as float32.
    """
    return safetensors.numpy.save(plain_tensors(tensors), metadata={"seedbed": json.dumps(asdict(label))})


def unpack_tensors(data: bytes) -> tuple[Label, dict[str, np.ndarray]]:
    """The label and the tensors of a file that `pack_tensors` wrote; shapes and dtypes are as they were saved."""
    return Label(**json.loads(header_of(data)["seedbed"])), safetensors.numpy.load(data)


def header_of(data: bytes) -> dict[str, str]:
    """The metadata of a safetensors file: a JSON table after 8 bytes that give its length."""
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length])["__metadata__"]


def plain_tensors(tensors: Tensors) -> dict[str, np.ndarray]:
    """`tensors` as dense little-endian arrays, the only ones that safetensors writes correctly.

    Raises `UsageError` for a name that is no text or a dtype that does not come back.
    """
    plain = {}
    for name, value in tensors.items():
        tensor = np.asarray(value)
        if not isinstance(name, str) or name == "__metadata__":
            raise UsageError(f"a tensor is named by text other than '__metadata__', got {name!r}.")
        if tensor.dtype.name not in DTYPES:
            raise UsageError(f"tensor {name!r} has dtype {tensor.dtype}: convert it to one of {', '.join(DTYPES)}.")
        plain[name] = np.ascontiguousarray(little_endian(tensor)).reshape(tensor.shape)
    return plain
