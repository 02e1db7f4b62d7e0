"""Hugging Face's GPT-2 and GPT-Neo: learned positions, LayerNorm before each part, GELU.

GPT-Neo's blocks attend in turn to all tokens and to the last `window_size`; its scores are not divided, and its
queries, keys and values add no bias.
"""

from collections.abc import Iterator
from typing import Any

from seedbed.config.errors import UsageError, shown
from seedbed.interop.hf_names import BASE, GELU, Architecture, Part, Table, activation, number, only, real, switch
from seedbed.models import ModelConfig

_GPT = BASE | {
    "channels": ("mlp",),
    "norm": ("layer",),
    "positions": ("learned",),
    "bias": (True,),
    "activation": tuple(GELU),
    "activation_after": (False,),
}


def _gpt2_holds(config: ModelConfig) -> dict[str, tuple[Any, ...]]:
    return _GPT | {
        "score_scale": ("head", "none"),
        "window": ((),),
        "groups": (config.heads,),
        "has_qkv_bias": (True,),
    }


def _gpt2_table(config: ModelConfig, vocabulary: int) -> Table:
    return {
        "vocab_size": vocabulary,
        "n_embd": config.width,
        "n_inner": config.inner,
        "n_layer": config.blocks,
        "n_head": config.heads,
        "n_positions": config.context,
        "layer_norm_epsilon": config.norm_epsilon,
        "activation_function": GELU[config.activation],
        "scale_attn_weights": config.score_scale == "head",
        "tie_word_embeddings": config.tied,
    }


def _gpt2_config(table: Table) -> ModelConfig:
    width = number(table, "n_embd", 768)
    for name in ("scale_attn_by_inverse_layer_idx", "add_cross_attention"):
        only(table, name, False)
    return ModelConfig(
        width=width,
        hidden=number(table, "n_inner", 4 * width),
        blocks=number(table, "n_layer", 12),
        heads=number(table, "n_head", 12),
        context=number(table, "n_positions", 1024),
        norm="layer",
        norm_epsilon=real(table, "layer_norm_epsilon", 1e-5),
        activation=activation(table),
        bias=True,
        head_bias=False,
        score_scale="head" if switch(table, "scale_attn_weights", True) else "none",
        tied=switch(table, "tie_word_embeddings", True),
    )


def _gpt2_parts(config: ModelConfig) -> Iterator[Part]:
    yield from _around(config)
    for block in range(config.blocks):
        ours, theirs = f"blocks.{block}.", f"transformer.h.{block}."
        for third, name in enumerate(("query", "key", "value")):
            yield Part(f"{ours}mixer.{name}.weight_IO", f"{theirs}attn.c_attn.weight", third=third)
            yield Part(f"{ours}mixer.{name}.bias_O", f"{theirs}attn.c_attn.bias", third=third)
        yield Part(f"{ours}mixer.output.weight_IO", f"{theirs}attn.c_proj.weight")
        yield Part(f"{ours}mixer.output.bias_O", f"{theirs}attn.c_proj.bias")
        yield from _channels(ours, theirs, turned=False)


def _neo_holds(config: ModelConfig) -> dict[str, tuple[Any, ...]]:
    windows = {each for each in config.window if each}
    return _GPT | {
        "score_scale": ("none",),
        "window": (config.window,) if len(windows) <= 1 else ("of one length, or 0 for all",),
        "groups": (config.heads,),
        "has_qkv_bias": (False,),
    }


def _neo_table(config: ModelConfig, vocabulary: int) -> Table:
    windows = [config.window_of(block) for block in range(config.blocks)]
    return {
        "vocab_size": vocabulary,
        "hidden_size": config.width,
        "intermediate_size": config.inner,
        "num_layers": config.blocks,
        "num_heads": config.heads,
        "max_position_embeddings": config.context,
        "layer_norm_epsilon": config.norm_epsilon,
        "activation_function": GELU[config.activation],
        "attention_types": [[["local" if window else "global"], 1] for window in windows],
        "window_size": max(windows) or config.context,
        "tie_word_embeddings": config.tied,
    }


def _neo_config(table: Table) -> ModelConfig:
    width, blocks = number(table, "hidden_size", 2048), number(table, "num_layers", 24)
    return ModelConfig(
        width=width,
        hidden=number(table, "intermediate_size", 4 * width),
        blocks=blocks,
        heads=number(table, "num_heads", 16),
        context=number(table, "max_position_embeddings", 2048),
        norm="layer",
        norm_epsilon=real(table, "layer_norm_epsilon", 1e-5),
        activation=activation(table),
        bias=True,
        qkv_bias=False,
        head_bias=False,
        score_scale="none",
        window=_windows(table, blocks),
        tied=switch(table, "tie_word_embeddings", True),
    )


def _windows(table: Table, blocks: int) -> tuple[int, ...]:
    """What blocks in turn see, as short as it can be written: [[["global", "local"], 12]] is (0, window_size)."""
    size, types = number(table, "window_size", 256), table.get("attention_types", [[["global", "local"], blocks // 2]])
    wrong = UsageError(f'attention_types must be such as [[["global", "local"], {blocks // 2}]], got {shown(types)}')
    windows: list[int] = []
    if not isinstance(types, list):
        raise wrong
    for entry in types:
        if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], list)):
            raise wrong
        turn, times = entry
        if any(kind not in ("global", "local") for kind in turn) or type(times) is not int:
            raise wrong
        if not 0 < len(turn) * times <= blocks - len(windows):
            raise UsageError(f"attention_types must name {blocks} blocks, got {shown(types)}")
        windows += [size if kind == "local" else 0 for kind in turn] * times
    if len(windows) != blocks:
        raise UsageError(f"attention_types must name {blocks} blocks, got {len(windows)}")
    return () if not any(windows) else tuple(windows[: _period(windows)])


def _period(windows: list[int]) -> int:
    """After how many it comes again, up to its end; in linear time (Knuth, Morris & Pratt 1977)."""
    borders = [0]  # of each beginning: how much of its end is the beginning again
    for window in windows[1:]:
        border = borders[-1]
        while border and window != windows[border]:
            border = borders[border - 1]
        borders.append(border + (window == windows[border]))
    return len(windows) - borders[-1]


def _neo_parts(config: ModelConfig) -> Iterator[Part]:
    yield from _around(config)
    for block in range(config.blocks):
        ours, theirs = f"blocks.{block}.", f"transformer.h.{block}."
        for name, their in (("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj"), ("output", "out_proj")):
            yield Part(f"{ours}mixer.{name}.weight_IO", f"{theirs}attn.attention.{their}.weight", turned=True)
        yield Part(f"{ours}mixer.output.bias_O", f"{theirs}attn.attention.out_proj.bias")
        yield from _channels(ours, theirs, turned=True)


def _around(config: ModelConfig) -> Iterator[Part]:
    yield Part("token_VD", "transformer.wte.weight")
    yield Part("position_TD", "transformer.wpe.weight")
    yield from _norm("last_norm", "transformer.ln_f")
    if not config.tied:
        yield Part("head.weight_IO", "lm_head.weight", turned=True)


def _channels(ours: str, theirs: str, *, turned: bool) -> Iterator[Part]:
    yield from _norm(f"{ours}mixer_norm", f"{theirs}ln_1")
    yield from _norm(f"{ours}channels_norm", f"{theirs}ln_2")
    for own, their in (("inner", "c_fc"), ("outer", "c_proj")):
        yield Part(f"{ours}channels.{own}.weight_IO", f"{theirs}mlp.{their}.weight", turned=turned)
        yield Part(f"{ours}channels.{own}.bias_O", f"{theirs}mlp.{their}.bias")


def _norm(ours: str, theirs: str) -> Iterator[Part]:
    yield Part(f"{ours}.scale_D", f"{theirs}.weight")
    yield Part(f"{ours}.shift_D", f"{theirs}.bias")


GPT2 = Architecture(
    "GPT2LMHeadModel", "gpt2", "transformer.", "n_layer", _gpt2_holds, _gpt2_table, _gpt2_config, _gpt2_parts
)
GPT_NEO = Architecture(
    "GPTNeoForCausalLM", "gpt_neo", "transformer.", "num_layers", _neo_holds, _neo_table, _neo_config, _neo_parts
)
