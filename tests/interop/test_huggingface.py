"""Hugging Face folders. Where the extra `interop` is installed, logits are compared with `transformers`."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.interop import (
    export_huggingface,
    import_huggingface,
)
from seedbed.interop.hf_gpt import GPT_NEO
from seedbed.models import LanguageModel, ModelConfig, named_arrays
from tests.interop.hf_models import CONFIGS, GPT, VOCABULARY, model_of, written


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


def changed(tmp_path, name="llama", **changes):
    folder = written(tmp_path / "hf", export_huggingface(model_of(name), None))
    table = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**table, **changes}))
    return folder


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("llama", {"model_type": "mamba"}, "its model_type is 'mamba': one of llama, qwen2, gpt2, gpt_neo"),
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
        ("qwen2", {"use_sliding_window": True}, "use_sliding_window is True: only False can be read"),
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
