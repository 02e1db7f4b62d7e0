"""List the building blocks that `--model.*` chooses from, and the models by name, with what each costs.

Parameters and operations (forward, a token, a multiply-add as two) are those of one block of the default width in a
window of the default context; those of a preset are of the whole model, with its source's vocabulary and context.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seedbed.cli import output

if TYPE_CHECKING:
    from seedbed.models.about import About


@dataclass(frozen=True)
class Arguments:
    """vocabulary: tokens that a preset's embedding has, 0 for its source's.  width: of the blocks.  context: tokens of
    their window.  json: print one JSON value.
    """

    vocabulary: int = 0
    width: int = 64
    context: int = 512
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Print the tables."""
    from seedbed.config import UsageError
    from seedbed.models import CHANNELS, MIXERS, PRESETS, ModelConfig, flops_per_token, parameter_count
    from seedbed.models.about import CHANNEL_WORDS, MIXER_WORDS, NORM_WORDS, ORDER_WORDS, POSITION_WORDS

    if arguments.vocabulary < 0:
        raise UsageError(f"vocabulary must be 0 or more, got {arguments.vocabulary}")
    base = ModelConfig(width=arguments.width, context=arguments.context)
    mixers = [
        {
            "name": name,
            "parameters": mixer.parameters(replace(base, mixer=name)),
            "flops": mixer.flops(replace(base, mixer=name), 0, base.context),
            **words(MIXER_WORDS[name]),
        }
        for name, mixer in MIXERS.items()
    ]
    channels = [
        {
            "name": name,
            "parameters": part.parameters(replace(base, channels=name)),
            "flops": part.flops(replace(base, channels=name)),
            **words(CHANNEL_WORDS[name]),
        }
        for name, part in CHANNELS.items()
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
    others = {
        setting: [{"name": name, **words(each)} for name, each in table.items()]
        for setting, table in (("positions", POSITION_WORDS), ("norm", NORM_WORDS), ("norm_order", ORDER_WORDS))
    }
    if arguments.json:
        output.write_json({"mixers": mixers, "channels": channels, **others, "presets": presets})
        return 0
    heads = ("", "parameters", "FLOPs a token", "source")
    for title, rows in (("--model.mixer", mixers), ("--model.channels", channels)):
        cells = [(row["name"], f"{row['parameters']:,}", f"{row['flops']:,}", row["source"]) for row in rows]
        output.write(f"{title}, width {base.width}, a window of {base.context}\n" + output.table(heads, cells) + "\n")
    for setting, rows in others.items():
        table = output.table(("", "source"), [(row["name"], row["source"]) for row in rows])
        output.write(f"--model.{setting.replace('_', '-')}\n{table}\n")
    heads = ("", "parameters", "FLOPs a token", "width", "blocks", "mixer", "context", "vocabulary", "source")
    cells = [
        (row["name"], f"{row['parameters']:,}", f"{row['flops']:,}", *(row[name] for name in heads[3:]))
        for row in presets
    ]
    output.write("presets\n" + output.table(heads, cells))
    return 0


def words(about: "About") -> dict[str, str]:
    """What a block does and whom it is from; docs/zoo.md has its equation and where it fails."""
    return {"what": about.what, "source": about.source}
