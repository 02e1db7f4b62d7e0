"""`seedbed generate`, `import`, `export` and `models`, through the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from seedbed.experiments.results import open_results
from seedbed.interop import Checkpoint, Header, Llama2cTokenizer, checkpoint_bytes, tokenizer_bytes
from seedbed.models import CHANNELS, MIXERS, PRESETS, parameter_count

WORDS = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(256)), b" ", b"a", "é".encode()]


@pytest.fixture
def llama():
    header = Header(8, 12, 2, 4, 2, len(WORDS), 16)
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=shape).astype("f4") for name, shape in header.shapes().items()}
    Path("m.bin").write_bytes(checkpoint_bytes(Checkpoint(header, arrays)))
    Path("t.bin").write_bytes(tokenizer_bytes(Llama2cTokenizer(tuple(WORDS), (0.0,) * len(WORDS), 6)))


def answer(done):
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_a_run_speaks_the_words_of_its_world(seedbed, grown):
    told = answer(seedbed("generate", grown, "a b .", "--tokens", 8, "--temperature", 0, "--json"))
    (sample,) = told["samples"]
    assert sample["text"].startswith("a b . ")
    assert len(sample["tokens"]) <= 8
    shown = seedbed("generate", grown, "a b .", "--tokens", 8, "--temperature", 0, "--quiet")
    assert (shown.out, shown.err) == (sample["text"] + "\n", "")


def test_a_member_is_named_by_how_it_begins(seedbed, grown):
    first = answer(seedbed("generate", grown, "a", "--tokens", 4, "--json"))["member"]
    files = sorted(path.stem for path in (grown / "checkpoints").iterdir())
    (other,) = [name for name in files if name != first]
    assert answer(seedbed("generate", grown, "a", "--tokens", 4, "--json", "--member", other[:9]))["member"] == other


def test_a_sample_does_not_depend_on_how_many_there_are(seedbed, grown):
    def samples(count, seed):
        options = ["--tokens", 9, "--samples", count, "--seed", seed, "--json"]
        return answer(seedbed("generate", grown, "a b", *options))["samples"]

    assert samples(5, 3)[:3] == samples(3, 3)
    assert samples(5, 3) != samples(5, 4)
    assert len({each["text"] for each in samples(5, 3)}) > 1


def test_several_samples_are_numbered(seedbed, grown):
    done = seedbed("generate", grown, "a", "--tokens", 3, "--samples", 2, "--quiet")
    assert done.out.splitlines()[0] == "sample 1"
    assert "sample 2" in done.out


def test_a_model_goes_through_a_folder_and_back_to_the_same_bytes(seedbed, llama):
    assert answer(seedbed("import", "m.bin", "--tokenizer", "t.bin", "--json"))["vocabulary"] == len(WORDS)
    assert seedbed("export", "models/m", "--to", "llama2c", "--out", "back").code == 0
    assert Path("back/model.bin").read_bytes() == Path("m.bin").read_bytes()
    assert Path("back/tokenizer.bin").read_bytes() == Path("t.bin").read_bytes()


def test_a_model_goes_to_hugging_face_and_back_and_says_the_same(seedbed, llama):
    pytest.importorskip("tokenizers", reason="the extra interop is not installed")
    seedbed("import", "m.bin", "--tokenizer", "t.bin")
    assert seedbed("export", "models/m", "--to", "hf", "--out", "hf").code == 0
    assert seedbed("import", "hf", "--out", "models/again").code == 0
    options = ["a a", "--tokens", 12, "--seed", 1, "--json"]
    ours, again = (answer(seedbed("generate", f"models/{name}", *options)) for name in ("m", "again"))
    assert ours["prompt"] == again["prompt"]
    assert [each["tokens"] for each in ours["samples"]] == [each["tokens"] for each in again["samples"]]


def test_a_record_tells_what_its_run_tells_and_needs_no_training(seedbed, grown):
    files = answer(seedbed("export", grown, "--to", "record", "--out", "kept", "--json"))["files"]
    assert "manifest.json" in files and not [name for name in files if name.startswith(("checkpoints", "report"))]
    whole, kept = (answer(seedbed("report", folder, "--json"))[0]["headline"] for folder in (grown, "kept"))
    assert kept == whole
    before = open_results("kept").members
    assert seedbed("resume", "kept", "--quiet", "--workers", 1).code == 0
    assert open_results("kept").members.equals(before)


def test_an_imported_model_is_measured_on_the_texts_own_tokens(seedbed, llama):
    seedbed("import", "m.bin", "--tokenizer", "t.bin")
    Path("a.txt").write_text("a a<|endoftext|>a\u00e9")
    whole = answer(seedbed("perplexity", "models/m", "a.txt", "--json"))
    assert (whole["documents"], whole["bytes"], whole["member"]) == (2, 6, None)
    prompts = [
        answer(seedbed("generate", "models/m", text, "--tokens", 1, "--json"))["prompt"] for text in ("a a", "a\u00e9")
    ]
    assert whole["tokens"] == sum(len(prompt) - 1 for prompt in prompts)  # of each all but the first, <s>
    seedbed("import", "m.bin", "--out", "models/mute")
    refused = seedbed("perplexity", "models/mute", "a.txt")
    assert refused.code == 2 and "has no tokenizer: import the model again with --tokenizer" in refused.err


def test_a_folder_with_a_point_in_its_name_keeps_the_whole_name(seedbed, llama):
    seedbed("import", "m.bin")
    assert seedbed("export", "models/m", "--to", "hf", "--out", "TinyLlama-1.1B").code == 0
    assert answer(seedbed("import", "TinyLlama-1.1B", "--json"))["folder"] == "models/TinyLlama-1.1B"


def test_a_text_may_outgrow_the_context(seedbed, llama):
    seedbed("import", "m.bin", "--tokenizer", "t.bin")
    (sample,) = answer(seedbed("generate", "models/m", "aé", "--tokens", 40, "--seed", 2, "--json"))["samples"]
    assert sample["text"].startswith("aé")
    assert len(sample["tokens"]) > 16


def test_every_block_and_preset_is_listed_with_its_parameters(seedbed):
    told = answer(seedbed("models", "--json", "--vocabulary", 30))
    assert [row["name"] for row in told["mixers"]] == list(MIXERS)
    assert [row["name"] for row in told["channels"]] == [*CHANNELS, "none"]
    cost = {
        setting: {row["name"]: (row["parameters"], row["flops"]) for row in told[setting]}
        for setting in ("channels", "positions", "norm", "norm_order")
    }
    assert cost["channels"]["mlp"] == (2 * 64 * 256, 4 * 64 * 256)
    assert cost["channels"]["none"] == (0, 0)
    assert cost["positions"]["learned"] == (512 * 64, 0)
    assert {cost["positions"][name] for name in ("sinusoidal", "rotary", "alibi", "none")} == {(0, 0)}
    assert cost["norm"] == {"layer": (128, 0), "rms": (64, 0)}
    assert {name: each[0] // 64 for name, each in cost["norm_order"].items()} == {
        "pre": 2, "post": 2, "sandwich": 4, "shared": 1, "bare": 0,
    }  # fmt: skip
    assert {row["name"]: row["parameters"] for row in told["presets"]} == {
        name: parameter_count(each.model, 30) for name, each in PRESETS.items()
    }
    assert {row["name"]: row["parameters"] for row in told["presets"]}["paper-3.1"] == 4_533_631
    shown = seedbed("models").out
    assert all(name in shown for name in [*MIXERS, *CHANNELS, *PRESETS])
