"""What a perfect translator scores by the notebook's own test, and what no reader can know of `alone`'s stream.

The test decodes two tokens a word and compares the last characters of the text. That fits two pieces a word. In pieces
that hold a word and its mark the answer ends early, the text runs on into the next example, and the words compared are
not the answer's. With 3 or 4 of 8 target words such pieces, as in `alone`, only 5 or 1 of 70 answers can be right:
7.1% or 1.4%. Source: Corpus2GPT's `evaluate_model_accuracy`, run with a perfect translator: 2.5% over 8 streams of
`alone`, 100% of `hinted` (tests/golden/corpus2gpt-alone.json).
"""

from dataclasses import replace
from math import comb, lgamma, log
from string import ascii_lowercase

import numpy as np

from seedbed.config.random import generator
from seedbed.tasks import Mixture, Spelling, Vocabulary, WorldConfig, notebook_words, paper_test, spelled, spelling_of
from seedbed.tasks.sentences import sentence

SHOTS, CUT = 6, 45


def perfect_score(world: WorldConfig, mixture: Mixture, task: str, *, seed: int, items: int = 400) -> float:
    """Mean share of words in place for a translator who goes on as the text does, in pieces learned from the stream.

    The letters of the languages are drawn at random, as in the notebook. A word and its translation are equally
    frequent, so where one more of a pair may become one piece with its mark, the letters decide which.
    """
    letters = "".join(generator("letters", seed).permutation(list(ascii_lowercase)))
    spelling = spelling_of(replace(world, alphabet=letters), mixture, seed)
    config = spelling.world.config
    whole = SHOTS * Vocabulary(config).instance_words + config.length + 1
    asked = paper_test(spelling.world, task, items=items, shots=SHOTS, cut=whole, seed=seed, counter=0)
    prompts = spelled(spelling, asked, cut=CUT)
    right_NL = notebook_words(spelling, prompts, _right(spelling, asked.answer_NA, task, seed)) == asked.answer_NA
    return float(right_NL.mean())


def _right(spelling: Spelling, answer_NL: np.ndarray, task: str, seed: int) -> np.ndarray:
    """The first tokens of what comes next in the text: the answer, `|` and another example."""
    config, vocabulary = spelling.world.config, Vocabulary(spelling.world.config)
    number_N = generator(f"perfect translator {task}", seed).integers(config.sentences, size=len(answer_NL))
    next_NT = vocabulary.instances(
        spelling.world, task, sentence(number_N, config.words, config.length, config.distinct)
    )
    end_N1 = np.full((len(answer_NL), 1), vocabulary.end)
    rows = [spelling.spell(row) for row in np.hstack([answer_NL, end_N1, next_NT])]
    return np.stack([row[: spelling.most_answer_pieces] for row in rows])


def least_loss(world: WorldConfig, examples: int, windows: int, window: int) -> float:
    """Nats a target token that a reader of single windows loses at least, on average over streams in learned pieces.

    All windows together tell the whole stream, which has log(sentences) nats an example. Taken off is all that comes
    free: the first token of each window, which is no target, and what the vocabulary itself may tell, namely which
    symbols are one piece with their mark and in which order the pieces stand.
    """
    size = 6 + len(world.languages) * world.words
    symbols, pieces = 2 * world.words + 2, size - 3  # of the two languages of one task, with `.` and `|`; no specials
    merged = pieces - symbols - 1
    vocabulary = log(comb(symbols, merged)) + lgamma(pieces + 1)
    return (examples * log(world.sentences) - windows * log(size) - vocabulary) / (windows * (window - 1))
