"""Probes: questions with options, and single texts, that a text model is asked at the end; kept as tokens on disk.

A question has a prompt and options of which the first is right; a model answers it if it finds the right one likelier
than every other. A probe with one option is measured only: how many nats the text costs. They lie in the cache, named
by their content, so that a world can name them.
"""

import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Int

from seedbed.config.cache import cache_root
from seedbed.config.errors import SeedbedError, UsageError
from seedbed.data.sliding import SlidingWindows, sliding_windows
from seedbed.data.token_files import Encoder

SHORTEST = 32  # tokens of the smallest window; each next one is twice as long, so that few programs are compiled


@dataclass(frozen=True)
class Probe:
    """One thing asked. task: what it asks for.  prompt: read first, after an end-of-text.  options: the first is right;
    one alone is measured.
    """

    task: str
    prompt: str
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.options or not all(self.options) or len(set(self.options)) < len(self.options):
            raise UsageError(f"a probe of {self.task!r} needs options, none empty, each once; got {self.options!r}")


@dataclass(frozen=True)
class ProbeSet:
    """Probes as tokens. tasks: names of T tasks.  task_I: of each of I items.  item_O: of each of O options, the right
    one of an item first.  token_N: all options, each from an end-of-text over its prompt to its last token.  start_O:
    where each starts, and the end of the last.  prompt_O: tokens of each that are not its own, end-of-text among them.
    bytes_O: UTF-8 bytes of each option's own text.
    """

    tasks: tuple[str, ...]
    task_I: Int[np.ndarray, " I"]
    item_O: Int[np.ndarray, " O"]
    token_N: Int[np.ndarray, " N"]
    start_O: Int[np.ndarray, " starts"]
    prompt_O: Int[np.ndarray, " O"]
    bytes_O: Int[np.ndarray, " O"]

    @property
    def own_O(self) -> Int[np.ndarray, " O"]:
        """How many tokens of each option are scored."""
        return np.diff(self.start_O) - self.prompt_O

    def windows(self, context: int) -> list[SlidingWindows]:
        """Every option as a document of its own, in a window of the shortest length that holds it and its prompt, or as
        much of the prompt's end as the context has room for; one longer than the context in windows that move on."""
        read_O = np.minimum(np.diff(self.start_O), context + 1)
        found, size = [], min(SHORTEST, context)
        done_O = self.own_O > context
        if done_O.any():
            found.append(self._slid(np.flatnonzero(done_O), context))
        while not done_O.all():
            (chosen_N,) = np.nonzero(~done_O & (read_O <= size + 1))
            if len(chosen_N):
                found.append(self._cut(chosen_N, size))
                done_O[chosen_N] = True
            size = min(2 * size, context)
        return found

    def _slid(self, chosen_N: np.ndarray, context: int) -> SlidingWindows:
        options = [self.token_N[self.start_O[each] : self.start_O[each + 1]] for each in chosen_N]
        stride = max(context // 2, 1)
        windows = sliding_windows(options, self.bytes_O[chosen_N], context, stride, self.prompt_O[chosen_N])
        return replace(windows, document_N=chosen_N[windows.document_N], bytes_D=self.bytes_O)

    def _cut(self, chosen_N: np.ndarray, size: int) -> SlidingWindows:
        token_NW = np.zeros((len(chosen_N), size + 1), dtype=np.int32)
        counts_NT = np.zeros((len(chosen_N), size), dtype=bool)
        for row, option in enumerate(chosen_N):
            end = int(self.start_O[option + 1])
            first = max(int(self.start_O[option]), end - size - 1)
            token_NW[row, : end - first] = self.token_N[first:end]
            counts_NT[row, end - first - 1 - int(self.own_O[option]) : end - first - 1] = True
        return SlidingWindows(token_NW, counts_NT, chosen_N, self.bytes_O)


def encoded(probes: Sequence[Probe], tokenizer: Encoder) -> ProbeSet:
    """Probes as tokens; prompt and options are tokenised apart, so that options differ in nothing else.

    Raises `UsageError` without a probe.
    """
    if not probes:
        raise UsageError("there is no probe to ask")
    tasks = tuple(dict.fromkeys(probe.task for probe in probes))
    prompts = tokenizer.encode_many([probe.prompt for probe in probes])
    options = tokenizer.encode_many([option for probe in probes for option in probe.options])
    item_O = np.repeat(np.arange(len(probes)), [len(probe.options) for probe in probes])
    rows = [
        np.concatenate([[tokenizer.eot], prompts[item], own]).astype(np.int32)
        for item, own in zip(item_O, options, strict=True)
    ]
    return ProbeSet(
        tasks,
        np.array([tasks.index(probe.task) for probe in probes], dtype=np.int32),
        item_O.astype(np.int32),
        np.concatenate(rows),
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        np.array([1 + len(prompts[item]) for item in item_O], dtype=np.int32),
        np.array([len(option.encode()) for probe in probes for option in probe.options], dtype=np.int32),
    )


def keep_probes(probes: ProbeSet, root: Path | None = None) -> str:
    """Write probes into the cache, whole or not at all, and name them: 16 digits, a hash of their content.

    Raises `SeedbedError` where the cache cannot be written.
    """
    arrays = _arrays(probes)
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype} {array.shape}".encode() + array.tobytes())
    key = digest.hexdigest()[:16]
    path = _place(key, root)
    if path.exists():
        return key
    staged = path.with_name(f".{key}.{secrets.token_hex(4)}.staged")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with staged.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise SeedbedError(f"cannot write the probes {path}: {error.strerror or error}. Free some space") from error
    return key


def kept_probes(key: str, root: Path | None = None) -> ProbeSet:
    """The probes of this name in the cache. Raises `UsageError` where they are gone or cannot be read."""
    path = _place(key, root)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        tasks = bytes(arrays.pop("tasks")).decode().split("\n")
        return ProbeSet(tuple(tasks), **arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"the probes {path} that this run asks cannot be read ({error}): give the command that started it again, "
            "which creates them, or name the cache folder with SEEDBED_CACHE"
        ) from None


def _arrays(probes: ProbeSet) -> dict[str, np.ndarray]:
    named = {name: value for name, value in vars(probes).items() if name != "tasks"}
    return {"tasks": np.frombuffer("\n".join(probes.tasks).encode(), dtype=np.uint8), **named}


def _place(key: str, root: Path | None) -> Path:
    return (cache_root() / "probes" if root is None else root) / f"{key}.npz"
