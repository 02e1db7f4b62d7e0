"""Documents of a corpus, one after the other, in bounded memory: files are read in blocks and never held whole.

Each document's line ends become `\\n`, white space at its ends is dropped, its Unicode is normalised (joiners stay, so
conjuncts stay whole), and an empty one is skipped. One of more than LONGEST characters is read in parts.
"""

import codecs
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from seedbed.config.errors import SeedbedError, UsageError
from seedbed.data.corpus import BLANK_LINE, CorpusConfig, Document, Format, source_files
from seedbed.data.duplicates import keep_first, keep_others, keep_unlike
from seedbed.data.story_world import stories

BLOCK = 1 << 20  # bytes read at once
LONGEST = 1 << 23  # characters of a document that is read whole
LOOKED_AT = 8000  # bytes in which a NUL makes a file binary: git's rule
ROWS = 2048  # of a Parquet file at once
CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b"))  # which text has few of, if any
MOST_CONTROLS, FEW_CONTROLS = 0.05, 8  # a share and a number above which a file is no text
VIRAMA = 9  # the canonical combining class of viramas, which join consonants into a conjunct
KNOWN_BINARY = {
    b"\x1f\x8b": "gzip: decompress it first",
    b"PK\x03\x04": "a zip archive or an office document: unpack it, or save it as text",
    b"\x28\xb5\x2f\xfd": "Zstandard: decompress it first",
    b"BZh": "bzip2: decompress it first",
    b"\xfd7zXZ": "xz: decompress it first",
    b"%PDF": "a PDF: save it as text",
    b"PAR1": "Parquet: let its name end in .parquet",
    b"\xff\xfe\x00\x00": "UTF-32: write it as UTF-8, for example with iconv -f UTF-32 -t UTF-8",
    b"\x00\x00\xfe\xff": "UTF-32: write it as UTF-8, for example with iconv -f UTF-32 -t UTF-8",
    b"\xff\xfe": "UTF-16: write it as UTF-8, for example with iconv -f UTF-16 -t UTF-8",
    b"\xfe\xff": "UTF-16: write it as UTF-8, for example with iconv -f UTF-16 -t UTF-8",
}


def documents(config: CorpusConfig) -> Iterator[Document]:
    """The documents of `config.paths` (or of the story world), duplicates left out as the settings say.

    Raises `UsageError` for a path, file, line or row that cannot be read as the settings say, naming it and the place.
    """
    if not config.paths:
        return _without_duplicates(config, lambda: _told(config))
    return _without_duplicates(config, lambda: _read_all(config, config.paths))


def held_out_and_others(config: CorpusConfig) -> Iterator[Document]:
    """The documents of `config.validation_paths`, then those of `config.paths` that do not repeat one of these.

    Duplicates are left out of both together, so that the copy that stays is the held-out one; without that setting
    too, what is held out is left out of the others.
    """

    def read() -> Iterator[Document]:
        for each in _read_all(config, config.validation_paths):
            yield replace(each, held_out=True)
        yield from _read_all(config, config.paths)

    return keep_others(read()) if config.deduplicate == "none" else _without_duplicates(config, read)


def _without_duplicates(config: CorpusConfig, read) -> Iterator[Document]:
    if config.deduplicate == "near":
        return keep_unlike(read)
    return keep_first(read()) if config.deduplicate == "exact" else read()


def _told(config: CorpusConfig) -> Iterator[Document]:
    return (Document(story.text, "story world", story.number) for story in stories(config.story_world))


def _read_all(config: CorpusConfig, paths: tuple[str, ...]) -> Iterator[Document]:
    for path, form in source_files(paths):
        for text, place in _texts(path, form, config):
            yield from (Document(part, str(path), place) for part in _parts(_clean(text, config)))


def _texts(path: Path, form: Format, config: CorpusConfig) -> Iterator[tuple[str, int]]:
    """The texts of one file with their places, as they stand there."""
    readers = {"text": _text_file, "jsonl": _jsonl_file, "parquet": _parquet_file}
    try:
        yield from readers[form](path, config)
    except OSError as error:
        raise SeedbedError(f"cannot read {path}: {error.strerror or error}. Check its permissions and the disk") from (
            error
        )


def _clean(text: str, config: CorpusConfig) -> str:
    text = _line_ends(text)
    return (text if config.normalise == "none" else unicodedata.normalize(config.normalise, text)).strip()


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _parts(text: str) -> Iterator[str]:
    """The text whole, or in parts of at most LONGEST characters, cut at an empty line, a line end or a space."""
    while len(text) > LONGEST:
        at = LONGEST
        for mark in ("\n\n", "\n", " "):
            if (found := text.rfind(mark, LONGEST // 2, LONGEST)) > 0:
                at = found
                break
        else:
            while at > 1 and _inside_a_cluster(text, at):
                at -= 1
        yield text[:at].rstrip()
        text = text[at:].lstrip()
    if text:
        yield text


def _inside_a_cluster(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    return (
        unicodedata.category(after)[0] == "M" or after in "\u200c\u200d" or before in "\u200c\u200d"
    ) or unicodedata.combining(before) == VIRAMA


def _text_file(path: Path, config: CorpusConfig) -> Iterator[tuple[str, int]]:
    blank_line, separator = re.compile(r"\n[ \t]*\n"), _line_ends(config.separator)
    number, rest = 0, ""
    for block in _with_line_ends(_decoded(path, config.errors)):
        text = rest + block
        *whole, rest = blank_line.split(text) if separator == BLANK_LINE else text.split(separator)
        if len(rest) > 2 * LONGEST:  # a document whose end is far: its first parts are let go
            *parts, rest = _parts(rest)
            whole += parts
        for text in whole:
            number += 1
            yield text, number
    yield rest, number + 1


def _with_line_ends(blocks: Iterable[str]) -> Iterator[str]:
    """Blocks in which every line end is `\\n`, one that two blocks share too."""
    held = ""
    for block in blocks:
        text = held + block
        held = "\r" if text.endswith("\r") else ""
        yield _line_ends(text.removesuffix("\r"))
    yield _line_ends(held)


def _decoded(path: Path, errors: str) -> Iterator[str]:
    """The file's UTF-8 in blocks, a byte order mark left out; a bad byte is named by its offset in the file."""
    offset, pending = 0, b""
    with path.open("rb") as file:
        _refuse_binary(path, file.read(LOOKED_AT))
        file.seek(0)
        while True:
            block = file.read(BLOCK)
            data = pending + block
            try:
                text, used = codecs.utf_8_decode(data, errors, not block)
            except UnicodeDecodeError as error:
                raise _wrong_encoding(path, offset + error.start, data[error.start]) from None
            yield text.removeprefix("\ufeff") if offset == 0 else text
            offset, pending = offset + used, data[used:]
            if not block:
                return


def _refuse_binary(path: Path, head: bytes) -> None:
    magic = max((each for each in KNOWN_BINARY if head.startswith(each)), key=len, default=b"")
    known = KNOWN_BINARY.get(magic)
    controls = len(head) - len(head.translate(None, CONTROLS))
    what = known
    if not known and b"\0" in head:
        what = f"there is a NUL byte at offset {head.index(0)}: name text files, or select fewer files with a glob"
    elif not known and controls >= max(FEW_CONTROLS, MOST_CONTROLS * len(head)):
        what = f"{controls} of its first {len(head)} bytes are control characters: if it is UTF-16, write it as UTF-8"
    if what:
        raise UsageError(f"{path} is binary and not text ({what})")


def _wrong_encoding(path: Path, offset: int, byte: int, line: int | None = None) -> UsageError:
    where = f" (line {line})" if line else ""
    return UsageError(
        f"{path} is not UTF-8: byte 0x{byte:02x} at offset {offset}{where}. Write it as UTF-8, for example with iconv "
        "-f LATIN1 -t UTF-8, or read such bytes as U+FFFD with --errors replace"
    )


def _jsonl_file(path: Path, config: CorpusConfig) -> Iterator[tuple[str, int]]:
    offset = 0
    with path.open("rb") as file:
        _refuse_binary(path, file.read(LOOKED_AT))
        file.seek(0)
        for number, line in enumerate(file, start=1):
            mark = len(codecs.BOM_UTF8) if number == 1 and line.startswith(codecs.BOM_UTF8) else 0
            try:
                text = line[mark:].decode("utf-8", config.errors).strip()
            except UnicodeDecodeError as error:
                at = mark + error.start
                raise _wrong_encoding(path, offset + at, line[at], number) from None
            offset += len(line)
            if text:
                yield _field_of(text, path, number, config), number


def _field_of(line: str, path: Path, number: int, config: CorpusConfig) -> str:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        if isinstance(error, json.JSONDecodeError):  # of one line, so its own line number would be read as the file's
            why = f"{error.msg} at character {error.pos + 1}"
        raise UsageError(f"{path} line {number} is not valid JSON ({why}): each line of JSONL is one object") from None
    if not isinstance(found, dict):
        raise UsageError(
            f'{path} line {number} is {line[:40]!r}: a line of JSONL is an object, such as {{"text": ...}}'
        )
    if config.field not in found:
        raise UsageError(
            f"{path} line {number} has no field {config.field!r}, but {', '.join(map(repr, found)) or 'none'}: name "
            "the field of the text with --field"
        )
    text = found[config.field]
    if not isinstance(text, str):
        raise UsageError(f"{path} line {number}: field {config.field!r} must be text, got {repr(text)[:40]}")
    if "\\ud" in line or "\\uD" in line:  # half of a surrogate pair is no character
        try:
            text.encode()
        except UnicodeEncodeError:
            if config.errors == "strict":
                raise UsageError(
                    f"{path} line {number}: field {config.field!r} holds half of a surrogate pair, which is not a "
                    "character: correct it, or read it as U+FFFD with --errors replace"
                ) from None
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _parquet_file(path: Path, config: CorpusConfig) -> Iterator[tuple[str, int]]:
    import polars as pl

    try:
        schema = pl.scan_parquet(path, glob=False).collect_schema()
    except pl.exceptions.PolarsError as error:
        raise _no_parquet(path, error) from None
    if config.field not in schema:
        raise UsageError(
            f"{path} has no column {config.field!r}, but {', '.join(map(repr, schema))}: name the column of the "
            "text with --field"
        )
    if schema[config.field] != pl.String:
        raise UsageError(f"{path}: column {config.field!r} must be text, it is of type {schema[config.field]}")
    column = pl.scan_parquet(path, glob=False).select(config.field)
    number = 0
    try:
        for frame in column.collect_batches(chunk_size=ROWS, maintain_order=True):
            for text in frame[config.field]:
                number += 1
                if text is None:
                    raise UsageError(f"{path} row {number}: column {config.field!r} must be text, got null")
                yield text, number
    except pl.exceptions.PolarsError as error:
        raise _no_parquet(path, error, f" after row {number}") from None


def _no_parquet(path: Path, error: Exception, where: str = "") -> UsageError:
    return UsageError(f"{path} cannot be read as Parquet{where} ({str(error).splitlines()[0]}): write it again")
