"""Grow populations of tiny language models, one per random seed, and say with statistics what emerged.

Five lines from nothing to a table of results (the first time they train, later they read what is there):

    import seedbed
    results = seedbed.run("triangle", seeds=2, **{"training.steps": 300})
    print(results.members)                            # one row a member
    print(results.curves)                             # one row a member, step, task and test
    print(results.final(task="A->C", split="unseen"))  # the last test, every sentence

All are polars frames. `open_results(folder)` reads a run that is there, `list_runs()` says which ones are.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    import polars as pl

    from seedbed.experiments.results import Results

__all__ = ["__version__", "list_runs", "open_results", "run"]


def run(name: str, *, folder: Path | str | None = None, workers: int | None = None, **options: Any) -> "Results":
    """Run the experiment `name` and return its results; finished members are found again, not regrown.

    folder: of the run, by default runs/<name>.  workers: processes, by default one a core.  options: the experiment's
    own, nested ones by dotted name, or a section's whole config: `seeds=2, world=star(3), **{"model.width": 128}`.

    Raises `UsageError` for an unknown experiment or option, with the nearest known one, and as `run_experiment` does.
    """
    from seedbed.config.settings import with_settings
    from seedbed.experiments.plan import experiment
    from seedbed.experiments.runner import run_experiment

    settings = with_settings(experiment(name).options(), options)
    return run_experiment(name, settings, folder=folder, workers=workers)


def open_results(folder: Path | str) -> "Results":
    """The results of the run in `folder`, as frames; see `seedbed.experiments.results`."""
    from seedbed.experiments import results

    return results.open_results(folder)


def list_runs(root: Path | str = "runs") -> "pl.DataFrame":
    """One row per run in `root` or below it: experiment, folder, status, members by state, steps, last change."""
    from seedbed import store

    return store.list_runs(root)


def __getattr__(name: str) -> str:
    # Asking for the installed version reads files, so only who asks pays for it.
    if name == "__version__":
        from importlib.metadata import version

        return version("seedbed")
    raise AttributeError(f"module 'seedbed' has no attribute {name!r}")
