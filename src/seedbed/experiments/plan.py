"""What an experiment is: options, a plan of members, and a report of what they did.

An experiment is one importable module with a class `Options`, a function `plan(options)` and a function
`report(results)`; its docstring states source, command, time on two cores and what to expect. One that reads text has
a function `prepared(options, told)` too: the options with the worlds made from the text, which the run writes down, so
that `plan` needs no text, and files to keep with the run. `told` hears a line for each stage.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedbed.config import UsageError, look_up

if TYPE_CHECKING:
    from seedbed.evaluation import EvaluationConfig
    from seedbed.training import Member, PopulationConfig

Label = str | int | float | bool


@dataclass(frozen=True)
class Planned:
    """One member to grow, the condition it belongs to, and labels kept beside it (say the number of hints)."""

    config: "PopulationConfig"
    member: "Member"
    condition: str
    labels: tuple[tuple[str, Label], ...] = ()


@dataclass(frozen=True)
class Experiment:
    """A registered experiment; `load` imports its module."""

    name: str
    module: str
    summary: str

    def load(self) -> Any:
        """The module."""
        return importlib.import_module(self.module)

    @property
    def options(self) -> type:
        """Its class of options."""
        return self.load().Options

    @property
    def plan(self) -> Callable[[Any], list[Planned]]:
        """Options to members."""
        return self.load().plan

    @property
    def reads_text(self) -> bool:
        """Whether options must be prepared before members can be planned."""
        return hasattr(self.load(), "prepared")

    def prepared(
        self, options: Any, told: Callable[[str], None] = lambda line: None
    ) -> tuple[Any, Mapping[str, bytes]]:
        """Options that can be planned, and files to keep with the run; as they are where nothing is to be prepared."""
        return self.load().prepared(options, told) if self.reads_text else (options, {})

    @property
    def report(self) -> Callable[[Any], Any]:
        """Results to a report."""
        return self.load().report


_HERE = "seedbed.experiments"
EXPERIMENTS = {
    entry.name: entry
    for entry in [
        Experiment("triangle", f"{_HERE}.triangle", "does A->C emerge from A->B, B->C and 50 hints? (section 3.1)"),
        Experiment("hints", f"{_HERE}.hints", "how many hints does it take, with and without the related corpora?"),
        Experiment(
            "crossed",
            f"{_HERE}.crossed",
            ("does the seed of the weights or of the data decide? what does one example do?"),
        ),
        Experiment("table1", f"{_HERE}.table1", "four languages, six tasks (section 3.2)"),
        Experiment("propositions", f"{_HERE}.propositions", "the paper's theory, measured"),
        Experiment(
            "world", f"{_HERE}.world", ("how far does composition reach? with your own languages and dictionaries")
        ),
        Experiment("recall", f"{_HERE}.recall", "what can each token mixer recall, and at what distance?"),
        Experiment("zoo", f"{_HERE}.zoo", "does A->C emerge with every token mixer, and with how many hints?"),
        Experiment("stories-grid", f"{_HERE}.stories_grid", "what emerges at which size? width by depth, on stories"),
        Experiment(
            "gam",
            f"{_HERE}.gam",
            ("GAM against the Transformer and Mamba of its paper, as in the paper's code and corrected"),
        ),
        Experiment(
            "regional", f"{_HERE}.regional", "does a language's own tokenizer make better models? four languages"
        ),
        Experiment("paper-3.1", f"{_HERE}.paper31", "section 3.1 with the paper's own model and settings"),
        Experiment("paper-3.2", f"{_HERE}.paper32", "table 1 with the paper's own model, 34 million parameters"),
    ]
}

TEXT = Experiment("text", f"{_HERE}.text", "text models")  # begun by `seedbed train`, so not among those listed


def experiment(name: str) -> Experiment:
    """An experiment by name; an unknown one is refused with the nearest known name."""
    return TEXT if name == TEXT.name else look_up("experiment", name, EXPERIMENTS)


def check_shots(evaluation: "EvaluationConfig") -> None:
    """Refuse tests without examples in an experiment whose worlds have no other sign of the task that is asked for."""
    if evaluation.shots < 1:
        raise UsageError(
            f"prompts identify the task by examples only: evaluation.shots must be at least 1, got {evaluation.shots}"
        )


MOST_SEEDS = 100_000


def seeds_from(first: int, count: int) -> range:
    """The seeds of `count` members. Raises `UsageError` below one, above MOST_SEEDS, and beyond 32 bits."""
    if count > MOST_SEEDS or first + count > 2**32:
        raise UsageError(
            f"an experiment takes at most {MOST_SEEDS:,} seeds, all below 2^32; got {count} seeds starting at {first}"
        )
    if count < 1 or first < 0:
        raise UsageError(
            f"an experiment needs at least 1 seed, and the first must be 0 or more; got {count} seeds starting at "
            f"{first}"
        )
    return range(first, first + count)
