"""The page of a benchmark of mixers: growth with length, where each overtakes attention, the GAM paper's table."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from seedbed.emergence import format_estimate
from seedbed.experiments.bench_blocks import (
    FIT_FROM,
    FIT_TO,
    PASSES,
    REFERENCE,
    Series,
    overtakes,
    rows_of,
)
from seedbed.reports import Cell, Figure, Lead, Report, Section, Table, band_chart, led, row_of

STRAIGHT = 1.15  # an exponent below this counts as growth in proportion to the length

# Acharya (2025), arXiv 2509.00605, its table of scaling: one block with its feed-forward layer, width 512, 16 windows
# at once, mixed precision on a GPU, forward and backward. Milliseconds and MB; None where memory ran out.
PUBLISHED: dict[int, tuple[float, float | None, int, int | None]] = {
    256: (8.97, 8.90, 179, 216),
    512: (13.09, 23.86, 325, 553),
    1024: (25.86, 74.19, 618, 1965),
    2048: (51.94, 279.37, 1202, 7484),
    4096: (105.03, None, 2370, None),
    8192: (217.30, None, 4707, None),
}

_HOW = (
    "Each measurement runs one block on one window of random numbers. The block has a norm, the mixer and the "
    "residual, but no feed-forward layer, which costs the same for all mixers. `forward` computes the block's output, "
    "`training` also its gradient with respect to weights and input. Times are the fastest of all rounds, and the "
    "lengths take turns within a round; on a CPU they are the CPU time of one thread, without waiting for other "
    "programs. Peak memory is what the compiler planned for the program's inputs, outputs and intermediate values "
    "(`memory_analysis`), without the scratch memory of libraries. FLOPs are forward operations by formula, with a "
    "multiply-add counted as two."
)


def bench_report(found: Sequence[Series], provenance: Mapping[str, Any]) -> Report:
    """The page."""
    frame = costs_frame(found)
    sections = [
        Section(
            "growth",
            "Growth with the length of the window",
            [_HOW],
            [growth_table(found), _figure(frame, "time"), _figure(frame, "memory")],
        )
    ]
    if {REFERENCE, "gam"} <= {series.mixer for series in found}:
        text = (
            "The paper times a block with its feed-forward layer, 16 windows at once in mixed precision on a GPU, "
            "against attention that keeps every score. Compare ratios and growth rates, not milliseconds."
        )
        sections.append(
            Section("published", ("Comparison with the GAM paper's table"), [text], [beside_paper_table(found)])
        )
    sections.append(Section("costs", "All costs", (), [_costs_table(frame)]))
    report = Report(
        "What blocks cost",
        "Time and peak memory per token against the length of the window, for each mixer.",
        headline(found),
        sections,
        provenance,
    )
    picture = row_of(
        [("Window", "random numbers"), ("One block", "norm, mixer, residual"), ("Cost", "time and memory")],
        [("more and more tokens",), ("how fast does it grow?",)],
        "Windows of more and more tokens go through one block, whose time and memory are measured.",
    )
    return led(report, Lead(answer(found), picture=picture), figure="bench-time", folded=("costs",))


def answer(found: Sequence[Series]) -> str:
    """Which mixer trains a token in the least time at the longest window that all have, beside attention."""
    trained = [series for series in found if series.kind == "training" and series.width == found[0].width]
    shared = set.intersection(*(set(series.lengths) for series in trained)) if trained else set()
    if not shared:
        return "Which mixer is quickest cannot be told: no length was measured for all of them."
    length = max(shared)
    seconds = {series.mixer: float(series.fastest_N[series.lengths.index(length)]) for series in trained}
    best = min(seconds, key=lambda name: seconds[name])
    said = f"At {length:,} tokens `{best}` trains a token in the least time ({1e6 * seconds[best] / length:.3g} us)"
    if best != REFERENCE and REFERENCE in seconds:
        said += f", {seconds[REFERENCE] / seconds[best]:.3g} times as fast as {REFERENCE}"
    return f"{said}."


def headline(found: Sequence[Series]) -> list[str]:
    """A line for each mixer at each width: growth when trained, and where it overtakes attention."""
    lines = []
    for series in found:
        if series.kind != "training":
            continue
        words = f"{series.mixer}, width {series.width}, training:"
        if series.exponent is not None:
            words += f" time grows with the length to the power {format_estimate(series.exponent, percent=False)}"
        if series.mixer != REFERENCE and (reference := _reference(found, series)) is not None:
            words += f"{',' if series.exponent else ''} {_overtaking(series, reference)}"
        if words.endswith(":"):
            words += (
                f" {1000000.0 * series.fastest_N[-1] / series.lengths[-1]:.3g} us per token at {series.lengths[-1]:,}"
            )
        lines.append(f"{words}.")
    return lines


def growth_table(found: Sequence[Series]) -> Table:
    """A row a mixer, width and pass."""
    rows: list[list[Cell]] = []
    for series in found:
        reference = _reference(found, series)
        exponent = series.exponent
        rows.append(
            [
                series.mixer,
                series.width,
                series.kind,
                format_estimate(exponent, percent=False) if exponent else None,
                exponent.value < STRAIGHT if exponent else None,
                1e6 * series.fastest_N[-1] / series.lengths[-1],
                series.bytes_N[-1] / series.lengths[-1] / 1024,
                _doubling(series),
                _overtaking(series, reference) if reference is not None and series is not reference else None,
            ]
        )
    longest = found[0].lengths[-1]
    columns = [
        "mixer", "width", "pass", "exponent", f"below {STRAIGHT}", f"us per token at {longest:,}",
        f"KiB per token at {longest:,}", "peak memory, last doubling", f"against {REFERENCE}",
    ]  # fmt: skip
    caption = (
        f"Exponent: the slope of log time against log length from {FIT_FROM:,} to {FIT_TO:,} tokens, using the "
        "fastest of n rounds, with a 95% interval from resampled rounds; 1 means that the time is proportional to the "
        "length. Last doubling: peak memory at the longest window divided by that at half its length. A mixer "
        f"overtakes {REFERENCE} at the length from which on it is faster at every length; between measured lengths "
        "this is where the lines in log-log scale cross."
    )
    return Table("Growth", columns, rows, caption)


def beside_paper_table(found: Sequence[Series]) -> Table:
    """A row a length: the paper's times and memory of GAM and attention, and ours at each width."""
    trained = {(series.mixer, series.width): series for series in found if series.kind == "training"}
    widths = sorted({series.width for series in found})
    lengths = [length for length in found[0].lengths if length in PUBLISHED]
    rows: list[list[Cell]] = []
    for length in lengths:
        gam_ms, attention_ms, gam_mb, attention_mb = PUBLISHED[length]
        row: list[Cell] = [length, gam_ms, attention_ms, attention_ms / gam_ms if attention_ms else None]
        row += [gam_mb, attention_mb]
        for width in widths:
            gam, attention = trained["gam", width], trained[REFERENCE, width]
            at = gam.lengths.index(length)
            row += [1e3 * gam.fastest_N[at], 1e3 * attention.fastest_N[at], attention.fastest_N[at] / gam.fastest_N[at]]
            row += [gam.bytes_N[at] / 2**20, attention.bytes_N[at] / 2**20]
        rows.append(row)
    columns = ["tokens"]
    for whose in ("paper", *(f"width {width}" for width in widths)):
        columns += [f"{whose}: GAM, ms", "attention, ms", "ratio", "GAM, MB", "attention, MB"]
    caption = (
        "Forward and backward pass. A dash means out of memory. Our numbers are for one window, with memory in MiB as "
        "planned by the compiler."
    )
    return Table("GAM and attention", columns, rows, caption)


def costs_frame(found: Sequence[Series]) -> pl.DataFrame:
    """Every cost as a row."""
    return pl.DataFrame(list(rows_of(found)))


def _doubling(series: Series) -> float | None:
    if len(series.lengths) < 2 or series.lengths[-1] != 2 * series.lengths[-2]:
        return None
    return series.bytes_N[-1] / series.bytes_N[-2]


def _reference(found: Sequence[Series], series: Series) -> Series | None:
    """Attention at the same width in the same pass, if it was measured."""
    same = [each for each in found if (each.mixer, each.width, each.kind) == (REFERENCE, series.width, series.kind)]
    return same[0] if same else None


def _overtaking(series: Series, reference: Series) -> str:
    place = overtakes(series, reference)
    if place is None:
        return f"slower at {series.lengths[-1]:,} tokens"
    if place == series.lengths[0]:
        return f"faster from {series.lengths[0]:,} tokens, the shortest measured"
    return f"faster from {place:,.0f} tokens"


def _figure(frame: pl.DataFrame, what: str) -> Figure:
    column, title = {
        "time": ("microseconds_a_token", "microseconds per token"),
        "memory": ("kib_a_token", "KiB per token"),
    }[what]
    drawn = frame.with_columns(
        pl.format("{}, width {}", "pass", "width").alias("panel"),
        (pl.col("peak_bytes_a_token") / 1024).alias("kib_a_token"),
    )
    order = [f"{kind}, width {width}" for width in frame["width"].unique(maintain_order=True) for kind in PASSES]
    drawn = pl.concat([drawn.filter(pl.col("panel") == panel) for panel in order])
    chart = band_chart(
        drawn,
        x="length",
        y=column,
        color="mixer",
        facet="panel",
        columns=2,
        title_x="tokens in the window",
        title_y=title,
        x_log=True,
        y_log=True,
    )
    caption = (
        "A horizontal line means that the total cost is proportional to the length; a slope of one means that it "
        "grows with the square of the length. "
    ) + ("Fastest of all rounds." if what == "time" else "Peak memory of the compiled program, divided by the length.")
    shown = drawn.select("mixer", "width", "pass", "length", column)
    return Figure(f"bench-{what}", f"{what.capitalize()} per token", chart, caption, shown)


def _costs_table(frame: pl.DataFrame) -> Table:
    columns = [
        "mixer",
        "width",
        "pass",
        "length",
        "microseconds_a_token",
        "peak_bytes_a_token",
        "forward_flops_a_token",
    ]
    rows = frame.with_columns(pl.col("peak_bytes_a_token").round().cast(pl.Int64)).select(columns).rows()
    return Table(
        "Costs", ["mixer", "width", "pass", "tokens", "us per token", "peak bytes per token", "FLOPs per token"], rows
    )
