"""How far a model's predictions are from the exact Bayes predictor's: Kullback-Leibler divergence, nats per token.

A model that has learned all that its stream says predicts as `seedbed.tasks.bayes` does: the task from the shots, and
without shots each task's answer as often as the mixture has it. Source: Propositions 2 and 3 of Sinha (2024), which
speak of this posterior; the measure is ours. Arrays in, numbers out.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from seedbed.config.errors import UsageError
from seedbed.tasks import EvaluationSet


@dataclass(frozen=True)
class BayesDistance:
    """Mean KL(Bayes || model) over the tokens of answers that come after so many shots.

    kl: nats per token, 0 or more, lower is better.  prompts: rows that have such tokens.  tokens: how many.
    """

    shots: int
    kl: float
    prompts: int
    tokens: int


def kl_by_shots(
    bayes_NTV: Float[np.ndarray, "N T V"],
    model_NTV: Float[np.ndarray, "N T C"],
    answer_NT: Bool[np.ndarray, "N T"],
    shots_NT: Int[np.ndarray, "N T"],
) -> tuple[BayesDistance, ...]:
    """The mean of sum_v p_Bayes(v) (log p_Bayes(v) - log p_model(v)) over tokens with `answer_NT`, by their shots.

    Both models are natural logarithms of probabilities; index t says the token after t, and `answer_NT`, `shots_NT` are
    of the token that is said. Classes of the model beyond the V tokens are read as no token: what the model gives them
    counts against it. A token that Bayes allows and the model gives 0 makes the mean infinite.
    Raises `UsageError` where no token is an answer's or a model's probabilities sum to more than 1.
    """
    if not answer_NT.any():
        raise UsageError("no token of these prefixes is an answer's: there is nothing to compare")
    total = float(np.exp(model_NTV[answer_NT].astype(np.float64)).sum(axis=1).max())
    if not total < 1 + 1e-3:
        raise UsageError(
            f"the model's values are not log-probabilities, because the probabilities sum to {total}: apply "
            "log_softmax to its logits"
        )
    kl_A = kl_from_bayes(bayes_NTV[answer_NT], model_NTV[answer_NT])
    row_A, shots_A = np.nonzero(answer_NT)[0], shots_NT[answer_NT]
    return tuple(
        BayesDistance(
            shots=int(shots),
            kl=float(kl_A[shots_A == shots].mean()),
            prompts=len(np.unique(row_A[shots_A == shots])),
            tokens=int((shots_A == shots).sum()),
        )
        for shots in np.unique(shots_A)
    )


def kl_from_bayes(bayes_AV: Float[np.ndarray, "*A V"], model_AC: Float[np.ndarray, "*A C"]) -> Float[np.ndarray, "*A"]:
    """KL(Bayes || model) of each pair of distributions, given as natural logarithms; in double precision."""
    bayes_AV = bayes_AV.astype(np.float64)
    model_AV = model_AC[..., : bayes_AV.shape[-1]].astype(np.float64)
    chance_AV = np.exp(bayes_AV)
    possible_AV = chance_AV > 0
    gap_AV = np.where(possible_AV, bayes_AV, 0.0) - np.where(possible_AV, model_AV, 0.0)
    return (chance_AV * gap_AV).sum(axis=-1)


def answers_of(
    asked: EvaluationSet,
) -> tuple[Int[np.ndarray, "N T"], Bool[np.ndarray, "N T"], Int[np.ndarray, "N T"]]:
    """The tokens that a model reads of a set (all but the last), and for `kl_by_shots` the mask and the shots."""
    token_NT = np.concatenate([asked.prompt_NP, asked.answer_NA[:, :-1]], axis=1).astype(np.int64)
    answer_NT = np.zeros(token_NT.shape, dtype=bool)
    answer_NT[:, asked.prompt_NP.shape[1] - 1 :] = True
    return token_NT, answer_NT, np.full(token_NT.shape, asked.shots)
