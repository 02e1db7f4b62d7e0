"""Golden numbers of minGPT, from its own code: python -m tests.golden.make_mingpt --source PATH."""

import sys
from typing import Any

from tests.golden import making

BLOCK = {"mixer_norm": "ln_1", "channels_norm": "ln_2"}


def build(size: making.Size) -> Any:
    from mingpt.model import GPT

    config = GPT.get_default_config()
    config.model_type = None
    config.n_layer, config.n_head, config.n_embd = size["blocks"], size["heads"], size["width"]
    config.vocab_size, config.block_size = size["vocabulary"], size["context"]
    return GPT(config).eval()


def views(model: Any, size: making.Size) -> dict[str, Any]:
    body, width = model.transformer, size["width"]
    named = {"token_VD": body.wte.weight, "position_TD": body.wpe.weight, "head.weight_IO": model.lm_head.weight.T}
    norms = {"last_norm": body.ln_f}
    for block, layer in enumerate(body.h):
        ours = f"blocks.{block}."
        norms |= {f"{ours}{own}": getattr(layer, their) for own, their in BLOCK.items()}
        for third, part in enumerate(("query", "key", "value")):
            rows = slice(third * width, (third + 1) * width)
            named[f"{ours}mixer.{part}.weight_IO"] = layer.attn.c_attn.weight[rows].T
            named[f"{ours}mixer.{part}.bias_O"] = layer.attn.c_attn.bias[rows]
        maps = {
            "mixer.output": layer.attn.c_proj,
            "channels.inner": layer.mlp["c_fc"],
            "channels.outer": layer.mlp["c_proj"],
        }
        for part, each in maps.items():
            named |= {f"{ours}{part}.weight_IO": each.weight.T, f"{ours}{part}.bias_O": each.bias}
    for name, norm in norms.items():
        named |= {f"{name}.scale_D": norm.weight, f"{name}.shift_D": norm.bias}
    return named


def main() -> None:
    sys.path.insert(0, str(making.source(__doc__)))
    full = {"width": 192, "blocks": 6, "heads": 6, "context": 258, "vocabulary": 320}
    small = making.preset(
        "Karpathy, minGPT: mingpt/model.py, gpt-mini",
        "its GPT class with gpt-mini's sizes; the vocabulary and context are the preset's",
        build,
        views,
        full,
        making.SMALL,
    )
    making.write("mingpt", {"mingpt": small})


if __name__ == "__main__":
    main()
