"""Forecasts of a run whose truth is known: slow members look slow early, and what is not known is said."""

from dataclasses import replace

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.emergence import Onset
from seedbed.experiments import forecasts
from seedbed.experiments.forecasts import (
    forecast_conditions,
    forecast_members,
    kaplan_meier_share,
    known_after_a_quarter,
    leave_out_conditions,
    skill_on_left_out_conditions,
    task_asked,
)
from seedbed.experiments.results import open_results


@pytest.fixture(scope="module")
def results(synthetic_run):
    return open_results(synthetic_run)


@pytest.fixture(scope="module")
def known(results):
    return known_after_a_quarter(results, "A->C")


def test_what_the_first_quarter_holds(known):
    assert (known.start, known.end) == (150, 600)
    assert len(known.members) + known.left_out == 24 and 18 <= len(known.members) <= 24
    assert sum(known.under_way) == 3 and known.condition_names == ["alone", "zero-shot", "hinted"]
    assert known.features[:4] == tuple(f"{name} at step 150" for name in forecasts.SEEN_METRICS)
    assert all(one.step is None or one.step > 150 for one in known.onsets)


def test_left_out_conditions_are_foretold_far_better_than_by_the_share_of_the_others(known):
    skill = skill_on_left_out_conditions(known, leave_out_conditions(known))
    assert skill.skill.value > 0.5 and skill.brier < skill.baseline
    assert (skill.conditions, skill.members, skill.skill.n) == (3, len(known.members), 3)
    assert skill.coverage.low < 0.8


def test_members_under_way_have_chances_that_grow_with_the_step(known):
    soon, late = forecast_members(known, 300), forecast_members(known, 600)
    assert {each.condition for each in late} == {"alone", "zero-shot", "hinted"}
    for before, after in zip(soon, late, strict=True):
        assert 0 <= before.chance < after.chance <= 1
        assert after.after == 275 <= after.low < after.median < after.high
    # their onsets lie at 413 or later: half of the way there, the chance by 300 is small
    assert max(each.chance for each in soon) < 0.25


def test_where_no_member_is_under_way_none_is_told(known):
    assert forecast_members(replace(known, under_way=(False,) * len(known.members)), 600) == []


def test_conditions_stand_beside_what_came(known):
    told = {each.condition: each for each in forecast_conditions(known, leave_out_conditions(known), 600)}
    assert told["alone"].seen.value == 1 and told["alone"].share > 0.8
    assert sum(each.members for each in told.values()) == len(known.members)
    # of the one that stopped no one knows, nor of one that rises at the very last test
    assert all(each.members - 2 <= each.seen.n <= each.members - 1 for each in told.values())


def test_a_step_before_the_forecast_is_refused(known):
    with pytest.raises(UsageError, match="by must be a step after 150, where the forecasts start, got 150"):
        forecast_members(known, 150)
    with pytest.raises(UsageError, match="by must be a step after 150"):
        forecast_conditions(known, {}, float("inf"))


def test_two_conditions_are_too_few_to_leave_one_out(known):
    two = [place for place, condition in enumerate(known.conditions) if condition != "alone"]
    fewer = replace(
        known,
        members=tuple(known.members[place] for place in two),
        conditions=tuple(known.conditions[place] for place in two),
        onsets=tuple(known.onsets[place] for place in two),
        under_way=tuple(known.under_way[place] for place in two),
        feature_NF=known.feature_NF[two],
    )
    with pytest.raises(UsageError, match="2 conditions with members that had not emerged by step 150: 3 are needed"):
        leave_out_conditions(fewer)
    assert forecast_members(fewer, 600)


def test_tasks_are_asked_by_name_where_there_are_several(results):
    assert task_asked(results, "A->B") == "A->B"
    with pytest.raises(UsageError, match="several tasks: name one"):
        task_asked(results, None)
    with pytest.raises(UsageError, match="unknown task 'A->D': did you mean"):
        task_asked(results, "A->D")
    with pytest.raises(UsageError, match="no member has been evaluated on 'C->A'"):
        known_after_a_quarter(results, "C->A")


def test_a_quarter_with_one_test_is_refused_with_what_to_set(results, monkeypatch):
    monkeypatch.setattr(forecasts, "SHARE_SEEN", 0.05)
    with pytest.raises(
        UsageError, match=r"two evaluations in the first quarter of 600 steps, but there are 1: set --evaluation"
    ):
        known_after_a_quarter(results, "A->C")


def test_the_share_that_knows_no_curve_counts_runs_that_ended():
    onsets = [
        Onset(100.0, 50.0, 400.0),
        Onset(None, 150.0, 150.0),
        Onset(200.0, 150.0, 400.0),
        Onset(None, 400.0, 400.0),
    ]
    # at 100 one of four, at 200 one of the two that were still watched
    assert kaplan_meier_share(onsets, 99) == 0
    assert kaplan_meier_share(onsets, 100) == pytest.approx(0.25)
    assert kaplan_meier_share(onsets, 300) == pytest.approx(1 - 0.75 / 2)
    assert kaplan_meier_share([onsets[1]], 300) == 0


def test_the_skill_of_equal_scores_is_nothing_and_three_conditions_give_an_interval():
    same = forecasts._ratio_of_means(np.array([0.1, 0.2, 0.3]), np.array([0.1, 0.2, 0.3]))
    assert same.value == 0 and not same.has_interval
    better = forecasts._ratio_of_means(np.array([0.05, 0.12, 0.13]), np.array([0.1, 0.2, 0.3]))
    assert better.value == pytest.approx(0.5) and better.low < 0.5 < better.high
    assert not forecasts._ratio_of_means(np.array([0.1, 0.1]), np.array([0.2, 0.3])).has_interval
