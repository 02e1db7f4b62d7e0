"""Core-seconds a member, for populations of 2 to 64: what one member costs must not depend on how many there are.

usage: python -m benchmarks.population_size [--steps 40] [--rounds 3] [--write]
"""

from statistics import median

from benchmarks.page import Page, options_of, publish
from benchmarks.torch_speed import MIXTURE, population
from seedbed.training import Event, Member, Progress, train_population

SIZES = (2, 8, 32, 64)
WORKERS = 2
WITHIN = 0.10


def main() -> None:
    """Rounds over all sizes, there and back, so that a change of the machine's speed meets all alike."""
    parser = options_of(__doc__)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    core_seconds(2, options.steps)  # fills the cache of compiled programs
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    for number in range(options.rounds):
        for size in SIZES if number % 2 == 0 else SIZES[::-1]:
            found[size] += core_seconds(size, options.steps)
    cost = {size: median(spent) for size, spent in found.items()}
    base = cost[SIZES[0]]
    worst = max(abs(each / base - 1) for each in cost.values())
    page = Page(
        name="population-size",
        title=f"Core-seconds a member of {options.steps} steps, median over members of {options.rounds} rounds",
        columns=("members", "core-seconds", "ratio to 2 members", "measured"),
        rows=[(str(size), f"{cost[size]:.3f}", f"{cost[size] / base:.3f}", str(len(found[size]))) for size in SIZES],
        verdict=f"Furthest from 2 members: {worst:.1%}, {'within' if worst <= WITHIN else 'not within'} {WITHIN:.0%}.",
        samples={str(size): spent for size, spent in found.items()},
    )
    publish(page, options)


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


if __name__ == "__main__":
    main()
