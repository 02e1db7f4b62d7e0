"""The page of a grid: loss by size beside the table's, what each size answers, what emerges over sizes, verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from seedbed.data.story_world import GENERATED
from seedbed.emergence import Estimate, RankCorrelation, format_estimate, mean_over_seeds, order_over_seeds
from seedbed.experiments import answers, parts, text_parts
from seedbed.experiments.audit import Audit, Rules, audit
from seedbed.experiments.audit_report import emergence_section
from seedbed.experiments.claims import Measured, judge_all
from seedbed.experiments.claims_stories import (
    ABOVE_GUESSING,
    CLAIMS,
    DEPTH,
    FACTS_BY_WIDTH,
    LARGE,
    LOSSES,
    ORDER,
    PLATEAU,
    SMALL,
    WIDTH,
)
from seedbed.experiments.first_page import cautions
from seedbed.experiments.measures import bands, mean_score, mean_value
from seedbed.experiments.results import Results
from seedbed.experiments.run_scales import PARAMETERS
from seedbed.experiments.run_scores import run_scores
from seedbed.experiments.stories_grid import CONSISTENCY, FACTS, GRAMMAR, RATES, STATE, size_name
from seedbed.experiments.stories_grid_tasks import Names, task_lines, task_table
from seedbed.experiments.text_parts import bits_of, final_bits, shown
from seedbed.reports import Figure, Item, Lead, Report, Section, Table, column_of, led

TITLE = "What emerges at which size?"
THRESHOLD = 0.75  # score of an onset: halfway from guessing
GUESSING = 0.5
LEAST_SIZES = 3  # of those shared with the table
Sizes = Sequence[tuple[int, int]]


def make(results: Results) -> Report:
    """The report; a size without a finished member is left out and counted in the provenance."""
    sizes = _sizes(results)
    if not sizes:
        return Report(TITLE, "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results))
    names = [size_name(*size) for size in sizes]
    if results.options.pilot:
        section = Section("rates", "Learning rates", (), (text_parts.rates_table(results, names, RATES),))
        return Report(TITLE, "The choice of learning rates", ["A pilot."], [section], parts.provenance(results))
    found, order = audit(run_scores(results, scale=PARAMETERS), Rules(threshold=THRESHOLD)), order_of(results, sizes)
    parameters = {_parameters(results, size): size_name(*size) for size in sizes}
    learning = text_parts.bits_figure(results, names)
    sections = [
        Section("loss", "Loss by size", (_LOSS,), (_loss_figure(results), _size_table(results, sizes, order))),
        Section("tasks", "What each size answers", (_TASKS,), _task_items(results, sizes, found, parameters)),
        emergence_section(found),
        Section(
            "claims", "Claims and verdicts", (_RULES,), judge_all(CLAIMS, _measured(results, sizes, order), _UNMEASURED)
        ),
        Section("learning", "While training", (), (learning,) if learning else ()),
        Section("samples", "What they write", (), text_parts.sample_tables(results, names)),
        *parts.diverged_section(results),
    ]
    subtitle = f"Story models of {len(sizes)} sizes, {results.options.tokens:,} tokens each"
    generated = [f"The stories were {GENERATED}."] if results.options.corpus == "story-world" else []
    headline = [*generated, *_order_line(order), *task_lines(found, parameters)]
    report = Report(TITLE, subtitle, headline, sections, parts.provenance(results))
    boxes = [
        ("Stories", "one text"),
        (f"{len(sizes)} sizes", f"{names[0]} to {names[-1]}"),
        ("Questions", "two options"),
    ]
    arrows = [("read by",), ("answered at which size?",)]
    picture = column_of(
        boxes, arrows, f"Models of {len(sizes)} sizes read stories and answer questions with two options."
    )
    smallest, largest = _scores_at(results, sizes[0]), _scores_at(results, sizes[-1])
    said = answers.by_size(smallest, largest, THRESHOLD)
    lead = Lead(said, cautions(results), picture, text_parts.written(results, names))
    return led(report, lead, figure="tasks-by-size", folded=("learning", "samples"))


def _scores_at(results: Results, size: tuple[int, int]) -> dict[str, Estimate]:
    """The score of each task at a size."""
    rows = _at(_answers(results), width=size[0], blocks=size[1])
    scores = {task: mean_score(_of(rows, [task])) for task in rows["task"].unique(maintain_order=True).to_list()}
    return {task: score for task, score in scores.items() if score is not None}


@dataclass(frozen=True)
class Order:
    """Whether bits per byte come in the order of the table's losses, over how many sizes that both have."""

    found: RankCorrelation
    sizes: int

    def __str__(self) -> str:
        about = format_estimate(self.found.correlation, percent=False)
        seeds = about.removesuffix(")") + " seeds)"
        return f"{seeds} over {self.sizes} sizes, p = {self.found.p:.2g} over all permutations of the sizes"


def order_of(results: Results, sizes: Sizes) -> Order | None:
    """The order of the seeds that have every size of the table; None with fewer than 3 such sizes, or no such seed."""
    shared = [size for size in sizes if size in LOSSES]
    if len(shared) < LEAST_SIZES:
        return None
    bits = [
        dict(bits_of(results, size_name(*size)).select("init_seed", "bits_per_byte").iter_rows()) for size in shared
    ]
    seeds = sorted(set.intersection(*map(set, bits)))
    if not seeds:
        return None
    values_SN = np.array([[each[seed] for each in bits] for seed in seeds])
    return Order(order_over_seeds([LOSSES[size] for size in shared], values_SN), len(shared))


_LOSS = (
    "Bits per byte on whole held-out stories, where each token is predicted from at least half a context. The losses "
    "in the paper's table are nats per token of another vocabulary after much longer training, so only their order "
    "can be compared."
)
_TASKS = (
    "Every question has two possible answers, so guessing gives 50%. `agreement`: was or were; `pronoun`: he or she; "
    "`quote`: whether speech ends with the sentence; `zorro`: grammatical against ungrammatical sentences; `name`: a "
    "character of this story or of another one; `character`: which of two characters the story continues with; "
    "`where`, `has` and `lies`: the state of the generated story world, in stories whose style differs from "
    "TinyStories; `facts`: what a small child knows. Questions about stories are made from held-out ones. Each answer "
    "is right as often as it is wrong, so its frequency gives no clue."
)
_RULES = (
    "Each rule was written before the run and looks at the whole interval: `replicated` if all of it meets the rule, "
    "`not replicated` if none does, otherwise `depends`."
)
_DEPTH = pl.format("{} block{}", "blocks", pl.when(pl.col("blocks") > 1).then(pl.lit("s")).otherwise(pl.lit("")))
_UNMEASURED = {
    PLATEAU: f"This needs widths {SMALL} and {LARGE}, and scores above guessing at width {LARGE} in every seed.",
    FACTS_BY_WIDTH: "This needs two depths and two widths; the generated story world has no questions on facts.",
}


def _sizes(results: Results) -> list[tuple[int, int]]:
    """Sizes with a finished member, by parameters."""
    done = results.members.filter(pl.col("state") == "finished").sort("parameters", maintain_order=True)
    return list(dict.fromkeys(done.select("width", "blocks").iter_rows()))


def _parameters(results: Results, size: tuple[int, int]) -> int:
    return int(results.members.filter(condition=size_name(*size))["parameters"][0])


def _bits(results: Results, size: tuple[int, int]) -> Estimate | None:
    return final_bits(results, size_name(*size))


def _order_line(order: Order | None) -> list[str]:
    return [] if order is None else [f"Rank correlation between the losses and the paper's table: {order}."]


def _loss_figure(results: Results) -> Figure:
    rows = results.final(task=text_parts.TEXT, split="unseen")
    means = bands(rows, ["blocks", "parameters"], "bits_per_byte", bounded=False)
    means = means.with_columns(depth=_DEPTH).sort("blocks", "parameters")
    chart = parts.bands_chart(
        means,
        x="parameters",
        color="depth",
        title_x="parameters, including the embedding",
        title_y="held-out bits per byte",
        x_log=True,
        y_log=True,
    )
    caption = f"Mean over seeds (n = {means['n'].max()} per size) with its 95% interval."
    return Figure("loss-by-size", "Held-out bits per byte by size", chart, caption, means)


def _size_table(results: Results, sizes: Sizes, order: Order | None) -> Table:
    rows = []
    for size in sizes:
        own = results.members.filter(condition=size_name(*size))
        done = bits_of(results, size_name(*size))
        rows.append(
            [
                size_name(*size),
                f"{_parameters(results, size):,}",
                f"{own['learning_rate'].max():g}",
                shown(_bits(results, size)),
                float(np.mean(done["loss"].to_numpy())),
                LOSSES.get(size),
                float(np.mean(done["core_seconds"].to_numpy())),
            ]
        )
    caption = (
        "Means over seeds with 95% intervals; seconds are those of one core, including evaluation. The published "
        "losses are those of Eldan & Li (2023)."
    )
    if order is not None:
        caption += f" Rank correlation of bits per byte with the table's losses: {order}."
    columns = ["width/blocks", "parameters", "rate", "bits per byte", "nats per token", "the table's loss", "seconds"]
    return Table("Sizes", columns, rows, caption)


def _task_items(results: Results, sizes: Sizes, found: Audit, parameters: Names) -> list[Item]:
    rows = _answers(results)
    if rows.is_empty():
        return []
    means = bands(rows, ["task", "blocks", "parameters"], "exact")
    means = means.with_columns(depth=_DEPTH).sort("task", "blocks", "parameters")
    chart = parts.bands_chart(
        means,
        x="parameters",
        color="depth",
        facet="task",
        title_x="parameters",
        title_y="questions answered",
        x_log=True,
        threshold=0.5,
    )
    n = f"n = {means['n'].max()} seeds per size, {rows['n'].min()} to {rows['n'].max()} questions per seed"
    caption = f"Mean over seeds with its 95% interval ({n}); the line at 50% is guessing."
    tasks = rows["task"].unique(maintain_order=True).to_list()
    cells = [
        [
            size_name(*size),
            *(shown(mean_score(_at(rows, task=task, width=size[0], blocks=size[1])), percent=True) for task in tasks),
        ]
        for size in sizes
    ]
    return [
        task_table(found, rows, parameters),
        Figure("tasks-by-size", "Questions answered correctly, by size", chart, caption, means),
        Table("Questions answered", ["width/blocks", *tasks], cells, "Means over seeds with 95% intervals."),
    ]


def _answers(results: Results) -> pl.DataFrame:
    """A row a member and task of questions."""
    return results.final(split="unseen").filter(pl.col("task") != text_parts.TEXT).drop_nulls("exact")


def _at(rows: pl.DataFrame, **where: object) -> pl.DataFrame:
    for name, value in where.items():
        rows = rows.filter(pl.col(name) == value)
    return rows


def _measured(results: Results, sizes: Sizes, order: Order | None) -> Mapping[str, Measured | None]:
    rows = _answers(results)
    widths = {width for width, _ in sizes}
    found: dict[str, Measured | None] = {}
    if order is not None:
        found[ORDER] = Measured(order.found.correlation, f"Rank correlation {order}; see `Sizes`.")
    where = "See `Questions answered`."
    small = _at(rows, width=SMALL)
    if {SMALL, LARGE} <= widths:
        found[PLATEAU] = _plateau(small, _at(rows, width=LARGE), where)
    if {64, 128} <= widths:
        found[WIDTH] = _difference(_of(_at(rows, width=128), CONSISTENCY), _of(_at(rows, width=64), CONSISTENCY), where)
    found[FACTS_BY_WIDTH] = _by_depth(results, _of(rows, FACTS), where)
    found[DEPTH] = _by_depth(results, _of(rows, (*CONSISTENCY, *STATE)), where)
    return found


def _plateau(small: pl.DataFrame, large: pl.DataFrame, evidence: str) -> Measured | None:
    """How much of what the large width knows the small one does: of grammar less of consistency, by seed."""
    ratios = []
    for tasks in (GRAMMAR, CONSISTENCY):
        low, high = (_by_seed(_of(side, tasks), "exact") for side in (small, large))
        if not high or set(low) != set(high) or min(high.values()) < GUESSING + ABOVE_GUESSING:
            return None
        ratios.append({seed: (low[seed] - GUESSING) / (high[seed] - GUESSING) for seed in low})
    grammar, consistency = ratios
    found = mean_value(np.array([grammar[seed] - consistency[seed] for seed in grammar if seed in consistency]))
    return None if found is None else Measured(found, evidence)


def _by_depth(results: Results, answers: pl.DataFrame, evidence: str) -> Measured | None:
    """What a doubling of the blocks adds to a score at equal bits per byte, by seed; None where sizes are too few."""
    bits = results.final(task=text_parts.TEXT, split="unseen").select("member", "bits_per_byte")
    scores = answers.group_by("member", "init_seed", "width", "blocks").agg(pl.col("exact").mean())
    slopes = []
    for _, own in (
        scores.join(bits, on="member").sort("init_seed", "width", "blocks").group_by("init_seed", maintain_order=True)
    ):
        if own["blocks"].n_unique() < 2 or own["width"].n_unique() < 2:
            return None
        columns = [np.ones(own.height), own["bits_per_byte"].to_numpy(), np.log2(own["blocks"].to_numpy())]
        slopes.append(np.linalg.lstsq(np.stack(columns, axis=1), own["exact"].to_numpy())[0][2])
    found = mean_value(np.array(slopes))
    return None if found is None else Measured(found, evidence)


def _by_seed(rows: pl.DataFrame, column: str) -> dict[int, float]:
    return dict(rows.group_by("init_seed").agg(pl.col(column).mean()).sort("init_seed").iter_rows())


def _of(rows: pl.DataFrame, tasks: Sequence[str]) -> pl.DataFrame:
    return rows.filter(pl.col("task").is_in(list(tasks)))


def _difference(one: pl.DataFrame, other: pl.DataFrame, evidence: str) -> Measured | None:
    """The mean score of one less that of the other, by seed: members of a seed read the same stories."""
    means = [side.group_by("init_seed").agg(pl.col("exact").mean()) for side in (one, other)]
    both = means[0].join(means[1], on="init_seed", how="inner", suffix="_other").sort("init_seed")
    if both.is_empty():
        return None
    return Measured(mean_over_seeds((both["exact"] - both["exact_other"]).to_numpy(), bounds=(-1, 1)), evidence)
