"""The page of a crossed run: onset by pair of seeds, the split of its variance, and how far nudged twins part."""

from math import exp, sqrt

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seedbed.emergence import Estimate, VarianceSplit, format_estimate, repeat_share, split_variance
from seedbed.experiments import answers, parts
from seedbed.experiments.crossed import CROSSED, CROSSED_NUDGED
from seedbed.experiments.first_page import cautions, example, triangle_picture
from seedbed.experiments.measures import THRESHOLD, log_onset, onsets
from seedbed.experiments.results import Results
from seedbed.experiments.run_section import run_section
from seedbed.experiments.twins import TASK
from seedbed.experiments.twins_report import twins_part
from seedbed.reports import Figure, Lead, Report, Section, Table, heat_chart, interval_chart, led

MOST_CENSORED = 0.1  # share of members without an onset up to which the variance of log onset is split
OUTCOMES = {"log onset": "log_onset", "final accuracy": "exact"}
SOURCES = {"rows": "seed of the starting weights", "columns": "seed of the data", "remainder": "the rest"}


def make(results: Results) -> Report:
    """The report; parts that have no finished members yet are left out."""
    cells = outcomes(results, CROSSED)
    headline, sections = [], []
    split = None
    if not cells.is_empty():
        split = _onset_split(results, cells)
        said, section = _crossed_part(results, cells)
        headline, sections = said, [section]
    said, more = twins_part(results)
    headline, sections = [*headline, *said], [*sections, *more]
    if not sections:
        return Report(
            "Crossed", "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results)
        )
    sections += [run_section(results), *parts.diverged_section(results)]
    subtitle = (
        "Does the seed of the weights or the seed of the data decide when A->C emerges? What does one example do?"
    )
    report = Report("Crossed", subtitle, headline, sections, parts.provenance(results))
    few = f"{results.options.hints} hints; twins: {results.options.twin_hints}"
    lead = Lead(
        answers.crossed(split),
        cautions(results, [CROSSED], TASK),
        triangle_picture(results.options.world, results.options.corpus, (few,)),
        example(results, [CROSSED], TASK),
    )
    return led(report, lead, figure="shares" if split else "onset-by-seeds")


def _onset_split(results: Results, cells: pl.DataFrame) -> VarianceSplit | None:
    """How the variance of log onset divides; None where members are missing, too many lack an onset, or none varies."""
    whole = cells.height == results.options.inits * results.options.streams
    if not whole or cells["censored"].sum() > MOST_CENSORED * cells.height:
        return None
    split = _split(results, cells, "log_onset")
    return split if split.rows.share.has_interval else None


def outcomes(results: Results, condition: str) -> pl.DataFrame:
    """One row a finished member of a condition: its seeds, its final accuracy and the logarithm of its onset."""
    final = results.final(task=TASK, condition=condition, **results.headline)
    found = onsets(results.where(test="panel", task=TASK, condition=condition, **results.headline))
    rows = [
        {
            "member": row["member"],
            "init_seed": row["init_seed"],
            "data_seed": row["data_seed"],
            "exact": row["exact"],
            "log_onset": log_onset(found[row["member"]]),
            "censored": found[row["member"]].step is None,
        }
        for row in final.iter_rows(named=True)
    ]
    schema = {"member": pl.String, "init_seed": pl.Int64, "data_seed": pl.Int64}
    schema |= {"exact": pl.Float64, "log_onset": pl.Float64, "censored": pl.Boolean}
    return pl.DataFrame(rows, schema=schema).sort("init_seed", "data_seed")


def _crossed_part(results: Results, cells: pl.DataFrame) -> tuple[list[str], Section]:
    onset = pl.when("censored").then(None).otherwise(pl.col("log_onset").exp())
    shown = cells.with_columns(onset=onset).drop("member", "log_onset")
    figure = _onset_figure(shown)
    censored = int(cells["censored"].sum())
    if cells.height < results.options.inits * results.options.streams:
        text = (
            f"Only {cells.height} of {results.options.inits * results.options.streams} members have finished, so the "
            "variance is not split yet."
        )
        return [], Section("crossed", _TITLE, (_HOW, text), (figure,))
    splits = {name: _split(results, cells, column) for name, column in OUTCOMES.items()}
    notes = [_HOW]
    if censored:
        notes.append(
            f"{censored} of {cells.height} members had no onset within {results.options.training.steps} steps. They "
            "count as if their onset were at the last step, which makes the spread look smaller than it is."
        )
    if censored > MOST_CENSORED * cells.height:
        splits.pop("log onset")
        notes.append(f"That is more than {100 * MOST_CENSORED:g}%, so the variance of log onset is not split.")
    pairs = _pairs(cells, outcomes(results, CROSSED_NUDGED))
    varying = {name: split for name, split in splits.items() if split.rows.share.has_interval}
    items = [figure]
    if varying:
        items += [_shares_figure(varying), _split_table(varying)]
        items += [_nudge_table(results, varying, cells, pairs)] if pairs.height else []
    return _headline(results, varying, cells, pairs), Section("crossed", _TITLE, notes, items)


_TITLE = "Starting weights crossed with data"
_HOW = (
    "Every seed of the initial weights was trained with every seed of the data (its sentences, its windows and their "
    "order). The variance is split into the main effect of each seed and a rest. The rest contains the interaction of "
    "the two seeds and chance: the same two seeds give identical bits, but the smallest change to the computation "
    "gives different ones."
)


def _split(results: Results, cells: pl.DataFrame, column: str) -> VarianceSplit:
    return split_variance(_table(results, cells, column))


def _table(results: Results, cells: pl.DataFrame, column: str) -> NDArray[np.float64]:
    """A column of the cells (sorted by both seeds) as a table of starting weights by data."""
    return cells[column].to_numpy().reshape(results.options.inits, results.options.streams)


def _pairs(cells: pl.DataFrame, nudged: pl.DataFrame) -> pl.DataFrame:
    """Each nudged member beside the cell that it was nudged from."""
    return nudged.join(cells, on=["init_seed", "data_seed"], suffix="_cell")


def _onset_figure(cells: pl.DataFrame) -> Figure:
    rank = {name: pl.col(name).rank("dense") for name in ("init_seed", "data_seed")}
    drawn = cells.with_columns(
        pl.format("weights {}", rank["init_seed"]).alias("weights"), rank["data_seed"].cast(pl.String).alias("data")
    )
    if drawn["onset"].null_count() < drawn.height:
        value, title = "onset", "onset, training step"
        drawn = drawn.with_columns(pl.col("onset").round(0))
    else:
        value, title = "exact", "final accuracy"
    chart = heat_chart(
        drawn, x="data", y="weights", value=value, title_x="seed of the data", title_y="", title_value=title
    )
    caption = (
        f"Onset of A->C, one member per cell (n = {cells.height}): the step from which exact match on unseen "
        f"sentences stays at or above {100 * THRESHOLD:g}%, taken as the middle of the two evaluations around it. An "
        "empty cell had no onset within the run."
    )
    return Figure("onset-by-seeds", "Onset by pair of seeds", chart, caption, cells)


def _shares_figure(splits: dict[str, VarianceSplit]) -> Figure:
    rows = []
    for outcome, split in splits.items():
        for name, title in SOURCES.items():
            share = getattr(split, name).share
            ends = {"share": share.value, "low": share.low, "high": share.high}
            rows.append({"outcome": outcome, "source": f"{outcome}: {title}", **ends})
    frame = pl.DataFrame(rows)
    chart = interval_chart(
        frame,
        label="source",
        value="share",
        low="low",
        high="high",
        color="outcome",
        title_x="share of the variance",
        x_domain=(0, 1),
    )
    caption = "Two-way random-effects model without replicates, with 95% generalised confidence intervals."
    return Figure("shares", "Sources of the variance", chart, caption, frame)


def _split_table(splits: dict[str, VarianceSplit]) -> Table:
    rows = []
    for outcome, split in splits.items():
        for name, title in SOURCES.items():
            source = getattr(split, name)
            tested = "-" if name == "remainder" else f"F = {source.f:.3g}, p = {source.p:.2g}"
            below = " (estimate below 0, taken as 0)" if source.below_zero else ""
            rows.append([outcome, title, f"{sqrt(source.variance):.3g}{below}", format_estimate(source.share), tested])
    columns = ["outcome", "source", "standard deviation", "share of the variance", "is there any?"]
    caption = (
        "95% generalised confidence intervals, which assume normally distributed effects; n counts members. Final "
        "accuracy is bounded, and far from normal if most members end near 100%, so its intervals are rough."
    )
    return Table("The variance, split", columns, rows, caption)


def _differences(pairs: pl.DataFrame, column: str) -> NDArray[np.float64]:
    return (pairs[column] - pairs[f"{column}_cell"]).to_numpy()


def _nudge_table(results: Results, splits: dict[str, VarianceSplit], cells: pl.DataFrame, pairs: pl.DataFrame) -> Table:
    rows = []
    for outcome in splits:
        column = OUTCOMES[outcome]
        difference_P = _differences(pairs, column)
        share = repeat_share(_table(results, cells, column), difference_P)
        spread = sqrt(float((difference_P**2).mean()) / 2)
        rows.append([outcome, f"{spread:.3g}", float(np.abs(difference_P).max()), format_estimate(share)])
    columns = ["outcome", "standard deviation of chance", "largest difference within a pair", "share of the rest"]
    caption = (
        f"{pairs.height} cells were trained again from initial weights that are larger by one part in a million. "
        "Share of the rest: the variance between such twins divided by the variance of the rest, with a 95% F "
        "interval; what remains is interaction."
    )
    return Table("How much of the rest is due to chance?", columns, rows, caption)


def _headline(
    results: Results, splits: dict[str, VarianceSplit], cells: pl.DataFrame, pairs: pl.DataFrame
) -> list[str]:
    said = []
    split = splits.get("log onset")
    if split is None:
        return said
    rows, columns, rest = (format_estimate(getattr(split, name).share) for name in SOURCES)
    said.append(
        f"With {results.options.hints} hints, the seed of the initial weights explains {rows} of the variance of log "
        f"onset, the seed of the data {columns}, and the rest is {rest}."
    )
    said.append(
        f"Does the seed matter at all? Initial weights: {_tested(split.rows.p)}; data: {_tested(split.columns.p)}."
    )
    if pairs.height:
        difference_P = _differences(pairs, "log_onset")
        share = repeat_share(_table(results, cells, "log_onset"), difference_P)
        typical = exp(float(np.median(np.abs(difference_P))))
        said.append(
            f"Enlarging the initial weights by one part in a million moves the onset by a factor of {typical:.3g} in "
            f"the median pair and accounts for {format_estimate(share)} of the rest: {_chance_words(share)}."
        )
    return said


def _tested(p: float) -> str:
    return f"{'yes' if p <= 0.05 else 'not shown'} (p = {p:.2g})"


def _chance_words(share: Estimate) -> str:
    if not share.has_interval:
        return "nothing varies"
    if share.low >= 0.5:
        return "most of what the two seeds do not explain is chance"
    if share.high < 0.5:
        return "most of what the two seeds do not explain is their interaction"
    return "the data do not settle whether chance or interaction contributes more to the rest"
