"""Every builder draws what it was given, in a renderer that is no browser, and refuses what it cannot draw."""

import re

import polars as pl
import pytest
import vl_convert

from seedbed.config.errors import UsageError
from seedbed.reports import (
    CONDITION_COLOURS,
    band_chart,
    dose_chart,
    heat_chart,
    interval_chart,
    save_chart,
    strip_chart,
)
from seedbed.reports.curves import MEMBER_POINTS
from seedbed.reports.doses import _dose_at, _position, _spread
from seedbed.reports.pictures import svg_of
from seedbed.reports.spec import STATIC_WIDTH, VEGA_LITE_VERSION, chart_spec

CURVE = {"x": "epoch", "y": "accuracy", "title_x": "epoch", "title_y": "accuracy"}
NAN = pl.lit(float("nan"))
DOSE = {"x": "hints", "y": "exact", "low": "low", "high": "high", "arm": "arm", "title_x": "hints", "title_y": "exact"}
FOREST = {"label": "change", "value": "effect", "low": "low", "high": "high", "title_x": "effect"}


def strokes(svg: str, colour: str) -> int:
    return svg.count(f'stroke="{colour}"')


def test_band_chart_draws_a_line_and_a_band_per_condition_and_facet(curves):
    svg = svg_of(band_chart(curves, **CURVE, low="low", high="high", color="condition", facet="task"))
    for colour in CONDITION_COLOURS.values():
        assert strokes(svg, colour) == 3 + 1  # three tasks and the legend
        assert svg.count(f'fill="{colour}"') == 3 + 1
    for name in ("A→B", "B→C", "A→C", "hinted", "alone", "zero-shot"):
        assert f">{name}<" in svg


def test_band_chart_draws_members_reference_and_threshold(curves, curve_members, reported):
    one, members = (frame.filter(pl.col("task") == "A→C") for frame in (curves, curve_members))
    bare = svg_of(band_chart(one, **CURVE, color="condition"))
    full = svg_of(
        band_chart(one, **CURVE, color="condition", members=members, reference=reported, threshold=0.9, x_log=True)
    )
    blue = CONDITION_COLOURS["hinted"]
    assert strokes(full, blue) == strokes(bare, blue) + 8 + 1  # eight seeds, one dashed curve
    assert ">threshold 0.9<" in full
    assert ">reported, one seed, 5 sentences<" in full
    assert 'stroke-dasharray="6,4"' in full


def test_a_reference_without_facets_stands_in_each(curves, reported):
    chart = band_chart(curves, **CURVE, color="condition", facet="task", reference=reported.drop("task", "condition"))
    assert svg_of(chart).count('stroke-dasharray="6,4"') == 3 + 1


def test_a_line_without_colour_needs_no_legend():
    frame = pl.DataFrame({"epoch": [1, 2, 3], "accuracy": [0.0, None, float("nan")]})
    svg = svg_of(band_chart(frame, **CURVE))
    assert "role-legend" not in svg
    assert "NaN" not in svg


def test_an_axis_of_tokens_or_flops_has_short_labels():
    places = [0.0, 2e23, 4e23, 6e23, 1e24]
    svg = svg_of(band_chart(pl.DataFrame({"epoch": places, "accuracy": [0.0] * 5}), **CURVE))
    assert ">6e23<" in svg and "99999" not in svg
    tokens = pl.DataFrame({"epoch": [1e3, 3e7], "accuracy": [0.0, 1.0]})
    svg = svg_of(band_chart(tokens, **CURVE, x_log=True))
    assert ">1e6<" in svg and ">1e+6<" not in svg and ">5e6<" not in svg  # ticks that have no label get none
    assert ">10,000<" in svg_of(band_chart(tokens.with_columns(epoch=pl.Series([0.0, 20_000])), **CURVE))


def test_a_long_legend_breaks_into_rows():
    arms = [f"a mixer with a long name, number {number}" for number in range(7)]
    frame = pl.DataFrame([{"epoch": epoch, "accuracy": 0.1, "arm": arm} for arm in arms for epoch in (1, 2)])
    chart = band_chart(frame, **CURVE, color="arm")
    width = float(re.search(r'width="([\d.]+)"', svg_of(chart))[1])
    assert width == pytest.approx(STATIC_WIDTH, abs=1)
    assert svg_of(chart).count("a mixer with") == 7


def test_long_member_lines_are_thinned_and_keep_their_ends():
    frame = pl.DataFrame({"epoch": range(1, 1001), "accuracy": [0.5] * 1000, "seed": [0] * 1000})
    spec = chart_spec(band_chart(frame, **CURVE, members=frame))
    (line,) = [row for row in next(iter(spec["datasets"].values())) if row["part"] == "member"]
    assert len(line["xs"]) == len(line["ys"]) == MEMBER_POINTS
    assert (line["xs"][0], line["xs"][-1]) == (1, 1000)


def test_dose_chart_draws_every_member_mean_and_baseline(doses):
    points, curves, baselines = doses
    svg = svg_of(dose_chart(points, curves, **DOSE, baselines=baselines))
    blue = CONDITION_COLOURS["hinted"]
    assert svg.count(f'fill="{blue}"') == 8 * 12 + 8 + 1 + 1  # members, means, band, legend
    assert ">recall alone, hints / 1,680<" in svg
    for dose in (0, 1, 2, 4, 8, 16, 32, 50):
        assert f">{dose}<" in svg


def test_the_dose_axis_has_a_place_for_zero_and_doubles_after_it():
    assert _position(0) == 0
    steps = [_position(2 * dose) - _position(dose) for dose in (4, 8, 16, 32)]
    assert max(steps) < 1.2 * min(steps)
    for dose in (-0.2, 0, 1, 50):
        assert _dose_at(_position(dose)) == pytest.approx(dose)


def test_dots_of_one_dose_lie_apart_and_never_reach_the_next(doses):
    points = doses[0].select(pl.col("hints").alias("x"), pl.col("exact").alias("y"), pl.col("arm").alias("color"))
    spread = _spread(points)
    assert spread.equals(_spread(points))
    assert spread.select("x").n_unique() == points.height
    places = spread.group_by("dose").agg(least=pl.col("x").min(), most=pl.col("x").max()).sort("dose")
    assert (places["most"].head(-1) < places["least"].tail(-1)).all()


def test_interval_chart_shows_an_anecdote_as_an_empty_dot(forest):
    svg = svg_of(interval_chart(forest, **FOREST, reference=0.0))
    assert svg.count('stroke-width="2.25"') == 7
    assert svg.count('fill="#ffffff" stroke=') >= 1
    assert [name for name in forest["change"] if f">{name}<" not in svg] == []


@pytest.mark.parametrize("log", [False, True])
def test_a_reference_leaves_the_axis_where_it_is(log):
    frame = pl.DataFrame({"change": ["a", "b"], "effect": [0.8, 0.85], "low": [0.75, 0.8], "high": [0.85, 0.9]})
    chart = interval_chart(frame, **FOREST, reference=0.8, x_domain=(0.6, 1.0))
    if log:
        chart = strip_chart(frame, category="change", value="effect", title_x="x", reference=0.8, x_log=True)
    ticks = [float(text) for text in re.findall(r">([0-9.]+)</text>", svg_of(chart))]
    assert min(ticks) >= 0.6 and max(ticks) <= 1


def test_an_open_end_is_an_arrow_and_an_unknown_value_has_no_dot():
    inf, nan = float("inf"), float("nan")
    frame = pl.DataFrame(
        {"change": ["a", "b", "c"], "effect": [nan, 2.0, 3.0], "low": [-inf, 1.0, nan], "high": [4.0, inf, nan]}
    )
    svg = svg_of(interval_chart(frame, **FOREST))
    assert svg.count('stroke-width="2.25"') == 2
    groups = re.findall(r'<g class="mark-symbol role-mark.*?</g>', svg)
    assert [group.count("<path") for group in groups] == [1, 1, 1, 1]  # dots, arrows left and right, empty dots
    assert "Infinity" not in svg
    assert "NaN" not in svg


def test_strip_chart_tells_censored_members_apart(onsets):
    chart = strip_chart(
        onsets, category="condition", value="onset", title_x="step", color="condition", censored="censored"
    )
    svg = svg_of(chart)
    seen = onsets.filter(~pl.col("censored")).group_by("condition").len()
    for condition, count in seen.iter_rows():
        assert svg.count(f'fill="{CONDITION_COLOURS[condition]}"') == count
    assert strokes(svg, CONDITION_COLOURS["zero-shot"]) == onsets.filter(condition="zero-shot", censored=True).height


def test_heat_chart_writes_its_numbers(grid):
    names = {"x": "asked for", "y": "trained on", "title_x": "asked", "title_y": "trained", "title_value": "exact"}
    svg = svg_of(heat_chart(grid, value="exact", **names))
    assert svg.count(">0.98<") == 6


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_cell_without_a_value_has_no_number(grid, missing):
    names = {"x": "asked for", "y": "trained on", "title_x": "asked", "title_y": "trained", "title_value": "exact"}
    fewer = grid.with_columns(exact=pl.when(pl.int_range(pl.len()) == 0).then(missing).otherwise("exact"))
    svg = svg_of(heat_chart(fewer, value="exact", **names))
    assert "NaN" not in svg and "null" not in svg
    assert svg.count(">0.98<") == 6 - (grid["exact"][0] == 0.98)


def test_awkward_column_names_are_no_paths():
    frame = pl.DataFrame({"loss.train[0]": [1.0, 2.0], "the 'score'": [0.5, 0.6], "a.b": ["hinted", "hinted"]})
    chart = band_chart(frame, x="loss.train[0]", y="the 'score'", color="a.b", title_x="loss", title_y="score")
    assert strokes(svg_of(chart), CONDITION_COLOURS["hinted"]) == 2


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda c, d, f, g: band_chart(c, **CURVE | {"y": "acuracy"}), "no column 'acuracy' (for y). The columns"),
        (lambda c, d, f, g: band_chart(c.clear(), **CURVE), "no rows"),
        (lambda c, d, f, g: band_chart(c.to_dicts(), **CURVE), "expected a polars DataFrame, got list"),
        (lambda c, d, f, g: band_chart(c, **CURVE, low="low"), "a band needs both"),
        (lambda c, d, f, g: band_chart(c.with_columns(epoch=0), **CURVE, x_log=True), "above 0, got 0"),
        (lambda c, d, f, g: band_chart(c.with_columns(accuracy=0), **CURVE, y_log=True), "set y_log=False"),
        (lambda c, d, f, g: band_chart(c, **CURVE | {"y": "task"}), "y must hold numbers, got String"),
        (lambda c, d, f, g: band_chart(c, **CURVE, reference=c), "no column 'label'"),
        (lambda c, d, f, g: dose_chart(d[0], d[1].with_columns(hints=-1), **DOSE), "from 0 up, got -1"),
        (lambda c, d, f, g: dose_chart(d[0].drop("arm"), d[1], **DOSE), "dose_chart points: no column 'arm'"),
        (lambda c, d, f, g: interval_chart(pl.concat([f, f]), **FOREST), "16 rows share 8 labels"),
        (lambda c, d, f, g: interval_chart(f.with_columns(effect=None, low=None, high=None), **FOREST), "hold numbers"),
        (lambda c, d, f, g: interval_chart(f.select("change", effect=NAN, low=NAN, high=NAN), **FOREST), "to draw"),
        (lambda c, d, f, g: strip_chart(c, category="task", value="low", title_x="x", x_log=True), "above 0"),
        (
            lambda c, d, f, g: heat_chart(
                pl.concat([g, g]), x="asked for", y="trained on", value="exact", title_x="", title_y="", title_value=""
            ),
            "stand twice",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_by_name(build, words, curves, doses, forest, grid):
    with pytest.raises(UsageError) as refused:
        build(curves, doses, forest, grid)
    assert words in str(refused.value)


def test_save_chart_writes_both_kinds_and_refuses_others(tmp_path, forest):
    chart = interval_chart(forest, **FOREST)
    assert save_chart(chart, tmp_path / "new" / "forest.svg").read_text().startswith("<svg")
    assert save_chart(chart, tmp_path / "forest.PNG").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["forest.PNG", "new"]
    with pytest.raises(UsageError, match=r"saved as \.png or \.svg"):
        save_chart(chart, tmp_path / "forest.pdf")


def test_the_renderer_knows_the_version_that_charts_are_written_for():
    assert VEGA_LITE_VERSION in vl_convert.get_vegalite_versions()
