"""Claims about worlds: numbered sentences, one-to-one dictionaries, composition, and the worlds that cannot be."""

from itertools import pairwise, permutations
from itertools import product as cartesian

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError, canonical
from seedbed.tasks import Vocabulary, World, WorldConfig, chain, star, table1, triangle
from seedbed.tasks import sentences as numbering

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 5), st.booleans()).filter(lambda s: not s[2] or s[1] <= s[0])


@given(SIZES)
def test_every_sentence_has_one_number_and_every_number_one_sentence(size):
    words, length, distinct = size
    count = numbering.count(words, length, distinct)
    sentence_NL = numbering.sentence(np.arange(count), words, length, distinct)
    listed = permutations(range(words), length) if distinct else cartesian(range(words), repeat=length)
    assert sentence_NL.tolist() == [list(each) for each in listed]
    assert numbering.number(sentence_NL, words, distinct).tolist() == list(range(count))


def test_the_papers_worlds_have_1680_and_11880_sentences():
    assert (triangle().sentences, table1().sentences) == (1680, 11880)


@given(st.integers(0, 2**32 - 1), st.integers(3, 6))
def test_dictionaries_are_permutations_and_compose_along_the_path(seed, languages):
    world = World(chain(languages, words=5, seed=seed))
    for (source, target), table in world.dictionaries.items():
        assert sorted(table) == list(range(5))
        assert world.dictionaries[target, source][table].tolist() == list(range(5))
    names = world.config.languages
    by_hand = np.arange(5)
    for one, other in pairwise(names):
        by_hand = np.array([world.dictionaries[one, other][word] for word in by_hand])
    assert world.dictionary(f"{names[0]}->{names[-1]}").tolist() == by_hand.tolist()
    backward = world.dictionary(f"{names[-1]}->{names[0]}")
    assert backward[by_hand].tolist() == list(range(5))


def test_a_translation_goes_through_the_hub_word_by_word():
    world = World(table1())
    source_NL = numbering.sentence(np.arange(0, 11880, 997), 12, 4, True)
    through = world.dictionaries["A", "C"][world.dictionaries["D", "A"][source_NL]]
    assert world.config.path("D->C") == ("D", "A", "C")
    assert (world.translate("D->C", source_NL) == through).all()


def test_another_seed_gives_other_dictionaries_and_the_same_seed_the_same():
    tables = [World(triangle(seed=seed)).dictionary("A->C").tolist() for seed in (0, 0, 1)]
    assert tables[0] == tables[1] != tables[2]


def test_graphs_name_their_languages_edges_and_tasks():
    assert star(3).tasks == ("A->B", "A->C", "A->D", "B->C", "C->D")
    assert chain(4).dictionaries == ("A-B", "B-C", "C-D") and chain(4).tasks[-1] == "A->D"
    assert chain(2).tasks == ("A->B",)


def test_the_papers_vocabularies_have_30_and_54_pieces():
    sizes = [
        Vocabulary(WorldConfig(**{**vars(config), "tokens": kind})).size
        for config in (triangle(), table1())
        for kind in ("piece", "word")
    ]
    assert sizes == [30, 27, 54, 51]


@pytest.mark.parametrize("letters", [2, 3, 16])
def test_words_of_several_letters_are_unique_over_languages_and_drawn_by_the_worlds_seed(letters):
    world, again, other = (World(triangle(words=20, letters=letters, seed=seed)) for seed in (0, 0, 1))
    assert len(set(world.spellings)) == 60 and {len(word) for word in world.spellings} == {letters}
    assert set("".join(world.spellings)) <= set("abcdefghijklmnopqrstuvwxyz")
    assert world.spellings == again.spellings != other.spellings
    vocabulary, text = Vocabulary(world.config), " ".join([*world.spellings[:4], ".", *world.spellings[40:44], "|"])
    assert vocabulary.text(world, vocabulary.tokens(world, text)) == text
    assert vocabulary.size == 63


def test_a_world_of_one_letter_a_word_is_written_down_as_before_there_were_more():
    assert canonical(triangle()) == "{}" and canonical(triangle(tokens="piece")) == '{"tokens":"piece"}'


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"words": 3}, "a sentence of 4 distinct words needs at least 4 words a language, got 3"),
        ({"alphabet": "abcdefghij.|"}, "3 languages of 8 words need 24 different symbols, the alphabet has 10"),
        ({"letters": 0}, "at least 1 of letters, got 0"),
        ({"letters": 17}, "a word may have 16 letters, got 17"),
        ({"letters": 2, "words": 120}, "need 720 possible spellings, .*2 letters out of 26 have 676"),
        ({"letters": 2, "tokens": "piece"}, "a mark and one letter a word, got words of 2 letters"),
        ({"vocabulary": 40}, "needs world.tokens piece-learned; got 40 with word"),
        ({"vocabulary": -1, "tokens": "piece-learned"}, "0 or more, .*got -1"),
        ({"words": 200}, "3 languages of 200 words need 600 different symbols, the alphabet has"),
        ({"dictionaries": ("A-B",)}, "'B->C' cannot be composed: no path of dictionaries connects B and C"),
        ({"dictionaries": ()}, r"'A->B' cannot be composed.*dictionaries: none"),
        ({"tasks": ("A->X",)}, "unknown language 'X' in task 'A->X': Known: A, B, C."),
        ({"tasks": ("A->A",)}, "two different languages joined by '->'"),
        ({"tasks": ("A-B",)}, "a task is two different languages joined by '->'"),
        ({"tasks": ("A->B", "A->B")}, "names each task once, got A->B, A->B"),
        ({"dictionaries": ("A-B", "B-A", "B-C")}, "share one dictionary, got A-B, B-A, B-C"),
        ({"dictionaries": ("A-Z",)}, "unknown language 'Z' in dictionary 'A-Z': Known: A, B, C."),
        ({"languages": ("A", "A", "C")}, "different names, got A, A, C"),
        ({"languages": ()}, "at least 1 of languages, got 0"),
        ({"words": 0}, "at least 1 of words, got 0"),
        ({"length": 0}, "at least 1 of length, got 0"),
        ({"length": 21, "distinct": False}, "sentences of 21 out of 8 words: 9223372036854775808 exist"),
        ({"seed": -1}, r"world seed must lie in 0..2\^32-1, got -1"),
        ({"seed": 2**64}, "world seed must lie in"),
    ],
)
def test_a_world_that_cannot_be_is_refused_with_its_numbers(settings, message):
    with pytest.raises(UsageError, match=message):
        WorldConfig(**settings)


def test_a_graph_of_too_many_languages_is_refused():
    with pytest.raises(UsageError, match="2 to 26 of them, got 27"):
        chain(27)
