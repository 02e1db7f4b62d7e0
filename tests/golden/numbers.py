"""Weights and tokens from small integers by a rule that needs no framework, so that any of them can build the same.

The integer of place i of an array called `name` is mixed(crc32(name), i) modulo 9, less 4, where i counts in the order
of rows; a weight is a sixteenth of it, and what a norm multiplies by is 1 more. All are exact in float32. Arrays are
named, and their matrices laid out as (inputs, outputs), as in a Seedbed checkpoint.
"""

from zlib import crc32

import numpy as np

MASK = np.uint64(0xFFFFFFFF)


def mixed(name: str, count: int) -> np.ndarray:
    """`count` whole numbers of 32 bits, spread evenly."""
    x = (np.uint64(crc32(name.encode())) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(2654435761)) & MASK
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(2246822519)) & MASK
    x ^= x >> np.uint64(13)
    x = (x * np.uint64(3266489917)) & MASK
    return x ^ (x >> np.uint64(16))


def weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The weights of the array of this name."""
    sixteenths = mixed(name, int(np.prod(shape))).astype(np.int64) % 9 - 4
    is_scale = name.endswith((".scale_D", ".skip_E"))
    return (sixteenths / 16 + is_scale).astype(np.float32).reshape(shape)


def tokens(vocabulary: int, rows: int, length: int) -> np.ndarray:
    """Rows of tokens, as uniform as the rule is."""
    return (mixed("tokens", rows * length) % np.uint64(vocabulary)).astype(np.int64).reshape(rows, length)


def group(name: str) -> str:
    """The name of an array without its block: `blocks.3.mixer.query.weight_IO` is `mixer.query.weight_IO`."""
    return name.split(".", 2)[2] if name.startswith("blocks.") else name


def spread(arrays: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """Mean and standard deviation of each group of arrays, its blocks taken together."""
    groups: dict[str, list[np.ndarray]] = {}
    for name, array in arrays.items():
        groups.setdefault(group(name), []).append(np.asarray(array, np.float64).ravel())
    joined = {name: np.concatenate(parts) for name, parts in groups.items()}
    return {name: [float(each.mean()), float(each.std())] for name, each in joined.items()}


def chosen(logits_TV: np.ndarray) -> list[float]:
    """Eight of a window's logits: the first four classes in its middle and at its end."""
    return [float(each) for place in (len(logits_TV) // 2, -1) for each in logits_TV[place, :4]]


def cross_entropy(logits_BTV: np.ndarray, target_BT: np.ndarray) -> float:
    """Mean nats of the targets."""
    logits_BTV = np.asarray(logits_BTV, np.float64)
    top_BT1 = logits_BTV.max(axis=-1, keepdims=True)
    total_BT = np.log(np.exp(logits_BTV - top_BT1).sum(axis=-1)) + top_BT1[..., 0]
    return float((total_BT - np.take_along_axis(logits_BTV, target_BT[..., None], axis=-1)[..., 0]).mean())
