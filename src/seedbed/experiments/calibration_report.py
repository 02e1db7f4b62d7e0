"""The page of a calibration: every promise with its figure, n, interval, target and whether it is reached."""

from collections.abc import Mapping, Sequence
from math import floor, isnan
from typing import Any

import polars as pl

from seedbed.emergence import format_estimate
from seedbed.experiments import calibration as populations
from seedbed.experiments import calibration_cell as promises
from seedbed.experiments import calibration_verdicts as verdicts
from seedbed.experiments.calibration_cell import Row
from seedbed.reports import Cell, Figure, Report, Section, Table, band_chart, interval_chart

_EXACT = (
    "Each width is divided by that of the exact interval on the same draws, and should be at most "
    f"{promises.WIDEST:g} times as large. Exact is: for a median onset, the order-statistic interval of the true "
    "onsets, which no test items blur and no evaluations round; for P(success), both binomial tails inverted by search "
    "(the same interval by another way, so 1 says that it is computed right); for an accuracy, the mean less q "
    "standard errors, q the quantiles of that ratio in other populations of the same kind: it covers 95% by "
    "construction, is Student's t where scores are normal, and knows a shape that no user knows (where no score "
    "varies: the exact binomial of all items); for an onset ratio, the Mann-Whitney interval of the true onsets; for a "
    "restricted mean, Student's t of the true times. A half-dose ratio has none."
)
_MEDIAN = (
    "Log onsets are normal with a standard deviation of 0.15 decades around 100, curves rise from 10% to 95% (the slow "
    "ones from 0 to 100%) and are seen at evaluations only, 200 test items each unless said otherwise; an onset is the "
    f"first of {populations.PERSISTENCE} evaluations on end at {populations.THRESHOLD:.0%} or above. The truth knows "
    "of neither items nor evaluations."
)
_VERDICT = (
    f"Curves of {verdicts.ITEMS} test items each, the places of seeds spread evenly over {2 * verdicts.SPREAD:g} "
    "decades; the log grid runs from 10 to 100,000, the linear one to 10,000. A step is to be called emergent in 95% "
    "of populations or more, any other curve in 5% or fewer. Curves are judged one by one and then taken in "
    "populations of 1, 3, 8 and 16 seeds (steps: 3, 8 and 32), so that n is larger for fewer seeds; each row shows the "
    "worst of these."
)
_NEVER = (
    "`never leaves chance` claims that the end lies within a twentieth of the way from chance to 1 of chance. At "
    "chance it should be said in 80% of populations or more, with a true end 4 points above in 5% or fewer, whatever "
    "the number of tasks."
)
_PLAN = (
    "A pilot is drawn, `plan` says how many seeds a condition see a ratio of 1.5 with power 80%, a study of that size "
    "is drawn and judged by the log-rank test at 5%. The share of studies that see it should lie between 75 and 85%. "
    "Spread: standard deviation of log onset (natural logarithm); the column of seeds is the pilot's."
)
_NOISE = "`within the noise`: the share's interval reaches over an end of the target."
_WHY = {
    promises.MEDIAN: (
        "An onset is only known to lie between two evaluations, and an interval that assumes no shape has to allow for "
        "the whole gap at both ends: with many seeds or coarse evaluations the gap is most of its width. Evaluate more "
        "often, or read the interval as exact to an evaluation."
    ),
    promises.PLACE: (
        "A step from 0% to 10% adds 20 right answers of 200, so that some seeds are placed by noise. The bias is a "
        "tenth of the gap between two evaluations, which is 37% of the scale there; its standard error is 1%."
    ),
    promises.RATIO: "The same gap between evaluations: each pair of seeds is taken at its least and at its most.",
    promises.RESTRICTED: "It allows for the gap between evaluations, and for a kind of seed too rare to be drawn.",
    promises.ACCURACY: (
        "Where one seed in ten fails, no failing seed is among 8 with chance 43% and among 16 with chance 19%: those "
        "draws look like draws from seeds that never fail, so no interval can hold both means and be narrow for "
        "either. P(success), shown beside a mean, does hold the truth there."
    ),
    promises.LOG_RANK: (
        "The test counts deals of the seeds and is exact: 5% is the most that it can tell apart in the long run. A "
        "share above 5% whose interval holds 5% is the simulation's own noise."
    ),
    promises.PLAN: (
        "Seeds are whole numbers: where a handful suffices, one seed more is worth several points of power, and with "
        "so few seeds the exact test cannot use all of its 5%. The two pull in opposite directions."
    ),
}


def calibration_report(rows: Sequence[Row], provenance: Mapping[str, Any]) -> Report:
    """The page."""
    missed = [row for row in rows if False in (row.share_reached, row.width_reached, row.bias_reached)]
    intervals = [_interval_section(group, _of(rows, group)) for group in promises.INTERVALS]
    verdict = _of(rows, promises.VERDICT)
    curve = [
        _operating_figure(_of(rows, promises.CURVE)),
        _exponents_figure(_of(rows, promises.GROWTH)),
        _table("Steps called emergent", [row for row in verdict if row.cell.target != promises.FALSE_ALARMS]),
        _table("Other curves called emergent", [row for row in verdict if row.cell.target == promises.FALSE_ALARMS]),
        _table("Curves given their word", _of(rows, promises.WORDS)),
    ]
    never = [_table("Said never to leave chance", _of(rows, promises.NEVER))]
    shown = [_table("Missed", missed, _NOISE)] if missed else []
    plans = _of(rows, promises.PLAN)
    kept = _table("Power where 80% was promised", plans, "n: pilots, each with its plan and its study.")
    told_apart = _table("Told apart", _of(rows, promises.LOG_RANK))
    sections = [
        Section("missed", "What is missed, and why", _reasons(missed), shown),
        *intervals[:3],
        Section("verdict", "The emergence verdict", [_VERDICT], curve),
        Section("never", "Never leaves chance", [_NEVER], never),
        Section("plan", "The power that `plan` promises", [_PLAN], [kept, _plan_figure(plans)]),
        *intervals[3:],
        Section("tests", "The log-rank test", [], [told_apart]),
    ]
    return Report(
        "Calibration",
        "Do the statistics keep their promises? Simulated populations of which the truth is known.",
        _headline(rows),
        sections,
        provenance,
    )


def figures_frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Every figure as a row."""
    return pl.DataFrame(
        [
            {
                "statistic": row.cell.group,
                "population": row.cell.case,
                "seeds": row.cell.seeds,
                "n": row.measured.n,
                "count": row.measured.count,
                "share": row.share.value,
                "low": row.share.low,
                "high": row.share.high,
                "target_low": row.cell.target[0],
                "target_high": row.cell.target[1],
                "reached": row.share_reached,
                "beyond_noise": row.certain,
                "width": None if isnan(row.measured.width) else row.measured.width,
                "width_reached": row.width_reached,
                "bias": None if isnan(row.measured.bias) else row.measured.bias,
                "seeds_asked": None if isnan(row.measured.seeds_asked) else row.measured.seeds_asked,
            }
            for row in rows
        ],
        infer_schema_length=None,
    )


def _interval_section(group: str, rows: Sequence[Row]) -> Section:
    table = _table(f"How often nominal 95% intervals hold the truth: {group}", rows)
    text = [_MEDIAN, _EXACT] if group == promises.MEDIAN else []
    return Section(_id(group), f"Intervals: {group}", text, [table, _coverage_figure(group, rows)])


def _of(rows: Sequence[Row], *groups: str) -> list[Row]:
    return [row for row in rows if row.cell.group in groups]


def _id(group: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in group.lower()).strip("-")


def _headline(rows: Sequence[Row]) -> list[str]:
    lines = []
    for group in promises.INTERVALS:
        chosen = _of(rows, group)
        least = min(chosen, key=lambda row: row.share.value)
        lines.append(
            f"95% intervals of {_named(group)} hold the truth in 94% or more of {_count(chosen)}; at worst in "
            f"{format_estimate(least.share)} ({least.cell.case}, {least.cell.seeds} seeds){_widths(chosen)}."
        )
    for target, what in ((promises.POWER_OF_STEPS, "steps"), (promises.FALSE_ALARMS, "curves that do not emerge")):
        chosen = [row for row in _of(rows, promises.VERDICT) if row.cell.target == target]
        worst = min(chosen, key=lambda row: row.share.value if target[0] else -row.share.value)
        lines.append(f"Of {what}, {format_estimate(worst.share)} are called emergent at worst ({worst.cell.case}).")
    plans = _of(rows, promises.PLAN)
    low, high = (pick(plans, key=lambda row: row.share.value).share for pick in (min, max))
    lines.append(
        f"Plans for a power of 80% deliver from {format_estimate(low)} to {format_estimate(high)}, between 75 and 85% "
        f"in {_count(plans)}."
    )
    return lines


def _widths(rows: Sequence[Row]) -> str:
    widths = [row.measured.width for row in rows if not isnan(row.measured.width)]
    if not widths:
        return ""
    narrow = sum(width <= promises.WIDEST for width in widths)
    limit = f"at most {promises.WIDEST:g} times as wide as the exact one"
    return f"; {narrow} of {len(widths)} are {limit}, the widest is {max(widths):.2f} times as wide"


def _named(group: str) -> str:
    if group == promises.PLACE:
        return "the place where it emerges"
    return group if group.startswith("P(") else f"{'an' if group[0] in 'aeiou' else 'a'} {group}"


def _count(rows: Sequence[Row]) -> str:
    return f"{sum(row.share_reached is True for row in rows)} of {len(rows)} kinds of population"


def _reasons(missed: Sequence[Row]) -> list[str]:
    groups = dict.fromkeys(row.cell.group for row in missed)
    if not groups:
        return ["Every target is reached."]
    return [f"{group[0].upper()}{group[1:]}. {_WHY[group]}" for group in groups if group in _WHY]


def _table(title: str, rows: Sequence[Row], caption: str = "n: simulated populations.") -> Table:
    """A row a cell; columns that say nothing of any of these cells are left out."""
    columns: dict[str, list[Cell]] = {
        "statistic": [row.cell.group for row in rows],
        "population": [row.cell.case for row in rows],
        "seeds": [row.cell.seeds for row in rows],
        "seeds asked for, median": [row.measured.seeds_asked for row in rows],
        "share": [format_estimate(row.share) for row in rows],
        "target": [_target(row) for row in rows],
        "reached": [_yes(row.share_reached) + ("" if row.certain else ", within the noise") for row in rows],
        "times exact width": [row.measured.width for row in rows],
        "bias of the place": [None if isnan(row.measured.bias) else f"{row.measured.bias:+.1%}" for row in rows],
        f"at most {promises.WIDEST:g}": [_yes(row.width_reached) for row in rows],
    }
    if len(set(columns["statistic"])) == 1:
        del columns["statistic"]
    kept = {
        name: cells
        for name, cells in columns.items()
        if any(cell == cell and cell not in ("-", None) for cell in cells)
    }
    return Table(title, list(kept), list(zip(*kept.values(), strict=True)), caption)


def _coverage_figure(group: str, rows: Sequence[Row]) -> Figure:
    data = _shares(rows)
    chart = interval_chart(
        data,
        label="population",
        value="share",
        low="low",
        high="high",
        color="seeds",
        title_x="Populations whose interval holds the truth",
        reference=promises.COVERED[0],
        x_domain=(min(0.9, floor(10 * min(data["low"])) / 10), 1.0),
    )
    caption = f"Share with its exact binomial interval, n = {rows[0].measured.n} populations a row. Dashed: the target."
    return Figure(f"coverage-{_id(group)}", f"How often the interval holds the truth: {group}", chart, caption, data)


def _operating_figure(rows: Sequence[Row]) -> Figure:
    caption = (
        "Share of populations called emergent against how wide a logistic rise is, with exact binomial intervals, n = "
        f"{rows[0].measured.n} curves. The limit is {verdicts.SHARP_WIDTH:.2g} decades, a rise that grows as the third "
        "power of scale: narrower ones are called emergent with this power, wider ones are false alarms."
    )
    title = "Between a step and a smooth curve"
    return _against("operating-curve", title, "Width of the rise from 10% to 90%, decades", caption, rows)


def _exponents_figure(rows: Sequence[Row]) -> Figure:
    caption = (
        "Share of populations called emergent where scores are a power of scale, up to 100%, against its exponent, "
        f"with exact binomial intervals, n = {rows[0].measured.n} curves. Up to the third power, nothing should be."
    )
    return _against("powers", "Powers of scale", "Exponent", caption, rows)


def _against(name: str, title: str, title_x: str, caption: str, rows: Sequence[Row]) -> Figure:
    data = _shares(rows).with_columns(place=pl.Series([row.cell.place for row in rows]))
    ends = [min(data["place"]), max(data["place"])]
    targets = pl.DataFrame({"place": ends * 2, "share": [0.95, 0.95, 0.05, 0.05], "label": ["95%", "95%", "5%", "5%"]})
    chart = band_chart(
        data,
        x="place",
        y="share",
        low="low",
        high="high",
        color="seeds",
        title_x=title_x,
        title_y="Called emergent",
        y_domain=(0.0, 1.0),
        reference=targets,
    )
    return Figure(name, title, chart, caption, data)


def _plan_figure(rows: Sequence[Row]) -> Figure:
    data = _shares(rows)
    chart = interval_chart(
        data,
        label="population",
        value="share",
        low="low",
        high="high",
        title_x="Studies that see the effect",
        reference=0.8,
        x_domain=(0.6, 1.0),
    )
    caption = (
        f"Share with its exact binomial interval, n = {rows[0].measured.n} studies a row. Dashed: what was promised."
    )
    return Figure("plan-power", "Power delivered where 80% was promised", chart, caption, data)


def _shares(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "population": [f"{row.cell.case}; {row.cell.seeds}" for row in rows],
            "seeds": [f"{row.cell.seeds} seeds" for row in rows],
            "share": [row.share.value for row in rows],
            "low": [row.share.low for row in rows],
            "high": [row.share.high for row in rows],
        }
    )


def _target(row: Row) -> str:
    low, high = row.cell.target
    if high == 1:
        return f"at least {low:.0%}"
    return f"{low:.0%} to {high:.0%}" if low else f"at most {high:.0%}"


def _yes(reached: bool | None) -> str:
    return {True: "yes", False: "no", None: "-"}[reached]
