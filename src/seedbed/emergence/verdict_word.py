"""The word of a verdict over seeds: the kind of curve that most of them have, or how close to chance they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Literal

from seedbed.emergence.ends import Level, margin
from seedbed.emergence.multiple import simes
from seedbed.emergence.rise import Rise, growth_of_all
from seedbed.emergence.seed_verdict import ALPHA, SeedVerdict, SeedWord, near_chance

Word = Literal[
    "emerges",
    "emerges, unstable",
    "rises in two steps",
    "improves smoothly",
    "rises and is lost",
    "falls and rises again",
    "gets worse with scale",
    "never leaves chance",
    "stays below chance",
    "too little data to say",
]
UNDECIDED: Word = "too little data to say"
EMERGENT: tuple[Word, ...] = ("emerges", "emerges, unstable")
PATTERNS: tuple[tuple[Word, SeedWord, str], ...] = (
    ("emerges", "sharp", "p_sharp"),
    ("improves smoothly", "smooth", "p_smooth"),
    ("rises in two steps", "two steps", "p_two_steps"),
    ("rises and is lost", "lost", "p_lost"),
    ("falls and rises again", "u-shaped", "p_u"),
    ("gets worse with scale", "worse", "p_worse"),
)
KINDS: tuple[tuple[SeedWord, str], ...] = (
    ("sharp", "sharp"),
    ("smooth", "smooth"),
    ("rising", "rising, but too little known to tell how fast"),
    ("two steps", "of two steps"),
    ("lost", "lost again"),
    ("u-shaped", "down and up again"),
    ("worse", "worse with scale"),
)
OTHERS = 0.1  # of the seeds that left chance may be of the other kind


@dataclass(frozen=True)
class Judged:
    """Seeds with evaluations and items enough, with their fitted rises, and what else decides over their word.

    unjudged: seeds beside them, which could be of any kind.  end: how they end, all together.  limit: growth exponent
    of the fastest rise that is smooth.
    """

    seeds: Sequence[SeedVerdict]
    rises: Sequence[Rise | None]
    unjudged: int
    end: Level
    chance: float
    alpha: float
    limit: float

    def number(self, *kinds: SeedWord) -> int:
        """How many seeds are of these kinds."""
        return sum(seed.word in kinds for seed in self.seeds)

    def together(self, name: str) -> float:
        """Simes of a p-value of the seeds' own, or of their `patterns`."""
        return simes([getattr(seed if hasattr(seed, name) else seed.shape, name, 1.0) for seed in self.seeds])

    @property
    def left(self) -> int:
        """How many left chance, or may have."""
        return len(self.seeds) - self.number("at chance")


@dataclass(frozen=True)
class Found:
    """A word, the kinds of seeds that it speaks of, the p-value that it rests on (nan where on none), and caveats."""

    word: Word
    kinds: tuple[SeedWord, ...] = ()
    p: float = nan
    caveats: tuple[str, ...] = ()


def word_of_seeds(judged: Judged) -> Found:
    """The word that most seeds have, each by itself or those that are undecided together; or what keeps them from
    one."""
    worse = judged.number("worse")
    for word, kind, name in PATTERNS:
        of = len(judged.seeds) if kind == "worse" else judged.left
        p = judged.together(name)
        if 2 * judged.number(kind) > of + judged.unjudged and p <= judged.alpha:
            return Found(word, (kind,), p)
    if found := _undecided_together(judged):
        return found
    if judged.together("p_ever") > ALPHA and not worse:
        return _near_chance_or_not(judged)
    kinds = [(number, named) for kind, named in KINDS if (number := judged.number(kind))]
    said = []
    if len(kinds) > 1:
        named = " and ".join(f"{number} are {named}" for number, named in kinds)
        said = [f"of {len(judged.seeds)} seeds {named}: none of these are more than half"]
    elif kinds and judged.unjudged and 2 * kinds[0][0] > judged.left:
        said = ["the seeds that were not judged could turn the verdict"]
    return Found(UNDECIDED, caveats=tuple(said))


def _undecided_together(judged: Judged) -> Found | None:
    """Whether seeds that rise, but each too little to tell how fast, are sharp or smooth if all have one exponent.

    Not where more than a tenth of those that left chance are of the other kind by themselves.
    """
    rising = judged.number("rising")
    if not rising or 2 * judged.number("rising", "sharp", "smooth") <= judged.left + judged.unjudged:
        return None
    rises = [
        rise
        for seed, rise in zip(judged.seeds, judged.rises, strict=True)
        if rise is not None and seed.word in ("rising", "sharp", "smooth")
    ]
    p_slow, p_fast = growth_of_all(rises, judged.limit)
    if p_slow <= judged.alpha and judged.number("smooth") <= OTHERS * judged.left:
        return Found("emerges", ("sharp", "rising"), p_slow)
    if p_fast <= judged.alpha and judged.number("sharp") <= OTHERS * judged.left:
        return Found("improves smoothly", ("smooth", "rising"), p_fast)
    return None


def _near_chance_or_not(judged: Judged) -> Found:
    """Where no evaluation of any seed is above chance: whether the end is as good as chance."""
    end, chance = judged.end, judged.chance
    if end.at_most < 2 * chance - margin(chance):
        return Found("stays below chance")
    if end.at_most <= margin(chance):
        return Found("never leaves chance")
    if end.at_least > near_chance(chance):
        why = f"all seeds together end at {end.mean:.1%}, above the chance of {chance:.0%}: too little in each"
    elif isnan(end.at_most):
        why = "neither items nor scatter tell how far scores at the end may be from chance"
    else:
        why = f"scores may end as high as {end.at_most:.0%}, chance is {chance:.0%}: more items or seeds"
    return Found(UNDECIDED, caveats=(why,))
