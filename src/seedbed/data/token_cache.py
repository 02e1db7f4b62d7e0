"""The token cache: a corpus as tokens on disk, read as a memory map, so a corpus may be larger than memory.

A cache is a folder `<root>/<key>`, whose key hashes the files' content, the settings and the tokenizer: another corpus,
setting or tokenizer is another cache. It is written under a hidden name and renamed when whole.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from seedbed.config.cache import cache_root
from seedbed.config.canonical import canonical, fingerprint
from seedbed.config.errors import SeedbedError, UsageError
from seedbed.data.corpus import CorpusConfig, source_files
from seedbed.data.splits import Overlap, OverlapCheck, Split, place_of, split_documents
from seedbed.data.story_world import GENERATED, VERSION
from seedbed.data.token_files import Encoder, SplitWriter, TokenSplit, unspelled_warning

FORMAT = "tokens 2"  # raised when a cache made before must not be used
CHUNK = 1 << 21  # characters tokenised at once
SPLITS: tuple[Split, Split] = ("train", "validation")
META = "cache.json"


@dataclass(frozen=True)
class TokenCache:
    """A prepared corpus. made: whether this call prepared it, or found it.  overlap: None without validation.
    normalise: the Unicode form of its text.
    """

    folder: Path
    train: TokenSplit
    validation: TokenSplit
    overlap: Overlap | None
    vocabulary: int
    made: bool
    normalise: Literal["NFC", "NFKC", "none"] = "NFC"

    @property
    def dropped(self) -> str | None:
        """One line where the tokens do not spell all of the held-out text."""
        return unspelled_warning(self.validation.unspelled_bytes, self.validation.text_bytes)

    @property
    def warnings(self) -> list[str]:
        """What the user must be told of this corpus, a line each."""
        found = [self.overlap.warning if self.overlap else None, self.dropped]
        return [each for each in found if each]


def prepare(
    config: CorpusConfig,
    tokenizer: Encoder,
    root: Path | None = None,
    *,
    progress: Callable[[str, int], None] = lambda stage, text_bytes: None,
) -> TokenCache:
    """The corpus as tokens, from the cache below `root` (default: in Seedbed's cache folder) or made there.

    progress: told the stage (`tokens` or `overlap`) and the bytes of text done so far. Raises `UsageError` for what
    cannot be read, an empty corpus, and one that leaves a split without documents; `SeedbedError` where the disk is
    full, the folder cannot be written, or a file changes while it is read. Whatever is raised, Ctrl-C too, nothing
    half-written is left.
    """
    from filelock import FileLock  # reading a cache, as training does, needs no such library

    root = cache_root() / "tokens" if root is None else root
    key = cache_key(config, tokenizer)
    found = open_cache(root, key)
    if found is not None:
        return found
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f".{key}.lock"):
            found = open_cache(root, key)  # another process may have made it meanwhile
            return found if found is not None else _make(config, tokenizer, root, key, progress)
    except OSError as error:
        raise SeedbedError(
            f"cannot write the token cache {root / key}: {error.strerror or error}. Free some space, or name another "
            "folder with SEEDBED_CACHE; no partial file was left"
        ) from error


def cache_key(config: CorpusConfig, tokenizer: Encoder) -> str:
    """16 digits that name a cache: a hash of every file's bytes and format, the settings but their paths, and the
    tokenizer. Where files lie, and what they are called, does not matter."""
    return fingerprint(FORMAT, tokenizer.fingerprint, corpus_key(config))


def corpus_key(config: CorpusConfig) -> str:
    """16 digits that name a corpus: a hash of every file's bytes and format, and of the settings but their paths."""
    settings = canonical(replace(config, paths=(), validation_paths=()))
    files = [
        f"{role} {form} {file_hash(path)}"
        for role, paths in (("paths", config.paths), ("validation", config.validation_paths))
        for path, form in source_files(paths)
    ]
    told = [] if config.paths else [f"story world {VERSION}"]
    return fingerprint(settings, *told, *files)


def changed(config: CorpusConfig) -> SeedbedError:
    """What is said where a corpus has another name after it was read than before."""
    return SeedbedError(
        f"files of {', '.join([*config.paths, *config.validation_paths])} changed while they were read: nothing that "
        "was made from them is kept; give the same command again when they are complete"
    )


def file_hash(path: Path) -> str:
    """The SHA-256 of a file. Raises `SeedbedError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SeedbedError(f"cannot read {path}: {error.strerror or error}. Check its permissions and the disk") from (
            error
        )


def open_cache(root: Path, key: str) -> TokenCache | None:
    """The cache of this name below `root`, None where it is not there or not whole: then it is made anew.

    Every file's hash is compared with the record, and the record with its own.
    """
    folder = root / key
    try:
        meta = json.loads((folder / META).read_text())
        seal = meta.pop("seal")
        splits = {name: TokenSplit(folder, name, **meta["splits"][name]) for name in SPLITS}
        overlap = None if meta["overlap"] is None else Overlap(**meta["overlap"])
        form = meta["corpus"].get("normalise", CorpusConfig.normalise)
        cache = TokenCache(folder, splits["train"], splits["validation"], overlap, meta["vocabulary"], False, form)
        whole = (meta["key"], seal) == (key, _seal(meta)) and all(
            _found_hash(folder / name, size) == meta["hashes"][name] for name, size in meta["sizes"].items()
        )
    except (SeedbedError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return cache if whole else None


def _found_hash(path: Path, size: int) -> str:
    """Of a file of this size, reckoned once a process for each of its states."""
    state = path.stat()
    return _hash_of(path, state.st_mtime_ns) if state.st_size == size else ""


@lru_cache(maxsize=1024)
def _hash_of(path: Path, modified: int) -> str:
    del modified
    return file_hash(path)


def _seal(meta: dict[str, Any]) -> str:
    return fingerprint(json.dumps(meta, sort_keys=True, ensure_ascii=False))


def _make(
    config: CorpusConfig, tokenizer: Encoder, root: Path, key: str, progress: Callable[[str, int], None]
) -> TokenCache:
    staged = root / f".{key}.staged"
    shutil.rmtree(staged, ignore_errors=True)  # of a preparation that was killed: the lock is ours
    try:
        staged.mkdir()
        dtype = "<u2" if tokenizer.vocabulary <= 1 << 16 else "<u4"
        with contextlib.ExitStack() as files:
            writers: dict[Split, SplitWriter] = {
                name: files.enter_context(SplitWriter(staged, name, dtype, tokenizer)) for name in SPLITS
            }
            overlap = _write(config, writers, progress)
        if cache_key(config, tokenizer) != key:
            raise changed(config)
        written = sorted(staged.iterdir())
        meta = {
            "key": key,
            "format": FORMAT,
            "corpus": json.loads(canonical(config)),
            "note": "" if config.paths else GENERATED,
            "tokenizer": tokenizer.fingerprint,
            "vocabulary": tokenizer.vocabulary,
            "splits": {name: writer.counts for name, writer in writers.items()},
            "overlap": None if overlap is None else asdict(overlap),
            "sizes": {path.name: path.stat().st_size for path in written},
            "hashes": {path.name: file_hash(path) for path in written},
        }
        with (staged / META).open("w") as file:
            json.dump({**meta, "seal": _seal(meta)}, file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        shutil.rmtree(root / key, ignore_errors=True)  # one that was not whole
        staged.rename(root / key)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    cache = open_cache(root, key)
    assert cache is not None
    return replace(cache, made=True)


def _write(
    config: CorpusConfig, writers: dict[Split, SplitWriter], progress: Callable[[str, int], None]
) -> Overlap | None:
    """Every document to its split's writer; then, in a second reading, validation text looked for in training text."""
    check, least = OverlapCheck(), 1.0
    for several in _chunks(split_documents(config)):
        for name, writer in writers.items():
            writer.add([text for split, text in several if split == name])
        for split, text in several:
            if split == "validation":
                check.hold(text)
            else:
                least = min(least, place_of(text))
        progress("tokens", sum(writer.text_bytes for writer in writers.values()))
    _refuse_empty(config, {name: writer.documents for name, writer in writers.items()}, least)
    if not writers["validation"].documents:
        return None
    looked = 0
    # Copies of a document fall to its side and add no window, so they need not be told apart again.
    again = replace(config, deduplicate="none") if config.deduplicate == "exact" else config
    for several in _chunks(split_documents(again)):
        texts = [text for split, text in several if split == "train"]
        check.look(texts)
        looked += sum(len(text) for text in texts)
        progress("overlap", looked)
    return replace(check.result(), near=config.deduplicate == "near")


def _chunks(documents: Iterable) -> Iterator[list[tuple[Split, str]]]:
    chunk, characters = [], 0
    for split, document in documents:
        chunk.append((split, document.text))
        characters += len(document.text)
        if characters >= CHUNK:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def nothing_to_train_on(config: CorpusConfig, held_out: int) -> UsageError:
    """What is said of a corpus whose documents, so many of them, are all held out, or that has none."""
    named = ", ".join(config.paths) or "the story world"
    if config.validation_paths:
        return UsageError(
            f"nothing of {named} is left to train on: every document is empty, or held out as one of "
            f"{', '.join(config.validation_paths)}. Name more text with --corpus, or hold out a share with "
            "--validation"
        )
    if not held_out:
        return UsageError(f"{named} holds no text: every document is empty or white space")
    if held_out == 1:
        return _one_document(named)
    return UsageError(f"all {held_out} documents of {named} were held out: lower --validation")


def _one_document(named: str) -> UsageError:
    return UsageError(
        f"{named} is one document, so none can be held out for validation: name the separator of documents in a text "
        "file (--separator 'blank line'), or name other text with --validation-paths"
    )


def _refuse_empty(config: CorpusConfig, documents: dict[Split, int], least: float) -> None:
    train, validation = (documents[name] for name in SPLITS)
    if not train:
        raise nothing_to_train_on(config, validation)
    if validation or not (config.validation or config.validation_paths):
        return
    if config.validation_paths:
        raise UsageError(f"{', '.join(config.validation_paths)} holds no text: every document is empty or white space")
    named = ", ".join(config.paths) or "the story world"
    if train == 1:
        raise _one_document(named)
    raise UsageError(
        f"none of the {train} documents of {named} was held out by the hash of its text, with a share of "
        f"{config.validation:g}: --validation {least + 0.001:.3f} holds out one, or name other text with "
        "--validation-paths"
    )
