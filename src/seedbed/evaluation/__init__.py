"""Layer `evaluation`: what a member is asked, how its answers are scored, and the rows of numbers that come out."""

from seedbed.evaluation.against_bayes import BayesDistance, answers_of, kl_by_shots, kl_from_bayes
from seedbed.evaluation.bayes_panel import AnswerChances, BayesPanel, answer_chances
from seedbed.evaluation.config import EvaluationConfig, evaluation_steps
from seedbed.evaluation.evaluator import Row, Scorer, evaluate, scorer
from seedbed.evaluation.exam import Exam, QuestionExam, Tested
from seedbed.evaluation.panel import Panel, Test
from seedbed.evaluation.recall_panel import RecallPanel
from seedbed.evaluation.scores import Scores, score, score_sliding
from seedbed.evaluation.text_exam import TextExam, text_row, text_scorer, window_sums

__all__ = [
    "AnswerChances",
    "BayesDistance",
    "BayesPanel",
    "EvaluationConfig",
    "Exam",
    "Panel",
    "QuestionExam",
    "RecallPanel",
    "Row",
    "Scorer",
    "Scores",
    "Test",
    "Tested",
    "TextExam",
    "answer_chances",
    "answers_of",
    "evaluate",
    "evaluation_steps",
    "kl_by_shots",
    "kl_from_bayes",
    "score",
    "score_sliding",
    "scorer",
    "text_row",
    "text_scorer",
    "window_sums",
]
