"""Golden numbers of stories260K, from llama2.c's own model: python -m tests.golden.make_stories --source PATH."""

import sys
from typing import Any

from tests.golden import making


def build(size: making.Size) -> Any:
    from model import ModelArgs, Transformer

    arguments = ModelArgs(
        dim=size["width"],
        n_layers=size["blocks"],
        n_heads=size["heads"],
        n_kv_heads=size["key_value_heads"],
        vocab_size=size["vocabulary"],
        hidden_dim=size["hidden"],
        max_seq_len=size["context"],
    )
    model = Transformer(arguments).eval()
    model.forward = _all_places(model)
    return model


def _all_places(model: Any) -> Any:
    """Its forward pass gives the last place's logits alone, unless it is told targets."""

    def forward(tokens: Any) -> Any:
        return type(model).forward(model, tokens, tokens)

    return forward


def views(model: Any, size: making.Size) -> dict[str, Any]:
    named = {"token_VD": model.output.weight, "last_norm.scale_D": model.norm.weight}
    for block, layer in enumerate(model.layers):
        ours, attention, channels = f"blocks.{block}.", layer.attention, layer.feed_forward
        named |= {
            f"{ours}mixer_norm.scale_D": layer.attention_norm.weight,
            f"{ours}channels_norm.scale_D": layer.ffn_norm.weight,
            f"{ours}mixer.query.weight_IO": halves(attention.wq.weight, size["heads"]),
            f"{ours}mixer.key.weight_IO": halves(attention.wk.weight, size["key_value_heads"]),
            f"{ours}mixer.value.weight_IO": attention.wv.weight.T,
            f"{ours}mixer.output.weight_IO": attention.wo.weight.T,
            f"{ours}channels.gate.weight_IO": channels.w1.weight.T,
            f"{ours}channels.inner.weight_IO": channels.w3.weight.T,
            f"{ours}channels.outer.weight_IO": channels.w2.weight.T,
        }
    return named


def halves(weight: Any, heads: int) -> Any:
    """Queries or keys whose neighbours turn together, in the order in which number i turns with i + K/2."""
    outputs, inputs = weight.shape
    return weight.view(heads, outputs // heads // 2, 2, inputs).permute(3, 0, 2, 1)


def main() -> None:
    sys.path.insert(0, str(making.source(__doc__)))
    full = {
        "width": 64,
        "blocks": 5,
        "heads": 8,
        "key_value_heads": 4,
        "hidden": 172,
        "context": 512,
        "vocabulary": 512,
    }
    small = {**making.SMALL, "key_value_heads": 2, "hidden": 44}
    numbers = making.preset(
        "Karpathy, llama2.c: model.py, with the sizes of stories260K",
        "its Transformer class",
        build,
        views,
        full,
        small,
    )
    making.write("stories", {"stories260K": numbers})


if __name__ == "__main__":
    main()
