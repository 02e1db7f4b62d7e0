"""The page of a triangle run: figure 2 beside the paper's own, final scores, coverage, claims, controls."""

from dataclasses import replace

import polars as pl

from seedbed.emergence import format_estimate, mean_over_seeds
from seedbed.experiments import answers, controls, parts
from seedbed.experiments.baseline_table import baseline_table, scored
from seedbed.experiments.claims import Measured, judge_all
from seedbed.experiments.claims_31 import ARITHMETIC, EMERGENCE, PAPER_RUN, arithmetic
from seedbed.experiments.first_page import cautions, example, triangle_picture
from seedbed.experiments.loss_section import loss_section
from seedbed.experiments.measures import bands, final_score
from seedbed.experiments.published import figure2_rows
from seedbed.experiments.results import Results
from seedbed.experiments.run_section import run_section
from seedbed.experiments.triangle import CORPUS
from seedbed.reports import LEAD_HEIGHT, Figure, Lead, Report, Section, band_chart, interval_chart

CONDITIONS = ("alone", "zero-shot", "hinted")
TASKS = ("A->B", "B->C", "A->C")
CLAIMED_HINTS = 50  # examples of A->C in the paper
LEAST_TO_COPY = 0.1  # exact match with all words shown, below which there is nothing to tell copying by


def make(results: Results) -> Report:
    """The report; a condition whose members have not finished is left out and counted in the provenance."""
    conditions = [name for name in CONDITIONS if final_score(results, name, "A->C") is not None]
    if not conditions:
        return Report(
            "The triangle", "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results)
        )
    sections = [
        Section("claims", "Claims and verdicts", (_RULES,), tuple(_verdicts(results))),
        *_coverage(results, conditions),
        run_section(results, conditions),
        *_controls(results),
        Section(
            "scores",
            "Every sentence tested",
            (),
            tuple(
                item
                for item in (
                    parts.score_table(results, conditions, TASKS),
                    baseline_table(
                        results,
                        "A->C",
                        [scored(results, name, name, "A->C", results.options.hints) for name in conditions],
                    ),
                    parts.ambiguity_table(results, conditions, TASKS),
                    parts.paper_test_table(results, conditions, TASKS),
                )
                if item is not None
            ),
            folded=True,
        ),
        replace(loss_section(results, conditions), folded=True),
        Section(
            "figure-2",
            "Figure 2 of the paper",
            (
                f"A->B and B->C are taught with {CORPUS:,} sentences each, A->C with {results.options.hints} "
                f"(`hinted`), with none (`zero-shot`), or A->C with {results.options.hints} and nothing else "
                "(`alone`). A prompt contains no token that names the task; the model has to infer the task from the "
                f"shots. The model has {_parameters(results, conditions):,} parameters. The figure shows the paper's "
                "own curves: 50 hints, one seed, five sentences per point, 4,533,631 parameters.",
            ),
            (_published_figure(),),
            folded=True,
        ),
        *parts.diverged_section(results),
    ]
    headline = [
        (
            f"{name}: {format_estimate(score)} of unseen A->C sentences are translated exactly, with none of their "
            "words shown."
        )
        for name in conditions
        if (score := final_score(results, name, "A->C")) is not None
    ]
    subtitle = "Does translation A->C emerge from A->B, B->C and a few hints? After Sinha (2024), section 3.1"
    return Report(
        "The triangle", subtitle, headline, sections, parts.provenance(results), lead=_lead(results, conditions)
    )


def _lead(results: Results, conditions: list[str]) -> Lead:
    scores = {name: final_score(results, name, "A->C") for name in conditions}
    known = {name: score for name, score in scores.items() if score is not None}
    hints = results.options.hints
    figure = parts.learning_figure(
        results, conditions, "A->C", id="a-to-c", title="A->C on unseen sentences", height=LEAD_HEIGHT
    )
    return Lead(
        answers.triangle(known, hints),
        cautions(results, conditions, "A->C"),
        triangle_picture(results.options.world, CORPUS, (f"hinted, alone: {hints} hints", "zero-shot: none")),
        example(results, conditions, "A->C"),
        figure,
    )


def _coverage(results: Results, conditions: list[str]) -> list[Section]:
    figure = parts.coverage_figure(results, conditions, "A->C")
    return [Section("copying", figure.title, (), (figure,))] if figure else []


_RULES = (
    "Each rule was written before the run and looks at the whole interval: `replicated` if all of it meets the rule, "
    "`not replicated` if none does, otherwise `depends`. Claims about the paper's own model are measured by `seedbed "
    "run paper-3.1`."
)


def _parameters(results: Results, conditions: list[str]) -> int:
    """Of the models in the figure, which share one shape."""
    rows = results.members.filter(pl.col("condition").is_in(conditions))
    return int(rows["parameters"].max())  # type: ignore[arg-type]


def _published_figure() -> Figure:
    rows = pl.DataFrame(
        [{"condition": name, "epoch": epoch, "score": row["a_to_c"]} for (name, epoch), row in figure2_rows().items()]
    )
    chart = band_chart(
        rows, x="epoch", y="score", color="condition", title_x="epoch", title_y="A->C, words in place", y_domain=(0, 1)
    )
    caption = (
        "Figure 2 of Sinha (2024), from the paper's notebooks: n = 1 seed and 5 random sentences per point, which may "
        "occur in the training data and most of whose words are shown; there is no interval. At epochs 98, 99 and "
        "100, `hinted` scores 0.70, 0.35 and 0.10."
    )
    return Figure("published", "The paper's own curves", chart, caption, rows)


def _controls(results: Results) -> list[Section]:
    if "control" not in results.members.columns:
        return []
    rungs = results.final(task="A->C", **results.headline)
    rungs = rungs.filter(pl.col("control").is_not_null() | (pl.col("condition") == "hinted"))
    if rungs.is_empty():
        return []
    means = bands(rungs, ["condition"], "exact")
    order = results.members["condition"].unique(maintain_order=True).to_list()
    means = means.with_columns(
        place=pl.col("condition").replace_strict({name: i for i, name in enumerate(order)})
    ).sort("place")
    means = means.with_columns(
        ladder=pl.when(pl.col("condition") == "hinted")
        .then(pl.lit("ours"))
        .when(pl.col("condition").str.starts_with(controls.FROM_OURS))
        .then(pl.lit("ours, one factor the paper's"))
        .otherwise(pl.lit("the paper's, one factor ours")),
        label=pl.when(pl.col("condition") == "hinted").then(pl.lit("ours (`hinted`)")).otherwise(pl.col("condition"))
        + pl.format(" (n = {})", pl.col("n")),
    ).drop("place")
    chart = interval_chart(
        means,
        label="label",
        value="mean",
        low="low",
        high="high",
        color="ladder",
        title_x="A->C, exact match, unseen, coverage 0",
        x_domain=(0, 1),
    )
    caption = (
        "All members are trained in the condition `hinted`. The upper group starts from our settings and changes one "
        "factor to the paper's, which shows whether our setting is necessary. The lower group starts from the paper's "
        "settings, with the paper's block at half our width and for 67 epochs, and changes one factor to ours, which "
        "shows whether it is sufficient. An empty dot has no interval (n = 1). 95% intervals over seeds."
    )
    items = [Figure("ladder", "One factor at a time", chart, caption, means)]
    text = (
        "The length to which the test truncates its prompts is also a factor; it appears in the table of the paper's "
        "own test, for members that read subword tokens.",
    )
    pieces = [name for name in order if "pieces" in name or name.startswith("paper's")]
    table = parts.paper_test_table(results, pieces, ("A->C",))
    return [Section("controls", "Controls: from the paper's settings to ours", text, (*items, table))]


def _verdicts(results: Results) -> list:
    measured: dict[str, Measured | None] = dict(arithmetic())
    for claim, condition in [
        ("hinted-emerges", "hinted"),
        ("zero-shot-absent", "zero-shot"),
        ("alone-absent", "alone"),
    ]:
        found = final_score(results, condition, "A->C")
        measured[claim] = Measured(found, "See `A->C on unseen sentences`.") if found else None
    elsewhere = {claim.id: "Measured by `seedbed run paper-3.1`." for claim in PAPER_RUN}
    if results.options.hints != CLAIMED_HINTS:
        for claim in ("hinted-emerges", "alone-absent"):
            measured[claim] = None
            elsewhere[claim] = f"The claim is about {CLAIMED_HINTS} hints, but this run has {results.options.hints}."
    measured["not-copying"] = _copying(results)
    if measured["not-copying"] is None:
        elsewhere["not-copying"] = f"This needs members that translate: {LEAST_TO_COPY:.0%} or more at full coverage."
    return judge_all(EMERGENCE + ARITHMETIC + PAPER_RUN, measured, elsewhere)


def _copying(results: Results) -> Measured | None:
    cases = {"hidden": 0, "shown": results.options.world.length}
    rows = [
        results.final(condition="hinted", task="A->C", split="unseen", coverage=coverage).select(
            "member", "n", pl.col("exact").alias(name)
        )
        for name, coverage in cases.items()
    ]
    both = rows[0].join(rows[1], on="member", suffix="_shown")
    if both.is_empty():
        return None
    if float(both["shown"].mean()) < LEAST_TO_COPY:  # type: ignore[arg-type]
        return None  # who answers nothing neither copies nor translates
    items = int(min(both["n"].min(), both["n_shown"].min()))  # type: ignore[type-var, arg-type]
    paired = (both["hidden"] - both["shown"]).to_numpy()
    found = mean_over_seeds(paired, items=items, bounds=(-1.0, 1.0))
    return Measured(found, "Difference within each seed; see `Translation, or copying from the shots?`.")
