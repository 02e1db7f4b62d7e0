"""Hugging Face folders. Where the extra `interop` is installed, logits are compared with `transformers`."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.interop import (
    HfTokenizer,
    Llama2cTokenizer,
    WorldWords,
    decode,
    export_huggingface,
    import_huggingface,
    read_folder,
    read_tokenizer,
    write_folder,
)
from seedbed.interop.hf_gpt import GPT_NEO
from seedbed.interop.tensors import read_entries
from seedbed.models import LanguageModel, ModelConfig, RotaryConfig, named_arrays
from seedbed.tasks import World, triangle

VOCABULARY = 23
GPT = {"norm": "layer", "bias": True, "head_bias": False, "activation": "gelu-tanh", "tied": True, "norm_epsilon": 1e-5}
LLAMA = {"positions": "rotary", "channels": "swiglu", "hidden": 24, "norm_epsilon": 1e-5}
CONFIGS = {
    "llama": {**LLAMA, "tied": True},
    "llama, grouped heads, head of its own": {**LLAMA, "key_value_heads": 2},
    "llama, biases": {**LLAMA, "bias": True, "head_bias": False, "key_value_heads": 1},
    "llama, longer by places": {**LLAMA, "rotary": RotaryConfig(base=5000.0, factor=2.0)},
    "llama, longer by base": {**LLAMA, "rotary": RotaryConfig(scaling="ntk", factor=4.0)},
    "gpt2": GPT,
    "gpt2, exact gelu, head of its own": {**GPT, "activation": "gelu", "tied": False, "hidden": 20},
    "gpt2, scores not divided": {**GPT, "score_scale": "none"},
    "gpt_neo": {**GPT, "qkv_bias": False, "score_scale": "none", "window": (0, 4)},
    "gpt_neo, all windows": {**GPT, "qkv_bias": False, "score_scale": "none", "window": (3,)},
    "gpt_neo, no windows": {**GPT, "qkv_bias": False, "score_scale": "none"},
}


def model_of(name) -> LanguageModel:
    config = ModelConfig(**{"width": 16, "blocks": 3, "heads": 4, "context": 12, **CONFIGS[name]})
    model = LanguageModel(config, VOCABULARY, key=jax.random.key(3))
    # No norm or bias at its first value: one that is lost must show.
    leaves, tree = jax.tree.flatten(model)
    keys = jax.random.split(jax.random.key(4), len(leaves))
    leaves = [leaf + 0.2 * jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]
    return jax.tree.unflatten(tree, leaves)


def written(folder, files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("name", CONFIGS)
def test_a_model_goes_out_and_comes_back(tmp_path, name):
    model = model_of(name)
    again = import_huggingface(written(tmp_path / "hf", export_huggingface(model, None))).model
    tokens = jnp.arange(12)
    np.testing.assert_allclose(again(tokens), model(tokens), atol=1e-5)
    for path, array in named_arrays(model).items():
        np.testing.assert_array_equal(named_arrays(again)[path], array)


@pytest.mark.parametrize("name", CONFIGS)
def test_logits_are_those_of_transformers(tmp_path, name):
    """The largest difference over 12 places is 1e-4 at most; so it is when transformers has saved the model again."""
    torch = pytest.importorskip("torch", reason="the extra interop is not installed")
    transformers = pytest.importorskip("transformers", reason="the extra interop is not installed")
    model = model_of(name)
    folder = written(tmp_path / "hf", export_huggingface(model, None))
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokens = np.random.default_rng(0).integers(VOCABULARY, size=(2, 12))
    with torch.no_grad():
        logits = theirs(torch.as_tensor(tokens)).logits.numpy()
    print(f"{name}: {np.abs(np.asarray(model(jnp.asarray(tokens))) - logits).max():.1e}")
    np.testing.assert_allclose(model(jnp.asarray(tokens)), logits, atol=1e-4)
    theirs.save_pretrained(tmp_path / "again")
    again = import_huggingface(tmp_path / "again").model
    np.testing.assert_allclose(again(jnp.asarray(tokens)), logits, atol=1e-4)


def test_stories_tell_transformers_the_same(tmp_path, stories):
    torch = pytest.importorskip("torch", reason="the extra interop is not installed")
    transformers = pytest.importorskip("transformers", reason="the extra interop is not installed")
    from seedbed.interop import import_llama2c

    content = import_llama2c(stories / "stories260K.bin", stories / "tok512.bin")
    folder = written(tmp_path / "hf", export_huggingface(content.model, content.tokenizer))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    asked = tokenizer("Once upon a time", return_tensors="pt")
    told = tokenizer.decode(theirs.generate(**asked, max_new_tokens=60, do_sample=False)[0], skip_special_tokens=True)
    assert told.startswith("Once upon a time, there was a little girl named Lily. She loved to play outside in the")
    with torch.no_grad():
        logits = theirs(asked["input_ids"]).logits.numpy()
    ours = content.model(jnp.asarray(asked["input_ids"].numpy()))
    print(f"stories260K: {np.abs(np.asarray(ours) - logits).max():.1e}")
    np.testing.assert_allclose(ours, logits, atol=1e-4)


def test_a_tokenizer_json_reads_as_the_tokenizer_that_it_was_made_of(stories):
    pytest.importorskip("tokenizers", reason="the extra interop is not installed")
    from seedbed.interop.hf_tokenizer import tokenizer_json

    ours = read_tokenizer(stories / "tok512.bin")
    theirs = HfTokenizer(tokenizer_json(ours), 1, 2, "tokenizer.json")
    for text in ("", "Once upon a time, there was", 'Lily\'s mom said, "No!"', "日本 ünïcode\n 3 7", "  two  spaces "):
        tokens = ours.encode(text)
        assert theirs.encode(text) == tokens
        assert decode(theirs, tokens) == text
    assert theirs.size == 512


def test_words_of_a_world_read_as_in_the_world():
    pytest.importorskip("tokenizers", reason="the extra interop is not installed")
    from seedbed.interop.hf_tokenizer import tokenizer_json

    ours = WorldWords(World(triangle(tokens="word")))
    theirs = HfTokenizer(tokenizer_json(ours), None, ours.stop, "tokenizer.json")
    assert theirs.encode("a b c . |") == ours.encode("a b c . |")
    assert decode(theirs, ours.encode("a b c . |")) == decode(ours, ours.encode("a b c . |")) == "a b c . |"
    with pytest.raises(UsageError, match="has no token for a part of 'once'"):
        theirs.encode("once")


def test_bytes_of_gpt2_come_back():
    vocabulary = {character: byte for byte, character in enumerate("abcĠÃ©Ċ")}
    table = {"decoder": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": vocabulary, "merges": []}}
    tokenizer = HfTokenizer(json.dumps(table).encode(), None, None, "t.json")
    assert decode(tokenizer, [0, 3, 1, 4, 5, 6, 99]) == "a bé\n"


@pytest.mark.parametrize("stop", [None, 4, (5, 2)])
def test_every_token_that_ends_a_text_is_kept(tmp_path, stop):
    table = {"decoder": None, "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "<unk>"}}
    files = export_huggingface(model_of("gpt2"), HfTokenizer(json.dumps(table).encode(), 3, stop, "t.json"))
    assert json.loads(files["config.json"])["eos_token_id"] == (list(stop) if isinstance(stop, tuple) else stop)
    write_folder(tmp_path / "ours", import_huggingface(written(tmp_path / "hf", files)))
    tokenizer = read_folder(tmp_path / "ours").tokenizer
    assert tokenizer is not None and tokenizer.stop == stop


def test_a_folder_keeps_the_tokenizer(tmp_path):
    table = {"decoder": None, "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "<unk>"}}
    files = export_huggingface(model_of("gpt2"), HfTokenizer(json.dumps(table).encode(), 3, 5, "t.json"))
    content = import_huggingface(written(tmp_path / "hf", files))
    write_folder(tmp_path / "ours", content)
    tokenizer = read_folder(tmp_path / "ours").tokenizer
    assert isinstance(tokenizer, HfTokenizer)
    assert (tokenizer.begin, tokenizer.stop, tokenizer.content) == (3, 5, files["tokenizer.json"])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"mixer": "linear"}, "mixer is linear, not attention"),
        ({"norm_order": "post"}, "norm_order is post, not pre"),
        ({"positions": "sinusoidal"}, "LlamaForCausalLM: .*positions is sinusoidal, not rotary.*not learned"),
        ({"activation": "relu2"}, "activation is relu2, not gelu-tanh or gelu"),
        ({"window": (3, 4), "score_scale": "none", "qkv_bias": False}, r"window is \(3, 4\), not of one length, or 0"),
        ({"spare_classes": 1, "tied": False}, "spare_classes is 1, not 0"),
    ],
)
def test_what_no_architecture_holds_is_refused_with_what_each_would_need(changes, why):
    config = ModelConfig(**{"width": 8, "blocks": 1, "heads": 2, "context": 8, **GPT, **changes})
    with pytest.raises(UsageError, match=why):
        export_huggingface(LanguageModel(config, 5, key=jax.random.key(0)), None)


def test_a_piece_that_is_no_text_cannot_go_to_a_tokenizer_json():
    from seedbed.interop.hf_tokenizer import tokenizer_json

    with pytest.raises(UsageError, match=r"piece 3 of the tokenizer is b'\\xff', no UTF-8"):
        tokenizer_json(Llama2cTokenizer((b"<unk>", b"<s>", b"</s>", b"\xff"), (0.0,) * 4, 5))


def changed(tmp_path, name="llama", **changes):
    folder = written(tmp_path / "hf", export_huggingface(model_of(name), None))
    table = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**table, **changes}))
    return folder


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("llama", {"model_type": "mamba"}, "its model_type is 'mamba': one of llama, gpt2, gpt_neo"),
        ("llama", {"vocab_size": -5}, "its vocab_size is -5"),
        ("llama", {"vocab_size": 2**40}, "it holds the number 1099511627776"),
        ("llama", {"hidden_size": 2**30}, "head_dim is 4: only hidden_size / num_attention_heads"),
        (
            "llama",
            {"num_hidden_layers": 2**31 - 1},
            r"num_hidden_layers is 2,147,483,647, and its files hold 29 tensors",
        ),
        ("gpt2", {"n_layer": 10**8}, "n_layer is 100,000,000, and its files hold"),
        ("gpt_neo", {"num_layers": 10**8}, "num_layers is 100,000,000, and its files hold"),
        ("llama", {"num_hidden_layers": 20}, r"it holds [\d,]+ numbers, the model of config\.json has"),
        ("llama", {"num_hidden_layers": "many"}, "num_hidden_layers must be a whole number of at least 1, got 'many'"),
        ("llama", {"num_key_value_heads": 3}, "model.key_value_heads must divide model.heads: 3 do not divide 4"),
        ("llama", {"hidden_act": "gelu"}, "hidden_act is 'gelu': only 'silu'"),
        (
            "llama",
            {"rope_scaling": {"rope_type": "yarn", "factor": 2.0}},
            "scaled by 'yarn': only 'default' and 'linear'",
        ),
        ("llama", {"mlp_bias": True}, "attention_bias and mlp_bias differ"),
        ("llama", {"vocab_size": VOCABULARY - 1}, "has shape .*expected"),
        ("llama", {"tie_word_embeddings": False}, "numbers, the model"),
        ("llama", {"bos_token_id": 99}, "its bos_token_id is 99: a token of 0 to 22"),
        ("llama", {"eos_token_id": [1, 99]}, r"its eos_token_id is \[1, 99\]: a token of 0 to 22"),
        ("gpt2", {"activation_function": "relu"}, "activation_function is 'relu'"),
        ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx is True: only False"),
        ("gpt_neo", {"attention_types": [[["global"], 2**30]]}, "attention_types must name 3 blocks"),
        ("gpt_neo", {"attention_types": [["global", 3]]}, "attention_types must be such as"),
        ("gpt_neo", {"attention_types": [[["local"], 2]]}, "attention_types must name 3 blocks, got 2"),
    ],
)
def test_a_config_that_cannot_be_is_refused(tmp_path, name, changes, why):
    folder = changed(tmp_path, name, **changes)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(UsageError, match=rf"hf/.*{why}"):
        import_huggingface(folder)


@pytest.mark.parametrize(
    "types",
    [
        [[["global", "local"], 3]],
        [[["global", "local"], 2], [["global"], 1], [["local"], 1]],
        [[["global", "local"], 2], [["global"], 2]],
        [[["local", "local", "global"], 1], [["local"], 2], [["local"], 1]],
        [[["local", "global", "global"], 1], [["local", "global"], 1]],
        [[["global"], 5], [["local"], 1]],
        [[["local"], 6]],
    ],
    ids=str,
)
def test_windows_of_blocks_are_written_once_a_period(types):
    windows = [9 if kind == "local" else 0 for turn, times in types for kind in turn * times]
    blocks = len(windows)
    table = {"num_layers": blocks, "hidden_size": 16, "num_heads": 4, "window_size": 9, "attention_types": types}
    config = GPT_NEO.to_config(table)
    assert [config.window_of(block) for block in range(blocks)] == windows
    for shorter in range(1, len(config.window)):
        assert [windows[block % shorter] for block in range(blocks)] != windows


def test_the_period_of_many_windows_takes_no_time():
    """A search that compares every period with every block would take minutes."""
    blocks = 10**5
    types = [[["global"], blocks - 1], [["local"], 1]]
    config = GPT_NEO.to_config(
        {"num_layers": blocks, "hidden_size": 16, "num_heads": 4, "window_size": 9, "attention_types": types}
    )
    assert config.window == (*(0,) * (blocks - 1), 9)


HOSTILE_NAMES = (
    "../0.safetensors",
    "/etc/passwd",
    "",
    ".",
    "..",
    3,
    ["x"],
    "a\0b",
    "x" * 256,
    "é" * 128,
    "a\\b",
    "\ud800",
)


def test_an_index_reads_several_files_of_its_folder_alone(tmp_path):
    folder = written(tmp_path / "hf", export_huggingface(model_of("gpt2"), None))
    tensors = safetensors.numpy.load((folder / "model.safetensors").read_bytes())
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    for part in (0, 1):
        own = {name: tensors[name] for name in names[part::2]}
        (folder / f"{part}.safetensors").write_bytes(safetensors.numpy.save(own))
    places = {name: f"{place % 2}.safetensors" for place, name in enumerate(names)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    tokens = jnp.arange(6)
    np.testing.assert_array_equal(import_huggingface(folder).model(tokens), model_of("gpt2")(tokens))
    for outside in HOSTILE_NAMES:
        places[names[0]] = outside
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
        with pytest.raises(UsageError, match=r"index\.json cannot be read: it names .*: a file of .* itself"):
            import_huggingface(folder)


@pytest.mark.parametrize("shards", [False, True])
def test_links_of_a_cache_of_downloads_are_followed(tmp_path, shards):
    """A cache keeps contents in one folder, and names as links to them in another."""
    files = export_huggingface(model_of("gpt2"), None)
    folder, blobs = written(tmp_path / "snapshot", {"config.json": files["config.json"]}), tmp_path / "blobs"
    tensors = safetensors.numpy.load(files["model.safetensors"])
    name = "model-00001-of-00001.safetensors" if shards else "model.safetensors"
    written(blobs, {"0a1b": files["model.safetensors"]})
    (folder / name).symlink_to("../blobs/0a1b")
    if shards:
        places = {"weight_map": dict.fromkeys(tensors, name)}
        (folder / "model.safetensors.index.json").write_text(json.dumps(places))
    tokens = jnp.arange(6)
    np.testing.assert_array_equal(import_huggingface(folder).model(tokens), model_of("gpt2")(tokens))
    (folder / name).unlink()
    (folder / name).symlink_to(name)  # leads to itself
    with pytest.raises(UsageError, match=r"there is no file .*snapshot/model"):
        import_huggingface(folder)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"lm_head.weight": np.ones((3, 3), np.float32)}, r"'lm_head\.weight' has shape \(3, 3\), expected \(23, 16\)"),
        ({"lm_head.weight": np.ones((23, 16), np.float32)}, r"'lm_head\.weight' is not the embedding"),
        (
            {"model.norm.weight": np.full(16, np.nan, np.float32)},
            "'model.norm.weight' holds numbers that are not finite",
        ),
        ({"model.norm.weight": np.full(16, 1e300)}, "'model.norm.weight' holds numbers that are not finite"),
    ],
)
def test_weights_that_cannot_be_are_refused(tmp_path, changes, why):
    files = export_huggingface(model_of("llama"), None)
    tensors = safetensors.numpy.load(files["model.safetensors"])
    files["model.safetensors"] = safetensors.numpy.save({**tensors, **changes})
    with pytest.raises(UsageError, match=rf"model\.safetensors cannot be read: tensor {why}"):
        import_huggingface(written(tmp_path / "hf", files))


def test_a_tied_head_that_is_written_all_the_same_is_its_embedding(tmp_path):
    files = export_huggingface(model_of("llama"), None)
    tensors = safetensors.numpy.load(files["model.safetensors"])
    head = {"lm_head.weight": tensors["model.embed_tokens.weight"].copy()}
    files["model.safetensors"] = safetensors.numpy.save({**tensors, **head})
    tokens = jnp.arange(6)
    model = import_huggingface(written(tmp_path / "hf", files)).model
    np.testing.assert_array_equal(model(tokens), model_of("llama")(tokens))


def test_an_index_says_which_of_two_files_a_tensor_is_read_from(tmp_path):
    files = export_huggingface(model_of("gpt2"), None)
    tensors = safetensors.numpy.load(files["model.safetensors"])
    folder = written(tmp_path / "hf", {"config.json": files["config.json"], "a": files["model.safetensors"]})
    (folder / "b").write_bytes(safetensors.numpy.save({name: array + 1 for name, array in tensors.items()}))
    first = sorted(tensors)[0]
    places = {**dict.fromkeys(tensors, "a"), first: "b"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    once = import_huggingface(folder)
    (folder / "a").write_bytes(safetensors.numpy.save({**tensors, first: tensors[first] + 9}))  # not asked for
    for name, array in named_arrays(import_huggingface(folder).model).items():
        np.testing.assert_array_equal(array, named_arrays(once.model)[name])
    (folder / "b").write_bytes(safetensors.numpy.save({"x": tensors[first]}))
    with pytest.raises(UsageError, match=f"it places tensor '{first}' in b, which does not hold it"):
        import_huggingface(folder)


def tensor_file(shape, dtype="F32", size=8):
    table = {"a": {"dtype": dtype, "shape": shape, "data_offsets": [0, size]}}
    head = json.dumps(table).encode()
    return len(head).to_bytes(8, "little") + head + bytes(size)


@pytest.mark.parametrize(
    ("shape", "dtype", "size"),
    [
        ([2], [], 8),
        ([2], {}, 8),
        ([2], None, 8),
        ([2], "F3", 8),
        ([10**4000, 10**4000], "F32", 8),
        ([0, 2**70], "F32", 0),
        ([0] * 70, "F32", 0),
        ([1] * 33, "F32", 4),
        ([-1, -2], "F32", 8),
        ([True, 2], "F32", 8),
        ("ab", "F32", 8),
        ([2.0], "F32", 8),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_table_of_no_tensor_is_refused_by_name(tmp_path, shape, dtype, size):
    (tmp_path / "t.safetensors").write_bytes(tensor_file(shape, dtype, size))
    with pytest.raises(UsageError, match=r"t\.safetensors cannot be read: tensor 'a' of dtype .* is none") as caught:
        read_entries(tmp_path / "t.safetensors")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("token", ["1e999", "-1e999", '"a"', "[]", "null", "{}"])
def test_a_vocabulary_that_counts_no_tokens_is_refused_by_name(token):
    content = f'{{"model": {{"vocab": {{"a": {token}}}}}}}'.encode()
    with pytest.raises(UsageError, match=r"t\.json cannot be read: it has no vocabulary that is known"):
        print(HfTokenizer(content, None, None, "t.json").size)


def test_names_without_the_prefix_and_buffers_are_known(tmp_path):
    """The first GPT-2 files leave out `transformer.` and hold masks."""
    folder = written(tmp_path / "hf", export_huggingface(model_of("gpt2"), None))
    tensors = safetensors.numpy.load((folder / "model.safetensors").read_bytes())
    tensors = {name.removeprefix("transformer."): array for name, array in tensors.items()}
    tensors["h.0.attn.bias"] = np.ones((1, 1, 12, 12), np.float32)
    (folder / "model.safetensors").write_bytes(safetensors.numpy.save(tensors))
    tokens = jnp.arange(6)
    np.testing.assert_array_equal(import_huggingface(folder).model(tokens), model_of("gpt2")(tokens))


@given(st.data())
def test_weights_that_were_tampered_with_are_read_or_refused(tmp_path_factory, data):
    """Any change of the table at the file's head, and any length."""
    folder = written(tmp_path_factory.mktemp("t") / "hf", FILES)
    content = bytearray(FILES["model.safetensors"])
    length = int.from_bytes(content[:8], "little")
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, length + 7))] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    (folder / "model.safetensors").write_bytes(content[:end])
    try:
        import_huggingface(folder)
    except UsageError as error:
        assert "hf/model.safetensors" in str(error)


FILES = export_huggingface(model_of("gpt2"), None)
