"""A run's scores in the form in which any table of scores is judged: one curve a member, apart by condition and task.

So a run's own report, `seedbed audit` and `seedbed plan` see the same numbers as they would in anyone's table.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from seedbed.config import UsageError
from seedbed.data import TextConfig
from seedbed.data.text_config import TEXT_TASK
from seedbed.experiments.results import Results
from seedbed.experiments.run_scales import PARAMETERS, check_scale, on_scales
from seedbed.store.members import MEMBER_SCHEMA
from seedbed.store.score_table import Columns, ScoreTable, tidy_scores
from seedbed.tasks import RecallConfig, Vocabulary, WorldConfig

OWN_COLUMNS = {"seed", "control", "repeat"}  # labels that tell members apart, not what is asked of them
PARTIAL, PARTIAL_FALLING = ("word_score", "edit_score"), ("brier",)  # credit below exact match in the curves


def run_scores(
    results: Results, conditions: Sequence[str] = (), tasks: Sequence[str] = (), *, scale: str = "step"
) -> ScoreTable:
    """Exact match on unseen sentences, none of their words shown, of every member (of these conditions and tasks) as it
    trained.

    The unit judged apart is a condition (with its labels, such as hints, where they vary) and a task. Chance is 0: no
    answer is right by guessing more often than once in the number of sentences; in a world of recall it is one over
    the number of values. Of text the score is the share of held-out tokens that the member finds most likely. The scale
    is one of `SCALES`; on that of the loss a test stands where the loss had come to, and tests without a new lowest
    loss are left out. On that of parameters per curve is made of the final tests of members of one seed, smaller to
    larger, and the unit is a task. Raises UsageError for another scale, and for a run without such scores yet.
    """
    check_scale(scale)
    if scale == PARAMETERS:
        return _scores_by_size(results, conditions, tasks)
    rows = named_panel(results, conditions, tasks)
    warnings = []
    if scale != "step":
        rows = on_scales(results, rows)
    if scale == "loss":
        kept = rows.filter("lowest")
        if kept.height < rows.height:
            warnings = [
                (
                    f"{rows.height - kept.height} of {rows.height} evaluations did not reach a new lowest loss and are "
                    "left out"
                )
            ]
        rows = kept
    partial = [name for name in (*PARTIAL, *PARTIAL_FALLING) if not rows[name].null_count()]
    table = rows.select(
        scale,
        *partial,
        pl.col("exact").alias("score"),
        pl.col("member").alias("seed"),
        pl.col("unit").alias("task"),
        pl.col("n").alias("items"),
        "answer_probability",
        # the mean nats per token of the right answer; a probability rounded to 1 may leave a positive zero
        pl.col("log_likelihood").clip(upper_bound=0.0),
    )
    length = _answer_tokens(results)
    columns = Columns(
        scale,
        chance=_chance(results),
        items="items",
        length=length,
        log_likelihood=None if length is None else "log_likelihood",  # one says nothing without the other
        answer_probability=None if rows["answer_probability"].null_count() else "answer_probability",
        partial=tuple(name for name in PARTIAL if name in partial),
        partial_falling=tuple(name for name in PARTIAL_FALLING if name in partial),
    )
    tidy = tidy_scores(table, columns)
    name = "tokens guessed" if _is_text(results) else "exact match"
    return replace(tidy, score_name=name, warnings=(*warnings, *tidy.warnings))


def _scores_by_size(results: Results, conditions: Sequence[str], tasks: Sequence[str]) -> ScoreTable:
    """Final scores of members of several sizes: a curve a seed."""
    rows = results.final(**results.headline).drop_nulls("exact").filter(pl.col("task") != TEXT_TASK)
    rows = _of_these(rows, conditions, tasks)
    if rows.is_empty():
        raise UsageError(
            f"{results.folder}: no member has had its final evaluation; continue with seedbed resume {results.folder}"
        )
    probability = rows["answer_probability"].null_count() == 0
    table = rows.sort("task", "init_seed", PARAMETERS).select(
        PARAMETERS,
        pl.col("exact").alias("score"),
        pl.col("init_seed").cast(pl.String).alias("seed"),
        "task",
        pl.col("n").alias("items"),
        *(["answer_probability"] if probability else []),
    )
    columns = Columns(
        PARAMETERS,
        chance=1 / 2 if _is_text(results) else _chance(results),  # a probe of text has two options
        items="items",
        answer_probability="answer_probability" if probability else None,
    )
    tidy = tidy_scores(table, columns)
    return replace(tidy, score_name="questions answered" if _is_text(results) else "exact match")


def named_panel(results: Results, conditions: Sequence[str] = (), tasks: Sequence[str] = ()) -> pl.DataFrame:
    """The rows of `run_scores` as the curves have them, with `named`, the condition with its labels, and `unit`.

    Raises UsageError where there are none.
    """
    rows = _of_these(results.where(test="panel", **results.headline).drop_nulls("exact"), conditions, tasks)
    if rows.is_empty():
        raise UsageError(
            f"{results.folder}: no member has been evaluated yet; continue with seedbed resume {results.folder}"
        )
    named = pl.DataFrame(list(condition_names(results).items()), schema=["member", "named"], orient="row")
    rows = rows.join(named, on="member", maintain_order="left")
    return rows.with_columns(unit=pl.concat_str("named", "task", separator=", "))


def _of_these(rows: pl.DataFrame, conditions: Sequence[str], tasks: Sequence[str]) -> pl.DataFrame:
    """Those of the conditions and of the tasks that are named; all, where none is."""
    for column, names in (("condition", conditions), ("task", tasks)):
        if names:
            rows = rows.filter(pl.col(column).is_in(names))
    return rows


def condition_names(results: Results) -> dict[str, str]:
    """Each member's condition, with the labels that vary over the run, such as `alone, hints 8`."""
    members = results.members
    # A label that is the same in all members of a condition says what the condition's name says.
    varying = members.group_by("condition").agg(pl.col(_labels(results)).n_unique())
    names = [name for name in _labels(results) if varying[name].max() > 1]  # type: ignore[operator]
    parts = [pl.col("condition"), *(pl.format(f"{name} {{}}", pl.col(name)) for name in names)]
    return dict(members.select("member", pl.concat_str(parts, separator=", ", ignore_nulls=True)).iter_rows())


def _labels(results: Results) -> list[str]:
    """What an experiment notes of its members beyond the store's own columns."""
    return [name for name in results.members.columns if name not in MEMBER_SCHEMA and name not in OWN_COLUMNS]


def _answer_tokens(results: Results) -> int | None:
    """Tokens of an answer, where all members share one world and its answers one length."""
    world = getattr(results.options, "world", None)
    if isinstance(world, RecallConfig | TextConfig):
        return 1
    if not isinstance(world, WorldConfig) or world.tokens == "piece-learned":
        return None
    return world.length * Vocabulary(world).tokens_per_word


def _chance(results: Results) -> float:
    """How often a guess is right."""
    world = getattr(results.options, "world", None)
    return world.chance if isinstance(world, RecallConfig) else 0.0


def _is_text(results: Results) -> bool:
    return any(isinstance(each.config.world, TextConfig) for each in results.planned.values())
