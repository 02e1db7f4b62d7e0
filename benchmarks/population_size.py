"""Core-seconds a member, for populations of 8 to 64 against 2: what a member costs must not depend on their number.

usage: python -m benchmarks.population_size [--steps 40] [--rounds 3] [--write]
"""

from statistics import median

from benchmarks.page import Page, options_of, publish
from benchmarks.torch_speed import MIXTURE, population
from seedbed.training import Event, Member, Progress, train_population

SMALLEST, LARGER = 2, (8, 32, 64)
WORKERS = 2
WITHIN = 0.10


def main() -> None:
    """Each larger population stands between two of the smallest, so that a drift of the machine's speed cancels."""
    parser = options_of(__doc__)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    core_seconds(SMALLEST, options.steps)  # fills the cache of compiled programs
    spent: dict[int, list[float]] = {size: [] for size in (SMALLEST, *LARGER)}
    ratios: dict[int, list[float]] = {size: [] for size in LARGER}
    for _ in range(options.rounds):
        before = core_seconds(SMALLEST, options.steps)
        for size in LARGER:
            found = core_seconds(size, options.steps)
            after = core_seconds(SMALLEST, options.steps)
            ratios[size].append(median(found) / median(before + after))
            spent[size] += found
            spent[SMALLEST] += after
            before = after
    publish(as_page(spent, ratios, options.steps, options.rounds), options)


def core_seconds(members: int, steps: int) -> list[float]:
    """What each member cost. Each worker first grows one more, not counted, that pays for loading the programs."""
    sink, config = CoreSeconds(), population(steps)
    plan = [(config, Member(MIXTURE, seed, seed)) for seed in range(WORKERS + members)]
    names = train_population(plan, sink, workers=WORKERS, layout="workers")
    return [sink.spent[name] for name in names[WORKERS:]]


class CoreSeconds:
    """Sums the core-seconds of each member."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def receive(self, event: Event) -> None:
        """Add up."""
        if isinstance(event, Progress):
            self.spent[event.member] = self.spent.get(event.member, 0.0) + event.core_seconds


def as_page(spent: dict[int, list[float]], ratios: dict[int, list[float]], steps: int, rounds: int) -> Page:
    """The table: medians over members, and over rounds of the ratio."""
    rows: list[tuple[str, ...]] = [
        (str(SMALLEST), f"{median(spent[SMALLEST]):.3f}", "1", "", str(len(spent[SMALLEST])))
    ]
    for size, found in ratios.items():
        spread = f"{min(found):.3f} to {max(found):.3f}"
        rows.append((str(size), f"{median(spent[size]):.3f}", f"{median(found):.3f}", spread, str(len(spent[size]))))
    worst = max(abs(median(found) - 1) for found in ratios.values())
    return Page(
        name="population-size",
        title=f"Core-seconds a member of {steps} steps, {rounds} rounds",
        columns=("members", "core-seconds", f"ratio to {SMALLEST} members", "range", "members measured"),
        rows=rows,
        verdict=f"Furthest from {SMALLEST} members: {worst:.1%}, {'within' if worst <= WITHIN else 'not within'} 10%.",
        samples={str(size): each for size, each in spent.items()} | {f"ratio {size}": r for size, r in ratios.items()},
    )


if __name__ == "__main__":
    main()
