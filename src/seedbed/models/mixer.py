"""The contract of token mixers: what lets a position read itself and all before it.

A mixer works over a whole window, or over new tokens with a memory of earlier ones, and the two agree. A new one is a
file with its class and a line in `registry`; the suite in tests/models/test_contract.py then holds it to all this.
"""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.models.config import ModelConfig
from seedbed.models.layers import Initialiser


class TokenMixer(eqx.Module):
    """What a block asks of its mixer. keeps_documents: whether it has `within`."""

    keeps_documents: ClassVar[bool] = False

    @abstractmethod
    def __init__(self, init: Initialiser, key: PRNGKeyArray, config: ModelConfig, block: int): ...

    @abstractmethod
    def __call__(
        self, x_BTD: Float[Array, "*B T D"], *, prefix: int = 0, key: PRNGKeyArray | None = None
    ) -> Float[Array, "*B T D"]:
        """Each position reads itself and all before it, and those of the prefix each other.

        key: of what is dropped inside the mixer in training; most have nothing that is.
        """

    def within(
        self,
        x_BTD: Float[Array, "*B T D"],
        document_BT: Int[Array, "*B T"],
        *,
        prefix: int = 0,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "*B T D"]:
        """As a call, but no position reads another document's: `document_BT` numbers them.

        What carries a state from token to token would have to begin it anew at every document; such mixers are not
        trained on packed windows, and here raise TypeError.
        """
        raise TypeError(f"{type(self).__name__} reads a window through, whatever documents it holds")

    @abstractmethod
    def extend(
        self, x_BTD: Float[Array, "*B T D"], memory: Any, start: int | Int[Array, ""], *, prefix: int = 0
    ) -> tuple[Float[Array, "*B T D"], Any]:
        """The same for tokens at places start, start + 1, ..., given the memory of all earlier ones.

        A prefix lies within the tokens of the first call, which starts at 0.
        """

    @abstractmethod
    def empty(self, batch: tuple[int, ...], places: int) -> Any:
        """A memory of nothing, with room for so many tokens."""

    @classmethod
    @abstractmethod
    def parameters(cls, config: ModelConfig) -> int:
        """How many numbers one mixer learns, by formula."""

    @classmethod
    @abstractmethod
    def flops(cls, config: ModelConfig, block: int, length: int) -> int:
        """Forward operations per token of its matrix products and scans over a window of `length` tokens.

        A multiply-add counts as two.
        """
