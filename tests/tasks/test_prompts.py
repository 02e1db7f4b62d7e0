"""Claims about prompts: shots never give the question away, and cover exactly what was asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.tasks import Vocabulary, World, WorldConfig, evaluation_set, paper_test, stratified, table1, triangle
from seedbed.tasks.prompts import check_coverage
from seedbed.tasks.sentences import number, sentence


def shown(world, asked):
    """Each prompt's shots as tuples of source words, read back from its tokens."""
    vocabulary = Vocabulary(world.config)
    per_word, size = vocabulary.tokens_per_word, vocabulary.instance_tokens
    source = asked.task[0]
    first = vocabulary.symbols(source, np.zeros((1, 1), dtype=np.int64))[0, 0]
    for prompt_P in asked.prompt_NP:
        starts = [shot * size for shot in range(asked.shots)]
        words = [prompt_P[s : s + world.config.length * per_word][per_word - 1 :: per_word] - first for s in starts]
        yield [tuple(each.tolist()) for each in words]


def seen_mask(world, share, seed=0):
    return np.random.default_rng(seed).random(world.config.sentences) < share


WORLDS = st.tuples(
    st.integers(4, 8), st.integers(1, 4), st.booleans(), st.integers(1, 3), st.integers(0, 4), st.integers(0, 99)
)


@given(WORLDS, st.floats(0, 1))
def test_shots_differ_from_the_question_and_cover_exactly_what_was_asked(size, share):
    words, length, distinct, shots, coverage, seed = size
    world = World(WorldConfig(words=words, length=length, distinct=distinct, seed=seed))
    try:
        check_coverage(world, shots, coverage)
    except UsageError:
        return
    seen_S = seen_mask(world, share, seed)
    question_N = stratified(np.arange(world.config.sentences), 40, seed=seed)
    asked = evaluation_set(world, "A->C", "unseen", question_N, seen_S, shots=shots, coverage=coverage, seed=seed)
    question_NL = sentence(question_N, words, length, distinct)
    for question_L, examples in zip(question_NL.tolist(), shown(world, asked), strict=True):
        assert tuple(question_L) not in examples
        assert len(set(examples)) == shots
        covered = set(question_L) & {word for example in examples for word in example}
        assert len(covered) == min(coverage, len(set(question_L)))


@pytest.mark.parametrize("coverage", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("shots", [1, 3])
def test_coverage_holds_where_a_world_is_too_large_to_list_and_fitting_shots_are_rare(coverage, shots):
    world = World(WorldConfig(words=24, length=4))
    question_N = stratified(np.arange(world.config.sentences), 300, seed=1)
    asked = evaluation_set(
        world, "A->C", "unseen", question_N, seen_mask(world, 0.01), shots=shots, coverage=coverage, seed=1
    )
    question_NL = sentence(question_N, 24, 4, True)
    for question_L, examples in zip(question_NL.tolist(), shown(world, asked), strict=True):
        assert len(set(question_L) & {word for each in examples for word in each}) == coverage


def test_shots_are_built_where_a_large_world_offers_none_at_random():
    world = World(WorldConfig(words=12, length=6))  # 665,280 sentences; 720 of them avoid all words of a question
    question_N = stratified(np.arange(world.config.sentences), 30, seed=2)
    asked = evaluation_set(world, "A->B", "unseen", question_N, seen_mask(world, 0), shots=3, coverage=0, seed=2)
    question_NL = sentence(question_N, 12, 6, True)
    for question_L, examples in zip(question_NL.tolist(), shown(world, asked), strict=True):
        assert len(set(examples)) == 3 and not set(question_L) & {word for each in examples for word in each}


def test_shots_are_seen_where_enough_seen_sentences_fit_and_the_share_is_told():
    world = World(triangle())
    question_N = np.arange(0, 1680, 7)
    plenty = evaluation_set(world, "A->C", "unseen", question_N, np.ones(1680, dtype=bool), shots=3, coverage=0, seed=0)
    assert plenty.seen_shots == 1.0
    two = np.zeros(1680, dtype=bool)
    two[[0, 1679]] = True  # 0 1 2 3 and 7 6 5 4: each of these questions can be shown the other half's
    asked_N = number(np.array([[1, 0, 2, 3], [6, 7, 5, 4]]), 8, True)
    scarce = evaluation_set(world, "A->C", "unseen", asked_N, two, shots=3, coverage=0, seed=0)
    assert scarce.seen_shots == pytest.approx(2 / 6)
    none = evaluation_set(world, "A->C", "unseen", question_N, two, shots=0, coverage=None, seed=0)
    assert np.isnan(none.seen_shots) and none.prompt_NP.shape == (240, 5)


@pytest.mark.parametrize("tokens", ["word", "piece"])
def test_prompts_and_answers_read_as_instances_of_the_task(tokens):
    world = World(triangle(tokens=tokens))
    vocabulary = Vocabulary(world.config)
    asked = evaluation_set(
        world, "A->C", "seen", np.array([0, 1000]), np.ones(1680, dtype=bool), shots=1, coverage=2, seed=0
    )
    table = world.dictionary("A->C").tolist()
    for row, question_L in enumerate(sentence(np.array([0, 1000]), 8, 4, True).tolist()):
        whole = np.concatenate([asked.prompt_NP[row], asked.answer_NA[row]])
        words = vocabulary.text(world, whole).split()
        example = [world.symbol("A", word) for word in range(8)]
        assert words[:4] != words[10:14] and words[4] == words[14] == "." and words[9] == "|"
        assert words[10:14] == [world.symbol("A", word) for word in question_L]
        assert words[15:] == [world.symbol("C", table[word]) for word in question_L]
        assert words[5:9] == [world.symbol("C", table[example.index(char)]) for char in words[:4]]


def test_the_papers_test_may_show_the_question_among_its_own_shots():
    world = World(triangle(words=4))  # 24 sentences and 6 shots: most prompts leak
    vocabulary = Vocabulary(world.config)
    leaks = 0
    asked = paper_test(world, "A->C", items=200, shots=6, cut=65, seed=0, counter=0)
    for prompt_P in asked.prompt_NP.tolist():
        words = vocabulary.text(world, np.array(prompt_P)).split()
        leaks += any(words[at : at + 4] == words[-5:-1] for at in range(0, 60, 10))
    expected = 1 - (23 / 24) ** 6
    assert leaks / 200 == pytest.approx(expected, abs=3 * (expected * (1 - expected) / 200) ** 0.5)


def test_the_papers_prompt_is_cut_to_its_last_tokens_or_padded_on_its_left():
    world = World(triangle(tokens="piece"))
    whole = paper_test(world, "A->B", items=5, shots=6, cut=130, seed=3, counter=9)
    cut = paper_test(world, "A->B", items=5, shots=6, cut=45, seed=3, counter=9)
    long = paper_test(world, "A->B", items=5, shots=6, cut=140, seed=3, counter=9)
    assert (cut.prompt_NP == whole.prompt_NP[:, -45:]).all() and (cut.answer_NA == whole.answer_NA).all()
    assert (long.prompt_NP[:, :10] == 0).all() and (long.prompt_NP[:, 10:] == whole.prompt_NP).all()
    other = paper_test(world, "A->B", items=5, shots=6, cut=45, seed=3, counter=10)
    assert (other.sentence_N != cut.sentence_N).any()


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 9))
def test_a_stratified_panel_takes_one_from_each_equal_stretch(available, size, seed):
    number_N = np.arange(available) * 3
    chosen = stratified(number_N, size, seed=seed)
    assert len(chosen) == min(size, available) and (np.diff(chosen) > 0).all()
    if 0 < size < available:
        edges = np.linspace(0, available, size + 1)
        place = chosen // 3
        assert (place >= np.floor(edges[:-1])).all() and (place <= np.ceil(edges[1:])).all()


@pytest.mark.parametrize(
    ("settings", "shots", "coverage", "message"),
    [
        ({}, 3, 5, "how many of the question's 4 words the shots show, got 5"),
        ({"words": 7}, 3, 0, "can use 3 of 7 words, which make 0 sentences of 4; 3 are needed"),
        ({"words": 4, "distinct": False}, 1, 0, "can use 0 of 4 words, which make 0 sentences"),
        ({"words": 4}, 24, 4, "which make 23 sentences of 4; 24 are needed"),
        ({"length": 1}, 1, 1, "only the question itself shows its word"),
        ({"words": 1, "length": 1}, 1, None, "can use 1 of 1 words, which make 0 sentences of 1; 1 are needed"),
    ],
)
def test_shots_that_cannot_be_are_refused_with_the_numbers(settings, shots, coverage, message):
    world = World(WorldConfig(**settings))
    with pytest.raises(UsageError, match=message):
        evaluation_set(
            world,
            "A->C",
            "unseen",
            np.arange(1),
            np.ones(world.config.sentences, dtype=bool),
            shots=shots,
            coverage=coverage,
            seed=0,
        )


def test_every_coverage_of_the_papers_worlds_can_be_had():
    for config in (triangle(), table1()):
        for coverage in range(5):
            check_coverage(World(config), 3, coverage)
