"""The grid of story models: what it plans, and what its page says of runs whose numbers are made by rule."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from seedbed.data import kept_probes
from seedbed.experiments import stories_grid
from seedbed.experiments.audit import audit
from seedbed.experiments.parts import command
from seedbed.experiments.plan import experiment
from seedbed.experiments.run_scores import run_scores
from seedbed.experiments.stories_grid_report import _plateau
from seedbed.experiments.stories_grid_tasks import task_lines
from seedbed.reports import Table
from seedbed.training import check_member
from tests import text_run

pytestmark = pytest.mark.usefixtures("own_cache")

GRID = {
    "corpus": "story-world",
    "story_world.stories": 2000,
    "widths": [32, 64, 128],
    "blocks": [1, 2, 4],
    "tokens": 20_000,
    "items": 40,
    "vocabulary": 400,
    "model.context": 64,
    "training.batch": 8,
}


def test_a_grid_changes_the_size_alone_and_asks_questions_at_the_end():
    options = text_run.prepared("stories-grid", GRID)
    planned = stories_grid.plan(options)
    assert Counter(each.condition for each in planned) == {
        f"{width}/{blocks}": 3 for width in (32, 64, 128) for blocks in (1, 2, 4)
    }
    for each in planned:
        check_member(each.config, each.member)
    (world,) = {each.config.world for each in planned}
    assert len({each.config.training for each in planned}) == 1
    assert {"pronoun", "character", "name", "where", "has", "lies"} <= set(kept_probes(world.probes).tasks)
    assert text_run.prepared("stories-grid", GRID) == options  # found again
    assert stories_grid.prepared(options, print) == (options, {})


def test_a_pilot_of_the_grid_tries_every_rate_on_seeds_of_its_own():
    pilot = stories_grid.plan(text_run.prepared("stories-grid", {**GRID, "pilot": True}))
    assert Counter(each.member.learning_rate for each in pilot) == dict.fromkeys(stories_grid.RATES, 6)
    assert {each.member.init_seed for each in pilot} == {100, 101}


@pytest.fixture(scope="module")
def grid(own_cache, tmp_path_factory):
    """Larger is better; agreement is known from width 64 on, `where` by nobody, `name` by the larger gradually, `facts`
    by width alone."""

    def asked(planned):
        labels = dict(planned.labels)
        width, blocks = labels["width"], labels["blocks"]
        rng = np.random.default_rng(planned.member.init_seed)
        name = {32: 0.5, 64: 0.6, 128: 0.8, 256: 0.85}[width]
        shares = {"agreement": 1.0 if width >= 64 else 0.5, "where": 0.5, "facts": 0.5 + 0.1 * np.log2(width / 32)}
        return [
            *(text_run.question(task, share) for task, share in shares.items()),
            text_run.question("name", rng.binomial(200, name + 0.02 * blocks) / 200),
        ]

    def bits(planned):
        labels, rng = dict(planned.labels), np.random.default_rng(planned.member.init_seed)
        size = 3 - 0.3 * np.log2(labels["width"] / 32) - 0.1 * labels["blocks"]
        return size + 0.1 * planned.member.init_seed + rng.normal(scale=0.001)

    settings = {**GRID, "widths": [32, 64, 128, 256]}
    return text_run.build(tmp_path_factory.mktemp("grid") / "run", "stories-grid", settings, bits, asked)


def test_the_page_of_a_grid_has_the_order_of_losses_and_judges_emergence_over_parameters(grid):
    report = experiment("stories-grid").report(grid)
    verdicts = {each.claim_id: each for each in report.verdicts()}
    order = verdicts["order-of-losses"]
    assert (order.verdict, order.measured, order.n) == ("replicated", "1", 3)  # six sizes alone could not settle it
    assert "over 6 sizes, p = 0.0014" in order.evidence  # 1 / 6!
    assert verdicts["width-128"].verdict == "replicated" and verdicts["width-128"].n == 3
    assert verdicts["grammar-plateaus-first"].verdict == "replicated"
    assert verdicts["width-facts"].verdict == "replicated" and verdicts["width-facts"].measured.startswith("-")
    assert verdicts["depth-tracks"].verdict != "replicated"
    assert list(report.figures())


def test_the_page_of_a_grid_leads_with_what_can_be_said_of_each_task(grid):
    report = experiment("stories-grid").report(grid)
    generated, _, emerges, known, rest = report.headline
    assert "nobody wrote these texts" in generated
    assert emerges.startswith("agreement: emerges at ") and emerges.endswith(" that is, at 64/1 (in 3 of 3 seeds).")
    assert "where (0 of 3 above guessing)" in rest  # 120 questions do not show that it is within 2.5 points of 50%
    assert known.startswith(
        "These tasks are above guessing in every seed, but the data do not show how sharply they rise: "
    )
    assert "name from 64/1 to 64/2" in known
    rows = {row[0]: row[1:] for row in next(table for table in tables_of(report) if "which size" in table.title).rows}
    assert rows["where"] == ["too little data to say", "0 of 3 above guessing", None, *rows["where"][3:]]
    assert rows["agreement"][1:3] == ["3 of 3 above guessing", "64/1"]
    assert rows["agreement"][3].startswith("50") and rows["agreement"][4].startswith("100")


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (["32/1", "64/1"], "Too little data to say: agreement (too few sizes); facts (too few sizes); "),
        (["32/1", "32/2", "32/4", "64/1", "64/2", "64/4"], "where (0 of 3 above guessing)"),
    ],
)
def test_a_grid_of_few_sizes_says_how_much_it_can_say(grid, sizes, expected):
    names = {parameters: name for name, parameters in grid.members.select("condition", "parameters").iter_rows()}
    found = audit(run_scores(grid, sizes, scale="parameters"))
    *_, last = task_lines(found, {each: name for each, name in names.items() if name in sizes})
    assert expected in last


def test_a_grid_of_one_size_has_a_page(tmp_path):
    settings = {**GRID, "widths": [32], "blocks": [2]}
    results = text_run.build(
        tmp_path / "run",
        "stories-grid",
        settings,
        lambda planned: 2.0,
        lambda planned: [text_run.question("where", 0.5)],
    )
    report = experiment("stories-grid").report(results)
    assert report.headline[1:] == ["Too little data to say: where (too few sizes)."]
    (row,) = next(table for table in tables_of(report) if "which size" in table.title).rows
    assert row[0] == "where" and len(row) == 5


def tables_of(report):
    return [item for section in report.sections for item in section.items if isinstance(item, Table)]


def test_a_plateau_is_looked_for_only_where_something_is_known():
    rows = pl.DataFrame({"init_seed": [0, 0, 1, 1], "task": ["agreement", "name"] * 2, "exact": [0.9, 0.8, 0.9, 0.54]})
    assert _plateau(rows, rows, "") is None  # names are not known by seed 1
    known = rows.with_columns(exact=pl.Series([0.9, 0.9, 0.9, 0.9]))
    found = _plateau(rows, known, "")
    assert found is not None and found.estimate.value == pytest.approx(1 - (0.3 / 0.4 + 0.04 / 0.4) / 2)


def test_scores_by_size_are_a_curve_a_seed(grid):
    table = run_scores(grid, scale="parameters")
    assert set(table.tasks) == {"agreement", "name", "where", "facts"} and table.rows["group"].n_unique() == 3
    assert table.rows.filter(task="name")["scale"].n_unique() == 12
    assert table.rows["chance"].unique().to_list() == [0.5]
    assert not any("sorted" in warning for warning in table.warnings)


def test_the_command_of_a_page_leaves_out_what_the_run_writes_down(grid):
    assert "--worlds" not in command(grid) and "--corpus story-world" in command(grid)
