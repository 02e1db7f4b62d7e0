"""A generated world of stories: characters, places and objects whose state is simulated while it is told.

Nobody wrote these stories and they are no sample of how people write: every one is made by the rules in this file and
the phrasings in `story_words`, and a corpus made of them says so (`GENERATED`). What they are good for: there are as
many as one likes, and who is where and who holds what is known after each sentence, so that guesses can be checked.
Story n of a seed is the same on every machine, whichever others are told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from seedbed.config.errors import UsageError
from seedbed.config.random import generator
from seedbed.data import story_words as words

VERSION = 1  # raised when a change of rules or words changes a story
GENERATED = "told by Seedbed's story world by rule; nobody wrote these texts"
DRAWS = 256  # random numbers drawn at once
Item = TypeVar("Item")


@dataclass(frozen=True)
class StoryWorldConfig:
    """How many stories there are, and which. A story has about 560 bytes.

    stories: how many.  seed: which.  events: the most that happen beside the story's own goal.
    """

    stories: int = 18_000
    seed: int = 0
    events: int = 6

    def __post_init__(self) -> None:
        if self.stories < 1:
            raise UsageError(f"a story world needs at least 1 story, got {self.stories}")
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"the story world's seed must lie in 0..2^32-1, got {self.seed}")
        if not 0 <= self.events <= 40:
            raise UsageError(f"events must lie in 0..40, got {self.events}")


@dataclass(frozen=True)
class Facts:
    """What is the case, as far as it was told.

    where: the place of each character.  holder: who holds each object that somebody holds.  lies: the place of each
    other object.  mood: of each character of whom one was told.
    """

    where: dict[str, str]
    holder: dict[str, str]
    lies: dict[str, str]
    mood: dict[str, str]

    def place_of(self, thing: str) -> str:
        """Where an object is: where it lies, or where its holder is."""
        return self.lies[thing] if thing in self.lies else self.where[self.holder[thing]]


@dataclass(frozen=True)
class Story:
    """number: which of its world.  sentences: what is told, in order.  facts: what is the case after each of them."""

    number: int
    sentences: tuple[str, ...]
    facts: tuple[Facts, ...]

    @property
    def text(self) -> str:
        """The story as it is read."""
        return " ".join(self.sentences)


def stories(config: StoryWorldConfig) -> Iterator[Story]:
    """Stories 1 .. config.stories."""
    return (story(config, number) for number in range(1, config.stories + 1))


def story(config: StoryWorldConfig, number: int) -> Story:
    """Story `number` of the world, from the seed and the number alone.

    >>> story(StoryWorldConfig(), 1).facts[-1].where == story(StoryWorldConfig(stories=9), 1).facts[-1].where
    True
    """
    teller = _Teller(config, number)
    teller.open()
    teller.pursue()
    teller.close()
    return Story(number, tuple(teller.sentences), tuple(teller.facts))


def facts(told: Story) -> Facts:
    """What is the case at the end of a story; `told.facts` has it after each sentence."""
    return told.facts[-1]


class _Draws:
    """Uniform numbers of one story, as many as are asked for."""

    def __init__(self, seed: int, number: int) -> None:
        self._rng = generator("story world", seed, number)
        self._left: list[float] = []

    def below(self, count: int) -> int:
        if not self._left:
            self._left = self._rng.random(DRAWS).tolist()
        return int(self._left.pop() * count)

    def one(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(count)]

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent


class _Teller:
    """Simulates one story and tells it: each method does one thing to the state and says so in one phrasing."""

    def __init__(self, config: StoryWorldConfig, number: int) -> None:
        self.draw = _Draws(config.seed, number)
        self.events = self.draw.below(config.events + 1)
        cast = self.draw.some(words.PEOPLE, 2 + self.draw.below(2))
        self.people = [name for name, _, _ in cast]
        self.kind = {name: kind for name, kind, _ in cast}
        self.pronoun = {name: pronoun for name, _, pronoun in cast}
        self.places = self.draw.some(words.PLACES, 3 + self.draw.below(2))
        self.things = self.draw.some(words.THINGS, 2 + self.draw.below(2))
        self.where: dict[str, str] = {}
        self.holder: dict[str, str] = {}
        self.lies: dict[str, str] = {}
        self.mood: dict[str, str] = {}
        self.sentences: list[str] = []
        self.facts: list[Facts] = []
        self.subject = ""

    def say(self, phrasings: Sequence[str], a: str = "", **slots: str) -> None:
        """One sentence (or two that belong together), and what is the case after it.

        Who was the subject of the sentence before is called by the pronoun half of the time.
        """
        phrasing = self.draw.one(phrasings)
        he = self.pronoun.get(a, "it")
        his = "his" if he == "he" else "her"
        again = a == self.subject and phrasing.startswith("{a} ") and "{a}" not in phrasing[3:] and self.draw.chance(50)
        name = he.capitalize() if again else a
        text = phrasing.format(a=name, he=he, He=he.capitalize(), his=his, His=his.capitalize(), **slots)
        self.sentences.append(text.replace(" a old ", " an old ").replace("A old ", "An old "))
        self.facts.append(Facts(dict(self.where), dict(self.holder), dict(self.lies), dict(self.mood)))
        self.subject = a if phrasing.startswith("{a} ") and "{b}" not in phrasing else ""

    # The story

    def open(self) -> None:
        """Who there is, where they are, and what lies about or is held."""
        hero, *others = self.people
        self.say(words.ONCE, hero, kind=self.kind[hero], look=self.draw.one(words.NATURES))
        self.where[hero] = self.draw.one(self.places)
        self.say(words.FIRST_PLACE, hero, p=self.where[hero])
        for other in others:
            self.where[other] = self.draw.one(self.places)
            self.say(words.FRIEND, hero, b=other, kind=self.kind[other], p=self.where[other])
        for thing in self.things:
            look = self.draw.one(words.LOOKS)
            if self.draw.chance(50):
                self.lies[thing] = self.draw.one(self.places)
                self.say(words.THING_LIES, look=look, o=thing, p=self.lies[thing])
            else:
                self.holder[thing] = self.draw.one(self.people)
                self.say(words.THING_HELD, self.holder[thing], look=look, o=thing)

    def pursue(self) -> None:
        """What the hero wants, what happens meanwhile, and how the hero gets it."""
        hero, friend, *_ = self.people
        goal = self.draw.one(("have", "bring", "meet"))
        wanted = [each for each in self.things if self.holder.get(each) != (hero if goal == "have" else friend)]
        if goal == "meet" or not wanted:
            goal, thing = "meet", ""
            self.say(words.WANTS_TO_MEET, hero, b=friend)
        else:
            thing = self.draw.one(wanted)
            self.say(words.WANTS if goal == "have" else words.WANTS_TO_BRING, hero, b=friend, o=thing)
        for _ in range(self.events):
            self.something()
        if goal != "meet":
            self.get(hero, thing)
        if goal != "have":
            self.join(hero, friend)
        if goal == "bring":
            self.give(hero, friend, thing)
            self.feel(friend, "happy")
        elif goal == "meet":
            self.say(words.PLAY, hero, b=friend, p=self.where[hero])
        self.feel(hero, "happy")

    def close(self) -> None:
        """A true word on how things stand, and a last sentence."""
        for _ in range(self.draw.below(3)):
            self.remark()
        self.say(words.ENDINGS)

    # What can happen

    def something(self) -> None:
        """Anything that can happen as things are."""
        who = self.draw.one(self.people)
        held = [thing for thing in self.things if self.holder.get(thing) == who]
        near = [thing for thing in self.things if self.lies.get(thing) == self.where[who]]
        beside = [other for other in self.people if other != who and self.where[other] == self.where[who]]
        kind = self.draw.below(10)
        if kind < 2 and near:
            self.take(who, self.draw.one(near))
        elif kind < 4 and held and beside:
            other, thing = self.draw.one(beside), self.draw.one(held)
            theirs = [each for each in self.things if self.holder.get(each) == other]
            if theirs and self.draw.chance(50):
                self.swap(who, other, thing, self.draw.one(theirs))
            else:
                self.give(who, other, thing)
        elif kind < 5 and held:
            self.drop(who, self.draw.one(held))
        elif kind < 6 and beside:
            self.say(words.PLAY, who, b=self.draw.one(beside), p=self.where[who])
        elif kind < 7:
            self.remark()
        elif kind < 8:
            self.say(words.THINGS_THAT_HAPPEN) if self.draw.chance(60) else self.feel(who, "tired")
        else:
            self.go(who, self.draw.one([place for place in self.places if place != self.where[who]]))

    def get(self, who: str, thing: str) -> None:
        """Make `who` the holder of `thing`: look for it, fetch it, or ask for it."""
        if self.holder.get(thing) == who:
            return
        place = self.lies[thing] if thing in self.lies else self.where[self.holder[thing]]
        if place != self.where[who]:
            if self.draw.chance(30):
                wrong = [each for each in self.places if each not in (place, self.where[who])]
                self.go(who, self.draw.one(wrong))
                self.say(words.LOOK_IN_VAIN, who, o=thing, p=self.where[who])
                self.feel(who, "sad")
            self.go(who, place)
        if thing in self.lies:
            self.take(who, thing)
            return
        owner = self.holder[thing]
        self.say(words.ASK, who, b=owner, o=thing)
        mine = [each for each in self.things if self.holder.get(each) == who]
        if self.draw.chance(40):
            self.say(words.REFUSE, owner)
            self.feel(who, "sad")
        if mine and self.draw.chance(60):
            self.swap(who, owner, self.draw.one(mine), thing)
        else:
            self.give(owner, who, thing)

    def join(self, who: str, other: str) -> None:
        """Bring `who` to where `other` is."""
        if self.where[who] != self.where[other]:
            self.where[who] = self.where[other]
            self.say(words.GO_TO_MEET, who, b=other, p=self.where[who])

    def go(self, who: str, place: str) -> None:
        self.where[who] = place
        self.say(words.GO, who, p=place)

    def take(self, who: str, thing: str) -> None:
        del self.lies[thing]
        self.holder[thing] = who
        self.say(words.TAKE, who, o=thing)

    def drop(self, who: str, thing: str) -> None:
        del self.holder[thing]
        self.lies[thing] = self.where[who]
        self.say(words.DROP, who, o=thing, p=self.where[who])

    def give(self, who: str, other: str, thing: str) -> None:
        self.holder[thing] = other
        self.say(words.GIVE, who, b=other, o=thing)

    def swap(self, who: str, other: str, mine: str, theirs: str) -> None:
        self.holder[mine], self.holder[theirs] = other, who
        self.say(words.SWAP, who, b=other, o=mine, q=theirs)

    def feel(self, who: str, mood: str) -> None:
        self.mood[who] = mood
        self.say(words.MOODS[mood], who)

    def remark(self) -> None:
        """A true word on where somebody is, who holds an object or where it lies."""
        if self.draw.chance(50):
            who = self.draw.one(self.people)
            self.say(words.NOW_PLACE, who, p=self.where[who])
            return
        thing = self.draw.one(self.things)
        if thing in self.lies:
            self.say(words.NOW_LIES, o=thing, p=self.lies[thing])
        else:
            self.say(words.NOW_HOLDER, self.holder[thing], o=thing)
