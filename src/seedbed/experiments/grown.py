"""A finished member of a run as a model, with its settings and, where it read text, the tokenizer of that."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedbed.config import SeedbedError, UsageError, unknown_name
from seedbed.data import TextConfig
from seedbed.data.tokenizers import Tokenizer, read_tokenizer
from seedbed.experiments.results import open_results, settings_of
from seedbed.models import LanguageModel, restored
from seedbed.store import Run
from seedbed.training import PopulationConfig


@dataclass(frozen=True)
class Grown:
    """A trained model, its member's name and condition, its population, and the tokenizer of a text member."""

    member: str
    condition: str
    model: LanguageModel
    config: PopulationConfig
    tokenizer: Tokenizer | None


def grown_member(folder: Path | str, member: str | None = None) -> Grown:
    """A finished member of the run in `folder`, by its name or how that begins.

    By default the first of the settings that the run was last given: others may lie in the same folder.

    Raises `UsageError` for a run without finished members and for a name that is none of theirs, or several'.
    """
    run = Run.open(folder, write=False)
    rows = [row for row in run.members().iter_rows(named=True) if row["state"] == "finished"]
    if not rows:
        raise UsageError(f"{folder} has no finished member: continue with seedbed resume {folder}")
    if member is None:
        found = _asked_for(folder, rows)[:1]
    else:
        found = [row for row in rows if member and row["member"].startswith(member)]
    if len(found) > 1:
        raise UsageError(f"{member!r} begins {len(found)} members: {', '.join(row['member'] for row in found)}")
    if not found:
        raise unknown_name("finished member", str(member), [row["member"] for row in rows])
    config, _ = settings_of(found[0]["config"])
    name = found[0]["member"]
    model = restored(config.model, config.vocabulary, run.weights(name))
    tokenizer = tokenizer_of(run, config.world) if isinstance(config.world, TextConfig) else None
    return Grown(name, found[0]["condition"], model, config, tokenizer)


def _asked_for(folder: Path | str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the run's last settings; all, where there is none, or where those settings cannot be read here."""
    try:
        asked = set(open_results(folder).members["member"])
    except SeedbedError:
        return rows
    return [row for row in rows if row["member"] in asked] or rows


def tokenizer_file(world: TextConfig) -> str:
    """Where a run keeps the tokenizer of a text."""
    return f"tokenizers/{world.tokenizer}.json"


def tokenizer_of(run: Run, world: TextConfig) -> Tokenizer:
    """The tokenizer of a text, as the run keeps it. Raises `UsageError` where it does not."""
    name = tokenizer_file(world)
    return read_tokenizer(run.read(name).decode(), f"{run.folder / name}")
