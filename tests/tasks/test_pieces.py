"""Claims about learned pieces: the original's own tokens, nothing lost on the way to pieces and back."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.tasks import (
    Mixture,
    Vocabulary,
    World,
    learned_pieces,
    piece_stream,
    spelling_of,
    stream,
    triangle,
    vocabulary_size,
    window_source,
)
from seedbed.tasks.pieces import in_words, learn, sentences_of

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "corpus2gpt-alone.json").read_text())
ALONE = Mixture((("A->C", 50),))
HINTED = Mixture((("A->B", 2500), ("B->C", 2500), ("A->C", 50)))
LEARNED = triangle(tokens="piece-learned")


def windows_of(mixture, *, config=LEARNED, kind="fixed", window=46, batch=32, seed=0):
    read = piece_stream(config, mixture, seed)
    return window_source(read, mixture, config.tasks, kind=kind, window=window, batch=batch, data_seed=seed)


@pytest.mark.parametrize("golden", GOLDEN["training"], ids=lambda golden: f"seed {golden['seed']}")
def test_the_originals_text_gives_its_pieces_and_its_windows(golden):
    lines = golden["text"].splitlines()
    pieces = learn(lines, 30)
    assert " ".join(pieces.pieces) == golden["pieces"]
    token_N = np.array(pieces.encode(" ".join(lines)))
    assert len(token_N) / 50 == golden["tokens_an_instance"] == pytest.approx(15, abs=0.5)
    assert -(-len(token_N) // 46) == golden["windows"] == 17
    rest = token_N[16 * 46 :].tolist()
    assert [token_N[:46].tolist(), [0] * (46 - len(rest)) + rest] == [
        list(map(int, golden[name].split())) for name in ("first_window", "last_window")
    ]


def test_50_examples_of_one_task_are_15_tokens_each_and_17_windows_or_16():
    found = [windows_of(ALONE, seed=seed) for seed in range(8)]
    assert [each.windows for each in found].count(17) >= 6 and {each.windows for each in found} <= {16, 17}
    tokens = [len(each.stream.token_N) / 50 for each in found]
    assert min(tokens) > 14.5 and max(tokens) < 15.5
    assert {each.steps_per_epoch for each in found} == {1}


def test_a_large_stream_gives_two_pieces_a_word_as_the_tokens_piece():
    learned, fixed = piece_stream(LEARNED, HINTED, 3), stream(World(triangle(tokens="piece")), HINTED, 3)
    for name in ("task_N", "answer_N", "sentence_E", "task_E", "first_E", "last_E"):
        assert np.array_equal(getattr(learned, name), getattr(fixed, name)), name
    pairs = set(zip(learned.token_N.tolist(), fixed.token_N.tolist(), strict=True))
    assert len(pairs) == 27 and len({one for one, _ in pairs}) == len({other for _, other in pairs}) == 27
    assert learned_pieces(LEARNED, HINTED, 3).pieces[3] == "\u2581"
    assert vocabulary_size(LEARNED) == Vocabulary(triangle(tokens="piece")).size == 30


MIXTURES = st.fixed_dictionaries({task: st.integers(0, 40) for task in ("A->B", "B->C", "A->C")}).filter(
    lambda counts: sum(counts.values()) >= 30
)


@settings(max_examples=12)
@given(counts=MIXTURES, seed=st.integers(0, 99), letters=st.integers(1, 4))
def test_a_stream_is_the_same_text_before_pieces_and_after(counts, seed, letters):
    mixture = Mixture(tuple(counts.items()))
    config = triangle(tokens="piece-learned", letters=letters, vocabulary=36 if letters > 1 else 30)
    words = World(in_words(config))
    text = " ".join(sentences_of(words, stream(words, mixture, seed).token_N))
    read, spelling = piece_stream(config, mixture, seed), spelling_of(config, mixture, seed)
    assert spelling.pieces.encode(text) == read.token_N.tolist()
    assert spelling.pieces.decode(read.token_N.tolist()) == text
    assert len(read.token_N) == len(read.task_N) == len(read.answer_N)
    for number, (first, last) in enumerate(zip(read.first_E, read.last_E, strict=True)):
        source, target = config.tasks[read.task_E[number]].split("->")
        instance = spelling.pieces.decode(read.token_N[first : last + 1].tolist()).split()
        assert [word in spelling.words for word in instance] == [True] * 9
        answer = slice(first + np.flatnonzero(read.answer_N[first : last + 1])[0], last + 1)
        assert read.answer_N[answer].all() and not read.answer_N[last + 1 : last + 2].any()
        assert spelling.pieces.decode(read.token_N[answer].tolist()).split() == instance[5:]
        own = {words.symbol(language, word) for language in (source, target) for word in range(8)}
        assert set(instance) - {"."} <= own


@given(st.lists(st.integers(0, 29), max_size=30))
def test_tokens_decode_as_by_sentencepiece(tokens):
    pieces = learned_pieces(LEARNED, ALONE, 0)
    assert pieces.decode(tokens) == pieces._processor.decode_ids(tokens)


def test_a_class_that_is_no_piece_reads_as_unknown():
    pieces = learned_pieces(LEARNED, ALONE, 0)
    assert pieces.decode([30]) == pieces.decode([0]) == " \u2047 "


@given(kind=st.sampled_from(["fixed", "random"]), window=st.integers(5, 40), seed=st.integers(0, 9))
@settings(max_examples=15)
def test_seen_is_what_brute_force_finds(kind, window, seed):
    windows = windows_of(ALONE, kind=kind, window=window, batch=2, seed=seed)
    read = windows.stream
    if kind == "fixed":
        cuts = [np.arange(at, min(at + window, len(read.token_N))) for at in range(0, len(read.token_N), window)]
    else:
        cuts = list(windows._random(0, 3)[0].reshape(-1, window))
    seen = np.zeros((3, 1680), dtype=bool)
    for first, last, sentence in zip(read.first_E, read.last_E, read.sentence_E, strict=True):
        whole = np.arange(first, last + 1)
        for cut in cuts:
            (at,) = np.nonzero(cut == first)
            if any(np.array_equal(cut[place : place + len(whole)], whole) for place in at):
                seen[2, sentence] = True
    assert (windows.seen(3, 1680, 99 if kind == "fixed" else 3) == seen).all()


def test_a_word_that_the_text_lacks_is_unknown():
    spelling = spelling_of(LEARNED, ALONE, 0)
    assert 0 in spelling.table[spelling.words[spelling.world.symbol("B", 0)]]
    assert all(0 not in spelling.table[spelling.words[spelling.world.symbol("C", word)]] for word in range(8))


@pytest.mark.parametrize(
    ("changes", "examples", "message"),
    [
        ({}, 2, r"30 pieces cannot be learned from this stream \(Vocabulary size too high .*give more examples"),
        ({"vocabulary": 20}, 50, r"20 pieces cannot be learned .*required_chars"),
    ],
)
def test_a_vocabulary_that_cannot_be_learned_is_refused(changes, examples, message):
    with pytest.raises(UsageError, match=message):
        learned_pieces(triangle(tokens="piece-learned", **changes), Mixture((("A->C", examples),)), 0)


def test_tokens_that_all_members_share_are_not_to_be_had():
    with pytest.raises(UsageError, match="differ from member to member"):
        Vocabulary(LEARNED)
