"""Claims about streams: nested, seeded, labelled, and spelled as SentencePiece spells them."""

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
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
    size = read.instance_tokens
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
        ({"counts": (("A->D", 5),)}, "task in the mixture: 'A->D'"),
        ({"counts": (("A->C", -1),)}, "0 or more examples of A->C, got -1"),
        ({"counts": (("A->C", 0),)}, "at least one example of some task"),
        ({"counts": (("A->C", 1), ("A->C", 2))}, "names each task once, got A->C, A->C"),
        ({"counts": (("A->C", 1),), "shares": (("A->B", 1.0),)}, "shares may only name tasks with examples"),
        ({"counts": (("A->C", 1), ("A->B", 1)), "shares": (("A->C", 0.5), ("A->B", 0.4))}, "sum to 1"),
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
