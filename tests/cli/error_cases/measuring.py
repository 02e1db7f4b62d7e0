"""Measuring blocks."""

from error_cases.harness import TINY, case


@case("bench-what", 2, "unknown value of seedbed bench.what 'block': did you mean 'blocks'")
def bench_what(t):
    return t.seedbed("bench", "block")


@case("bench-lengths", 2, "--lengths must lie between 1 and 1,048,576, got \\[0\\]")
def bench_lengths(t):
    return t.seedbed("bench", "blocks", "--lengths", 0)


@case("bench-widths", 2, "--widths must be multiples of 16, the width of a head, got 20")
def bench_widths(t):
    return t.seedbed("bench", "blocks", "--widths", 20)


@case("bench-mixer", 2, "unknown mixer 'grru': did you mean 'gru'")
def bench_mixer(t):
    return t.seedbed("bench", "blocks", "--mixers", "grru")


@case("bench-rounds", 2, "--rounds must lie between 1 and 1000, got 0")
def bench_rounds(t):
    return t.seedbed("bench", "blocks", "--rounds", 0)


@case("bench-out", 2, "--out must name a new or existing folder, got")
def bench_out(t):
    return t.seedbed("bench", "blocks", "--out", TINY)
