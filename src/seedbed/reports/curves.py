"""Scores over training: a line per condition with its band, the members behind, the source's curve beside it."""

from typing import Any

import altair as alt
import polars as pl

from seedbed.config.errors import UsageError
from seedbed.reports.frames import as_text, inline, names_in, require_numbers, roles_of
from seedbed.reports.marks import (
    BAND_OPACITY,
    LINE_WIDTH,
    REFERENCE_WIDTH,
    SHORT,
    THREAD_OPACITY,
    THREAD_WIDTH,
    choosable,
    chosen_opacity,
    container_wide,
    dashed,
    hoverable,
    painted,
    tip,
    too_many_for_colours,
    y_axis,
)
from seedbed.reports.spec import FACET_GUTTER, Chart
from seedbed.reports.theme import INK, MUTED

MEMBER_POINTS = 100
"""Points per member line: more would be closer than a few pixels and swell the page."""

SHORTENED_FROM = 1_000_000
"""On an axis that comes as far as this, tokens or FLOPs, labels are 2e23: Vega writes its sums of ticks out in full."""

_SHORTENED = "datum.label ? replace(format(datum.value, '~g'), 'e+', 'e') : ''"  # ticks without a label stay so


def band_chart(
    frame: pl.DataFrame,
    *,
    x: str,
    y: str,
    low: str | None = None,
    high: str | None = None,
    color: str | None = None,
    facet: str | None = None,
    title_x: str,
    title_y: str,
    x_log: bool = False,
    y_log: bool = False,
    y_domain: tuple[float, float] | None = None,
    members: pl.DataFrame | None = None,
    member: str = "seed",
    reference: pl.DataFrame | None = None,
    threshold: float | None = None,
    columns: int = 3,
    height: int | None = None,
) -> Chart:
    """A line per `color` with the band `low`..`high` around it, over `x`.

    members: one thin line per `member` behind, in the columns `x`, `y`, `member` (and `color`, `facet` where given), at
    most `MEMBER_POINTS` evaluations each. reference: what a source reports, dashed, in the columns `x`, `y`, `label`
    (and `color`, `facet` where it has them). threshold: a level that onset is measured against. facet: small multiples,
    one per value, `columns` beside each other where there is room. height: pixels. More names of `color` than there
    are colours become small multiples. A line of one evaluation is drawn as a point.

    Raises `UsageError` for a missing column, a frame without rows, half a band, or `x_log`, `y_log` with a number at or
    below 0 on that axis.
    """
    if (low is None) != (high is None):
        raise UsageError(f"band_chart: got low={low!r} and high={high!r}, but a band needs both; give both or neither.")
    if facet is None and too_many_for_colours(frame, color):
        color, facet = None, color
    shared = {"x": x, "y": y, "color": color, "facet": facet}
    lines = roles_of(frame, {**shared, "low": low, "high": high}, "band_chart")
    parts = {"mean": lines}
    if not (alone := _single(lines)).is_empty():
        parts["single"] = alone
    if members is not None:
        parts["member"] = _thinned(roles_of(members, {**shared, "member": member}, "band_chart members"))
    if reference is not None:
        has = {role: column for role, column in shared.items() if role in ("x", "y") or column in reference.columns}
        parts["reference"] = roles_of(reference, {**has, "label": "label"}, "band_chart reference")
    _require_drawable(parts, ({"x": x} if x_log else {}) | ({"y": y} if y_log else {}))
    if threshold is not None:
        parts["threshold"] = pl.DataFrame({"y": [float(threshold)], "label": [f"threshold {threshold:g}"]})
    rows = _stacked(parts)
    labels = names_in(rows, "label") if "label" in rows.columns else []

    count = alt.Undefined if x_log else 7  # a log axis needs its ticks at 1, 2, 5
    ticks = alt.Axis(
        tickCount=count, labelExpr=_SHORTENED if _greatest(parts, "x") >= SHORTENED_FROM else alt.Undefined
    )
    scale = alt.Scale(type="log" if x_log else "linear", nice=False)
    across = alt.X("x:Q", title=title_x, scale=scale, axis=ticks)
    up = y_axis("y", title_y, y_domain, log=y_log)
    colour = painted(as_text(lines, "color"))
    layers: list[Any] = []
    if low is not None:
        band = _part("mean").mark_area(clip=True).encode(opacity=chosen_opacity(lines, BAND_OPACITY))
        layers.append(band.encode(x=across, y=y_axis("low", title_y, y_domain, log=y_log), y2="high:Q", color=colour))
    if members is not None:
        unrolled = _part("member").transform_flatten(["xs", "ys"], as_=["x", "y"])
        threads = unrolled.mark_line(strokeWidth=THREAD_WIDTH, clip=True)
        faint = chosen_opacity(lines, THREAD_OPACITY)
        layers.append(threads.encode(x=across, y=up, color=colour, detail="member:N", opacity=faint))
    if threshold is not None:
        level = _part("threshold").mark_rule(color=MUTED, strokeWidth=1.25)
        layers.append(level.encode(y=up, strokeDash=dashed(labels)))
    mean = _part("mean").mark_line(strokeWidth=LINE_WIDTH, clip=True)
    layers.append(choosable(mean.encode(x=across, y=up, color=colour, opacity=chosen_opacity(lines)), lines))
    if "single" in parts:
        layers += _points(across, up, colour, banded=low is not None)
    if reference is not None:
        ink = colour if "color" in parts["reference"].columns else alt.value(INK)
        theirs = _part("reference").mark_line(strokeWidth=REFERENCE_WIDTH, clip=True)
        layers.append(theirs.encode(x=across, y=up, color=ink, strokeDash=dashed(labels)))
    target = _part("mean").mark_point(size=60, filled=True, clip=True).encode(x=across, y=up, color=colour)
    layers.append(hoverable(target.encode(tooltip=_tips(title_x, title_y, color=color, banded=low is not None))))

    if facet is None:
        return container_wide(layers, height or 320).properties(data=inline(rows))
    panels = names_in(rows, "facet")
    cell = alt.layer(*layers).properties(height=height or 190)
    by = alt.Facet("facet:N", sort=panels, title=None)
    return cell.properties(data=inline(rows)).facet(facet=by, columns=min(columns, len(panels)), spacing=FACET_GUTTER)


def _part(name: str) -> alt.Chart:
    """The rows of one part; all parts share one data set, since only that can be cut into facets."""
    return alt.Chart().transform_filter(alt.datum.part == name)


def _single(lines: pl.DataFrame) -> pl.DataFrame:
    """The rows of lines that have but one, which a line mark would not show."""
    keys = [role for role in ("color", "facet") if role in lines.columns]
    return lines.filter(pl.len().over(keys) == 1) if keys else lines.filter(pl.lit(lines.height == 1))


def _points(across: alt.X, up: alt.Y, colour: Any, *, banded: bool) -> list[alt.Chart]:
    """Single evaluations: a dot, and a bar for its interval."""
    dot = _part("single").mark_point(filled=True, size=75, opacity=1).encode(x=across, y=up, color=colour)
    if not banded:
        return [dot]
    bar = (
        _part("single").mark_rule(strokeWidth=LINE_WIDTH).encode(x=across, y=alt.Y("low:Q"), y2="high:Q", color=colour)
    )
    return [bar, dot]


def _stacked(parts: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """All parts as one frame with the role `part`; a part without facets is repeated in each."""
    lines = as_text(parts["mean"], "facet")
    stacked = []
    for name, part in parts.items():
        texts = as_text(part, "color", "facet", "member", "label")
        if name == "member":  # one row a line: names repeated at every point would be most of the page
            texts = texts.group_by(pl.exclude("x", "y"), maintain_order=True).agg(xs="x", ys="y")
        if "facet" in lines.columns and "facet" not in texts.columns:
            texts = texts.join(lines.select(pl.col("facet").unique(maintain_order=True)), how="cross")
        stacked.append(texts.with_columns(pl.lit(name).alias("part")))
    return pl.concat(stacked, how="diagonal_relaxed")


def _require_drawable(parts: dict[str, pl.DataFrame], logarithmic: dict[str, str]) -> None:
    """`logarithmic`: the column behind each role that stands on such an axis."""
    for name, part in parts.items():
        require_numbers(part, ("x", "y", "low", "high"), f"band_chart {name}")
        for role, column in logarithmic.items():
            if not part.get_column(role).gt(0).all():
                raise UsageError(
                    f"band_chart {name}: a logarithmic axis needs every {column!r} above 0, got "
                    f"{part.get_column(role).min()}; leave those rows out or set {role}_log=False."
                )


def _greatest(parts: dict[str, pl.DataFrame], role: str) -> float:
    """The largest value of a role in any part."""
    return max(part.get_column(role).max() or 0 for part in parts.values() if role in part.columns)  # type: ignore


def _thinned(members: pl.DataFrame) -> pl.DataFrame:
    """Members at no more than `MEMBER_POINTS` of their x, evenly chosen, first and last among them."""
    places = sorted(members.get_column("x").unique().to_list())
    if len(places) <= MEMBER_POINTS:
        return members
    step = (len(places) - 1) / (MEMBER_POINTS - 1)
    return members.filter(pl.col("x").is_in([places[round(rank * step)] for rank in range(MEMBER_POINTS)]))


def _tips(title_x: str, title_y: str, *, color: str | None, banded: bool) -> list[alt.Tooltip]:
    tips = [tip("color:N", color)] if color else []
    tips += [tip("x:Q", title_x), tip("y:Q", title_y, SHORT)]
    return tips + [tip(f"{end}:Q", end, SHORT) for end in ("low", "high") if banded]
