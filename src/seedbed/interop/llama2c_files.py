"""Files of llama2.c in and out: the model's and the tokenizer's, together."""

from pathlib import Path

import numpy as np

from seedbed.interop.folder import ModelFolder, check_sizes
from seedbed.interop.llama2c import (
    TABLES,
    checkpoint_bytes,
    from_model,
    read_checkpoint,
    rotation_tables,
    to_model,
)
from seedbed.interop.llama2c_tokenizer import Llama2cTokenizer, read_tokenizer, tokenizer_bytes
from seedbed.interop.tokenizers import Tokenizer
from seedbed.models import LanguageModel

MODEL, TOKENIZER = "model.bin", "tokenizer.bin"


def import_llama2c(path: Path, tokenizer: Path | None) -> ModelFolder:
    """The model of a file with its tokenizer. Tables of rotations that ours differ from are kept beside it.

    Raises as `read_checkpoint` and `read_tokenizer` do, and where the two do not belong together.
    """
    pieces = read_tokenizer(tokenizer) if tokenizer else None
    checkpoint = read_checkpoint(path)
    if pieces:
        check_sizes(path, pieces.size, checkpoint.header.vocabulary)
    ours = rotation_tables(checkpoint.header)
    same = all(np.array_equal(ours[name], checkpoint.arrays[name]) for name in TABLES)
    extras = {} if same else {name: checkpoint.arrays[name] for name in TABLES}
    return ModelFolder(to_model(checkpoint), pieces, extras)


def export_llama2c(
    model: LanguageModel, tokenizer: Tokenizer | None, extras: dict[str, np.ndarray]
) -> dict[str, bytes]:
    """The content of the files, by name, a tokenizer only of llama2.c's own kind (`no_llama2c_tokenizer`).

    Raises `UsageError` for a model that the format cannot hold.
    """
    tables = {name: extras[name] for name in TABLES} if extras.keys() >= set(TABLES) else None
    files = {MODEL: checkpoint_bytes(from_model(model, tables))}
    if isinstance(tokenizer, Llama2cTokenizer):
        files[TOKENIZER] = tokenizer_bytes(tokenizer)
    return files


def no_llama2c_tokenizer(tokenizer: Tokenizer) -> str:
    """Why llama2.c's format cannot hold this tokenizer; empty where it can."""
    if isinstance(tokenizer, Llama2cTokenizer):
        return ""
    return "llama2.c's tokenizer begins with three symbols of its own: this one would give other tokens"
