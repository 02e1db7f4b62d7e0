"""When a member is tested and on what."""

from dataclasses import dataclass

from seedbed.config.errors import UsageError


@dataclass(frozen=True)
class EvaluationConfig:
    """How a member is evaluated.

    shots, coverage: used by the headline prompts.  panel: number of fixed evaluation questions per task and split
    during training; for text models, the held-out documents that are evaluated during training.  every: largest number
    of sentences in the final evaluation at the headline coverage (all that exist, up to this number); for text models,
    the largest number of held-out documents in the final evaluation.  others: the same limit at the other coverages; 0
    leaves them out.  regular: steps between evaluations.  log_spaced: before the first regular evaluation, also
    evaluate at steps 1, 2, 4, 8, ...  paper_items: random sentences per task in the paper's own test during training; 0
    leaves it out.  paper_final_items: the same in the final evaluation.  paper_shots: number of examples in the prompts
    of the paper's own test.  paper_cuts: numbers of tokens to which these prompts are truncated.  tasks: the tasks that
    are evaluated; by default all.  zero_shot: at the end, also evaluate without shots, where the task is ambiguous.
    bayes: questions per task and number of shots on which each evaluation compares the member with the exact Bayes
    predictor; 0 leaves this out.  block: number of prompts per compiled call.  samples: length in tokens of the text
    that a text model generates at each evaluation.
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
