"""Hugging Face folders in and out: config.json, model.safetensors and tokenizer.json.

Of Llama, Qwen2, GPT-2 and GPT-Neo. Nothing is fetched. Sizes in the config and in the tables of the files are checked
against each other before anything is allocated; a file that is named must lie in the folder itself.
"""

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path

import numpy as np
import safetensors.numpy

from seedbed.config.errors import UsageError, shown
from seedbed.interop.files import check_numbers, read_all, read_table, refused, special_token, special_tokens, within
from seedbed.interop.folder import ModelFolder, check_sizes
from seedbed.interop.hf_gpt import GPT2, GPT_NEO
from seedbed.interop.hf_llama import LLAMA, QWEN2
from seedbed.interop.hf_names import Architecture, Part, number
from seedbed.interop.hf_tokenizer import MOST_BYTES, HfTokenizer, no_tokenizer_json, tokenizer_json
from seedbed.interop.tensors import Entry, read_entries, read_floats
from seedbed.interop.tokenizers import Tokenizer
from seedbed.models import LanguageModel, ModelConfig, array_shapes, named_arrays, parameter_count, restored

ARCHITECTURES = (LLAMA, QWEN2, GPT2, GPT_NEO)
CONFIG, WEIGHTS, INDEX, TOKENIZER = "config.json", "model.safetensors", "model.safetensors.index.json", "tokenizer.json"
SPECIAL = {"begin": "bos_token_id", "stop": "eos_token_id"}
BUFFERS = (".attn.bias", ".attn.masked_bias", ".attn.attention.bias", ".attn.attention.masked_bias", ".inv_freq")


def import_huggingface(folder: Path) -> ModelFolder:
    """The model of a folder, with its tokenizer where it has one.

    Raises `UsageError` for an architecture or setting that we do not have, and for files that do not agree.
    """
    place = folder / CONFIG
    table = read_table(place)
    check_numbers(place, table)
    kind = table.get("model_type")
    found = next((each for each in ARCHITECTURES if each.model_type == kind), None)
    if found is None:
        known = ", ".join(each.model_type for each in ARCHITECTURES)
        raise refused(place, f"its model_type is {shown(kind)}: one of {known} was expected")
    vocabulary = table.get("vocab_size")
    if type(vocabulary) is not int or vocabulary < 1:
        raise refused(place, f"its vocab_size is {shown(vocabulary)}: a whole number of at least 1 was expected")
    files = _files(folder)
    tensors = sum(map(len, files.values()))
    try:
        blocks = number(table, found.blocks, 1)
        if blocks > tensors:  # before anything is made for each of them
            raise UsageError(f"{found.blocks} is {blocks:,}, and its files hold {tensors:,} tensors in all")
        config = found.to_config(table)
    except UsageError as error:
        raise refused(place, str(error)) from error
    model = restored(config, vocabulary, _weights(folder, files, found, config, vocabulary))
    tokenizer = None
    if (folder / TOKENIZER).is_file():
        begin = special_token(place, table, SPECIAL["begin"], vocabulary)
        stop = special_tokens(place, table, SPECIAL["stop"], vocabulary)
        tokenizer = HfTokenizer(read_all(folder / TOKENIZER, MOST_BYTES), begin, stop, str(folder / TOKENIZER))
        if tokenizer.size > vocabulary:
            check_sizes(folder, tokenizer.size, vocabulary)
    return ModelFolder(model, tokenizer)


def export_huggingface(model: LanguageModel, tokenizer: Tokenizer | None) -> dict[str, bytes]:
    """The content of the files, by name; without tokenizer.json where the format cannot hold it (`no_tokenizer_json`).

    Raises `UsageError` for a model that no architecture can hold, saying why.
    """
    found = architecture_of(model.config)
    named, arrays = named_arrays(model), {}
    for part in found.parts(model.config):
        array = named[part.ours].T if part.turned else named[part.ours]
        arrays.setdefault(part.theirs, []).append(array)
    tensors = {name: np.ascontiguousarray(np.concatenate(each, axis=-1)) for name, each in arrays.items()}
    vocabulary = model.token_VD.shape[0]
    table = {"architectures": [found.name], "model_type": found.model_type, "dtype": "float32"}
    table |= found.to_table(model.config, vocabulary)
    files = {WEIGHTS: safetensors.numpy.save(tensors, metadata={"format": "pt"})}
    if tokenizer is not None and not no_tokenizer_json(tokenizer):
        files[TOKENIZER] = tokenizer_json(tokenizer)
    for name in ("begin", "stop"):  # left out, some would be taken for theirs
        table[SPECIAL[name]] = None if tokenizer is None else getattr(tokenizer, name)
    files[CONFIG] = (json.dumps(table, indent=1, sort_keys=True) + "\n").encode()
    return files


def architecture_of(config: ModelConfig) -> Architecture:
    """The one that holds a model of this config. Raises `UsageError` with what each would need."""
    misfits = {each: each.misfits(config) for each in ARCHITECTURES}
    for architecture, why in misfits.items():
        if not why:
            return architecture
    needs = ". ".join(f"{architecture.name}: {'; '.join(why)}" for architecture, why in misfits.items())
    raise UsageError(f"no architecture of Hugging Face holds this model. {needs}")


def _weights(
    folder: Path,
    files: dict[Path, dict[str, Entry]],
    architecture: Architecture,
    config: ModelConfig,
    vocabulary: int,
) -> dict[str, np.ndarray]:
    place = folder / (WEIGHTS if (folder / WEIGHTS).is_file() else INDEX)
    prefixed = any(name.startswith(architecture.prefix) for entries in files.values() for name in entries)
    sizes = [prod(entry.shape) for entries in files.values() for entry in entries.values()]
    if sum(sizes) < parameter_count(config, vocabulary):  # before anything is made of the config's sizes
        raise refused(
            place, f"it holds {sum(sizes):,} numbers, the model of {CONFIG} has {parameter_count(config, vocabulary):,}"
        )
    parts = list(architecture.parts(config))
    expected = _expected(parts, array_shapes(config, vocabulary))
    found: dict[str, np.ndarray] = {}
    heads: dict[Path, str] = {}  # of a model whose head is its embedding, and that has one all the same
    for file, entries in files.items():
        wanted: dict[str, Entry] = {}
        for name, entry in entries.items():
            full = name if prefixed or name.startswith("lm_head") else architecture.prefix + name
            if full not in expected:
                if full.endswith(BUFFERS):
                    continue
                if full == "lm_head.weight":
                    heads[file] = name
                    continue
                raise refused(file, f"tensor {shown(name)} has no place in {architecture.name}")
            if entry.shape != expected[full]:
                raise refused(file, f"tensor {shown(name)} has shape {entry.shape}, expected {expected[full]}")
            wanted[name] = entry
        read = read_floats(file, wanted)
        found |= {name if prefixed or name.startswith("lm_head") else architecture.prefix + name: array
                  for name, array in read.items()}  # fmt: skip
    if missing := sorted(expected.keys() - found.keys()):
        raise refused(place, f"tensor {shown(missing[0])} of {architecture.name} is missing ({len(missing)} in all)")
    ours = {part.ours: _ours(part, found[part.theirs]) for part in parts}
    for file, name in heads.items():
        entry = files[file][name]
        if entry.shape != ours["token_VD"].shape:
            raise refused(file, f"tensor {name!r} has shape {entry.shape}, expected {ours['token_VD'].shape}")
        if not np.array_equal(read_floats(file, {name: entry})[name], ours["token_VD"]):
            raise refused(file, f"tensor {name!r} is not the embedding, though tie_word_embeddings of {CONFIG} says so")
    return ours


def _files(folder: Path) -> dict[Path, dict[str, Entry]]:
    """The tables of model.safetensors, or of the files that an index names."""
    if (folder / WEIGHTS).is_file() or not (folder / INDEX).is_file():
        return {folder / WEIGHTS: read_entries(folder / WEIGHTS)}
    places = read_table(folder / INDEX).get("weight_map")
    if not isinstance(places, Mapping) or not places:
        raise refused(folder / INDEX, "it has no table weight_map from tensors to files")
    paths = sorted({within(folder, name, folder / INDEX) for name in places.values()})
    files = {path: read_entries(path) for path in paths}
    for name, file in places.items():
        if name not in files[folder / file]:
            raise refused(folder / INDEX, f"it places tensor {shown(name)} in {file}, which does not hold it")
    return {
        path: {name: entry for name, entry in entries.items() if places.get(name) == path.name}
        for path, entries in files.items()
    }


def _expected(parts: list[Part], shapes: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    expected = {}
    for part in parts:
        shape = shapes[part.ours][::-1] if part.turned else shapes[part.ours]
        expected[part.theirs] = shape if part.third is None else (*shape[:-1], 3 * shape[-1])
    return expected


def _ours(part: Part, array: np.ndarray) -> np.ndarray:
    array = array.T if part.turned else array
    return array if part.third is None else np.split(array, 3, axis=-1)[part.third]
