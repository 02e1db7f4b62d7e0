"""Words and characters as symbols: the commonest have one each, the others are spelled by their bytes."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from seedbed.data.tokenizers.alphabet import normaliser, splitter
from seedbed.data.tokenizers.bpe import model_of
from seedbed.data.tokenizers.config import BYTES, FEWEST, TokenizerConfig


def count_words(config: TokenizerConfig, texts: Iterable[str]) -> Counter[str]:
    """How often each word comes, as the pretokenizer cuts it: with the space before it, or without."""
    cut, form = splitter(config), normaliser(config)
    counts: Counter[str] = Counter()
    for text in texts:
        normal = text if form is None else form.normalize_str(text)
        counts.update(word for word, _ in cut.pre_tokenize_str(normal))
    return counts


def learn_words(config: TokenizerConfig, texts: Iterable[str]) -> dict[str, Any]:
    """The library's JSON of a tokenizer whose symbols are the commonest words; ties in the order of their letters."""
    counts = count_words(config, texts)
    longer = (word.encode() for word in sorted(counts, key=lambda each: (-counts[each], each)))
    room = config.vocabulary - FEWEST
    return model_of(config, [word for word in longer if len(word) > 1][:room], [])


def learn_characters(config: TokenizerConfig, texts: Iterable[str]) -> dict[str, int]:
    """The id of every character that has a symbol: ASCII by its byte, the commonest others after end of text."""
    form = normaliser(config)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text if form is None else form.normalize_str(text))
    others = sorted((each for each in counts if not each.isascii()), key=lambda each: (-counts[each], each))
    ids = {chr(value): value for value in range(128)}
    return ids | {each: BYTES + 1 + rank for rank, each in enumerate(others[: config.vocabulary - FEWEST])}
