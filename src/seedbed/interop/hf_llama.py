"""Hugging Face's Llama and Qwen2: rotary positions, grouped heads, SwiGLU, RMSNorm before each part.

Qwen2 is Llama with biases of queries, keys and values, and of nothing else.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from seedbed.config.errors import UsageError, shown
from seedbed.interop.hf_names import BASE, Architecture, Part, Table, number, only, real, switch
from seedbed.models import ModelConfig, RotaryConfig


def _holds(config: ModelConfig) -> dict[str, tuple[Any, ...]]:
    return BASE | {
        "channels": ("swiglu",),
        "norm": ("rms",),
        "positions": ("rotary",),
        "score_scale": ("head",),
        "window": ((),),
        "has_qkv_bias": (config.bias,),
    }


def _holds_qwen2(config: ModelConfig) -> dict[str, tuple[Any, ...]]:
    return _holds(config) | {"bias": (False,), "has_qkv_bias": (True,)}


def _to_table(config: ModelConfig, vocabulary: int) -> Table:
    rotary = config.rotary
    longer = rotary.scaling == "linear" and rotary.factor != 1
    return {
        "vocab_size": vocabulary,
        "hidden_size": config.width,
        "intermediate_size": config.inner,
        "num_hidden_layers": config.blocks,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.groups,
        "head_dim": config.head_width,
        "hidden_act": "silu",
        "max_position_embeddings": config.context,
        "rms_norm_eps": config.norm_epsilon,
        "rope_theta": effective_base(config),
        "rope_scaling": {"rope_type": "linear", "factor": rotary.factor} if longer else None,
        "attention_bias": config.bias,
        "mlp_bias": config.bias,
        "tie_word_embeddings": config.tied,
    }


def _to_qwen2_table(config: ModelConfig, vocabulary: int) -> Table:
    table = _to_table(config, vocabulary)
    return {name: value for name, value in table.items() if name not in BIASES} | {"use_sliding_window": False}


def effective_base(config: ModelConfig) -> float:
    """The base of the wavelengths; NTK-aware scaling is nothing but a higher one."""
    rotary, head_width = config.rotary, config.head_width
    if rotary.scaling == "linear" or head_width <= 2:
        return rotary.base
    return rotary.base * rotary.factor ** (head_width / (head_width - 2))


def _to_config(table: Table) -> ModelConfig:
    width, heads = number(table, "hidden_size", 4096), number(table, "num_attention_heads", 32)
    groups = number(table, "num_key_value_heads", heads)
    only(table, "hidden_act", "silu")
    if table.get("head_dim") is not None and number(table, "head_dim") * heads != width:
        raise UsageError(f"head_dim is {table['head_dim']}: only hidden_size / num_attention_heads can be read")
    bias = switch(table, "attention_bias", False)
    if bias != switch(table, "mlp_bias", False):
        raise UsageError("attention_bias and mlp_bias differ: only models where both are alike can be read")
    return ModelConfig(
        width=width,
        hidden=number(table, "intermediate_size", 11008),
        blocks=number(table, "num_hidden_layers", 32),
        heads=heads,
        key_value_heads=0 if groups == heads else groups,
        context=number(table, "max_position_embeddings", 2048),
        norm_epsilon=real(table, "rms_norm_eps", 1e-6),
        positions="rotary",
        rotary=_rotary(table),
        channels="swiglu",
        bias=bias,
        head_bias=None if not bias else False,
        tied=switch(table, "tie_word_embeddings", False),
    )


def _from_qwen2_table(table: Table) -> ModelConfig:
    only(table, "use_sliding_window", False)
    llama = _to_config({name: value for name, value in table.items() if name not in BIASES})
    return replace(llama, qkv_bias=True)


def _rotary(table: Table) -> RotaryConfig:
    """`rope_theta` and `rope_scaling`, or newer files' `rope_parameters` with both."""
    both = table.get("rope_parameters") or {}
    scaling = both or table.get("rope_scaling") or {}
    if not isinstance(both, dict) or not isinstance(scaling, dict):
        raise UsageError(f"rope_parameters and rope_scaling must be tables, got {shown(both)} and {shown(scaling)}")
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if kind not in ("default", "linear"):
        raise UsageError(f"rotary positions scaled by {shown(kind)}: only 'default' and 'linear' can be read")
    base = real(both, "rope_theta", real(table, "rope_theta", 10_000.0))
    return RotaryConfig(base=base, factor=real(scaling, "factor", 1.0) if kind == "linear" else 1.0)


def _parts(config: ModelConfig) -> Iterator[Part]:
    yield Part("token_VD", "model.embed_tokens.weight")
    yield Part("last_norm.scale_D", "model.norm.weight")
    if not config.tied:
        yield Part("head.weight_IO", "lm_head.weight", turned=True)
    for block in range(config.blocks):
        ours, theirs = f"blocks.{block}.", f"model.layers.{block}."
        yield Part(f"{ours}mixer_norm.scale_D", f"{theirs}input_layernorm.weight")
        yield Part(f"{ours}channels_norm.scale_D", f"{theirs}post_attention_layernorm.weight")
        for own, their in MAPS.items():
            yield Part(f"{ours}{own}.weight_IO", f"{theirs}{their}.weight", turned=True)
            if config.bias or (config.has_qkv_bias and own in READ):
                yield Part(f"{ours}{own}.bias_O", f"{theirs}{their}.bias")


MAPS = {
    "mixer.query": "self_attn.q_proj",
    "mixer.key": "self_attn.k_proj",
    "mixer.value": "self_attn.v_proj",
    "mixer.output": "self_attn.o_proj",
    "channels.gate": "mlp.gate_proj",
    "channels.inner": "mlp.up_proj",
    "channels.outer": "mlp.down_proj",
}
READ = ("mixer.query", "mixer.key", "mixer.value")  # what attention reads, which has biases in Qwen2
BIASES = ("attention_bias", "mlp_bias")
LLAMA = Architecture("LlamaForCausalLM", "llama", "model.", "num_hidden_layers", _holds, _to_table, _to_config, _parts)
QWEN2 = Architecture(
    "Qwen2ForCausalLM", "qwen2", "model.", "num_hidden_layers", _holds_qwen2, _to_qwen2_table, _from_qwen2_table, _parts
)
