"""Models that speak, and that are given to other tools."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from error_cases.harness import case, edit, imported, other_run, photos, refused
from error_cases.importing_models import foreign, safetensors_of


@case("folder-table", 2, r"models/m/extras.safetensors cannot be read: tensor 'a' of dtype 'F32' and shape \[0, 1180")
def folder_table(t):
    edit(imported(t), lambda table: table.update(extras="extras.safetensors"))
    Path("models/m/extras.safetensors").write_bytes(safetensors_of([0, 2**70]))
    return t.seedbed("generate", "models/m", "a")


@case("generate-foreign", 2, "hf holds a model of another tool: import it with `seedbed import hf`")
def generate_foreign(t):
    return t.seedbed("generate", foreign(t), "a")


@case("export-taken", 2, "photos is not empty: name a new folder with --out")
def export_taken(t):
    return t.seedbed("export", imported(t), "--to", "llama2c", "--out", photos())


@case(
    "export-rotations", 2, r"rotations freq_cis_real .* have shape \(1,\), it needs \(16, 1\): import the model again"
)
def export_rotations(t):
    extras = {name: np.zeros(1, np.float32) for name in ("freq_cis_real", "freq_cis_imag")}
    (imported(t) / "extras.safetensors").write_bytes(safetensors.numpy.save(extras))
    edit(Path("models/m"), lambda table: table.update(extras="extras.safetensors"))
    return t.seedbed("export", "models/m", "--to", "llama2c")


@case(
    "folder-weights",
    2,
    "weights.safetensors cannot be read: its tensors take [\\d,]+ bytes, it has .*: it is cut short",
)
def folder_weights(t):
    weights = imported(t) / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    return t.seedbed("generate", "models/m", "a")


@case("folder-other-weights", 2, "weights.safetensors cannot be read: it holds [\\d,]+ numbers, the model of .* has")
def folder_other_weights(t):
    edit(imported(t), lambda table: table["model"].update(blocks=3))
    return t.seedbed("generate", "models/m", "a")


@case("folder-config", 2, "config.json cannot be read: it holds the number 10000000000000")
def folder_config(t):
    edit(imported(t), lambda table: table["model"].update(heads=10**13))
    return t.seedbed("generate", "models/m", "a")


@case("folder-unknown-setting", 2, "unknown setting of models/m/config.json: model 'widht': did you mean 'width'")
def folder_unknown_setting(t):
    edit(imported(t), lambda table: table["model"].update(widht=8))
    return t.seedbed("generate", "models/m", "a")


@case("folder-leaves", 2, "config.json cannot be read: it names '../../t.bin': a file of models/m itself was expected")
def folder_leaves(t):
    edit(imported(t), lambda table: table.update(tokenizer="a\0b"))
    said = t.seedbed("generate", "models/m", "a")
    assert (said.code, "it names 'a\\x00b': a file of models/m itself was expected" in said.err) == (2, True)
    edit(Path("models/m"), lambda table: table.update(tokenizer="../../t.bin"))
    return t.seedbed("generate", "models/m", "a")


@case("generate-unknown-word", 2, "unknown word of this world 'once': .*Known: .*a, b")
def generate_unknown_word(t):
    return t.seedbed("generate", t.grown, "a once")


@case("generate-empty", 2, "a prompt needs at least one token")
def generate_empty(t):
    return t.seedbed("generate", t.grown)


@case("generate-long", 0, "the prompt has 30 tokens but the context only 24: the first 7 tokens are left out")
def generate_long(t):
    return t.seedbed("generate", t.grown, "a " * 30, "--tokens", 3)


@case("generate-no-tokenizer", 2, "models/m has no tokenizer: import the model again with --tokenizer FILE")
def generate_no_tokenizer(t):
    return t.seedbed("generate", imported(t, "--json"), "a")


@case("generate-range", 2, r"top_p must lie in 0\.\.1 \(0 left out\), got 0.0")
def generate_range(t):
    for option, value, message in (
        ("--temperature", "nan", "temperature must be a finite number of 0 or more, got nan"),
        ("--top-k", "-1", "top_k must be 0, for all tokens, or more, got -1"),
        ("--min-p", "2", "min_p must lie in 0..1, got 2.0"),
        ("--repetition-penalty", "1e-46", "repetition_penalty must lie in 1e-06..1e+06, got 1e-46"),
        ("--repetition-penalty", "1e39", "repetition_penalty must lie in 1e-06..1e+06, got 1e+39"),
    ):
        said = t.seedbed("generate", t.grown, "a", option, value)
        assert (said.code, said.err) == (2, f"seedbed: {message}\n")
    return t.seedbed("generate", t.grown, "a", "--top-p", 0)


refused(
    "models-width",
    "models --width 66",
    "width must be a multiple of 4, the number of heads of the listed blocks, got 66: use 64",
)


@case("generate-tokens", 2, r"tokens to generate must lie in 1\.\.1,000,000, got 0")
def generate_tokens(t):
    return t.seedbed("generate", t.grown, "a", "--tokens", 0)


@case("generate-unknown-member", 2, "unknown finished member 'zz': Known: [0-9a-f]{16}, ")
def generate_unknown_member(t):
    return t.seedbed("generate", t.grown, "a", "--member", "zz")


@case("generate-no-member", 2, "models/m holds a single model and no members: omit --member 3")
def generate_no_member(t):
    return t.seedbed("generate", imported(t), "a", "--member", 3)


@case("generate-unfinished", 2, "runs/other has no finished member: continue with seedbed resume runs/other")
def generate_unfinished(t):
    return t.seedbed("generate", other_run(), "a")


@case("export-record-member", 2, "a record holds every member of the run: omit --member 3")
def export_record_member(t):
    return t.seedbed("export", t.grown, "--to", "record", "--member", 3)


@case("generate-record", 2, "member [0-9a-f]{16} has no weights here: kept is a record", changes=True)
def generate_record(t):
    assert t.seedbed("export", t.grown, "--to", "record", "--out", "kept").code == 0
    return t.seedbed("generate", "kept", "a")


@case(
    "export-impossible",
    2,
    "llama2.c holds Llama models alone .* its positions is learned, not rotary; its channels is mlp",
)
def export_impossible(t):
    assert "no architecture of Hugging Face holds this model. LlamaForCausalLM: " in t.seedbed("export", t.grown).err
    return t.seedbed("export", t.grown, "--to", "llama2c")


@case(
    "export-no-tokenizer",
    0,
    "the tokenizer was not exported: llama2.c's tokenizer begins with three symbols",
    changes=True,
)
def export_no_tokenizer(t):
    from seedbed.cli import sources
    from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer
    from seedbed.interop import TextTokenizer

    source = sources.open_source(imported(t), None)
    bytes_alone = TextTokenizer(train_tokenizer(TokenizerConfig("byte"), []))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "open_source", lambda name, member: replace(source, tokenizer=bytes_alone))
        said = t.seedbed("export", "models/m", "--to", "hf", "--out", "hf", "--json")
        assert said.code == 0 and "this one is byte" in json.loads(said.out)["without_tokenizer"]
        assert sorted(path.name for path in Path("hf").iterdir()) == ["config.json", "model.safetensors"]
        assert json.loads(Path("hf/config.json").read_text())["eos_token_id"] == 256
        return t.seedbed("export", "models/m", "--to", "llama2c", "--out", "llama")
