"""Layer `tasks`: synthetic worlds with known rules, their streams and windows, evaluation sets, exact floors."""

from seedbed.tasks.bayes import BayesPrediction, BayesPredictor, Start
from seedbed.tasks.floor import bayes_floor, task_floor
from seedbed.tasks.piece_prompts import PiecePrompts, notebook_words, spelled, written_words
from seedbed.tasks.pieces import Pieces, Spelling, learned_pieces, piece_stream, spelling_of, vocabulary_size
from seedbed.tasks.prompts import EvaluationSet, evaluation_set, paper_test, stratified
from seedbed.tasks.recall import RecallConfig, RecallWindows, check_recall_mixture, recall_set
from seedbed.tasks.stream import Mixture, Stream, check_mixture, counts_in, stream
from seedbed.tasks.tokens import Vocabulary
from seedbed.tasks.windows import Batches, WindowKind, WindowSource, window_source
from seedbed.tasks.world import World, WorldConfig, chain, star, table1, triangle

__all__ = [
    "Batches",
    "BayesPrediction",
    "BayesPredictor",
    "EvaluationSet",
    "Mixture",
    "PiecePrompts",
    "Pieces",
    "RecallConfig",
    "RecallWindows",
    "Spelling",
    "Start",
    "Stream",
    "Vocabulary",
    "WindowKind",
    "WindowSource",
    "World",
    "WorldConfig",
    "bayes_floor",
    "chain",
    "check_mixture",
    "check_recall_mixture",
    "counts_in",
    "evaluation_set",
    "learned_pieces",
    "notebook_words",
    "paper_test",
    "piece_stream",
    "recall_set",
    "spelled",
    "spelling_of",
    "star",
    "stratified",
    "stream",
    "table1",
    "task_floor",
    "triangle",
    "vocabulary_size",
    "window_source",
    "written_words",
]
