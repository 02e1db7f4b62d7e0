"""One role a column, roles that need each other, and options that a run does not take."""

import polars as pl
import pytest

from seedbed.config.errors import UsageError
from seedbed.store.score_roles import check_none_for_a_run
from seedbed.store.score_table import Columns, tidy_scores

TABLE = pl.DataFrame({"step": [1, 2], "score": [0.0, 0.9], "seed": [0, 0], "ll": [-1.0, -0.5], "task": ["x", "x"]})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Columns(scale="score"), "column 'score' is named by --scale and by --score"),
        (Columns(group="score"), "column 'score' is named by --score and by --group"),
        (Columns(by=("task", "task")), "column 'task' is named twice by --by"),
        (Columns(partial=("ll",), partial_falling=("ll",)), "column 'll' is named by --partial and by"),
        (Columns(log_likelihood="ll"), "--log-likelihood needs --length"),
        (Columns(length=4), "--length needs --log-likelihood"),
        (Columns(percent=True), "--percent divides scores by 100, but the greatest is 0.9"),
    ],
)
def test_a_column_has_one_role_and_options_that_say_nothing_are_refused(columns, message):
    with pytest.raises(UsageError) as refused:
        tidy_scores(TABLE, columns)
    assert message in str(refused.value)


def test_a_probability_of_answers_is_one():
    with pytest.raises(UsageError, match=r"answer_probability is 1\.5 in row 2 .*expected a probability in \[0, 1\]"):
        tidy_scores(TABLE.with_columns(p=pl.Series([0.5, 1.5])), Columns(answer_probability="p"))


def test_a_gap_in_the_likelihoods_is_said():
    gap = TABLE.with_columns(p=pl.Series([0.5, None]), ll=pl.Series([None, -0.5]))
    found = tidy_scores(gap, Columns(answer_probability="p", log_likelihood="ll", length=2))
    for name in ("answer_probability", "log_likelihood"):
        assert any(warning.startswith(f"{name} is missing in 1 rows") for warning in found.warnings)


def test_a_column_that_has_a_role_does_not_stand_in_for_another():
    found = tidy_scores(TABLE, Columns(by=("seed",)))
    assert found.tasks == ["0"] and any("no column of seeds" in warning for warning in found.warnings)
    assert tidy_scores(TABLE, Columns(group="task")).tasks == ["all"]


def test_percentages_of_a_model_that_knows_nothing_are_taken():
    assert tidy_scores(TABLE.with_columns(score=pl.lit(0.0)), Columns(percent=True)).rows["score"].sum() == 0


def test_a_run_takes_the_scale_alone():
    check_none_for_a_run(Columns(scale="tokens"), Columns())
    with pytest.raises(UsageError, match="omit --by, --answer, --percent"):
        check_none_for_a_run(Columns(by=("x",), answer="y", percent=True), Columns())
