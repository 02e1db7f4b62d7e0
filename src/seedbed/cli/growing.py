"""Growing a run from the command line, for `run` and `resume`: watch it, then say where its report is."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from seedbed.cli import output
from seedbed.cli.cost import cost_told
from seedbed.cli.standing import Standing
from seedbed.cli.watch import watching
from seedbed.config import SeedbedError, UsageError
from seedbed.data import TextConfig
from seedbed.data.tokenizers import read_tokenizer
from seedbed.experiments.grown import tokenizer_file, tokenizer_of
from seedbed.experiments.plan import experiment
from seedbed.experiments.results import Results, open_results
from seedbed.experiments.runner import REPORT, RUNS, not_finished_elsewhere, run_experiment, write_report_of
from seedbed.store import Run, check_place
from seedbed.training import device_type
from seedbed.training.crew import Crew


def grow(
    name: str,
    options: Any,
    folder: str | None,
    workers: int | None,
    *,
    as_json: bool,
    quiet: bool,
    crew: Crew | None = None,
    attachments: Mapping[str, bytes] | None = None,
    any_processor: bool = False,
) -> int:
    """Run the experiment, print its headline and where the report is; the exit code."""
    if folder == "":
        raise UsageError("--folder is empty: name a folder, or omit the option to use runs/<experiment>")
    where = Path(folder) if folder is not None else RUNS / name
    check_place(where, name)  # before texts are read
    options, made = experiment(name).prepared(options, lambda line: None if quiet else tell(line))
    attachments = {**made, **(attachments or {})}
    planned = experiment(name).plan(options)
    for warning in dict.fromkeys(line for each in planned for line in _warnings(each.config.world)):
        tell(f"warning: {warning}")  # quiet or not: it is no progress
    if any_processor and (where / "manifest.json").exists():
        planned = not_finished_elsewhere(planned, Run.open(where, write=False).members(), device_type()) or planned
    standing = Standing(planned, decode=_decoder(options, where, attachments))
    if not quiet and (where / "manifest.json").exists():
        _remember(standing, where)
    if not quiet and (cost := cost_told(planned, standing.flops_left)):
        tell(cost)
    with watching(standing, quiet=quiet) as observers:
        results = run_experiment(
            name,
            options,
            folder=where,
            workers=workers,
            observers=observers,
            report=False,
            crew=crew,
            attachments=attachments,
            any_processor=any_processor,
        )
    headline = write_report_of(where).headline
    if as_json:
        output.write_json(_answer(results, headline, Standing(planned)))
    else:
        output.write("\n".join([*headline, f"report: {results.folder / REPORT}"]))
    return 0


def _warnings(world: object) -> list[str]:
    return world.warnings if isinstance(world, TextConfig) else []


def tell(line: str) -> None:
    """A line for whoever waits, apart from what the command prints."""
    print(f"seedbed: {line}", file=sys.stderr, flush=True)


def _decoder(options: Any, folder: Path, attachments: Mapping[str, bytes]) -> Callable[[Sequence[int]], str] | None:
    """Tokens of a text run to text: by the tokenizer that is given now, or that the run keeps."""
    world = getattr(options, "world", None)
    if not isinstance(world, TextConfig):
        return None
    name = tokenizer_file(world)
    if name in attachments:
        return read_tokenizer(attachments[name].decode(), name).decode
    return tokenizer_of(Run.open(folder, write=False), world).decode


def _remember(standing: Standing, folder: Path) -> None:
    try:
        standing.remember(open_results(folder))
    except SeedbedError:
        return  # a run that cannot be read is refused in a moment, by whoever opens it for writing


def _answer(results: Results, headline: Sequence[str], standing: Standing) -> dict[str, Any]:
    """What `--json` prints: where the run is, its headline, and every group's mean score at its last test."""
    states = results.members["state"].to_list()
    standing.remember(results)
    return {
        "experiment": results.experiment,
        "folder": str(results.folder),
        "report": str(results.folder / REPORT),
        "members": {state: states.count(state) for state in sorted(set(states))},
        "headline": list(headline),
        "scores": [
            {"group": line.group, "task": line.task, "metric": standing.metric, "step": line.step}
            | {name: getattr(line.score, name) for name in ("value", "low", "high", "n")}
            for line in standing.lines()
            if line.score is not None
        ],
    }
