"""Evaluation sets: prompts of worked examples and a question, with the reference answer.

    x x x x . y y y y |  x x x x . y y y y |  x x x x . y y y y |  q q q q .     answer: a a a a

Shots never hold the question's own sentence. Coverage is how many of the question's words they show with their answer:
with 4 of 4 copying suffices, so the headline is coverage 0. Shots come from sentences that the member has seen in that
task; where too few seen ones fit the coverage, others fill up, and the set says what share of its shots was seen.
Source: the paper's own test is Sinha (2024), notebooks (6 random shots, cut); coverage is ours.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from seedbed.config.errors import UsageError
from seedbed.config.random import generator
from seedbed.tasks import sentences
from seedbed.tasks.tokens import PAD, Vocabulary
from seedbed.tasks.world import World

POOL = 1024  # a world of up to twice as many sentences offers all as shots, a larger one so many seen and others
BLOCK = 512  # questions handled at once
ROUNDS = 8  # random choices tried before the shots that show most are taken


@dataclass(frozen=True)
class EvaluationSet:
    """N prompts of P tokens and their answers of A tokens, all of one task and one number of shots."""

    task: str
    split: str
    shots: int
    coverage: int | None  # None: whatever came
    prompt_NP: Int[np.ndarray, "N P"]
    answer_NA: Int[np.ndarray, "N A"]
    sentence_N: Int[np.ndarray, " N"]
    seen_shots: float  # share of the shots that the member has seen in this task, NaN without shots


def stratified(number_N: Int[np.ndarray, " N"], size: int, *, seed: int) -> Int[np.ndarray, " M"]:
    """At most `size` of these sentence numbers, spread evenly over their order, so over the first words.

    The numbers are in lexicographic order: one is taken at random from each of `size` equal stretches.
    """
    number_N = np.sort(number_N)
    if len(number_N) <= size:
        return number_N
    edge = np.linspace(0, len(number_N), size + 1)
    place = edge[:-1] + generator("panel", seed).random(size) * np.diff(edge)
    rank = np.arange(size)
    # Two stretches may share the sentence where they meet: move the later one on, and the last ones back from the end.
    different = np.maximum.accumulate(place.astype(np.int64) - rank) + rank
    return number_N[np.minimum(different, len(number_N) - size + rank)]


def evaluation_set(
    world: World,
    task: str,
    split: str,
    question_N: Int[np.ndarray, " N"],
    seen_S: Bool[np.ndarray, " S"],
    *,
    shots: int,
    coverage: int | None,
    seed: int,
) -> EvaluationSet:
    """Prompts for the question sentences `question_N`; `seen_S` marks the sentences that the member has seen in `task`.

    Raises `UsageError` for a coverage that these shots cannot have.
    """
    config, vocabulary = world.config, Vocabulary(world.config)
    check_coverage(world, shots, coverage)
    source_NL = sentences.sentence(question_N, config.words, config.length, config.distinct)
    shot_NS = _shots(
        world, question_N, seen_S, shots, coverage, generator(f"shots {task}", seed, (coverage or 0) + 16 * shots)
    )
    rows = [
        vocabulary.instances(world, task, sentences.sentence(shot_N, config.words, config.length, config.distinct))
        for shot_N in shot_NS.T
    ]
    whole_NT = vocabulary.instances(world, task, source_NL)
    answer_T = np.nonzero(vocabulary.answer_mask())[0]
    return EvaluationSet(
        task=task,
        split=split,
        shots=shots,
        coverage=coverage if shots else None,
        prompt_NP=np.hstack([*rows, whole_NT[:, : answer_T[0]]]).astype(np.int32),
        answer_NA=whole_NT[:, answer_T].astype(np.int32),
        sentence_N=question_N,
        seen_shots=float(seen_S[shot_NS].mean()) if shot_NS.size else float("nan"),
    )


def paper_test(world: World, task: str, *, items: int, shots: int, cut: int, seed: int, counter: int) -> EvaluationSet:
    """The paper's test: random questions after `shots` random examples of the task, cut to the last `cut` tokens.

    Nothing keeps a question out of the training stream or out of its own shots, and the cut may begin inside an
    example.
    """
    config, vocabulary = world.config, Vocabulary(world.config)
    rng = generator(f"paper test {task}", seed, counter)
    number_NS = rng.integers(config.sentences, size=(items, shots + 1))
    whole = [
        vocabulary.instances(world, task, sentences.sentence(number_N, config.words, config.length, config.distinct))
        for number_N in number_NS.T
    ]
    answer_T = np.nonzero(vocabulary.answer_mask())[0]
    prompt_NP = np.hstack([*whole[:-1], whole[-1][:, : answer_T[0]]])
    short = max(cut - prompt_NP.shape[1], 0)
    prompt_NP = np.pad(prompt_NP, ((0, 0), (short, 0)), constant_values=PAD)[:, -cut:]
    return EvaluationSet(
        task=task,
        split="any",
        shots=shots,
        coverage=None,
        prompt_NP=prompt_NP.astype(np.int32),
        answer_NA=whole[-1][:, answer_T].astype(np.int32),
        sentence_N=number_NS[:, -1],
        seen_shots=float("nan"),
    )


def check_coverage(world: World, shots: int, coverage: int | None) -> None:
    """Refuse a coverage that cannot be had, with the numbers."""
    config = world.config
    if shots == 0:
        return
    if coverage is not None and not 0 <= coverage <= config.length:
        raise UsageError(f"coverage is how many of the question's {config.length} words the shots show, got {coverage}")
    if coverage == config.length == 1:
        raise UsageError("in sentences of 1 word only the question itself shows its word: set the coverage to 0, not 1")
    different = config.length if config.distinct else min(config.length, config.words)
    hidden = 0 if coverage is None else max(different - coverage, 0)
    allowed = config.words - hidden
    exist = sentences.count(allowed, config.length, config.distinct) - (
        hidden == 0
    )  # the question is no shot of its own
    if exist < shots:
        shown = "" if coverage is None else f" that show {coverage} of the question's {config.length} words"
        raise UsageError(
            f"shots{shown} can use {allowed} of {config.words} words, which make {exist} sentences of {config.length}; "
            f"{shots} are needed: raise the words of a language or the coverage, or ask for fewer shots"
        )


def _shots(
    world: World,
    question_N: np.ndarray,
    seen_S: np.ndarray,
    shots: int,
    coverage: int | None,
    rng: np.random.Generator,
) -> Int[np.ndarray, "N S"]:
    """Different sentences for each question, seen ones first, that show exactly `coverage` of the question's words.

    Where a question repeats words, it may have fewer different ones than `coverage`; then the shots show all of them.
    """
    if shots == 0 or len(question_N) == 0:
        return np.empty((len(question_N), shots), dtype=np.int64)
    config = world.config
    pool_C = _pool(seen_S, rng)
    if len(pool_C) <= shots:
        raise UsageError(
            f"{shots} different shots need a world of more than {shots} sentences, this one has {len(pool_C)}"
        )
    holds_CW = _membership(sentences.sentence(pool_C, config.words, config.length, config.distinct), config.words)
    asked_NL = sentences.sentence(question_N, config.words, config.length, config.distinct)
    blocks = [
        _choose(
            world,
            question_N[at : at + BLOCK],
            asked_NL[at : at + BLOCK],
            pool_C,
            holds_CW,
            seen_S[pool_C],
            shots,
            coverage,
            rng,
        )
        for at in range(0, len(question_N), BLOCK)
    ]
    return np.concatenate(blocks)


def _pool(seen_S: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The sentences that shots are chosen from: all of a small world, of a large one some seen ones and some others."""
    if len(seen_S) <= 2 * POOL:
        return np.arange(len(seen_S))
    seen = np.nonzero(seen_S)[0]
    return np.unique(np.concatenate([rng.permutation(seen)[:POOL], rng.integers(len(seen_S), size=POOL)]))


def _choose(
    world: World,
    question_N: np.ndarray,
    asked_NL: np.ndarray,
    pool_C: np.ndarray,
    holds_CW: np.ndarray,
    seen_C: np.ndarray,
    shots: int,
    coverage: int | None,
    rng: np.random.Generator,
) -> Int[np.ndarray, "N S"]:
    asked_NW = _membership(asked_NL, holds_CW.shape[1])
    shown_NW = asked_NW if coverage is None else _shown_words(asked_NL, holds_CW.shape[1], coverage, rng)
    hidden_NW = asked_NW - shown_NW
    allowed_NC = (hidden_NW @ holds_CW.T == 0) & (pool_C != question_N[:, None])
    chosen_NS = np.empty((len(question_N), shots), dtype=np.int64)
    open_N = np.arange(len(question_N))
    for attempt in range(ROUNDS):
        # Seen sentences first; where those do not show every word that they should, any sentence; at last the fullest.
        rank_NC = rng.random((len(open_N), len(pool_C)), dtype=np.float32)
        if attempt < ROUNDS // 2:
            rank_NC += seen_C
        elif attempt == ROUNDS - 1:
            rank_NC += shown_NW[open_N] @ holds_CW.T
        rank_NC[~allowed_NC[open_N]] = -1
        best_NS = np.argpartition(-rank_NC, shots - 1, axis=1)[:, :shots]
        short_N = (np.take_along_axis(rank_NC, best_NS, axis=1) < 0).any(axis=1)
        chosen_NS[open_N] = pool_C[best_NS]
        shows_NW = holds_CW[best_NS].max(axis=1)
        missing_N = (shown_NW[open_N] > shows_NW).any(axis=1) & (coverage is not None)
        open_N = open_N[missing_N | short_N]
        if len(open_N) == 0:
            break
    for row in open_N:
        chosen_NS[row] = _built(world, int(question_N[row]), shown_NW[row], hidden_NW[row], shots, rng)
    return chosen_NS


def _built(
    world: World, question: int, shown_W: np.ndarray, hidden_W: np.ndarray, shots: int, rng: np.random.Generator
) -> Int[np.ndarray, " S"]:
    """Shots put together word by word, for a question to which the pool has none that fit."""
    config, chosen = world.config, {}
    allowed, missing = np.flatnonzero(hidden_W == 0), np.flatnonzero(shown_W)
    while len(chosen) < shots:
        others = np.setdiff1d(allowed, missing) if config.distinct else allowed
        fill = rng.choice(others, size=config.length - len(missing), replace=not config.distinct)
        built_1L = rng.permutation(np.concatenate([missing, fill]))[None, :]
        (number,) = sentences.number(built_1L, config.words, config.distinct).tolist()
        if number != question:
            chosen[number] = True
            missing = missing[:0]  # the first shot shows every word that must be shown
    return np.array(list(chosen), dtype=np.int64)


def _shown_words(asked_NL: np.ndarray, words: int, coverage: int, rng: np.random.Generator) -> np.ndarray:
    """1 for each word that the shots must show: `coverage` of the question's different words, chosen at random."""
    first_NL = np.ones(asked_NL.shape, dtype=bool)  # a word that stands twice counts once
    for place in range(1, asked_NL.shape[1]):
        first_NL[:, place] = (asked_NL[:, :place] != asked_NL[:, place : place + 1]).all(axis=1)
    order_NL = np.argsort(np.where(first_NL, rng.random(asked_NL.shape), 2.0), axis=1)
    kept_NL = np.take_along_axis(asked_NL, order_NL[:, :coverage], axis=1)
    different_N = first_NL.sum(axis=1)
    shown_NW = np.zeros((len(asked_NL), words), dtype=np.float32)
    for place in range(coverage):
        rows = np.nonzero(place < different_N)[0]
        shown_NW[rows, kept_NL[rows, place]] = 1
    return shown_NW


def _membership(sentence_NL: np.ndarray, words: int) -> np.ndarray:
    """1 where a sentence holds a word, [N, words]."""
    holds_NW = np.zeros((len(sentence_NL), words), dtype=np.float32)
    np.put_along_axis(holds_NW, sentence_NL, 1, axis=1)
    return holds_NW
