"""The page of a run in a world of one's own: every task by coverage, curves, and what emerged."""

import polars as pl

from seedbed.emergence import Estimate, format_estimate, mean_over_seeds
from seedbed.experiments import answers, parts
from seedbed.experiments.first_page import cautions, example, world_picture
from seedbed.experiments.measures import THRESHOLD, bands, final_score, mean_score
from seedbed.experiments.results import Results
from seedbed.experiments.run_section import run_section
from seedbed.experiments.world import ALONE, WHOLE, world_of
from seedbed.reports import Figure, Lead, Report, Section, Table, led
from seedbed.tasks import WorldConfig, counts_in

MOST_SENTENCES = 8  # tasks of the headline; the table has them all


def make(results: Results) -> Report:
    """The report."""
    world, taught = world_of(results.options), dict(counts_in(results.options.mixture))
    title, subtitle = "A world of your own", f"Dictionaries {', '.join(world.dictionaries)}"
    tasks = tuple(task for task in world.tasks if final_score(results, WHOLE, task) is not None)
    if not tasks:
        return Report(title, "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results))
    items = (
        _by_coverage(results, world, taught, tasks),
        parts.tasks_figure(results, WHOLE, title="The tasks during training"),
        _coverage_figure(results, tasks),
        parts.score_table(results, [WHOLE, ALONE], tasks),
        parts.ambiguity_table(results, [WHOLE, ALONE], tasks),
    )
    sections = [
        Section("tasks", "Every task", (_what(world, taught),), items),
        *_control(results, taught, tasks),
        run_section(results),
        *parts.diverged_section(results),
    ]
    headline = _headline(results, world, taught, tasks)
    report = Report(title, subtitle, headline, sections, parts.provenance(results))
    return led(report, _lead(results, world, taught, tasks), figure="curves")


def _lead(results: Results, world: WorldConfig, taught: dict[str, int], tasks: tuple[str, ...]) -> Lead:
    composed = [task for task in tasks if len(world.path(task)) > 2] or list(tasks)
    scores = {task: score for task in composed if (score := final_score(results, WHOLE, task)) is not None}
    what = "composition" if any(len(world.path(task)) > 2 for task in composed) else "translation"
    labels = {task: (f"{taught.get(task, 0):,}" if taught.get(task) else "none",) for task in world.tasks}
    return Lead(
        answers.by_outcome(what, scores, THRESHOLD, does="emerges in", does_not="does not emerge in"),
        cautions(results, [WHOLE]),
        world_picture(world, labels, composed),
        example(results, [WHOLE, ALONE], composed[0]),
    )


def _headline(results: Results, world: WorldConfig, taught: dict[str, int], tasks: tuple[str, ...]) -> list[str]:
    coverage = results.headline["coverage"]
    shown = "none of their words shown" if coverage == 0 else f"{coverage} of their words shown"
    said = []
    for task in tasks[:MOST_SENTENCES]:
        score, alone = final_score(results, WHOLE, task), final_score(results, ALONE, task)
        assert score is not None
        control = f"; its examples alone, {format_estimate(alone)}" if alone else ""
        said.append(
            f"{task} ({_dictionaries(world, task)}, {_examples(taught, task)}): {format_estimate(score)} exact on "
            f"unseen sentences, {shown}{control}."
        )
    left = len(tasks) - MOST_SENTENCES
    return [*said, f"The table lists {left} more tasks."] if left > 0 else said


def _what(world: WorldConfig, taught: dict[str, int]) -> str:
    read = ", ".join(f"{task} {taught[task]:,}" for task in taught if taught[task])
    return (
        f"The world has {len(world.languages)} languages of {world.words} words and sentences of {world.length} "
        f"words. Training examples: {read}. A task without a dictionary of its own is the composition of the "
        "dictionaries on its path; a task that is not taught is only tested."
    )


def _control(results: Results, taught: dict[str, int], tasks: tuple[str, ...]) -> list[Section]:
    """Do the other tasks help? The composed ones beside members that read their examples alone."""
    rows = []
    for task in tasks:
        whole, alone = (final_score(results, condition, task) for condition in (WHOLE, ALONE))
        if whole is not None and alone is not None:
            gain = _gain(results, task)
            shown = format_estimate(gain) if gain else None
            rows.append([task, taught[task], format_estimate(whole), format_estimate(alone), shown])
    if not rows:
        return []
    caption = (
        "Exact match on unseen sentences at the headline coverage. The gain is the mean of the paired differences "
        "over seeds (with the same initial weights and the same examples of the task). 95% intervals."
    )
    table = Table("With the other tasks, and without", ["task", "examples", WHOLE, ALONE, "gain"], rows, caption)
    text = (
        "A composed task might be learned from its own examples, as if it had a dictionary of its own. The control "
        "members read nothing but these examples, for the same number of steps, and show how far this goes; what the "
        "full mixture adds is due to the other tasks."
    )
    return [Section("control", "Do the other tasks help?", (text,), (table,))]


def _gain(results: Results, task: str) -> Estimate | None:
    """How much better a task does in the whole mixture, over the seeds that finished in both conditions."""
    final = results.final(**results.headline, task=task).drop_nulls("exact")
    whole, alone = (final.filter(pl.col("condition") == name) for name in (WHOLE, ALONE))
    pairs = whole.join(alone, on="init_seed", suffix="_alone")
    if pairs.is_empty():
        return None
    items = int(min(pairs["n"].min(), pairs["n_alone"].min()))  # type: ignore[type-var]
    return mean_over_seeds((pairs["exact"] - pairs["exact_alone"]).to_numpy(), items=items, bounds=(-1, 1))


def _by_coverage(results: Results, world: WorldConfig, taught: dict[str, int], tasks: tuple[str, ...]) -> Table:
    asked = {"condition": WHOLE, "split": "unseen"}
    found = results.final(**asked).drop_nulls("coverage")["coverage"].unique().sort().to_list()
    rows = []
    for task in tasks:
        scores = [mean_score(results.final(**asked, task=task, coverage=coverage)) for coverage in found]
        row = [task, "-".join(world.path(task)), taught.get(task, 0)]
        rows.append([*row, *(None if score is None else format_estimate(score) for score in scores)])
    columns = ["task", "path", "examples", *(f"exact, {coverage} shown" for coverage in found)]
    caption = (
        "Exact match on unseen sentences by coverage, which is the number of the question's words that the shots show "
        "with their translation. At full coverage, copying from the shots suffices. Means over seeds with 95% "
        "intervals, over all existing sentences at the headline coverage and over a sample at the others."
    )
    return Table("Every task by coverage", columns, rows, caption)


def _coverage_figure(results: Results, tasks: tuple[str, ...]) -> Figure:
    rows = results.final(condition=WHOLE, split="unseen").filter(
        pl.col("coverage").is_not_null() & pl.col("task").is_in(tasks)
    )
    means = bands(rows, ["task", "coverage"], "exact")
    chart = parts.bands_chart(
        means,
        x="coverage",
        color="task",
        title_x="words of the question that the shots show",
        title_y="exact match",
        y_domain=(0, 1),
    )
    caption = f"Unseen sentences, mean over seeds (n = {means['n'].max()}) with 95% intervals."
    return Figure("coverage", "Translation, or copying from the shots?", chart, caption, means)


def _dictionaries(world: WorldConfig, task: str) -> str:
    count = len(world.path(task)) - 1
    return "a dictionary of its own" if count == 1 else f"{count} dictionaries"


def _examples(taught: dict[str, int], task: str) -> str:
    count = taught.get(task, 0)
    return "never taught" if not count else f"{count:,} example{'s' * (count != 1)}"
