"""Words that a reader of a report may not know, each explained once on the page and linked from its first use."""

import re

MEANINGS: dict[str, str] = {
    "shot": "A worked example before the question in a prompt: a sentence with its translation. It is never the "
    "question itself.",
    "hint": "A training example of the task that is to emerge, where such examples are rare.",
    "member": "One model of the run: one seed for its starting weights, one for its data, and its settings.",
    "seed": "The number that fixes what is drawn at random. Results are means over seeds, each of which is one model.",
    "coverage": "How many of the question's words the shots show together with their translation. At coverage 0 the "
    "answer cannot be copied from the prompt.",
    "floor": "The least mean training loss that is possible without learning windows of the training text by heart. It "
    "is computed exactly.",
    "onset": "The first test from which a score stays at or above its threshold for two tests in a row. A model that "
    "never gets there has no onset.",
    "unseen": "Questions that stood in none of the training windows that the model read.",
    "exact match": "The share of questions whose whole answer is right, word for word.",
    "interval": "In brackets behind a number: values that the data do not rule out. A 95% interval holds the true "
    "value in 95 of 100 such experiments.",
}
"""The explanation of each word, in the singular."""

_PLURALS = {"coverage", "unseen", "exact match"}  # words without one
_WORD = re.compile(
    r"(?<![\w`-])("
    + "|".join(word if word in _PLURALS else f"{word}s?" for word in sorted(MEANINGS, key=len, reverse=True))
    + r")(?![\w-])",
    re.IGNORECASE,
)


def anchor_of(word: str) -> str:
    """The address of a word's explanation on the page."""
    return "word-" + word.replace(" ", "-")


class FirstUses:
    """Finds, over the text of one page in reading order, the first use of each word of the glossary."""

    def __init__(self) -> None:
        self.used: dict[str, str] = {}

    def split(self, text: str) -> list[tuple[str, str]]:
        """The text in pieces, each with the word that it is the first use of, or "".

        >>> FirstUses().split("three shots, 2 shots")
        [('three ', ''), ('shots', 'shot'), (', 2 shots', '')]
        """
        pieces, end = [], 0
        for found in _WORD.finditer(text):
            word = _singular(found.group())
            if word in self.used:
                continue
            self.used[word] = MEANINGS[word]
            pieces += [(text[end : found.start()], ""), (found.group(), word)]
            end = found.end()
        return [piece for piece in [*pieces, (text[end:], "")] if piece[0]]


def _singular(found: str) -> str:
    word = found.lower()
    return word if word in MEANINGS else word.removesuffix("s")
