"""What a text model is asked: to predict held-out documents, a fixed set while it trains, all (or many) at the end.

A row has n (tokens scored), loss (nats per token), bits_per_byte = nats / (bytes ln 2), exact (the share of tokens that
the model finds most likely), answer_probability and brier of the right token, log_likelihood = -loss. Every end-of-text
costs nats and adds no byte. Each test also keeps a text that the model writes, drawn with the same key every time. At
the end come the probes that the text names (`seedbed.evaluation.probe_scores`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from seedbed.data import (
    SlidingWindows,
    TextConfig,
    TokenCache,
    chosen_documents,
    documents_of,
    kept_probes,
    sliding_windows,
)
from seedbed.evaluation.config import EvaluationConfig
from seedbed.evaluation.evaluator import Row
from seedbed.evaluation.exam import Tested
from seedbed.evaluation.panel import Test
from seedbed.evaluation.probe_scores import probe_rows
from seedbed.models import LanguageModel, Sampling, generate

BLOCK_TOKENS = 2048  # that a compiled call scores at once: their logits stay near the core
SAMPLING = Sampling(temperature=0.8, top_p=0.95)
SAMPLE_KEY = 0


class WindowSums(NamedTuple):
    """Sums over the tokens of each window that count; N windows."""

    nats_N: Float[Array, " N"]
    right_N: Float[Array, " N"]
    probability_N: Float[Array, " N"]
    brier_N: Float[Array, " N"]


TextScorer = Callable[[LanguageModel, SlidingWindows], WindowSums]


def text_scorer() -> TextScorer:
    """A function that scores windows in blocks with one compiled program."""
    compiled = eqx.filter_jit(window_sums)

    def run(model: LanguageModel, windows: SlidingWindows) -> WindowSums:
        count, width = windows.token_NW.shape
        size = max(BLOCK_TOKENS // width, 1)
        parts = []
        with jax.numpy_dtype_promotion("strict"):
            for at in range(0, count, size):
                missing = [(0, max(at + size - count, 0)), (0, 0)]
                block = (np.pad(each[at : at + size], missing) for each in (windows.token_NW, windows.counts_NT))
                # Waited for: blocks that are under way together each hold their activations.
                parts.append(jax.tree.map(np.asarray, compiled(model, *map(jnp.asarray, block))))
        return jax.tree.map(lambda *each: np.concatenate(each)[:count], *parts)

    return run


def window_sums(model: LanguageModel, token_NW: Int[Array, "N W"], counts_NT: Bool[Array, "N T"]) -> WindowSums:
    """How well a model predicts each window's tokens from those before them in the window."""
    logits_NTV = model(token_NW[:, :-1])
    target_NT = token_NW[:, 1:]
    largest_NT1 = logits_NTV.max(axis=-1, keepdims=True)
    weight_NTV = jnp.exp(logits_NTV - largest_NT1)
    total_NT = weight_NTV.sum(axis=-1)
    own_NT = jnp.take_along_axis(logits_NTV, target_NT[..., None], axis=-1)[..., 0]
    nats_NT = largest_NT1[..., 0] + jnp.log(total_NT) - own_NT
    probability_NT = jnp.exp(-nats_NT)
    squares_NT = jnp.square(weight_NTV).sum(axis=-1) / jnp.square(total_NT)
    right_NT = (own_NT >= largest_NT1[..., 0]).astype(jnp.float32)
    counted_NT = counts_NT.astype(jnp.float32)

    def summed(value_NT: Array) -> Float[Array, " N"]:
        return (value_NT * counted_NT).sum(axis=1)

    return WindowSums(
        summed(nats_NT), summed(right_NT), summed(probability_NT), summed(squares_NT - 2 * probability_NT + 1)
    )


def text_row(test: Test, windows: SlidingWindows, sums: WindowSums, task: str) -> Row:
    """The row of a test on these windows."""
    targets = windows.targets
    nats, right, probability, brier = (float(np.sum(each, dtype=np.float64)) for each in sums)
    return {
        "task": task,
        "test": test,
        "split": "unseen",
        "shots": 0,
        "coverage": None,
        "n": targets,
        "loss": nats / targets,
        "bits_per_byte": nats / (max(int(windows.bytes_D.sum()), 1) * log(2)),
        "exact": right / targets,
        "log_likelihood": -nats / targets,
        "brier": brier / targets,
        "answer_probability": probability / targets,
    }


@dataclass(frozen=True)
class TextExam:
    """A member's tests: `panel` documents of the validation split while training, at most `every` at the end."""

    text: TextConfig
    cache: TokenCache
    config: EvaluationConfig
    context: int
    score: TextScorer

    def training(self, model: LanguageModel, step: int) -> Tested:
        """The loss on the fixed documents, and a text that the model writes."""
        del step
        return Tested([self._row("panel", self.panel, self.score(model, self.panel))], samples=self._sample(model))

    def final(self, model: LanguageModel, step: int) -> Tested:
        """The loss on all documents, and on each."""
        del step
        number_D = chosen_documents(self.cache.validation, self.config.every)
        windows = self._windows(number_D)
        sums = self.score(model, windows)
        items = {
            "text/document": number_D.astype(np.int64),
            "text/nats": windows.per_document(np.asarray(sums.nats_N)).astype(np.float32),
            "text/tokens": windows.per_document(windows.counts_NT.sum(axis=1)).astype(np.int64),
            "text/bytes": windows.bytes_D.astype(np.int64),
            "text/right": windows.per_document(np.asarray(sums.right_N)).astype(np.float32),
            "text/brier": windows.per_document(np.asarray(sums.brier_N)).astype(np.float32),
        }
        rows, asked = [], {}
        if self.text.probes:
            probes = kept_probes(self.text.probes)
            nats = [
                each.per_document(np.asarray(self.score(model, each).nats_N)) for each in probes.windows(self.context)
            ]
            rows, asked = probe_rows(probes, np.sum(nats, axis=0))
        return Tested([self._row("every", windows, sums), *rows], {**items, **asked})

    @cached_property
    def panel(self) -> SlidingWindows:
        """What is scored again and again."""
        return self._windows(chosen_documents(self.cache.validation, self.config.panel))

    def _windows(self, number_D: Int[np.ndarray, " D"]) -> SlidingWindows:
        split = self.cache.validation
        bytes_D = np.asarray(split.bytes_D())[number_D]
        return sliding_windows(documents_of(split, number_D), bytes_D, self.context, max(self.context // 2, 1))

    def _row(self, test: Test, windows: SlidingWindows, sums: WindowSums) -> Row:
        return text_row(test, windows, sums, self.text.tasks[0])

    def _sample(self, model: LanguageModel) -> dict[str, np.ndarray]:
        if not self.config.samples:
            return {}
        eot = self.cache.train.eot
        opening = list(self.text.opening) or [eot]
        (said,) = generate(model, [opening], self.config.samples, SAMPLING, jax.random.key(SAMPLE_KEY), stop=eot)
        return {"text": np.array([*self.text.opening, *said], dtype=np.int32)}
