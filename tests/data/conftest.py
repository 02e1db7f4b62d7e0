"""A tokenizer of bytes, and a writer of small corpora."""

import pytest
from byte_tokenizer import Bytes


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
