"""What each token mixer costs: time and peak memory of one block as a function of the window length.

A block is a norm, the mixer and the residual, without the feed-forward layer, which costs every mixer the same; one
window at a time. On a processor one thread works, as in a worker, and its processor time is told, which other programs
hardly change; on an accelerator the time that passed. Lengths take turns, so that whatever else the computer does
spoils no length alone, and the fastest of all rounds counts. Source of the question: Acharya (2025), arXiv 2509.00605,
whose table compares GAM and attention.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.config import SeedbedError, UsageError, look_up
from seedbed.emergence import Estimate
from seedbed.emergence.estimates import without_interval

LENGTHS = (256, 512, 1024, 2048, 4096, 8192)
WIDTHS = (64, 128)
PASSES = ("forward", "training")
REFERENCE = "attention"  # what others are measured against
FIT_FROM, FIT_TO = 1024, 8192  # lengths that an exponent is fitted to; shorter ones are dominated by what a call costs
HEAD_WIDTH = 16
SHORTEST_SAMPLE = 0.02  # seconds of calls that one measurement takes at least
MOST_TOKENS = 1 << 20  # of a window: 4 MB a number of its width
RESAMPLES = 2000


@dataclass(frozen=True)
class Grid:
    """What is measured. lengths: tokens in the window.  widths: D.  mixers: by name.  rounds: of measurements."""

    lengths: tuple[int, ...]
    widths: tuple[int, ...]
    mixers: tuple[str, ...]
    rounds: int

    def __post_init__(self) -> None:
        from seedbed.models import MIXERS

        for name, most in (("lengths", MOST_TOKENS), ("widths", 8192), ("mixers", None)):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise UsageError(f"--{name} must name at least one, each once, got {list(values)}")
            if most is not None and not all(1 <= value <= most for value in values):
                raise UsageError(f"--{name} must lie between 1 and {most:,}, got {list(values)}")
        for mixer in self.mixers:
            look_up("mixer", mixer, MIXERS)
        for width in self.widths:
            if width % HEAD_WIDTH:
                raise UsageError(f"--widths must be multiples of {HEAD_WIDTH}, the width of a head, got {width}")
        if not 1 <= self.rounds <= 1000:
            raise UsageError(f"--rounds must lie between 1 and 1000, got {self.rounds}")


@dataclass(frozen=True)
class Series:
    """One mixer at one width in one pass, over lengths.

    seconds_RN: of a call, a row a round.  bytes_N: peak memory as the compiler planned it: what goes in, what comes
    out, and what it needs between.  flops_N: forward operations per token, by formula.
    """

    mixer: str
    width: int
    kind: str
    lengths: tuple[int, ...]
    seconds_RN: NDArray[np.float64]
    bytes_N: tuple[int, ...]
    flops_N: tuple[int, ...]

    @property
    def fastest_N(self) -> NDArray[np.float64]:
        """Seconds of a call at each length, the fastest of all rounds."""
        return self.seconds_RN.min(axis=0)

    @property
    def exponent(self) -> Estimate | None:
        """How time grows between FIT_FROM and FIT_TO tokens: 1 is in proportion to the length, 2 with its square.

        The slope of log time on log length. Its interval resamples rounds.
        """
        at = [place for place, length in enumerate(self.lengths) if FIT_FROM <= length <= FIT_TO]
        if len(at) < 2:
            return None
        rounds = len(self.seconds_RN)
        length_N, seconds_RN = np.log2([self.lengths[place] for place in at]), self.seconds_RN[:, at]
        value = float(np.polyfit(length_N, np.log2(seconds_RN.min(axis=0)), 1)[0])
        if rounds < 2:
            return without_interval(value, 1, "one round", 0.95)
        drawn_XR = np.random.default_rng(0).integers(0, rounds, (RESAMPLES, rounds))
        slope_X = np.polyfit(length_N, np.log2(seconds_RN[drawn_XR].min(axis=1)).T, 1)[0]
        low, high = (float(end) for end in np.quantile(slope_X, (0.025, 0.975)))
        return Estimate(value, min(low, value), max(high, value), rounds, "rounds resampled")


def overtakes(series: Series, reference: Series) -> float | None:
    """The length from which a mixer is faster than the reference at every greater one that was measured.

    Between two lengths it is where the logarithms of both times cross; the shortest measured one if it is faster
    throughout; None if it is not at the longest.
    """
    ahead_N = np.log(reference.fastest_N) - np.log(series.fastest_N)
    behind = np.flatnonzero(ahead_N <= 0)
    if not len(behind):
        return float(series.lengths[0])
    last = int(behind[-1])
    if last == len(ahead_N) - 1:
        return None
    share = -ahead_N[last] / (ahead_N[last + 1] - ahead_N[last])
    return float(series.lengths[last] * (series.lengths[last + 1] / series.lengths[last]) ** share)


def measure(grid: Grid, told: Callable[[Series], None]) -> list[Series]:
    """Every mixer at every width in both passes; `told` hears of each as soon as it is known.

    Raises SeedbedError where the compiler does not tell a program's memory.
    """
    found = []
    for width, mixer, kind in product(grid.widths, grid.mixers, PASSES):
        programs = [_program(mixer, width, length, kind) for length in grid.lengths]
        calls = [_calls(run) for run, _, _ in programs]
        seconds_RN = np.array(
            [
                [_seconds(run, each) for (run, _, _), each in zip(programs, calls, strict=True)]
                for _ in range(grid.rounds)
            ]
        )
        series = Series(
            mixer,
            width,
            kind,
            grid.lengths,
            seconds_RN,
            tuple(needed for _, needed, _ in programs),
            tuple(flops for _, _, flops in programs),
        )
        told(series)
        found.append(series)
    return found


def rows_of(found: Sequence[Series]) -> Iterator[dict[str, Any]]:
    """A row for each length of each series, as the CSV has it."""
    for series in found:
        columns = zip(
            series.lengths, series.seconds_RN.T, series.fastest_N, series.bytes_N, series.flops_N, strict=True
        )
        for length, seconds_R, fastest, needed, flops in columns:
            yield {
                "mixer": series.mixer,
                "width": series.width,
                "pass": series.kind,
                "length": length,
                "rounds": len(seconds_R),
                "seconds": fastest,
                "seconds_median": float(np.median(seconds_R)),
                "microseconds_a_token": 1e6 * fastest / length,
                "peak_bytes": needed,
                "peak_bytes_a_token": needed / length,
                "forward_flops_a_token": flops,
            }


def _program(mixer: str, width: int, length: int, kind: str) -> tuple[Callable[[], Any], int, int]:
    """A call that runs the block once, the bytes that it needs at its peak, and forward operations per token."""
    import jax
    import jax.numpy as jnp

    from seedbed.models import MIXERS, ModelConfig
    from seedbed.models.block import Block
    from seedbed.models.layers import initialiser

    config = ModelConfig(
        width=width,
        blocks=1,
        heads=width // HEAD_WIDTH,
        context=length,
        mixer=mixer,  # type: ignore[arg-type]
        channels="none",
        positions="none",
    )
    block = Block(initialiser(config.init, 1), jax.random.key(0), config, 0)
    x_BTD, pull_BTD = jax.random.normal(jax.random.key(1), (2, 1, length, width), jnp.float32)

    def forward(block: Block, x_BTD: Any, pull_BTD: Any) -> Any:
        del pull_BTD
        return block(x_BTD)[0]

    def training(block: Block, x_BTD: Any, pull_BTD: Any) -> Any:
        return jax.grad(lambda block, x_BTD: (block(x_BTD)[0] * pull_BTD).sum(), argnums=(0, 1))(block, x_BTD)

    compiled = jax.jit(forward if kind == "forward" else training).lower(block, x_BTD, pull_BTD).compile()
    planned = compiled.memory_analysis()
    if planned is None:
        raise SeedbedError(f"the compiler for {jax.default_backend()} does not report how much memory a program needs")
    needed = planned.argument_size_in_bytes + planned.output_size_in_bytes + planned.temp_size_in_bytes

    def run() -> None:
        jax.block_until_ready(compiled(block, x_BTD, pull_BTD))

    return run, int(needed), MIXERS[mixer].flops(config, 0, length)


def _calls(run: Callable[[], Any]) -> int:
    """How many calls one measurement takes, so that the clock's own time is nothing beside them."""
    run()
    return max(1, round(SHORTEST_SAMPLE / _seconds(run, 1)))


def _seconds(run: Callable[[], Any], calls: int) -> float:
    import jax

    clock = time.process_time if jax.default_backend() == "cpu" else time.perf_counter
    began = clock()
    for _ in range(calls):
        run()
    return (clock() - began) / calls
