"""How many test items are behind a score, where its error or the rows themselves tell.

The error of a share p of n items is sqrt(p (1 - p) / n); so n = p (1 - p) / error^2, whatever the share.
"""

import polars as pl

from seedbed.store.answers import mean_over_items

ROUNDED = 2.0  # times by which errors of a digit or two may differ in the items they tell


def items_of_errors(tidy: pl.DataFrame, warnings: list[str]) -> pl.DataFrame:
    """The table with `items` in place of `error`, the errors of its scores: one number a task, the median of its rows.

    One number, as written errors have a digit or two and say nothing at scores of 0 and 1. Where the rows of a task
    tell numbers that differ by more, a warning says that the errors may be over seeds.
    """
    p = pl.col("score")
    told = tidy.with_columns(
        told=pl.when((p > 0) & (p < 1) & (pl.col("error") > 0)).then(p * (1 - p) / pl.col("error") ** 2)
    )
    tasks = told.group_by("task", maintain_order=True).agg(
        pl.col("told").median().round().clip(1).alias("items"),
        pl.col("told").quantile(0.1).alias("low"),
        pl.col("told").quantile(0.9).alias("high"),
    )
    unknown = tasks.filter(pl.col("items").is_null() | ~pl.col("items").is_finite())["task"].to_list()
    if unknown:
        warnings.append(
            f"the errors of the scores of {unknown[0]} give no number of test items: noise is estimated from the curve"
        )
        return tidy.drop("error")
    for task, items, low, high in tasks.iter_rows():
        named = f"{task}: " if tasks.height > 1 else ""
        warnings.append(
            f"{named}the number of test items is computed from the errors of the scores, p (1 - p) / error^2: "
            f"{items:.0f}, the median over rows; --items sets another"
        )
        if high > ROUNDED * low:
            warnings.append(
                f"{named}the errors give {low:.0f} to {high:.0f} test items: they are rounded or are not errors over "
                "items (errors over seeds say nothing about items); use --items"
            )
    return told.drop("error", "told").join(tasks.select("task", "items"), on="task", how="left", maintain_order="left")


def rows_are_items(tidy: pl.DataFrame, *, asked: bool, truth: bool) -> bool:
    """Whether a row is one test item: where that was asked for, or scores are true and false and places come again."""
    return asked or (truth and tidy.select("task", "group", "scale").is_duplicated().any())


def scores_of_items(tidy: pl.DataFrame, warnings: list[str]) -> pl.DataFrame:
    """Means over the items of a place, which are counted as `items`."""
    found = mean_over_items(tidy)
    least, most = found["items"].min(), found["items"].max()
    counted = f"{least:g}" if least == most else f"{least:g} to {most:g}"
    warnings.append(f"each row is one test item: scores are means over the {counted} rows at each point of the scale")
    return found
