"""Statistics that are computed one by one: if one fails, the report says which and why, and keeps the others."""

from collections.abc import Callable
from typing import TypeVar

from seedbed.config import EstimationError, UsageError

Answer = TypeVar("Answer")


class Attempts:
    """Statistics asked of one input. failed: why each has no answer, by the words that name it, in the order asked."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}

    def ask(self, name: str, statistic: Callable[[], Answer]) -> Answer | None:
        """The statistic's answer; None where it refuses this input or finds none. All other errors go their way."""
        try:
            return statistic()
        except (UsageError, EstimationError) as error:
            self.failed[name] = str(error)
            return None


def failures(failed: dict[str, str]) -> list[str]:
    """A sentence for each that failed, without its full stop.

    >>> failures({"median onset": "none of 8 seeds was followed"})
    ['median onset could not be computed: none of 8 seeds was followed']
    """
    return [f"{name} could not be computed: {why}" for name, why in failed.items()]
