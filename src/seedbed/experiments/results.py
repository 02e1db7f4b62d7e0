"""What a run holds, as frames that an experiment's report is made from."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from seedbed.config import UsageError, from_plain
from seedbed.experiments.plan import experiment
from seedbed.store import Run


@dataclass(frozen=True)
class Results:
    """A run opened for reading, with its experiment's options."""

    folder: Path
    experiment: str
    options: Any

    @cached_property
    def run(self) -> Run:
        """The record."""
        return Run.open(self.folder, write=False)

    @cached_property
    def members(self) -> pl.DataFrame:
        """One row a member, conditions and labels among the columns."""
        return self.run.members()

    @cached_property
    def curves(self) -> pl.DataFrame:
        """One row per member, step, task, test, split, shots and coverage, with the member's own columns beside it."""
        own = [name for name in self.members.columns if name not in {"config", "step"}]
        return self.run.curves().join(self.members.select(own), on="member", how="left")

    def final(self, **conditions: Any) -> pl.DataFrame:
        """The rows of the last test (every sentence, or as `test` says) that meet the conditions, a row a member."""
        rows = self.where(**{"test": "every", **conditions})
        return rows.filter(pl.col("step") == pl.col("step").max().over("member"))

    def where(self, **conditions: Any) -> pl.DataFrame:
        """The rows of the curves in which every named column has its value; None asks for no value."""
        rows = self.curves
        for name, value in conditions.items():
            rows = rows.filter(pl.col(name).is_null() if value is None else pl.col(name) == value)
        return rows


def open_results(folder: Path | str) -> Results:
    """The results of the run in `folder`. Raises as `Run.open` does, and `UsageError` for an unknown experiment."""
    run = Run.open(folder, write=False)
    entry = experiment(run.manifest.experiment)
    settings = run.manifest.config.get("options")
    if settings is None:
        raise UsageError(f"{folder} holds no options of an experiment: it was not written by `seedbed run`")
    return Results(Path(folder), entry.name, from_plain(entry.options, settings, path="options"))
