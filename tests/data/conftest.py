"""A tokenizer of bytes, and a writer of small corpora."""

import numpy as np
import pytest


class Bytes:
    """One token a byte; 256 ends a text."""

    vocabulary = 257
    eot = 256
    fingerprint = "bytes"
    lossless = True

    def encode_many(self, texts):
        return [np.frombuffer(text.encode(), dtype=np.uint8) for text in texts]

    def spelled_bytes(self, encoded):
        return np.array([len(each) for each in encoded])


@pytest.fixture
def tokenizer():
    return Bytes()


@pytest.fixture
def write(tmp_path):
    """Write text or bytes to a file of the test's folder; its path as a string."""

    def keep(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return keep
