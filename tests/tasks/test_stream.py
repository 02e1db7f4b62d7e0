"""Claims about streams: nested, seeded, labelled, and spelled as SentencePiece spells them."""

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError, canonical, from_plain, to_plain
from seedbed.tasks import Mixture, Vocabulary, World, WorldConfig, stream, table1, triangle
from seedbed.tasks.sentences import sentence

HINTED = Mixture((("A->B", 2500), ("B->C", 2500), ("A->C", 50)))


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from(["independent", "distinct"]), st.integers(0, 2**32 - 1))
def test_the_first_examples_do_not_depend_on_how_many_are_asked_for_or_on_other_tasks(few, more, draw, seed):
    world = World(triangle())
    few, more = sorted((few, more))
    alone = stream(world, Mixture((("A->C", more + 1),), draw=draw), seed)
    mixed = stream(world, Mixture((("B->C", 9), ("A->C", few)), draw=draw), seed)
    of_task = mixed.sentence_E[mixed.task_E == 2]
    assert of_task.tolist() == alone.sentence_E[:few].tolist()


@pytest.mark.parametrize("config", [triangle(), WorldConfig(words=12, length=6)], ids=["listed", "too many to list"])
def test_distinct_draws_do_not_repeat_and_independent_ones_do(config):
    world, examples = World(config), 1680
    drawn = stream(world, Mixture((("A->C", examples),), draw="distinct"), 5).sentence_E
    assert len(set(drawn.tolist())) == examples
    if config.sentences == examples:
        repeated = stream(world, Mixture((("A->C", examples),)), 5).sentence_E
        assert len(set(repeated.tolist())) == pytest.approx(examples * (1 - np.exp(-1)), rel=0.05)


@pytest.mark.parametrize("tokens", ["word", "piece"])
def test_an_instance_reads_as_a_sentence_and_its_translation(tokens):
    world = World(triangle(tokens=tokens))
    vocabulary = Vocabulary(world.config)
    read = stream(world, Mixture((("A->B", 3), ("A->C", 2))), 1)
    size = int(read.first_E[1])
    assert size == {"word": 10, "piece": 20}[tokens]
    for index, (number, task) in enumerate(zip(read.sentence_E, read.task_E, strict=True)):
        source, target = world.config.tasks[task].split("->")
        words_L = sentence(np.array([number]), 8, 4, True)[0].tolist()
        table = world.dictionary(f"{source}->{target}").tolist()
        question = " ".join(world.symbol(source, word) for word in words_L)
        answer = " ".join(world.symbol(target, table[word]) for word in words_L)
        here = slice(index * size, (index + 1) * size)
        assert vocabulary.text(world, read.token_N[here]) == f"{question} . {answer} |"
        assert vocabulary.text(world, read.token_N[here][read.answer_N[here]]) == answer
        assert set(read.task_N[here].tolist()) == {task}


def test_languages_share_no_symbol():
    world = World(table1())
    symbols = [world.symbol(language, word) for language in world.config.languages for word in range(12)]
    assert len(set(symbols) | {".", "|"}) == 4 * 12 + 2


@pytest.mark.parametrize(("config", "size"), [(triangle(tokens="piece"), 30), (None, 54)])
def test_pieces_are_those_of_a_sentencepiece_unigram_model_trained_on_the_stream(config, size):
    sentencepiece = pytest.importorskip("sentencepiece")
    config = config or WorldConfig(**{**vars(table1()), "tokens": "piece"})
    world = World(config)
    vocabulary = Vocabulary(config)
    read = stream(world, Mixture(tuple((task, 400) for task in config.tasks)), 0)
    lines = [vocabulary.text(world, row) for row in read.token_N.reshape(-1, 20)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="unigram", vocab_size=size, minloglevel=2
    )
    trained = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    assert trained.vocab_size() == vocabulary.size == size
    ours_to_theirs = {}
    for line, row in zip(lines, read.token_N.reshape(-1, 20).tolist(), strict=True):
        theirs = trained.encode(line)
        assert len(theirs) == 20
        for ours, other in zip(row, theirs, strict=True):
            assert ours_to_theirs.setdefault(ours, other) == other
    assert len(set(ours_to_theirs.values())) == len(ours_to_theirs) == size - 3  # all but the three specials


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"counts": (("A->C", 1681),), "draw": "distinct"},
            "1681 distinct examples of A->C were asked for, 1680 exist",
        ),
        ({"counts": (("A->D", 5),)}, "unknown task 'A->D' in the mixture"),
        ({"counts": (("A->C", -1),)}, "0 or more examples of A->C, got -1"),
        ({"counts": (("A->C", 0),)}, "at least one example of some task"),
        ({"counts": (("A->C", 1), ("A->C", 2))}, "names each task once, got A->C, A->C"),
        ({"counts": (("A->C", 1),), "shares": (("A->B", 1.0),)}, "shares may only name tasks with examples"),
        ({"counts": (("A->C", 1), ("A->B", 1)), "shares": (("A->C", 0.5), ("A->B", 0.4))}, "sum to 1"),
        ({"counts": (("A->C", 2),), "replaced": (("A->B", 0, 5),)}, "task in mixture.replaced: 'A->B'"),
        ({"counts": (("A->C", 2),), "replaced": (("A->C", 2, 5),)}, "place 2 of A->C, which has 2 examples"),
        ({"counts": (("A->C", 2),), "replaced": (("A->C", -1, 5),)}, "place -1 of A->C"),
        ({"counts": (("A->C", 2),), "replaced": (("A->C", 1, 5), ("A->C", 1, 6))}, "may name a place once"),
        ({"counts": (("A->C", 2),), "replaced": (("A->C", 1, 1680),)}, "number 1680: this world has numbers 0 to 1679"),
        ({"counts": (("A->C", 2),), "replaced": (("A->C", 1, -1),)}, "number -1: this world has numbers 0 to 1679"),
    ],
)
def test_a_mixture_that_the_world_cannot_give_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        stream(World(triangle()), Mixture(**settings), 0)


def test_tasks_are_written_one_after_another():
    read = stream(World(triangle()), HINTED, 0)
    changes = [(one, other) for one, other in pairwise(read.task_E.tolist()) if one != other]
    assert changes == [(0, 1), (1, 2)]
    assert np.bincount(read.task_E).tolist() == [2500, 2500, 50]


@given(st.integers(0, 7), st.integers(0, 1679), st.integers(0, 2**32 - 1))
def test_a_replaced_example_changes_its_own_tokens_and_nothing_else(place, number, seed):
    world = World(triangle())
    counts = (("A->B", 5), ("A->C", 8))
    plain = stream(world, Mixture(counts), seed)
    swapped = stream(world, Mixture(counts, replaced=(("A->C", place, number),)), seed)
    where = 5 + place
    assert swapped.sentence_E[where] == number
    assert np.delete(swapped.sentence_E, where).tolist() == np.delete(plain.sentence_E, where).tolist()
    size = int(plain.first_E[1])
    (changed,) = np.nonzero(swapped.token_N != plain.token_N)
    assert set((changed // size).tolist()) <= {where}
    assert swapped.task_N.tolist() == plain.task_N.tolist()


def test_a_replacement_that_repeats_a_distinct_example_is_refused_with_its_place():
    world, counts = World(triangle()), (("A->C", 4),)
    third = int(stream(world, Mixture(counts, draw="distinct"), 3).sentence_E[2])
    with pytest.raises(UsageError, match=f"sentence {third} of A->C at place 0, but it stands at place 2 already"):
        stream(world, Mixture(counts, draw="distinct", replaced=(("A->C", 0, third),)), 3)
    assert stream(world, Mixture(counts, replaced=(("A->C", 0, third),)), 3).sentence_E[0] == third


def test_a_mixture_without_replacements_is_written_down_as_before_there_were_any():
    written = '{"counts":[["A->C",8]],"draw":"distinct"}'
    assert canonical(Mixture((("A->C", 8),), draw="distinct")) == written
    swapped = Mixture((("A->C", 8),), draw="distinct", replaced=(("A->C", 0, 5),))
    assert canonical(swapped) == written[:-1] + ',"replaced":[["A->C",0,5]]}'
    assert from_plain(Mixture, to_plain(swapped)) == swapped
