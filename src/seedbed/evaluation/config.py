"""When a member is tested and on what."""

from dataclasses import dataclass

from seedbed.config.errors import UsageError


@dataclass(frozen=True)
class EvaluationConfig:
    """The tests of a member.

    shots, coverage: of the headline prompts.  panel: sentences per task and split while training.  every: limit on the
    sentences of the final test at the headline coverage (all that exist, up to here).  others: the same limit at the
    other coverages; 0 leaves them out.  regular: steps between tests.  log_spaced: before the first of these, also test
    at steps 1, 2, 4, 8, ...  paper_items: random sentences per task in the paper's own test while training (0 leaves it
    out), paper_final_items at the end, after paper_shots examples, cut to each of paper_cuts tokens.  tasks: the tasks
    tested; none named means all.  zero_shot: at the end also test without shots, where the task is ambiguous.  bayes:
    questions per task and number of shots on which each test compares with the exact Bayes predictor; 0 leaves it out.
    block: prompts a compiled call takes at once.  samples: tokens of a text that each test lets a text model write.

    Of text, panel are the held-out documents tested while training, and every the most of them at the end.
    """

    shots: int = 3
    coverage: int = 0
    panel: int = 256
    every: int = 20_000
    others: int = 128
    regular: int = 50
    log_spaced: bool = True
    paper_items: int = 5
    paper_final_items: int = 100
    paper_shots: int = 6
    paper_cuts: tuple[int, ...] = (22,)
    tasks: tuple[str, ...] = ()
    zero_shot: bool = True
    bayes: int = 0
    block: int = 64
    samples: int = 0

    def __post_init__(self) -> None:
        for name in ("panel", "regular", "block"):
            if getattr(self, name) < 1:
                raise UsageError(f"evaluation.{name} must be at least 1, got {getattr(self, name)}")
        for name in (
            "shots",
            "coverage",
            "every",
            "others",
            "paper_items",
            "paper_final_items",
            "paper_shots",
            "bayes",
            "samples",
        ):
            if getattr(self, name) < 0:
                raise UsageError(f"evaluation.{name} must be 0 or more, got {getattr(self, name)}")
        if any(cut < 1 for cut in self.paper_cuts):
            raise UsageError(f"evaluation.paper_cuts must be 1 token or more, got {self.paper_cuts}")


def evaluation_steps(config: EvaluationConfig, steps: int) -> tuple[int, ...]:
    """The steps after which a member is tested, the last one always among them.

    Log-spaced ones end where the regular ones begin: from there on those are closer together.

    >>> evaluation_steps(EvaluationConfig(regular=50), 120)
    (1, 2, 4, 8, 16, 32, 50, 100, 120)
    """
    regular = set(range(config.regular, steps + 1, config.regular))
    first = min(config.regular, steps)
    log_spaced = {2**power for power in range(first.bit_length()) if 2**power <= first} if config.log_spaced else set()
    return tuple(sorted(regular | log_spaced | {steps}))
