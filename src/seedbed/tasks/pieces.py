"""Pieces that SentencePiece learns from a member's own stream, as the paper's notebooks do, and the stream in them.

The text is written as there: a sentence, `.`, its translation, `|`, each on its own line. A large text gives the two
pieces per word of `tokens.py`. In a small one with fewer symbols than pieces, some words and signs become one piece, so
instances differ in length: 50 examples of A->C have 18 symbols, and the 30 pieces asked for give 15 tokens an instance.
No piece holds a space, so a word has the same pieces wherever it stands. Source: Sinha (2024), notebooks; Corpus2GPT's
`SPM_Tokenizer`, whose settings these are, but that no letter is left out and none is changed (Unicode normalisation).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from jaxtyping import Int

from seedbed.config.errors import UsageError
from seedbed.tasks.stream import Mixture, Stream, stream
from seedbed.tasks.tokens import Vocabulary
from seedbed.tasks.world import World, WorldConfig

SPACE = "\u2581"  # how SentencePiece writes the mark at the start of a word
UNKNOWN = " \u2047 "  # how it reads the token 0, which also pads
SPECIALS = ("<unk>", "<s>", "</s>")  # the tokens 0 to 2


@dataclass(frozen=True)
class Pieces:
    """A vocabulary learned from one text. model: as SentencePiece writes it."""

    model: bytes

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """Every piece by its token."""
        return tuple(self._processor.id_to_piece(token) for token in range(self._processor.get_piece_size()))

    def encode(self, text: str) -> list[int]:
        """The tokens of a text; a letter that the vocabulary lacks is token 0."""
        return self._processor.encode_as_ids(text)

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens, as SentencePiece's own decoder gives it.

        A class of the model that is no piece reads as unknown.
        """
        said, text = self._said, ""
        for token in tokens:
            part = said[token] if token < len(said) else UNKNOWN
            text += part if text or part == UNKNOWN else part.removeprefix(" ")
        return text

    @cached_property
    def _said(self) -> tuple[str, ...]:
        special = {SPECIALS[0]: UNKNOWN, SPECIALS[1]: "", SPECIALS[2]: ""}
        return tuple(special.get(piece, piece.replace(SPACE, " ")) for piece in self.pieces)

    @cached_property
    def _processor(self) -> Any:
        from sentencepiece import SentencePieceProcessor

        return SentencePieceProcessor(model_proto=self.model)


def in_words(world: WorldConfig) -> WorldConfig:
    """The same world with one token a word: the form in which streams and prompts are made before they are spelled."""
    return replace(world, tokens="word", vocabulary=0)


def vocabulary_size(world: WorldConfig) -> int:
    """How many pieces a world's vocabulary has, learned or not, padding and specials included."""
    if world.tokens != "piece-learned":
        return Vocabulary(world).size
    signs = len(SPECIALS) + 3  # the mark, `.`, `|`
    if world.letters == 1:
        return world.vocabulary or signs + len(world.languages) * world.words
    letters = set("".join(World(world).spellings))
    return world.vocabulary or signs + len(letters) + world.words


def learn(lines: Iterable[str], size: int) -> Pieces:
    """The `size` pieces of a text. Raises `UsageError` where it cannot have so many or so few."""
    from sentencepiece import SentencePieceTrainer

    model = BytesIO()
    try:
        SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=model,
            vocab_size=size,
            model_type="unigram",
            character_coverage=1.0,
            normalization_rule_name="identity",
            num_threads=16,  # SentencePiece's default: sums are split by it, whatever the number of cores
            minloglevel=2,
        )
    except (RuntimeError, OSError) as error:
        why = str(error).split("] ")[-1].strip().rstrip(".") or "it is too small"
        raise UsageError(
            f"{size} pieces cannot be learned from this stream ({why}): set world.vocabulary, or give more examples"
        ) from None
    return Pieces(model.getvalue())


def sentences_of(world: World, token_T: Int[np.ndarray, " T"]) -> list[str]:
    """A stream in words as the notebook writes it: a sentence, `.`, its translation, `|`, each a line."""
    vocabulary = Vocabulary(world.config)
    words = vocabulary.text(world, token_T).split()
    size = world.config.length
    lines = []
    for at in range(0, len(words), vocabulary.instance_words):
        one = words[at : at + vocabulary.instance_words]
        lines += [" ".join(one[:size]), one[size], " ".join(one[size + 1 : -1]), one[-1]]
    return lines


@lru_cache(maxsize=64)
def learned_pieces(config: WorldConfig, mixture: Mixture, data_seed: int) -> Pieces:
    """The pieces of a member: learned from the stream of this mixture and seed.

    Raises `UsageError` as `stream` and `learn` do.
    """
    world = World(in_words(config))
    return learn(sentences_of(world, stream(world, mixture, data_seed).token_N), vocabulary_size(config))


@dataclass(frozen=True)
class Spelling:
    """The words of a world, and the pieces of each. world: with one token a word."""

    world: World
    pieces: Pieces

    @cached_property
    def words(self) -> dict[str, int]:
        """The word token of each word, of `.` and of `|`."""
        return Vocabulary(self.world.config).words(self.world)

    @cached_property
    def table(self) -> tuple[tuple[int, ...], ...]:
        """The pieces of each word token; padding has none."""
        written = {token: tuple(self.pieces.encode(word)) for word, token in self.words.items()}
        return tuple(written.get(token, ()) for token in range(Vocabulary(self.world.config).size))

    @cached_property
    def lengths(self) -> Int[np.ndarray, " V"]:
        """How many pieces each word token has."""
        return np.array([len(each) for each in self.table])

    def spell(self, token_T: Int[np.ndarray, " T"]) -> Int[np.ndarray, " P"]:
        """Word tokens as pieces."""
        return np.array([piece for token in token_T.tolist() for piece in self.table[token]], dtype=np.int32)

    @property
    def most_answer_pieces(self) -> int:
        """The most pieces that the words of an answer can have: each its mark and its letters."""
        return self.world.config.length * (self.world.config.letters + 1)


def spelling_of(config: WorldConfig, mixture: Mixture, data_seed: int) -> Spelling:
    """How the words of a world are spelled by a member."""
    return Spelling(World(in_words(config)), learned_pieces(config, mixture, data_seed))


def piece_stream(config: WorldConfig, mixture: Mixture, data_seed: int) -> Stream:
    """The stream of a member in the pieces that it teaches: the same sentences as in any other tokens."""
    spelling = spelling_of(config, mixture, data_seed)
    read = stream(spelling.world, mixture, data_seed)
    length_N = spelling.lengths[read.token_N]
    first_N = np.cumsum(length_N) - length_N  # where each word begins
    return Stream(
        token_N=spelling.spell(read.token_N),
        task_N=np.repeat(read.task_N, length_N),
        answer_N=np.repeat(read.answer_N, length_N),
        sentence_E=read.sentence_E,
        task_E=read.task_E,
        first_E=first_N[read.first_E],
        last_E=(first_N + length_N)[read.last_E] - 1,
    )
