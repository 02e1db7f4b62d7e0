"""Counter-based random numbers on the host: the same draw whoever asks, in whatever order.

A generator is named by what it is for, by a seed and by a counter (a step, an epoch), so a member that resumes at step
500 draws what it would have drawn without the interruption. Source: Salmon et al. (2011), Philox.
"""

import zlib

import numpy as np


def generator(purpose: str, seed: int, counter: int = 0) -> np.random.Generator:
    """The generator for `purpose` (say "windows"), a seed >= 0 and a counter >= 0."""
    key = (zlib.crc32(purpose.encode()) << 64) | seed
    return np.random.Generator(np.random.Philox(key=key, counter=counter << 128))
