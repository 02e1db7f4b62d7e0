"""Golden numbers of the TinyStories models: transformers' GPT-Neo, whose class their published weights have.

python -m tests.golden.make_tinystories. Which first weights they were trained from is not published: these are the
class's own.
"""

from typing import Any

from tests.golden import making

CONTEXT, WINDOW, VOCABULARY, HEADS = 2048, 256, 50_257, 16
TABLE = (
    (64, 2), (64, 4), (64, 8), (64, 12), (128, 2), (128, 4), (128, 8), (128, 12), (256, 2), (256, 4), (256, 8),
    (512, 4), (768, 1), (768, 8), (1024, 12), (512, 8), (768, 4), (1024, 1), (1024, 2),
)  # fmt: skip  # width and blocks: the table of Eldan & Li (2023), then those published as weights alone


def build(size: making.Size) -> Any:
    from transformers import GPTNeoConfig, GPTNeoForCausalLM

    kinds = ["local" if each else "global" for each in size["window"]]
    config = GPTNeoConfig(
        vocab_size=size["vocabulary"],
        hidden_size=size["width"],
        num_layers=size["blocks"],
        attention_types=[[[kinds[block % len(kinds)]], 1] for block in range(size["blocks"])],
        num_heads=size["heads"],
        max_position_embeddings=size["context"],
        window_size=max(size["window"]),
    )
    return GPTNeoForCausalLM(config).eval()


def views(model: Any, size: making.Size) -> dict[str, Any]:
    body = model.transformer
    named = {"token_VD": body.wte.weight, "position_TD": body.wpe.weight}
    norms = {"last_norm": body.ln_f}
    for block, layer in enumerate(body.h):
        ours, attention = f"blocks.{block}.", layer.attn.attention
        norms |= {f"{ours}mixer_norm": layer.ln_1, f"{ours}channels_norm": layer.ln_2}
        parts = {"query": attention.q_proj, "key": attention.k_proj, "value": attention.v_proj}
        named |= {f"{ours}mixer.{part}.weight_IO": each.weight.T for part, each in parts.items()}
        maps = {
            "mixer.output": attention.out_proj,
            "channels.inner": layer.mlp.c_fc,
            "channels.outer": layer.mlp.c_proj,
        }
        for part, each in maps.items():
            named |= {f"{ours}{part}.weight_IO": each.weight.T, f"{ours}{part}.bias_O": each.bias}
    for name, norm in norms.items():
        named |= {f"{name}.scale_D": norm.weight, f"{name}.shift_D": norm.bias}
    return named


def started(width: int, blocks: int) -> dict[str, Any]:
    """The size whose first weights are measured: the whole of the smallest, fewer tokens and blocks of the others."""
    whole = width <= 128 and blocks == 2
    return {"blocks": min(blocks, 2) if width > 256 else blocks, "vocabulary": VOCABULARY if whole else 1024}


def main() -> None:
    table = {}
    for width, blocks in TABLE:
        full = {"width": width, "blocks": blocks, "heads": HEADS, "context": CONTEXT, "window": [0, WINDOW]}
        full["vocabulary"] = VOCABULARY
        small = {**making.SMALL, "blocks": min(blocks, 2), "window": [0, 5]}
        table[f"tinystories-{width}x{blocks}"] = making.preset(
            "Eldan & Li (2023), arXiv 2305.07759: GPT-Neo as in transformers, modeling_gpt_neo.py",
            "its GPTNeoForCausalLM with this width and number of blocks",
            build,
            views,
            full,
            small,
            starts=(full | started(width, blocks),),
        )
        making.write("tinystories", table)


if __name__ == "__main__":
    main()
