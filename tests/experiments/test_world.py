"""A world of one's own, from a graph and a mixture to the page."""

import pytest

import seedbed
from seedbed.config import UsageError
from seedbed.emergence import format_estimate, mean_over_seeds
from seedbed.experiments.measures import final_score
from seedbed.experiments.plan import experiment
from seedbed.experiments.world import ALONE, WHOLE, Options, plan, world_of
from seedbed.reports import Table
from seedbed.tasks import counts_in, star

SMALL = {
    "model.width": 16,
    "model.heads": 2,
    "training.steps": 8,
    "training.batch": 8,
    "evaluation.panel": 8,
    "evaluation.every": 24,
    "evaluation.others": 8,
    "evaluation.regular": 4,
    "evaluation.block": 8,
}


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "star"
    return seedbed.run(
        "world", folder=folder, workers=1, seeds=2, world=star(2), mixture="A->B:40,A->C:40,B->C:1", **SMALL
    )


def test_the_page_tells_every_task_by_coverage_with_intervals(grown):
    report = experiment("world").report(grown)
    assert len(report.headline) == 3
    assert grown.members["condition"].to_list() == [WHOLE] * 2 + [ALONE] * 2
    assert report.headline[0].startswith("A->B (a dictionary of its own, 40 examples): ")
    assert report.headline[2].startswith("B->C (2 dictionaries, 1 example): ")
    assert all("(n = 2) exact on unseen sentences, none of their words shown" in said for said in report.headline)
    assert ["its examples alone" in said for said in report.headline] == [False, False, True]
    assert {figure.id for figure in report.figures()} == {"curves", "coverage", "emerged"}
    table = report.sections[0].items[0]
    assert isinstance(table, Table)
    assert [row[:3] for row in table.rows] == [["A->B", "A-B", 40], ["A->C", "A-C", 40], ["B->C", "B-A-C", 1]]
    assert [column for column in table.columns if column.endswith("shown")] == [f"exact, {n} shown" for n in range(5)]
    assert all("(n = 2)" in cell for row in table.rows for cell in row[3:])
    assert [section.id for section in report.sections] == ["tasks", "control", "emergence"]


def test_the_control_reads_the_composed_tasks_alone_and_the_gain_is_over_pairs_of_seeds(grown):
    report = experiment("world").report(grown)
    ((task, examples, whole, alone, gain),) = report.sections[1].items[0].rows
    assert (task, examples) == ("B->C", 1)
    final = grown.final(task="B->C", split="unseen", coverage=0).sort("init_seed", "condition")
    score = {(row["condition"], row["init_seed"]): row["exact"] for row in final.to_dicts()}
    gains = [score[WHOLE, seed] - score[ALONE, seed] for seed in (0, 1)]
    assert format_estimate(mean_over_seeds(gains, items=24, bounds=(-1, 1))) == gain
    assert format_estimate(final_score(grown, WHOLE, "B->C")) == whole
    assert format_estimate(final_score(grown, ALONE, "B->C")) == alone
    assert set(grown.where(condition=ALONE, test="every")["task"]) == {"B->C"}


@pytest.mark.parametrize("mixture", ["A->B:9,B->C:9", "A->D:9"])
def test_no_control_where_there_is_nothing_to_take_away(mixture):
    planned = plan(Options(mixture=mixture, seeds=1))
    assert [each.condition for each in planned] == [WHOLE]
    assert [each.condition for each in plan(Options(control=False, seeds=1))] == [WHOLE]


def test_the_command_in_the_report_makes_the_same_run(grown):
    import shlex

    from seedbed.cli.flags import flags_of
    from seedbed.cli.parse import parse
    from seedbed.config.settings import with_settings
    from seedbed.experiments.parts import command

    words = shlex.split(command(grown))
    settings = parse(words[5:], list(flags_of(Options)), "seedbed run world")
    assert with_settings(Options(), settings) == grown.options
    assert world_of(grown.options) == star(2)


@pytest.mark.parametrize(
    ("text", "counts"),
    [("A->B:3", (("A->B", 3),)), (" A->B:3 , B->C : 0", (("A->B", 3), ("B->C", 0)))],
)
def test_a_mixture_is_read_as_it_is_written(text, counts):
    assert counts_in(text) == counts


@pytest.mark.parametrize(
    "text", ["", "A->B", "A->B:", ":3", "A->B:-1", "A->B:2.5", "A->B:3,", "A-", "A->B:" + "9" * 5000]
)
def test_a_mixture_that_cannot_be_read_is_refused(text):
    with pytest.raises(UsageError, match="a mixture is tasks with their examples"):
        counts_in(text)
