"""The scales of a run: each member's steps as tokens read, as FLOPs spent, and as the training loss it had reached.

Du et al. (2024), arXiv 2403.15796, ask whether abilities emerge at one loss, whatever the size; that takes onsets on
all of these scales, read off at the same tests.
"""

import polars as pl

from seedbed.config import unknown_name
from seedbed.experiments.results import Results

SCALES = ("step", "tokens", "flops", "loss")  # of a member as it trains
PARAMETERS = "parameters"  # over members of several sizes, at their ends


def check_scale(name: str) -> None:
    """Refuse a scale that runs do not have, with the nearest that they have."""
    known = (*SCALES, PARAMETERS)
    if name not in known:
        raise unknown_name("scale of a run", name, known)


def on_scales(results: Results, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the curves with their places on every scale (columns of `run_scales`); null where no loss was noted."""
    taken = [name for name in ("tokens", "flops", "loss", "lowest") if name in rows.columns]
    return rows.drop(taken).join(run_scales(results), on=["member", "step"], how="left", maintain_order="left")


def run_scales(results: Results) -> pl.DataFrame:
    """One row a member and step at which its loss was noted: member, step, tokens, flops, loss, lowest.

    tokens: target tokens of full batches.  flops: floating-point operations of training, forward and backward.  loss:
    the lowest mean training loss since the test before that was seen so far, nats per token over all tasks.  lowest:
    whether the loss was new there: where it was not, the place on that scale is one that was held before.
    """
    rates = pl.DataFrame(
        [
            (member, float(each.config.tokens_per_step), float(each.config.flops_per_step))
            for member, each in results.planned.items()
        ],
        schema={"member": pl.String, "tokens_per_step": pl.Float64, "flops_per_step": pl.Float64},
        orient="row",
    )
    rows = results.where(test="train", task="all").drop_nulls("loss").sort("member", "step")
    lowest = pl.col("loss").cum_min().over("member")
    return rows.join(rates, on="member", maintain_order="left").select(
        "member",
        "step",
        tokens=pl.col("step") * pl.col("tokens_per_step"),
        flops=pl.col("step") * pl.col("flops_per_step"),
        loss=lowest,
        lowest=(lowest < lowest.shift().over("member")).fill_null(True),
    )
