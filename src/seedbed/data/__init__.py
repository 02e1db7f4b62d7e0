"""Layer `data`: corpora, their splits and duplicates, token caches and windows, and a generated story world."""

from seedbed.data.corpus import CorpusConfig, Document
from seedbed.data.documents import documents
from seedbed.data.splits import Overlap, split_of
from seedbed.data.token_cache import TokenCache, TokenSplit, prepare
from seedbed.data.windows import TextBatches, TextWindows

__all__ = [
    "CorpusConfig",
    "Document",
    "Overlap",
    "TextBatches",
    "TextWindows",
    "TokenCache",
    "TokenSplit",
    "documents",
    "prepare",
    "split_of",
]
