"""What a tokenizer is: its kind, how many symbols it may have, where words are cut before anything is learnt."""

from dataclasses import dataclass
from typing import Literal

from seedbed.config.errors import UsageError

BYTES = 256
FEWEST = BYTES + 1  # every byte and end of text: with these no text is out of reach
MOST = 1_000_000
END_OF_TEXT = "<|endoftext|>"

Kind = Literal["byte", "character", "word", "bpe", "unigram", "sentencepiece"]


@dataclass(frozen=True)
class TokenizerConfig:
    """A tokenizer. Refused where it cannot exist, with the value.

    kind: byte (256 and end of text), character, word, bpe (byte-pair encoding), unigram (a unigram language model), or
    sentencepiece (an imported model).  vocabulary: the most symbols it may have, all 256 bytes and end of text among
    them; little text may fill fewer.  pretokenizer: how text is cut before pieces are learnt: words (a word keeps the
    space before it, nothing is lost) or whitespace (the spaces are dropped and cannot be written again).
    alphabet: what bpe begins with: bytes, or characters, which are then never cut where they are known.
    normalise: the Unicode form that text is brought to.  top: keep the commonest of the symbols, so many in all, and
    spell the others by them.  path: the file of a sentencepiece model.  unknown: what an imported model without byte
    pieces does with a character that it has not: refuse the text, or count it as unknown.
    """

    kind: Kind = "bpe"
    vocabulary: int = 4096
    pretokenizer: Literal["words", "whitespace"] = "words"
    alphabet: Literal["bytes", "characters"] = "bytes"
    normalise: Literal["NFC", "NFKC", "none"] = "NFC"
    top: int | None = None
    path: str | None = None
    unknown: Literal["refuse", "count"] = "refuse"

    def __post_init__(self) -> None:
        if not FEWEST <= self.vocabulary <= MOST:
            raise UsageError(
                f"vocabulary must lie between {FEWEST} (every byte, and end of text) and {MOST:,} symbols, got "
                f"{self.vocabulary:,}"
            )
        if self.top is not None and not FEWEST <= self.top <= MOST:
            raise UsageError(
                f"top must keep between {FEWEST} (every byte, and end of text) and {MOST:,}, got {self.top}"
            )
        if self.top is not None and self.kind == "byte":
            raise UsageError(f"top {self.top} of a byte tokenizer: it has {FEWEST} symbols and keeps them all")
        if (self.kind == "sentencepiece") != (self.path is not None):
            raise UsageError(
                f"kind {self.kind!r} with path {self.path!r}: the kind sentencepiece needs the path of a model, and no "
                "other kind takes one"
            )


def gam_tokenizer() -> TokenizerConfig:
    """The tokenizer of the GAM experiments: BPE of 10,000 symbols over characters, white space dropped.

    Theirs has an unknown symbol; here a character that training had not is spelled by its bytes.
    """
    return TokenizerConfig(kind="bpe", vocabulary=10_000, pretokenizer="whitespace", alphabet="characters")


def tinystories_tokenizer() -> TokenizerConfig:
    """The tokenizer of the TinyStories experiments: the 10,000 commonest of a vocabulary of GPT-2's size.

    Theirs was trained on other text; here the bigger vocabulary is learnt from the stories too.
    """
    return TokenizerConfig(kind="bpe", vocabulary=50_257, top=10_000)
