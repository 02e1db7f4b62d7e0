"""The memorising baseline: how well a model would score that only recalls what it was shown.

A score that recall and luck explain is no ability, so a claim of one starts by ruling them out. Source: Sinha (2024),
Proposition 4; the bound is Hoeffding (1963), Theorem 1, the tail is exact.
"""

from dataclasses import dataclass
from math import ceil, exp, isfinite

from numpy.typing import ArrayLike
from scipy.special import bdtrc

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.intervals import mean_over_seeds


@dataclass(frozen=True)
class MemorisingBaseline:
    """What recall alone would give on a test drawn from all examples, shown or not.

    shown: distinct examples of the task in training.  possible: examples that exist.  tested: test items.
    guessing: the chance that a guess at an example not shown is right (0 for long answers, 1/10 for a digit).
    """

    shown: int
    possible: int
    tested: int
    guessing: float = 0.0

    def __post_init__(self) -> None:
        expected_score_of_memorising(self.shown, self.possible, self.guessing)  # refuses impossible numbers
        if self.tested < 1:
            raise UsageError(f"tested must be at least 1 item, got {self.tested}")

    @property
    def accuracy(self) -> float:
        """Expected accuracy, in [0, 1]."""
        return expected_score_of_memorising(self.shown, self.possible, self.guessing)


def expected_score_of_memorising(shown: int, possible: int, guessing: float = 0.0) -> float:
    """Expected accuracy of recall on a test drawn from all examples: shown ones right, the others guessed.

    `shown / possible + (1 - shown / possible) * guessing`, in [0, 1]. Give a split that leaves out all shown examples
    as `shown=0`. Raises UsageError for more examples shown than exist and for a chance outside [0, 1].

    >>> round(expected_score_of_memorising(50, 1680), 4)
    0.0298
    """
    if possible < 1:
        raise UsageError(f"possible must be at least 1 example, got {possible}")
    if not 0 <= shown <= possible:
        raise UsageError(f"shown must lie in 0..{possible} (all that exist), got {shown}")
    if not 0 <= guessing <= 1:
        raise UsageError(f"guessing must be a chance in [0, 1], got {guessing}")
    recalled = shown / possible
    return recalled + (1 - recalled) * guessing


def chance_of_reaching(score: float, baseline: MemorisingBaseline) -> float:
    """Exact probability that recall alone scores `score` or more (one-sided binomial tail).

    Test items count as drawn independently, so an item may repeat. Prefer this to `hoeffding_bound`: for 3 of 5 right
    it is 150 times smaller. Raises UsageError for a score outside [0, 1].

    >>> round(chance_of_reaching(0.6, MemorisingBaseline(shown=50, possible=1680, tested=5)), 6)
    0.000252
    """
    _check_score(score)
    hits_needed = ceil(score * baseline.tested - 1e-9)  # a score is a count over `tested`: forgive its rounding
    return float(bdtrc(hits_needed - 1, baseline.tested, baseline.accuracy))


def hoeffding_bound(score: float, baseline: MemorisingBaseline, *, two_sided: bool = False) -> float:
    """Upper bound on the same probability, 1 where the score does not exceed the baseline.

    `two_sided` gives the paper's 7.74% for 3 of 5 right; the event is one-sided, so 3.87% is the bound that applies.
    Raises UsageError for a score outside [0, 1].
    """
    _check_score(score)
    excess = score - baseline.accuracy
    if excess <= 0:
        return 1.0
    return min(1.0, (2 if two_sided else 1) * exp(-2 * baseline.tested * excess**2))


def nats_below_floor(losses_S: ArrayLike, floor: float, level: float = 0.95) -> Estimate:
    """By how many nats a token S seeds' losses lie below the least loss that needs no memorising, n = seeds.

    Mean over seeds of floor - loss, Student's t; negative above the floor. An interval above 0 says that members have
    learnt training windows by heart, and the value is the least that this spares them: what they memorise may be more,
    as nobody reaches the floor in all else. Raises UsageError for losses that are not finite and a floor below 0.

    >>> round(nats_below_floor([0.40, 0.42, 0.41], 0.53).value, 3)
    0.12
    """
    if not (isfinite(floor) and floor >= 0):
        raise UsageError(f"floor must be 0 nats or more, got {floor}")
    return mean_over_seeds(floor - finite_vector("losses", losses_S), level=level, bounds=None)


def _check_score(score: float) -> None:
    if not 0 <= score <= 1:
        raise UsageError(f"score must be an accuracy in [0, 1], got {score}: divide the right answers by the items")
