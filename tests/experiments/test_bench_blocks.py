"""What is said of measured times: growth, overtaking, and a measurement of two small blocks."""

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.experiments.bench_blocks import Grid, Series, measure, overtakes, rows_of
from seedbed.experiments.bench_blocks_report import bench_report

LENGTHS = (256, 512, 1024, 2048, 4096, 8192)


def series(mixer, power, at_256, rounds=4, lengths=LENGTHS, kind="training", noise=0.0):
    """Times that grow by a power of the length, each round slower than the true time by noise of its own."""
    length_N = np.array(lengths, dtype=float)
    slower_RN = 1 + noise * np.random.default_rng(1).random((rounds, len(lengths)))
    seconds_RN = at_256 * (length_N / 256) ** power * slower_RN
    return Series(mixer, 64, kind, lengths, seconds_RN, tuple(1000 * each for each in lengths), (7,) * len(lengths))


@pytest.mark.parametrize("power", [0.9, 1.0, 2.0])
def test_the_exponent_is_the_power_by_which_time_grows(power):
    exact = series("gru", power, 1e-4).exponent
    assert exact is not None and exact.value == pytest.approx(power) and exact.n == 4
    noisy = series("gru", power, 1e-4, noise=0.3, rounds=8).exponent
    assert noisy is not None and abs(noisy.value - power) < 0.1 and noisy.low < noisy.value < noisy.high


def test_short_windows_are_no_part_of_the_exponent():
    seconds_RN = np.full((3, 6), 1.0)
    seconds_RN[:, 2:] = np.array([1.0, 2.0, 4.0, 8.0])
    found = Series("gru", 64, "forward", LENGTHS, seconds_RN, (1,) * 6, (1,) * 6)
    assert found.exponent is not None and found.exponent.value == pytest.approx(1)
    assert series("gru", 1, 1e-4, lengths=(256, 512, 1024)).exponent is None


def test_one_round_has_no_interval():
    found = series("gru", 1, 1e-4, rounds=1).exponent
    assert found is not None and not found.has_interval and found.n == 1


def test_overtaking_is_where_the_times_cross():
    attention = series("attention", 2, 1e-4)
    assert overtakes(series("gru", 1, 4e-4), attention) == pytest.approx(1024)  # n^2 = 4 n at four times 256
    assert overtakes(series("gru", 1, 5e-4), attention) == pytest.approx(1280)
    assert overtakes(series("gru", 1, 5e-5), attention) == 256
    assert overtakes(series("gru", 1, 4e-3), attention) is None


def test_a_mixer_that_falls_behind_again_has_not_overtaken():
    attention, other = series("attention", 1, 1e-4), series("gru", 1, 0.9e-4)
    other.seconds_RN[:, 3] *= 2
    place = overtakes(other, attention)
    assert place is not None and 2048 < place < 4096


def test_two_blocks_are_measured():
    told = []
    found = measure(Grid((32, 64), (16,), ("attention", "gru"), 2), told.append)
    assert found == told and [(each.mixer, each.kind) for each in found] == [
        ("attention", "forward"), ("attention", "training"), ("gru", "forward"), ("gru", "training")
    ]  # fmt: skip
    for each in found:
        assert each.seconds_RN.shape == (2, 2) and (each.seconds_RN > 0).all()
        assert each.bytes_N[1] > each.bytes_N[0] > 32 * 16 * 4
    assert found[1].bytes_N[1] > found[0].bytes_N[1]  # the gradient needs what the forward pass computed
    rows = list(rows_of(found))
    assert len(rows) == 8 and rows[0]["forward_flops_a_token"] == 2 * 4 * 16 * 16 + 4 * 32 * 16


def test_the_page_says_growth_overtaking_and_what_the_paper_found():
    found = [series(mixer, power, start, kind=kind) for mixer, power, start in
             (("attention", 2, 1e-4), ("gam", 1, 4e-4)) for kind in ("forward", "training")]  # fmt: skip
    report = bench_report(found, {"command": "test"})
    assert report.headline == [
        "attention, width 64, training: time grows with the length to the power 2 [2, 2] (n = 4).",
        "gam, width 64, training: time grows with the length to the power 1 [1, 1] (n = 4), faster from 1,024 tokens.",
    ]
    tables = {item.title: item for section in report.sections for item in section.items if hasattr(item, "rows")}
    beside = tables["GAM and attention"]
    assert list(beside.rows[2][:6]) == [1024, 25.86, 74.19, pytest.approx(74.19 / 25.86), 618, 1965]
    assert list(beside.rows[2][6:9]) == [pytest.approx(1.6), pytest.approx(1.6), pytest.approx(1.0)]
    assert [row[4] for row in tables["Growth"].rows] == [False, False, True, True]
    assert len(tables["Costs"].rows) == 24 and [figure.id for figure in report.figures()] == [
        "bench-time", "bench-memory"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        (((), (16,), ("gru",), 1), "--lengths must name at least one"),
        (((0,), (16,), ("gru",), 1), "--lengths must lie between 1 and 1,048,576, got \\[0\\]"),
        (((32, 32), (16,), ("gru",), 1), "each once, got \\[32, 32\\]"),
        (((32,), (20,), ("gru",), 1), "--widths must be multiples of 16, the width of a head, got 20"),
        (((32,), (16,), ("grru",), 1), "did you mean 'gru'"),
        (((32,), (16,), ("gru",), 0), "--rounds must lie between 1 and 1000, got 0"),
    ],
)
def test_a_grid_that_cannot_be_measured_is_refused(grid, message):
    with pytest.raises(UsageError, match=message):
        Grid(*grid)
