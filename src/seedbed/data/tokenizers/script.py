"""Words of any script, and where a word may not be cut: inside a character, a grapheme cluster, a conjunct.

Sources: Unicode Standard Annex 29, rules GB9 (marks and joiners stay with what they follow) and GB9c (consonants joined
by a virama stay together); the viramas are those of Indic_Conjunct_Break=Linker, with Gurmukhi's and Kannada's.
"""

import re
import unicodedata
from functools import lru_cache

ZWNJ, ZWJ = "\u200c", "\u200d"
VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d"
NUKTA = 7  # its canonical combining class

_WORD = re.compile("[lm][lmj]*")
_CONJUNCT = re.compile("ln*(?:j?vj?ln*)+")


def words_of(text: str) -> list[str]:
    """Runs of letters with their marks and joiners, in the order of the text.

    >>> words_of("शक्ति, don't 25")
    ['शक्ति', 'don', 't']
    """
    classes = text.translate(_Classes())
    return [text[found.start() : found.end()] for found in _WORD.finditer(classes)]


@lru_cache(maxsize=1 << 16)
def uncuttable(word: str) -> tuple[frozenset[int], frozenset[int]]:
    """The byte offsets inside a grapheme cluster of `word`, and those of them inside a conjunct.

    A conjunct is two consonants or more, with their nuktas, joined by viramas (a ZWNJ after a virama keeps them apart).
    A ZWJ may stand on either side of a virama: usual Bengali is ra, ZWJ, virama, ya.

    >>> [sorted(each) for each in uncuttable("क्ष")]
    [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8]]
    >>> [sorted(each) for each in uncuttable("की")]
    [[1, 2, 3, 4, 5], []]
    """
    lengths = [len(letter.encode()) for letter in word]
    starts = [sum(lengths[:place]) for place in range(len(word) + 1)]
    conjuncts = {
        offset
        for found in _CONJUNCT.finditer("".join(map(_role, word)))
        for offset in range(starts[found.start()] + 1, starts[found.end()])
    }
    clusters = set(conjuncts)
    for place, letter in enumerate(word):
        joined = place > 0 and (letter in (ZWJ, ZWNJ) or unicodedata.category(letter).startswith("M"))
        clusters.update(range(starts[place] + (not joined), starts[place + 1]))
    return frozenset(clusters), frozenset(conjuncts)


class _Classes(dict[int, str]):
    """Of every character one letter: l letter, m mark, j joiner, - anything else; looked up as `str.translate` does."""

    def __missing__(self, point: int) -> str:
        first = unicodedata.category(chr(point))[0]
        found = "j" if chr(point) in (ZWJ, ZWNJ) else {"L": "l", "M": "m"}.get(first, "-")
        self[point] = found
        return found


def _role(letter: str) -> str:
    """What a character is to a conjunct: v virama, n nukta, j joiner, l letter, - anything else."""
    if letter in VIRAMAS:
        return "v"
    if letter == ZWJ:
        return "j"
    if unicodedata.combining(letter) == NUKTA:
        return "n"
    return "l" if unicodedata.category(letter) == "Lo" else "-"
