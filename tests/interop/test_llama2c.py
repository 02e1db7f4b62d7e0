import struct

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.interop import (
    Checkpoint,
    Header,
    checkpoint_bytes,
    decode,
    export_llama2c,
    from_model,
    import_llama2c,
    read_checkpoint,
    rotation_tables,
    to_model,
)
from seedbed.models import LanguageModel, ModelConfig, Sampling, generate

SMALL = {"width": 8, "hidden": 12, "blocks": 2, "heads": 4, "key_value_heads": 2, "vocabulary": 11, "context": 9}


def small(**changes) -> Checkpoint:
    header = Header(**{**SMALL, **changes})
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=shape).astype("f4") for name, shape in header.shapes().items()}
    return Checkpoint(header, {**arrays, **rotation_tables(header)})


def written(path, content) -> object:
    path.write_bytes(content)
    return path


def test_stories_go_in_and_out_to_the_same_bytes(stories):
    content = import_llama2c(stories / "stories260K.bin", stories / "tok512.bin")
    files = export_llama2c(content.model, content.tokenizer, content.extras)
    assert files["model.bin"] == (stories / "stories260K.bin").read_bytes()
    assert files["tokenizer.bin"] == (stories / "tok512.bin").read_bytes()


def test_computed_rotations_are_those_of_the_file_but_for_the_last_bit(stories):
    checkpoint = read_checkpoint(stories / "stories260K.bin")
    for name, ours in rotation_tables(checkpoint.header).items():
        np.testing.assert_allclose(ours, checkpoint.arrays[name], atol=1.2e-7)


@pytest.mark.parametrize("changes", [{}, {"tied": False}, {"key_value_heads": 4}, {"key_value_heads": 1}])
def test_any_model_goes_in_and_out_to_the_same_bytes(tmp_path, changes):
    data = checkpoint_bytes(small(**changes))
    again = from_model(to_model(read_checkpoint(written(tmp_path / "a.bin", data))))
    assert checkpoint_bytes(again) == data


@pytest.mark.parametrize("shape", [(9,), (9, 2), (8, 1), (1, 9), (9, 1, 1), ()])
def test_rotations_of_another_shape_are_refused(shape):
    model = to_model(small())
    tables = rotation_tables(small().header)
    assert tables["freq_cis_imag"].shape == (9, 1)
    with pytest.raises(UsageError, match=r"freq_cis_imag .* have shape .*, it needs \(9, 1\): import the model again"):
        export_llama2c(model, None, {**tables, "freq_cis_imag": np.zeros(shape, np.float32)})


def test_a_file_of_another_length_than_its_header_says_is_never_made():
    checkpoint = small()
    with pytest.raises(ValueError, match="header included, under one for"):
        checkpoint_bytes(Checkpoint(checkpoint.header, {**checkpoint.arrays, "wq": checkpoint.arrays["wq"][:1]}))


@pytest.mark.parametrize("changes", [{}, {"tied": False}, {"key_value_heads": 4}, {"key_value_heads": 1}])
def test_logits_are_those_of_llama2c(changes, reference):
    checkpoint = small(**changes)
    tokens = np.array([1, 4, 10, 0, 7, 7])
    ours = to_model(checkpoint)(jnp.asarray(tokens))
    np.testing.assert_allclose(ours, reference.logits_of(checkpoint.header, checkpoint.arrays, tokens), atol=2e-4)


def test_logits_of_stories_are_those_of_llama2c(stories, reference):
    checkpoint = read_checkpoint(stories / "stories260K.bin")
    tokens = np.array([1, 403, 407, 261, 378, 432, 285, 383])
    ours = to_model(checkpoint)(jnp.asarray(tokens))
    np.testing.assert_allclose(ours, reference.logits_of(checkpoint.header, checkpoint.arrays, tokens), atol=1e-4)


@given(field=st.integers(0, 6), value=st.integers(-(2**31), 2**31 - 1))
def test_a_header_that_does_not_fit_the_file_is_refused_before_it_is_read(tmp_path_factory, field, value):
    data = bytearray(checkpoint_bytes(small()))
    numbers = list(struct.unpack("<7i", data[:28]))
    if numbers[field] == value:
        return
    numbers[field] = value
    data[:28] = struct.pack("<7i", *numbers)
    path = written(tmp_path_factory.mktemp("mutated") / "m.bin", data)
    read = np.fromfile
    np.fromfile = None  # what is refused must not be read
    try:
        with pytest.raises(UsageError, match=r"m\.bin cannot be read: its header"):
            read_checkpoint(path)
    finally:
        np.fromfile = read


@given(numbers=st.lists(st.integers(-3, 40), min_size=7, max_size=7), length=st.integers(0, 4000))
def test_any_file_is_read_or_refused(tmp_path_factory, numbers, length):
    path = written(tmp_path_factory.mktemp("any") / "m.bin", (struct.pack("<7i", *numbers) + bytes(4000))[:length])
    try:
        checkpoint = read_checkpoint(path)
    except UsageError:
        return
    assert checkpoint.header.file_bytes == length


@pytest.mark.parametrize("length", [0, 27, 28, 100, -1, -4])
def test_a_file_that_is_cut_short_is_refused(tmp_path, length):
    data = checkpoint_bytes(small())
    with pytest.raises(UsageError, match=r"expected|cut short"):
        read_checkpoint(written(tmp_path / "m.bin", data[:length]))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(tmp_path, value):
    checkpoint = small()
    checkpoint.arrays["wo"][1, 2, 3] = value
    with pytest.raises(UsageError, match=r"m\.bin cannot be read: some of its weights are not finite"):
        read_checkpoint(written(tmp_path / "m.bin", checkpoint_bytes(checkpoint)))


def test_a_file_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(UsageError, match="too long"):
        read_checkpoint(written(tmp_path / "m.bin", checkpoint_bytes(small()) + bytes(4)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"positions": "learned"}, "positions is learned, not rotary"),
        ({"norm_order": "post"}, "norm_order is post, not pre"),
        ({"channels": "mlp"}, "channels is mlp, not swiglu"),
        ({"norm_epsilon": 1e-6}, "norm_epsilon is 1e-06, not 1e-05"),
        ({"bias": True}, "bias is True, not False"),
        ({"spare_classes": 1, "tied": False}, "spare_classes is 1, not 0"),
        ({"window": (4,)}, r"window is \(4,\), not \(\)"),
        ({"mixer": "linear", "positions": "none"}, "mixer is linear, not attention"),
    ],
)
def test_a_model_that_the_format_cannot_hold_is_refused_with_the_reason(changes, why):
    config = {"positions": "rotary", "channels": "swiglu", "tied": True, "norm_epsilon": 1e-5, **changes}
    model = LanguageModel(ModelConfig(width=8, blocks=1, heads=2, context=8, **config), 5, key=jax.random.key(0))
    with pytest.raises(UsageError, match=why):
        from_model(model)


def test_stories_tell_the_story_of_the_documentation(stories):
    """The greedy text of llama2.c, doc/stories260K.md."""
    content = import_llama2c(stories / "stories260K.bin", stories / "tok512.bin")
    assert content.tokenizer is not None
    prompt = content.tokenizer.encode("")
    (said,) = generate(content.model, [prompt], 199, Sampling(temperature=0.0), jax.random.key(0))
    text = decode(content.tokenizer, [*prompt, *said])
    assert text.startswith(
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw "
        "a big, red ball. She wanted to play with it, but it was too high."
    )
