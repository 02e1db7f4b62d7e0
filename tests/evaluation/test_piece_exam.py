"""Claims about exams in learned pieces: where every word is two pieces they are those of the tokens `piece`."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.evaluation import EvaluationConfig, Panel, PieceExam, QuestionExam, answer_chances, piece_scorer, scorer
from seedbed.models import LanguageModel, ModelConfig, scaled
from seedbed.tasks import Mixture, World, piece_stream, spelled, spelling_of, stream, triangle
from seedbed.training import Member, PopulationConfig, TrainingConfig
from seedbed.training.config import check_member

ALONE = Mixture((("A->C", 50),))
HINTED = Mixture((("A->B", 500), ("B->C", 500), ("A->C", 50)))
PIECE, LEARNED = triangle(tokens="piece"), triangle(tokens="piece-learned")
SEEN_KS = np.random.default_rng(0).random((3, 1680)) < 0.3
ASKED = EvaluationConfig(shots=1, panel=12, every=12, others=4, paper_items=6, paper_final_items=6, paper_cuts=(45, 44))


def model_of(vocabulary, context=45):
    config = ModelConfig(width=16, heads=2, context=context)
    return scaled(LanguageModel(config, vocabulary, key=jax.random.key(1)), jnp.float32(4.0))


def exam_of(mixture, config=ASKED, seed=0):
    spelling = spelling_of(LEARNED, mixture, seed)
    return PieceExam(Panel(spelling.world, config, SEEN_KS, seed), spelling, piece_scorer())


def renumbered(model, place_V):
    """The same model where token v of the other vocabulary is `place_V[v]` of its own."""
    parts = lambda model: (model.token_VD, model.head.weight_IO)  # noqa: E731
    return eqx.tree_at(parts, model, (model.token_VD[place_V], model.head.weight_IO[:, place_V]))


def test_where_every_word_is_two_pieces_the_rows_are_those_of_the_tokens_piece():
    learned_N, fixed_N = piece_stream(LEARNED, HINTED, 0).token_N, stream(World(PIECE), HINTED, 0).token_N
    place_V = np.arange(30)
    place_V[learned_N] = fixed_N  # padding and the two specials keep their numbers
    assert sorted(place_V.tolist()) == list(range(30))
    model = model_of(30)
    panel = Panel(World(PIECE), ASKED, SEEN_KS, 0)
    fixed = QuestionExam(panel, None, 2, scorer(64), answer_chances())
    for when in ("training", "final"):
        ours = getattr(exam_of(HINTED), when)(renumbered(model, place_V), 3)
        theirs = getattr(fixed, when)(model, 3)
        key = lambda row: [str(row[name]) for name in ("test", "task", "split", "shots", "coverage", "cut")]  # noqa: E731
        pairs = list(zip(sorted(ours.rows, key=key), sorted(theirs.rows, key=key), strict=True))
        for mine, other in pairs:
            assert key(mine) == key(other) and mine["n"] == other["n"] and set(mine) == set(other)
            for name in ("log_likelihood", "brier", "answer_probability"):
                assert mine[name] == pytest.approx(other[name], rel=1e-4), (key(mine), name)
        assert ours.items.keys() == {name for name in theirs.items if "/examples/" not in name}
        for name, values in ours.items.items():
            np.testing.assert_allclose(values, theirs.items[name], rtol=1e-4)


def test_a_block_of_one_length_scores_as_each_prompt_by_itself():
    exam, model = exam_of(ALONE), model_of(30)
    (asked, *_) = (asked for _, asked in exam.panel.training(0))
    prompts = spelled(exam.spelling, asked)
    scores = exam.score(model, prompts)
    for number, prompt in enumerate(prompts.prompts):
        answer = prompts.answer_NA[number, : prompts.answer_length_N[number]]
        logits_TV = np.asarray(model(jnp.asarray(np.concatenate([prompt, answer]))), dtype=np.float64)
        log_p_TV = logits_TV - np.log(np.exp(logits_TV).sum(axis=1, keepdims=True))
        right = log_p_TV[len(prompt) - 1 : -1][np.arange(len(answer)), answer]
        np.testing.assert_allclose(scores.log_right_NA[number, : len(answer)], right, rtol=1e-4)
        text = list(prompt)
        for _ in range(8):
            text.append(int(np.argmax(np.asarray(model(jnp.asarray(np.array(text, dtype=np.int32))))[-1])))
        assert scores.decoded_NA[number].tolist() == text[-8:]


def test_letters_that_the_stream_lacks_are_never_right():
    rows = exam_of(ALONE).training(model_of(30), 1).rows
    assert {row["task"] for row in rows} == {"A->B", "B->C", "A->C"}
    assert [row["word_score"] for row in rows if row["task"] == "A->B"] == [0.0] * 4


def population(**changes):
    settings = {
        "world": LEARNED,
        "model": ModelConfig(width=16, heads=2, context=45),
        "training": TrainingConfig(steps=2, batch=20, windows="fixed"),
        "evaluation": ASKED,
    }
    return PopulationConfig(**{**settings, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"training": TrainingConfig(steps=9, pretraining=4)},
            "training.pretraining must be 0 with world.tokens",
        ),
        ({"evaluation": EvaluationConfig(shots=1, bayes=8)}, "evaluation.bayes needs prompts of one length"),
        ({"model": ModelConfig(width=16, heads=2, context=45, prefix=4)}, "model.prefix needs prompts of one length"),
        ({"evaluation": EvaluationConfig(shots=2)}, "2 shots and a question with its answer are 57 tokens"),
    ],
)
def test_settings_that_need_one_length_are_refused(changes, message):
    with pytest.raises(UsageError, match=message):
        population(**changes)


def test_a_stream_too_small_for_its_vocabulary_is_refused_before_training():
    with pytest.raises(UsageError, match="30 pieces cannot be learned from this stream"):
        check_member(population(), Member(Mixture((("A->C", 2),)), 0, 0, 1e-3))
