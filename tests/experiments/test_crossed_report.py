"""What the page of a crossed run says of made-up members whose truth is known."""

from math import exp, log
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from pages import words_of

from seedbed.emergence import Onset
from seedbed.experiments import crossed, crossed_report, twins_report
from seedbed.experiments.crossed import BASE, CORPUS, CROSSED, CROSSED_NUDGED, KEPT, LOST, NUDGED
from seedbed.experiments.measures import log_onset
from seedbed.reports import Report, render
from seedbed.tasks.sentences import sentence

STEPS = range(25, 601, 25)


class MadeUp:
    """A run's results from members given as (condition, init seed, data seed, final accuracy, onset step or None)."""

    def __init__(self, members, options=None, right=None):
        self.options = options or crossed.Options()
        self.headline = {"split": "unseen", "coverage": 0}
        self.right = right or {}
        own = ["condition", "init_seed", "data_seed", "exact", "onset"]
        table = pl.DataFrame(members, schema=own, orient="row", infer_schema_length=None)
        self.members = table.with_row_index("member").with_columns(
            pl.col("member").cast(pl.String), state=pl.lit("finished")
        )
        self.run = SimpleNamespace(outcomes=self.outcomes)

    def final(self, condition=None, **_):
        return self.members if condition is None else self.members.filter(pl.col("condition") == condition)

    def where(self, condition=None, **_):
        rows = self.final(condition).join(pl.DataFrame({"step": list(STEPS)}), how="cross")
        risen = pl.col("onset").is_not_null() & (pl.col("step") >= pl.col("onset"))
        return rows.with_columns(exact=risen.cast(pl.Float64))

    def outcomes(self, member):
        row = self.members.filter(pl.col("member") == member).row(0, named=True)
        number_N = np.arange(1680)
        key = "A->C/unseen/shots 2/coverage 0"
        return {f"{key}/sentence": number_N, f"{key}/exact": self.right[row["condition"], row["init_seed"]]}


def cells(log_onset_RC, condition=CROSSED):
    for init, row in enumerate(log_onset_RC):
        for data, value in enumerate(row):
            step = 25 * round(exp(value) / 25)
            yield condition, init, data, 1.0, step if step <= 575 else None


def page(results) -> tuple[list[str], str]:
    said, section = crossed_report._crossed_part(results, crossed_report.outcomes(results, CROSSED))
    return said, words_of(render(Report("Crossed", "made up", said, [section])))


def test_an_onset_lies_in_the_middle_of_its_tests_and_a_censored_one_at_the_end():
    assert exp(log_onset(Onset(400.0, 100.0, 600.0))) == pytest.approx(200)
    assert exp(log_onset(Onset(25.0, 0.0, 600.0))) == pytest.approx(12.5)
    assert exp(log_onset(Onset(None, 575.0, 600.0))) == pytest.approx(600)


def test_a_seed_of_the_weights_that_decides_everything_is_named():
    rng = np.random.default_rng(0)
    table_RC = log(250) + np.linspace(-0.5, 0.5, 8)[:, None] + rng.normal(0, 0.03, (8, 8))
    again = [row for row in cells(table_RC + rng.normal(0, 0.001, (8, 8)), CROSSED_NUDGED) if row[1] == row[2]]
    said, html = page(MadeUp([*cells(table_RC), *again]))
    assert "initial weights explains 9" in said[0] and "(n = 64)" in said[0]
    assert "Initial weights: yes" in said[1] and "data: not shown" in said[1]
    assert "(n = 8) of the rest: most of what the two seeds do not explain is their interaction" in said[2]
    assert "The variance, split" in html


def test_too_many_members_without_an_onset_leave_no_split_of_onset():
    table_RC = np.full((8, 8), log(300.0))
    table_RC[0, :] = log(900)  # 8 of 64: more than a tenth
    said, html = page(MadeUp(cells(table_RC)))
    assert said == [] and "8 of 64 members had no onset within 600 steps" in html
    assert "more than 10%, so the variance of log onset is not split" in html
    table_RC[0, 1:] = log(250)
    said, html = page(MadeUp(cells(table_RC)))
    assert "1 of 64 members had no onset" in html and "of the variance of log onset" in said[0]


def test_a_run_that_is_not_finished_is_not_split():
    said, html = page(MadeUp(list(cells(np.full((8, 8), log(300.0))))[:20]))
    assert said == [] and "20 of 64 members have finished, so the variance is not split yet" in html


@pytest.fixture(scope="module")
def lost_pair():
    """24 base members that emerged; of the swaps only that of the pair does anything: its word is never right."""
    swaps = crossed.planned_swaps(crossed.Options())
    words_NL = sentence(np.arange(1680), 8, 4, True)
    members, right = [], {}
    for swap in swaps:
        has_N = (words_NL == swap.word).any(axis=1)
        for kind in (BASE, NUDGED, CORPUS, KEPT, LOST):
            exact_N = ~has_N if kind == LOST else np.ones(1680, dtype=bool)
            exact_N = exact_N & (np.arange(1680) % 100 != 7)
            right[kind, swap.seed] = exact_N
            members.append((kind, swap.seed, swap.seed, float(exact_N.mean()), 300))
    return MadeUp(members, right=right)


def test_a_pair_that_is_translated_only_where_a_hint_shows_it_is_found(lost_pair):
    said, (section,) = twins_report.twins_part(lost_pair)
    assert "one part in a million changes whether A->C emerges in 0.0% [0.0, 14.2] (n = 24)" in said[0]
    assert all("p = 1: not distinguishable from chance" in sentence for sentence in said[1:3])
    assert said[3].startswith("Hint swapped, pair lost: 100.0%") and said[3].endswith("more than chance.")
    assert "are translated correctly in 0.0% " in said[4] and "(n = 24) if the pair is lost" in said[4]
    tables = {item.title: item for item in section.items if hasattr(item, "rows")}
    by_word = {(row[0], row[1]): row for row in tables["Is a pair that no hint shows translated?"].rows}
    assert by_word["all", "without it"][4].startswith("9") and by_word["all", "with the word"][4].startswith("0.0%")
    assert tables["Does emergence flip?"].rows[3][2] == "0 and 24"
    assert (
        "In 0 pairs A->C emerges only in the twin that lost the word pair, and in 24 only in the twin that kept it"
        in tables["In which direction?"].caption
    )
    shown = {(row[0], row[1]): row for row in tables["How many hints must show a word pair?"].rows}
    assert shown[LOST, "0"][3].startswith("0.0%") and shown[BASE, "1"][3].startswith("9")
    assert shown[LOST, "0"][2] == 24 * 840  # half of all sentences hold the word


def test_flips_that_a_nudge_makes_too_are_called_chance():
    rng, members, right = np.random.default_rng(1), [], {}
    for swap in crossed.planned_swaps(crossed.Options()):
        for kind in (BASE, NUDGED, CORPUS, KEPT, LOST):
            emerged = rng.random() < 0.5
            right[kind, swap.seed] = np.full(1680, emerged)
            members.append((kind, swap.seed, swap.seed, float(emerged), 300 if emerged else None))
    said, _ = twins_report.twins_part(MadeUp(members, right=right))
    assert sum("not distinguishable from chance" in sentence for sentence in said) == 3


def test_base_members_without_all_their_twins_are_left_out(lost_pair):
    seed = lost_pair.members["init_seed"][0]
    fewer = MadeUp([], right=lost_pair.right)
    fewer.members = lost_pair.members.filter((pl.col("init_seed") != seed) | (pl.col("condition") != KEPT))
    assert twins_report.finals(fewer).height == 23
    fewer.members = lost_pair.members.filter(pl.col("condition") != KEPT)
    assert twins_report.twins_part(fewer) == ([], [])
