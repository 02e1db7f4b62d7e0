"""Run an experiment: train the members that are missing, evaluate them, write the report.

The same command finds the members that an earlier one finished, so a run only grows: more seeds are added to the
existing ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seedbed.cli import help, output
from seedbed.cli.flags import flags_of
from seedbed.cli.parse import parse
from seedbed.config import UsageError
from seedbed.config.settings import with_settings
from seedbed.experiments.plan import EXPERIMENTS, Experiment, experiment
from seedbed.training.crew import Crew, early_crew


@dataclass(frozen=True)
class Arguments:
    """Its options.

    folder: folder of the run; by default runs/<experiment>.  workers: number of processes; by default one per core.
    json: print one JSON value.  quiet: show no progress.  any_processor: accept members that were finished on another
    type of processor, instead of training them again.
    """

    folder: str | None = None
    workers: int | None = None
    json: bool = False
    quiet: bool = False
    any_processor: bool = False


def dispatch(words: Sequence[str]) -> int:
    """Read the experiment's name, then only that experiment's options."""
    if not words or words[0] in ("--help", "-h"):
        if not words:
            raise UsageError(f"name an experiment: {', '.join(sorted(EXPERIMENTS))}. See seedbed run --help")
        output.write(
            help.page("seedbed run EXPERIMENT [OPTIONS]", __doc__ or "", list(flags_of(Arguments)), _listing())
        )
        return 0
    name, *rest = words
    if name.startswith("-"):
        raise UsageError(f"the experiment comes first: seedbed run EXPERIMENT {name} ...")
    entry = experiment(name)
    called = f"seedbed run {name}"
    if "--help" in rest or "-h" in rest:
        flags = [*flags_of(Arguments), *flags_of(entry.options)]
        output.write(help.page(f"{called} [OPTIONS]", entry.load().__doc__ or "", flags))
        return 0
    # Workers import what they need while this process does: everything below needs JAX.
    with early_crew(not any(word.partition("=")[0] == "--workers" for word in rest)) as crew:
        return _grow(entry, rest, called, crew)


def _grow(entry: Experiment, words: Sequence[str], called: str, crew: Crew) -> int:
    from seedbed.cli.growing import grow

    own, shared = list(flags_of(entry.options)), list(flags_of(Arguments))
    settings = parse(words, [*shared, *own], called)
    names = {flag.path for flag in shared}
    arguments = with_settings(Arguments(), {path: v for path, v in settings.items() if path in names}, path=called)
    options = with_settings(entry.options(), {path: v for path, v in settings.items() if path not in names})
    return grow(
        entry.name,
        options,
        arguments.folder,
        arguments.workers,
        as_json=arguments.json,
        quiet=arguments.quiet,
        crew=crew,
        any_processor=arguments.any_processor,
    )


def _listing() -> str:
    rows = [(entry.name, entry.summary) for entry in EXPERIMENTS.values()]
    return (
        "Experiments\n"
        + help.two_columns(rows)
        + ("\n\nFor the options of an experiment: seedbed run EXPERIMENT --help")
    )
