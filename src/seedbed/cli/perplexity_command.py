"""Measure how well a text model predicts the documents of files: `seedbed perplexity runs/text stories.txt`.

Bits per byte can be compared across tokenizers; nats per token cannot. Every token of every document counts once,
including the end-of-text token; for an imported model only the document's own tokens count. A document longer than the
context is read in windows that advance by --stride tokens, so that each token, except those of the first window, is
predicted from at least context - stride preceding tokens. The command warns of documents that occur word for word in
the training text of the run.
"""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seedbed.cli import output
from seedbed.cli.flags import positional
from seedbed.config import UsageError

if TYPE_CHECKING:
    from seedbed.cli.sources import Source
    from seedbed.data import TokenSplit
    from seedbed.experiments.perplexity import Encode, Scored, Spelled

SHOWN = 60  # characters of a document


@dataclass(frozen=True)
class Arguments:
    """run: folder of a text run, or of a model that was imported with its tokenizer.  files: files, folders or globs.
    member: name of a member of the run, or the beginning of its name; by default the first finished one.  stride:
    number of tokens by which the window advances; by default half the context.  worst: number of documents to show from
    either end.  separator: text that separates the documents of a text file, or `blank line`.  field: name of the text
    field in JSONL and Parquet files.  errors: what happens with a byte that is not UTF-8: an error, or replacement by
    U+FFFD.  json: print one JSON value.
    """

    run: str = positional()
    files: tuple[str, ...] = positional()
    member: str | None = None
    stride: int | None = None
    worst: int = 3
    separator: str = "<|endoftext|>"
    field: str = "text"
    errors: Literal["strict", "replace"] = "strict"
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Read the model and the files, print what was found."""
    from seedbed.training.environment import configure_jax

    configure_jax()
    from seedbed.data import CorpusConfig
    from seedbed.data.corpus import unescaped
    from seedbed.data.token_files import unspelled_warning
    from seedbed.emergence import format_estimate
    from seedbed.experiments.perplexity import perplexity

    if arguments.worst < 0:
        raise UsageError(f"--worst must be 0 or more, got {arguments.worst}")
    source, encode, spelled = _asked(arguments)
    stride = arguments.stride if arguments.stride is not None else max(source.model.config.context // 2, 1)
    corpus = CorpusConfig(
        paths=arguments.files,
        separator=unescaped(arguments.separator),
        field=arguments.field,
        errors=arguments.errors,
        normalise="none" if source.text is None else source.text.normalise,
        deduplicate="none",
    )
    found = perplexity(source.model, encode, corpus, stride, spelled, _read_by(source))
    if warning := unspelled_warning(found.unspelled_bytes, found.text_bytes):
        _warn(warning)
    if found.trained_on:
        _warn(
            f"{found.trained_on:,} of {len(found.scored):,} documents occur word for word in the training text of "
            "this run: for them the result shows how well they were memorised, not how well new text is predicted"
        )
    best, worst = found.scored[: arguments.worst], found.scored[::-1][: arguments.worst]
    if arguments.json:
        output.write_json(
            {
                "member": source.member,
                "stride": stride,
                "documents": len(found.scored),
                "tokens": found.tokens,
                "bytes": found.text_bytes,
                "unspelled_bytes": found.unspelled_bytes,
                "trained_on": found.trained_on,
                **{
                    name: {"value": each.value, "low": each.low, "high": each.high, "n": each.n, "method": each.method}
                    for name, each in (("nats_per_token", found.nats_per_token), ("bits_per_byte", found.bits_per_byte))
                },
                "best": [_plain(each) for each in best],
                "worst": [_plain(each) for each in worst],
            }
        )
        return 0
    output.write(
        f"bits per byte   {format_estimate(found.bits_per_byte, percent=False)}\n"
        f"nats per token  {format_estimate(found.nats_per_token, percent=False)}\n"
        f"documents       {len(found.scored):,} of {found.text_bytes:,} bytes, {found.tokens:,} tokens; n counts "
        f"documents, stride {stride}"
    )
    for title, rows in (("best", best), ("worst", worst)):
        if rows:
            shown = [[f"{each.bits_per_byte:.3f}", each.tokens, _where(each), _begins(each)] for each in rows]
            output.write(f"\n{output.table([title, 'tokens', 'where', 'begins'], shown)}")
    return 0


def _warn(line: str) -> None:
    print(f"seedbed: warning: {line}", file=sys.stderr)


def _read_by(source: "Source") -> "TokenSplit | None":
    """The training text of a run, None for an import, and, with a warning, where its tokens are no longer there."""
    from seedbed.data import cache_of

    if source.text is None:
        return None
    try:
        return cache_of(source.text).train
    except UsageError as error:
        _warn(f"it is not known whether the run was trained on these documents: {error}")
        return None


def _asked(arguments: Arguments) -> "tuple[Source, Encode, Spelled | None]":
    """The model, how its documents become tokens, and the bytes that these spell where that is known."""
    from seedbed.cli.sources import open_source
    from seedbed.experiments.perplexity import of_a_run, of_an_import
    from seedbed.interop import TextTokenizer, WorldWords

    source = open_source(arguments.run, arguments.member)
    tokenizer = source.tokenizer
    if tokenizer is None:
        raise UsageError(f"{arguments.run} has no tokenizer: import the model again with --tokenizer FILE")
    if isinstance(tokenizer, WorldWords):
        raise UsageError(f"{arguments.run} is not a run of text models: its members were not trained by seedbed train")
    if isinstance(tokenizer, TextTokenizer):
        own = tokenizer.own
        return source, of_a_run(own), own.spelled_bytes
    begin = tokenizer.begin
    if begin is None:
        begin = tokenizer.stop[0] if isinstance(tokenizer.stop, tuple) else tokenizer.stop
    if begin is None:
        raise UsageError(f"{arguments.run} has no token that begins a text, so the first token cannot be predicted")
    return source, of_an_import(tokenizer.encode, begin), None


def _where(each: "Scored") -> str:
    return f"{each.document.source}:{each.document.place}"


def _begins(each: "Scored") -> str:
    return " ".join(each.document.text.split())[:SHOWN]


def _plain(each: "Scored") -> dict[str, Any]:
    return {
        "bits_per_byte": each.bits_per_byte,
        "tokens": each.tokens,
        "bytes": each.text_bytes,
        "source": each.document.source,
        "place": each.document.place,
        "begins": _begins(each),
    }
