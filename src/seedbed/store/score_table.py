"""A table of scores that anyone brings: checked against stated rules, and put into one tidy form.

What cannot be meant is refused with the row that shows it; what can be meant in one way only is mended, and a warning
says so, which every verdict repeats. docs/statistics.md lists the rules.
"""

from dataclasses import dataclass, field

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.emergence.baselines import score_of_majority
from seedbed.store.answers import Graded, graded_answers, mean_over_items
from seedbed.store.score_items import items_of_errors, rows_are_items, scores_of_items
from seedbed.store.score_reading import Reading
from seedbed.store.score_roles import check_roles, free
from seedbed.store.score_rules import (
    check_ranges,
    falls,
    in_order,
    is_loss,
    note_direction,
    note_gaps,
    note_thin_data,
    once_each,
    partial_column,
    unit_name,
    without_gaps,
)

ROWS = "rows"  # of --items: a row is one test item
METRIC = "metric"  # a column of names of scores, as logs in rows have them
DUPLICATES = ("refuse", "mean", "last")
EXACT_BELOW = 2.0**53  # whole numbers that a float can tell apart
NOTED_MAJORITY = 0.05  # score of one answer to everything from which on it is said


@dataclass(frozen=True)
class Columns:
    """Which column holds what.

    scale: what grows, such as steps, tokens, FLOPs or parameters, or a loss, which falls.  score: in [0, 1].  group:
    one curve each, such as seeds; None takes `seed` where there is such a column.  by: tasks or conditions, judged
    apart; empty takes `task` where there is such a column.  chance: the score of guessing, a number or a column. items:
    test items behind a score, a number, a column, or `rows` where a row is one item.  length: tokens of an
    answer, a number or a column.  log_likelihood:
    column with the mean nats per token of the right answer, 0 or below.  answer_probability: column with the mean
    probability of the whole right answer, in [0, 1].  partial: columns of further scores of the same answers, such as
    words in place, of which more is better.  partial_falling: the same of which less is better, such as a Brier
    score.  percent: scores are percentages.  falling: whether the scale falls as models get better; by default its name
    decides.  answer, reference: columns of text, what was answered and what is right, both or neither; a row is then
    one test item.  decimal: `point` or `comma`, where the columns do not tell.  duplicates: what becomes of rows that
    differ for one task, group and scale, `refuse`, `mean` or `last`.  lower_is_better: whether the score is a loss or
    an error; by default its name decides.  wide: what columns of a wide table are, `seeds`, `tasks` or `runs`.
    all_scores: judge every column of scores.
    """

    scale: str = "step"
    score: str = "score"
    group: str | None = None
    by: tuple[str, ...] = ()
    chance: str | float | None = None
    items: str | int | None = None
    length: str | int | None = None
    log_likelihood: str | None = None
    answer_probability: str | None = None
    partial: tuple[str, ...] = ()
    partial_falling: tuple[str, ...] = ()
    percent: bool = False
    falling: bool | None = None
    answer: str | None = None
    reference: str | None = None
    decimal: str | None = None
    duplicates: str = "refuse"
    lower_is_better: bool | None = None
    wide: str | None = None
    all_scores: bool = False


@dataclass(frozen=True)
class ScoreTable:
    """Rows in one form: `task` and `group` as names, `scale`, `score`, and where known `chance`, `items`, `length`,
    `log_likelihood`, `answer_probability` and partial scores as numbers; sorted by task, group and scale, every (task,
    group, scale) once.

    falling: whether a smaller scale is a better model.  warnings: what was mended or assumed.  partial: names of
    partial scores, each a column `partial_column(name)`, and whether less of it is better.  read: what was read as
    what, a line a column.  lower_is_better: tasks whose scores are losses, perplexities or errors, in their own units.
    unit: what a curve is one of, `seed` or, where groups are something else, such as `model`, that.
    """

    rows: pl.DataFrame
    falling: bool
    scale_name: str
    score_name: str
    warnings: tuple[str, ...] = ()
    partial: dict[str, bool] = field(default_factory=dict)
    read: tuple[str, ...] = ()
    lower_is_better: frozenset[str] = frozenset()
    unit: str = "seed"

    @property
    def tasks(self) -> list[str]:
        """Everything that is judged apart, in the table's order."""
        return self.rows["task"].unique(maintain_order=True).to_list()


def tidy_scores(frame: pl.DataFrame, columns: Columns) -> ScoreTable:
    """The table in one form.

    Refused: a column that is not there or has two roles, a length without a log-likelihood or the other way round,
    percentages of which none is above 1, a value that is no number, a score that is infinite or outside [0, 1], a scale
    that is negative or infinite (0 is refused where it falls), a chance outside [0, 1), items or lengths below 1, any
    of the last three missing, a log-likelihood or partial score that is infinite, two rows of one (task, group, scale)
    that differ (where the scale falls, as a loss does, they are averaged with a warning), nothing left. Mended with a
    warning: rows without score or scale are left out, those without a task or group taken as `none`, equal rows counted
    once, unsorted rows sorted, a partial score with gaps left out of its task. Assumed with a warning: chance 0, items
    unknown, one group.

    With answers a row is one test item: scores are means over the rows of a (task, group, scale), `items` their number,
    and the partial scores are those of `graded_answers`; without a column of scores the score is exact match.
    """
    warnings: list[str] = []
    if frame.height == 0:
        raise UsageError(f"the table has no rows; its columns are {', '.join(frame.columns) or 'none'}")
    check_roles(columns)
    if columns.duplicates not in DUPLICATES:
        raise UsageError(f"--duplicates is {columns.duplicates!r}, expected {', '.join(DUPLICATES)}")
    graded = _graded(frame, columns, warnings)
    reading = Reading(frame, columns.decimal)
    by_answers = graded is not None and columns.score == Columns.score and columns.score not in frame.columns
    group = columns.group if columns.group is not None else ("seed" if free("seed", frame, columns) else None)
    by = columns.by or (("task",) if free("task", frame, columns) else ())
    if group is None:
        warnings.append("no column of seeds was named: all rows of a task are treated as one curve")
    for name in by:
        reading.note(name, "task")
    if group is not None:
        reading.note(group, unit_name(group))
    tidy = pl.DataFrame(
        {
            "row": pl.int_range(1, frame.height + 1, eager=True),
            "task": _named(_joined(frame, by, warnings), ordered=False) if by else _same("all", frame.height),
            "group": _named(_text(frame, group, warnings), ordered=True) if group else _same("1", frame.height),
            "scale": reading.numbers(columns.scale, "scale"),
            "score": graded.exact if graded is not None and by_answers else reading.score(columns),
        }
    )
    by_rows = columns.items == ROWS and ROWS not in frame.columns
    if reading.error is not None and columns.items is None:
        tidy = tidy.with_columns(reading.error.alias("error"))
    for name in ("chance", "items", "length", "log_likelihood", "answer_probability"):
        given = None if name == "items" and by_rows else getattr(columns, name)
        if given is not None:
            numbers = reading.numbers(given, name) if isinstance(given, str) else pl.lit(float(given))
            tidy = tidy.with_columns(numbers.alias(name))
    partial = {**dict.fromkeys(columns.partial, False), **dict.fromkeys(columns.partial_falling, True)}
    tidy = tidy.with_columns(reading.numbers(name, "partial score").alias(partial_column(name)) for name in partial)
    if graded is not None:
        made = {name: score for name, score in graded.partial.items() if name not in partial}
        tidy = tidy.with_columns(score.alias(partial_column(name)) for name, score in made.items())
        partial |= dict.fromkeys(made, False)
    tidy = without_gaps(tidy, warnings)
    lower = _lower_is_better(tidy, columns, by)
    has_scores = len(lower) < tidy["task"].n_unique()
    if columns.chance is None and has_scores:
        warnings.append("no chance level was given: 0 is assumed")
        if graded is not None and columns.reference is not None:
            _note_one_answer(frame, tidy, columns.reference, warnings)
    check_ranges(tidy, columns, partial, lower)
    as_items = graded is None and rows_are_items(tidy, asked=by_rows, truth=reading.truth)
    if reading.truth and not as_items:
        raise UsageError(
            f"column {columns.score!r} holds Boolean, expected numbers; if each row is one item, use --items {ROWS}"
        )
    if "error" in tidy.columns:
        tidy = items_of_errors(tidy, warnings)
    elif columns.items is None and graded is None and not as_items and has_scores:
        warnings.append("the number of test items is unknown: the noise of a score is estimated from the curve itself")
    falling = columns.falling if columns.falling is not None else falls(columns.scale)
    if falling and tidy["scale"].min() == 0:
        raise UsageError(f"{columns.scale!r} falls as models get better, so its axis is logarithmic and cannot show 0")
    if graded is not None:
        tidy = mean_over_items(_with_answer_probability(tidy))
    elif as_items:
        tidy = scores_of_items(tidy, warnings)
    tidy = once_each(in_order(tidy, warnings), columns, warnings, falling=falling)
    if columns.falling is None:
        note_direction(tidy.filter(~pl.col("task").cast(pl.String).is_in(lower)), columns.scale, falling, warnings)
    note_thin_data(tidy, warnings)
    note_gaps(tidy, partial, warnings)
    score_name = "exact match" if by_answers else columns.score
    read = tuple(map(str, reading.read))
    rows, unit = tidy.drop("row"), unit_name(group)
    return ScoreTable(rows, falling, columns.scale, score_name, tuple(warnings), partial, read, lower, unit)


def _lower_is_better(tidy: pl.DataFrame, columns: Columns, by: tuple[str, ...]) -> frozenset[str]:
    """Tasks of which less is better: by what was said, the score's name or, where tasks are metrics, theirs."""
    tasks = tidy["task"].unique(maintain_order=True).to_list()
    if columns.lower_is_better is not None or is_loss(columns.score):
        return frozenset(tasks if columns.lower_is_better is not False else ())
    return frozenset(task for task in tasks if METRIC in by and is_loss(task.split(", ")[by.index(METRIC)]))


def _graded(frame: pl.DataFrame, columns: Columns, warnings: list[str]) -> Graded | None:
    """Scores of the answers, where the table holds any."""
    if columns.answer is None and columns.reference is None:
        return None
    if columns.answer is None or columns.reference is None:
        lacking = "answer" if columns.answer is None else "reference"
        raise UsageError(
            f"columns of answers and of right answers are needed together: name the other column with --{lacking}"
        )
    if columns.items is not None:
        given = columns.items if isinstance(columns.items, str) else f"{columns.items:g}"
        raise UsageError(f"with answers each row is one test item, and items are counted: omit --items {given}")
    graded = graded_answers(frame, columns.answer, columns.reference)
    warnings.extend(graded.warnings)
    return graded


def _note_one_answer(frame: pl.DataFrame, tidy: pl.DataFrame, reference: str, warnings: list[str]) -> None:
    """What always giving the commonest right answer of a task would score, where that is much."""
    right = tidy.select("task").with_columns(answer=frame[reference].cast(pl.String).gather(tidy["row"] - 1))
    best = []
    for (task,), answers in right.group_by("task", maintain_order=True):
        answer = answers["answer"].value_counts(sort=True)["answer"][0]
        best.append((score_of_majority([answer], answers["answer"].to_list()), answer, task))
    score, answer, task = max(best)
    if score >= NOTED_MAJORITY:
        of = f" of {task}" if len(best) > 1 else ""
        warnings.append(
            f"answering {answer!r} to every question{of} would score {100 * score:.3g}%, above the chance of 0 that is "
            + (f"assumed: use --chance {score:.3g}, or the score of a blind guess" if score < 1 else "assumed")
        )


def _with_answer_probability(items: pl.DataFrame) -> pl.DataFrame:
    """Rows that are one test item each tell the probability of the whole answer: exp(length * nats per token)."""
    if "answer_probability" in items.columns or not {"length", "log_likelihood"} <= set(items.columns):
        return items
    return items.with_columns(answer_probability=(pl.col("length") * pl.col("log_likelihood")).exp())


def _joined(frame: pl.DataFrame, names: tuple[str, ...], warnings: list[str]) -> pl.Series:
    texts = [_text(frame, name, warnings) for name in names]
    return (
        texts[0] if len(texts) == 1 else pl.DataFrame(texts).select(pl.concat_str(pl.all(), separator=", ")).to_series()
    )


def _named(texts: pl.Series, *, ordered: bool) -> pl.Series:
    """Texts as names, which are compared and sorted as numbers: in their order, or in that of their appearance."""
    names = texts.unique().sort() if ordered else texts.unique(maintain_order=True)
    return texts.cast(pl.Enum(names))


def _same(name: str, rows: int) -> pl.Series:
    return pl.Series([name], dtype=pl.Enum([name])).extend_constant(name, rows - 1)


def _text(frame: pl.DataFrame, name: str, warnings: list[str]) -> pl.Series:
    """A column as names; numbers that are whole have no point, though a gap in the column made them floats: `16`."""
    if name not in frame.columns:
        raise unknown_name("column", name, frame.columns)
    given = frame[name]
    if given.dtype.is_float():
        given = given.fill_nan(None)
        if ((given == given.round()) & (given.abs() < EXACT_BELOW)).all():
            given = given.cast(pl.Int64)
    texts = given.cast(pl.String, strict=False).str.strip_chars().replace("", None)
    if texts.null_count():
        warnings.append(
            f"{texts.null_count()} of {frame.height} rows have no {name} and are treated as one group, called none"
        )
    return texts.fill_null("none")
