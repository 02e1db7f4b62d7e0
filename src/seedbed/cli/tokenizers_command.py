"""Compare tokenizers over corpora: `seedbed tokenizers compare --corpus hi.txt mr.txt --kinds byte bpe unigram`.

Each tokenizer is learned from the training documents of one corpus or of all corpora together, and is measured on
held-out documents: bytes and characters per token, tokens per word, symbols used, Renyi entropy, words split inside a
conjunct, MorphScore against a gold segmentation, and the number of tokens relative to the same sentences in another
language. Each result has its n and interval.

A corpus is a file, a folder or a glob and is named after the stem of its file name, or by NAME=PATH. Kinds: byte,
character, word, bpe, bpe-characters (no known character is split), unigram, gam and tinystories (the settings of those
papers). The command writes a folder with report.html, report.md, tokenizers.csv and charts. Which tokenizer makes the
best models is decided by bits per byte of models trained with equal compute, and this command does not train models.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from seedbed.cli import output
from seedbed.cli.flags import positional
from seedbed.data.corpus import END_OF_TEXT

if TYPE_CHECKING:
    from seedbed.reports import Report

ACTIONS = {"compare": "tokenizers over corpora"}


@dataclass(frozen=True)
class Arguments:
    """action: compare.  corpus: files, or NAME=PATH.  kinds: kinds of tokenizers.  vocabulary: vocabulary sizes, one or
    several.  order: orders of the Renyi entropy.  general: the corpus whose tokenizers are measured on all corpora.
    together: also learn tokenizers from all corpora together.  held_out: share of the documents that are held out for
    measuring.  train_bytes: largest number of bytes of each corpus to learn from.  imported: existing tokenizers, as
    NAME=PATH of a folder or a SentencePiece model.  gold: NAME=PATH of a corpus's gold segmentation, one word per line,
    such as play|ed.  parallel: NAME=PATH of sentences in another language and the corpus's own language, separated by
    tabs.  separator: text that separates the documents of a text file, or `blank line`; write a line end as \\n.
    field: name of the text field in JSONL and Parquet files.  errors: what happens with a byte that is not UTF-8: an
    error, or replacement by U+FFFD.  out: folder to write.  json: print one JSON value.  quiet: show no progress.
    """

    action: str = positional()
    corpus: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("byte", "bpe", "unigram")
    vocabulary: tuple[int, ...] = (4096,)
    order: tuple[float, ...] = (2.5,)
    general: str | None = None
    together: bool = True
    held_out: float = 0.1
    train_bytes: int | None = None
    imported: tuple[str, ...] = ()
    gold: tuple[str, ...] = ()
    parallel: tuple[str, ...] = ()
    separator: str = END_OF_TEXT
    field: str = "text"
    errors: Literal["strict", "replace"] = "strict"
    out: str = "tokenizers"
    json: bool = False
    quiet: bool = False


def execute(arguments: Arguments) -> int:
    """Learn, measure, write the folder, print the headline."""
    import sys

    from seedbed.config import UsageError, look_up
    from seedbed.data.corpus import CorpusConfig, unescaped
    from seedbed.experiments.tokenizer_comparison import Comparison, compare, read_corpora
    from seedbed.experiments.tokenizer_report import frame_of, plain, tokenizer_report

    look_up("action", arguments.action, ACTIONS)
    folder = Path(arguments.out)
    if not arguments.out or (folder.exists() and not (folder / "tokenizers.csv").exists() and not _is_empty(folder)):
        raise UsageError(
            f"--out {arguments.out!r} exists and is not a tokenizer comparison: nothing was overwritten; name "
            "another folder"
        )
    comparison = Comparison(
        corpora=tuple(map(_named, arguments.corpus)),
        kinds=arguments.kinds,
        sizes=arguments.vocabulary,
        orders=arguments.order,
        general=arguments.general,
        together=arguments.together,
        held_out=arguments.held_out,
        train_bytes=arguments.train_bytes,
        imported=tuple(map(_named, arguments.imported)),
        gold=tuple(map(_named, arguments.gold)),
        parallel=tuple(map(_named, arguments.parallel)),
        reading=CorpusConfig(separator=unescaped(arguments.separator), field=arguments.field, errors=arguments.errors),
    )

    def told(line: str) -> None:
        if not arguments.quiet:
            print(f"seedbed: {line}", file=sys.stderr, flush=True)

    corpora = read_corpora(comparison)
    rows = list(compare(comparison, corpora, told))
    report = tokenizer_report(rows, corpora, _provenance(arguments))
    page = _write(report, frame_of(rows).write_csv(float_precision=5), folder)
    if arguments.json:
        output.write_json({"tokenizers": [plain(row) for row in rows], "report": str(page)})
    else:
        output.write("\n".join([*report.headline, f"report: {page}"]))
    return 0


def _named(word: str) -> tuple[str, str]:
    """NAME=PATH, or a path that is called by its stem."""
    name, equals, path = word.partition("=")
    return (name, path) if equals and name and "/" not in name else (Path(word).stem, word)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _provenance(arguments: Arguments) -> dict:
    from seedbed.experiments.runner import versions

    corpora = " ".join(f"{name}={Path(path).name}" for name, path in map(_named, arguments.corpus))
    sizes = " ".join(map(str, arguments.vocabulary))
    from importlib.metadata import version

    libraries = {name: version(name) for name in ("tokenizers", "sentencepiece")}
    usual = Arguments("compare")
    reading = "".join(
        f" --{name}={shlex.quote(value)}"
        for name in ("separator", "field", "errors")
        if (value := getattr(arguments, name)) != getattr(usual, name)
    )
    return {
        "command": f"seedbed tokenizers compare --corpus {corpora} --kinds {' '.join(arguments.kinds)} "
        f"--vocabulary {sizes} --held-out {arguments.held_out:g}{reading}",
        "versions": ", ".join(f"{name} {number}" for name, number in (versions() | libraries).items()),
    }


def _write(report: "Report", table: str, folder: Path) -> Path:
    from seedbed.reports import render_markdown, write_report
    from seedbed.store.atomic import write_file

    for figure in report.figures():
        write_file(folder / f"{figure.id}.svg", figure.svg.encode())
    write_file(folder / "tokenizers.csv", table.encode())
    write_file(folder / "report.md", render_markdown(report, ".").encode())
    return write_report(report, folder / "report.html")
