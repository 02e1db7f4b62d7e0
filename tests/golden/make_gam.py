"""Golden numbers of GAM, its Transformer, its Mamba and the ablations: their own code, and the mended ones in ours.

python -m tests.golden.make_gam --source PATH --mamba PATH, with copies of rishiraj/gam and state-spaces/mamba. Mamba's
kernels are for GPUs: its module runs on the reference of its scan that its own tests compare with.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.golden import making

CLASSES = {"gam": "GAM_Model", "gam-transformer": "TransformerModel", "gam-mamba": "MambaModel"}
ABLATIONS = {"gam-sum": ("causal_conv", "memory_bank"), "gam-global": ("memory_bank",), "gam-local": ("causal_conv",)}


def load(source: Path, mamba: Path) -> ModuleType:
    """The benchmark's module; what it imports to read data and to log is left empty."""
    names = (
        "datasets",
        "wandb",
        "mamba_ssm",
        "mamba_ssm.ops",
        "mamba_ssm.ops.triton",
        "mamba_ssm.ops.triton.layer_norm",
    )
    for name in names:
        sys.modules[name] = ModuleType(name)
    sys.modules["datasets"].load_dataset = None  # type: ignore[attr-defined]
    sys.modules["mamba_ssm"].__path__ = [str(mamba / "mamba_ssm")]
    sys.modules["mamba_ssm.ops"].__path__ = [str(mamba / "mamba_ssm" / "ops")]
    sys.modules["mamba_ssm.ops.triton.layer_norm"]._layer_norm_fwd = None  # type: ignore[attr-defined]
    from mamba_ssm.modules import mamba_simple
    from mamba_ssm.ops.selective_scan_interface import selective_scan_ref

    mamba_simple.selective_scan_fn = selective_scan_ref
    sys.modules["mamba_ssm"].Mamba = mamba_simple.Mamba  # type: ignore[attr-defined]
    sys.path.insert(0, str(source))
    import benchmark

    return benchmark


def build(benchmark: ModuleType, name: str, size: making.Size) -> Any:
    config = benchmark.Config()
    config.VOCAB_SIZE, config.BLOCK_SIZE, config.N_EMBED = size["vocabulary"], size["context"], size["width"]
    config.N_HEAD, config.N_LAYER = size["heads"], size["blocks"]
    config.NUM_MEMORY_SLOTS = size.get("gam", {}).get("slots", config.NUM_MEMORY_SLOTS)
    return getattr(benchmark, CLASSES[name])(config).eval()


def build_ablation(benchmark: ModuleType, kept: tuple[str, ...], size: making.Size) -> Any:
    """The original's blocks with some of their paths and without gates: the paper tells of them, its code has none."""
    model = build(benchmark, "gam", size)
    for block in model.blocks:
        del block.gate
        for path in {"causal_conv", "memory_bank"} - set(kept):
            delattr(block, path)
        block.forward = partial(_without_gates, block)
    return model


def _without_gates(block: Any, x: Any) -> Any:
    read = block.ln1(x)
    paths = []
    if hasattr(block, "causal_conv"):
        paths.append(block.causal_conv(read.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2))
    if hasattr(block, "memory_bank"):
        paths.append((read @ block.memory_bank.T).softmax(dim=-1) @ block.memory_bank)
    x = x + sum(paths)
    return x + block.ffn(block.ln2(x))


def build_mended_gam(benchmark: ModuleType, size: making.Size) -> Any:
    """The original's blocks, whose memory holds what earlier tokens wrote; first weights by GPT-2's rule."""
    from torch import nn

    model = build(benchmark, "gam", size)
    for name, parameter in model.named_parameters():
        if "memory_bank" in name or "ln" in name or "causal_conv.weight" in name:
            continue
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        else:
            nn.init.normal_(parameter, std=0.02 / (2 * size["blocks"]) ** 0.5 if "ffn.2" in name else 0.02)
    for block in model.blocks:
        block.forward = partial(_written, block)
    return model


def _written(block: Any, x: Any) -> Any:
    """Token by token: each writes itself into the rows by its shares, and reads the rows' means by the same shares."""
    import torch

    read = block.ln1(x)
    local = block.causal_conv(read.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)
    shares = (read @ block.memory_bank.T / read.shape[-1] ** 0.5).softmax(dim=-1)
    written = torch.zeros(len(x), *block.memory_bank.shape)
    total = torch.zeros(len(x), len(block.memory_bank))
    places = []
    for place in range(x.shape[1]):
        share, token = shares[:, place], read[:, place]
        written = written + share[:, :, None] * token[:, None]
        total = total + share
        places.append((share[:, :, None] * written).sum(1) / (share * total).sum(1, keepdim=True))
    local_gate, global_gate = block.gate(read).sigmoid().chunk(2, dim=-1)
    x = x + local_gate * local + global_gate * torch.stack(places, dim=1)
    return x + block.ffn(block.ln2(x))


def build_mended_mamba(benchmark: ModuleType, size: making.Size) -> Any:
    """The original's Mamba, each mixer with a norm before it and a residual around it."""
    from torch import nn

    class Residual(nn.Module):
        def __init__(self, mixer: nn.Module):
            super().__init__()
            self.norm, self.mixer = nn.LayerNorm(size["width"]), mixer

        def forward(self, x: Any) -> Any:
            return x + self.mixer(self.norm(x))

    model = build(benchmark, "gam-mamba", size)
    model.blocks = nn.ModuleList(Residual(mixer) for mixer in model.blocks)
    return model


def views(model: Any, size: making.Size) -> dict[str, Any]:
    named = {"token_VD": model.head.weight, "position_TD": model.pos_embedding.weight} | _norm("last_norm", model.ln_f)
    for block, layer in enumerate(model.blocks):
        mixer = getattr(layer, "mixer", layer)
        parts = _mamba(mixer) if hasattr(mixer, "x_proj") else _pre_norm(layer, size["width"])
        if mixer is not layer:
            parts |= _norm("mixer_norm", layer.norm)
        named |= {f"blocks.{block}.{name}": each for name, each in parts.items()}
    return named


def _pre_norm(layer: Any, width: int) -> dict[str, Any]:
    first, second = (getattr(layer, f"ln{n}", None) or getattr(layer, f"ln_{n}") for n in (1, 2))
    named = _norm("mixer_norm", first) | _norm("channels_norm", second)
    named |= _map("channels.inner", layer.ffn[0]) | _map("channels.outer", layer.ffn[2])
    if hasattr(layer, "attn"):
        joined = layer.attn.c_attn
        for third, part in enumerate(("query", "key", "value")):
            rows = slice(third * width, (third + 1) * width)
            named |= {f"mixer.{part}.weight_IO": joined.weight[rows].T, f"mixer.{part}.bias_O": joined.bias[rows]}
        return named | _map("mixer.output", layer.attn.c_proj)
    if hasattr(layer, "causal_conv"):
        named |= {
            "mixer.local.kernel_JD": layer.causal_conv.weight[:, 0].T,
            "mixer.local.bias_D": layer.causal_conv.bias,
        }
    if hasattr(layer, "memory_bank"):
        named["mixer.memory_SD"] = layer.memory_bank
    return named | (_map("mixer.gate", layer.gate) if hasattr(layer, "gate") else {})


def _mamba(mixer: Any) -> dict[str, Any]:
    return {
        "mixer.into.weight_IO": mixer.in_proj.weight.T,
        "mixer.convolution.kernel_JD": mixer.conv1d.weight[:, 0].T,
        "mixer.convolution.bias_D": mixer.conv1d.bias,
        "mixer.selection.weight_IO": mixer.x_proj.weight.T,
        **_map("mixer.step", mixer.dt_proj),
        "mixer.rate_log_NE": mixer.A_log.T,
        "mixer.skip_E": mixer.D,
        "mixer.output.weight_IO": mixer.out_proj.weight.T,
    }


def _map(name: str, layer: Any) -> dict[str, Any]:
    return {f"{name}.weight_IO": layer.weight.T, f"{name}.bias_O": layer.bias}


def _norm(name: str, layer: Any) -> dict[str, Any]:
    return {f"{name}.scale_D": layer.weight, f"{name}.shift_D": layer.bias}


def builders(benchmark: ModuleType) -> dict[str, tuple[Callable, str]]:
    """For each preset how it is built, and how that was made."""
    own = {name: (partial(build, benchmark, name), f"its class {which}") for name, which in CLASSES.items()}
    own["gam-mamba"] = (own["gam-mamba"][0], f"{own['gam-mamba'][1]}, with state-spaces/mamba's reference of the scan")
    ablations = {
        name: (
            partial(build_ablation, benchmark, kept),
            f"its GAM_Model without gates, of its paths {' and '.join(kept)}",
        )
        for name, kept in ABLATIONS.items()
    }
    mended = {
        "gam-mended": (
            partial(build_mended_gam, benchmark),
            "ours: its GAM_Model with a memory written token by token in PyTorch, and GPT-2's first weights",
        ),
        "gam-mamba-mended": (
            partial(build_mended_mamba, benchmark),
            "ours: its MambaModel, each mixer with a LayerNorm before and a residual around it in PyTorch",
        ),
    }
    return own | ablations | mended


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder with a copy of rishiraj/gam")
    parser.add_argument("--mamba", type=Path, required=True, help="folder with a copy of state-spaces/mamba")
    given = parser.parse_args()
    benchmark = load(given.source, given.mamba)
    full = {"width": 512, "blocks": 6, "heads": 8, "context": 256, "vocabulary": 10_000}
    table = {}
    for name, (how, made) in builders(benchmark).items():
        slots = {} if "transformer" in name or "mamba" in name else {"gam": {"slots": 16}}
        table[name] = making.preset(
            "Acharya (2025): github.com/rishiraj/gam, benchmark.py",
            made,
            how,
            views,
            full,
            making.SMALL | slots,
            starts=(
                full,
                {**full, "width": 128},
            ),
        )
        making.write("gam", table)


if __name__ == "__main__":
    main()
