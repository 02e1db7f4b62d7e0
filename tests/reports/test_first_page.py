"""What a report begins with: the answer, the question drawn, an example, and words explained at first use."""

from dataclasses import replace

import polars as pl
import pytest

from seedbed.config import UsageError
from seedbed.reports import Answer, Arrow, Box, Diagram, Example, Figure, Lead, Table, band_chart, drawn, render, row_of
from seedbed.reports.content import MOST_COLUMNS
from seedbed.reports.glossary import MEANINGS, FirstUses, anchor_of
from seedbed.reports.seen import seen_in

PICTURE = Diagram(
    "A is taught to B, and B to A is asked.",
    [Box("A", 0.1, 0.5, "a b"), Box("B", 0.9, 0.5, "c d")],
    [Arrow("A", "B", "taught", ("10 sentences",)), Arrow("B", "A", "asked", ("none",), 1)],
    "Whole is taught.",
)
EXAMPLE = Example(("a . c |", "b ."), "d", (Answer("big, seed 1", "d", True), Answer("small, seed 1", "c", False)))


@pytest.fixture(scope="module")
def led(demo):
    """The demo with its first figure moved to the top."""
    first, *rest = demo.sections[0].items
    sections = [replace(demo.sections[0], items=rest), *demo.sections[1:]]
    lead = Lead("No: it does not emerge (3% [1, 5]).", ["This run was shortened."], PICTURE, EXAMPLE, first)
    return replace(demo, sections=sections, lead=lead)


def test_the_page_begins_with_answer_picture_example_and_figure_in_this_order(led):
    page = render(led)
    places = [page.index(f'class="{name}') for name in ("answer", "caution", "picture", "example", "chart", "headline")]
    assert places == sorted(places)
    assert page.index('class="chart"') < page.index('class="section"')
    assert "Figure 1" in page[places[4] : places[5]]
    for said in ("big, seed 1", "wrong", "right", "expected"):
        assert said in page[places[3] : places[4]]
    assert render(led) == page


def test_a_figure_of_the_lead_is_a_figure_of_the_report_and_counts_once(led, demo):
    assert [figure.id for figure in led.figures()] == [figure.id for figure in demo.figures()]
    with pytest.raises(UsageError, match="twice"):
        replace(demo, lead=Lead("Yes.", figure=next(demo.figures())))


def test_text_in_place_of_a_list_is_refused():
    with pytest.raises(UsageError, match="sequence of sentences"):
        Lead("Yes.", "shortened")
    with pytest.raises(UsageError, match="sequence of parts"):
        Example("a b .", "c", ())


def test_folded_sections_and_wide_tables_show_their_heading_alone(demo):
    wide = Table("Wide", [str(n) for n in range(MOST_COLUMNS + 1)], [list(range(MOST_COLUMNS + 1))])
    assert wide.is_folded and not Table("Narrow", ["a"], [[1]]).is_folded
    section = replace(demo.sections[-1], items=[wide], folded=True)
    page = render(replace(demo, sections=[*demo.sections[:-1], section]))
    start = page.index(f'<section id="{section.id}"')
    assert page[start:].count('<details class="fold">') >= 2


def test_badges_count_what_the_run_trained_and_the_rest_is_folded(demo, make_verdict):
    claims = [
        make_verdict(claim_id="mine", verdict="replicated"),
        make_verdict(claim_id="counted", verdict="replicated", ground="arithmetic"),
        make_verdict(claim_id="elsewhere", verdict="not measured", ground="another run", n=None, interval=""),
    ]
    section = replace(demo.sections[-1], items=claims)
    page = render(replace(demo, sections=[section]))
    assert "<b>1</b> replicated" in page and "<b>1</b> not measured" not in page
    assert page.index("mine") < page.index("1 claim settled by arithmetic") < page.index("counted")
    assert page.index("counted") < page.index("1 claim that this run does not measure") < page.index("elsewhere")


def test_a_word_is_explained_once_at_its_first_use(led):
    page = render(replace(led, lead=replace(led.lead, answer="With 3 hints and 2 shots; more hints, more shots.")))
    for word in ("hint", "shot"):
        assert page.count(f'href="#{anchor_of(word)}"') == 1
        assert f'id="{anchor_of(word)}"' in page and MEANINGS[word].split(".")[0] in page
    assert '<a class="word" href="#word-hint">hints</a> and 2' in page


def test_a_word_in_code_or_inside_another_is_left_alone():
    uses = FirstUses()
    assert uses.split("`--hints` zero-shot shotgun") == [("`--hints` zero-shot shotgun", "")]
    assert [word for _, word in uses.split("Members at coverage 0.")] == ["member", "", "coverage", ""]


def test_a_drawing_names_its_boxes_keeps_inside_and_refuses_an_arrow_to_nowhere():
    svg = str(drawn(PICTURE))
    assert svg.count("<rect") == 2 and svg.count("stroke-dasharray") == 1
    assert 'aria-label="A is taught to B, and B to A is asked."' in svg and ">10 sentences</text>" in svg
    with pytest.raises(UsageError, match="'C'"):
        Diagram("", PICTURE.boxes, [Arrow("A", "C")])
    row = row_of([("text", ""), ("model", ""), ("answer", "")], [("reads",), ("writes",)], "A row.")
    assert [arrow.kind for arrow in row.arrows] == ["taught", "asked"]
    escaped = drawn(Diagram("a < b", [Box("<b>", 0.5, 0.5)], []))
    assert "<b>" not in escaped and "a &lt; b" in escaped


def test_who_cannot_see_a_chart_is_told_where_its_lines_go(demo):
    figures = {figure.id: figure for figure in demo.figures()}
    assert "A→C, hinted: from" in seen_in(figures["figure-2"])
    assert "as published: 0 (-0.05 to 0.05)." in seen_in(figures["ladder"])
    assert "hinted: 16 from" in seen_in(figures["onset"])
    assert render(demo).count('role="img" aria-label="Figure 1: Only with hints does A→C emerge.') == 1


def one_line(names: int, steps: int) -> Figure:
    frame = pl.DataFrame(
        [
            {"name": f"n{name}", "step": step, "score": 0.5, "low": 0.4, "high": 0.6}
            for name in range(names)
            for step in range(steps)
        ]
    )
    chart = band_chart(
        frame, x="step", y="score", low="low", high="high", color="name", title_x="step", title_y="score"
    )
    return Figure("some", "Some", chart, "Some.", frame)


def test_more_names_than_colours_become_small_multiples_and_fewer_have_a_colour_each():
    assert "facet" in one_line(9, 3).spec
    spec = one_line(8, 3).spec
    scales = [layer["encoding"]["color"]["scale"]["range"] for layer in spec["layer"] if "scale" in str(layer)]
    assert all(len(set(colours)) == 8 for colours in scales) and "facet" not in spec


def test_a_single_evaluation_is_drawn_as_a_point_with_its_interval():
    parts = {row["part"] for rows in one_line(2, 1).spec["datasets"].values() for row in rows}
    assert "single" in parts
    assert "single" not in {row["part"] for rows in one_line(2, 2).spec["datasets"].values() for row in rows}


def test_a_line_tells_its_interval_wherever_the_pointer_is_and_its_legend_chooses():
    params = {param["name"]: param for param in one_line(2, 3).spec["params"]}
    assert params["hovered"]["select"]["nearest"] is True
    assert params["chosen"]["bind"] == "legend"
    hovered = next(layer for layer in one_line(2, 3).spec["layer"] if layer.get("name") == "hoverable")
    assert [each["field"] for each in hovered["encoding"]["tooltip"]] == ["color", "x", "y", "low", "high"]
