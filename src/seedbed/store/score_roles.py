"""Which column of a score table is what: one role a column, and roles that need each other."""

from typing import TYPE_CHECKING

import polars as pl

from seedbed.config.errors import UsageError

if TYPE_CHECKING:
    from seedbed.store.score_table import Columns

ROLES = (
    "scale", "score", "group", "by", "chance", "items", "length", "log_likelihood", "answer_probability",
    "partial", "partial_falling", "answer", "reference",
)  # fmt: skip


def check_roles(columns: "Columns") -> None:
    """Raises UsageError for a column in two roles, and for a length without a log-likelihood or the reverse."""
    known: dict[str, str] = {}
    for role, name in _named(columns):
        option = "--" + role.replace("_", "-")
        if name in known:
            raise UsageError(
                f"column {name!r} is named by {known[name]} and by {option}, but a column has only one role: omit "
                "one of them"
                if known[name] != option
                else f"column {name!r} is named twice by {option}: name it once"
            )
        known[name] = option
    if (columns.length is None) != (columns.log_likelihood is None):
        given, lacking = ("length", "log-likelihood") if columns.length is not None else ("log-likelihood", "length")
        raise UsageError(
            f"--{given} needs --{lacking}, because exact match is predicted from both: name the other too, or omit it"
        )


def free(name: str, frame: pl.DataFrame, columns: "Columns") -> bool:
    """Whether the table has this column, and no role takes it, so that it may stand in for one that was not named."""
    return name in frame.columns and all(name != taken for _, taken in _named(columns))


def check_none_for_a_run(columns: "Columns", plain: "Columns") -> None:
    """Raises UsageError for any option that differs from `plain`: a run brings its own columns, and takes no others."""
    given = [
        "--" + role.replace("_", "-")
        for role in (*ROLES[1:], "percent", "falling", "decimal", "duplicates", "lower_is_better", "wide", "all_scores")
        if getattr(columns, role) != getattr(plain, role)
    ]
    if given:
        raise UsageError(
            f"a run has its own scores, seeds and items, and only --scale can be chosen: omit {', '.join(given)}"
        )


def taken(columns: "Columns") -> list[str]:
    """The columns that have a role."""
    return [name for _, name in _named(columns)]


def _named(columns: "Columns") -> list[tuple[str, str]]:
    """(role, column) for each column that is named; a number, such as --chance 0.25, names none."""
    found = []
    for role in ROLES:
        given = getattr(columns, role)
        if role == "score" and columns.answer is not None and given == "score":
            continue  # exact match takes its place where there is no such column
        if role == "items" and given == "rows":
            continue  # no column: a row is one item
        found += [(role, each) for each in (given if isinstance(given, tuple) else (given,)) if isinstance(each, str)]
    return found
