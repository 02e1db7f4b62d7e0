"""The dose-response of emergence: how a score depends on the number of hints, per arm, member by member.

The axis doubles from dose to dose and still has a place for 0. Dots that share a dose are spread beside each other by a
fixed pattern, so that the same run always gives the same picture.
"""

from math import copysign, expm1, log1p

import altair as alt
import polars as pl

from seedbed.config.errors import UsageError
from seedbed.reports.curves import band_chart
from seedbed.reports.frames import as_text, inline, names_in, require_numbers, roles_of
from seedbed.reports.marks import (
    BAND_OPACITY,
    GOLDEN_RATIO,
    LINE_WIDTH,
    REFERENCE_WIDTH,
    SHORT,
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
from seedbed.reports.spec import Chart
from seedbed.reports.theme import MUTED

DOSE_SOFTNESS = 0.5
"""The symlog constant: doses above it are spaced as on a log axis, and 0 stands as far from 1 as 1 from 4."""

ARM_GAP, MEMBER_SPREAD, AXIS_MARGIN = 0.11, 0.05, 0.4
"""In units of the axis, where doubling a dose is about 0.6: between arms of a dose, half a cloud of dots, the ends."""


def dose_chart(
    points: pl.DataFrame,
    curves: pl.DataFrame,
    *,
    x: str,
    y: str,
    low: str,
    high: str,
    arm: str,
    title_x: str,
    title_y: str,
    baselines: pl.DataFrame | None = None,
    y_domain: tuple[float, float] = (0.0, 1.0),
    height: int = 360,
) -> Chart:
    """Score against dose: a dot per member, and per arm the mean with its interval.

    points: one row per member with `x` (the dose, a count), `y`, `arm`. curves: one row per dose and arm with `x`, `y`
    (the mean), `low`, `high`, `arm`. baselines: dashed lines in the columns `x`, `y`, `label`, such as what recall
    alone would score, or the share of word pairs that the hints show. height: pixels.

    More arms than there are colours become small multiples, of the means alone.

    Raises `UsageError` for a missing column, a frame without rows, or a dose below 0.
    """
    if too_many_for_colours(curves, arm):
        return band_chart(
            curves, x=x, y=y, low=low, high=high, facet=arm, title_x=title_x, title_y=title_y, y_domain=y_domain
        )
    roles = {"x": x, "y": y, "color": arm}
    means = as_text(roles_of(curves, {**roles, "low": low, "high": high}, "dose_chart curves"), "color")
    members = as_text(roles_of(points, roles, "dose_chart points"), "color")
    parts = {"curves": means, "points": members}
    if baselines is not None:
        parts["baselines"] = roles_of(baselines, {"x": x, "y": y, "label": "label"}, "dose_chart baselines")
    for name, part in parts.items():
        require_numbers(part, ("x", "y", "low", "high"), f"dose_chart {name}")
        if not part.get_column("x").ge(0).all():
            raise UsageError(
                f"dose_chart {name}: a dose is a count from 0 up, got {part.get_column('x').min()} in {x!r}."
            )

    doses = sorted(means.get_column("x").unique().to_list())
    ends = [_dose_at(_position(doses[0]) - AXIS_MARGIN), _dose_at(_position(doses[-1]) + AXIS_MARGIN)]
    doubling = alt.Scale(type="symlog", constant=DOSE_SOFTNESS, domain=ends, nice=False)
    across = alt.X(
        "x:Q", title=title_x, scale=doubling, axis=alt.Axis(values=doses, format="~d", labelOverlap="greedy")
    )
    up, colour = y_axis("y", title_y, y_domain), painted(pl.concat([means.select("color"), members.select("color")]))
    tips = [tip("color:N", arm), tip("dose:Q", title_x)]
    tips.append(tip("y:Q", title_y, SHORT))
    interval = [tip(f"{end}:Q", end, SHORT) for end in ("low", "high")]

    mean = alt.Chart(inline(means.with_columns(pl.col("x").alias("dose")))).encode(x=across, color=colour)
    band = mean.mark_area(clip=True).encode(opacity=chosen_opacity(means, BAND_OPACITY))
    layers: list[alt.Chart] = [band.encode(y=y_axis("low", title_y, y_domain), y2="high:Q")]
    if "baselines" in parts:
        expected = alt.Chart(inline(parts["baselines"])).mark_line(strokeWidth=REFERENCE_WIDTH, color=MUTED, clip=True)
        labels = names_in(parts["baselines"], "label")
        layers.append(expected.encode(x=across, y=up, strokeDash=dashed(labels)))
    dots = alt.Chart(inline(_spread(members))).mark_circle(size=30).encode(opacity=chosen_opacity(means, 0.55))
    layers.append(dots.encode(x=across, y=up, color=colour, tooltip=tips))
    full = chosen_opacity(means)
    layers.append(choosable(mean.mark_line(strokeWidth=LINE_WIDTH, clip=True).encode(y=up, opacity=full), means))
    layers.append(mean.mark_point(filled=True, size=64).encode(y=up, opacity=full))
    layers.append(hoverable(mean.mark_point(filled=True, size=110).encode(y=up, tooltip=tips + interval)))
    return container_wide(layers, height)


def _spread(members: pl.DataFrame) -> pl.DataFrame:
    """The dots moved sideways, arm beside arm and member beside member; the role `dose` keeps the true place."""
    arms = names_in(members, "color")
    seen: dict[tuple[float, str], int] = {}
    places = []
    for dose, arm in members.select("x", "color").iter_rows():
        rank = seen[dose, arm] = seen.get((dose, arm), 0) + 1
        beside = ARM_GAP * (arms.index(arm) - (len(arms) - 1) / 2)
        within = MEMBER_SPREAD * (2 * (rank * GOLDEN_RATIO % 1) - 1)
        places.append(_dose_at(_position(dose) + beside + within))
    return members.with_columns(pl.col("x").alias("dose"), pl.Series("x", places))


def _position(dose: float) -> float:
    """Where Vega's symlog axis puts a dose, before it is stretched to pixels."""
    return copysign(log1p(abs(dose) / DOSE_SOFTNESS), dose)


def _dose_at(position: float) -> float:
    return copysign(expm1(abs(position)) * DOSE_SOFTNESS, position)
