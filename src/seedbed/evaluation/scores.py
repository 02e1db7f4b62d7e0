"""How a model scores on prompts: one compiled pass for exact match and likelihood, a cached greedy decode for words.

Exact match is read off the teacher-forced pass: if every token is the most likely one given the true answer so far,
greedy decoding writes the answer, and at the first token that is not, it leaves it. The per-word score needs the
decoded tokens. Source: the per-word score is Sinha (2024), section 3.1; Brier score over tokens as in Schaeffer et al.
(2023).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from seedbed.models import LanguageModel


class Scores(NamedTuple):
    """Per prompt; N prompts of answers of A tokens, L words."""

    decoded_NA: Int[Array, "N A"]  # what greedy decoding writes
    exact_N: Bool[Array, " N"]  # higher is better; all tokens most likely, teacher forced
    word_right_NL: Bool[Array, "N L"]  # decoded greedily, word in its place
    log_likelihood_N: Float[Array, " N"]  # nats, summed over the answer's tokens; higher is better
    brier_N: Float[Array, " N"]  # mean over tokens of the sum over the vocabulary of (p - 1[right])^2; lower is better


def score(
    model: LanguageModel, prompt_NP: Int[Array, "N P"], answer_NA: Int[Array, "N A"], tokens_per_word: int
) -> Scores:
    """Scores where prompt and answer fit the context: P + A - 1 tokens are read."""
    return _scores(*read_and_write(model, prompt_NP, answer_NA), answer_NA, tokens_per_word)


def read_and_write(
    model: LanguageModel, prompt_NP: Int[Array, "N P"], answer_NA: Int[Array, "N A"]
) -> tuple[Float[Array, "N A V"], Int[Array, "N A"]]:
    """The logits of each token of the answer given the true ones before it, and what greedy decoding writes instead."""
    prompts, length = prompt_NP.shape
    answers = answer_NA.shape[1]
    memory = model.empty((prompts,), length + answers - 1)
    prompt_NPV, memory = model.extend(prompt_NP, memory, 0)
    first_NV = prompt_NPV[:, -1]
    logits_NAV = first_NV[:, None]
    if answers > 1:
        later_NAV, _ = model.extend(answer_NA[:, :-1], memory, length)
        logits_NAV = jnp.concatenate([logits_NAV, later_NAV], axis=1)

    def decode(carry: tuple, place: Array) -> tuple[tuple, Array]:
        memory, token_N = carry
        logits_N1V, memory = model.extend(token_N[:, None], memory, place)
        token_N = _most_likely(logits_N1V[:, 0])
        return (memory, token_N), token_N

    def decoded() -> Array:
        first_N = _most_likely(first_NV)
        _, rest_AN = jax.lax.scan(decode, (memory, first_N), length + jnp.arange(answers - 1))
        return jnp.concatenate([first_N[:, None], rest_AN.T], axis=1)

    all_exact = (_most_likely(logits_NAV) == answer_NA).all()  # then decoding would write the answers again
    return logits_NAV, jax.lax.cond(all_exact, lambda: answer_NA, decoded)


def score_sliding(
    model: LanguageModel, prompt_NP: Int[Array, "N P"], answer_NA: Int[Array, "N A"], tokens_per_word: int
) -> Scores:
    """Scores where the context is too short: each token is predicted from the last P tokens, as in the paper.

    The likelihoods are those of the answer given the true answer so far, through the same sliding window. A prefix is
    cut short by as many tokens of the answer as come into the window, so that it holds none.
    """
    return _scores(*read_and_write_sliding(model, prompt_NP, answer_NA), answer_NA, tokens_per_word)


def read_and_write_sliding(
    model: LanguageModel, prompt_NP: Int[Array, "N P"], answer_NA: Int[Array, "N A"]
) -> tuple[Float[Array, "N A V"], Int[Array, "N A"]]:
    """As `read_and_write`, through the sliding window."""
    prefix = max(min(model.config.prefix, prompt_NP.shape[1] - answer_NA.shape[1] + 1), 0)

    def predict(window_NP: Array, true_N: Array) -> tuple[Array, Array]:
        logits_NV = model(window_NP, prefix=prefix)[:, -1]
        return jnp.concatenate([window_NP[:, 1:], true_N[:, None]], axis=1), logits_NV

    def decode(window_NP: Array, _: None) -> tuple[Array, Array]:
        token_N = _most_likely(model(window_NP, prefix=prefix)[:, -1])
        return jnp.concatenate([window_NP[:, 1:], token_N[:, None]], axis=1), token_N

    _, logits_ANV = jax.lax.scan(predict, prompt_NP, answer_NA.T)
    _, decoded_AN = jax.lax.scan(decode, prompt_NP, None, length=answer_NA.shape[1])
    return jnp.swapaxes(logits_ANV, 0, 1), decoded_AN.T


def _scores(logits_NAV: Array, decoded_NA: Array, answer_NA: Array, tokens_per_word: int) -> Scores:
    log_p_NAV = jax.nn.log_softmax(logits_NAV, axis=-1)
    right_NAV = jax.nn.one_hot(answer_NA, logits_NAV.shape[-1], dtype=log_p_NAV.dtype)
    word_shape = (answer_NA.shape[0], answer_NA.shape[1] // tokens_per_word, tokens_per_word)
    return Scores(
        decoded_NA=decoded_NA,
        exact_N=(_most_likely(logits_NAV) == answer_NA).all(axis=1),
        word_right_NL=(decoded_NA == answer_NA).reshape(word_shape).all(axis=2),
        log_likelihood_N=(log_p_NAV * right_NAV).sum(axis=(1, 2)),
        brier_N=jnp.square(jnp.exp(log_p_NAV) - right_NAV).sum(axis=2).mean(axis=1),
    )


def _most_likely(logits_NV: Array) -> Int[Array, "*N"]:
    return jnp.argmax(logits_NV, axis=-1).astype(jnp.int32)
