"""Bytes written as characters, as byte-level tokenizers write them, and the patterns that cut text into words.

Each of the 256 bytes has one printable character, so an engine for characters works on bytes and no text is out of its
reach. Source: Radford et al. (2019), section 2.2, and the encoder published with it.
"""

from functools import cache
from typing import Any

from seedbed.data.tokenizers.config import TokenizerConfig

# Letters keep their marks and joiners: a pattern of \p{L}+ alone, as GPT-2 has it, cuts a Devanagari or Bengali word at
# every vowel sign and virama, inside conjuncts.
_LETTERS = r"[\p{L}\p{M}\x{200C}\x{200D}]"
WORDS = (
    rf"'(?:[sdmt]|ll|ve|re)(?!{_LETTERS})| ?{_LETTERS}+| ?\p{{N}}+"
    r"| ?[^\s\p{L}\p{M}\p{N}\x{200C}\x{200D}]+|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# As GAM's pre-tokenizer has it: runs of letters, marks, digits and joiners, and runs of what is neither that nor space.
NO_SPACES = r"[\w\x{200C}\x{200D}]+|[^\s\w\x{200C}\x{200D}]+"


@cache
def byte_characters() -> tuple[str, ...]:
    """The character of each byte, by its value: printable Latin-1 is its own, the others follow from U+0100 on."""
    own = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = (value for value in range(256) if value not in own)
    moved = {value: chr(0x100 + rank) for rank, value in enumerate(others)}
    return tuple(chr(value) if value in own else moved[value] for value in range(256))


@cache
def _bytes_of_characters() -> dict[str, int]:
    return {character: value for value, character in enumerate(byte_characters())}


def as_characters(piece: bytes) -> str:
    """The bytes of a piece, a character each.

    >>> as_characters(b" the")
    'Ġthe'
    """
    table = byte_characters()
    return "".join(table[value] for value in piece)


def as_bytes(text: str) -> bytes:
    """The inverse of `as_characters`."""
    table = _bytes_of_characters()
    return bytes(table[character] for character in text)


def splitter(config: TokenizerConfig) -> Any:
    """The Rust pre-tokenizer that cuts text into words and leaves their characters as they are."""
    from tokenizers import Regex, pre_tokenizers

    if config.pretokenizer == "whitespace":
        return pre_tokenizers.Split(Regex(NO_SPACES), "removed", invert=True)
    return pre_tokenizers.Split(Regex(WORDS), "isolated")


def pretokenizer(config: TokenizerConfig) -> Any:
    """The same, with every byte then written as a character."""
    from tokenizers import pre_tokenizers

    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([splitter(config), byte_level])


def normaliser(config: TokenizerConfig) -> Any:
    """The Rust normaliser of `config`, or None."""
    from tokenizers import normalizers

    return {"NFC": normalizers.NFC, "NFKC": normalizers.NFKC, "none": lambda: None}[config.normalise]()
