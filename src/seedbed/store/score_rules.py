"""The rules for the rows of a score table: what is refused, with the row that shows it, and what is mended or noted.

docs/statistics.md lists them, each with its test.
"""

import re
from typing import TYPE_CHECKING

import polars as pl

from seedbed.config.errors import UsageError

if TYPE_CHECKING:
    from seedbed.store.score_table import Columns

KEYS = ("task", "group", "scale")  # of which every row has its own
PERCENT_ABOVE = 1.0  # percentages of which none is above this would be taken for fractions by most readers
WORSE = 0.05  # by how much scores of the better half of a scale must be lower for a warning
FALLING_NAMES = ("loss", "perplexity", "ppl", "nll", "bits_per", "bpb", "bpc", "nats", "entropy")
LOSS_WORDS = frozenset(
    (
        *("loss", "nll", "ppl", "perplexity", "bpb", "bpc", "ce", "xent", "entropy", "crossentropy", "brier"),
        *("error", "err", "wer", "cer", "mse", "mae", "rmse"),
    )
)  # in the name of a score
GROWING_WORDS = frozenset(
    (
        *("step", "steps", "iter", "iters", "iteration", "iterations", "epoch", "epochs", "update", "updates"),
        *("token", "tokens", "params", "parameters", "size", "flops", "flop", "compute", "examples", "samples", "data"),
        *("width", "depth", "layers", "shots", "time", "hours"),
    )
)  # in the name of a scale
SEED_WORDS = frozenset(
    (
        *("seed", "seeds", "run", "runs", "group", "rep", "repeat", "replicate", "replication", "trial", "init"),
        *("name", "id"),
    )
)  # in the name of a column of groups: repetitions of one training
UNEVEN_ITEMS = 2.0  # times the fewest test items of a task, from which on it is said that only the fewest count


def partial_column(name: str) -> str:
    """Where a partial score stands among the rows: its own name may be that of another column."""
    return f"partial {name}"


def without_gaps(tidy: pl.DataFrame, warnings: list[str]) -> pl.DataFrame:
    """Rows that have both a score and a scale."""
    for name in ("score", "scale"):
        gone = tidy[name].is_null() | tidy[name].is_nan()
        if gone.any():
            warnings.append(f"{gone.sum()} of {tidy.height} rows have no {name} and are left out")
            tidy = tidy.filter(~gone)
    if tidy.height == 0:
        raise UsageError("no row has both a scale and a score")
    return tidy


def check_ranges(
    tidy: pl.DataFrame, columns: "Columns", partial: dict[str, bool], lower: frozenset[str] = frozenset()
) -> None:
    """Raises UsageError for a value that cannot be, with its row. lower: tasks whose score is a loss, of any size."""

    def refuse(name: str, wrong: pl.Series, expected: str) -> None:
        if wrong.any():
            first = tidy.filter(wrong)
            value = first[name][0]
            raise UsageError(
                f"{name} is {'missing' if value is None else f'{value:.12g}'} in row {first['row'][0]} "
                f"({first.height} such rows of {tidy.height}), expected {expected}"
            )

    score, scale = tidy["score"], tidy["scale"]
    is_lower = tidy["task"].cast(pl.String).is_in(list(lower))
    refuse("score", is_lower & score.is_infinite(), "a finite loss")
    outside = ~score.is_between(0.0, 1.0) & ~is_lower
    greatest = score.filter(~is_lower).max() or 0.0
    assert isinstance(greatest, float)
    hint = "; if these are percentages, use --percent" if 1 < greatest <= 100 and not columns.percent else ""
    refuse("score", outside, f"a score in [0, 1]{hint}")
    if columns.percent and 0 < greatest <= PERCENT_ABOVE / 100:
        raise UsageError(
            f"--percent divides scores by 100, but the greatest is {100 * greatest:g}: omit it if scores are "
            "fractions; if they are percentages and none is above 1, divide them beforehand"
        )
    refuse("scale", (scale < 0) | scale.is_infinite(), "a finite scale of 0 or more")
    if "chance" in tidy.columns:
        chance = tidy["chance"]
        refuse(
            "chance",
            (~chance.is_between(0.0, 1.0, closed="left")).fill_null(True),
            ("a score of at least 0 and below 1"),
        )
        levels = tidy.group_by("task", maintain_order=True).agg(pl.col("chance").n_unique())
        if (levels["chance"] > 1).any():
            task = levels.filter(pl.col("chance") > 1)["task"][0]
            raise UsageError(
                f"chance differs within task {task!r}: expected one level per task; name more columns with --by"
            )
    for name in ("items", "length"):
        if name in tidy.columns:
            known = tidy[name].fill_nan(None)
            refuse(name, (~(known >= 1) | known.is_infinite()).fill_null(True), "a finite number, 1 or more")
    if "log_likelihood" in tidy.columns:
        known = tidy["log_likelihood"].fill_nan(None)  # a gap is noted, not refused
        wrong = (known > 0) | known.is_infinite()
        refuse("log_likelihood", wrong.fill_null(False), "finite nats of 0 or below (log of a probability)")
    if "answer_probability" in tidy.columns:
        wrong = ~tidy["answer_probability"].fill_nan(None).is_between(0.0, 1.0)
        refuse("answer_probability", wrong.fill_null(False), "a probability in [0, 1]")
    for name in map(partial_column, partial):
        refuse(name, tidy[name].is_infinite().fill_null(False), "a finite score")


def in_order(tidy: pl.DataFrame, warnings: list[str]) -> pl.DataFrame:
    """Rows by task, group and scale."""
    steps = tidy.select(pl.col("scale").diff().over("task", "group")).to_series().drop_nulls()
    if (steps < 0).any() and (steps > 0).any():
        warnings.append("rows were not in the order of their scale and have been sorted")
    return tidy.sort("task", "group", "scale", maintain_order=True)


def once_each(tidy: pl.DataFrame, columns: "Columns", warnings: list[str], *, falling: bool) -> pl.DataFrame:
    """One row for each (task, group, scale) of a sorted table.

    A falling scale, such as a loss, comes by one place again and again: these evaluations are averaged, and the items
    are the least, as tests of one panel are no new items.
    """
    again = pl.all_horizontal(pl.col(key) == pl.col(key).shift() for key in KEYS).fill_null(False)
    tidy = tidy.with_columns(again=again)
    twice = tidy.filter(pl.col("again") | pl.col("again").shift(-1, fill_value=False)).drop("again")
    tidy = tidy.drop("again")
    if twice.height == 0:
        return tidy
    values = [name for name in tidy.columns if name not in (*KEYS, "row")]
    if falling and columns.duplicates == "refuse":
        warnings.append(
            f"{twice.height} rows have the same {columns.scale} as another row of their seed and are averaged with "
            "it: if tasks or seeds are mixed here, separate them with --by and --group"
        )
        return _means(tidy, values)
    alike = twice.group_by(KEYS, maintain_order=True).agg(
        pl.col(values).fill_nan(None).n_unique(), pl.col("row"), pl.len().alias("times")
    )
    if columns.duplicates != "refuse":
        return _one_of_many(tidy, values, columns, warnings)
    differing = alike.filter(pl.any_horizontal(pl.col(values) > 1))
    if differing.height:
        first = differing.row(0, named=True)
        rows = ", ".join(map(str, first["row"][:3]))
        what = ", ".join(name.removeprefix(partial_column("")) for name in values if first[name] > 1)
        raise UsageError(
            f"{first['times']} rows that differ in {what} for task {first['task']!r}, {columns.group or 'group'} "
            f"{first['group']!r}, {columns.scale} {first['scale']:g} (rows {rows}): name the column that "
            "distinguishes them with --by, or the seeds with --group; or use --duplicates mean, or last"
        )
    kept = tidy.unique(subset=KEYS, keep="first", maintain_order=True)
    warnings.append(f"{tidy.height - kept.height} rows occur twice and are counted once")
    return kept


def _means(tidy: pl.DataFrame, values: list[str]) -> pl.DataFrame:
    """Means of the rows of a place, of the least items: tests of one panel are no new items."""
    means = [name for name in values if name != "items"]
    least = [pl.col("items").min()] if "items" in values else []
    return tidy.group_by(KEYS, maintain_order=True).agg(
        pl.col("row").first(), pl.col(means).fill_null(float("nan")).mean(), *least
    )


def _one_of_many(tidy: pl.DataFrame, values: list[str], columns: "Columns", warnings: list[str]) -> pl.DataFrame:
    """The mean or the last of the rows of a place, as was asked for by --duplicates."""
    mean = columns.duplicates == "mean"
    kept = (
        _means(tidy, values) if mean else tidy.sort(*KEYS, "row").unique(subset=KEYS, keep="last", maintain_order=True)
    )
    places = tidy.filter(tidy.select(KEYS).is_duplicated()).select(KEYS).n_unique()
    warnings.append(
        f"{tidy.height - kept.height} rows have the same point of the scale as another row, at {places} points: "
        + ("their mean is taken" if mean else "the last row of each is taken")
    )
    return kept


def note_thin_data(tidy: pl.DataFrame, warnings: list[str]) -> None:
    """Warns of one seed, curves of a point or two, scores that are all one, and items of which only the least count."""
    curves = tidy.group_by("task", "group", maintain_order=True).agg(
        pl.len().alias("points"), pl.col("score").min().alias("least"), pl.col("score").max().alias("most")
    )
    tasks = curves.group_by("task", maintain_order=True).agg(
        pl.len().alias("seeds"), pl.col("points").min(), pl.col("least").min(), pl.col("most").max()
    )
    for task, seeds, points, least, most in tasks.iter_rows():
        named = f"{task}: " if tasks.height > 1 else ""
        if seeds == 1:
            warnings.append(f"{named}one seed: the result says nothing about other seeds")
        if points <= 2:
            warnings.append(
                f"{named}some curve has only {points} point{'s' if points > 1 else ''}, so its shape cannot be judged"
            )
        if seeds * points > 1 and least == most:
            warnings.append(f"{named}all scores are {least:g}")
    if "items" in tidy.columns:
        counts = tidy.group_by("task", maintain_order=True).agg(
            pl.col("items").min().alias("fewest"), pl.col("items").max().alias("most")
        )
        for task, fewest, most in counts.filter(pl.col("most") >= UNEVEN_ITEMS * pl.col("fewest")).iter_rows():
            named = f"{task}: " if tasks.height > 1 else ""
            warnings.append(
                f"{named}the number of test items varies from {fewest:g} to {most:g}: all scores are judged as if "
                f"they had {fewest:g}"
            )


def note_gaps(tidy: pl.DataFrame, partial: dict[str, bool], warnings: list[str]) -> None:
    """Warns of likelihoods and partial scores that are left out of the tasks in which some are missing."""
    likelihoods = [name for name in ("log_likelihood", "answer_probability") if name in tidy.columns]
    for name, column in [
        *zip(likelihoods, likelihoods, strict=True),
        *((name, partial_column(name)) for name in partial),
    ]:
        gone = tidy[column].is_null() | tidy[column].is_nan()
        if gone.any():
            tasks = tidy.filter(gone)["task"].unique(maintain_order=True).to_list()
            warnings.append(
                f"{name} is missing in {gone.sum()} rows and is left out of the audit of {', '.join(tasks)}"
            )


def falls(name: str) -> bool:
    """Whether a scale of this name falls as models get better."""
    return any(part in name.lower() for part in FALLING_NAMES) or name.lower() in ("ce", "xent")


def grows(name: str) -> bool:
    """Whether a scale of this name grows with training or with size, whatever scores do along it."""
    return not GROWING_WORDS.isdisjoint(re.split(r"[^a-z]+", name.lower()))


def unit_name(group: str | None) -> str:
    """What a curve is one of: a seed, or, by the name of the column of groups, a model or some such.

    >>> unit_name("model_size"), unit_name("run"), unit_name(None)
    ('model size', 'seed', 'seed')
    """
    words = re.split(r"[^a-z]+", (group or "seed").lower())
    return "seed" if not SEED_WORDS.isdisjoint(words) or not all(words) else " ".join(words)


def is_loss(name: str) -> bool:
    """Whether a score of this name is a loss, a perplexity or an error, of which less is better."""
    words = re.split(r"[^a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return any(word.endswith("loss") or word in LOSS_WORDS for word in words) or "bits_per" in name.lower()


def note_direction(tidy: pl.DataFrame, scale: str, falling: bool, warnings: list[str]) -> None:
    """A scale's direction is taken from its name; scores that get worse along it are said.

    Worse: in more than half of the tasks the mean score of the better half of the scale is lower by `WORSE` or more.
    """
    better = pl.col("scale") > pl.col("scale").median().over("task")
    halves = tidy.group_by("task").agg(
        (pl.col("score").filter(better).mean() - pl.col("score").filter(~better).mean()).alias("gain")
    )
    gains = (-halves["gain"] if falling else halves["gain"]).drop_nulls()
    if len(gains) and 2 * (gains <= -WORSE).sum() > len(gains):
        if falling:
            warnings.append(
                f"scores rise with {scale}, although by its name this scale falls as models get better: use "
                "--falling no"
            )
        elif not grows(scale):
            warnings.append(f"scores fall as {scale} grows: if the scale falls as models get better, use --falling yes")
