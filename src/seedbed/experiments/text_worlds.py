"""Texts as the worlds of an experiment: where the files lie, a tokenizer and tokens for each, and the probes asked.

An experiment's `prepared` makes them and writes them into its options (`worlds`), so that planning, resuming and
reporting need no text. Prepared twice, they are found.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seedbed.config import UsageError
from seedbed.data import Probe, TextConfig, encoded, keep_probes
from seedbed.data.tokenizers import Tokenizer
from seedbed.experiments.grown import tokenizer_file
from seedbed.experiments.text_corpus import Prepared

VARIABLE = "SEEDBED_DATA"
Told = Callable[[str], None]


@dataclass(frozen=True)
class NamedWorld:
    """A text that an experiment reads, by the name that it has there."""

    name: str
    world: TextConfig


def data_folder(given: str | None) -> Path:
    """The folder of real texts: the option `data`, or what SEEDBED_DATA names. Raises `UsageError` where neither is."""
    named = given or os.environ.get(VARIABLE)
    if not named:
        raise UsageError(
            f"the folder of texts is not given: name it with --data FOLDER or the environment variable {VARIABLE}"
        )
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise UsageError(f"the folder of texts {named!r} ({'--data' if given else VARIABLE}) does not exist")
    return folder


def file_in(folder: Path, name: str) -> str:
    """A file of that folder. Raises `UsageError` where it is not there."""
    path = folder / name
    if not path.is_file():
        raise UsageError(f"{folder} holds no {name}, which this experiment reads: name another folder with --data")
    return str(path)


def with_probes(world: TextConfig, probes: Sequence[Probe], tokenizer: Tokenizer) -> TextConfig:
    """The same text with probes to be asked at the end; none are none."""
    return replace(world, probes=keep_probes(encoded(probes, tokenizer))) if probes else world  # type: ignore[arg-type]


def attachments(texts: Sequence[Prepared]) -> dict[str, bytes]:
    """The tokenizers, to be kept with the run."""
    return {tokenizer_file(each.world): each.tokenizer.text.encode() for each in texts}
