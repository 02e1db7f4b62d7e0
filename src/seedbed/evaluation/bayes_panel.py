"""A fixed panel on which a member is compared with the exact Bayes predictor of its own stream, test after test.

For each task of the mixture and each number of shots from 0 to the headline's: unseen questions, shots that show none
of their words. A row has the mean KL(Bayes || model) of the answers' tokens (nats per token) and how probable either
finds the whole right answer: without shots Bayes gives it the task's share of the mixture. Source: Propositions 2 and
3 of Sinha (2024); the measure is ours.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from seedbed.evaluation.against_bayes import answers_of, kl_from_bayes
from seedbed.evaluation.evaluator import Row
from seedbed.evaluation.panel import Panel
from seedbed.models import LanguageModel
from seedbed.tasks import BayesPredictor, EvaluationSet, Mixture

AnswerChances = Callable[[LanguageModel, EvaluationSet], Float[np.ndarray, "N A C"]]


def answer_chances() -> AnswerChances:
    """A function that gives a model's log-probabilities of every token at each place of the right answers."""
    compiled = eqx.filter_jit(_log_softmax)

    def run(model: LanguageModel, asked: EvaluationSet) -> Float[np.ndarray, "N A C"]:
        token_NT, answer_NT, _ = answers_of(asked)
        prefix = min(model.config.prefix, asked.prompt_NP.shape[1])  # no answer lies in it
        said_NTC = np.asarray(compiled(model, jnp.asarray(token_NT, jnp.int32), prefix))
        return said_NTC[answer_NT].reshape(*asked.answer_NA.shape, -1)

    return run


@dataclass(frozen=True)
class BayesPanel:
    """The questions and what Bayes says of them. size: questions per task and number of shots; 0 asks nothing."""

    panel: Panel
    mixture: Mixture
    size: int

    @cached_property
    def questions(self) -> tuple[tuple[EvaluationSet, Float[np.ndarray, "N A V"]], ...]:
        """Sets with Bayes's log-probabilities at each place of their answers; none without unseen questions."""
        predictor = BayesPredictor(self.panel.world, self.mixture)
        found = []
        for task, chance in self.mixture.chances.items():
            for shots in (
                range(self.panel.config.shots + 1) if self.size and chance and task in self.panel.tasks else ()
            ):
                asked = self.panel.questions(task, "unseen", shots, self.panel.config.coverage, self.size)
                if len(asked.prompt_NP):
                    token_NT, answer_NT, _ = answers_of(asked)
                    said_NTV = predictor.predict(token_NT).log_next_NTV
                    found.append((asked, said_NTV[answer_NT].reshape(*asked.answer_NA.shape, -1)))
        return tuple(found)

    def rows(self, model: LanguageModel, chances: AnswerChances) -> Iterator[Row]:
        """A row for each set."""
        for asked, bayes_NAV in self.questions:
            model_NAC = chances(model, asked)
            yield {
                "task": asked.task,
                "test": "bayes",
                "split": asked.split,
                "shots": asked.shots,
                "coverage": asked.coverage,
                "n": len(asked.prompt_NP),
                "kl": float(kl_from_bayes(bayes_NAV, model_NAC).mean()),
                "answer_probability": _whole_answer(model_NAC, asked.answer_NA),
                "bayes_probability": _whole_answer(bayes_NAV, asked.answer_NA),
            }


def _whole_answer(log_chance_NAV: np.ndarray, answer_NA: np.ndarray) -> float:
    said_NA = np.take_along_axis(log_chance_NAV.astype(np.float64), answer_NA[:, :, None], axis=2)[:, :, 0]
    return float(np.exp(said_NA.sum(axis=1)).mean())


def _log_softmax(model: LanguageModel, token_NT: Int[Array, "N T"], prefix: int) -> Float[Array, "N T C"]:
    return jax.nn.log_softmax(model(token_NT, prefix=prefix), axis=-1)
