"""Tokenizers: bytes, characters, words, BPE, unigram, and imported SentencePiece models; how they are compared.

`train_tokenizer(config, texts)` makes one, `Tokenizer.save` and `load_tokenizer` keep it.
"""

from seedbed.data.tokenizers.config import TokenizerConfig, gam_tokenizer, tinystories_tokenizer
from seedbed.data.tokenizers.tokenizer import Tokenizer, load_tokenizer, read_tokenizer
from seedbed.data.tokenizers.training import train_tokenizer

__all__ = [
    "Tokenizer",
    "TokenizerConfig",
    "gam_tokenizer",
    "load_tokenizer",
    "read_tokenizer",
    "tinystories_tokenizer",
    "train_tokenizer",
]
