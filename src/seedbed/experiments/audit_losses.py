"""What an audit reports for scores such as losses, of which lower is better: first and last values, and no verdict.

The rules of emergence are of scores that leave the score of guessing, which a loss does not have; it is not turned
over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedbed.reports import Table
from seedbed.store.score_curves import Curves

NO_VERDICT = "there is no verdict on emergence, because a verdict compares scores with the score of guessing"


@dataclass(frozen=True)
class LossCurve:
    """One task's losses over seeds. first, last: medians over seeds of the first and last evaluation.  least, most: of
    the last ones.  start, end: the places of the scale, medians over seeds, as the table has them.
    """

    task: str
    score_name: str
    scale_name: str
    seeds: int
    first: float
    last: float
    least: float
    most: float
    start: float
    end: float

    @property
    def words(self) -> str:
        """`lower is better: eval_loss from 3.2 at step 100 to 2.1 at step 1,000; no verdict ...`."""
        name = "" if self.score_name == self.task else f"{self.score_name} "
        over = f", seeds {self.least:.4g} to {self.most:.4g}" if self.seeds > 1 else ""
        return (
            f"lower is better: {name}{self.first:.4g} at {self.scale_name} {self.start:,.12g}, {self.last:.4g} at "
            f"{self.end:,.12g}{over}; {NO_VERDICT}"
        )

    @property
    def counted(self) -> str:
        """Of how many seeds."""
        return f"n = {self.seeds} seed{'s' * (self.seeds != 1)}"


def loss_curve(curves: Curves, score_name: str, scale_name: str) -> LossCurve:
    """What is told of one task's losses."""
    last_S = [float(score_E[-1]) for score_E in curves.score_SE]
    return LossCurve(
        curves.task,
        score_name,
        scale_name,
        len(curves.seeds),
        float(np.median([score_E[0] for score_E in curves.score_SE])),
        float(np.median(last_S)),
        min(last_S),
        max(last_S),
        curves.shown(float(np.median([scale_E[0] for scale_E in curves.scale_SE]))),
        curves.shown(float(np.median([scale_E[-1] for scale_E in curves.scale_SE]))),
    )


def loss_table(losses: Sequence[LossCurve]) -> Table:
    """A row a task of which less is better."""
    rows = [
        [each.task, each.seeds, each.start, each.first, each.end, each.last, f"{each.least:.4g} to {each.most:.4g}"]
        for each in losses
    ]
    columns = ["task", "seeds", "first point", "score there", "last point", "score there, at the end", "over seeds"]
    return Table("Lower is better", columns, rows, f"Medians over seeds; {NO_VERDICT}.")
