"""Text as a world to grow members in: a corpus as tokens, named by its cache, with the numbers that results rest on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seedbed.config.cache import cache_root
from seedbed.config.errors import UsageError
from seedbed.data.splits import Overlap
from seedbed.data.token_cache import TokenCache, open_cache
from seedbed.data.token_files import TokenSplit, unspelled_warning

TEXT_TASK = "text"


@dataclass(frozen=True)
class SplitSize:
    """How much a split holds: tokens with every end-of-text, documents, bytes of their UTF-8, and by how many bytes the
    documents and what their tokens spell differ.
    """

    tokens: int
    documents: int
    text_bytes: int
    unspelled_bytes: int = 0


@dataclass(frozen=True)
class TextConfig:
    """A corpus as tokens. cache: the name of its token cache.  tokenizer: the fingerprint of what made the tokens.
    vocabulary: how many there are.  train, validation: what the splits hold.  opening: tokens that sample texts begin
    with; none is an end-of-text, as a document's beginning.  probes: the name of those asked at the end; none is none.
    normalise: the Unicode form of the text.  overlap: held-out text that stands in training text, if any does.
    """

    cache: str
    tokenizer: str
    vocabulary: int
    train: SplitSize
    validation: SplitSize
    opening: tuple[int, ...] = ()
    probes: str = ""
    normalise: Literal["NFC", "NFKC", "none"] = "NFC"
    overlap: Overlap | None = None

    @property
    def dropped(self) -> str | None:
        """One line where the tokens do not spell all of the held-out text."""
        return unspelled_warning(self.validation.unspelled_bytes, self.validation.text_bytes)

    @property
    def warnings(self) -> list[str]:
        """What must be told of this corpus each time, a line each."""
        found = [self.overlap.warning if self.overlap else None, self.dropped]
        return [each for each in found if each]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The one ability that is followed while training: predicting text."""
        return (TEXT_TASK,)

    @property
    def bytes_per_token(self) -> float:
        """Of the training text, every end-of-text counted as a token."""
        return self.train.text_bytes / max(self.train.tokens - 1, 1)


def text_of(cache: TokenCache, tokenizer: str, opening: tuple[int, ...] = ()) -> TextConfig:
    """The corpus in a token cache, as a world."""
    return TextConfig(
        cache.folder.name,
        tokenizer,
        cache.vocabulary,
        _size(cache.train),
        _size(cache.validation),
        opening,
        normalise=cache.normalise,
        overlap=cache.overlap if cache.overlap and cache.overlap.found else None,
    )


def cache_of(text: TextConfig, root: Path | None = None) -> TokenCache:
    """The token cache of a text, below `root` (default: in Seedbed's cache folder).

    Raises `UsageError` where it is gone, or is not the one that this text was made from.
    """
    root = cache_root() / "tokens" if root is None else root
    found = open_cache(root, text.cache)
    if found is None:
        raise UsageError(
            f"the tokens that this run reads, {text.cache}, are not in {root}: give the command that started the run "
            "again, which creates them, or name the cache folder with SEEDBED_CACHE"
        )
    sizes = (_size(found.train), _size(found.validation), found.vocabulary)
    if sizes != (text.train, text.validation, text.vocabulary):
        raise UsageError(f"the tokens {text.cache} in {root} are not those of this run: {sizes} is not {text}")
    return found


def _size(split: TokenSplit) -> SplitSize:
    return SplitSize(split.tokens, split.documents, split.text_bytes, split.unspelled_bytes)
