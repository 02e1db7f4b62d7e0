"""The page of a hints run: the phase diagram, the hints that half of the seeds need in each arm, and their ratio."""

from dataclasses import replace

import numpy as np
import polars as pl

from seedbed.emergence import DoseRatio, MemorisingBaseline, format_estimate, half_dose, half_dose_ratio
from seedbed.experiments import answers, parts
from seedbed.experiments.baseline_table import baseline_table, scored
from seedbed.experiments.first_page import cautions, example, triangle_picture
from seedbed.experiments.hints import ALONE, ARMS, COMPARISONS, DOSES, WITH
from seedbed.experiments.measures import PERSISTENCE, THRESHOLD, bands, mean_score, onsets
from seedbed.experiments.results import Results
from seedbed.experiments.run_section import run_section
from seedbed.reports import Figure, Lead, Report, Section, Table, dose_chart, heat_chart, led, strip_chart
from seedbed.tasks import World, sentences, stream
from seedbed.tasks.stream import Mixture


def make(results: Results) -> Report:
    """The report; arms and variations that have no finished member are left out."""
    final = results.final(task="A->C", **results.headline)
    standard = final.filter(pl.col("variation") == "standard")
    if standard.is_empty():
        return Report("Hints", "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results))
    ratios = {name: ratio for name, arms in COMPARISONS.items() if (ratio := _ratio(standard, *arms)) is not None}
    headline = [
        f"At {name}, A->C emerges in half of the seeds at {_hints(ratio.arm)} hints with the related corpora and at "
        f"{_hints(ratio.reference)} without; the ratio is {format_estimate(ratio.ratio, percent=False)}."
        for name, ratio in ratios.items()
    ]
    sections = [
        Section(
            "diagram",
            "Unseen accuracy against hints",
            (_HOW,),
            (*_diagrams(results, standard), _against_recall(results, standard)),
        ),
        Section("half", "Hints at which half of the seeds emerge", (_HALF,), (_half_table(standard, ratios),)),
        Section("onset", "When it emerges", (), tuple(_onset_figures(results))),
        *_all_tasks(results),
        *_variations(final),
        run_section(replace(results, options=replace(results.options, variations=False))),
        *parts.diverged_section(results),
    ]
    subtitle = "How many examples of A->C are needed, with and without A->B and B->C?"
    report = Report("Hints", subtitle, headline, sections, parts.provenance(results))
    lead = Lead(
        answers.hints(ratios) if ratios else _of_one_arm(standard),
        cautions(results),
        triangle_picture(results.options.world, results.options.corpus, ("0 to 512 hints",)),
        example(results, ARMS, "A->C"),
    )
    return led(report, lead, figure="hints-matched-steps", folded=("tasks",))


def _of_one_arm(standard: pl.DataFrame) -> str:
    """The answer where no two arms can be compared: the numbers of hints at which the first arm emerges."""
    arm = next(name for name in ARMS if name in standard["condition"])
    own = standard.filter(pl.col("condition") == arm)
    doses = own["hints"].unique().sort().to_list()
    scores = {f"{dose}": score for dose in doses if (score := mean_score(own.filter(hints=dose))) is not None}
    return answers.by_outcome(
        f"`{arm}`: A->C", scores, THRESHOLD, does="emerges with hints numbering", does_not="does not emerge with",
        unsettled="is not settled with",
    )  # fmt: skip


_HOW = (
    "Each dot is a member. `with corpora` reads A->B, B->C and the hints as one stream, and `alone` reads only the "
    "hints, for the same number of steps. In the arms marked `1 in 4`, a quarter of the windows with corpora are "
    "hints, and `alone` reads only those windows: the same number of steps and the same hint windows. The dashed "
    "lines show the score of a model that only recalls the hints (Proposition 4: number of hints divided by 1,680) "
    "and the share of the eight word pairs that the hints show."
)
_HALF = (
    f"A->C has emerged in a member if the member translates at least {100 * THRESHOLD:g}% of unseen sentences at the "
    "end, with shots that show none of their words. The number of hints at which this happens in half of the members "
    "is estimated with a logistic curve in log2(hints) whose slope the two arms share (Firth's penalised likelihood, "
    "profile intervals), over the doses around each arm's boundary. Every dose and arm has its own seeds."
)


def _emerged(frame: pl.DataFrame) -> np.ndarray:
    return (frame["exact"] >= THRESHOLD).to_numpy()


def _ratio(standard: pl.DataFrame, arm: str, reference: str) -> DoseRatio | None:
    rows = pl.concat([near_boundary(standard, arm), near_boundary(standard, reference)])
    if rows["condition"].n_unique() < 2:
        return None
    return half_dose_ratio(rows["hints"].to_numpy(), _emerged(rows), (rows["condition"] == arm).to_numpy())


def near_boundary(frame: pl.DataFrame, arm: str) -> pl.DataFrame:
    """An arm's members at the doses laid around its boundary. The far ones complete the diagram, not the fit.

    Far above the boundary a member that does not emerge was slow, not short of hints, and would flatten the curve.
    """
    return frame.filter((pl.col("condition") == arm) & pl.col("hints").is_in(DOSES[arm]))


def _hints(estimate: object) -> str:
    return format_estimate(estimate, percent=False)  # type: ignore[arg-type]


def _diagrams(results: Results, standard: pl.DataFrame) -> list[Figure]:
    figures = []
    for name, arms in COMPARISONS.items():
        rows = standard.filter(pl.col("condition").is_in(arms))
        if rows.is_empty():
            continue
        curves = bands(rows, ["condition", "hints"], "exact")
        chart = dose_chart(
            rows.select("condition", "hints", pl.col("exact").alias("mean")),
            curves,
            x="hints",
            y="mean",
            low="low",
            high="high",
            arm="condition",
            title_x="hints (distinct examples of A->C)",
            title_y="A->C, exact match, unseen, coverage 0",
            baselines=_baselines(results, curves["hints"].unique().sort().to_list()),
        )
        seeds = f"{curves['n'].min()} to {curves['n'].max()}"
        caption = f"At {name}: mean over seeds (n = {seeds} per dose and arm) with 95% intervals; each dot is a seed."
        figures.append(Figure(f"hints-{name.replace(' ', '-')}", f"At {name}", chart, caption, curves))
    return figures


def _baselines(results: Results, doses: list[int]) -> pl.DataFrame:
    config = results.options.world
    rows = []
    for dose in doses:
        recall = MemorisingBaseline(shown=min(dose, config.sentences), possible=config.sentences, tested=256).accuracy
        rows.append({"hints": dose, "mean": recall, "label": "recall alone"})
        rows.append({"hints": dose, "mean": shown_pairs(results, dose), "label": "word pairs shown"})
    return pl.DataFrame(rows)


def _against_recall(results: Results, standard: pl.DataFrame) -> Table:
    """The baselines beside both arms at matched steps, at each number of hints near their boundaries."""
    doses = {arm: near_boundary(standard, arm)["hints"].unique().sort() for arm in (WITH, ALONE)}
    measured = [
        scored(results, f"{arm}, {dose} hints", arm, "A->C", dose, variation="standard", hints=dose)
        for arm, some in doses.items()
        for dose in some
    ]
    return baseline_table(results, "A->C", measured)


def shown_pairs(results: Results, dose: int, seeds: int = 32) -> float:
    """Share of the A->C word pairs that so many hints show, mean over the streams of `seeds` seeds."""
    config = results.options.world
    if not dose:
        return 0.0
    hints = Mixture((("A->C", dose),), draw="distinct")
    shown = []
    for seed in range(seeds):
        number_E = stream(World(config), hints, seed).sentence_E
        words = sentences.sentence(number_E, config.words, config.length, config.distinct)
        shown.append(len(np.unique(words)) / config.words)
    return float(np.mean(shown))


def _half_table(standard: pl.DataFrame, ratios: dict[str, DoseRatio]) -> Table:
    rows = []
    for name, ratio in ratios.items():
        arm, reference = COMPARISONS[name]
        width = ratio.ratio.high / ratio.ratio.low if ratio.ratio.low > 0 else float("inf")
        rows.append([name, arm, _hints(ratio.arm), ""])
        rows.append([name, reference, _hints(ratio.reference), ""])
        rows.append(
            [name, "ratio, with over without", _hints(ratio.ratio), f"its ends differ by a factor of {width:.2f}"]
        )
    shared = standard.filter(pl.col("hints") > 0).group_by("condition").len().sort("condition")
    counts = ", ".join(f"{name} {count}" for name, count in shared.iter_rows())
    return Table(
        "Hints at which half of the seeds emerge",
        ["comparison", "arm", "hints", ""],
        rows,
        f"95% intervals. Members: {counts}.",
    )


def _all_tasks(results: Results) -> list[Section]:
    """Every task's score by hints, where others than A->C were tested: whether a member that fails has learnt any."""
    tested = results.final(**results.headline).filter(pl.col("variation") == "standard")
    tasks = [task for task in results.options.world.tasks if task in set(tested["task"])]
    if len(tasks) < 2:
        return []
    groups = tested.select("condition", "hints").unique().sort("condition", "hints")
    rows = []
    for arm, hints in groups.iter_rows():
        own = tested.filter((pl.col("condition") == arm) & (pl.col("hints") == hints))
        scores = [mean_score(own.filter(pl.col("task") == task)) for task in tasks]
        rows.append([arm, hints, *("-" if each is None else format_estimate(each) for each in scores)])
    caption = f"Exact match on unseen sentences at coverage 0 after {results.options.training.steps:,} steps."
    table = Table("Every task by hints", ["arm", "hints", *tasks], rows, f"{caption} 95% intervals over seeds.")
    return [Section("tasks", "Every task", (), (table,))]


def _onset_figures(results: Results) -> list[Figure]:
    panel = results.where(test="panel", task="A->C", variation="standard", **results.headline)
    if panel.is_empty():
        return []
    steps = results.options.training.steps
    rows = []
    found = onsets(panel)
    for row in panel.unique("member", maintain_order=True).sort("hints").iter_rows(named=True):
        one = found[row["member"]]
        if row["hints"] and one.step is not None:
            rows.append({"arm": row["condition"], "hints": row["hints"], "step": one.step, "censored": False})
    if not rows:
        return []
    frame = pl.DataFrame(rows).sort(
        pl.col("arm").replace_strict({arm: i for i, arm in enumerate(ARMS)}, default=9), "hints"
    )
    chart = strip_chart(
        frame, category="arm", value="step", title_x="onset, training step", color="arm", censored="censored"
    )
    total = panel.filter(pl.col("hints") > 0)["member"].n_unique()
    caption = (
        f"The onset of a member is the first of {PERSISTENCE} consecutive evaluations at which its exact match on "
        f"unseen sentences is at or above {100 * THRESHOLD:g}%. {frame.height} of {total} members have an onset; the "
        f"others had none within {steps} steps. Evaluations are {results.options.evaluation.regular} steps apart, so "
        "the true onset may be up to that much earlier."
    )
    return [Figure("onsets", "Onset of A->C by arm", chart, caption, frame)]


def _variations(final: pl.DataFrame) -> list[Section]:
    rows, cells = [], []
    for variation in final["variation"].unique(maintain_order=True).sort().to_list():
        for arm in (WITH, ALONE):
            members = near_boundary(final, arm).filter(
                (pl.col("variation") == variation) & (pl.col("condition") == arm) & (pl.col("hints") > 0)
            )
            if members.is_empty():
                continue
            dose = half_dose(members["hints"].to_numpy(), _emerged(members))
            rows.append([variation, arm, members["width"][0], members["corpus"][0], _hints(dose), members.height])
            for (hints,), group in members.group_by(["hints"]):
                cells.append({"row": f"{variation}, {arm}", "hints": hints, "share": float(_emerged(group).mean())})
    if len(rows) < 3:
        return []
    columns = ["variation", "arm", "width", "sentences per corpus", "hints at which half emerge", "members"]
    table = Table("By width and corpus size", columns, rows, "95% intervals; each arm is fitted separately.")
    frame = pl.DataFrame(cells).sort("row", "hints")
    order = [str(hints) for hints in sorted(frame["hints"].unique().to_list())]
    names = frame["row"].unique(maintain_order=True).to_list()
    # The chart orders rows and columns by appearance.
    drawn = frame.sort("hints", "row").with_columns(pl.col("hints").cast(pl.String))
    chart = heat_chart(
        drawn,
        x="hints",
        y="row",
        value="share",
        title_x="hints",
        title_y="",
        title_value="share emerged",
        domain=(0, 1),
    )
    caption = (
        f"Share of members in which A->C emerged, by number of hints ({order[0]} to {order[-1]}), for "
        f"{len(names)} arms; white cells were not run."
    )
    figure = Figure("where", "Where emergence sets in", chart, caption, frame)
    return [Section("variations", "Model width and corpus size", (), (table, figure))]
