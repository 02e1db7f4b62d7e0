"""Models and tokenizers that are brought in."""

import json
import struct
from pathlib import Path

import safetensors.numpy

from error_cases.harness import case, edit, imported, llama, photos, refused
from seedbed.interop import Llama2cTokenizer, tokenizer_bytes

refused("import-absent", "import nothing.bin", "there is no file nothing.bin")


@case(
    "import-cut-short",
    2,
    r"m.bin cannot be read: its header \(width 8, .*\) asks for [\d,]+ bytes, it has 5,000: it is cut",
)
def import_cut_short(t):
    llama().write_bytes(llama().read_bytes()[:5000])
    return t.seedbed("import", "m.bin")


@case("import-too-long", 2, "m.bin cannot be read: its header .*: it is too long")
def import_too_long(t):
    llama().write_bytes(llama().read_bytes() + bytes(4))
    return t.seedbed("import", "m.bin")


@case("import-hostile", 2, "m.bin cannot be read: its header .* asks for [\\d,]{20,} bytes, it has")
def import_hostile(t):
    llama().write_bytes(struct.pack("<7i", *[2**30] * 3, 1, 1, *[2**30] * 2) + llama().read_bytes()[28:])
    return t.seedbed("import", "m.bin")


@case(
    "import-newer",
    2,
    "m.bin cannot be read: it is of llama2.c's newer format, version 1: only the first, .*--version 0",
)
def import_newer(t):
    llama().write_bytes(struct.pack("<2i", 0x616B3432, 1) + llama().read_bytes()[8:])
    return t.seedbed("import", "m.bin")


@case("import-no-config", 2, "^seedbed: there is no file photos/config.json: name one that exists$")
def import_no_config(t):
    return t.seedbed("import", photos())


@case("import-not-finite", 2, "m.bin cannot be read: some of its weights are not finite numbers")
def import_not_finite(t):
    llama().write_bytes(llama().read_bytes()[:-4] + struct.pack("<f", float("nan")))
    return t.seedbed("import", "m.bin")


@case("import-below-file", 2, "^seedbed: m.bin is a file: name a new folder with --out$")
def import_below_file(t):
    return t.seedbed("import", llama(), "--out", "m.bin/x")


@case("import-no-out", 2, "--out must name a folder, got ''")
def import_no_out(t):
    assert "--out must name a folder, got ''" in t.seedbed("export", imported(t), "--out", "").err
    return t.seedbed("import", "m.bin", "--out", "")


@case("import-tokenizer", 2, "t.bin cannot be read: piece 0 has length 2147483647: 0 to 6, the longest, was expected")
def import_tokenizer(t):
    llama()
    Path("t.bin").write_bytes(struct.pack("<ifi", 6, 0.0, 2**31 - 1))
    return t.seedbed("import", "m.bin", "--tokenizer", "t.bin")


@case("import-other-tokenizer", 2, "the tokenizer has 3 tokens, the model a vocabulary of 270")
def import_other_tokenizer(t):
    llama()
    Path("t.bin").write_bytes(tokenizer_bytes(Llama2cTokenizer((b"a", b"b", b"c"), (0.0,) * 3, 1)))
    return t.seedbed("import", "m.bin", "--tokenizer", "t.bin")


@case("import-taken", 2, "photos is not empty: name a new folder with --out")
def import_taken(t):
    photos()
    return t.seedbed("import", llama(), "--out", "photos")


def foreign(t, **changes) -> Path:
    """The same model as a folder of Hugging Face, with changes to its config."""
    assert t.seedbed("export", imported(t, "--json"), "--to", "hf", "--out", "hf").code == 0
    edit(Path("hf"), lambda table: table.update(changes))
    return Path("hf")


@case(
    "import-architecture",
    2,
    "hf/config.json cannot be read: its model_type is 'bert': one of llama, qwen2, gpt2, gpt_neo",
)
def import_architecture(t):
    return t.seedbed("import", foreign(t, model_type="bert"))


@case("import-setting", 2, "hf/config.json cannot be read: hidden_act is 'relu': only 'silu' can be read")
def import_setting(t):
    return t.seedbed("import", foreign(t, hidden_act="relu"))


@case(
    "import-head", 2, "tensor 'lm_head.weight' is not the embedding, though tie_word_embeddings of config.json says so"
)
def import_head(t):
    weights = foreign(t) / "model.safetensors"
    tensors = safetensors.numpy.load(weights.read_bytes())
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] + 1
    weights.write_bytes(safetensors.numpy.save(tensors))
    return t.seedbed("import", "hf")


@case("import-sizes", 2, r"hf/model.safetensors cannot be read: it holds [\d,]+ numbers, the model of config.json has")
def import_sizes(t):
    return t.seedbed("import", foreign(t, num_hidden_layers=20))


@case("import-blocks", 2, r"hf/config.json cannot be read: num_hidden_layers is 1,073,741,824, and its files hold 20 ")
def import_blocks(t):
    return t.seedbed("import", foreign(t, num_hidden_layers=2**30))


@case("import-leaves", 2, "index.json cannot be read: it names '../m.bin': a file of hf itself was expected")
def import_leaves(t):
    folder = foreign(t)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"lm_head.weight": "../m.bin"}}')
    return t.seedbed("import", folder)


def safetensors_of(shape, dtype="F32", size=0) -> bytes:
    head = json.dumps({"a": {"dtype": dtype, "shape": shape, "data_offsets": [0, size]}}).encode()
    return len(head).to_bytes(8, "little") + head + bytes(size)


@case("import-table", 2, r"hf/model.safetensors cannot be read: tensor 'a' of dtype \[\] and shape \[2\] is none that")
def import_table(t):
    (foreign(t) / "model.safetensors").write_bytes(safetensors_of([2], [], 8))
    return t.seedbed("import", "hf")


@case("import-vocabulary", 2, "hf/tokenizer.json cannot be read: it has no vocabulary that is known: OverflowError")
def import_vocabulary(t):
    (foreign(t) / "tokenizer.json").write_text('{"model": {"vocab": {"a": 1e999}}}')
    return t.seedbed("import", "hf")


@case("import-folder-tokenizer", 2, "hf is a folder that contains its tokenizer: omit --tokenizer")
def import_folder_tokenizer(t):
    return t.seedbed("import", foreign(t), "--tokenizer", "t.bin")
