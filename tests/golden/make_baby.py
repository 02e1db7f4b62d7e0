"""Golden numbers of the baby language model, from OpenTransformer's code.

python -m tests.golden.make_baby --source PATH, its folder `multiformer`.
"""

import sys
from types import ModuleType
from typing import Any

from tests.golden import making
from tests.golden.make_stories import halves


def build(size: making.Size) -> Any:
    import torch
    from src.models.blm.config import ModelArgs
    from src.models.blm.model import Transformer

    arguments = ModelArgs(
        vocab_size=size["vocabulary"],
        embedding_dim=size["width"],
        max_seq_len=size["context"],
        num_attention_heads=size["heads"],
        num_key_value_heads=size["heads"],
        mlp_hidden_size=size["hidden"],
        num_layers=size["blocks"],
        device=str(torch.get_default_device()),
    )
    model = Transformer(arguments).eval()

    def all_places(tokens: Any) -> Any:
        x = model.tok_embd(tokens)
        for layer in model.layers:
            x = layer(x, model.rope_q, model.rope_k)
        return model.output(model.norm(x))

    model.forward = all_places
    return model


def views(model: Any, size: making.Size) -> dict[str, Any]:
    named = {"token_VD": model.output.weight, "last_norm.scale_D": model.norm.w}
    for block, layer in enumerate(model.layers):
        ours, attention, channels = f"blocks.{block}.", layer.attention, layer.mlp
        named |= {
            f"{ours}mixer_norm.scale_D": layer.norms.w,
            f"{ours}mixer.query.weight_IO": halves(attention.wq.weight, size["heads"]),
            f"{ours}mixer.key.weight_IO": halves(attention.wk.weight, size["heads"]),
            f"{ours}mixer.value.weight_IO": attention.wv.weight.T,
            f"{ours}mixer.output.weight_IO": attention.wo.weight.T,
            f"{ours}channels.gate.weight_IO": channels.linear1.weight.T,
            f"{ours}channels.inner.weight_IO": channels.linear3.weight.T,
            f"{ours}channels.outer.weight_IO": channels.linear2.weight.T,
        }
    return named


def main() -> None:
    import torch

    torch.backend = torch.backends  # as its config misspells it where there is no GPU
    sys.modules["lightning"] = ModuleType("lightning")
    sys.path.insert(0, str(making.source(__doc__)))
    full = {"width": 768, "blocks": 4, "heads": 12, "hidden": 998, "context": 1024, "vocabulary": 32_000}
    numbers = making.preset(
        "Jha, OpenTransformer: multiformer/src/models/blm and its configuration",
        "its Transformer class, read at every place and not at the last alone",
        build,
        views,
        full,
        {**making.SMALL, "hidden": 42},
        starts=(
            full,
            {**full, "width": 96, "vocabulary": 1000},
        ),
    )
    making.write("baby", {"baby": numbers})


if __name__ == "__main__":
    main()
