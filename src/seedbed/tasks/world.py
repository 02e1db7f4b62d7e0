"""Cipher worlds: languages of disjoint words, one character each by default, joined by one-to-one dictionaries.

A task such as `A->C` translates a sentence word by word; where no dictionary joins its two languages, it is composed
along the shortest path of the graph. Source: Sinha (2024), section 3; star, chain and user's own graphs are ours.
"""

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from jaxtyping import Int

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.config.random import generator
from seedbed.tasks import sentences

# Latin letters and digits first, then Greek, Cyrillic, Armenian: one character a word, enough for 25 languages of 12.
ALPHABET = "".join(
    char
    for first, last in ("az", "AZ", "09", "αω", "ая", "աֆ", "აჰ", "ぁゖ")
    for char in map(chr, range(ord(first), ord(last) + 1))
)
LETTERS = 26  # words of several letters are spelled with so many symbols, as with a to z
MOST_LETTERS = 16  # the longest piece that SentencePiece learns by default


@dataclass(frozen=True)
class WorldConfig:
    """A world of languages. A world that cannot exist is refused, with the numbers.

    languages: names of the languages.  words: words per language.  length: words per sentence.  distinct: no word
    occurs twice in a sentence.  dictionaries: edges such as "A-B", each a one-to-one dictionary that can be used in
    both directions.  tasks: the tasks that are taught or tested.  tokens: one token per word (`word`), the two tokens
    per word that SentencePiece gives for the paper's large texts (`piece`), or the tokens that SentencePiece learns
    from the member's own stream (`piece-learned`).  seed: seed of the dictionaries, and of the words if they have
    several letters.  letters: letters per word; words of several letters are drawn from the first 26 letters of the
    alphabet and are unique over languages.  vocabulary: number of subword tokens to learn; 0 means as many as `piece`
    has or, with several letters, `words` more than there are symbols.
    """

    languages: tuple[str, ...] = ("A", "B", "C")
    words: int = 8
    length: int = 4
    distinct: bool = True
    dictionaries: tuple[str, ...] = ("A-B", "B-C")
    tasks: tuple[str, ...] = ("A->B", "B->C", "A->C")
    tokens: Literal["word", "piece", "piece-learned"] = "word"
    seed: int = 0
    alphabet: str = field(default=ALPHABET)
    letters: int = 1
    vocabulary: int = 0

    def __post_init__(self) -> None:
        for name, value in [
            ("languages", len(self.languages)),
            ("words", self.words),
            ("length", self.length),
            ("letters", self.letters),
        ]:
            if value < 1:
                raise UsageError(f"a world needs at least 1 of {name}, got {value}")
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"world seed must lie in 0..2^32-1, got {self.seed}")
        if len(set(self.languages)) < len(self.languages):
            raise UsageError(f"languages must have different names, got {', '.join(self.languages)}")
        if self.distinct and self.length > self.words:
            raise UsageError(
                f"a sentence of {self.length} distinct words needs at least {self.length} words a language, got "
                f"{self.words}: raise words, shorten the sentence, or allow repeats (distinct = false)"
            )
        self._check_spelling()
        if self.sentences > sentences.MOST_SENTENCES:
            raise UsageError(
                f"sentences of {self.length} out of {self.words} words: {self.sentences} exist, but at most "
                f"{sentences.MOST_SENTENCES} can be kept track of; shorten the sentence or use fewer words"
            )
        edges = [frozenset(self._languages_of(edge, "-", "dictionary")) for edge in self.dictionaries]
        if len(set(edges)) < len(edges):
            raise UsageError(f"two languages share one dictionary, got {', '.join(self.dictionaries)}")
        if len(set(self.tasks)) < len(self.tasks):
            raise UsageError(f"a world names each task once, got {', '.join(self.tasks)}")
        for task in self.tasks:
            self.path(task)

    @property
    def symbols(self) -> tuple[str, ...]:
        """What words are spelled with: the alphabet without repeats and signs."""
        return tuple(char for char in dict.fromkeys(self.alphabet) if char not in ".|")

    @property
    def sentences(self) -> int:
        """How many sentences exist in one language, |N|."""
        return sentences.count(self.words, self.length, self.distinct)

    def path(self, task: str) -> tuple[str, ...]:
        """The languages that `task` passes through, a shortest path, e.g. ("A", "B", "C") for A->C.

        Raises `UsageError` for an unknown language and for a task whose dictionaries do not connect.
        """
        source, target = self._languages_of(task, "->", "task")
        edges = [self._languages_of(edge, "-", "dictionary") for edge in self.dictionaries]
        reached: dict[str, tuple[str, ...]] = {source: (source,)}
        queue = deque([source])
        while queue:
            here = queue.popleft()
            for one, other in edges + [(other, one) for one, other in edges]:
                if one == here and other not in reached:
                    reached[other] = (*reached[here], other)
                    queue.append(other)
        if target not in reached:
            raise UsageError(
                f"task {task!r} cannot be composed: no path of dictionaries connects {source} and {target} "
                f"(dictionaries: {', '.join(self.dictionaries) or 'none'})"
            )
        return reached[target]

    def _check_spelling(self) -> None:
        needed, symbols = len(self.languages) * self.words, len(self.symbols)
        if self.letters == 1 and symbols < needed:
            raise UsageError(
                f"{len(self.languages)} languages of {self.words} words need {needed} different symbols, the alphabet "
                f"has {symbols}: give a longer alphabet or fewer words"
            )
        if self.letters > MOST_LETTERS:
            raise UsageError(f"a word may have {MOST_LETTERS} letters, got {self.letters}")
        spellings = min(symbols, LETTERS) ** self.letters
        if self.letters > 1 and spellings < 2 * needed:
            raise UsageError(
                f"{len(self.languages)} languages of {self.words} words need {2 * needed} possible spellings, so that "
                f"unique ones are soon drawn; {self.letters} letters out of {min(symbols, LETTERS)} have {spellings}: "
                "give more letters or fewer words"
            )
        if self.letters > 1 and self.tokens == "piece":
            raise UsageError(
                f"the tokens `piece` are a mark and one letter a word, got words of {self.letters} letters: set "
                "world.tokens to word or piece-learned, or world.letters to 1"
            )
        if self.vocabulary < 0 or (self.vocabulary and self.tokens != "piece-learned"):
            raise UsageError(
                "world.vocabulary is the number of pieces to learn, 0 or more, and needs world.tokens piece-learned; "
                f"got {self.vocabulary} with {self.tokens}"
            )

    def _languages_of(self, text: str, arrow: str, kind: str) -> tuple[str, str]:
        parts = text.split(arrow)
        if len(parts) != 2 or parts[0] == parts[1]:
            raise UsageError(
                f"a {kind} is two different languages joined by {arrow!r}, such as A{arrow}B; got {text!r}"
            )
        for language in parts:
            if language not in self.languages:
                raise unknown_name("language", language, self.languages, where=f"in {kind} {text!r}")
        return parts[0], parts[1]


@dataclass(frozen=True)
class World:
    """A world's dictionaries, drawn from its seed; pure data, two calls give the same."""

    config: WorldConfig

    @cached_property
    def dictionaries(self) -> dict[tuple[str, str], Int[np.ndarray, " words"]]:
        """For each ordered pair of joined languages, the target word of each source word."""
        tables: dict[tuple[str, str], Int[np.ndarray, " words"]] = {}
        for index, edge in enumerate(self.config.dictionaries):
            source, target = edge.split("-")
            table = generator("dictionary", self.config.seed, index).permutation(self.config.words)
            tables[source, target] = table
            tables[target, source] = np.argsort(table)
        return tables

    def dictionary(self, task: str) -> Int[np.ndarray, " words"]:
        """Target word of each source word of `task`, composed along its path."""
        table = np.arange(self.config.words)
        for step in pairwise(self.config.path(task)):
            table = self.dictionaries[step][table]
        return table

    def translate(self, task: str, source_NL: Int[np.ndarray, "N L"]) -> Int[np.ndarray, "N L"]:
        """The answers to source sentences, both as word numbers 0..words-1 of their own language."""
        return self.dictionary(task)[source_NL]

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """Every word as it is written, language after language.

        Words of several letters are drawn at random, none twice, as by `create_vocabs` of Corpus2GPT.
        """
        config = self.config
        if config.letters == 1:
            return config.symbols[: len(config.languages) * config.words]
        needed, letters = len(config.languages) * config.words, np.array(config.symbols[:LETTERS])
        rng, drawn = generator("words", config.seed), {}
        while len(drawn) < needed:
            rows = letters[rng.integers(len(letters), size=(needed, config.letters))]
            drawn.update(dict.fromkeys("".join(row) for row in rows))
        return tuple(drawn)[:needed]

    def symbol(self, language: str, word: int) -> str:
        """A word as it is written."""
        return self.spellings[self.config.languages.index(language) * self.config.words + word]


def triangle(**changes: object) -> WorldConfig:
    """Section 3.1's world: A, B, C of 8 words, A-B and B-C given, A->C composed."""
    return WorldConfig(**changes)  # type: ignore[arg-type]


def star(leaves: int, **changes: object) -> WorldConfig:
    """A hub A with a dictionary to each of `leaves` languages; tasks: hub to leaf, and leaf to neighbouring leaf."""
    names = _names(leaves + 1)
    outward = tuple(f"{names[0]}->{leaf}" for leaf in names[1:])
    between = tuple(f"{one}->{other}" for one, other in pairwise(names[1:]))
    edges = tuple(f"{names[0]}-{leaf}" for leaf in names[1:])
    return WorldConfig(**{"languages": names, "dictionaries": edges, "tasks": outward + between, **changes})  # type: ignore[arg-type]


def chain(languages: int, **changes: object) -> WorldConfig:
    """Languages in a row, each with a dictionary to the next; tasks: each step, and the whole way."""
    names = _names(languages)
    steps = tuple(f"{one}->{other}" for one, other in pairwise(names))
    whole = (f"{names[0]}->{names[-1]}",) if languages > 2 else ()
    edges = tuple(f"{one}-{other}" for one, other in pairwise(names))
    return WorldConfig(**{"languages": names, "dictionaries": edges, "tasks": steps + whole, **changes})  # type: ignore[arg-type]


def table1() -> WorldConfig:
    """Section 3.2's world: A, B, C, D of 12 words, A joined to the others; D->B, D->C, B->C composed through A."""
    return WorldConfig(
        languages=("A", "B", "C", "D"),
        words=12,
        dictionaries=("A-B", "A-C", "A-D"),
        tasks=("A->B", "A->D", "A->C", "D->B", "D->C", "B->C"),
    )


def _names(count: int) -> tuple[str, ...]:
    if not 2 <= count <= 26:
        raise UsageError(f"a graph of named languages has 2 to 26 of them, got {count}")
    return tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:count])
