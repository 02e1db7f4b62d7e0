"""Tables in other shapes put into a row for each seed and evaluation: wide ones, and what loggers export.

A column a seed, a run or a task (--wide, or guessed where names such as seed_0 tell), Weights & Biases (`run - metric`,
with `__MIN` and `__MAX`), TensorBoard (Wall time, Step, Value), and every score at once (--all-scores).
"""

import re
from dataclasses import replace

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.store.score_roles import taken
from seedbed.store.score_rules import is_loss
from seedbed.store.score_source import Source, listed, picked_metric
from seedbed.store.score_table import METRIC, Columns

WIDE = ("seeds", "tasks", "runs")
SCALES = (
    *("step", "_step", "steps", "global_step", "iteration", "iterations", "iter", "iters", "checkpoint", "ckpt"),
    *("revision", "train_step", "training_step", "train/global_step", "trainer/global_step"),
)  # names, in lower case, that stand for `step` where there is no such column
NO_SCORES = re.compile(
    r"(.*[_/. ])?(step|steps|epoch|epochs|lr|learning_rate|grad_norm|time|timestamp|runtime|flos|flops|"
    r"tokens|index|items|n|seed|run|samples_per_second|steps_per_second|wall time|_timestamp|_runtime|stderr|std|se|"
    r"sem)|.*(_stderr|_std)(,.*)?",
    re.IGNORECASE,
)
_SEEDS = re.compile(r"(seed|run|trial|rep|replicate|replica|model|s|r)[ _.\-]?\d+", re.IGNORECASE)
_EXPORTED = re.compile(r"(?P<run>.+) - (?P<metric>.+?)(?P<end>__MIN|__MAX)?")


def long_form(source: Source) -> Source:
    """The same with a row for each seed and evaluation, by what its columns are called or --wide says."""
    columns = source.columns
    if columns.wide is not None and columns.wide not in WIDE:
        raise UsageError(f"--wide is {columns.wide!r}, expected {', '.join(WIDE)}")
    source = _with_scale(source)
    exported = _exported(source.frame)
    if exported:
        return _from_export(source, exported)
    if {"Wall time", "Step", "Value"} <= set(source.frame.columns) and columns.score == Columns.score:
        return Source(source.frame, replace(source.columns, score="Value"), source.notes).noted(
            "Step and Value as TensorBoard writes them; Wall time is left out"
        )
    if columns.all_scores:
        return _all_scores(source)
    if columns.wide is not None:
        return _melted(source, columns.wide, _others(source))
    seeds = [name for name in _others(source) if _SEEDS.fullmatch(name.strip())]
    if columns.score == Columns.score and columns.score not in source.frame.columns and len(seeds) > 1:
        return _melted(source, "seeds", seeds)
    return source


def _with_scale(source: Source) -> Source:
    """`Step` or another known name stands for `step` where there is none."""
    columns, names = source.columns, source.frame.columns
    if columns.scale != Columns.scale or columns.scale in names:
        return source
    known = [name for name in names if name.strip().lower() in SCALES]
    if len(known) != 1:
        return source
    return Source(source.frame, replace(columns, scale=known[0]), source.notes).noted(
        f"{known[0]} is used as the scale"
    )


def _others(source: Source) -> list[str]:
    """Columns without a role that may hold scores."""
    named = {*taken(source.columns), "file", "task" if not source.columns.by else "", "seed"}
    return [name for name in source.frame.columns if name.strip() and name not in named]


def _melted(source: Source, wide: str, names: list[str]) -> Source:
    frame, columns = source.frame, source.columns
    names = [name for name in names if not NO_SCORES.fullmatch(name)] if wide == "tasks" else names
    if not names:
        raise UsageError(f"--wide {wide}: every column of the table already has a role; omit --wide")
    role = "task" if wide == "tasks" else "seed"
    made = role if role not in frame.columns else f"column of {wide}"
    score = columns.score if columns.score not in frame.columns else "score of columns"
    if made in frame.columns or columns.scale not in frame.columns:
        known = ", ".join(frame.columns)
        raise UsageError(f"a wide table needs a column of the scale, and {columns.scale!r} is none of {known}: --scale")
    if any(frame[name].dtype == pl.String for name in names):
        frame = frame.with_columns(pl.col(names).cast(pl.String))
    index = [name for name in frame.columns if name not in names]
    frame = frame.unpivot(names, index=index, variable_name=made, value_name=score).filter(pl.col(score).is_not_null())
    by = (*columns.by, *(("task",) if not columns.by and "task" in index else ()))
    columns = (
        replace(columns, score=score, by=(*by, made))
        if role == "task"
        else replace(columns, score=score, group=made, by=by)
    )
    said = f"one column per {role}, {len(names)} of them ({listed(names)}); --wide changes this"
    return Source(frame, replace(columns, wide=None), source.notes).noted(said)


def _exported(frame: pl.DataFrame) -> dict[str, tuple[str, str]]:
    """Columns of an export of Weights & Biases: (run, metric) of each; empty where the table is none."""
    found = {name: _EXPORTED.fullmatch(name) for name in frame.columns}
    if sum(each is not None for each in found.values()) < max(1, len(frame.columns) - 2):
        return {}
    return {name: (each["run"], each["metric"]) for name, each in found.items() if each and not each["end"]}


def _from_export(source: Source, exported: dict[str, tuple[str, str]]) -> Source:
    frame, columns = source.frame, source.columns
    scale = columns.scale if columns.scale in frame.columns else frame.columns[0]
    if scale in exported:
        raise UsageError(
            f"expected a column of steps before the runs, but the table begins with {scale!r}: name the column "
            "with --scale"
        )
    index = [scale, *(["file"] if "file" in frame.columns else [])]
    parts = [
        frame.select(*index, run=pl.lit(run), **{METRIC: pl.lit(metric)}, score=pl.col(name).cast(pl.String)).filter(
            pl.col("score").is_not_null() & (pl.col("score") != "")
        )
        for name, (run, metric) in exported.items()
    ]
    left = len(frame.columns) - len(exported) - len(index)
    as_task = columns.wide == "tasks"
    columns = replace(
        columns,
        scale=scale,
        group=columns.group or (None if as_task else "run"),
        by=columns.by or (("run",) if as_task else ()),
        wide=None,
    )
    runs = len({run for run, _ in exported.values()})
    said = f"an export of Weights & Biases: {runs} runs, each a {'task' if as_task else 'seed'}; --wide changes this"
    said += f"; {left} columns of ranges (__MIN, __MAX) are left out" if left else ""
    return picked_metric(Source(pl.concat(parts), columns, source.notes).noted(said))


def _all_scores(source: Source) -> Source:
    """Every column of shares or losses a task; others are left out and named."""
    kept, out = [], []
    for name in _others(replace(source, columns=replace(source.columns, score=""))):
        (kept if _is_score(source.frame[name], name) else out).append(name)
    if not kept:
        raise UsageError(
            f"--all-scores: no column holds scores in [0, 1] or a loss; columns: {listed(source.frame.columns)}"
        )
    frame = source.frame
    if any(frame[name].dtype == pl.String for name in kept):
        frame = frame.with_columns(pl.col(kept).cast(pl.String))
    index = [name for name in frame.columns if name not in (*kept, METRIC, "score")]
    frame = frame.unpivot(kept, index=index, variable_name=METRIC, value_name="score").filter(
        pl.col("score").is_not_null()
    )
    columns = source.columns
    by = columns.by or (("task",) if "task" in index else ())
    said = [f"each of {len(kept)} columns as a score: {listed(kept)}"]
    said += [f"no scores, left out: {listed(out)}"] if out else []
    return Source(frame, replace(columns, score="score", by=(*by, METRIC)), source.notes).noted(*said)


def _is_score(given: pl.Series, name: str) -> bool:
    if NO_SCORES.fullmatch(name) or not (given.dtype.is_numeric() or given.dtype == pl.String):
        return False
    numbers = (
        given.str.strip_chars().str.strip_suffix("%").cast(pl.Float64, strict=False)
        if given.dtype == pl.String
        else given
    )
    numbers = numbers.drop_nulls()
    percent = given.dtype == pl.String and given.str.contains("%").any()
    return len(numbers) > 0 and (is_loss(name) or bool(numbers.is_between(0, 100 if percent else 1).all()))
