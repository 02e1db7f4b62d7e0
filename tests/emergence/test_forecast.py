"""A forecast must beat ignorance where there is something to know, be honest where there is not, and know its width."""

from math import exp, inf

import numpy as np
import pytest

from seedbed.config.errors import UsageError
from seedbed.emergence.forecast import brier_scores, fit_forecaster, transforms
from seedbed.emergence.onset import Onset

START, END, GRID = 100.0, 1600.0, np.arange(0, 1601, 50.0)


def population(rng, *, slope, spread=0.3, groups=8, seeds=12):
    """Members whose log onset is linear in the first of two features; the second says nothing."""
    features = rng.normal(size=(groups * seeds, 2))
    times = np.exp(6 + slope * features[:, 0] + spread * rng.normal(size=len(features)))
    onsets = []
    for time in times:
        place = int(np.searchsorted(GRID, time))
        seen = place < len(GRID)
        onsets.append(Onset(GRID[place] if seen else None, GRID[place - 1], END))
    return features, onsets, np.repeat(np.arange(groups), seeds)


def split(features, onsets, groups, held_out):
    inside, outside = groups != held_out, groups == held_out
    pick = lambda mask: [one for one, here in zip(onsets, mask, strict=True) if here]  # noqa: E731
    return (features[inside], pick(inside), groups[inside]), (features[outside], pick(outside))


def test_a_forecast_from_a_telling_feature_beats_the_same_chance_for_all_and_ranks_the_members():
    rng = np.random.default_rng(0)
    features, onsets, groups = population(rng, slope=0.6)
    known, asked = split(features, onsets, groups, 7)
    forecaster = fit_forecaster(*known, start=START)
    assert forecaster.slope_F[0] == pytest.approx(0.6 * forecaster.scale_F[0], rel=0.25)
    chance = forecaster.emerged_by(asked[0], 400)
    told = np.nanmean(brier_scores(chance, asked[1], 400))
    same = np.nanmean(
        brier_scores(
            np.full(len(chance), np.mean([o.step is not None and o.step <= 400 for o in onsets])), asked[1], 400
        )
    )
    assert told < 0.7 * same
    middle = forecaster.quantile(asked[0], 0.5)
    assert np.corrcoef(np.log(middle), asked[0][:, 0])[0, 1] > 0.95


@pytest.mark.parametrize("slope", [0.0, 0.6])
def test_eighty_percent_intervals_hold_eighty_percent(slope):
    rng = np.random.default_rng(1)
    found = []
    for _ in range(6):
        features, onsets, groups = population(rng, slope=slope)
        known, (asked, ends) = split(features, onsets, groups, 0)
        forecaster = fit_forecaster(*known, start=START)
        ahead = [member for member, one in enumerate(ends) if one.step is None or one.step > START]
        found += list(
            transforms(
                lambda member, step, f=forecaster, a=asked, h=ahead: float(f.emerged_by(a[[h[member]]], step)[0]),
                [ends[member] for member in ahead],
                start=START,
            )
        )
    inside = np.mean([0.1 <= each <= 0.9 for each in found])
    assert inside == pytest.approx(0.8, abs=4 * (0.16 / len(found)) ** 0.5)


def test_chances_grow_from_nothing_at_the_start_to_one_and_agree_with_the_quantiles():
    features, onsets, groups = population(np.random.default_rng(2), slope=0.5)
    forecaster = fit_forecaster(features, onsets, groups, start=START)
    some = features[:5]
    assert (forecaster.emerged_by(some, START) == 0).all() and (forecaster.emerged_by(some, 10.0) == 0).all()
    assert np.allclose(forecaster.emerged_by(some, 1e9), 1)
    for share in (0.1, 0.5, 0.9):
        steps = forecaster.quantile(some, share)
        assert np.allclose([forecaster.emerged_by(some[[n]], steps[n])[0] for n in range(5)], share)
    low, high = forecaster.interval(some)
    assert (low < high).all() and (low >= START).all()


def test_scores_know_what_cannot_be_known():
    onsets = [Onset(200.0, 100.0, 400.0), Onset(None, 400.0, 400.0), Onset(None, 150.0, 150.0)]
    found = brier_scores([0.75, 0.25, 0.5], onsets, 300)
    assert found[:2].tolist() == [0.0625, 0.0625] and np.isnan(found[2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": np.zeros((3, 2))}, "each member needs its features"),
        ({"features": np.full((96, 2), np.nan)}, "features must be finite"),
        ({"start": 0.0}, "start must be a step above 0"),
        ({"start": 1e9}, "0 members of 0 conditions"),
        ({"groups": np.zeros(96)}, "of 1 conditions"),
        ({"onsets": [Onset(None, 1600.0, 1600.0)] * 96}, "none of 96 members emerged"),
    ],
)
def test_too_little_to_learn_from_is_refused(change, message):
    features, onsets, groups = population(np.random.default_rng(3), slope=0.5)
    given = {"features": features, "onsets": onsets, "groups": groups, "start": START} | change
    with pytest.raises(UsageError, match=message):
        fit_forecaster(given["features"], given["onsets"], given["groups"], start=given["start"])


def test_the_typical_onset_is_found():
    features, onsets, groups = population(np.random.default_rng(4), slope=0.0, groups=10, seeds=20)
    forecaster = fit_forecaster(features, onsets, groups, start=START)
    assert exp(forecaster.intercept) == pytest.approx(exp(6), rel=0.1)
    assert forecaster.quantile(features, 0.999999999).max() < inf
