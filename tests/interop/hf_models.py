"""A model of each kind that Hugging Face's folders can hold, and their files written."""

import jax

from seedbed.models import LanguageModel, ModelConfig, RotaryConfig

VOCABULARY = 23
GPT = {"norm": "layer", "bias": True, "head_bias": False, "activation": "gelu-tanh", "tied": True, "norm_epsilon": 1e-5}
LLAMA = {"positions": "rotary", "channels": "swiglu", "hidden": 24, "norm_epsilon": 1e-5}
CONFIGS = {
    "llama": {**LLAMA, "tied": True},
    "llama, grouped heads, head of its own": {**LLAMA, "key_value_heads": 2},
    "llama, biases": {**LLAMA, "bias": True, "head_bias": False, "key_value_heads": 1},
    "llama, longer by places": {**LLAMA, "rotary": RotaryConfig(base=5000.0, factor=2.0)},
    "llama, longer by base": {**LLAMA, "rotary": RotaryConfig(scaling="ntk", factor=4.0)},
    "qwen2": {**LLAMA, "qkv_bias": True, "tied": True},
    "qwen2, grouped heads, head of its own": {**LLAMA, "qkv_bias": True, "key_value_heads": 2},
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
