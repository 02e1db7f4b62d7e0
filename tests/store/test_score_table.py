"""Every rule of a table that someone else wrote: what is refused and in which words, what is mended with a warning."""

import math
from dataclasses import replace

import polars as pl
import pytest

from seedbed.config.errors import UsageError
from seedbed.store.score_files import read_scores
from seedbed.store.score_table import Columns, tidy_scores


def table(**changes):
    columns = {"step": [1, 2, 1, 2], "score": [0.0, 0.5, 0.25, 1.0], "seed": [0, 0, 1, 1]}
    return pl.DataFrame({**columns, **changes}, strict=False)


COMPLETE = Columns(chance=0.0, items=100)


def test_a_complete_table_is_taken_as_it_is_without_a_warning():
    scores = [0.0, 0.5, 0.75, 0.25, 0.5, 1.0]
    given = pl.DataFrame({"step": [1, 2, 3] * 2, "score": scores, "seed": [0] * 3 + [1] * 3, "task": ["x"] * 6})
    found = tidy_scores(given, COMPLETE)
    assert found.warnings == ()
    assert found.tasks == ["x"] and not found.falling
    assert found.rows.columns == ["task", "group", "scale", "score", "chance", "items"]
    assert found.rows["score"].to_list() == scores


REFUSED = [
    ({}, Columns(score="scor"), "unknown column 'scor': did you mean 'score'? Known: score, seed, step."),
    ({}, Columns(group="trial"), "unknown column 'trial'"),
    ({}, Columns(by=("tesk",)), "unknown column 'tesk'"),
    (
        {"score": [0, 0.5, 1.5, 1]},
        COMPLETE,
        "score is 1.5 in row 3 (1 such rows of 4), expected a score in [0, 1]; if these are percentages, use --percent",
    ),
    ({"score": [0, 0.5, -0.5, 1]}, COMPLETE, "score is -0.5 in row 3 (1 such rows of 4), expected a score in [0, 1]"),
    ({"score": [0, 0.5, math.inf, 1]}, COMPLETE, "score is inf in row 3"),
    (
        {"score": ["0", "0.5", "high", "1"]},
        COMPLETE,
        "column 'score' holds 'high' in row 3 (1 such values of 4), expected numbers",
    ),
    ({"score": [None] * 4}, COMPLETE, "no row has both a scale and a score"),
    ({"score": [True, False, True, True]}, COMPLETE, "column 'score' holds Boolean, expected numbers"),
    ({"step": [1, -2, 1, 2]}, COMPLETE, "scale is -2 in row 2"),
    ({"step": [1, math.inf, 1, 2]}, COMPLETE, "scale is inf in row 2"),
    ({"step": [1, 1, 1, 2]}, COMPLETE, "2 rows that differ in score for task 'all', group '0', step 1 (rows 1, 2)"),
    (
        {"step": [1, 1, 1, 2], "score": [0.5, 0.5, 0, 1], "n": [20, 30, 20, 20]},
        Columns(chance=0, items="n"),
        "2 rows that differ in items for task 'all', group '0', step 1 (rows 1, 2)",
    ),
    (
        {"step": [1, 1, 1, 2], "score": [0.5, 0.5, 0, 1], "ll": [-1, -2, -1, -1], "bleu": [0.1, None, 0, 1]},
        Columns(log_likelihood="ll", length=1, partial=("bleu",)),
        "2 rows that differ in log_likelihood, bleu for task 'all'",
    ),
    (
        {"guess": [1.0] * 4},
        Columns(chance="guess"),
        "chance is 1 in row 1 (4 such rows of 4), expected a score of at least 0 and below 1",
    ),
    (
        {"guess": [0.1, None, 0.1, 0.1]},
        Columns(chance="guess"),
        "chance is missing in row 2 (1 such rows of 4), expected",
    ),
    (
        {"guess": [0.1, math.nan, 0.1, 0.1]},
        Columns(chance="guess"),
        "chance is nan in row 2 (1 such rows of 4), expected",
    ),
    ({"guess": [0.1, 0.2, 0.1, 0.1]}, Columns(chance="guess"), "chance differs within task 'all'"),
    ({}, Columns(items=0), "items is 0 in row 1"),
    ({}, Columns(items=math.nan), "items is nan in row 1 (4 such rows of 4), expected a finite number, 1 or more"),  # type: ignore
    (
        {"n": [9, 9, None, 9]},
        Columns(items="n"),
        "items is missing in row 3 (1 such rows of 4), expected a finite number",
    ),
    ({"n": [9.0, 9, math.nan, 9]}, Columns(items="n"), "items is nan in row 3 (1 such rows of 4), expected a finite"),
    (
        {"n": [9.0, 9, math.inf, 9]},
        Columns(items="n"),
        "items is inf in row 3 (1 such rows of 4), expected a finite number",
    ),
    (
        {"n": [4, 4, 4, None], "ll": [-1.0] * 4},
        Columns(length="n", log_likelihood="ll"),
        "length is missing in row 4 (1 such rows of 4)",
    ),
    (
        {"ll": [-0.1, -math.inf, -0.1, -0.1]},
        Columns(log_likelihood="ll", length=1),
        "log_likelihood is -inf in row 2 (1 such rows of 4), expected finite nats",
    ),
    ({"score": [0, 0.5, 1.0000001, 1]}, COMPLETE, "score is 1.0000001 in row 3"),
    ({"nll": [0.1, -0.2, -0.1, -0.1]}, Columns(log_likelihood="nll", length=1), "log_likelihood is 0.1 in row 1"),
    (
        {"loss": [0, 1, 1, 2]},
        Columns(scale="loss"),
        "'loss' falls as models get better, so its axis is logarithmic and cannot show 0",
    ),
]


@pytest.mark.parametrize(("changes", "columns", "message"), REFUSED, ids=[message[:40] for *_, message in REFUSED])
def test_what_cannot_be_meant_is_refused_with_the_row_that_shows_it(changes, columns, message):
    with pytest.raises(UsageError) as refused:
        tidy_scores(table(**changes), columns)
    assert message in str(refused.value)


MENDED = [
    ({"score": [0, None, 0.5, 1]}, COMPLETE, 3, "1 of 4 rows have no score and are left out"),
    ({"score": [0, math.nan, 0.5, 1]}, COMPLETE, 3, "1 of 4 rows have no score and are left out"),
    ({"score": ["0", "NA", " 0.5 ", "1"]}, COMPLETE, 3, "1 of 4 rows have no score and are left out"),
    ({"step": [1, None, 1, 2]}, COMPLETE, 3, "1 of 4 rows have no scale and are left out"),
    ({"seed": [0, 0, None, None]}, COMPLETE, 4, "2 of 4 rows have no seed and are treated as one group, called none"),
    ({"seed": [0, 0, " ", ""]}, COMPLETE, 4, "2 of 4 rows have no seed and are treated as one group, called none"),
    (
        {"task": ["a", "a", None, None]},
        COMPLETE,
        4,
        "2 of 4 rows have no task and are treated as one group, called none",
    ),
    (
        {"n": [20, 20, 2000, 2000]},
        Columns(chance=0, items="n"),
        4,
        "test items varies from 20 to 2000: all scores are judged",
    ),
    (
        {"ll": [-1, math.nan, -1, None]},
        Columns(chance=0, items=9, log_likelihood="ll", length=1),
        4,
        "log_likelihood is missing in 2 rows",
    ),
    ({"step": [1, 1, 1, 2], "score": [0.5, 0.5, 0, 1]}, COMPLETE, 3, "1 rows occur twice and are counted once"),
    ({"step": [2, 1, 3, 4], "seed": [0, 0, 0, 0]}, COMPLETE, 4, "rows were not in the order of their scale"),
    ({}, Columns(items=9), 4, "no chance level was given: 0 is assumed"),
    ({}, Columns(chance=0.1), 4, "the number of test items is unknown"),
    ({"seed": [0, 0, 0, 0], "step": [1, 2, 3, 4]}, COMPLETE, 4, "one seed: the result says nothing about other seeds"),
    ({}, COMPLETE, 4, "some curve has only 2 points, so its shape cannot be judged"),
    ({"score": [0.5] * 4}, COMPLETE, 4, "all scores are 0.5"),
    ({"score": [0, 50, 25, 100]}, Columns(chance=0, items=9, percent=True), 4, "some curve has only 2 points"),
]


@pytest.mark.parametrize(("changes", "columns", "rows", "warning"), MENDED, ids=[warning for *_, warning in MENDED])
def test_what_can_be_meant_in_one_way_goes_on_with_a_warning(changes, columns, rows, warning):
    found = tidy_scores(table(**changes), columns)
    assert found.rows.height == rows
    assert any(warning in each for each in found.warnings)
    assert found.rows["score"].is_between(0, 1).all()
    assert found.rows.select(pl.col("scale").diff().over("task", "group").fill_null(1).gt(0).all()).item()


def test_evaluations_of_one_loss_are_averaged_whether_their_scores_differ_or_not():
    given = pl.DataFrame(
        {
            "loss": [3.0, 1.5, 1.5, 1.5, 1.0, 3.0, 1.0, 1.0],
            "seed": [0, 0, 0, 0, 0, 1, 1, 1],
            "score": [0.0, 0.2, 0.4, 0.9, 1.0, 0.0, 0.5, 0.5],
            "bleu": [0.1, 0.3, 0.4, 0.5, 1.0, 0.2, 0.4, 0.8],
            "n": [100, 100, 90, 100, 100, 100, 100, 100],
        }
    )
    found = tidy_scores(given, Columns("loss", chance=0.0, items="n", partial=("bleu",)))
    assert found.warnings[0].startswith(
        "5 rows have the same loss as another row of their seed and are averaged with it"
    )
    assert not any("twice" in warning for warning in found.warnings)
    assert found.rows["scale"].to_list() == [1.0, 1.5, 3.0, 1.0, 3.0]
    assert found.rows["score"].to_list() == pytest.approx([1.0, 0.5, 0.0, 0.5, 0.0])
    assert found.rows["partial bleu"].to_list() == pytest.approx([1.0, 0.4, 0.1, 0.6, 0.2])
    assert found.rows["items"].to_list() == [100, 90, 100, 100, 100]


def test_items_that_hardly_differ_are_no_matter():
    found = tidy_scores(table(n=[100, 90, 110, 100]), Columns(chance=0, items="n"))
    assert not any("items" in warning for warning in found.warnings)


def test_no_column_of_seeds_means_one_curve():
    found = tidy_scores(pl.DataFrame({"step": [1, 2, 3], "score": [0, 0, 1]}), COMPLETE)
    assert "no column of seeds was named" in found.warnings[0] and found.rows["group"].unique().to_list() == ["1"]


def test_several_columns_tell_tasks_apart_in_the_tables_order():
    found = tidy_scores(table(task=["b", "b", "a", "a"], size=[1, 1, 2, 2]), Columns(by=("task", "size")))
    assert found.tasks == ["b, 1", "a, 2"]


def test_whole_numbers_that_a_gap_made_floats_are_named_without_a_point():
    given = table(hints=[16.0, 16.0, None, math.nan], size=[1.0, 1.0, 2.5, 2.5], flops=[1e21] * 4)
    found = tidy_scores(given, Columns(by=("hints", "size", "flops")))
    assert [task.replace("+", "") for task in found.tasks] == ["16, 1.0, 1e21", "none, 2.5, 1e21"]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "jsonl"])
def test_every_kind_of_file_reads_alike(tmp_path, suffix):
    frame, path = table(), tmp_path / f"scores.{suffix}"
    {
        "csv": lambda: frame.write_csv(path),
        "tsv": lambda: frame.write_csv(path, separator="\t"),
        "parquet": lambda: frame.write_parquet(path),
        "jsonl": lambda: frame.write_ndjson(path),
    }[suffix]()
    assert read_scores(path, COMPLETE).rows.equals(tidy_scores(frame, COMPLETE).rows)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("scores.xlsx", b"", "expected a file that ends in .csv"),
        ("absent.csv", None, "there is no such file"),
        ("empty.csv", b"", "the file is empty"),
        ("header.csv", b"step,score\n", "the table has no rows; its columns are step, score"),
        ("broken.parquet", b"PAR1 not really", "is not a Parquet file, or is damaged"),
        ("broken.jsonl", b'{"step": 1,', "line 1 is not a JSON object"),
    ],
)
def test_files_that_hold_no_table_are_refused_by_name(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=message.replace(".", r"\.")):
        read_scores(path, COMPLETE)


def test_the_direction_of_a_scale_is_its_names_and_scores_that_get_worse_along_it_are_said():
    falls = table(score=[1.0, 0.0, 0.9, 0.0])
    assert not any("falling" in warning for warning in tidy_scores(falls, COMPLETE).warnings)  # steps grow
    other = tidy_scores(falls.rename({"step": "temperature"}), replace(COMPLETE, scale="temperature"))
    assert any("--falling" in warning for warning in other.warnings)
    told = tidy_scores(falls, Columns(chance=0.0, items=100, falling=False))
    assert not any("falling" in warning for warning in told.warnings)
    for name in ("val_loss", "nll", "ppl", "val_bpb", "entropy", "ce"):
        found = tidy_scores(falls.rename({"step": name}), Columns(name, chance=0.0, items=100))
        assert found.falling and not any("falling" in warning for warning in found.warnings), name
    rises = tidy_scores(table().rename({"step": "loss"}), Columns("loss", chance=0.0, items=100))
    assert any("use --falling no" in warning for warning in rises.warnings)
