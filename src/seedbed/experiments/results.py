"""The contents of a run as data frames, from which the report of an experiment is made."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from seedbed.config import UsageError, canonical, from_plain
from seedbed.experiments.plan import Planned, experiment
from seedbed.store import Run
from seedbed.training import Member, PopulationConfig


@dataclass(frozen=True)
class Results:
    """A run opened for reading, with its experiment's options.

    A folder may hold members of other settings too; what is shown here are the members that these options ask for.
    """

    folder: Path
    experiment: str
    options: Any

    @cached_property
    def run(self) -> Run:
        """The record."""
        return Run.open(self.folder, write=False)

    @cached_property
    def members(self) -> pl.DataFrame:
        """One row a member that the options ask for, conditions and labels among the columns."""
        rows = self.run.members().filter(pl.col("config").is_in(list(self._asked)))
        # The same settings grown on two types of processor are two members; the finished and then the later one counts.
        order = rows.with_row_index("place").with_columns(ended=pl.col("state") == "finished").sort("ended", "place")
        kept = order.unique(subset="config", keep="last", maintain_order=True).sort("place")
        return kept.drop("place", "ended")

    @cached_property
    def planned(self) -> dict[str, Planned]:
        """What each of these members was planned as, by its fingerprint."""
        return {member: self._asked[config] for member, config in self.members.select("member", "config").iter_rows()}

    @cached_property
    def _asked(self) -> dict[str, Planned]:
        return {config_text(each): each for each in experiment(self.experiment).plan(self.options)}

    @cached_property
    def others(self) -> int:
        """How many members of other settings lie in the folder, and are not shown."""
        return self.run.members().height - self.members.height

    @property
    def headline(self) -> dict[str, Any]:
        """The columns of the headline's rows: unseen questions at the coverage that the options ask for.

        Without shots there is none.
        """
        evaluation = getattr(self.options, "evaluation", None)
        if evaluation is None:
            return {"split": "unseen", "coverage": 0}
        return {"split": "unseen", "coverage": evaluation.coverage if evaluation.shots else None}

    @cached_property
    def curves(self) -> pl.DataFrame:
        """One row per member, step, task, test, split, shots and coverage, with the member's own columns beside it."""
        own = [name for name in self.members.columns if name not in {"config", "step"}]
        return self.run.curves().join(self.members.select(own), on="member", how="inner")

    def final(self, **conditions: Any) -> pl.DataFrame:
        """The rows of the last test (every sentence, or as `test` says) that meet the conditions.

        A row a member where task, split, shots and coverage are given.
        """
        rows = self.where(**{"test": "every", **conditions})
        return rows.filter(pl.col("step") == pl.col("step").max().over("member"))

    def where(self, **conditions: Any) -> pl.DataFrame:
        """The rows of the curves in which every named column has its value; None asks for no value."""
        rows = self.curves
        for name, value in conditions.items():
            rows = rows.filter(pl.col(name).is_null() if value is None else pl.col(name) == value)
        return rows


def config_text(planned: Planned) -> str:
    """All that tells one member's settings from another's, as the table of members keeps it."""
    return canonical(planned.config) + "\n" + canonical(planned.member)


def settings_of(text: str) -> tuple[PopulationConfig, Member]:
    """The settings that `config_text` wrote down."""
    population, member = (json.loads(line) for line in text.splitlines())
    return from_plain(PopulationConfig, population, path="config"), from_plain(Member, member, path="member")


def open_results(folder: Path | str) -> Results:
    """The results of the run in `folder`. Raises as `Run.open` does, and `UsageError` for an unknown experiment."""
    run = Run.open(folder, write=False)
    entry = experiment(run.manifest.experiment)
    settings = run.manifest.config.get("options")
    if settings is None:
        raise UsageError(f"{folder} holds no experiment options: it was not written by `seedbed run`")
    return Results(Path(folder), entry.name, from_plain(entry.options, settings, path="options"))
