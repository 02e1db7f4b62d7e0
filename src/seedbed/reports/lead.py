"""What a report begins with: the answer in a sentence, a picture of the question, an example, the main figure."""

from collections.abc import Sequence
from dataclasses import dataclass

from seedbed.config.errors import UsageError
from seedbed.reports.content import Figure
from seedbed.reports.diagram import Diagram


@dataclass(frozen=True)
class Answer:
    """What a model of the run said to a prompt.

    by: which model, such as its condition and seed.  text: its words.  right: whether they are the expected ones.
    """

    by: str
    text: str
    right: bool


@dataclass(frozen=True)
class Example:
    """One prompt of the run's test, and how its models answered.

    prompt: as the models read it, in parts such as shots, the question last.  expected: the right answer.
    """

    prompt: Sequence[str]
    expected: str
    answers: Sequence[Answer]
    caption: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.prompt, str) or not self.prompt:
            raise UsageError("an example's prompt is a sequence of parts, the question last, got one string or none.")


@dataclass(frozen=True)
class Lead:
    """The top of a page, in the order in which it is read.

    answer: one sentence that answers the experiment's question from its numbers.  cautions: why it may yet change, such
    as a shortened run.  picture: the question, drawn.  figure: the one that shows the answer.
    """

    answer: str
    cautions: Sequence[str] = ()
    picture: Diagram | None = None
    example: Example | None = None
    figure: Figure | None = None

    def __post_init__(self) -> None:
        if isinstance(self.cautions, str):
            raise UsageError("cautions is a sequence of sentences, got one string; wrap it in a list.")
