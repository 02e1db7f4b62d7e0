"""What a corpus is: where its documents come from, how they are read, which of them are kept, which are held out.

Files are text (documents apart by a separator), JSONL or Parquet (one document a line or row, in a field);
without any path the corpus is the generated story world.
"""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from seedbed.config.errors import UsageError
from seedbed.data.hub import how_to_fetch, hub_folder
from seedbed.data.story_world import StoryWorldConfig

END_OF_TEXT = "<|endoftext|>"
BLANK_LINE = "blank line"
FORMATS = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
GLOB = re.compile(r"[*?\[]")
DATASET_CARD = "README.md"  # of a dataset on the hub: about the text, no part of it
Format = Literal["text", "jsonl", "parquet"]


@dataclass(frozen=True)
class CorpusConfig:
    """A corpus. Refused where it cannot exist, with the value.

    paths: files, folders, globs and names of datasets that lie in the Hugging Face hub's cache, read in this order;
    none: the story world.  separator: what stands between two documents of a text file, or `blank line`; a file without
    it is one document.  field: of JSONL lines and Parquet columns.  errors: what a byte that is no UTF-8 gets: an error
    that names its offset, or U+FFFD.  normalise: the Unicode form of every document.  deduplicate: drop documents that
    an earlier one equals, or nearly equals, or none.  validation: the share of documents held out, by the hash of their
    text.  validation_paths: held out instead.  story_world: the stories told where there are no paths.
    """

    paths: tuple[str, ...] = ()
    separator: str = END_OF_TEXT
    field: str = "text"
    errors: Literal["strict", "replace"] = "strict"
    normalise: Literal["NFC", "NFKC", "none"] = "NFC"
    deduplicate: Literal["exact", "near", "none"] = "exact"
    validation: float = 0.05
    validation_paths: tuple[str, ...] = ()
    story_world: StoryWorldConfig = dataclasses.field(default_factory=StoryWorldConfig)

    def __post_init__(self) -> None:
        if not 0 <= self.validation < 1:
            raise UsageError(f"validation is the share of documents held out, from 0 to below 1, got {self.validation}")
        for name, value in [("separator", self.separator), ("field", self.field)]:
            if not value:
                raise UsageError(f"{name} must not be empty: omit it to use the default")
        if self.validation_paths and not self.paths:
            raise UsageError("validation_paths need paths: name the text to train on as well")


ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}


def unescaped(separator: str) -> str:
    r"""A separator as a shell gives it: `\n` is a line end, `\t` a tab, `\\` a backslash.

    >>> unescaped(r"\n---\n")
    '\n---\n'
    """
    return re.sub(r"\\([nt\\])", lambda found: ESCAPES[found[1]], separator)


def escaped(separator: str) -> str:
    r"""The inverse of `unescaped`.

    >>> escaped("\n---\n") == r"\n---\n"
    True
    """
    return "".join({value: f"\\{name}" for name, value in ESCAPES.items()}.get(each, each) for each in separator)


@dataclass(frozen=True)
class Document:
    """One text. source: its file, or `story world`.  place: its line (JSONL), row (Parquet) or number, from 1.
    held_out: whether it was read as one of `validation_paths`.
    """

    text: str
    source: str
    place: int
    held_out: bool = False


def source_files(paths: tuple[str, ...]) -> Iterator[tuple[Path, Format]]:
    """The files that `paths` name, each with its format, folders and globs in the order of their names.

    Of a folder and its subfolders those files are read whose suffix is in FORMATS, hidden ones left out; a file that is
    named, or matched by a glob, is read as text where its suffix says nothing else; a folder that a glob matches is
    read as one that is named. Raises `UsageError` where a path is empty or does not exist, a glob is none or matches
    nothing, or a folder holds no such file.
    """
    for path in paths:
        if not path.strip():
            raise UsageError(f"the path {path!r} of a corpus is empty: name a file, a folder or a glob")
        place = Path(path).expanduser()
        if place.is_dir():
            files = _below(place)
            if not files:
                raise UsageError(f"{path} holds no file that ends in {', '.join(FORMATS)}: name a file, or a glob")
        elif place.exists():
            files = [place]
        elif GLOB.search(path):
            found = (_below(each) if each.is_dir() else [each] for each in _matched(path, place))
            files = list(dict.fromkeys(chain.from_iterable(found)))
            if not files:
                raise UsageError(f"the glob {path!r} matches no file (looked in {Path().resolve()})")
        elif (cached := hub_folder(path)) is not None:
            files = [each for each in _below(cached) if each.suffix.lower() in FORMATS and each.name != DATASET_CARD]
            if not files:
                raise UsageError(f"the dataset {path} ({cached}) holds no file that ends in {', '.join(FORMATS)}")
        else:
            raise _missing(path)
        for file in files:
            yield file, _format(file)


def _below(folder: Path) -> list[Path]:
    return sorted(
        each
        for each in folder.rglob("*")
        if each.suffix.lower() in FORMATS
        and each.is_file()
        and not any(part.startswith(".") for part in each.relative_to(folder).parts)
    )


def _matched(path: str, place: Path) -> list[Path]:
    """The files that a glob matches; where there is none, the folders."""
    anchor = Path(place.anchor) if place.is_absolute() else Path()
    try:
        found = sorted(anchor.glob(str(place.relative_to(place.anchor))))
    except (ValueError, NotImplementedError) as error:
        raise UsageError(f"{path!r} is not a file, a folder or a valid glob: {error}") from None
    return [each for each in found if each.is_file()] or found


def _format(file: Path) -> Format:
    if file.suffix.lower() == ".json":
        raise UsageError(
            f"{file} is JSON, but only JSON with one object per line (JSONL) can be read: convert it and name it .jsonl"
        )
    return FORMATS.get(file.suffix.lower(), "text")  # type: ignore[return-value]


def _missing(path: str) -> UsageError:
    return UsageError(f"no file or folder {path!r} (looked in {Path().resolve()}){how_to_fetch(path, tuple(FORMATS))}")
