"""Minimal pairs about the story world's state: a story so far, a stem, and a right and a wrong word to go on with.

A model tracks the context where it finds the right one likelier. Both words were told, both fit the stem, and in half
of the pairs the right one is the one told last, so neither grammar nor recency helps: both alone score 50%.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal

from seedbed.config.errors import UsageError
from seedbed.config.random import generator
from seedbed.data.story_world import Facts, Story, StoryWorldConfig, story

QuestionKind = Literal["where", "has", "lies"]
KINDS: tuple[QuestionKind, ...] = ("where", "has", "lies")


@dataclass(frozen=True)
class StoryQuestion:
    """What is likelier after `prompt`: `right` or `wrong`?

    kind: `where` somebody is, what somebody `has`, where an object `lies`.  story: its number in the world.  age:
    sentences since the fact has been the case.  last: whether the right word was told after the wrong one.
    """

    prompt: str
    right: str
    wrong: str
    kind: QuestionKind
    story: int
    age: int
    last: bool


def story_questions(config: StoryWorldConfig, number: int, *, kind: QuestionKind) -> list[StoryQuestion]:
    """`number` questions of a kind, an even number, half of them with the right word told last.

    Taken from stories after the world's last one, so from none that a corpus of this world tells, one a story at most.
    """
    if number < 2 or number % 2:
        raise UsageError(f"questions are balanced in pairs: ask for an even number of at least 2, got {number}")
    found: dict[bool, list[StoryQuestion]] = {True: [], False: []}
    for place in count(config.stories + 1):
        told = story(config, place)
        rng = generator("story questions", config.seed, place)
        some = list(_questions(told, kind, after=int(rng.integers(len(told.sentences) // 2, len(told.sentences)))))
        if some:
            question = some[rng.integers(len(some))]
            if len(found[question.last]) < number // 2:
                found[question.last].append(question)
            if len(found[True]) == len(found[False]) == number // 2:
                break
    return sorted(found[True] + found[False], key=lambda question: question.story)


def _questions(told: Story, kind: QuestionKind, *, after: int) -> Iterator[StoryQuestion]:
    """Every question of a kind that can be asked after sentence `after`."""
    now, text = told.facts[after], " ".join(told.sentences[: after + 1])
    places = sorted({*now.where.values(), *now.lies.values()})
    if kind == "where":
        asked = [(f"Now {who} was in the", who, right, places) for who, right in now.where.items()]
    elif kind == "lies":
        asked = [(f"Now the {thing} was in the", thing, right, places) for thing, right in now.lies.items()]
    else:
        others = {who: [*now.lies, *(each for each in now.holder if now.holder[each] != who)] for who in now.where}
        asked = [(f"Now {who} had the", who, thing, others[who]) for thing, who in now.holder.items()]
    for stem, subject, right, words in asked:
        for wrong in words:
            if wrong != right and f" {wrong}" in text:
                yield StoryQuestion(
                    prompt=f"{text} {stem}",
                    right=f" {right}",
                    wrong=f" {wrong}",
                    kind=kind,
                    story=told.number,
                    age=_age(told, after, kind, subject, right),
                    last=text.rfind(f" {right}") > text.rfind(f" {wrong}"),
                )


def _age(told: Story, after: int, kind: QuestionKind, subject: str, right: str) -> int:
    def holds(now: Facts) -> bool:
        if kind == "has":
            return now.holder.get(right) == subject
        return (now.where if kind == "where" else now.lies).get(subject) == right

    return next((age for age in range(after + 1) if not holds(told.facts[after - age])), after + 1) - 1
