"""A report as Markdown says what the page says."""

import polars as pl

from seedbed.reports import Figure, Report, Section, Table, Verdict, band_chart, render_markdown


def report() -> Report:
    frame = pl.DataFrame({"step": [1, 2], "mean": [0.1, 0.9]})
    chart = band_chart(frame, x="step", y="mean", title_x="step", title_y="score")
    table = Table("Scores", ["task", "score"], [["A|B", 0.123456], ["C", None]], "Means.")
    common = {"statement": "It emerges", "source": "A paper", "basis": "second hand", "rule": "at least 65%"}
    sampled = Verdict(
        "one", reported="65%", measured="98%", interval="98% [97, 99] (n = 8)", n=8, verdict="replicated", **common
    )
    counted = Verdict("two", reported="9", measured="9", interval="computed", n=None, verdict="replicated", **common)
    section = Section(
        "what",
        "What came",
        ["A paragraph."],
        [Figure("curve", "A curve", chart, "n = 8.", frame), table, sampled, counted],
    )
    return Report("A title", "a subtitle", ["It emerged (n = 8)."], [section], {"command": "seedbed run it"})


def test_words_tables_figures_and_verdicts_are_all_there():
    text = render_markdown(report(), "figures")
    for expected in (
        "# A title",
        "- It emerged (n = 8).",
        "![A curve](figures/curve.svg)",
        "| A\\|B | 0.1235 |",
        "| C | - |",
        "98% [97, 99] (n = 8)",
        "| 9 | 9 |",
        "- command: `seedbed run it`",
        "| A paper | second hand |",
    ):
        assert expected in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    rows = [line for line in render_markdown(report(), "figures").splitlines() if line.startswith("|")]
    cells = {line.replace("\\|", "").count("|") for line in rows}
    assert cells == {3, 9}
