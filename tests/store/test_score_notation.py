"""Numbers as people write them: every notation reads as the number it stands for, and what is open is refused."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config.errors import UsageError
from seedbed.store.score_notation import MISSING, read_cell
from seedbed.store.score_numbers import decimal_comma, read_numbers
from seedbed.store.score_table import Columns, tidy_scores

STEPS = st.lists(st.integers(0, 10**12), min_size=1, max_size=20)
MILLIS = st.lists(st.integers(0, 1000), min_size=1, max_size=20)  # thousandths of a score


def read(texts, kind, decimals=None):
    return read_numbers(pl.DataFrame({"c": texts}, schema={"c": pl.String}), "c", kind, decimals)


NAMES = ["step", "checkpoint-", "ckpt_", "global_step", "iter_000", "step ", "Epoch ", "ckpts/step-", "step="]


@given(STEPS, st.sampled_from(NAMES))
def test_a_step_after_a_name_is_the_step(steps, name):
    assert read([f"{name}{step}" for step in steps], "scale").values.to_list() == steps


@given(STEPS, st.sampled_from("_ ',"))
def test_thousands_are_parted_by_commas_points_spaces_and_underscores(steps, mark):
    written = [f"{step:_}".replace("_", mark) for step in [*steps, 1_000_000]]
    assert read(written, "scale").values.to_list() == [*steps, 1_000_000]
    assert read([f"{step:,}".replace(",", ".") for step in steps], "scale", "comma").values.to_list() == steps


@given(STEPS)
def test_a_step_in_scientific_notation_is_the_step(steps):
    assert read([f"step{step:.17e}" for step in steps], "scale").values.to_list() == [float(step) for step in steps]


@given(
    st.lists(st.integers(1, 9999), min_size=1),
    st.sampled_from([("k", 3), ("K", 3), ("M", 6), ("B", 9), ("b", 9), ("T", 12)]),
)
def test_a_letter_is_a_power_of_ten_and_the_number_is_exact(tenths, unit):
    letter, power = unit
    found = read([f"{tenth / 10}{letter}" for tenth in tenths], "scale").values.to_list()
    assert found == [float(tenth * 10 ** (power - 1)) for tenth in tenths]


@given(MILLIS)
def test_percent_signs_divide_by_a_hundred(millis):
    assert read([f"{milli / 10}%" for milli in millis], "score").values.to_list() == [milli / 1000 for milli in millis]


@given(MILLIS)
def test_a_decimal_comma_is_one_when_the_column_says_so(millis):
    written = [f"{milli / 1000:.3f}".replace(".", ",") for milli in millis]
    assert read(written, "score").values.to_list() == [milli / 1000 for milli in millis]


@given(
    MILLIS, st.sampled_from([" ± {}", "±{}", " +- {}", " +/- {}", " ({})", "({})", r" \pm {}", " (±{})"]), st.booleans()
)
def test_an_error_beside_a_score_is_read_apart(millis, form, percent):
    sign = "%" if percent else ""
    written = [f"{milli / 10 if percent else milli / 1000}{sign}{form.format('0.5' + sign)}" for milli in millis]
    found = read(written, "score")
    assert found.values.to_list() == [milli / 1000 for milli in millis]
    assert found.error is not None and found.error.to_list() == [0.005 if percent else 0.5] * len(millis)


@given(st.lists(st.sampled_from(sorted(MISSING)), min_size=1))
def test_what_stands_for_none_is_missing(texts):
    found = read([*texts, "0.5"], "score")
    assert found.missing == len(texts) and found.values.drop_nulls().to_list() == [0.5]


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused_and_never_a_crash(text):
    for kind in ("scale", "score", "number"):
        try:
            assert read([text, "1"], kind).values.dtype == pl.Float64
        except UsageError as refused:
            assert "column 'c' holds" in str(refused)


@given(st.text("0123456789.,_ '+-eEkMb%±()", max_size=20))
def test_any_digits_are_a_number_or_refused(text):
    test_any_text_is_a_number_or_refused_and_never_a_crash.hypothesis.inner_test(text)


@pytest.mark.parametrize(
    ("texts", "kind", "values"),
    [
        (["pythia-70m-deduped", "pythia-1.4b-deduped"], "scale", [70e6, 1.4e9]),
        (["300B tokens", "1.5T tokens"], "scale", [300e9, 1.5e12]),
        (["step_500.pt", "step_1000.pt"], "scale", [500, 1000]),
        (["512", "1,000", "143,000"], "scale", [512, 1000, 143_000]),
        (["1,000", "1,000,000"], "scale", [1000, 1_000_000]),
        (["1.000,5", "2,5"], "scale", [1000.5, 2.5]),
        (["1\u00a0000", "1\u202f000"], "scale", [1000, 1000]),
        (["41.6%", "0"], "score", [0.416, 0]),
        (["1,000", "0,5"], "score", [1, 0.5]),
        (["1.000", "0,5", "2"], "scale", [1000, 0.5, 2]),
        (["1,000"], "score", [1]),
        (["(41.6 ± 0.5)%"], "score", [0.416]),
        (["True", "False", "N/A"], "score", [1, 0, None]),
    ],
)
def test_notations_of_whole_columns(texts, kind, values):
    assert read(texts, kind).values.to_list() == values


@pytest.mark.parametrize(
    ("texts", "kind", "message"),
    [
        (["1,000", "2,000"], "scale", "'1,000' in row 1, which may be a thousand or a number with a decimal comma"),
        (["1,000", "2,000"], "scale", "use --decimal point if it separates thousands, otherwise --decimal comma"),
        (["0,5", "1.5k"], "scale", "one has a decimal point and one a decimal comma"),
        (["0,5", "0.5"], "score", "holds '0.5' in row 2, which is not a number with a decimal comma"),
        (["step5", "epoch6"], "scale", "holds 'step5' in row 1 and 'epoch6' in row 2: expected the same name"),
        (["41.6%", "0.3"], "score", "holds '41.6%' in row 1 and 0.3 without a percent sign"),
        (["0.416(12)"], "score", "holds '0.416(12)' in row 1"),
        (["step5"], "score", "holds 'step5' in row 1 (1 such values of 1), expected numbers"),
        (["5k"], "score", "holds '5k' in row 1"),
        (["1,00,000"], "scale", "holds '1,00,000' in row 1"),
        (["main", "step5"], "scale", "holds 'main' in row 1"),
        (["x" * 1000], "scale", "holds 'xxxx"),
    ],
)
def test_what_is_open_or_no_number_is_refused_with_what_to_write(texts, kind, message):
    with pytest.raises(UsageError) as refused:
        read(texts, kind)
    assert message in str(refused.value)


def test_decimals_that_were_told_decide_and_must_fit():
    assert read(["1,000"], "scale", "point").values.to_list() == [1000]
    assert read(["1,000"], "scale", "comma").values.to_list() == [1]
    with pytest.raises(
        UsageError, match="not a number with a decimal comma: write it with one, or use --decimal point"
    ):
        read(["1,000.5"], "scale", "comma")
    with pytest.raises(UsageError, match="--decimal is 'dot', expected point or comma"):
        tidy_scores(pl.DataFrame({"step": [1], "score": [0.5]}), Columns(decimal="dot"))


def test_one_column_with_decimal_commas_tells_what_points_are_in_the_others():
    frame = pl.DataFrame({"step": ["1.000", "2.000"], "score": ["0,5", "1"], "said": ["yes", "no"]})
    assert decimal_comma(frame) == "comma" and decimal_comma(frame.drop("score")) is None
    found = tidy_scores(frame, Columns(chance=0.0, items=9))
    assert found.rows["scale"].to_list() == [1000, 2000] and found.rows["score"].to_list() == [0.5, 1]


def test_a_cell_that_may_not_have_an_error_has_none():
    assert read_cell("0.4 ± 0.1") is None and read_cell("0.4 ± x", with_error=True) is None


def test_errors_become_items_and_it_is_said():
    scores = ["0.000 ± 0.000", "0.200 ± 0.0200", "0.500 ± 0.0250", "0.800 ± 0.0200"]
    frame = pl.DataFrame({"step": [1, 2, 3, 4], "score": scores})
    found = tidy_scores(frame, Columns(chance=0.0))
    assert found.rows["items"].to_list() == [400] * 4
    assert any("computed from the errors of the scores, p (1 - p) / error^2: 400" in each for each in found.warnings)
    assert not any("unknown" in each for each in found.warnings)
    over_seeds = frame.with_columns(score=pl.Series(["0.1 ± 0.001", "0.2 ± 0.2", "0.3 ± 0.01", "0.9 ± 0.03"]))
    assert any("say nothing about items" in each for each in tidy_scores(over_seeds, Columns()).warnings)
    percent = pl.DataFrame({"step": [1, 2], "score": ["20 ± 2", "50 ± 2.5"]})
    assert tidy_scores(percent, Columns(percent=True)).rows["items"].to_list() == [400, 400]
    nothing = tidy_scores(pl.DataFrame({"step": [1, 2], "score": ["0 ± 0.1", "1 ± 0.1"]}), Columns())
    assert "items" not in nothing.rows.columns and any("give no number of test items" in w for w in nothing.warnings)
    given_items = tidy_scores(frame, Columns(items=50))
    assert given_items.rows["items"].to_list() == [50] * 4


def test_what_was_read_as_what_is_a_line_a_column():
    frame = pl.DataFrame({"step": ["step1", "step2"], "acc": ["41%", "-"], "seed": ["a", None], "n": [9, 9]})
    found = tidy_scores(frame, Columns(score="acc", items="n"))
    assert found.read == (
        "seed as seed: 1 name; 1 value, 1 missing",
        "step as scale: numbers after 'step' (step1); 2 values, 0 missing",
        "acc as score: numbers percent, divided by 100 (41%); 1 value, 1 missing",
        "n as items: numbers; 2 values, 0 missing",
    )
