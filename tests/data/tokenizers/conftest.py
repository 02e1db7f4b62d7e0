import os
from pathlib import Path

import pytest

from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer

HINDI = (
    "मोटा राजा दुबला कुत्ता। मोटे राजा का है दुबला कुत्ता! विद्यालय में क्षत्रिय बच्चे पढ़ते हैं।\n\nउन्होंने कहा, “अच्छा”।",
    "एक बच्चा विद्यालय गया। उसने 25 क्विंटल अनाज देखा, और दुबला कुत्ता हँस दिया।",
)
ENGLISH = (
    "Lily's dog ran to the old tree.  It didn't stop!\n",
    "The dog saw 12 birds, and Lily laughed at the dog.\tIt ran.",
)


@pytest.fixture(scope="session")
def shared():
    """The folder of real data: SEEDBED_DATA, or `shared/data` beside the project."""
    folder = Path(os.environ.get("SEEDBED_DATA") or Path(__file__).parents[4] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set SEEDBED_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def stories(shared):
    """The documents of one of its files, from `first` on."""

    def read(name, count=None):
        texts = [text.strip() for text in (shared / name).read_text(encoding="utf-8").split("<|endoftext|>")]
        return [text for text in texts if text][:count]

    return read


@pytest.fixture(scope="session")
def learnt():
    """A tokenizer learnt from a few sentences of Hindi and English."""

    def learn(kind="bpe", vocabulary=320, **settings):
        return train_tokenizer(TokenizerConfig(kind=kind, vocabulary=vocabulary, **settings), HINDI + ENGLISH)

    return learn
