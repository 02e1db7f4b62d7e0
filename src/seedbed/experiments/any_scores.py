"""Scores of whatever a user names: table files, a folder of another tool's results, or a run's folder.

What reads a run needs JAX; it is imported only for a run, as a table would wait a second for it.
"""

from collections.abc import Sequence
from pathlib import Path

from seedbed.config import UsageError
from seedbed.store.manifest import MANIFEST
from seedbed.store.score_files import read_scores
from seedbed.store.score_many import FOREIGN
from seedbed.store.score_roles import check_none_for_a_run
from seedbed.store.score_table import Columns, ScoreTable


def scores_of(given: str | Path | Sequence[str], columns: Columns) -> ScoreTable:
    """The scores in a run's folder, of which columns name the scale alone, or in the files that are named.

    Raises UsageError for an empty name and for columns named for a run, and as `open_results`, `run_scores` and
    `read_scores` do.
    """
    names = [given] if isinstance(given, str | Path) else list(given)
    if not names or not all(map(str, names)):
        raise UsageError("expected a table file or a run folder, got an empty name")
    runs = [name for name in names if is_run(Path(name))]
    if not runs:
        return read_scores(names, columns)
    if len(names) > 1:
        raise UsageError(f"{runs[0]} is a run, and a run is judged by itself: name one run, or files of scores")
    check_none_for_a_run(columns, Columns())
    from seedbed.experiments.results import open_results
    from seedbed.experiments.run_scores import run_scores

    return run_scores(open_results(runs[0]), scale=columns.scale)


def is_run(path: Path) -> bool:
    """Whether a folder is one of ours, or says so by nothing else."""
    return path.is_dir() and ((path / MANIFEST).exists() or not any(map(path.rglob, FOREIGN)))
