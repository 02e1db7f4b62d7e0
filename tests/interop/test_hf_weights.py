"""Tensors of Hugging Face folders: several files, links, and files that lie about what they hold."""

import json

import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.interop import (
    export_huggingface,
    import_huggingface,
)
from seedbed.interop.tensors import read_entries
from seedbed.models import named_arrays
from tests.interop.hf_models import model_of, written

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
