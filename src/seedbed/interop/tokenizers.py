"""What `seedbed generate` asks of a tokenizer, whoever made it; and the one of a world, whose tokens are its words."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from seedbed.tasks import Vocabulary, World


class Tokenizer(Protocol):
    """Text to tokens and back."""

    @property
    def size(self) -> int:
        """How many tokens there are."""
        ...

    @property
    def begin(self) -> int | None:
        """The token that every text begins with, if there is one."""
        ...

    @property
    def stop(self) -> int | tuple[int, ...] | None:
        """The token that ends a text, if there is one, or several of which each does."""
        ...

    def encode(self, text: str) -> list[int]:
        """Tokens of a text, with what every text begins with."""
        ...

    def piece(self, previous: int | None, token: int) -> bytes:
        """The bytes that a token adds to the text after `previous`; None is the text's beginning."""
        ...


class WorldWords:
    """A world's own words; text is words apart by spaces, `a b c d .`"""

    def __init__(self, world: World):
        self._world, self._vocabulary = world, Vocabulary(world.config)

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return self._vocabulary.size

    @property
    def kind(self) -> str:
        """`word` where a word is one token, else `piece`."""
        return self._vocabulary.kind

    def words(self) -> dict[str, int]:
        """The token of each word, of `.` and of `|`; of a word of two pieces the second."""
        return self._vocabulary.words(self._world)

    @property
    def begin(self) -> None:
        """A text begins with any word."""
        return None

    @property
    def stop(self) -> int:
        """`|`, which ends an answer."""
        return self._vocabulary.end

    def encode(self, text: str) -> list[int]:
        """Tokens of the words. Raises `UsageError` for a word that the world lacks."""
        return self._vocabulary.tokens(self._world, text).tolist()

    def piece(self, previous: int | None, token: int) -> bytes:
        """A word, after a space."""
        word = self._vocabulary.text(self._world, np.array([token]))
        return f"{'' if previous is None else ' '}{word}".encode() if word else b""


def decode(tokenizer: Tokenizer, tokens: Sequence[int]) -> str:
    """The text of tokens; bytes that are no UTF-8 show as a mark."""
    before: list[int | None] = [None, *tokens]
    pieces = [tokenizer.piece(previous, token) for previous, token in zip(before, tokens, strict=False)]
    return b"".join(pieces).decode("utf-8", "replace")
