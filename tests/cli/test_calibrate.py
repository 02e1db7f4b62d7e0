"""`seedbed calibrate`, end to end with a handful of populations."""

import json
from pathlib import Path

import polars as pl
import pytest

from seedbed.config import SeedbedError
from seedbed.experiments import calibration_pool
from seedbed.experiments.calibration import cells
from seedbed.experiments.calibration_cell import ACCURACY, FALSE_ALARMS, MEDIAN, PLAN, VERDICT, Cell, Measured, Row


@pytest.fixture(scope="module")
def figures():
    """Figures of all cells as one population each would give them, none of it simulated."""
    return [Row(cell, Measured(93, 100, width=1.2, seeds_asked=9.0)) for cell in cells()]


@pytest.mark.slow
def test_a_page_with_its_charts_and_tables_is_written(seedbed):
    done = seedbed("calibrate", "--populations", "2", "--workers", "2", "--json", "--out", "here")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    page = Path(answer["page"])
    text = page.read_text()
    assert page.parent == Path("here") and "# Calibration" in text and "--populations 2 --seed 0" in text
    for link in (part.split(")")[0] for part in text.split("](")[1:]):
        assert (page.parent / link).exists(), link
    rows = pl.read_csv(page.with_suffix(".csv"))
    assert rows.height == len(cells()) == len(answer["figures"]) == len(done.err.splitlines())
    assert rows["n"].max() == 16 and rows["n"].min() == 1  # 16 curves at least, of which a population is made
    kept = json.loads(page.with_suffix(".json").read_text())
    assert [row["count"] for row in kept["figures"]] == rows["count"].to_list()


def test_the_page_says_what_is_missed_and_why(seedbed, monkeypatch, figures):
    monkeypatch.setattr(calibration_pool, "measure", lambda *_: figures)
    done = seedbed("calibrate")
    assert done.code == 0 and "hold the truth in 94% or more of 0 of 12 kinds of population" in done.out
    text = next(Path("calibration").glob("*.md")).read_text()
    missed = text[text.index("**Missed**") : text.index("## Intervals")]
    assert "| median onset | evaluations 0.005 decades apart" in missed
    assert "93.0% [86.1, 97.1] (n = 100) | at least 94% | no, within the noise | 1.2 | no |" in missed
    assert "Seeds are whole numbers" in text and "decades apart" in text and "operating-curve.svg" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--populations", "0"], "populations must lie between 1 and 1,000,000, got 0"),
        (["--populations", "few"], "--populations must be a whole number, got 'few'"),
        (["--seed", "-1"], "seed must be 0 or more, got -1"),
        (["--workers", "0"], "workers must be at least 1, got 0"),
        (["--out", ""], "--out must name a new or existing folder"),
        (["--out", "file"], "--out must name a new or existing folder, got 'file'"),
        (["--population", "9"], "did you mean --populations"),
    ],
)
def test_what_cannot_be_asked_is_refused(seedbed, words, message):
    Path("file").write_text("")
    done = seedbed("calibrate", *words)
    assert done.code == 2 and message in done.err and not Path("calibration").exists()


def test_every_cell_has_a_name_of_its_own_and_its_figure_follows_from_the_seed():
    known = cells()
    assert len({cell.name for cell in known}) == len(known)
    cell = next(cell for cell in known if cell.group == ACCURACY and cell.seeds == 8)
    assert cell.run(40, 0) == cell.run(40, 0) != cell.run(40, 1)


def test_the_targets_are_those_that_were_promised():
    targets = {(cell.group, cell.target) for cell in cells()}
    assert {(MEDIAN, (0.94, 1.0)), (ACCURACY, (0.94, 1.0)), (PLAN, (0.75, 0.85)), (VERDICT, (0.95, 1.0))} <= targets
    assert (VERDICT, FALSE_ALARMS) in targets and FALSE_ALARMS == (0.0, 0.05)


@pytest.mark.parametrize(
    ("count", "n", "reached", "certain"),
    [(93, 100, False, False), (95, 100, True, False), (900, 1000, False, True), (980, 1000, True, True)],
)
def test_a_target_is_reached_by_the_share_and_its_noise_is_told(count, n, reached, certain):
    row = Row(Cell("x", "y", 8, (0.94, 1.0), lambda populations, seed: Measured(0, 1)), Measured(count, n, 1.1001))
    assert (row.share_reached, row.certain, row.width_reached) == (reached, certain, False)


def test_a_process_that_dies_is_told(monkeypatch):
    monkeypatch.setattr(calibration_pool.sys, "executable", "false")
    with pytest.raises(SeedbedError, match="a process that simulates ended with status 1"):
        calibration_pool.measure(1, 0, 1, lambda row: None)
