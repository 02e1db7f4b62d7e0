"""What an audit reports for scores such as losses, of which lower is better: how they change, from where to where.

A loss has no score of guessing to leave, so it does not emerge. Whether it falls, and whether suddenly, is tested by
the same fits of growth, in each seed on the range of its own losses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedbed.emergence.growth import LOGISTIC_DECADES
from seedbed.emergence.multiple import simes
from seedbed.emergence.patterns import patterns
from seedbed.emergence.pooling import means_of_neighbours
from seedbed.emergence.rise import fit_rise
from seedbed.emergence.seed_verdict import ALPHA, MIN_AFTER, MIN_BEFORE, MOST_POINTS
from seedbed.emergence.verdict import SHARP_WIDTH
from seedbed.emergence.verdict_caveats import MIN_POINTS
from seedbed.reports import Table
from seedbed.store.score_curves import Curves

NO_VERDICT = "a loss has no score of guessing, so nothing is said of emergence"
SUDDEN, SMOOTH, FALLS = "falls suddenly", "falls smoothly", "falls, how fast cannot be told"
RISES, LEVEL = "rises", "is not seen to change"
UNTOLD = "too little data to say"


@dataclass(frozen=True)
class LossCurve:
    """One task's losses over seeds. word: what most of them do.  first, last: medians over seeds of the first and last
    evaluation.  least, most: of the last ones.  start, end: the places of the scale, medians over seeds, as the table
    has them.
    """

    task: str
    word: str
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
        """`falls smoothly (lower is better): eval_loss from 3.2 at step 100 to 2.1 at step 1,000`."""
        name = "" if self.score_name == self.task else f"{self.score_name} "
        over = f", seeds {self.least:.4g} to {self.most:.4g}" if self.seeds > 1 else ""
        return (
            f"{self.word} (lower is better): {name}{self.first:.4g} at {self.scale_name} {self.start:,.12g}, "
            f"{self.last:.4g} at {self.end:,.12g}{over}"
        )

    @property
    def counted(self) -> str:
        """Of how many seeds."""
        return f"n = {self.seeds} seed{'s' * (self.seeds != 1)}"


def loss_curve(curves: Curves, score_name: str, scale_name: str, tasks: int) -> LossCurve:
    """What is said of one task's losses. tasks: how many are judged, by which the level is divided."""
    last_S = [float(score_E[-1]) for score_E in curves.score_SE]
    return LossCurve(
        curves.task,
        word_of_losses(curves, tasks),
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


def word_of_losses(curves: Curves, tasks: int) -> str:
    """What more than half of the seeds do, each judged by itself; p-values combined by Simes at 5% over `tasks`.

    A fall is sudden if it is faster than the third power of scale explains, as a rise is sharp; two evaluations must be
    seen before it and after it.
    """
    judged = [
        _of_seed(scale_E[scale_E > 0], score_E[scale_E > 0])
        for scale_E, score_E in zip(curves.scale_SE, curves.score_SE, strict=True)
    ]
    known = [p for p in judged if p is not None]
    if 2 * len(known) <= len(judged):
        return UNTOLD
    alpha = ALPHA / tasks
    for word in (RISES, SUDDEN, SMOOTH, FALLS):
        p_S = [each[word] for each in known]
        if 2 * sum(p <= alpha for p in p_S) > len(judged) and simes(p_S) <= alpha:
            return word
    return LEVEL


def _of_seed(scale_E: np.ndarray, loss_E: np.ndarray) -> dict[str, float] | None:
    """p-values that a seed's losses do not do each of these; None where they are too few."""
    if len(scale_E) < MIN_POINTS:
        return None
    scale_P, loss_P = means_of_neighbours(scale_E, loss_E, MOST_POINTS)
    span = float(loss_P.max() - loss_P.min())
    if span == 0:
        return dict.fromkeys((RISES, SUDDEN, SMOOTH, FALLS), 1.0)
    gain_P = (loss_P.max() - loss_P) / span
    x_P = np.log10(scale_P)
    rise = fit_rise(x_P, gain_P, None, LOGISTIC_DECADES / SHARP_WIDTH, 1 - ALPHA)
    shape = patterns(scale_P, gain_P, rise, 0.0, None, LOGISTIC_DECADES / SHARP_WIDTH)
    before = (x_P < rise.midpoint - rise.width / 2).sum() >= MIN_BEFORE
    after = (x_P > rise.midpoint + rise.width / 2).sum() >= MIN_AFTER
    return {
        RISES: shape.p_worse,
        SUDDEN: max(rise.p_rise, rise.p_sharp) if before and after else 1.0,
        SMOOTH: max(rise.p_rise, rise.p_smooth),
        FALLS: rise.p_rise,
    }


def loss_table(losses: Sequence[LossCurve]) -> Table:
    """A row a task of which less is better."""
    rows = [
        [
            each.task,
            each.word,
            each.seeds,
            each.start,
            each.first,
            each.end,
            each.last,
            f"{each.least:.4g} to {each.most:.4g}",
        ]
        for each in losses
    ]
    columns = [
        "task",
        "what it does",
        "seeds",
        "first point",
        "score there",
        "last point",
        "score there, at the end",
        "over seeds",
    ]
    return Table("Lower is better", columns, rows, f"Medians over seeds; {NO_VERDICT}.")
