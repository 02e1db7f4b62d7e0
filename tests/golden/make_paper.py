"""Golden numbers of the models of Sinha (2024), from Corpus2GPT's code on Keras: python -m tests.golden.make_paper
--source PATH.
"""

import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from tests.golden import making

EPSILON, FACTOR = 1e-6, 5  # as the notebooks have them


def load(source: Any) -> None:
    """Its package under the name by which it imports itself; the tokenizer's module is left empty."""
    os.environ["KERAS_BACKEND"] = "torch"
    for name in ("Corpus2GPT", "Corpus2GPT.tokenizer", "Corpus2GPT.tokenizer.tokenizer"):
        sys.modules[name] = ModuleType(name)
    sys.modules["Corpus2GPT"].__path__ = [str(source)]


class Original:
    """Its model as a PyTorch one: called on tokens, and asked for parameters."""

    def __init__(self, size: making.Size):
        import keras
        import torch
        from Corpus2GPT.models.GPT import build_GPT

        keras.utils.set_random_seed(torch.initial_seed() % 2**32)
        heads, width = size["heads"], size["width"]
        self.keras, _ = build_GPT(
            size["context"], size["vocabulary"], width, size["blocks"], 0, heads, width // heads, FACTOR, EPSILON
        )

    def __call__(self, tokens: Any) -> Any:
        return self.keras(tokens, training=False)

    def parameters(self) -> Iterator[Any]:
        return iter([each.value for each in self.keras.trainable_variables])


def views(model: Original, size: making.Size) -> dict[str, Any]:
    embedding, *decoders, head = model.keras.layers
    named = {"token_VD": embedding.token_emb.embeddings.value, "position_TD": embedding.pos_emb.embeddings.value}
    maps, norms = {"head": head}, {}
    for block, layer in enumerate(decoders):
        ours, attention = f"blocks.{block}.", layer.attn
        parts = {"query": attention.q, "key": attention.k, "value": attention.v, "output": attention.out}
        maps |= {f"{ours}mixer.{name}": each for name, each in parts.items()}
        maps |= {f"{ours}channels.inner": layer.fc1, f"{ours}channels.outer": layer.fc2}
        norms |= {f"{ours}mixer_norm": layer.norm1, f"{ours}channels_norm": layer.norm2}
    for name, each in maps.items():
        named |= {f"{name}.weight_IO": each.kernel.value, f"{name}.bias_O": each.bias.value}
    for name, each in norms.items():
        named |= {f"{name}.scale_D": each.gamma.value, f"{name}.shift_D": each.beta.value}
    return {name: each.detach() for name, each in named.items()}


def main() -> None:
    load(making.source(__doc__))
    table = {}
    for name, full in {
        "paper-3.1": {"width": 400, "blocks": 2, "heads": 20, "context": 45, "vocabulary": 30},
        "paper-3.2": {"width": 900, "blocks": 3, "heads": 30, "context": 45, "vocabulary": 54},
    }.items():
        table[name] = making.preset(
            f"Sinha (2024), section {name[-3:]}: Corpus2GPT, models/",
            "its build_GPT on Keras with PyTorch below, with the sizes of the paper's notebook",
            Original,
            views,
            full,
            making.SMALL,
            starts=(full, {**full, "width": full["heads"] * 4}),
        )
        making.write("paper", table)


if __name__ == "__main__":
    main()
