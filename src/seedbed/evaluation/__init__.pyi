from .against_bayes import (
    BayesDistance as BayesDistance,
)
from .against_bayes import (
    answers_of as answers_of,
)
from .against_bayes import (
    kl_by_shots as kl_by_shots,
)
from .against_bayes import (
    kl_from_bayes as kl_from_bayes,
)
from .bayes_panel import AnswerChances as AnswerChances
from .bayes_panel import BayesPanel as BayesPanel
from .bayes_panel import answer_chances as answer_chances
from .config import EvaluationConfig as EvaluationConfig
from .config import evaluation_steps as evaluation_steps
from .evaluator import Row as Row
from .evaluator import Scorer as Scorer
from .evaluator import evaluate as evaluate
from .evaluator import scorer as scorer
from .exam import Exam as Exam
from .exam import QuestionExam as QuestionExam
from .exam import Tested as Tested
from .panel import Panel as Panel
from .panel import Test as Test
from .piece_exam import PieceExam as PieceExam
from .piece_exam import piece_scorer as piece_scorer
from .recall_panel import RecallPanel as RecallPanel
from .scores import Scores as Scores
from .scores import score as score
from .scores import score_sliding as score_sliding
from .text_exam import (
    TextExam as TextExam,
)
from .text_exam import (
    text_row as text_row,
)
from .text_exam import (
    text_scorer as text_scorer,
)
from .text_exam import (
    window_sums as window_sums,
)
