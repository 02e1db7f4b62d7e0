"""Questions cut from stories that were held out: which of two words stands there, after what was told so far?

No question can be answered by what is frequent: in each task every answer is right as often as it is wrong, or, where
characters are told apart, the right one is as often the one named last and as often the one named more often as not. So
who does not read the story scores 50%. Source of the idea: the prompts of Eldan & Li (2023), section 4, for grammar,
consistency and context tracking, which need a judge; these need none.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from seedbed.config.random import generator
from seedbed.data.probes import Probe
from seedbed.data.story_questions import KINDS, story_questions
from seedbed.data.story_world import StoryWorldConfig

FEWEST = 20  # items of a task that is asked; of a corpus with fewer the task is left out
NAME_STORIES = 4  # stories that a name must stand in
NEAR, FAR = 240, 900  # characters of a story that stand before a question of grammar, and before the others
WORD = re.compile(r"[A-Za-z]+")
Candidate = tuple[str, str, str]  # prompt, right, wrong


def cloze_probes(stories: Sequence[str], items: int, *, seed: int = 0) -> list[Probe]:
    """At most `items` questions of each task, an even number, one a story and task; tasks with too few are left out."""
    names = names_in(stories)
    makers: dict[str, Callable[[str], list[tuple[object, Candidate]]]] = {
        "agreement": _agreement,
        "pronoun": _pronoun,
        "quote": _quote,
        "character": lambda story: list(_character(story, names)),
    }
    probes: list[Probe] = []
    for task, make in makers.items():
        rng = generator(f"cloze {task}", seed)
        cells: dict[object, list[Candidate]] = defaultdict(list)
        for number in map(int, rng.permutation(len(stories))):
            found = make(stories[number])
            if found:
                cell, candidate = found[int(rng.integers(len(found)))]
                cells[cell].append(candidate)
        kinds = 4 if task == "character" else 2
        each = min([items // kinds, *(len(cells[cell]) for cell in list(cells))]) if len(cells) == kinds else 0
        probes += _asked(task, [one for cell in cells for one in cells[cell][:each]])
    return [*probes, *_asked("name", _names(stories, names, items, seed))]


def story_probes(config: StoryWorldConfig, items: int) -> list[Probe]:
    """The story world's own questions on where somebody is, what somebody has and where an object lies."""
    return [
        Probe(kind, question.prompt, (question.right, question.wrong))
        for kind in KINDS
        for question in story_questions(config, items - items % 2, kind=kind)
    ]


def names_in(stories: Sequence[str]) -> frozenset[str]:
    """Words that are always written with a capital, also inside sentences, in at least NAME_STORIES stories."""
    small: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for story in stories:
        small.update({word.lower() for word in WORD.findall(story) if word.islower()})
        inside.update(set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b", story)))
    return frozenset(word for word, count in inside.items() if count >= NAME_STORIES and not small[word.lower()])


def _asked(task: str, found: Sequence[Candidate]) -> Iterator[Probe]:
    if len(found) >= FEWEST:
        yield from (Probe(task, prompt, (right, wrong)) for prompt, right, wrong in found)


def _agreement(story: str) -> list[tuple[object, Candidate]]:
    """Singular or plural, from the subject before it: `The birds` was / were."""
    found = []
    for match in re.finditer(r"([A-Za-z]+)( was| were)\b", story):
        if match[1].lower() not in ("there", "you", "wish"):
            other = " were" if match[2] == " was" else " was"
            found.append((match[2], (_before(story, match.start(2), NEAR), match[2], other)))
    return found


def _pronoun(story: str) -> list[tuple[object, Candidate]]:
    """He or she, from who was told of."""
    return [
        (match[1], (_before(story, match.start(1), NEAR), match[1], " She" if match[1] == " He" else " He"))
        for match in re.finditer(r"(?<=[.!?])( He| She)\b", story)
    ]


def _quote(story: str) -> list[tuple[object, Candidate]]:
    """Whether speech ends with the sentence: it does where a quotation mark is open, and cannot where none is."""
    found = []
    for match in re.finditer(r'(?<=[a-z])\.("|(?= [A-Z]))', story):
        marks = story.count('"', 0, match.start())
        if marks > 1 and (marks % 2 == 1) == (match[0] == '."'):
            found.append((match[0], (_before(story, match.start(), FAR), match[0], "." if marks % 2 else '."')))
    return found


def _character(story: str, names: frozenset[str]) -> Iterator[tuple[object, Candidate]]:
    """Which of two characters goes on, where both were named before."""
    for match, told in _mentions(story, names):
        others = [name for name in told if name != match[1]]
        if match[1] in told and len(others) == 1 and told[match[1]] != told[others[0]]:
            prompt = story[: match.start()]
            cell = (prompt.rfind(match[1]) > prompt.rfind(others[0]), told[match[1]] > told[others[0]])
            yield cell, (_before(story, match.start(), FAR), f" {match[1]}", f" {others[0]}")


def _names(stories: Sequence[str], names: frozenset[str], items: int, seed: int) -> list[Candidate]:
    """A name that was told and one that was not, in pairs of stories in which the two change places."""
    rng = generator("cloze name", seed)
    found: list[tuple[str, str, frozenset[str]]] = []
    for number in map(int, rng.permutation(len(stories))):
        told_in = frozenset(WORD.findall(stories[number])) & names
        here = [(match, told) for match, told in _mentions(stories[number], names) if match[1] in told]
        if here:
            match, _ = here[int(rng.integers(len(here)))]
            found.append((_before(stories[number], match.start(), FAR), match[1], told_in))
    pairs: list[Candidate] = []
    waiting: list[tuple[str, str, frozenset[str]]] = []
    for prompt, name, told_in in found:
        partner = next((each for each in waiting if each[1] not in told_in and name not in each[2]), None)
        if partner is None:
            waiting.append((prompt, name, told_in))
            continue
        waiting.remove(partner)
        pairs += [(prompt, f" {name}", f" {partner[1]}"), (partner[0], f" {partner[1]}", f" {name}")]
    return pairs[: items - items % 2]


def _mentions(story: str, names: frozenset[str]) -> Iterator[tuple[re.Match[str], Counter[str]]]:
    """Names that begin a sentence after another, each with how often every name was told before."""
    for match in re.finditer(r"(?<=[.!?]) ([A-Z][a-z]{2,})\b(?!')", story):
        if match[1] in names:
            told = Counter(word for word in WORD.findall(story[: match.start()]) if word in names)
            yield match, told


def _before(story: str, end: int, most: int) -> str:
    """The story up to `end`, from the beginning of a sentence on that is at most so many characters back."""
    if end <= most:
        return story[:end]
    part = story[end - most : end]
    start = next((match.end() for match in re.finditer(r"[.!?\"]\s", part)), 0)
    return part[start:]


def minimal_pairs(name: str, lines: Sequence[str], items: int) -> list[Probe]:
    """Sentences in turn ungrammatical and grammatical, as Zorro has them (Huebner et al. 2021), evenly chosen."""
    pairs = [(good, bad) for bad, good in zip(lines[::2], lines[1::2], strict=True) if good != bad]
    chosen = np.unique(np.linspace(0, len(pairs) - 1, min(items, len(pairs))).round().astype(int))
    return [Probe(name, "", pairs[place]) for place in chosen]
