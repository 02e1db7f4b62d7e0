"""How well a text model predicts the documents of files: nats per token, bits per byte, and unusual documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from seedbed.config import UsageError
from seedbed.data import CorpusConfig, Document, TokenSplit, documents, sliding_blocks
from seedbed.data.tokenizers import Tokenizer
from seedbed.emergence import Estimate, ratio_of_sums
from seedbed.evaluation import text_scorer
from seedbed.models import LanguageModel


@dataclass(frozen=True)
class Scored:
    """A document, its bits per byte, its tokens (closing end-of-text among them) and its bytes."""

    document: Document
    bits_per_byte: float
    tokens: int
    text_bytes: int


@dataclass(frozen=True)
class Perplexity:
    """Means over all tokens and bytes, n the documents; each document, the best first.

    unspelled_bytes: by how many the documents and what their tokens spell differ.  trained_on: how many stand in the
    training text, None where that is not known.
    """

    nats_per_token: Estimate
    bits_per_byte: Estimate
    tokens: int
    text_bytes: int
    unspelled_bytes: int
    trained_on: int | None
    scored: tuple[Scored, ...]


Encode = Callable[[Sequence[str]], list[np.ndarray]]
Spelled = Callable[[list[np.ndarray]], np.ndarray]


def of_a_run(tokenizer: Tokenizer) -> Encode:
    """Documents between end-of-texts, as a text run reads them."""
    eot = np.array([tokenizer.eot])
    return lambda texts: [np.concatenate([eot, own_T, eot]) for own_T in tokenizer.encode_many(texts)]


def of_an_import(encode: Callable[[str], list[int]], begin: int) -> Encode:
    """Documents after the token that texts begin with. Nothing closes them: whether their training had an end of each
    text is not known."""

    def encoded(texts: Sequence[str]) -> list[np.ndarray]:
        found = [encode(text) for text in texts]
        return [np.array(own if own[:1] == [begin] else [begin, *own]) for own in found]

    return encoded


def perplexity(
    model: LanguageModel,
    encode: Encode,
    corpus: CorpusConfig,
    stride: int,
    spelled: Spelled | None = None,
    trained: TokenSplit | None = None,
) -> Perplexity:
    """Every document of `corpus` scored whole, through windows that move on by `stride` tokens.

    Of each document all tokens but the first, with which texts begin, are scored; an end-of-text costs nats and
    adds no byte. spelled: the bytes that the tokens of each document spell, None where that is not known.  trained: the
    text that the model was trained on, where it is at hand. Raises `UsageError` for files without text, a stride beyond
    the context, and as reading and encoding do.
    """
    read = list(documents(corpus))
    if not read:
        raise UsageError(f"{', '.join(corpus.paths)} holds no text: every document is empty or white space")
    texts = [each.text for each in read]
    bytes_D = np.array([len(text.encode()) for text in texts])
    tokens = encode(texts)
    unspelled = 0 if spelled is None else int(np.abs(bytes_D - spelled([each[1:-1] for each in tokens])).sum())
    seen = None if trained is None else int(trained.holds([each[1:-1] for each in tokens]).sum())
    score, nats_D, tokens_D = text_scorer(), np.zeros(len(read)), np.zeros(len(read))
    for windows in sliding_blocks(tokens, bytes_D, model.config.context, stride):
        nats_D += windows.per_document(np.asarray(score(model, windows).nats_N))
        tokens_D += windows.per_document(windows.counts_NT.sum(axis=1))
    bits_D = nats_D / log(2)
    scored = [
        Scored(document, float(bits / size), int(count), int(size))
        for document, bits, count, size in zip(read, bits_D, tokens_D, bytes_D, strict=True)
    ]
    return Perplexity(
        ratio_of_sums(nats_D, tokens_D),
        ratio_of_sums(bits_D, bytes_D),
        int(tokens_D.sum()),
        int(bytes_D.sum()),
        unspelled,
        seen,
        tuple(sorted(scored, key=lambda each: each.bits_per_byte)),
    )
