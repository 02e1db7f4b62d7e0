"""Curves out of a table: one a seed, on a scale that grows, whatever the table's own does."""

import numpy as np
import polars as pl
import pytest

from seedbed.config.errors import UsageError
from seedbed.experiments.audit import audit
from seedbed.store.score_curves import curves_of, pool, unit_of, without_zero
from seedbed.store.score_table import Columns, tidy_scores

COLUMNS = Columns(chance=0.0, items="n", log_likelihood="ll", length=4, partial=("words",), partial_falling=("brier",))


def rows(task, seed, steps, scores):
    return [
        {"task": task, "seed": seed, "step": step, "score": score, "n": 50 + seed, "ll": -1.0, "words": score / 2 + 0.5,
         "brier": 1 - score}
        for step, score in zip(steps, scores, strict=True)
    ]  # fmt: skip


def table(*parts, **columns):
    return tidy_scores(pl.DataFrame([row for part in parts for row in part]), Columns(**{**vars(COLUMNS), **columns}))


def test_each_seed_has_its_own_scale_and_scores():
    found = curves_of(
        table(rows("a", 2, [1, 2, 3], [0, 0.5, 1]), rows("a", 10, [1, 3], [0, 1]), rows("b", 1, [1], [1])), "a"
    )
    assert found.seeds == ("10", "2")  # as text
    assert [scale.tolist() for scale in found.scale_SE] == [[1, 3], [1, 2, 3]]
    assert [score.tolist() for score in found.score_SE] == [[0, 1], [0, 0.5, 1]]
    assert found.items == 52 and found.length == 4 and not found.same_scale and found.likelihood_SE is not None
    assert [values.tolist() for values in found.partial["words"]] == [[0.5, 1], [0.5, 0.75, 1]]
    assert found.partial_falling == {"brier"}


def test_a_falling_scale_is_turned_over_once_and_back():
    found = curves_of(table(rows("a", 1, [4, 2, 1], [0, 0.5, 1]), falling=True), "a")
    assert found.scale_SE[0].tolist() == [0.25, 0.5, 1]
    assert found.score_SE[0].tolist() == [0, 0.5, 1] and found.partial["brier"][0].tolist() == [1, 0.5, 0]
    assert found.shown(0.25) == 4


def test_onsets_are_the_same_whether_seeds_share_a_scale_or_not():
    shared = curves_of(table(rows("a", 1, [1, 2, 3], [0, 1, 1]), rows("a", 2, [1, 2, 3], [0, 0, 1])), "a")
    apart = curves_of(table(rows("a", 1, [1, 2, 3], [0, 1, 1]), rows("a", 2, [1, 2.5, 3], [0, 0, 1])), "a")
    assert shared.same_scale and not apart.same_scale
    assert shared.onsets(0.5, 2)[0] == apart.onsets(0.5, 2)[0]
    assert shared.onsets(0.5, 2)[1].step is apart.onsets(0.5, 2)[1].step is None


def test_long_curves_are_pooled_to_means_of_neighbours():
    steps = np.arange(1, 1001.0)
    found = pool(
        curves_of(table(rows("a", 1, steps, steps / 1000), rows("a", 2, steps[:20], steps[:20] / 1000)), "a"), 64
    )
    long, short = found.scale_SE
    assert len(long) <= 64 and len(short) == 20
    assert found.score_SE[0] == pytest.approx(long / 1000)
    assert found.partial["brier"][0] == pytest.approx(1 - long / 1000)
    assert long[0] == 1 and np.diff(long).min() > 0


def test_an_evaluation_at_0_is_left_out_of_all_columns():
    found = without_zero(curves_of(table(rows("a", 1, [0, 1, 2], [0, 0.5, 1])), "a"))
    assert found.scale_SE[0].tolist() == [1, 2] and found.partial["words"][0].tolist() == [0.75, 1]


def test_a_unit_is_named_where_there_are_several():
    two = table(rows("a", 1, [1], [0]), rows("b", 1, [1], [0]))
    assert unit_of(two, "b") == "b"
    with pytest.raises(UsageError, match="name one with --task"):
        unit_of(two, None)
    with pytest.raises(UsageError, match="unknown task 'c'"):
        unit_of(two, "c")


def test_pooling_keeps_a_late_rise_and_says_between_which_evaluations_it_lies():
    """Eight in ten of a long run's evaluations lie in its last decade, and a step among them is still one."""
    steps = np.arange(10, 10_001, 10)
    rows = pl.DataFrame(
        {
            "seed": np.repeat(np.arange(8), len(steps)),
            "step": np.tile(steps, 8),
            "score": np.tile((steps > 8221) * 0.9, 8),
            "n": 100,
        }
    )
    curves = curves_of(tidy_scores(rows, Columns(chance=0, items="n")), "all")
    pooled = pool(curves, 64)
    assert len(pooled.scale_SE[0]) <= 64 and (pooled.scale_SE[0] > 8221).sum() >= 4
    task = audit(tidy_scores(rows, Columns(chance=0, items="n"))).tasks[0]
    assert task.verdict.word == "emerges" and (task.verdict.onset.low, task.verdict.onset.high) == (8220, 8230)
    assert not task.verdict.caveats
