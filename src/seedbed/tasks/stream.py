"""The training stream: what a member reads, task after task, with a task id and an answer mask for every token.

    x x x x . y y y y | x x x x . y y y y | ...        2,500 of A->B, then 2,500 of B->C, then 50 of A->C

Source: Sinha (2024), section 3.1: sentences are drawn independently and the tasks written one after another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.config.random import generator
from seedbed.tasks import sentences
from seedbed.tasks.tokens import Vocabulary
from seedbed.tasks.world import World, WorldConfig

MOST_EXAMPLES = 10_000_000  # each takes a few hundred bytes of every worker's memory
MOST_DIGITS = 18  # of a number of examples that is read as one


@dataclass(frozen=True)
class Mixture:
    """How many examples of each task the stream holds.

    counts: (task, examples) pairs in the order in which they are written.  draw: `independent` draws may repeat, as in
    the paper; `distinct` draws do not, and more than exist cannot be asked for.  shares: (task, share) pairs: if given,
    a window's task is drawn by them and the window is cut inside that task, so scarce tasks can be read more often.
    replaced: (task, place, sentence number) triples: the task's example at that place, from 0, becomes this sentence.
    """

    counts: tuple[tuple[str, int], ...]
    draw: Literal["independent", "distinct"] = "independent"
    shares: tuple[tuple[str, float], ...] = ()
    replaced: tuple[tuple[str, int, int], ...] = ()

    def __post_init__(self) -> None:
        names = [task for task, _ in self.counts]
        if len(set(names)) < len(names):
            raise UsageError(f"a mixture names each task once, got {', '.join(names)}")
        for task, examples in self.counts:
            if examples < 0:
                raise UsageError(f"a mixture holds 0 or more examples of {task}, got {examples}")
        if sum(examples for _, examples in self.counts) > MOST_EXAMPLES:
            asked = ", ".join(f"{examples:,} of {task}" for task, examples in self.counts)
            raise UsageError(f"a mixture may hold {MOST_EXAMPLES:,} examples, got {asked}")
        if not any(examples for _, examples in self.counts):
            raise UsageError("a mixture needs at least one example of some task, got none")
        if self.shares:
            held = {task for task, examples in self.counts if examples}
            if {task for task, share in self.shares if share > 0} - held or not held:
                raise UsageError(
                    f"shares may only name tasks with examples ({', '.join(sorted(held))}), got {self.shares}"
                )
            if any(share < 0 for _, share in self.shares) or abs(sum(share for _, share in self.shares) - 1) > 1e-9:
                raise UsageError(f"shares must be 0 or more and sum to 1, got {self.shares}")
        for task, place, _ in self.replaced:
            if task not in names:
                raise unknown_name("task in mixture.replaced:", task, names)
            if not 0 <= place < self.examples[task]:
                raise UsageError(
                    f"mixture.replaced names place {place} of {task}, which has {self.examples[task]} examples: places "
                    "count from 0"
                )
        if len({(task, place) for task, place, _ in self.replaced}) < len(self.replaced):
            raise UsageError(f"mixture.replaced may name a place once, got {self.replaced}")

    @property
    def examples(self) -> Mapping[str, int]:
        """Examples by task."""
        return dict(self.counts)

    @property
    def chances(self) -> Mapping[str, float]:
        """The chance that a window holds each task: the shares, or without them its part of the examples."""
        if self.shares:
            return dict(self.shares)
        total = sum(count for _, count in self.counts)
        return {task: count / total for task, count in self.counts}


def counts_in(text: str) -> tuple[tuple[str, int], ...]:
    """The tasks and their examples in a mixture as one writes it. Raises `UsageError` where it cannot be read.

    >>> counts_in("A->B:2500, A->C:50")
    (('A->B', 2500), ('A->C', 50))
    """
    counts = []
    for part in text.split(","):
        task, _, examples = (piece.strip() for piece in part.rpartition(":"))
        if not task or not examples.isdecimal() or len(examples) > MOST_DIGITS:
            raise UsageError(
                'a mixture is tasks with their examples, such as "A->B:2500,A->C:50" (quoted, since a shell takes > '
                f"for itself); got {part.strip()!r}" + (f" in {text!r}" if part != text else "")
            )
        counts.append((task, int(examples)))
    return tuple(counts)


@dataclass(frozen=True)
class Stream:
    """Tokens in reading order, and what each one is. N tokens, E instances.

    first_E, last_E: where each instance begins, and the last token of its answer; its `|` comes after.
    """

    token_N: Int[np.ndarray, " N"]
    task_N: Int[np.ndarray, " N"]  # index into the world's tasks
    answer_N: Bool[np.ndarray, " N"]
    sentence_E: Int[np.ndarray, " E"]  # the number of each instance's source sentence
    task_E: Int[np.ndarray, " E"]
    first_E: Int[np.ndarray, " E"]
    last_E: Int[np.ndarray, " E"]


def check_mixture(config: WorldConfig, mixture: Mixture) -> None:
    """Refuse, before anything is trained, what this world cannot give."""
    for task, examples in mixture.counts:
        if task not in config.tasks:
            raise unknown_name("task", task, config.tasks, where="in the mixture")
        if mixture.draw == "distinct" and examples > config.sentences:
            raise UsageError(
                f"{examples} distinct examples of {task} were asked for, {config.sentences} exist (sentences of "
                f"{config.length} out of {config.words} words): ask for fewer, or draw independently"
            )
    for task, _, number in mixture.replaced:
        if not 0 <= number < config.sentences:
            raise UsageError(
                f"mixture.replaced gives {task} the sentence number {number}: this world has numbers 0 to "
                f"{config.sentences - 1}"
            )


def stream(world: World, mixture: Mixture, data_seed: int) -> Stream:
    """The stream of a member.

    The first h examples of a task are the same whatever h is asked for and whatever else the mixture holds, so members
    with 8 and 16 hints of one seed differ by 8 examples and nothing else. What is replaced moves nothing else either.

    Raises `UsageError` for a task that the world lacks, for more distinct examples than exist, and for a replacement
    that stands among distinct examples already.
    """
    config, vocabulary = world.config, Vocabulary(world.config)
    check_mixture(config, mixture)
    tokens, tasks, numbers = [], [], []
    for task, examples in mixture.counts:
        index = config.tasks.index(task)
        number_E = _replaced(mixture, task, _draw(config, mixture.draw, index, examples, data_seed))
        source_EL = sentences.sentence(number_E, config.words, config.length, config.distinct)
        tokens.append(vocabulary.instances(world, task, source_EL).reshape(-1))
        tasks.append(np.full(examples, index))
        numbers.append(number_E)
    task_E = np.concatenate(tasks)
    size = vocabulary.instance_tokens
    first_E = np.arange(len(task_E)) * size
    return Stream(
        token_N=np.concatenate(tokens).astype(np.int32),
        task_N=np.repeat(task_E, size).astype(np.int32),
        answer_N=np.tile(vocabulary.answer_mask(), len(task_E)),
        sentence_E=np.concatenate(numbers),
        task_E=task_E,
        first_E=first_E,
        last_E=first_E + size - vocabulary.tokens_per_word - 1,
    )


def _draw(config: WorldConfig, draw: str, task: int, examples: int, seed: int) -> Int[np.ndarray, " E"]:
    rng = generator(f"examples {draw}", seed, task)
    if draw == "independent":
        return rng.integers(config.sentences, size=examples)
    if config.sentences <= 1 << 20:
        return rng.permutation(config.sentences)[:examples]
    # Too many to list: draw on until enough different ones have come, keeping the order in which they came.
    number_E = np.empty(0, dtype=np.int64)
    while len(number_E) < examples:
        drawn = np.concatenate([number_E, rng.integers(config.sentences, size=4096)])
        number_E = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
    return number_E[:examples]


def _replaced(mixture: Mixture, task: str, number_E: Int[np.ndarray, " E"]) -> Int[np.ndarray, " E"]:
    changed_E = number_E.copy()
    for _, place, number in (each for each in mixture.replaced if each[0] == task):
        if mixture.draw == "distinct" and number in changed_E:
            raise UsageError(
                f"mixture.replaced puts sentence {number} of {task} at place {place}, but it stands at place "
                f"{int(np.argmax(changed_E == number))} already: distinct examples need one that is not drawn"
            )
        changed_E[place] = number
    return changed_E
