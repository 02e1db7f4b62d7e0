"""The page of a zoo run: does the ability emerge, mixer by mixer, and with how many hints?"""

from collections.abc import Iterator, Sequence
from math import nan

import polars as pl

from seedbed.emergence import Estimate, format_estimate, half_dose
from seedbed.experiments import answers, parts
from seedbed.experiments.claims import Claim, Measured, Rule, judge_all
from seedbed.experiments.first_page import cautions, example, triangle_picture
from seedbed.experiments.hints import WITH
from seedbed.experiments.measures import THRESHOLD, bands, final_score, mean_score, onset_estimate
from seedbed.experiments.mixers import rates_table
from seedbed.experiments.results import Results
from seedbed.experiments.run_section import run_section
from seedbed.experiments.triangle import CORPUS
from seedbed.experiments.zoo import HINTED, HINTS, TRIANGLE, condition
from seedbed.reports import Figure, Lead, Report, Section, Table, Verdict, dose_chart, interval_chart, led

TITLE = "The model zoo"
TASK = "A->C"
CONDITIONS = ("alone", "zero-shot", HINTED)
MOST_WITHOUT = 0.01


def make(results: Results) -> Report:
    """The report; a mixer without a finished member is left out and counted in the provenance."""
    final = results.final(**results.headline)
    final = final.filter(pl.col("shots") > 0)
    mixers = [name for name in results.options.mixers if name in final["mixer"].unique()]
    if not mixers:
        return Report(TITLE, "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results))
    if results.options.pilot:
        tables = [rates_table(final.filter(part=part), mixers, f"Learning rates, {part}") for part in (TRIANGLE, HINTS)]
        section = Section("rates", "Learning rates", (), tuple(tables))
        return Report(TITLE, "The choice of learning rates", ["A pilot."], [section], parts.provenance(results))
    grid = final.filter(part=HINTS, task=TASK)
    doses = {name: dose for name in mixers if (dose := half_of(grid.filter(mixer=name))) is not None}
    hinted = [condition(name, HINTED) for name in mixers if final_score(results, condition(name, HINTED), TASK)]
    items = (_table(results, mixers, doses), *_figure(results, final, mixers))
    sections = [
        Section("mixers", "Mixer by mixer", (_HOW,), items),
        *_hints_section(grid, mixers),
        Section("claims", "Claims and verdicts", (_RULES,), tuple(_verdicts(results, mixers))),
        *parts.diverged_section(results),
    ]
    if hinted:
        learning = parts.learning_figure(results, hinted, TASK, id="learning", title="A->C during training, hinted")
        sections[1:1] = [Section("learning-curves", "While training", (), (learning,)), run_section(results, hinted)]
    subtitle = "The triangle and the number of hints, for every mixer and a prefix language model"
    report = Report(TITLE, subtitle, _headline(results, mixers, doses), sections, parts.provenance(results))
    scores = {
        name: score for name in mixers if (score := final_score(results, condition(name, HINTED), TASK)) is not None
    }
    what = f"with {results.options.hints} hints {TASK}"
    lead = Lead(
        answers.by_outcome(what, scores, THRESHOLD, does="emerges in", does_not="does not emerge in"),
        cautions(results, hinted, TASK),
        triangle_picture(results.options.world, CORPUS, (f"{results.options.hints} hints, or none",)),
        example(results, [condition(name, what) for name in mixers for what in (HINTED, "zero-shot")], TASK),
    )
    return led(report, lead, figure="learning" if hinted else "hints")


def half_of(grid: pl.DataFrame) -> Estimate | None:
    """Hints at which half of the members emerge; None without members."""
    if grid.is_empty():
        return None
    return half_dose(grid["hints"].to_numpy(), (grid["exact"] >= THRESHOLD).to_numpy())


_HOW = (
    "Each mixer is used in the same model, with the same world, streams and number of steps, but the numbers of "
    "parameters differ. Learning rates come from one grid and were chosen on other seeds: for the triangle on "
    "`hinted`, for the grid of hints at its middle and highest dose. `alone`, `zero-shot` and `hinted` are the "
    "conditions of the triangle. Half of the seeds emerge: the number of hints, in addition to the corpora, at which "
    f"half of the members translate {THRESHOLD:.0%} or more of unseen sentences, by a logistic curve in log2(hints) "
    "with profile intervals."
)
_RULES = (
    "Each rule was written before the run and looks at the whole interval: `replicated` if all of it meets the rule, "
    "`not replicated` if none does, otherwise `depends`."
)


def _headline(results: Results, mixers: list[str], doses: dict[str, Estimate]) -> list[str]:
    said = []
    for name in mixers:
        score = final_score(results, condition(name, HINTED), TASK)
        first = f"{name}: {format_estimate(score)} of unseen A->C, `hinted`" if score else f"{name}:"
        second = (
            "the number of hints at which A->C emerges in half of the seeds is "
            f"{format_estimate(doses[name], percent=False)}"
        )
        said.append(f"{first}; {second}." if name in doses else f"{first}.")
    return said


def _table(results: Results, mixers: list[str], doses: dict[str, Estimate]) -> Table:
    rows = []
    for name in mixers:
        own = results.members.filter(mixer=name)
        scores = [final_score(results, condition(name, what), TASK) for what in CONDITIONS]
        taught = final_score(results, condition(name, HINTED), "A->B")
        panel = results.where(test="panel", condition=condition(name, HINTED), task=TASK, **results.headline)
        onset = onset_estimate(panel.filter(pl.col("shots") > 0))
        rows.append(
            [
                name,
                f"{own['parameters'].max():,}",
                "; ".join(f"{own.filter(part=part)['learning_rate'].max() or nan:g}" for part in (TRIANGLE, HINTS)),
                *(None if score is None else format_estimate(score) for score in (*scores, taught)),
                None if onset is None else format_estimate(onset, percent=False),
                None if name not in doses else format_estimate(doses[name], percent=False),
            ]
        )
    columns = [
        "mixer",
        "parameters",
        "learning rate, triangle; hints",
        *(f"A->C, {what}" for what in CONDITIONS),
        "A->B, hinted",
        "median onset of A->C, steps",
        "hints at which half emerge",
    ]
    caption = (
        f"Exact match on unseen sentences at coverage {results.headline['coverage']} with {results.options.hints} "
        "hints, as means over seeds with 95% intervals. Onset: the first of two consecutive evaluations with exact "
        f"match at or above {THRESHOLD:.0%}."
    )
    return Table("Every mixer", columns, rows, caption)


def _figure(results: Results, final: pl.DataFrame, mixers: list[str]) -> list[Figure]:
    rows = final.filter(part=TRIANGLE, task=TASK)
    if rows.is_empty():
        return []
    means = bands(rows, ["mixer", "condition"], "exact")
    order = {name: place for place, name in enumerate(mixers)}
    means = means.with_columns(
        what=pl.col("condition").str.split(", ").list.last(),
        label=pl.col("condition") + pl.format(" (n = {})", pl.col("n")),
    ).sort(pl.col("mixer").replace_strict(order), "what")
    chart = interval_chart(
        means,
        label="label",
        value="mean",
        low="low",
        high="high",
        color="what",
        title_x="A->C, exact match, unseen, coverage 0",
        x_domain=(0, 1),
    )
    caption = f"`hinted` and `alone` have {results.options.hints} hints. Means over seeds with 95% intervals."
    return [Figure("triangle", "A->C by mixer and condition", chart, caption, means)]


def _hints_section(grid: pl.DataFrame, mixers: list[str]) -> list[Section]:
    if grid.is_empty():
        return []
    order = {name: place for place, name in enumerate(mixers)}
    grid = grid.sort(pl.col("mixer").replace_strict(order), "hints", maintain_order=True)
    curves = bands(grid, ["mixer", "hints"], "exact").sort(pl.col("mixer").replace_strict(order), "hints")
    chart = dose_chart(
        grid.select("mixer", "hints", pl.col("exact").alias("mean")),
        curves,
        x="hints",
        y="mean",
        low="low",
        high="high",
        arm="mixer",
        title_x="hints (distinct examples of A->C)",
        title_y="A->C, exact match, unseen, coverage 0",
    )
    caption = (
        f"`{WITH}`: hints in addition to A->B and B->C. Mean over seeds (n = {curves['n'].min()} to "
        f"{curves['n'].max()} per dose) with 95% intervals; each dot is a seed. Every dose and mixer has its own "
        "seeds."
    )
    figure = Figure("hints", "Unseen accuracy against hints", chart, caption, curves)
    doses = sorted(grid["hints"].unique().to_list())
    rows = []
    for name in mixers:
        own = grid.filter(mixer=name)
        found = [mean_score(own.filter(hints=dose)) for dose in doses]
        rows.append([name, *(None if score is None else format_estimate(score) for score in found)])
    table = Table("Exact match by hints", ["mixer", *map(str, doses)], rows, "Means over seeds with 95% intervals.")
    return [Section("grid", "With how many hints?", (), (figure, table))]


def claims(mixers: Sequence[str], hints: int) -> Iterator[tuple[str, str, Claim]]:
    """(mixer, what, claim), fixed before the run."""
    for name in mixers:
        for what, statement, rule in (
            (HINTED, f"With {hints} hints A->C emerges in `{name}`", Rule(low=THRESHOLD)),
            ("zero-shot", f"Without hints A->C does not emerge in `{name}`", Rule(high=MOST_WITHOUT)),
        ):
            source = "Sinha (2024), future work" if name in ("gru", "lstm", "prefix") else "our question"
            measure = f"`{what}`, exact A->C, unseen, coverage 0"
            claim = Claim(f"{name}-{what}", statement, source, "open", measure, rule, basis="our question")
            yield name, what, claim


def _verdicts(results: Results, mixers: list[str]) -> list[Verdict]:
    asked, measured = [], {}
    for name, what, claim in claims(mixers, results.options.hints):
        score = final_score(results, condition(name, what), TASK)
        asked.append(claim)
        measured[claim.id] = None if score is None else Measured(score, "See `A->C by mixer and condition`.")
    return judge_all(asked, measured)
