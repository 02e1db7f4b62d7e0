"""Layer `evaluation`: what a member is asked, how its answers are scored, and the rows of numbers that come out."""

from seedbed.evaluation.config import EvaluationConfig, evaluation_steps
from seedbed.evaluation.evaluator import Row, Scorer, evaluate, scorer
from seedbed.evaluation.panel import Panel, Test
from seedbed.evaluation.scores import Scores, score, score_sliding

__all__ = [
    "EvaluationConfig",
    "Panel",
    "Row",
    "Scorer",
    "Scores",
    "Test",
    "evaluate",
    "evaluation_steps",
    "score",
    "score_sliding",
    "scorer",
]
