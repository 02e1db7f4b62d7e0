"""Golden numbers of the presets that are Seedbed's own, from models in PyTorch that were written for this.

python -m tests.golden.make_own. `tiny` is written out here; the baby models are transformers' Qwen2. Their first
weights are drawn by GPT-2's rule: N(0, 0.02), and 0.02 / sqrt(2 L) for what writes into the residual stream.
"""

from typing import Any

from tests.golden import making

BABIES = {
    "baby-1m": {"width": 128, "hidden": 320, "blocks": 4, "heads": 4, "context": 192, "vocabulary": 2048},
    "baby-5m": {"width": 256, "hidden": 640, "blocks": 6, "heads": 8, "context": 256, "vocabulary": 4096},
    "baby-20m": {"width": 512, "hidden": 1408, "blocks": 6, "heads": 8, "context": 512, "vocabulary": 8192},
}


def build_tiny(size: making.Size) -> Any:
    import torch
    from torch import nn
    from torch.nn import functional

    width, heads = size["width"], size["heads"]

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norms = nn.ModuleList(nn.RMSNorm(width, eps=1e-6) for _ in range(2))
            self.maps = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(4))
            self.inner, self.outer = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

        def forward(self, x: Any) -> Any:
            read = self.norms[0](x)
            split = (each(read).unflatten(-1, (heads, -1)).transpose(1, 2) for each in self.maps[:3])
            mixed = functional.scaled_dot_product_attention(*split, is_causal=True)
            x = x + self.maps[3](mixed.transpose(1, 2).flatten(2))
            return x + self.outer(functional.relu(self.inner(self.norms[1](x))).square())

    class Tiny(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.token, self.position = nn.Embedding(size["vocabulary"], width), nn.Embedding(size["context"], width)
            self.blocks = nn.ModuleList(Block() for _ in range(size["blocks"]))
            self.norm, self.head = nn.RMSNorm(width, eps=1e-6), nn.Linear(width, size["vocabulary"], bias=False)

        def forward(self, tokens: Any) -> Any:
            x = self.token(tokens) + self.position(torch.arange(tokens.shape[1]))
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    return by_gpt2s_rule(Tiny(), size, ("maps.3.weight", "outer.weight"))


def tiny_views(model: Any, size: making.Size) -> dict[str, Any]:
    named = {"token_VD": model.token.weight, "position_TD": model.position.weight}
    named |= {"head.weight_IO": model.head.weight.T, "last_norm.scale_D": model.norm.weight}
    for block, layer in enumerate(model.blocks):
        maps = dict(zip(("query", "key", "value", "output"), layer.maps, strict=True))
        parts = {f"mixer.{name}.weight_IO": each.weight.T for name, each in maps.items()}
        parts |= {"channels.inner.weight_IO": layer.inner.weight.T, "channels.outer.weight_IO": layer.outer.weight.T}
        parts |= {f"{part}_norm.scale_D": layer.norms[n].weight for n, part in enumerate(("mixer", "channels"))}
        named |= {f"blocks.{block}.{name}": each for name, each in parts.items()}
    return named


def build_baby(size: making.Size) -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config(
        vocab_size=size["vocabulary"],
        hidden_size=size["width"],
        intermediate_size=size["hidden"],
        num_hidden_layers=size["blocks"],
        num_attention_heads=size["heads"],
        num_key_value_heads=size["heads"],
        max_position_embeddings=size["context"],
        rms_norm_eps=1e-5,
        rope_theta=10_000.0,
        tie_word_embeddings=True,
    )
    return by_gpt2s_rule(Qwen2ForCausalLM(config).eval(), size, ("o_proj.weight", "down_proj.weight"))


def baby_views(model: Any, size: making.Size) -> dict[str, Any]:
    body = model.model
    named = {"token_VD": body.embed_tokens.weight, "last_norm.scale_D": body.norm.weight}
    for block, layer in enumerate(body.layers):
        attention, channels = layer.self_attn, layer.mlp
        read = {"query": attention.q_proj, "key": attention.k_proj, "value": attention.v_proj}
        parts = {f"mixer.{name}.weight_IO": each.weight.T for name, each in read.items()}
        parts |= {f"mixer.{name}.bias_O": each.bias for name, each in read.items()}
        parts |= {
            "mixer.output.weight_IO": attention.o_proj.weight.T,
            "channels.gate.weight_IO": channels.gate_proj.weight.T,
            "channels.inner.weight_IO": channels.up_proj.weight.T,
            "channels.outer.weight_IO": channels.down_proj.weight.T,
            "mixer_norm.scale_D": layer.input_layernorm.weight,
            "channels_norm.scale_D": layer.post_attention_layernorm.weight,
        }
        named |= {f"blocks.{block}.{name}": each for name, each in parts.items()}
    return named


def by_gpt2s_rule(model: Any, size: making.Size, residual: tuple[str, ...]) -> Any:
    """The model with first weights drawn anew; those whose names end so write into the residual stream."""
    from torch import nn

    for name, parameter in model.named_parameters():
        if parameter.ndim == 2:
            nn.init.normal_(parameter, std=0.02 / (2 * size["blocks"]) ** 0.5 if name.endswith(residual) else 0.02)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
    return model


def main() -> None:
    tiny = {"width": 64, "blocks": 2, "heads": 4, "context": 40, "vocabulary": 27}
    table = {
        "tiny": making.preset(
            "Seedbed's own", "a model in PyTorch written in make_own.py", build_tiny, tiny_views, tiny, making.SMALL
        )
    }
    for name, full in BABIES.items():
        made = "transformers' Qwen2ForCausalLM of this size, first weights by GPT-2's rule and biases 0"
        small = {**making.SMALL, "hidden": 44}
        starts = (full if name == "baby-1m" else {**full, "vocabulary": 1024},)
        table[name] = making.preset("Seedbed's own", made, build_baby, baby_views, full, small, starts=starts)
    making.write("own", table)


if __name__ == "__main__":
    main()
