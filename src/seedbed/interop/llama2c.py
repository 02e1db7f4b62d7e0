"""Models in the first file format of llama2.c: seven int32, then float32 weights in a fixed order.

The numbers are width, hidden width, blocks, heads, key-value heads, vocabulary (negative where the head has weights of
its own) and context. Maps are stored [outputs, inputs]; the tables of rotations follow the last norm. Source: Karpathy,
llama2.c, export.py (`legacy_export`) and run.c (`memory_map_weights`).
"""

import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from seedbed.config.errors import UsageError
from seedbed.interop.files import file_size, refused
from seedbed.models import LanguageModel, ModelConfig, named_arrays, restored

HEADER = struct.Struct("<7i")
NEWER = 0x616B3432  # "ak42", which the newer formats begin with (export.py, `version1_export`)
NORM_EPSILON = 1e-5  # of run.c, `rmsnorm`
ROTARY_BASE = 10_000.0
FIELDS = ("width", "hidden", "blocks", "heads", "key_value_heads", "vocabulary", "context")
TABLES = ("freq_cis_real", "freq_cis_imag")


@dataclass(frozen=True)
class Header:
    """The seven numbers; `tied` is the sign of the vocabulary."""

    width: int
    hidden: int
    blocks: int
    heads: int
    key_value_heads: int
    vocabulary: int
    context: int
    tied: bool = True

    @property
    def head_width(self) -> int:
        """Numbers a head."""
        return self.width // self.heads

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The arrays in their order."""
        blocks, width, own = self.blocks, self.width, self.key_value_heads * self.head_width
        turned = (self.context, self.head_width // 2)
        shapes = {
            "token_embedding": (self.vocabulary, width),
            "rms_att": (blocks, width),
            "wq": (blocks, width, width),
            "wk": (blocks, own, width),
            "wv": (blocks, own, width),
            "wo": (blocks, width, width),
            "rms_ffn": (blocks, width),
            "w1": (blocks, self.hidden, width),
            "w2": (blocks, width, self.hidden),
            "w3": (blocks, self.hidden, width),
            "rms_final": (width,),
            **dict.fromkeys(TABLES, turned),
        }
        return shapes if self.tied else {**shapes, "wcls": (self.vocabulary, width)}

    @property
    def file_bytes(self) -> int:
        """How long the file is."""
        return HEADER.size + 4 * sum(prod(shape) for shape in self.shapes().values())


@dataclass(frozen=True)
class Checkpoint:
    """A file's numbers and arrays, by the names of llama2.c."""

    header: Header
    arrays: dict[str, np.ndarray]


def read_checkpoint(path: Path) -> Checkpoint:
    """A file of llama2.c. Nothing is allocated before its header agrees with its size.

    Raises `UsageError` for a header that cannot be, and for a file that is shorter or longer than its header says.
    """
    size = file_size(path)
    with path.open("rb") as file:
        head = file.read(HEADER.size)
        if len(head) < HEADER.size:
            raise refused(path, f"a header of {HEADER.size} bytes was expected, it has {size} bytes in all")
        header = _checked(path, HEADER.unpack(head))
        if size != header.file_bytes:
            raise refused(
                path,
                f"its header ({_listed(header)}) asks for {header.file_bytes:,} bytes, it has {size:,}: it is "
                f"{'cut short' if size < header.file_bytes else 'too long'}, or of another format",
            )
        flat = np.fromfile(file, dtype="<f4")
    if not np.isfinite(flat).all():
        raise refused(path, "some of its weights are not finite numbers: it is damaged, or its training diverged")
    arrays, at = {}, 0
    for name, shape in header.shapes().items():
        arrays[name] = flat[at : at + prod(shape)].reshape(shape)
        at += prod(shape)
    return Checkpoint(header, arrays)


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """The content of the file; the arrays are written as they are. Raises `ValueError` where they are not its own."""
    header = checkpoint.header
    numbers = [getattr(header, name) for name in FIELDS]
    numbers[5] *= 1 if header.tied else -1
    rows = [np.ascontiguousarray(checkpoint.arrays[name], dtype="<f4").tobytes() for name in header.shapes()]
    content = HEADER.pack(*numbers) + b"".join(rows)
    if len(content) != header.file_bytes:
        raise ValueError(f"arrays of {len(content):,} bytes, header included, under one for {header.file_bytes:,}")
    return content


def to_model(checkpoint: Checkpoint) -> LanguageModel:
    """The model that a file holds."""
    header, arrays = checkpoint.header, checkpoint.arrays
    named = {"token_VD": arrays["token_embedding"], "last_norm.scale_D": arrays["rms_final"]}
    for block in range(header.blocks):
        named.update({f"blocks.{block}.{ours}": arrays[theirs][block] for ours, theirs in VECTORS.items()})
        named.update({f"blocks.{block}.{ours}.weight_IO": arrays[theirs][block].T for ours, theirs in MAPS.items()})
        for ours, theirs in TURNED.items():
            named[f"blocks.{block}.{ours}.weight_IO"] = halves(arrays[theirs][block], header.head_width).T
    if not header.tied:
        named["head.weight_IO"] = arrays["wcls"].T
    return restored(model_config(header), header.vocabulary, named)


def from_model(model: LanguageModel, tables: dict[str, np.ndarray] | None = None) -> Checkpoint:
    """The file of a model. tables: its rotations as a file had them; by default computed.

    Raises `UsageError` for a model that the format cannot hold, saying why, and for rotations of another shape.
    """
    header = _header_of(model)
    for name, table in (tables or {}).items():
        if table.shape != header.shapes()[name]:
            raise UsageError(
                f"the rotations {name} that were kept beside the model have shape {table.shape}, it needs "
                f"{header.shapes()[name]}: import the model again"
            )
    named = named_arrays(model)
    arrays = {"token_embedding": named["token_VD"], "rms_final": named["last_norm.scale_D"]}
    for ours, theirs in VECTORS.items():
        arrays[theirs] = np.stack([named[f"blocks.{block}.{ours}"] for block in range(header.blocks)])
    for ours, theirs in (MAPS | TURNED).items():
        arrays[theirs] = np.stack([named[f"blocks.{block}.{ours}.weight_IO"].T for block in range(header.blocks)])
    for theirs in TURNED.values():
        arrays[theirs] = np.stack([neighbours(each_OI, header.head_width) for each_OI in arrays[theirs]])
    if not header.tied:
        arrays["wcls"] = named["head.weight_IO"].T
    return Checkpoint(header, {**arrays, **(rotation_tables(header) if tables is None else tables)})


def halves(weight_OI: np.ndarray, head_width: int) -> np.ndarray:
    """Rows of queries or keys in our order: llama2.c turns numbers 2i and 2i + 1 of a head, we i and i + K/2."""
    pairs_HPEI = weight_OI.reshape(-1, head_width // 2, 2, weight_OI.shape[-1])
    return pairs_HPEI.swapaxes(1, 2).reshape(weight_OI.shape)


def neighbours(weight_OI: np.ndarray, head_width: int) -> np.ndarray:
    """Rows of queries or keys in the order of llama2.c."""
    pairs_HEPI = weight_OI.reshape(-1, 2, head_width // 2, weight_OI.shape[-1])
    return pairs_HEPI.swapaxes(1, 2).reshape(weight_OI.shape)


def rotation_tables(header: Header) -> dict[str, np.ndarray]:
    """Cosines and sines of place / 10000^(2i / K). run.c reads past them.

    They depend on the writer's cosine in the last bit, so a file's own are kept where its bytes are to come back.
    """
    rate_P = (1 / ROTARY_BASE ** (np.arange(0, header.head_width, 2, dtype=np.float32) / header.head_width)).astype(
        "f4"
    )
    angle_TP = np.outer(np.arange(header.context, dtype=np.float32), rate_P).astype("f4")
    return dict(zip(TABLES, (np.cos(angle_TP), np.sin(angle_TP)), strict=True))


def model_config(header: Header) -> ModelConfig:
    """The config of a file's model."""
    return ModelConfig(
        width=header.width,
        hidden=header.hidden,
        blocks=header.blocks,
        heads=header.heads,
        key_value_heads=0 if header.key_value_heads == header.heads else header.key_value_heads,
        context=header.context,
        norm_epsilon=NORM_EPSILON,
        positions="rotary",
        channels="swiglu",
        tied=header.tied,
    )


VECTORS = {"mixer_norm.scale_D": "rms_att", "channels_norm.scale_D": "rms_ffn"}
TURNED = {"mixer.query": "wq", "mixer.key": "wk"}
MAPS = {
    "mixer.value": "wv",
    "mixer.output": "wo",
    "channels.gate": "w1",
    "channels.outer": "w2",
    "channels.inner": "w3",
}


def _header_of(model: LanguageModel) -> Header:
    config = model.config
    header = Header(
        config.width,
        config.inner,
        config.blocks,
        config.heads,
        config.groups,
        model.token_VD.shape[0],
        config.context,
        config.tied,
    )
    needed = model_config(header)
    # What a setting is where it has no effect does not matter: initial weights, say.
    same = ("norm_order", "norm", "bias", "positions", "channels", "mixer", "norm_epsilon", "score_scale", "rotary",
            "window", "prefix", "spare_classes", "has_qkv_bias", "has_head_bias")  # fmt: skip
    differ = [
        f"{name} is {getattr(config, name)}, not {getattr(needed, name)}"
        for name in same
        if getattr(config, name) != getattr(needed, name)
    ]
    if differ:
        raise UsageError(
            "llama2.c holds Llama models alone (rotary positions, SwiGLU, RMSNorm before each part, no bias), and this "
            f"one is none: its {'; its '.join(differ)}"
        )
    return header


def _checked(path: Path, numbers: tuple[int, ...]) -> Header:
    if numbers[0] == NEWER:
        raise refused(
            path,
            f"it is of llama2.c's newer format, version {numbers[1]}: only the first, without such a "
            "number at its head, can be read; llama2.c's export.py writes that by --version 0",
        )
    for name, number in zip(FIELDS, numbers, strict=True):
        if number < 1 and not (name == "vocabulary" and number < 0):
            raise refused(path, f"its header has a {name} of {number}: at least 1 was expected")
    width, hidden, blocks, heads, groups, vocabulary, context = numbers
    if width % heads or heads % groups or (width // heads) % 2:
        raise refused(
            path,
            f"its header has a width of {width}, {heads} heads and {groups} key-value heads: heads must divide the "
            "width into even parts, and key-value heads the heads",
        )
    return Header(width, hidden, blocks, heads, groups, abs(vocabulary), context, vocabulary > 0)


def _listed(header: Header) -> str:
    return ", ".join(f"{name} {getattr(header, name)}" for name in FIELDS)
