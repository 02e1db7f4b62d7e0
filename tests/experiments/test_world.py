"""A world of one's own, from a graph and a mixture to the page."""

import pytest

import seedbed
from seedbed.config import UsageError
from seedbed.experiments.plan import experiment
from seedbed.experiments.world import Options, world_of
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
    assert report.headline[0].startswith("A->B (a dictionary of its own, 40 examples): ")
    assert report.headline[2].startswith("B->C (2 dictionaries, 1 example): ")
    assert all("(n = 2) exact on unseen sentences, none of their words shown." in said for said in report.headline)
    assert {figure.id for figure in report.figures()} == {"curves", "coverage", "emerged"}
    table = report.sections[0].items[0]
    assert isinstance(table, Table)
    assert [row[:3] for row in table.rows] == [["A->B", "A-B", 40], ["A->C", "A-C", 40], ["B->C", "B-A-C", 1]]
    assert [column for column in table.columns if column.endswith("shown")] == [f"exact, {n} shown" for n in range(5)]
    assert all("(n = 2)" in cell for row in table.rows for cell in row[3:])
    assert [section.id for section in report.sections] == ["tasks", "emergence"]


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
