"""A model in a folder: config.json, weights.safetensors and its tokenizer, everything needed to read or generate.

config.json holds `format`, `vocabulary`, the model's settings (those that differ from the defaults) and the name of
the tokenizer's file; where the model came in another format with parts that are no weights, of the file of these too.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from seedbed.config import UsageError, canonical, from_plain, shown
from seedbed.interop.files import check_numbers, read_all, read_table, refused, special_token, special_tokens, within
from seedbed.interop.hf_tokenizer import MOST_BYTES, HfTokenizer
from seedbed.interop.llama2c_tokenizer import Llama2cTokenizer, read_tokenizer, tokenizer_bytes
from seedbed.interop.tensors import read_entries, read_floats
from seedbed.models import LanguageModel, ModelConfig, array_shapes, named_arrays, parameter_count, restored
from seedbed.store import write_file

CONFIG, WEIGHTS, EXTRAS = "config.json", "weights.safetensors", "extras.safetensors"
LLAMA2C_TOKENIZER, HF_TOKENIZER = "tokenizer.bin", "tokenizer.json"
FORMAT = "seedbed model 1"


@dataclass(frozen=True)
class ModelFolder:
    """A model and what belongs to it. extras: arrays of another format, kept so that its file comes back as it was."""

    model: LanguageModel
    tokenizer: Llama2cTokenizer | HfTokenizer | None
    extras: dict[str, np.ndarray] = field(default_factory=dict)


def check_new(folder: Path) -> None:
    """Refuse a folder that holds anything, and one that cannot be made because a file stands in its way."""
    if not folder.is_dir():
        for place in (folder, *folder.parents):
            if place.exists() and not place.is_dir():
                raise UsageError(f"{place} is a file: name a new folder with --out")
    elif any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty: name a new folder with --out")


def is_model_folder(folder: Path) -> bool:
    """Whether a folder says that it holds a model of this format."""
    return (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file()


def write_folder(folder: Path, content: ModelFolder) -> None:
    """Write the files, each whole or not at all. Raises `UsageError` as `check_new` does."""
    check_new(folder)
    model = content.model
    table: dict[str, Any] = {
        "format": FORMAT,
        "vocabulary": model.token_VD.shape[0],
        "model": json.loads(canonical(model.config)),
    }
    if isinstance(content.tokenizer, Llama2cTokenizer):
        table["tokenizer"] = LLAMA2C_TOKENIZER
        write_file(folder / LLAMA2C_TOKENIZER, tokenizer_bytes(content.tokenizer))
    elif content.tokenizer:
        table |= {"tokenizer": HF_TOKENIZER, "begin": content.tokenizer.begin, "stop": content.tokenizer.stop}
        write_file(folder / HF_TOKENIZER, content.tokenizer.content)
    if content.extras:
        table["extras"] = EXTRAS
        write_file(folder / EXTRAS, safetensors.numpy.save(content.extras))
    write_file(folder / WEIGHTS, safetensors.numpy.save(_dense(named_arrays(model))))
    write_file(folder / CONFIG, (json.dumps(table, indent=1, sort_keys=True) + "\n").encode())


def read_folder(folder: Path) -> ModelFolder:
    """A model from its folder. Nothing is allocated before config and weights agree with the size of the files.

    Raises `UsageError` for a file that is missing, damaged or hostile.
    """
    place = folder / CONFIG
    table = read_table(place)
    if table.get("format") != FORMAT:
        raise refused(place, f"its format is {shown(table.get('format'))}, {FORMAT!r} was expected")
    vocabulary = table.get("vocabulary")
    check_numbers(place, table)
    if type(vocabulary) is not int or vocabulary < 1:
        raise refused(place, f"its vocabulary is {shown(vocabulary)}: a whole number of at least 1 was expected")
    config = from_plain(ModelConfig, table.get("model"), path=f"{place}: model")
    entries = read_entries(folder / WEIGHTS)
    count = sum(int(np.prod(entry.shape, dtype=object)) for entry in entries.values())
    if count != parameter_count(config, vocabulary):
        raise refused(
            folder / WEIGHTS,
            f"it holds {count:,} numbers, the model of {place} has {parameter_count(config, vocabulary):,}",
        )
    expected = array_shapes(config, vocabulary)
    for name in sorted(expected.keys() | entries.keys()):
        found = entries[name].shape if name in entries else None
        if found != expected.get(name):
            raise refused(folder / WEIGHTS, f"tensor {shown(name)} has shape {found}, expected {expected.get(name)}")
    model = restored(config, vocabulary, read_floats(folder / WEIGHTS, entries))
    tokenizer = _tokenizer(folder, table, vocabulary)
    extras = {}
    if "extras" in table:
        file = within(folder, table["extras"], place)
        extras = read_floats(file, read_entries(file))
    return ModelFolder(model, tokenizer, extras)


def _tokenizer(folder: Path, table: dict[str, Any], vocabulary: int) -> Llama2cTokenizer | HfTokenizer | None:
    if "tokenizer" not in table:
        return None
    path = within(folder, table["tokenizer"], folder / CONFIG)
    if path.suffix == ".json":
        begin = special_token(folder / CONFIG, table, "begin", vocabulary)
        stop = special_tokens(folder / CONFIG, table, "stop", vocabulary)
        found = HfTokenizer(read_all(path, MOST_BYTES), begin, stop, str(path))
        if found.size > vocabulary:
            check_sizes(folder, found.size, vocabulary)
        return found
    tokenizer = read_tokenizer(path)
    check_sizes(folder, tokenizer.size, vocabulary)
    return tokenizer


def check_sizes(where: Path, tokens: int, vocabulary: int) -> None:
    """Refuse a tokenizer that is not the model's."""
    if tokens != vocabulary:
        raise UsageError(
            f"{where}: the tokenizer has {tokens} tokens, the model a vocabulary of {vocabulary}: they do not belong "
            "together"
        )


def _dense(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}
