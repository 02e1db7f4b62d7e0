"""The loss section: exact floors under the curves, nats below them, and the lag behind the loss, known by rule."""

import pytest

from seedbed.experiments.loss_section import floor_table, floors, lag_table, loss_section
from seedbed.experiments.results import open_results
from seedbed.reports import Figure
from seedbed.tasks import bayes_floor, task_floor

CONDITIONS = ["alone", "zero-shot", "hinted"]


@pytest.fixture(scope="module")
def results(synthetic_run):
    return open_results(synthetic_run)


def test_every_condition_has_the_floor_of_its_own_mixture(results):
    found = floors(results, CONDITIONS)
    for condition in CONDITIONS:
        each = next(each for each in results.planned.values() if each.condition == condition)
        window = each.config.model.context + 1
        assert found[condition, "all"] == bayes_floor(each.config.world, each.member.mixture, window)
        for task in each.member.mixture.examples:
            assert found[condition, task] == task_floor(each.config.world, each.member.mixture, window, task)
    assert ("zero-shot", "A->C") not in found


def test_what_lies_below_the_floor_is_called_memorised(results):
    rows = {(row[0], row[1]): row for row in floor_table(results, CONDITIONS).rows}
    # by rule the loss ends near 0.3 + 1.8 / (1 + 600 / onset): below 0.84 in the fast condition, above in the slow one
    loss, floor, shown, words = rows["alone", "all"][2:]
    assert floor == pytest.approx(0.844, abs=5e-4) and words in ("yes", "cannot be estimated") and "(n = 8)" in shown
    assert rows["hinted", "all"][2] > rows["alone", "all"][2] == loss


def test_the_lag_of_the_ability_behind_its_loss_is_the_rules(results):
    rows = {(row[0], row[1]): row for row in lag_table(results, CONDITIONS).rows}
    assert set(rows) == {(condition, task) for condition in CONDITIONS for task in ("A->C", "A->B")}
    # log p falls half way from log 0.03 to 0 where p = 0.17, long before exact match: 0.8 onset (0.17 / 0.82)^(1/6)
    factor = float(rows["hinted", "A->C"][4].split(" ")[0])
    assert factor == pytest.approx(1 / (0.8 * (0.146 / 0.814) ** (1 / 6)), rel=0.15)


def test_the_figure_has_a_panel_a_task_and_a_dashed_floor(results):
    section = loss_section(results, CONDITIONS)
    figure = section.items[0]
    assert isinstance(figure, Figure)
    svg = figure.svg
    assert ">all<" in svg and ">A-&gt;C<" in svg and "exact floor" in svg and "stroke-dasharray" in svg
    assert [item.title for item in section.items[1:]] == [
        "What lies below the floor",
        "How far an ability lags behind its loss",
    ]
