"""Claims about the tokenizers of text runs in other tools' hands: the same tokens, the same bytes back."""

import pytest

from seedbed.config import UsageError
from seedbed.data.tokenizers import TokenizerConfig, read_tokenizer, train_tokenizer
from seedbed.interop import HfTokenizer, TextTokenizer, decode
from seedbed.interop.hf_tokenizer import tokenizer_json

TEXTS = ["Tom and Jane are friends. They have a cat.", "The cat sat; Tom laughed, and Jane sang to the cat."] * 3
NEW = "Jane and the cat: «न» are  glad."


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_hugging_faces_form_gives_the_same_tokens(kind):
    own = TextTokenizer(train_tokenizer(TokenizerConfig(kind, 300), TEXTS))
    theirs = HfTokenizer(tokenizer_json(own), own.begin, own.stop, "tokenizer.json")
    for text in (*TEXTS[:2], NEW):
        assert theirs.encode(text) == own.encode(text)
        assert own.encode(text)[0] == own.begin == own.stop == 256
    assert theirs.size == own.size


@pytest.mark.parametrize("kind", ["byte", "character", "bpe", "unigram", "word"])
def test_text_comes_back_piece_by_piece(kind):
    own = TextTokenizer(train_tokenizer(TokenizerConfig(kind, 400), TEXTS))
    assert decode(own, own.encode(NEW)) == NEW
    assert read_tokenizer(own.own.text, "here").fingerprint == own.own.fingerprint


def test_kinds_that_the_form_cannot_hold_are_refused():
    with pytest.raises(UsageError, match="kinds bpe, unigram and word, this one is byte"):
        tokenizer_json(TextTokenizer(train_tokenizer(TokenizerConfig("byte"), TEXTS)))
