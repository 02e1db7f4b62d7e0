"""The entry point: find the command, read its options, run it, turn how it ended into an exit code.

An error that a user can act on is one line on standard error; anything else is a bug and shows its traceback.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from seedbed.cli import help, output
from seedbed.cli.flags import flags_of
from seedbed.cli.parse import parse
from seedbed.config import SeedbedError, look_up
from seedbed.config.settings import with_settings

# Summaries stand here and not in the commands' files, which import much that a page of help does not need.
COMMANDS = {
    "run": "run an experiment: train what is missing, evaluate it, write the report",
    "train": "train a tokenizer and text models on your own text",
    "resume": "continue an interrupted run",
    "report": "write the reports of runs again",
    "list": "list the runs below a folder and their progress",
    "verify": "retrain randomly chosen members and compare their weights",
    "experiments": "list the experiments",
    "audit": "report what emerged in a table of scores or in a run, with its uncertainty",
    "forecast": "predict which members of a run will emerge by when, with the forecast's skill",
    "plan": "compute from a pilot how many seeds a comparison needs",
    "models": "list building blocks and presets with their parameters and operations",
    "generate": "generate text with a member of a run or an imported model",
    "perplexity": "measure how well a text model predicts the documents of files",
    "import": "import a model of another tool into a folder",
    "export": "export a model for another tool, or a run's record",
    "tokenizers": "compare tokenizers over corpora and languages, with intervals",
    "calibrate": "check the statistics' error rates by simulation",
    "bench": "measure time and memory of building blocks against the window length",
    "doctor": "check whether this computer can run Seedbed",
}
INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 bad usage, 130 interrupted and resumable."""
    # The statistics are many small products: linear algebra on several threads would mostly wait for itself.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    sys.exit(exit_code_of(sys.argv[1:]))


def exit_code_of(words: Sequence[str]) -> int:
    """Run one command line (without the program's name); its exit code."""
    try:
        return _dispatch(words)
    except SeedbedError as error:
        print(f"seedbed: {' '.join(str(error).splitlines())}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("seedbed: interrupted; what was saved is kept, and you can give the same command again", file=sys.stderr)
        return INTERRUPTED


def _dispatch(words: Sequence[str]) -> int:
    if not words:
        print(help.overview(COMMANDS), file=sys.stderr)
        return 2
    first, *rest = words
    if first in ("--help", "-h", "help"):
        output.write(help.overview(COMMANDS))
        return 0
    if first == "--version":
        from seedbed import __version__

        output.write(f"seedbed {__version__}")
        return 0
    look_up("command", first, COMMANDS)
    command = importlib.import_module(f"seedbed.cli.{first}_command")
    if first in ("run", "train"):  # they start workers before they read their options
        return command.dispatch(rest)
    return _run_plain(first, command, rest)


def _run_plain(name: str, command: ModuleType, words: Sequence[str]) -> int:
    flags = list(flags_of(command.Arguments))
    called = f"seedbed {name}"
    if "--help" in words or "-h" in words:
        places = [flag.usage for flag in flags if flag.positional]
        usage = " ".join([called, *places, "[OPTIONS]"])
        output.write(help.page(usage, command.__doc__ or "", flags))
        return 0
    settings = parse(words, flags, called)
    required = {flag.path: settings.pop(flag.path) for flag in flags if flag.positional and flag.path in settings}
    arguments = command.Arguments(**{path: tuple(v) if isinstance(v, list) else v for path, v in required.items()})
    return command.execute(with_settings(arguments, settings, path=called))


if __name__ == "__main__":
    main()
