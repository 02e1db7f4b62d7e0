"""What the pages of the paper's own runs share: epochs, losses beside the published ones, and its test at two cuts."""

from collections.abc import Callable, Collection, Mapping

import numpy as np
import polars as pl

from seedbed.emergence import Estimate, clopper_pearson
from seedbed.experiments import parts
from seedbed.experiments.claims import Measured
from seedbed.experiments.measures import bands, mean_value
from seedbed.experiments.results import Results
from seedbed.reports import Figure
from seedbed.tasks import Mixture, WorldConfig, bayes_floor

WINDOW = 46  # tokens: 45 inputs, 45 targets


def with_epochs(frame: pl.DataFrame, steps: Mapping[str, int]) -> pl.DataFrame:
    """The same rows with the epoch that each step ends. steps: of an epoch, by condition."""
    return frame.with_columns(epoch=pl.col("step") // pl.col("condition").replace_strict(steps, return_dtype=pl.Int64))


def training_losses(results: Results, steps: Mapping[str, int]) -> pl.DataFrame:
    """A row a member and epoch, its loss the mean over the epoch while training, padding counted."""
    return with_epochs(results.where(test="train", task="all"), steps)


def losses_figure(
    losses: pl.DataFrame,
    mixtures: Mapping[str, Mixture],
    world: WorldConfig,
    published: pl.DataFrame,
    *,
    no_floor: Collection[str] = (),
) -> Figure:
    """Losses by epoch beside the published ones. losses: of `training_losses`.  mixtures: the conditions to show.
    published: condition, epoch, mean, label.  no_floor: conditions whose exact floor is not known."""
    means = bands(
        losses.filter(pl.col("condition").is_in(list(mixtures))), ["condition", "epoch"], "loss", bounded=False
    )
    chart = parts.bands_chart(
        means, x="epoch", color="condition", title_x="epoch", title_y="nats per token", reference=published
    )
    floors = ", ".join(
        f"{name} {bayes_floor(world, mixture, WINDOW):.3f}"
        for name, mixture in mixtures.items()
        if name not in no_floor
    )
    counts = ", ".join(
        f"{name} {count}"
        for name, count in means.group_by("condition", maintain_order=True).agg(pl.col("n").max()).iter_rows()
    )
    caption = (
        f"Training loss as the mean over each epoch; seeds: {counts}. Dashed: the losses recorded in the paper's "
        "notebook."
    )
    if floors:
        caption += f" Exact Bayes floors: {floors}."
    return Figure("losses", "Loss by epoch", chart, caption, means)


def loss_beside(losses: pl.DataFrame, epoch: int, published: float) -> Measured | None:
    """One condition's loss at an epoch over the published one; None where no member got there."""
    values = losses.filter(pl.col("epoch") == epoch)["loss"].to_numpy()
    found = mean_value(values / published)
    return Measured(found, f"Ours: {values.mean():.4f}.") if found else None


def first_epoch(rows: pl.DataFrame, metric: str, test: Callable[[pl.Expr], pl.Expr]) -> list[float]:
    """The first epoch at which each member passes the test; members that never do are left out."""
    passed = rows.filter(test(pl.col(metric)))
    return passed.group_by("member").agg(pl.col("epoch").min())["epoch"].cast(pl.Float64).to_list()


def effect_of_cut(results: Results, condition: str, task: str) -> Measured | None:
    """The paper's own test at the end: words in place with prompts cut to 44 tokens less those cut to 45."""
    final = results.where(test="paper", task=task, condition=condition).filter(pl.col("n") == pl.col("n").max())
    scores = {cut: final.filter(pl.col("cut") == cut)["word_score"].to_numpy() for cut in (44, 45)}
    if not all(len(score) for score in scores.values()):
        return None
    difference = scores[44] - scores[45]
    items = int(final["n"].max())  # type: ignore[arg-type]
    if len(difference) > 1:
        found = mean_value(np.asarray(difference))
        assert found is not None
        return Measured(found)
    # One seed: the sentences are the units. Each cut's own interval at 97.5% bounds the difference at 95%.
    ends = {cut: clopper_pearson(round(float(score[0]) * items), items, 0.975) for cut, score in scores.items()}
    low, high = ends[44].low - ends[45].high, ends[44].high - ends[45].low
    found = Estimate(float(difference[0]), low, high, items, "Clopper-Pearson of each cut, Bonferroni")
    return Measured(found, "One seed; n counts sentences.")
