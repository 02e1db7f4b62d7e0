"""What an audit shows: places in the table's own scale, and words where there is no onset to show."""

from math import inf

import numpy as np
import polars as pl
import pytest

from seedbed.emergence import Estimate
from seedbed.experiments.audit import audit
from seedbed.experiments.audit_figures import curves_figure, emerged_figure
from seedbed.experiments.audit_report import evidence_lines, evidence_table, verdict_table
from seedbed.experiments.comparisons import compare_conditions, comparison_table, words_of
from seedbed.experiments.onset_words import shown_ratio
from seedbed.store.score_table import Columns, tidy_scores

LOSSES = np.linspace(4, 0.5, 15)


def audited(scale, places, *, by=("arm",), emerged=8, **arms):
    """8 seeds an arm at these places; the first `emerged` seeds of an arm succeed where `arms` says so."""
    rows = [
        {"arm": arm, "seed": seed, scale: float(place), "score": 0.96 * float(seed < emerged and succeeds(place))}
        for arm, succeeds in arms.items()
        for seed in range(8)
        for place in places
    ]
    return audit(tidy_scores(pl.DataFrame(rows), Columns(scale, by=by, chance=0.0, items=100)))


@pytest.fixture(scope="module")
def by_loss():
    return audited("loss", LOSSES, early=lambda loss: loss < 2.1, never=lambda loss: False)


@pytest.mark.parametrize("x_log", [False, True])
def test_curves_on_a_falling_scale_are_drawn_over_the_scale_itself(by_loss, x_log):
    points = curves_figure(by_loss, x_log=x_log).data.filter(pl.col("task") == "early")
    assert points["place"].to_list() == pytest.approx(sorted(LOSSES.tolist()))
    assert points.filter(pl.col("place") < 2.1)["score"].to_list() == pytest.approx([0.96] * 7)
    assert points.filter(pl.col("place") > 2.1)["score"].to_list() == [0.0] * 8


def test_shares_on_a_falling_scale_are_steps_from_its_start_to_its_end(by_loss):
    steps = emerged_figure(by_loss).data.filter(pl.col("task") == "early")
    assert (steps["place"][0], steps["place"][-1]) == (0.5, 4.0) and steps["place"].is_sorted()
    assert steps["share"].to_list() == sorted(steps["share"].to_list(), reverse=True)
    assert steps.filter(pl.col("place") == 2.0)["share"].to_list() == [1.0, 0.0]  # the corner, from left to right


@pytest.mark.parametrize(("last", "axis"), [(900, None), (100_000, "log")])
def test_shares_over_more_than_two_decades_stand_on_a_logarithmic_axis(last, axis):
    places = [0.0, *np.geomspace(10, last, 12)]
    found = audited("tokens", places, all=lambda place: place > last / 2)
    figure = emerged_figure(found)
    across = [layer["encoding"]["x"] for layer in figure.spec["layer"]]
    assert {each["scale"].get("type", "linear") for each in across} == {axis or "linear"}
    assert figure.data["place"].min() == (10 if axis else 0)  # 0 has no place there: the curve begins at the first
    assert across[0]["title"] == ("tokens, logarithmic" if axis else "tokens")


def test_an_axis_says_what_it_counts(by_loss):
    figure = emerged_figure(by_loss)
    assert figure.title == "When seeds reach 50%" and "whether the rise was sharp or not" in figure.caption
    assert figure.spec["layer"][0]["encoding"]["y"]["title"] == "seeds that have reached 50%"


def test_an_onset_that_was_not_seen_is_said_in_words(by_loss):
    never = by_loss.tasks[1]
    lines = evidence_lines(never, "loss", by_loss.rules)
    assert lines[0] == "reaches 50% at (loss), median: beyond the last evaluation [0, 0.5] (n = 8)"
    rising = audited("step", range(1, 16), never=lambda step: False)
    lines = evidence_lines(rising.tasks[0], "step", rising.rules)
    assert lines[0] == "reaches 50% at (step), median: beyond the last evaluation [15, ∞] (n = 8)"


def test_an_onset_is_one_number_wherever_it_stands():
    found = audited("step", range(1, 16), jump=lambda step: step > 8, never=lambda step: False)
    verdicts, evidence = verdict_table(found), evidence_table(found)
    assert [row[1] for row in verdicts.rows] == ["emerges, from 0% to 96%", "never leaves chance"]
    assert [row[2] for row in verdicts.rows] == [row[1] for row in evidence.rows]
    assert verdicts.rows[0][2] == "9 [8, 9] (n = 8)"


def test_a_ratio_with_a_condition_that_never_emerges_is_a_bound_and_says_why(by_loss):
    (found,) = compare_conditions(by_loss)
    assert (found.ratio.value, found.with_onset, found.seeds) == (0, (8, 0), (8, 8))
    assert words_of(found) == f"cannot be estimated, at most {found.ratio.high:.3g} (n = 16): `never` has no onset"
    assert comparison_table((found,)).rows[0][3] == words_of(found)


def test_a_ratio_that_is_not_to_be_told_names_who_lacks_onsets():
    (neither,) = compare_conditions(audited("step", range(1, 16), a=lambda step: False, b=lambda step: False))
    assert words_of(neither) == "cannot be estimated, no bound (n = 16): `a` has no onset, `b` has no onset"
    late = Estimate(inf, 2.5, inf, 16, "pairs")
    shown = "cannot be estimated, at least 2.5 (n = 16): `late` has an onset in 2 of 8 seeds"
    assert shown_ratio(late, [("late", 2, 8), ("early", 8, 8)]) == shown
