"""From words to tokens and back: one token a word, or the two pieces per word that SentencePiece gives the paper.

Word tokens: 0 pads, 1 is `.`, 2 is `|`, then the words, language after language.
Pieces: 0 to 2 are SentencePiece's specials (0 also pads), 3 the word-start mark, 4 `.`, 5 `|`, then the words; each
word is the mark and its symbol. The triangle then has a vocabulary of 30, section 3.2's world 54. Source: Sinha (2024),
notebooks.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int

from seedbed.config.errors import UsageError
from seedbed.config.nearest import look_up
from seedbed.tasks.world import World, WorldConfig

PAD = 0
MARK = 3  # the word-start mark of the piece vocabulary
INSTANCE_ENDS = 2  # an instance is a sentence, `.`, its answer, `|`


@dataclass(frozen=True)
class Vocabulary:
    """Which token stands for what in one world."""

    config: WorldConfig

    def __post_init__(self) -> None:
        if self.config.tokens == "piece-learned":
            raise UsageError(
                "pieces that are learned from a member's stream differ from member to member, and this needs tokens "
                "that the whole world shares: set world.tokens to word or piece"
            )

    @property
    def kind(self) -> Literal["word", "piece"]:
        """One token a word, or two pieces."""
        assert self.config.tokens != "piece-learned"  # refused above
        return self.config.tokens

    @property
    def tokens_per_word(self) -> int:
        """1, or 2 pieces."""
        return 1 if self.kind == "word" else 2

    @property
    def stop(self) -> int:
        """The symbol `.` between question and answer."""
        return 1 if self.kind == "word" else 4

    @property
    def end(self) -> int:
        """The symbol `|` after the answer."""
        return self.stop + 1

    @property
    def size(self) -> int:
        """Number of tokens, padding included."""
        return self.end + 1 + len(self.config.languages) * self.config.words

    @property
    def instance_words(self) -> int:
        """Words of a whole instance, `x x x x . y y y y |`, its `.` and `|` counted: 10 for sentences of 4."""
        return 2 * self.config.length + INSTANCE_ENDS

    @property
    def instance_tokens(self) -> int:
        """Tokens of a whole instance: 10 or 20 for sentences of 4."""
        return self.instance_words * self.tokens_per_word

    def first_symbol(self, language: str) -> int:
        """The symbol token of a language's first word; its others follow."""
        return self.end + 1 + self.config.languages.index(language) * self.config.words

    def symbols(self, language: str, word_NL: Int[np.ndarray, "N L"]) -> Int[np.ndarray, "N L"]:
        """The symbol tokens of words of a language."""
        return self.first_symbol(language) + word_NL

    def spell(self, symbol_NW: Int[np.ndarray, "N W"]) -> Int[np.ndarray, "N T"]:
        """Rows of symbols as rows of tokens: unchanged, or each with the word-start mark before it."""
        if self.kind == "word":
            return symbol_NW
        pieces_NW2 = np.stack([np.full_like(symbol_NW, MARK), symbol_NW], axis=2)
        return pieces_NW2.reshape(len(symbol_NW), 2 * symbol_NW.shape[1])

    def instances(self, world: World, task: str, source_NL: Int[np.ndarray, "N L"]) -> Int[np.ndarray, "N T"]:
        """Whole instances of `task` for source sentences, as tokens."""
        source, target = task.split("->")
        column_N1 = np.ones((len(source_NL), 1), dtype=np.int64)
        return self.spell(
            np.hstack(
                [
                    self.symbols(source, source_NL),
                    self.stop * column_N1,
                    self.symbols(target, world.translate(task, source_NL)),
                    self.end * column_N1,
                ]
            )
        )

    def answer_mask(self) -> Bool[np.ndarray, " T"]:
        """True where a token of an instance belongs to the answer (marks included, `|` not)."""
        mask_T = np.zeros(self.instance_tokens, dtype=bool)
        start = (self.config.length + 1) * self.tokens_per_word
        mask_T[start : start + self.config.length * self.tokens_per_word] = True
        return mask_T

    def tokens(self, world: World, text: str) -> Int[np.ndarray, " T"]:
        """The tokens of words apart by spaces, `a b c d .`; the way back of `text`.

        Raises `UsageError` for a word that the world lacks, with the nearest.
        """
        known = self.words(world)
        symbols = [look_up("word of this world", word, known) for word in text.split()]
        return self.spell(np.array([symbols], dtype=np.int64))[0]

    def words(self, world: World) -> dict[str, int]:
        """The symbol token of each word, of `.` and of `|`."""
        named = {".": self.stop, "|": self.end}
        for language in self.config.languages:
            for word in range(self.config.words):
                named[world.symbol(language, word)] = self.first_symbol(language) + word
        return named

    def text(self, world: World, token_T: Int[np.ndarray, " T"]) -> str:
        """Tokens as a person reads them, words apart by spaces, pieces glued, padding left out."""
        parts = []
        for token in token_T.tolist():
            if token == self.stop or token == self.end:
                parts.append("." if token == self.stop else "|")
            elif token > self.end:
                language, word = divmod(token - self.end - 1, self.config.words)
                parts.append(world.symbol(self.config.languages[language], word))
        return " ".join(parts)
