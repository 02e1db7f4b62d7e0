"""Measures of a tokenizer against closed forms, hand-counted words, and populations of which the truth is known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from seedbed.config import UsageError
from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer
from seedbed.data.tokenizers.metrics import (
    _over_documents,
    cuts_of,
    measure,
    morph_score,
    parity,
    read_gold,
    renyi_entropy,
    vocabulary_use,
)
from seedbed.data.tokenizers.script import uncuttable, words_of

BYTE = TokenizerConfig("byte")
HINDI = ["क्षमा की शक्ति", "वह गया", "विद्यालय बड़ा है", "कुत्ता", "दुबला बच्चा", "राजा की विद्या"]


@given(st.lists(st.integers(1, 50), min_size=2, max_size=20))
def test_shannon_is_the_limit_and_scipys(counts):
    row = np.array([counts])
    assert renyi_entropy(row, 1.0)[0] == pytest.approx(entropy(counts))
    assert renyi_entropy(row, 1 + 1e-6)[0] == pytest.approx(entropy(counts), abs=1e-4)
    assert renyi_entropy(row, 0.0)[0] == pytest.approx(np.log(len(counts)))
    orders = [renyi_entropy(row, order)[0] for order in (0.0, 0.5, 1.0, 2.0, 2.5, 10.0)]
    assert all(a >= b - 1e-9 for a, b in pairwise(orders))  # it falls with its order


def test_renyi_entropy_of_an_uneven_pair():
    assert renyi_entropy(np.array([[3, 1, 0]]), 2.0)[0] == pytest.approx(-np.log(0.75**2 + 0.25**2))
    assert renyi_entropy(np.array([[5, 5, 0]]), 2.5)[0] == pytest.approx(np.log(2))


def test_words_of_any_script():
    assert words_of("क्‍षमा, বিজ্ঞান; it's 25 naïve") == ["क्‍षमा", "বিজ্ঞান", "it", "s", "naïve"]


@pytest.mark.parametrize(
    ("word", "clusters", "conjuncts"),
    [
        ("कल", [], []),  # two clusters: only the place between is free
        ("की", [3], []),
        ("क्ष", [3, 6], [3, 6]),
        ("शक्ति", [6, 9, 12], [6, 9]),  # śa-kti: the vowel sign belongs to the cluster, not to the conjunct
        ("क्‌ष", [3, 6], []),  # a ZWNJ keeps them apart
        ("क्‍ष", [3, 6, 9], [3, 6, 9]),
        ("बड़्ढ", [6, 9, 12], [6, 9, 12]),  # with a nukta
        ("dog", [], []),
        ("naïve".replace("ï", "i\u0308"), [3], []),
    ],
)
def test_where_a_word_may_not_be_cut(word, clusters, conjuncts):
    starts = {len(word[:place].encode()) for place in range(1, len(word))}
    found = [sorted(each & starts) for each in uncuttable(word)]
    assert found == [clusters, conjuncts]
    inside = set(range(1, len(word.encode()))) - starts
    assert inside <= uncuttable(word)[0], "a place inside a character is inside its cluster"


def test_bytes_are_one_a_token_and_cut_every_conjunct():
    fit = measure(train_tokenizer(BYTE, []), HINDI)
    assert fit.bytes_a_token.value == fit.bytes_a_token.low == fit.bytes_a_token.high == 1
    assert fit.characters_a_token.value == sum(map(len, HINDI)) / sum(len(text.encode()) for text in HINDI)
    words = [word for text in HINDI for word in text.split()]
    assert fit.tokens_a_word.value == sum(len(f" {word}".encode()) for word in words) / len(words)
    assert (fit.cut_conjuncts.value, fit.cut_clusters.value, fit.documents, fit.unknown) == (1, 1, 6, 0)
    assert 0 < fit.cut_conjuncts.low < 1  # no word differs, and yet it is not certain
    assert fit.tokens == sum(len(text.encode()) for text in HINDI)


def test_words_as_symbols_are_one_piece_and_cut_nothing():
    tokenizer = train_tokenizer(TokenizerConfig("word"), HINDI + [f" {text}" for text in HINDI])
    fit = measure(tokenizer, HINDI)
    assert fit.tokens_a_word.value == 1 and fit.cut_conjuncts.value == fit.cut_clusters.value == 0
    assert fit.cut_conjuncts.high > 0


def test_english_holds_no_conjunct():
    fit = measure(train_tokenizer(BYTE, []), ["the dog", "a cat"])
    assert fit.cut_conjuncts is None and not fit.bytes_a_token.has_interval and fit.bytes_a_token.n == 2


def test_cuts_are_byte_offsets_in_the_word_without_the_space_before_it():
    tokenizer = train_tokenizer(TokenizerConfig("bpe", 260), [" abc abc abc"] * 3)
    assert tokenizer.pieces[257:] == (b"ab", b" ab", b" abc")
    own_space = (3, (1,))
    assert cuts_of(tokenizer, ["abc", "abcd", "xab"]) == [(1, ()), (2, (3,)), own_space]


def test_vocabulary_use_is_the_share_of_symbols_that_occur():
    found = [np.array(each) for each in ([0, 1], [0, 2], [0, 1], [0], [3, 0])]
    use = vocabulary_use(found, 8)
    assert use.value == 0.5 and use.low < 0.5 < use.high and use.n == 5


def test_the_interval_of_vocabulary_use_holds_the_expected_share():
    rng, held, trials = np.random.default_rng(1), 0, 300
    weights = 1 / np.arange(1, 301)
    weights /= weights.sum()
    expected = (1 - (1 - weights) ** (20 * 60)).mean()
    for _ in range(trials):
        use = vocabulary_use([np.unique(rng.choice(300, 60, p=weights)) for _ in range(20)], 300)
        held += use.low <= expected <= use.high
    assert held / trials > 0.9


@pytest.mark.parametrize(("order", "documents", "least"), [(1.0, 8, 0.88), (2.5, 8, 0.88), (2.5, 30, 0.92)])
def test_the_interval_of_an_entropy_holds_the_truth(order, documents, least):
    """Where percentiles of a bootstrap held it in 1 to 85% of 8 documents, which each have words of their own."""
    rng, held, trials = np.random.default_rng(2), 0, 200
    shares = 1 / np.arange(1, 401) ** 1.1
    shares /= shares.sum()
    truth = renyi_entropy(shares[None], order)[0]
    for _ in range(trials):
        counts = np.stack([rng.multinomial(1500, rng.dirichlet(shares * 200)) for _ in range(documents)]).astype(float)
        found = _over_documents(counts, lambda rows: renyi_entropy(rows, order), documents)
        held += found.low <= truth <= found.high
    assert held / trials >= least


def test_more_documents_than_groups_change_no_value():
    texts = [f"word{number % 7} and {number}" for number in range(900)]
    tokenizer = train_tokenizer(BYTE, [])
    fit = measure(tokenizer, texts, (1.0, 2.5))
    assert fit.documents == fit.renyi[2.5].n == 900
    counts = np.bincount(np.concatenate(tokenizer.encode_many(texts)), minlength=257)
    assert fit.renyi[2.5].value == pytest.approx(renyi_entropy(counts[None], 2.5)[0])
    assert fit.renyi[1.0].value > fit.renyi[2.5].value


def test_morph_score_counts_a_cut_at_the_split_and_skips_whole_words(tmp_path):
    path = tmp_path / "gold.txt"
    path.write_text("# word and split\nab|c\nabc|d   # second\n\nxa|b\nx|ab\n", encoding="utf-8")
    gold = read_gold(str(path))
    assert gold == [("ab", "c"), ("abc", "d"), ("xa", "b"), ("x", "ab")]
    tokenizer = train_tokenizer(TokenizerConfig("bpe", 260), [" abc abc abc"] * 3)
    score, skipped = morph_score(tokenizer, gold)
    assert (skipped, score.n, score.value) == (1, 3, 2 / 3)
    assert morph_score(tokenizer, [("ab", "c")]) == (None, 1)
    assert morph_score(train_tokenizer(BYTE, []), gold)[0].value == 1


def test_gold_splits_that_are_none_are_refused(tmp_path):
    path = tmp_path / "gold.txt"
    path.write_text("play|ed\nwalked\n")
    with pytest.raises(UsageError, match=r"line 2: a word and its split look like play\|ed, got 'walked'"):
        read_gold(str(path))
    path.write_text("# nothing\n")
    with pytest.raises(UsageError, match="holds no word"):
        read_gold(str(path))
    with pytest.raises(UsageError, match="cannot be read"):
        read_gold(str(tmp_path / "absent"))


def test_parity_is_the_ratio_of_tokens():
    found = parity(train_tokenizer(BYTE, []), ["की", "है"] * 5, ["of", "is"] * 5)
    assert (found.value, found.n) == (3, 10)


def test_nothing_to_measure_is_refused():
    tokenizer = train_tokenizer(BYTE, [])
    with pytest.raises(UsageError, match="there is none with text"):
        measure(tokenizer, ["", ""])
    with pytest.raises(UsageError, match=r"a number of 0 or more, got -1\.0"):
        measure(tokenizer, ["a"], (-1.0,))


@pytest.mark.parametrize("language", ["hi", "mr", "bn"])
def test_on_real_stories_a_learnt_tokenizer_is_shorter_and_cuts_less_than_bytes(stories, language):
    texts = stories(f"pratham-stories/pb-{language}.txt", 40)
    learn, held_out = texts[:30], texts[30:]
    bpe, byte = (train_tokenizer(TokenizerConfig(kind, 2048), learn) for kind in ("bpe", "byte"))
    found, plain = measure(bpe, held_out), measure(byte, held_out)
    assert found.bytes_a_token.low > 3 > plain.bytes_a_token.high
    assert found.tokens_a_word.high < plain.tokens_a_word.low
    assert found.cut_conjuncts.high < 1 == plain.cut_conjuncts.value
    assert found.renyi[2.5].low > plain.renyi[2.5].high


def test_a_mark_of_the_encoding_is_no_part_of_the_first_gold_word(tmp_path):
    path = tmp_path / "gold.txt"
    path.write_text("play|ed\n", encoding="utf-8-sig")
    assert read_gold(str(path)) == [("play", "ed")]


def test_a_joiner_before_the_virama_keeps_a_conjunct_whole():
    clusters, conjuncts = uncuttable("র‍্য")  # ra, ZWJ, virama, ya: as Bengali is usually written
    assert conjuncts == clusters == frozenset(range(1, 12))
