"""The page of a table1 run: six tasks, each with its interval beside the published number, and claims."""

from dataclasses import replace

from seedbed.emergence import format_estimate
from seedbed.experiments import answers, parts
from seedbed.experiments.baseline_table import baseline_table, scored
from seedbed.experiments.claims import Measured, exactly, judge_all
from seedbed.experiments.claims_32 import FAITHFUL, PUBLISHED_LOSS, TABLE1, TINY
from seedbed.experiments.first_page import cautions, example, world_picture
from seedbed.experiments.loss_section import loss_section
from seedbed.experiments.measures import THRESHOLD, final_score
from seedbed.experiments.published import table1_loss
from seedbed.experiments.results import Results
from seedbed.experiments.run_section import run_section
from seedbed.experiments.table1 import MIXTURE
from seedbed.reports import Lead, Report, Section, Table, led
from seedbed.tasks import bayes_floor, table1

CONDITION = "table 1"


def make(results: Results) -> Report:
    """The report."""
    if final_score(results, CONDITION, "B->C") is None:
        return Report(
            "Table 1", "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results)
        )
    tasks = results.options.world.tasks
    coverage = parts.coverage_figure(results, [CONDITION], "B->C")
    items = (
        _beside_published(results),
        parts.tasks_figure(results, CONDITION, title="The six tasks during training"),
        parts.score_table(results, [CONDITION], tasks),
        baseline_table(
            results,
            "the tasks taught rarely",
            [scored(results, task, CONDITION, task, dict(MIXTURE.counts)[task]) for task in TABLE1],
        ),
        *([coverage] if coverage else []),
        parts.ambiguity_table(results, [CONDITION], tasks),
        parts.paper_test_table(results, [CONDITION], tasks),
    )
    sections = [
        Section("tasks", "Six tasks", (_HOW,), items),
        run_section(results),
        loss_section(results, [CONDITION]),
        Section("claims", "Claims and verdicts", (), tuple(_verdicts(results))),
        *parts.diverged_section(results),
    ]
    headline = [
        f"{task}: {format_estimate(score)} exact on unseen sentences, none of their words shown (published "
        f"{100 * TABLE1[task]:g}%)."
        for task in ("D->B", "D->C", "B->C")
        if (score := final_score(results, CONDITION, task)) is not None
    ]
    subtitle = "Three dictionaries taught often, three compositions taught rarely. After Sinha (2024), section 3.2"
    report = Report("Table 1", subtitle, headline, sections, parts.provenance(results))
    return led(report, _lead(results), figure="curves", folded=("loss",))


def _lead(results: Results) -> Lead:
    world = results.options.world
    composed = [task for task in world.tasks if len(world.path(task)) > 2]
    scores = {task: score for task in composed if (score := final_score(results, CONDITION, task)) is not None}
    counts = dict(MIXTURE.counts)
    return Lead(
        answers.by_outcome(
            "from a few hundred examples composition",
            scores,
            THRESHOLD,
            does="emerges in",
            does_not="does not emerge in",
        ),
        cautions(results, [CONDITION]),
        world_picture(world, {task: (f"{counts[task]:,}",) for task in world.tasks if task in counts}, composed),
        example(results, [CONDITION], composed[-1]) if composed else None,
    )


_HOW = (
    "A->B, A->D and A->C are taught with 5,000, 4,500 and 4,000 sentences, D->B, D->C and B->C with 100, 200 and 300. "
    "Every one of the 11,880 sentences is tested at the end."
)


def _beside_published(results: Results) -> Table:
    rows = []
    for task in results.options.world.tasks:
        score = final_score(results, CONDITION, task)
        words = final_score(results, CONDITION, task, "word_score")
        if score and words:
            published = f"{100 * TABLE1[task]:g}% (n = 100, no interval)" if task in TABLE1 else "-"
            rows.append(
                [task, dict(MIXTURE.counts).get(task), format_estimate(score), format_estimate(words), published]
            )
    columns = ["task", "examples", "exact, unseen, coverage 0", "words in place", "published, words in place"]
    return Table(
        "Table 1, with seeds", columns, rows, "Means over seeds with 95% intervals, over all existing sentences."
    )


def _verdicts(results: Results) -> list:
    measured: dict[str, Measured | None] = {}
    for claim, task in zip(TINY, TABLE1, strict=True):
        found = final_score(results, CONDITION, task)
        measured[claim.id] = Measured(found, "See `Table 1, with seeds`.") if found else None
    floor = bayes_floor(replace(table1(), tokens="piece"), MIXTURE, 46)
    evidence = f"The exact Bayes floor is {floor:.3f}, so windows were memorised."
    measured[PUBLISHED_LOSS.id] = Measured(exactly(table1_loss()[200] - floor), evidence)
    elsewhere = {
        claim.id: "Measured by `seedbed run paper-3.2`: 1.1e16 floating-point operations." for claim in FAITHFUL
    }
    return judge_all([*TINY, PUBLISHED_LOSS, *FAITHFUL], measured, elsewhere)
