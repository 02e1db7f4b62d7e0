"""Claims about duplicates: the estimate's error, which pairs share a band, what is kept, and in how much memory."""

import numpy as np
import pytest

from seedbed.data import CorpusConfig, documents
from seedbed.data.corpus import Document
from seedbed.data.duplicates import BANDS, ROWS, Seen, band_hashes, keep_first, keep_unlike, signature
from seedbed.data.shingles import mixed, text_hash, window_hashes, windows_of_all, word_hashes

RNG = np.random.default_rng(0)


def pair(jaccard, size, rng):
    """Two sets of hashes of which a share `jaccard` is common."""
    common = round(2 * size * jaccard / (1 + jaccard))
    drawn = rng.integers(0, 2**64, size=2 * size - common, dtype=np.uint64)
    return drawn[:size], drawn[size - common :], common / (2 * size - common)


@pytest.mark.parametrize("jaccard", [0.2, 0.5, 0.8, 0.95])
def test_the_estimate_has_the_mean_and_error_of_minhash(jaccard):
    rng, found = np.random.default_rng(1), []
    for _ in range(400):
        one, other, exact = pair(jaccard, 200, rng)
        found.append((signature(one) == signature(other)).mean() - exact)
    error = np.sqrt(exact * (1 - exact) / (BANDS * ROWS))
    assert abs(np.mean(found)) < 4 * error / np.sqrt(400)
    assert np.std(found) == pytest.approx(error, rel=0.15)  # four standard errors of a standard deviation of 400


def test_adjacent_words_hash_as_independently_as_random_numbers():
    """The same, from texts: windows of a text overlap, their hashes must not show it."""
    rng, found = np.random.default_rng(2), []
    for _ in range(300):
        words = [f"w{n}" for n in rng.integers(0, 10**6, size=150)]
        one, other = words[:120], words[20:140]
        windows = [window_hashes(word_hashes(" ".join(each)), 5) for each in (one, other)]
        exact = len(np.intersect1d(*windows)) / len(np.union1d(*windows))
        found.append((signature(windows[0]) == signature(windows[1])).mean() - exact)
    error = np.sqrt(exact * (1 - exact) / (BANDS * ROWS))
    assert abs(np.mean(found)) < 4 * error / np.sqrt(300)
    assert np.std(found) == pytest.approx(error, rel=0.2)


@pytest.mark.parametrize("jaccard", [0.5, 0.7, 0.8, 0.9])
def test_pairs_share_a_band_as_often_as_the_curve_says(jaccard):
    rng, shared, trials = np.random.default_rng(3), 0, 500
    for _ in range(trials):
        one, other, exact = pair(jaccard, 200, rng)
        bands = band_hashes(np.stack([signature(one), signature(other)]))
        shared += bool((bands[0] == bands[1]).any())
    expected = 1 - (1 - exact**ROWS) ** BANDS
    assert shared / trials == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / trials))


def test_window_hashes_are_those_of_the_windows():
    one, other = window_hashes(word_hashes("a b c d e f"), 5), window_hashes(word_hashes("x B c\nD e  F g"), 5)
    assert len(one) == 2 and len(other) == 3
    assert len(np.intersect1d(one, other)) == 1
    assert window_hashes(word_hashes("a b"), 5).tolist() != window_hashes(word_hashes("b a"), 5).tolist()
    assert len(window_hashes(word_hashes(" "), 5)) == 0


def test_windows_of_many_texts_are_those_of_each():
    texts = ["a b c", "", "d", "e f g h i j", "a b c d e", "k l m n"]
    each = np.concatenate([window_hashes(word_hashes(text), 3) for text in texts])
    assert sorted(windows_of_all(texts, 3).tolist()) == sorted(each.tolist())
    assert windows_of_all(["a"], 3).tolist() == window_hashes(word_hashes("a"), 3).tolist()
    assert len(windows_of_all([], 3)) == 0


def test_mixing_is_one_to_one():
    numbers = np.arange(100_000, dtype=np.uint64)
    assert len(np.unique(mixed(numbers))) == len(numbers)


def test_seen_is_a_set_however_often_it_sorts(monkeypatch):
    monkeypatch.setattr("seedbed.data.duplicates.RECENT", 10)
    seen, known = Seen(), set()
    for item in [*RNG.integers(0, 400, size=2000).tolist(), 2**64 - 1, 0, 2**64 - 1]:
        assert seen.add(item) == (item not in known)
        known.add(item)


def as_documents(texts):
    return [Document(text, "test", place) for place, text in enumerate(texts, start=1)]


def test_exact_duplicates_keep_the_first():
    assert [each.place for each in keep_first(as_documents(["a", "b", "a", "A", "b"]))] == [1, 2, 4]
    assert text_hash("a") != text_hash("A")


def test_near_duplicates_keep_the_first_and_others_stay():
    words = [[f"w{n}" for n in RNG.integers(0, 10**6, size=200)] for _ in range(60)]
    texts = [" ".join(each) for each in words]
    nearly = [text.replace(" ", "\n", 3) + " The end." for text in texts[:20]]
    related = [" ".join(each[:60] + other[:100]) for each, other in zip(words[20:40], words[40:60], strict=True)]
    found = list(keep_unlike(lambda: as_documents(texts + nearly + related)))
    assert [each.place for each in found] == [*range(1, 61), *range(81, 101)]
    assert list(keep_unlike(list)) == []


def test_long_and_short_documents_are_compared_too():
    long = " ".join(f"w{n}" for n in RNG.integers(0, 10**6, size=6000))
    found = keep_unlike(lambda: as_documents([long, "too short", long + " more", "Too  short", "shorter"]))
    assert [each.place for each in found] == [1, 2, 5]


def test_a_corpus_says_which_duplicates_go(write):
    story = " ".join(f"word{i}" for i in range(100))
    path = write("a.txt", "<|endoftext|>".join([story, story, story + " end"]))
    counts = [len(list(documents(CorpusConfig((path,), deduplicate=kind)))) for kind in ("none", "exact", "near")]
    assert counts == [3, 2, 1]
