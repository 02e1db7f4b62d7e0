"""Claims about the Bayes panel: unseen questions by shots, and distances that a model of known answers must have."""

import jax
import numpy as np
import pytest

from seedbed.evaluation import BayesPanel, EvaluationConfig, Panel, answer_chances, answers_of
from seedbed.models import LanguageModel, ModelConfig
from seedbed.tasks import BayesPredictor, Mixture, Vocabulary, World, triangle

WORLD = World(triangle())
MIXTURE = Mixture((("A->B", 60), ("A->C", 20), ("B->C", 0)))
TOKENS = Vocabulary(WORLD.config).size
MODEL = LanguageModel(ModelConfig(width=16, blocks=1, heads=2), TOKENS, key=jax.random.key(0))


def panel(size=8, **changes):
    seen_KS = np.zeros((3, 1680), dtype=bool)
    seen_KS[:, ::3] = True
    return BayesPanel(Panel(WORLD, EvaluationConfig(shots=2, **changes), seen_KS, 5), MIXTURE, size)


def test_it_asks_unseen_questions_of_each_task_of_the_mixture_without_and_with_shots():
    asked = [each for each, _ in panel().questions]
    assert [(each.task, each.shots, each.coverage) for each in asked] == [
        (task, shots, 0 if shots else None) for task in ("A->B", "A->C") for shots in (0, 1, 2)
    ]
    for each in asked:
        assert len(each.prompt_NP) == 8 and (each.sentence_N % 3 != 0).all()
    assert panel(0).questions == () and len(panel(tasks=("A->C",)).questions) == 3


def test_a_model_that_says_what_bayes_says_is_no_distance_away_and_gives_tasks_their_shares_without_shots():
    def as_bayes(model, asked):
        token_NT, answer_NT, _ = answers_of(asked)
        said = BayesPredictor(WORLD, MIXTURE).predict(token_NT).log_next_NTV
        return said[answer_NT].reshape(*asked.answer_NA.shape, -1)

    rows = list(panel().rows(MODEL, as_bayes))
    assert {row["test"] for row in rows} == {"bayes"} and all(row["kl"] == pytest.approx(0, abs=1e-12) for row in rows)
    for row in rows:
        share = {"A->B": 0.75, "A->C": 0.25}[row["task"]] if row["shots"] == 0 else 1.0
        assert row["bayes_probability"] == pytest.approx(share) == row["answer_probability"]


def test_an_untrained_model_is_as_far_as_the_log_of_its_guesses():
    rows = {(row["task"], row["shots"]): row for row in panel().rows(MODEL, answer_chances())}
    # With shots Bayes is certain, so the distance is the surprise at the right token, near log V without training.
    for (_, shots), row in rows.items():
        assert row["answer_probability"] < 1e-4
        if shots:
            assert row["kl"] == pytest.approx(np.log(TOKENS), abs=0.5)
        else:
            assert 0 < row["kl"] < np.log(TOKENS)
