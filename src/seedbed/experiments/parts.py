"""Figures and tables that several reports share: learning curves, coverage, the paper's own test, provenance."""

import json
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl

from seedbed.config import to_plain
from seedbed.config.recorded import is_recorded
from seedbed.emergence import format_estimate
from seedbed.experiments.measures import THRESHOLD, bands, mean_score
from seedbed.experiments.results import Results
from seedbed.reports import Chart, Figure, Section, Table, band_chart, interval_chart


def bands_chart(means: pl.DataFrame, *, x: str, **rest: Any) -> Chart:
    """`band_chart` of what `bands` gives: means over seeds with their intervals, against the column `x`."""
    return band_chart(means, x=x, y="mean", low="low", high="high", **rest)


def learning_figure(
    results: Results, conditions: list[str], task: str, *, id: str, title: str, height: int | None = None
) -> Figure:
    """Exact match of a task on unseen sentences at coverage 0 while training: a band a condition, a line a seed."""
    rows = results.where(test="panel", task=task, **results.headline).filter(pl.col("condition").is_in(conditions))
    rows = rows.filter(pl.col("shots") > 0)
    means = bands(rows, ["condition", "step"], "exact")
    lines = rows.select("condition", "step", pl.col("exact").alias("mean"), pl.col("member").alias("seed"))
    chart = bands_chart(
        means,
        x="step",
        color="condition",
        title_x="training step",
        title_y=f"{task}, exact match",
        y_domain=(0, 1),
        members=lines,
        threshold=THRESHOLD,
        height=height,
    )
    seeds = means["n"].max()
    items = int(rows["n"].min()) if rows.height else 0  # type: ignore[arg-type]
    caption = (
        f"Mean over seeds (n = {seeds} per condition) with its 95% interval, and each seed as a thin line. Each "
        f"evaluation of a seed uses {items} or more unseen sentences, and the shots contain none of their words. The "
        f"horizontal line at {100 * THRESHOLD:g}% is the threshold that defines the onset."
    )
    return Figure(id, title, chart, caption, means)


def tasks_figure(results: Results, condition: str, *, title: str) -> Figure:
    """Exact match of every task of a condition on unseen sentences while training: a band a task."""
    rows = results.where(test="panel", condition=condition, **results.headline).filter(pl.col("shots") > 0)
    means = bands(rows, ["task", "step"], "exact")
    chart = bands_chart(
        means,
        x="step",
        color="task",
        title_x="training step",
        title_y="exact match",
        y_domain=(0, 1),
        threshold=THRESHOLD,
    )
    caption = (
        f"Unseen sentences at coverage {results.headline['coverage']}, mean over seeds (n = {means['n'].max()}) with "
        "95% intervals."
    )
    return Figure("curves", title, chart, caption, means)


def score_table(results: Results, conditions: list[str], tasks: tuple[str, ...]) -> Table:
    """The final test's scores of every condition and task: every sentence that exists."""
    rows = []
    for condition in conditions:
        for task in tasks:
            for split in ("unseen", "seen"):
                final = results.final(**{**results.headline, "condition": condition, "task": task, "split": split})
                exact, words = mean_score(final), mean_score(final, "word_score")
                if exact is None or words is None:
                    continue
                items = int(final["n"].sum())
                nats = float(final["log_likelihood"].mean())  # type: ignore[arg-type]
                brier = float(final["brier"].mean())  # type: ignore[arg-type]
                shots = final["seen_shots"].mean()
                shown = None if shots is None else f"{100 * float(shots):.0f}%"  # type: ignore[arg-type]
                rows.append(
                    [condition, task, split, format_estimate(exact), format_estimate(words), nats, brier, items, shown]
                )
    columns = [
        "condition",
        "task",
        "sentences",
        "exact match",
        "words in place",
        "nats per token",
        "Brier",
        "items",
        "shots seen",
    ]
    caption = (
        "Means over seeds with 95% intervals; items are summed over seeds. Shots seen: the share of the examples in "
        "the prompts that were in the training data; where too few training examples avoid the question's words, "
        "unseen examples are used instead."
    )
    return Table(f"Final scores, coverage {results.headline['coverage']}", columns, rows, caption)


def coverage_figure(results: Results, conditions: list[str], task: str) -> Figure | None:
    """Exact match by how many of the question's words the shots show."""
    rows = results.where(test="every", task=task, split="unseen").filter(
        pl.col("condition").is_in(conditions) & pl.col("coverage").is_not_null()
    )
    if rows.is_empty() or rows["coverage"].n_unique() < 2:
        return None
    means = bands(rows, ["condition", "coverage"], "exact")
    labelled = means.with_columns(label=pl.col("condition") + ", " + pl.col("coverage").cast(pl.String) + " shown")
    chart = interval_chart(
        labelled,
        label="label",
        value="mean",
        low="low",
        high="high",
        color="condition",
        title_x=f"{task}, exact match",
        x_domain=(0, 1),
    )
    caption = (
        "Coverage is the number of the question's words that the shots show with their translation. At full coverage, "
        "copying from the shots suffices; a model that translates does equally well at coverage 0. Unseen sentences, "
        f"mean over seeds (n = {means['n'].max()}) with 95% intervals."
    )
    return Figure("coverage", "Translation, or copying from the shots?", chart, caption, means)


def ambiguity_table(results: Results, conditions: list[str], tasks: tuple[str, ...]) -> Table:
    """Without shots the task is ambiguous: the probability that members give to each task's answer."""
    rows = []
    for condition in conditions:
        for task in tasks:
            final = results.final(condition=condition, task=task, split="unseen", coverage=None, shots=0)
            if (found := mean_score(final, "answer_probability")) is not None:
                rows.append([condition, task, format_estimate(found)])
    caption = (
        "The prompt has no token that names the task, so without shots, after `x x x x .` alone, both the A->B "
        "and the A->C translation are valid answers. Mean over unseen sentences."
    )
    return Table(
        "Probability of each task's answer, without shots", ["condition", "task", "probability"], rows, caption
    )


def paper_test_table(results: Results, conditions: list[str], tasks: tuple[str, ...]) -> Table:
    """The paper's own test at the end of training."""
    rows = []
    for condition in conditions:
        for task in tasks:
            found = results.where(condition=condition, task=task, test="paper")
            last = found.filter(pl.col("step") == pl.col("step").max())
            last = last.filter(pl.col("n") == pl.col("n").max())
            for cut in sorted(last["cut"].unique().to_list()):
                score = mean_score(last.filter(pl.col("cut") == cut), "word_score")
                if score is not None:
                    rows.append([condition, task, cut, format_estimate(score), int(last["n"].max())])  # type: ignore[arg-type]
    caption = (
        "The prompt consists of six random examples and a random question and is truncated to its last tokens. The "
        "score is the share of words in the right place under greedy decoding. Sentences from the training data and "
        "words that the shots show are not excluded, so these numbers are weaker evidence than the table above."
    )
    columns = ["condition", "task", "prompt length (tokens)", "words in place", "sentences per seed"]
    return Table("The paper's own test", columns, rows, caption)


def provenance(results: Results) -> dict[str, Any]:
    """What it takes to repeat the run."""
    manifest, members = results.run.manifest, results.members
    states = dict(members.group_by("state").len().iter_rows())
    others = (
        (f"; the folder also holds {results.others} with other settings, which are not shown") if results.others else ""
    )
    return {
        "command": command(results),
        "members": ", ".join(f"{count} {state}" for state, count in sorted(states.items())) + others,
        "core-seconds": f"{members['core_seconds'].sum():.0f}",
        "processor": manifest.device,
        "versions": dict(manifest.versions),
        "options": to_plain(results.options, defaults=True),
        "check": f"seedbed verify {shlex.quote(_shown(results.folder))} --members 3",
    }


def command(results: Results) -> str:
    """The command that makes this run: its folder, and every option that is not the experiment's default."""
    asked, usual = (flat(to_plain(options, defaults=True)) for options in (results.options, type(results.options)()))
    for entry in fields(results.options):
        if is_recorded(entry):
            asked.pop(entry.name, None)
    words = ["seedbed", "run", results.experiment, "--folder", _shown(results.folder)]
    return shlex.join([*words, *option_words(asked, usual)])


def option_words(asked: dict[str, Any], usual: dict[str, Any]) -> list[str]:
    """The options, by dotted name, that are not what they usually are."""
    words: list[str] = []
    for name, value in asked.items():
        if value == usual.get(name):
            continue
        option = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            section, dot, switch = option[2:].rpartition(".")
            words.append(option if value else f"--{section}{dot}no-{switch}")
        elif isinstance(value, list):
            simple = not any(isinstance(item, list | dict) for item in value)
            words += [option, *(map(str, value) if simple else [json.dumps(value)])] if value else [f"{option}="]
        else:
            words += [option, "none" if value is None else str(value)]
    return words


def _shown(folder: Path) -> str:
    """A folder as it was given; of one that stands elsewhere the last part, as a page is read on other computers."""
    return folder.name if folder.is_absolute() else str(folder)


def flat(plain: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, by dotted names."""
    out: dict[str, Any] = {}
    for name, value in plain.items():
        out |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return out


def diverged_section(results: Results) -> list[Section]:
    """Members that diverged, if any: they are left out of no count in silence."""
    gone = results.members.filter(pl.col("state") == "diverged")
    if gone.is_empty():
        return []
    rows = [[row["condition"], row["member"], row["step"], row["reason"]] for row in gone.to_dicts()]
    table = Table(
        "Diverged members", ["condition", "member", "step", "reason"], rows, ("These members have no final score.")
    )
    return [Section("diverged", "Members that diverged", (), (table,))]
