"""Every row of the corpora section of docs/errors.md, exercised: message, exit code, and that nothing is left."""

import errno
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seedbed.config import SeedbedError, UsageError
from seedbed.data import CorpusConfig, TextWindows, prepare
from seedbed.data import token_cache as module
from seedbed.data.corpus import source_files

DOC = Path(__file__).parents[2] / "docs" / "errors.md"
SECTION = "\n## Text: corpora\n"
ROW = re.compile(r"^\| `(?P<id>[a-z0-9-]+)` \| (?P<input>.+) \| (?P<rule>.+) \| (?P<code>\d+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One row: what is done with the tools, its exit code, and the message where it is refused."""

    act: Callable
    code: int
    message: str = ""


CASES: dict[str, Case] = {}


def case(name, code, message=""):
    def keep(act):
        CASES[name] = Case(act, code, message)
        return act

    return keep


def refused(name, message, path="a.txt", content="", code=2, **settings):
    """A case that is one file and some settings."""
    CASES[name] = Case(lambda t: t.prepare(t.write(path, content), **settings), code, message)


refused("corpus-empty", "a.txt holds no text: every document is empty or white space", content=" \n<|endoftext|>\n")
refused("corpus-one-document", "is one document, .*--separator 'blank line'", content="One.\n\nTwo.")
refused(
    "corpus-none-held-out",
    r"none of the 2 documents .* a share of 0.001: --validation 0\.\d+ holds out one",
    content="One.<|endoftext|>Two.",
    validation=0.001,
)
refused("corpus-binary", "a.txt is binary and not text .there is a NUL byte at offset 3", content=b"abc\0def")
refused(
    "corpus-compressed",
    "a.txt.gz is binary and not text .gzip: decompress it",
    path="a.txt.gz",
    content=b"\x1f\x8b\x08",
)
refused("corpus-utf16", "is binary and not text .UTF-16: write it as UTF-8", content="Hallo".encode("utf-16"))
refused(
    "corpus-utf32",
    "is binary and not text .UTF-32: write it as UTF-8, for example with iconv -f UTF-32",
    content="ab".encode("utf-32"),
)
refused(
    "corpus-controls",
    r"binary and not text .\d+ of its first 1\d\d\d bytes are control characters: if it is UTF-16",
    content=("कमलघरगगनचलअबघरचलनमकगजफल\n".strip() * 30).encode("utf-16-le"),
)
refused("corpus-encoding", "a.txt is not UTF-8: byte 0xe9 at offset 3. .* --errors replace", content=b"caf\xe9")
refused("corpus-json", "a.json is JSON, but only JSON with one object per line", path="a.json", content="[]")
refused("corpus-line-no-json", "a.jsonl line 2 is not valid JSON", path="a.jsonl", content='{"text": "a"}\n{"text": ')
refused(
    "corpus-line-too-deep",
    "a.jsonl line 1 is not valid JSON .nested too deeply",
    path="a.jsonl",
    content='{"text": ' + "[" * 200_000,
)
refused(
    "corpus-line-no-object", "a.jsonl line 1 is '\\[1\\]': a line of JSONL is an object", path="a.jsonl", content="[1]"
)
refused(
    "corpus-no-field",
    "a.jsonl line 1 has no field 'text', but 'story': name the field of the text with --field",
    path="a.jsonl",
    content='{"story": "a"}',
)
refused(
    "corpus-field-no-text",
    "a.jsonl line 1: field 'text' must be text, got 5",
    path="a.jsonl",
    content='{"text": 5}',
)
refused(
    "corpus-half-character",
    "line 1: field 'text' holds half of a surrogate pair",
    path="a.jsonl",
    content='{"text": "\\ud83d"}',
)
refused("corpus-no-parquet", "a.parquet cannot be read as Parquet", path="a.parquet", content="text")
refused("corpus-share", "validation is the share of documents held out, from 0 to below 1, got 1.5", validation=1.5)


@case("corpus-damaged-parquet", 2, "a.parquet cannot be read as Parquet after row 0 .*: write it again")
def damaged_parquet(t):
    path = t.folder / "a.parquet"
    pl.DataFrame({"text": [f"story {number}" * 9 for number in range(500)]}).write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:8] + b"\xff" * 400 + whole[408:])
    t.prepare(str(path))


@case(
    "corpus-no-column", 2, "a.parquet has no column 'text', but 'story', 'n': name the column of the text with --field"
)
def no_column(t):
    pl.DataFrame({"story": ["a"], "n": [1]}).write_parquet(t.folder / "a.parquet")
    t.prepare(str(t.folder / "a.parquet"))


@case("corpus-column-no-text", 2, "column 'text' must be text, it is of type Int64")
def column_no_text(t):
    pl.DataFrame({"text": [1]}).write_parquet(t.folder / "a.parquet")
    t.prepare(str(t.folder / "a.parquet"))


@case("corpus-null", 2, "a.parquet row 2: column 'text' must be text, got null")
def null(t):
    pl.DataFrame({"text": ["a", None]}).write_parquet(t.folder / "a.parquet")
    t.prepare(str(t.folder / "a.parquet"))


@case("corpus-missing", 2, "no file or folder '.*stories.txt' .looked in /")
def missing(t):
    t.prepare(str(t.folder / "stories.txt"))


@case("corpus-hub-name", 2, "Hugging Face hub, download it first, .*hf download roneneldan/TinyStories --repo")
def hub_name(t):
    with pytest.raises(UsageError, match="hf download OWNER/tinystories --repo-type dataset, then name OWNER/NAME"):
        t.prepare("tinystories")
    for path in ("c/nowhere.txt", "nowhere.txt", str(t.folder / "none")):
        with pytest.raises(UsageError) as told:
            t.prepare(path)
        assert "hub" not in str(told.value)
    t.prepare("roneneldan/TinyStories")


@case("corpus-hub-no-text", 2, "the dataset somebody/pictures .* holds no file that ends in .txt")
def hub_no_text(t):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_CACHE", str(t.folder / "hub"))
        for name, file in (("somebody/stories", "data/one.txt"), ("somebody/pictures", "cat.png")):
            dataset = t.folder / "hub" / f"datasets--{name.replace('/', '--')}"
            (dataset / "snapshots" / "c0ffee" / "data").mkdir(parents=True)
            (dataset / "refs").mkdir()
            (dataset / "refs" / "main").write_text("c0ffee")
            (dataset / "snapshots" / "c0ffee" / "README.md").write_text("A card.")
            (dataset / "snapshots" / "c0ffee" / file).write_text("A story.")
        assert [file.name for file, _ in source_files(("somebody/stories",))] == ["one.txt"]
        t.prepare("somebody/pictures")


@case("corpus-glob-empty", 2, "the glob '.*/\\*.txt' matches no file")
def glob_empty(t):
    t.prepare(str(t.folder / "*.txt"))


@case("corpus-glob-none", 2, "is not a file, a folder or a valid glob: Invalid pattern")
def glob_none(t):
    t.prepare(str(t.folder / "**x" / "[a.txt"))


@case("corpus-no-path", 2, "the path '' of a corpus is empty: name a file, a folder or a glob")
def no_path(t):
    t.prepare("")


@case("corpus-folder-empty", 2, "holds no file that ends in .txt, .text, .md, .jsonl, .ndjson, .parquet")
def folder_empty(t):
    t.write("notes.csv", "a,b")
    t.prepare(str(t.folder))


@case("corpus-unreadable", 1, "cannot read .*a.txt: .*Check its permissions and the disk")
def unreadable(t):
    path = t.write("a.txt", "a")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    t.monkeypatch.setattr(Path, "open", refuse)
    t.prepare(path)


@case("corpus-cache-unwritable", 1, "cannot write the token cache .* SEEDBED_CACHE; no partial file was left")
def cache_unwritable(t):
    t.cache.write_text("a file where the folder would be")
    t.prepare(t.write("a.txt", "One.<|endoftext|>Two."), validation=0.0)


@case("corpus-packing-disk-full", 1, "cannot write how documents are packed: No space left on device. Free some space")
def packing_disk_full(t):
    corpus = CorpusConfig((t.write("a.txt", "One.<|endoftext|>Two."),), validation=0.0)
    train = prepare(corpus, t.tokenizer, t.folder / "whole").train

    def refuse(**_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    t.monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    TextWindows(train, "packed", window=5, batch=1, data_seed=0).batches(0, 1)


@case("corpus-errors-replace", 0)
def errors_replace(t):
    cache = t.prepare(t.write("a.txt", b"caf\xe9"), errors="replace", validation=0.0)
    assert bytes(cache.train.token_N()[1:-1].tolist()).decode() == "caf\ufffd"


@case("corpus-overlap", 0)
def overlap(t):
    cache = t.prepare(t.write("a.txt", "One.<|endoftext|>Two."), validation_paths=(t.write("v.txt", "one."),))
    (warning,) = cache.warnings
    assert warning.startswith("1 of 1 validation documents occur in the training text")


@case("corpus-held-out-inside", 0)
def held_out_inside(t):
    held = t.write("stories/valid.txt", "One.<|endoftext|>Two.")
    t.write("stories/more.txt", "Two.<|endoftext|>Three.")
    cache = t.prepare(str(t.folder / "stories"), validation_paths=(held,))
    assert (cache.train.documents, cache.validation.documents, cache.warnings) == (1, 2, [])


@case("corpus-all-held-out", 2, "nothing of .*a.txt is left to train on: every document is empty, or held out")
def all_held_out(t):
    path = t.write("a.txt", "One.<|endoftext|>Two.")
    t.prepare(path, validation_paths=(path,))


@case("corpus-other-form", 2, "the document that begins 'cafe.' do not spell its 6 bytes: .* by --normalise, or let a")
def other_form(t):
    t.tokenizer.encode_many = lambda texts: [np.frombuffer(b"caf\xc3\xa9", dtype=np.uint8) for _ in texts]
    t.prepare(t.write("a.txt", "cafe\u0301"), normalise="none", validation=0.0)


@case("corpus-dropped-text", 0)
def dropped_text(t):
    t.tokenizer.lossless = False
    t.tokenizer.encode_many = lambda texts: [np.frombuffer(b"ab", dtype=np.uint8) for _ in texts]
    (warning,) = t.prepare(t.write("a.txt", "a b"), validation_paths=(t.write("v.txt", "b a c"),)).warnings
    assert warning.startswith("the tokens do not spell 3 of the 5 bytes of text (60.0%)")


@case("corpus-changes", 1, "a.txt changed while they were read: nothing that was made from them is kept")
def changes(t):
    path, encode = t.write("a.txt", "One.<|endoftext|>Two."), t.tokenizer.encode_many

    def growing(texts):
        t.write("a.txt", "One.<|endoftext|>Two.<|endoftext|>Three.")
        return encode(texts)

    t.tokenizer.encode_many = growing
    t.prepare(path, validation=0.0)


@case("corpus-long-document", 0)
def long_document(t):
    cache = t.prepare(t.write("a.txt", "x" * 1000 + "<|endoftext|>short"), validation=0.0)
    windows = TextWindows(cache.train, "packed", window=65, batch=4, data_seed=0)
    cut = windows.batches(0, windows.steps_per_epoch)
    assert (cut.task_SBW[:, :, 1:] == 0).sum() == 1000 + 5 + 2  # every token and both ends of text once


@case("corpus-other-cache", 0)
def other_cache(t):
    path = t.write("a.txt", "One.<|endoftext|>Two.<|endoftext|>One.")
    first = t.prepare(path, validation=0.0)
    before = {each.name: each.read_bytes() for each in first.folder.iterdir()}
    other = t.prepare(path, validation=0.0, deduplicate="none")
    assert other.made and (first.train.documents, other.train.documents) == (2, 3)
    assert before == {each.name: each.read_bytes() for each in first.folder.iterdir()}


@case("corpus-damaged-cache", 0)
def damaged_cache(t):
    path = t.write("a.txt", "One.<|endoftext|>Two.")
    first = t.prepare(path, validation=0.0)
    whole = (first.folder / "train.tokens").read_bytes()
    for harmed in (b"", whole[:6] + b"\xff\xff" + whole[8:]):
        (first.folder / "train.tokens").write_bytes(harmed)
        assert t.prepare(path, validation=0.0) == replace(first, made=True)
        assert (first.folder / "train.tokens").read_bytes() == whole


@case("corpus-interrupted", 130)
def interrupted(t):
    path, encode = t.write("a.txt", "One.<|endoftext|>Two."), t.tokenizer.encode_many

    def stop(texts):
        raise KeyboardInterrupt

    t.tokenizer.encode_many = stop
    with pytest.raises(KeyboardInterrupt):  # for which every command ends with 130
        t.prepare(path, validation=0.0)
    assert t.left() == []
    t.tokenizer.encode_many = encode
    assert t.prepare(path, validation=0.0).made


class Tools:
    """A folder to write in, and a cache beside it."""

    def __init__(self, folder, write, tokenizer, monkeypatch):
        self.folder, self.write, self.tokenizer, self.monkeypatch = folder, write, tokenizer, monkeypatch
        self.cache = folder / "cache"

    def prepare(self, path, **settings):
        return prepare(CorpusConfig((path,), **settings), self.tokenizer, self.cache)

    def left(self):
        return [each.name for each in self.cache.glob("*") if not each.name.endswith(".lock")]


@pytest.mark.parametrize("name", CASES)
def test_each_case_ends_as_the_table_says(name, tmp_path, write, tokenizer, monkeypatch):
    each, tools = CASES[name], Tools(tmp_path, write, tokenizer, monkeypatch)
    if not each.message:
        each.act(tools)
        return
    with pytest.raises(SeedbedError, match=each.message) as found:
        each.act(tools)
    monkeypatch.undo()
    assert found.value.exit_code == each.code
    assert len(str(found.value).splitlines()) == 1
    assert tools.left() == []


def test_the_section_and_the_cases_are_the_same():
    _, _, section = DOC.read_text().partition(SECTION)
    section = section.split("\n## ")[0]
    rows = {row["id"]: int(row["code"]) for row in ROW.finditer(section)}
    assert rows == {name: each.code for name, each in CASES.items()}
    assert len(rows) == len(re.findall(r"^\| `", section, re.MULTILINE))


def test_a_meta_file_says_what_was_prepared(write, tokenizer, tmp_path):
    path = write("a.txt", "One.<|endoftext|>Two.")
    cache = prepare(CorpusConfig((path,), validation=0.0), tokenizer, tmp_path / "cache")
    meta = json.loads((cache.folder / module.META).read_text())
    assert meta["corpus"] == {"paths": [path], "validation": 0.0}
    assert meta["splits"]["train"]["tokens"] == len(np.asarray(cache.train.token_N())) == 11
