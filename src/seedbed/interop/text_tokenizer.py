"""The tokenizer of a text run, as `generate` and `export` ask for one: every text begins and ends with end-of-text."""

import json
from dataclasses import dataclass
from typing import Any

from seedbed.config.errors import UsageError
from seedbed.data.tokenizers import Tokenizer

END_OF_TEXT = "<|endoftext|>"


@dataclass(frozen=True)
class TextTokenizer:
    """own: what was learnt from the corpus."""

    own: Tokenizer

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return self.own.vocabulary

    @property
    def begin(self) -> int:
        """End-of-text stands before every document."""
        return self.own.eot

    @property
    def stop(self) -> int:
        """And after it."""
        return self.own.eot

    def encode(self, text: str) -> list[int]:
        """Tokens of a text, end-of-text first. Raises `UsageError` for a character that an imported model lacks."""
        return [self.own.eot, *self.own.encode(text)]

    def piece(self, previous: int | None, token: int) -> bytes:
        """The bytes that a token adds; a space before it where white space was dropped."""
        if token == self.own.eot:
            return b""
        spaced = self.own.config.pretokenizer == "whitespace" and previous not in (None, self.own.eot)
        return (b" " if spaced else b"") + self.own.pieces[token]


def hugging_face_table(tokenizer: TextTokenizer) -> dict[str, Any]:
    """The table of a tokenizer.json. Raises `UsageError` for kinds that the format cannot hold."""
    own = tokenizer.own
    if own.config.kind not in ("bpe", "unigram", "word") or own.top is not None:
        kept = "" if own.top is None else " of which the commonest symbols were kept"
        raise UsageError(
            f"a tokenizer.json is written for the kinds bpe, unigram and word, this one is {own.config.kind}{kept}"
        )
    table = json.loads(json.dumps(own.engine.plain()))
    special = {"id": END_OF_TEXT, "ids": [own.eot], "tokens": [END_OF_TEXT]}
    begin = {"SpecialToken": {"id": END_OF_TEXT, "type_id": 0}}
    table["added_tokens"] = [
        {
            "id": own.eot,
            "content": END_OF_TEXT,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
    ]
    table["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [begin, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [begin, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {END_OF_TEXT: special},
    }
    return table
