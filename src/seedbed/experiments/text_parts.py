"""Parts that the reports of text experiments share: bits per byte, curves, texts that members wrote, learning rates."""

from collections.abc import Sequence

import polars as pl

from seedbed.data import TextConfig
from seedbed.emergence import Estimate, format_estimate
from seedbed.experiments.grown import tokenizer_of
from seedbed.experiments.measures import bands, mean_value
from seedbed.experiments.parts import bands_chart
from seedbed.experiments.results import Results
from seedbed.experiments.runner import samples_of
from seedbed.reports import Answer, Example, Figure, Table

WRITTEN = 110  # letters of a text on the first page
SHOWN_STEPS = 4  # of a member whose texts are shown side by side
TEXT = "text"


def final_bits(results: Results, condition: str) -> Estimate | None:
    """Mean over seeds of the bits per byte of all held-out documents that are tested; None without a member."""
    return mean_value(bits_of(results, condition)["bits_per_byte"].to_numpy())


def bits_of(results: Results, condition: str) -> pl.DataFrame:
    """A row a finished member of the condition: init_seed, bits_per_byte, loss (nats per token), core_seconds."""
    rows = results.final(condition=condition, task=TEXT, split="unseen").drop_nulls("bits_per_byte")
    return rows.select("member", "init_seed", "bits_per_byte", "loss", "core_seconds", "n").sort("init_seed")


def shown(estimate: Estimate | None, *, percent: bool = False) -> str | None:
    """An estimate in a table; a dash where there is none."""
    return None if estimate is None else format_estimate(estimate, percent=percent)


def bits_figure(results: Results, conditions: Sequence[str], *, id: str = "bits") -> Figure | None:
    """Held-out bits per byte while training, a band a condition; None before the first test."""
    rows = results.where(test="panel", task=TEXT).filter(pl.col("condition").is_in(list(conditions)))
    rows = rows.filter(pl.col("step") > 1)
    if rows.is_empty():
        return None
    means = bands(rows, ["condition", "step"], "bits_per_byte", bounded=False)
    chart = bands_chart(
        means,
        x="step",
        color="condition",
        title_x="training step",
        title_y="held-out bits per byte",
        x_log=True,
        y_log=True,
    )
    caption = (
        f"Mean over seeds (n = {means['n'].max()} per condition) with its 95% interval, on "
        f"{results.options.evaluation.panel} held-out documents that are the same at every evaluation."
    )
    return Figure(id, "Held-out loss during training", chart, caption, means)


def sample_tables(results: Results, conditions: Sequence[str], *, way: str | None = None) -> list[Table]:
    """What the first finished member of each condition wrote last, and what that of `way`, by default the last of them,
    wrote on the way."""
    last, steps = [], {}
    for condition in conditions:
        told = _told(results, condition)
        if told:
            last.append([condition, told[-1][1]])
            places = sorted({round(place * (len(told) - 1) / (SHOWN_STEPS - 1)) for place in range(SHOWN_STEPS)})
            steps[condition] = [[str(told[place][0]), told[place][1]] for place in places]
    if not last:
        return []
    followed = way if way in steps else last[-1][0]
    caption = "Sampled with a fixed random key at temperature 0.8 and top-p 0.95, up to an end-of-text token."
    return [
        Table("What members wrote at the end", ["condition", "text"], last, caption),
        Table(f"Samples during training: {followed}", ["after step", "text"], steps[followed], caption),
    ]


def written(results: Results, conditions: Sequence[str]) -> Example | None:
    """What the first finished members of the first and of the last condition wrote last; None where none wrote."""
    ends = dict.fromkeys([*conditions[:1], *conditions[-1:]])
    answers = [Answer(name, f"{told[-1][1][:WRITTEN]} …") for name in ends if (told := _told(results, name))]
    if not answers:
        return None
    return Example(["(begin)"], "", answers, "Each goes on from the beginning of a text, by the same draws.", _WRITTEN)


_WRITTEN = "What these models write"


def _told(results: Results, condition: str) -> list[tuple[int, str]]:
    members = results.members.filter((pl.col("condition") == condition) & (pl.col("state") == "finished"))
    for member in members["member"].head(1):
        world = results.planned[member].config.world
        assert isinstance(world, TextConfig)
        tokenizer = tokenizer_of(results.run, world)
        return [(step, tokenizer.decode(tokens)) for step, tokens in sorted(samples_of(results.run, member).items())]
    return []


def rates_table(results: Results, conditions: Sequence[str], rates: Sequence[float]) -> Table:
    """Bits per byte of pilot members by condition and learning rate."""
    rows = []
    for condition in conditions:
        final = results.final(condition=condition, task=TEXT, split="unseen")
        found = [mean_value(final.filter(learning_rate=rate)["bits_per_byte"].to_numpy()) for rate in rates]
        known = [(each.value, rate) for each, rate in zip(found, rates, strict=True) if each is not None]
        rows.append([condition, *map(shown, found), f"{min(known)[1]:g}" if known else None])
    caption = (
        "Held-out bits per byte at the end, as means over seeds. The rate with the lowest value is chosen, and the "
        "lower of equally good rates."
    )
    return Table("Learning rates", ["condition", *(f"{rate:g}" for rate in rates), "chosen"], rows, caption)
