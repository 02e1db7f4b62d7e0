"""What a reader makes of a file or folder: a table, the roles of its columns, and what was decided on the way."""

from dataclasses import dataclass, replace

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.store.score_rules import is_loss
from seedbed.store.score_table import METRIC, Columns

USUAL = ("acc", "exact_match", "accuracy", "eval_accuracy")  # taken where several scores fit and none was named
LISTED = 12  # names in a message


@dataclass(frozen=True)
class Source:
    """A table to be judged. notes: what was decided that nobody named, each a line for people to check."""

    frame: pl.DataFrame
    columns: Columns
    notes: tuple[str, ...] = ()

    def noted(self, *notes: str) -> "Source":
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def listed(names: list[str]) -> str:
    """Names in a message, the first of many."""
    more = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {more} more" if more > 0 else "")


def picked_metric(source: Source) -> Source:
    """Of a table with a row for each `metric` and `score`: the metric asked for by --score, or all by --all-scores.

    Where none was named it is the only one, the only one in [0, 1] that is no loss, or of these a usual one, such as
    acc. Raises UsageError with the names.
    """
    frame, columns = source.frame, source.columns
    frame = frame.filter(pl.col("score").is_not_null())
    names = frame[METRIC].unique(maintain_order=True).to_list()
    if not names:
        raise UsageError("no score was found: expected a number for each step of the log")
    if columns.all_scores:
        return Source(frame, replace(columns, by=(*columns.by, METRIC)), source.notes).noted(
            f"each of {len(names)} scores as a task: {listed(names)}"
        )
    if columns.score != Columns.score:
        if columns.score not in names:
            raise unknown_name("score", columns.score, names)
        chosen = columns.score
    else:
        chosen = _only_one(frame, names)
        source = (
            source.noted(f"{chosen} is used as the score; the scores are {listed(names)}") if len(names) > 1 else source
        )
    if chosen in frame.columns and chosen != "score":
        frame = frame.drop(chosen)
    frame = frame.filter(pl.col(METRIC) == chosen).drop(METRIC).rename({"score": chosen})
    return Source(frame, replace(columns, score=chosen), source.notes)


def _only_one(frame: pl.DataFrame, names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    ranges = frame.group_by(METRIC).agg(
        pl.col("score").cast(pl.Float64, strict=False).is_between(0, 1).all().alias("is_share")
    )
    shares = set(ranges.filter("is_share")[METRIC])
    fitting = [name for name in names if name in shares and not is_loss(name)]
    if len(fitting) == 1:
        return fitting[0]
    if usual := next((name for name in USUAL if name in fitting), None):
        return usual
    raise UsageError(f"the log has {len(names)} scores: name one with --score, or use --all-scores: {listed(names)}")
