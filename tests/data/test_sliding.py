"""Claims about windows that measure a loss: every token of every document counts once, seen from its own document."""

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.data import (
    CorpusConfig,
    cache_of,
    chosen_documents,
    documents_of,
    prepare,
    sliding_blocks,
    sliding_windows,
    text_of,
)

DOCUMENTS = [np.array([9, *range(length), 9]) for length in (3, 7, 8, 9, 20)]
BYTES = np.array([3, 7, 8, 9, 20])


@pytest.mark.parametrize("stride", [1, 3, 8])
def test_every_target_of_every_document_counts_once(stride):
    cut = sliding_windows(DOCUMENTS, BYTES, 8, stride)
    assert cut.targets == sum(len(each) - 1 for each in DOCUMENTS)
    for number, document in enumerate(DOCUMENTS):
        own = cut.document_N == number
        read = [row[1:][counts] for row, counts in zip(cut.token_NW[own], cut.counts_NT[own], strict=True)]
        assert np.concatenate(read).tolist() == document[1:].tolist()
    assert cut.per_document(np.ones(len(cut.token_NW))).tolist() == np.bincount(cut.document_N).tolist()


@pytest.mark.parametrize("most", [1, 5, 100])
def test_in_blocks_they_are_the_same_windows(most):
    whole, blocks = sliding_windows(DOCUMENTS, BYTES, 8, 1), list(sliding_blocks(DOCUMENTS, BYTES, 8, 1, most))
    assert max(len(each.document_N) for each in blocks) <= most
    for name in ("token_NW", "counts_NT", "document_N"):
        assert np.array_equal(np.concatenate([getattr(each, name) for each in blocks]), getattr(whole, name))
    with pytest.raises(UsageError, match="the context, got 9"):
        list(sliding_blocks(DOCUMENTS, BYTES, 8, 9))


def test_a_token_after_the_first_window_sees_at_least_the_context_less_the_stride():
    cut = sliding_windows(DOCUMENTS, BYTES, 8, 3)
    later = np.flatnonzero(np.diff(cut.document_N, prepend=-1) == 0)
    assert len(later) and (cut.counts_NT[later].argmax(axis=1) >= 5).all()
    whole = cut.counts_NT.any(axis=1)
    assert whole.all()


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(UsageError, match=r"stride of windows must lie in 1\.\.8, the context, got 9"):
        sliding_windows(DOCUMENTS, BYTES, 8, 9)
    with pytest.raises(UsageError, match="no document"):
        sliding_windows([], np.array([], dtype=int), 8, 4)


@pytest.fixture
def cache(tokenizer, write, tmp_path):
    stories = "<|endoftext|>".join(f"Story {number}: {'a cat sat. ' * (number % 5 + 1)}" for number in range(60))
    return prepare(CorpusConfig((write("a.txt", stories),), validation=0.4), tokenizer, tmp_path / "tokens")


def test_documents_are_drawn_once_and_larger_sets_hold_smaller_ones(cache):
    few, many = (chosen_documents(cache.validation, most) for most in (5, 1000))
    assert len(few) == 5 and set(few) < set(many) and len(many) == cache.validation.documents
    for number, document in zip(few, documents_of(cache.validation, few), strict=True):
        assert document[0] == document[-1] == 256 and len(document) == cache.validation.bytes_D()[number] + 2


def test_a_text_finds_its_tokens_and_says_where_they_are_not(cache, tmp_path):
    text = text_of(cache, "bytes", (1, 2))
    assert cache_of(text, tmp_path / "tokens").train == cache.train
    assert text.tasks == ("text",) and 0.9 < text.bytes_per_token < 1
    with pytest.raises(UsageError, match=f"{text.cache}, are not in .*elsewhere.*SEEDBED_CACHE"):
        cache_of(text, tmp_path / "elsewhere")
    (tmp_path / "tokens" / text.cache / "train.tokens").write_bytes(b"cut short")
    with pytest.raises(UsageError, match="are not in"):
        cache_of(text, tmp_path / "tokens")
