"""Core-seconds a member, for populations of 2 to 64: what one member costs must not depend on how many there are.

usage: python -m benchmarks.population_size [--steps 40] [--rounds 3] [--write]
"""

import argparse
from statistics import median

from benchmarks.page import report
from benchmarks.torch_speed import MIXTURE, population
from seedbed.training import Member, Progress, train_population

SIZES = (2, 8, 32, 64)
WITHIN = 0.10


class CoreSeconds:
    """Sums the core-seconds of each member but the first of each worker, which pays for loading programs."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def receive(self, event: object) -> None:
        """Add up."""
        if isinstance(event, Progress):
            self.spent[event.member] = self.spent.get(event.member, 0.0) + event.core_seconds


def core_seconds(members: int, steps: int) -> float:
    """Mean core-seconds of a member, the first two left out."""
    sink = CoreSeconds()
    config = population(steps)
    train_population([(config, Member(MIXTURE, seed, seed)) for seed in range(members + 2)], sink)
    later = list(sink.spent.values())[2:]
    return sum(later) / len(later)


def main() -> None:
    """Rounds over all sizes, so that a change of the machine's speed meets all alike."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(options.rounds):
        for size in SIZES:
            found[size].append(core_seconds(size, options.steps))
    base = median(found[SIZES[0]])
    rows = [[str(size), f"{median(each):.3f}", f"{median(each) / base:.3f}"] for size, each in found.items()]
    worst = max(abs(median(each) / base - 1) for each in found.values())
    verdict = f"Furthest from 2 members: {100 * worst:.1f}%, {'within' if worst <= WITHIN else 'not within'} 10%."
    title = f"Core-seconds a member, {options.steps} steps, median of {options.rounds} rounds"
    report(
        "population-size",
        title,
        ["members", "core-seconds", "ratio"],
        rows,
        verdict,
        "python -m benchmarks.population_size",
    )


if __name__ == "__main__":
    main()
