"""List the building blocks that `--model.*` chooses from, and the presets, with the cost of each.

The parameters and operations of a building block (forward, per token, with a multiply-add counted as two) are those of
one block of the default width with the default context; those of a norm order are the norms of a block. Additions,
scaling and rotations, as in positions and norms, count as no operations. The numbers of a preset are for the whole
model, with the vocabulary and context of its source. The number of heads matters only for attention and linear
attention.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seedbed.cli import output

if TYPE_CHECKING:
    from seedbed.models.about import About


@dataclass(frozen=True)
class Arguments:
    """vocabulary: vocabulary size of a preset's embedding; 0 takes that of its source.  width: width of the blocks.
    context: length of the window in tokens.  json: print one JSON value.
    """

    vocabulary: int = 0
    width: int = 64
    context: int = 512
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Print the tables."""
    from seedbed.config import UsageError
    from seedbed.models import MIXERS, PRESETS, ModelConfig, flops_per_token, parameter_count
    from seedbed.models.about import CHANNEL_WORDS, MIXER_WORDS, NORM_WORDS, ORDER_WORDS, POSITION_WORDS
    from seedbed.models.counts import norm_width, norms_of_a_block

    if arguments.vocabulary < 0:
        raise UsageError(f"vocabulary must be 0 or more, got {arguments.vocabulary}")
    if arguments.width < 1 or arguments.width % ModelConfig.heads:
        raise UsageError(
            f"width must be a multiple of {ModelConfig.heads}, the number of heads of the listed blocks, got "
            f"{arguments.width}: use {max(arguments.width // ModelConfig.heads, 1) * ModelConfig.heads}"
        )
    base = ModelConfig(width=arguments.width, context=arguments.context, blocks=1)
    mixers = [
        {
            "name": name,
            "parameters": mixer.parameters(replace(base, mixer=name)),
            "flops": mixer.flops(replace(base, mixer=name), 0, base.context),
            **words(MIXER_WORDS[name]),
        }
        for name, mixer in MIXERS.items()
    ]

    def more(setting: str, name: str, without: ModelConfig) -> dict[str, Any]:
        """What a choice of a setting adds to a model of one block without it."""
        changed = replace(without, **{setting: name})
        return {
            "name": name,
            "parameters": parameter_count(changed, 1) - parameter_count(without, 1),
            "flops": flops_per_token(changed, 1) - flops_per_token(without, 1),
        }

    bare = replace(base, norm_order="bare")
    channels = [
        {**more("channels", name, replace(bare, channels="none")), **words(about)}
        for name, about in CHANNEL_WORDS.items()
    ]
    presets = [
        {
            "name": name,
            "parameters": parameter_count(each.model, arguments.vocabulary or each.vocabulary),
            "flops": flops_per_token(each.model, arguments.vocabulary or each.vocabulary),
            "width": each.model.width,
            "blocks": each.model.blocks,
            "mixer": each.model.mixer,
            "context": each.model.context,
            "vocabulary": arguments.vocabulary or each.vocabulary,
            "source": each.source,
        }
        for name, each in PRESETS.items()
    ]
    one_norm = norm_width(base)
    others = {
        "positions": [
            {**more("positions", name, replace(base, positions="none")), **words(about)}
            for name, about in POSITION_WORDS.items()
        ],
        "norm": [
            {"name": name, "parameters": norm_width(replace(base, norm=name)), "flops": 0, **words(about)}
            for name, about in NORM_WORDS.items()
        ],
        "norm_order": [
            {
                "name": name,
                "parameters": norms_of_a_block(replace(base, norm_order=name)) * one_norm,
                "flops": 0,
                **words(about),
            }
            for name, about in ORDER_WORDS.items()
        ],
    }
    if arguments.json:
        output.write_json({"mixers": mixers, "channels": channels, **others, "presets": presets})
        return 0
    heads = ("", "parameters", "FLOPs per token", "source")
    for setting, rows in {"mixer": mixers, "channels": channels, **others}.items():
        cells = [(row["name"], f"{row['parameters']:,}", f"{row['flops']:,}", row["source"]) for row in rows]
        title = f"--model.{setting.replace('_', '-')}, width {base.width}, a window of {base.context}"
        output.write(f"{title}\n{output.table(heads, cells)}\n")
    heads = ("", "parameters", "FLOPs per token", "width", "blocks", "mixer", "context", "vocabulary", "source")
    cells = [
        (row["name"], f"{row['parameters']:,}", f"{row['flops']:,}", *(row[name] for name in heads[3:]))
        for row in presets
    ]
    output.write("presets\n" + output.table(heads, cells))
    return 0


def words(about: "About") -> dict[str, str]:
    """What a block does and whom it is from; docs/zoo.md has its equation and where it fails."""
    return {"what": about.what, "source": about.source}
