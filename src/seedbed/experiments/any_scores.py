"""Scores of whatever a user names: a table's file, or a run's folder.

What reads a run needs JAX; it is imported only for a run, as a table would wait a second for it.
"""

from pathlib import Path

from seedbed.config import UsageError
from seedbed.store.score_files import read_scores
from seedbed.store.score_roles import check_none_for_a_run
from seedbed.store.score_table import Columns, ScoreTable


def scores_of(path: str | Path, columns: Columns) -> ScoreTable:
    """The scores in `path`; of the columns a run takes the scale alone.

    Raises UsageError for an empty path and for columns named for a run, and as `open_results`, `run_scores` and
    `read_scores` do.
    """
    if not str(path):
        raise UsageError("expected a table's file or a run's folder, got an empty name")
    path = Path(path)
    if not path.is_dir():
        return read_scores(path, columns)
    check_none_for_a_run(columns, Columns())
    from seedbed.experiments.results import open_results
    from seedbed.experiments.run_scores import run_scores

    return run_scores(open_results(path), scale=columns.scale)
