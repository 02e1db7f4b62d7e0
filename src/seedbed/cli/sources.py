"""What `seedbed generate` and `seedbed export` are given: a run, of which one member is taken, or a model's folder."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.config import UsageError

if TYPE_CHECKING:
    import numpy as np

    from seedbed.data import TextConfig
    from seedbed.interop import Tokenizer
    from seedbed.models import LanguageModel


@dataclass(frozen=True)
class Source:
    """A model, its tokenizer where there is one, arrays that another format keeps beside it, its member's name, and the
    text that it read, of a text run.
    """

    model: "LanguageModel"
    tokenizer: "Tokenizer | None"
    extras: "dict[str, np.ndarray]" = field(default_factory=dict)
    member: str | None = None
    text: "TextConfig | None" = None


def open_source(name: str, member: str | None) -> Source:
    """The model in a folder. Raises as `read_folder` and `grown_member` do, and for a member of what is no run."""
    from seedbed.data import TextConfig
    from seedbed.experiments.grown import grown_member
    from seedbed.interop import TextTokenizer, WorldWords, is_model_folder, read_folder
    from seedbed.tasks import World

    if is_model_folder(Path(name)):
        if member is not None:
            raise UsageError(f"{name} holds a single model and no members: omit --member {member}")
        content = read_folder(Path(name))
        return Source(content.model, content.tokenizer, content.extras)
    if (Path(name) / "config.json").is_file():
        raise UsageError(f"{name} holds a model of another tool: import it with `seedbed import {name}`")
    grown = grown_member(name, member)
    words = TextTokenizer(grown.tokenizer) if grown.tokenizer else WorldWords(World(grown.config.languages))
    world = grown.config.world
    return Source(grown.model, words, member=grown.member, text=world if isinstance(world, TextConfig) else None)
