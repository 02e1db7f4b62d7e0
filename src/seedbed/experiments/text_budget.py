"""From minutes to steps: how fast this computer trains is measured for some seconds, then the steps are fixed.

The trial trains throw-away members of each preset, as many side by side as the run will have, and fits the time of
every call: seconds per step and seconds per test. What the run records are steps, so it can be resumed and made again.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor

import numpy as np
from scipy.optimize import nnls

from seedbed.config import InterruptedRunError, UsageError
from seedbed.data import TokenCache, chosen_documents
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.text import TESTS, Options, population
from seedbed.training import TEXT_MIXTURE, Evaluated, Event, Member, Progress, train_population
from seedbed.training.crew import Crew
from seedbed.training.environment import visible_cores

TRIAL_SECONDS = 8.0  # of steps and tests, after compiling
LONGEST_TRIAL = 0.15  # of the time that is left
TRIAL_STEPS = 1_000_000  # of a member that is stopped long before
MARGIN = 0.97  # of the time that is planned: other programs take some
REPORT_SECONDS = 5.0
TESTS_SHARE = 0.04  # of the time at most, but for the fewest tests
FINAL_SHARE = 0.03  # that the test at the end takes at most, but for the documents of every other test
FEWEST_TESTS = 4


@dataclass(frozen=True)
class Speed:
    """What a member of a preset takes: seconds before its first call ends, a step, and a test."""

    start: float
    step: float
    test: float


@dataclass
class Stopwatch:
    """A sink that notes when each call of a member ended, how many steps it had, and whether a test came with it."""

    clock: Callable[[], float] = time.monotonic
    began: float = 0.0
    calls: dict[str, list[tuple[float, int, bool]]] = field(default_factory=dict)
    tested: set[str] = field(default_factory=set)

    def receive(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Evaluated):
            self.tested.add(event.member)
        elif isinstance(event, Progress):
            self.calls.setdefault(event.member, []).append((self.clock(), event.step, event.member in self.tested))
            self.tested.discard(event.member)

    def enough(self, members: int, seconds: float) -> bool:
        """Whether every member has gone on for so long after its first two calls, in which programs are compiled."""
        now = self.clock()
        return len(self.calls) == members and all(
            len(calls) > WARM and now - calls[WARM - 1][0] >= seconds for calls in self.calls.values()
        )

    def speed(self) -> Speed:
        """The slowest member's."""
        return max((fitted(calls, self.began) for calls in self.calls.values()), key=lambda each: each.step)


WARM = 2  # calls in which programs are compiled


def fitted(calls: Sequence[tuple[float, int, bool]], began: float) -> Speed:
    """Seconds per step and a test by non-negative least squares over the calls after the first WARM.

    calls: when each ended, the step it came to, and whether it tested.
    """
    end_C, step_C, tested_C = (np.array(each, dtype=float) for each in zip(*calls, strict=True))
    took_C, steps_C, tested_C = np.diff(end_C)[WARM - 1 :], np.diff(step_C)[WARM - 1 :], tested_C[WARM:]
    (step, test), _ = nnls(np.stack([steps_C, tested_C], axis=1), took_C)
    return Speed(float(end_C[0]) - began, max(float(step), 1e-6), float(test))


def steps_in(seconds: float, speed: Speed, final: float) -> tuple[int, int]:
    """Steps that a member can take in so many seconds, and how many tests it should have on the way.

    final: of the last test, in tests. Raises `UsageError` where not even one step fits.
    """
    free = seconds - speed.start - speed.test * final
    tests = int(np.clip(floor(TESTS_SHARE * free / max(speed.test, 1e-9)), FEWEST_TESTS, TESTS)) if free > 0 else 0
    steps = floor((free - tests * speed.test) / speed.step)
    if steps < 1:
        needed = speed.start + speed.test * (final + FEWEST_TESTS) + speed.step
        raise UsageError(
            f"too little time: {seconds:.0f} s are left per member, but starting and evaluation alone take "
            f"{needed:.0f} s on this computer. Give more --minutes, fewer --seeds or presets, or --steps; if programs "
            "had to be compiled for the first time, the same command needs less time now"
        )
    return steps, tests


def final_documents(seconds: float, slowest: float, evaluation: EvaluationConfig) -> int:
    """How many held-out documents the test at the end may read, where a test of the panel takes `slowest` s."""
    fit = int(evaluation.panel * FINAL_SHARE * seconds / max(slowest, 1e-9))
    return min(evaluation.every, max(fit, evaluation.panel))


def fixed(
    options: Options,
    cache: TokenCache,
    left: Callable[[], float],
    *,
    workers: int | None = None,
    crew: Crew | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> Options:
    """The options with as many steps for each preset as fit the time that is `left`, in seconds.

    Every member gets as long as any other. Raises `UsageError` where the time is too short, and as training does.
    """
    if left() <= 0:
        raise UsageError("too little time: reading and tokenizing the corpus took all of it. Give more --minutes")
    side_by_side = min(workers or len(visible_cores()), options.seeds * len(options.presets))
    speeds = []
    for name in options.presets:
        speeds.append(_tried(options, name, side_by_side, left() * LONGEST_TRIAL, crew))
        crew = None
        told(f"{name}: {speeds[-1].step * 1000:.0f} ms per step, {speeds[-1].test:.1f} s per evaluation")
    rounds = ceil(options.seeds * len(options.presets) / side_by_side)
    each = (left() * MARGIN - REPORT_SECONDS) / rounds
    every = final_documents(each, max(speed.test for speed in speeds), options.evaluation)
    if every < min(options.evaluation.every, held_out := cache.validation.documents):
        told(
            f"the final evaluation uses {every:,} of the {held_out:,} held-out documents, because all would take too "
            "long"
        )
    options = replace(options, evaluation=replace(options.evaluation, every=every))
    final = _tokens(cache, every) / _tokens(cache, options.evaluation.panel)
    if not options.tests:  # as many as evaluation.regular brings with the steps
        often = options.evaluation.regular
        speeds = [replace(speed, step=speed.step + speed.test / often) for speed in speeds]
    found = [steps_in(each, speed, final) for speed in speeds]
    tests = min(options.tests, *(tests for _, tests in found))
    told(", ".join(f"{name}: {steps:,} steps" for name, (steps, _) in zip(options.presets, found, strict=True)))
    return replace(options, steps=tuple(steps for steps, _ in found), tests=tests)


def _tried(options: Options, name: str, members: int, longest: float, crew: Crew | None) -> Speed:
    trial = population(replace(options, tests=TESTS), name, TRIAL_STEPS)
    plan = [(trial, Member(TEXT_MIXTURE, seed, seed, options.learning_rate)) for seed in range(members)]
    watch = Stopwatch()
    watch.began = watch.clock()
    seconds = min(TRIAL_SECONDS, longest)
    try:
        train_population(plan, watch, workers=members, should_stop=lambda: watch.enough(members, seconds), crew=crew)
    except InterruptedRunError:
        if not watch.enough(members, seconds):
            raise
    return watch.speed()


def _tokens(cache: TokenCache, documents: int) -> int:
    """Of so many held-out documents."""
    length_D = np.diff(cache.validation.start_D())
    return int(length_D[chosen_documents(cache.validation, documents)].sum())
