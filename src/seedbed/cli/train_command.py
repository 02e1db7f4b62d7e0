"""Train text models on your own text with one command, which makes the tokenizer, the tokens and the models.

Without --corpus the text is Seedbed's generated story world. A corpus is files, folders or globs of text, JSONL or
Parquet; the documents of a text file are separated by <|endoftext|>, or by what --separator says. Some documents are
held out and never trained on. The command reports bits per byte on them, which can be compared across tokenizers.

Set the length of training with --minutes (default 10; a limit for the whole command on this computer), --tokens or
--steps. Minutes are converted into steps by timing a few training steps, and the run records the number of steps: given
as --steps, it makes the same model again. The same command with --steps finds what it made before; `seedbed resume RUN`
continues any run.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedbed.cli import help, output
from seedbed.cli.flags import flags_of
from seedbed.cli.parse import parse
from seedbed.config.settings import with_settings
from seedbed.training.crew import Crew, early_crew

if TYPE_CHECKING:
    from seedbed.cli.train_arguments import Arguments

CALLED = "seedbed train"


def dispatch(words: Sequence[str]) -> int:
    """Read the options and train."""
    began = time.monotonic()
    if "--help" in words or "-h" in words:
        from seedbed.cli.train_arguments import Arguments

        output.write(help.page(f"{CALLED} [OPTIONS]", __doc__ or "", list(flags_of(Arguments))))
        return 0
    # Workers import JAX while this process reads its options and makes the tokens.
    with early_crew(not any(word.partition("=")[0] == "--workers" for word in words)) as crew:
        from seedbed.cli.train_arguments import Arguments

        settings = parse(words, list(flags_of(Arguments)), CALLED)
        arguments = with_settings(Arguments(), {**settings, "given": sorted(settings)}, path=CALLED)
        return _train(arguments, crew, began)


def _train(arguments: "Arguments", crew: Crew | None, began: float) -> int:
    import sys

    from seedbed.experiments.text import plan
    from seedbed.experiments.text_corpus import prepared
    from seedbed.store import check_place

    def told(line: str) -> None:
        if not arguments.quiet:
            print(f"seedbed: {line}", file=sys.stderr, flush=True)

    check_place(arguments.out, "text")
    ready = prepared(
        arguments.corpus_config,
        arguments.tokenizer_config,
        finished=arguments.finished_tokenizer,
        opening=arguments.prompt,
        told=told,
    )
    # What makes the tokens needs no JAX, all that follows does.
    from seedbed.cli.growing import grow
    from seedbed.experiments.grown import tokenizer_file

    options = arguments.options(ready)
    if options.minutes is not None:
        from seedbed.experiments.text_budget import fixed

        plan(options)  # refuses what cannot be before anything is tried
        end = began + 60 * options.minutes
        options = fixed(
            options, ready.cache, lambda: end - time.monotonic(), workers=arguments.workers, crew=crew, told=told
        )
        crew = None
    return grow(
        "text",
        options,
        arguments.out,
        arguments.workers,
        as_json=arguments.json,
        quiet=arguments.quiet,
        crew=crew,
        attachments={tokenizer_file(ready.world): ready.tokenizer.text.encode()},
    )
