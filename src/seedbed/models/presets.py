"""Models by name, with the sizes of the sources, their vocabularies and where they are from."""

from dataclasses import dataclass, replace

from seedbed.config.nearest import look_up
from seedbed.models.config import GamConfig, MambaConfig, ModelConfig


@dataclass(frozen=True)
class Preset:
    """A model of a source. vocabulary: tokens that it was counted or trained with."""

    model: ModelConfig
    vocabulary: int
    source: str


_PAPER = ModelConfig(
    feed_forward=5,
    context=45,
    norm_order="post",
    norm="layer",
    bias=True,
    activation="gelu",
    activation_after=True,
    score_scale="width",
    spare_classes=1,
    init="keras",
)
_GAM = ModelConfig(
    width=512,
    blocks=6,
    heads=8,
    context=256,
    norm="layer",
    norm_epsilon=1e-5,
    bias=True,
    activation="gelu",
    tied=True,
    head_bias=False,
    dropout=0.1,
    init="torch",
    mixer="gam",
)
_BARE_MAMBA = replace(_GAM, mixer="mamba", mamba=MambaConfig(expand=3), norm_order="bare", channels="none", bias=False)
_BABY = ModelConfig(
    heads=4,
    context=256,
    positions="rotary",
    tied=True,
    channels="swiglu",
    norm_epsilon=1e-5,
    qkv_bias=True,
    local_start=True,
)  # Qwen2's blocks, Llama's with biases of queries, keys and values: other tools can take them
_GPT_NEO = ModelConfig(
    heads=16,
    context=2048,
    norm="layer",
    norm_epsilon=1e-5,
    bias=True,
    qkv_bias=False,
    activation="gelu-tanh",
    score_scale="none",
    window=(0, 256),
    tied=True,
    head_bias=False,
    scaled_residuals="none",
)
TINY_STORIES = (
    (64, 2), (64, 4), (64, 8), (64, 12), (128, 2), (128, 4), (128, 8), (128, 12), (256, 2), (256, 4), (256, 8),
    (512, 4), (768, 1), (768, 8), (1024, 12),
)  # fmt: skip  # width and blocks of the table of Eldan & Li (2023)
TINY_STORIES_PUBLISHED = ((512, 8), (768, 4), (1024, 1), (1024, 2))  # not in the table, but published as weights


def paper(width: int, blocks: int, heads: int, context: int = 45) -> ModelConfig:
    """The paper's block at any size: post-norm, GELU also after the second dense layer, scores over sqrt(width)."""
    return ModelConfig(**{**vars(_PAPER), "width": width, "blocks": blocks, "heads": heads, "context": context})


def _gam(which: str, model: ModelConfig) -> Preset:
    return Preset(model, 10_000, f"Acharya (2025), arXiv 2509.00605, {which}")


PRESETS = {
    "tiny": Preset(ModelConfig(), 27, "Seedbed's default, for a world of 3 languages of 8 words"),
    "paper-3.1": Preset(paper(400, 2, 20), 30, "Sinha (2024), section 3.1"),
    "paper-3.2": Preset(paper(900, 3, 30), 54, "Sinha (2024), section 3.2"),
    "gam": _gam("gated associative memory", _GAM),
    "gam-sum": _gam("ablation: both paths, no gates", replace(_GAM, gam=GamConfig(gated=False))),
    "gam-global": _gam("ablation: the memory alone", replace(_GAM, gam=GamConfig(paths="global"))),
    "gam-local": _gam("ablation: the convolution alone", replace(_GAM, gam=GamConfig(paths="local"))),
    "gam-mended": _gam(
        "corrected: its memory holds what earlier tokens wrote, and its initial embedding is small",
        replace(_GAM, gam=GamConfig(reads="context"), init="gpt"),
    ),
    "gam-transformer": _gam(
        "its Transformer", replace(_GAM, mixer="attention", mixer_dropout=0.1, attention_dropout=0.1)
    ),
    "gam-mamba": _gam("its Mamba: no residuals, no norms but the last", _BARE_MAMBA),
    "gam-mamba-mended": _gam("its Mamba with residuals and norms", replace(_BARE_MAMBA, norm_order="pre")),
    "mingpt": Preset(
        ModelConfig(
            width=192, blocks=6, heads=6, context=258, norm="layer", norm_epsilon=1e-5, bias=True,
            activation="gelu-tanh", head_bias=False, dropout=0.1, mixer_dropout=0.1, attention_dropout=0.1,
        ),
        320,
        "minGPT's gpt-mini, as in Jain et al. (2023), arXiv 2311.12786; the vocabulary is an estimate",
    ),
    "baby": Preset(
        ModelConfig(
            width=768, blocks=4, heads=12, context=1024, norm_order="shared", positions="rotary", channels="swiglu",
            hidden=998, tied=True, norm_epsilon=1e-5, mixer_dropout=0.1, scaled_residuals="mixer",
        ),
        32_000,
        "Jha, OpenTransformer: a baby language model of 18.6M parameters without its embedding",
    ),
    "baby-1m": Preset(
        replace(_BABY, width=128, hidden=320, blocks=4, context=192), 2048,
        "Seedbed's text model of 1.0M parameters, including the embedding",
    ),
    "baby-5m": Preset(
        replace(_BABY, width=256, hidden=640, blocks=6, heads=8), 4096,
        "Seedbed's text model of 5.6M parameters, including the embedding",
    ),
    "baby-20m": Preset(
        replace(_BABY, width=512, hidden=1408, blocks=6, heads=8, context=512), 8192,
        "Seedbed's text model of 23M parameters, including the embedding",
    ),
    "stories260K": Preset(
        ModelConfig(
            width=64, blocks=5, heads=8, key_value_heads=4, context=512, norm_epsilon=1e-5, positions="rotary",
            channels="swiglu", hidden=172, tied=True,
        ),
        512,
        "Karpathy, llama2.c: its smallest model of TinyStories",
    ),
    **{
        f"tinystories-{width}x{blocks}": Preset(
            replace(_GPT_NEO, width=width, blocks=blocks),
            50_257,
            "Eldan & Li (2023), arXiv 2305.07759: GPT-Neo of this width and number of blocks",
        )
        for width, blocks in (*TINY_STORIES, *TINY_STORIES_PUBLISHED)
    },
}  # fmt: skip


def preset(name: str) -> ModelConfig:
    """A model by name; an unknown one is refused with the nearest known name."""
    return look_up("model preset", name, PRESETS).model
