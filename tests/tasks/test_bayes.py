"""Claims about the Bayes predictor: it is enumeration, its mean loss is the floor, and what it says of odd prompts."""

from collections import defaultdict
from itertools import permutations
from itertools import product as cartesian

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.tasks import (
    BayesPredictor,
    Mixture,
    Vocabulary,
    World,
    WorldConfig,
    bayes_floor,
    evaluation_set,
    sentences,
    stream,
    table1,
    triangle,
    window_source,
)

HINTED = Mixture((("A->B", 2500), ("B->C", 2500), ("A->C", 50)))
TASKS = ("A->B", "B->C", "A->C", "C->A")


def windows_with_chances(world, mixture, length, offsets):
    """Every row of `length` tokens with its joint chance with each task: all sequences of instances listed."""
    config, vocabulary = world.config, Vocabulary(world.config)
    words = range(config.words)
    every = permutations(words, config.length) if config.distinct else cartesian(words, repeat=config.length)
    source_NL = np.array(list(every))
    needed = -(-(length + max(offsets)) // vocabulary.instance_tokens)
    chances = defaultdict(lambda: np.zeros(len(config.tasks)))
    for task, count in mixture.counts:
        if not count:
            continue
        rows = vocabulary.instances(world, task, source_NL).tolist()
        share = count / sum(mixture.examples.values()) / len(offsets) / len(rows) ** needed
        for chosen in cartesian(rows, repeat=needed):
            tokens = [token for row in chosen for token in row]
            for offset in offsets:
                chances[tuple(tokens[offset : offset + length])][config.tasks.index(task)] += share
    return chances


def offsets_of(start, vocabulary):
    step = {"instance": vocabulary.instance_tokens, "word": vocabulary.tokens_per_word, "token": 1}[start]
    return range(0, vocabulary.instance_tokens, step)


CASES = st.tuples(
    st.sampled_from([(2, 1), (3, 1), (2, 2), (3, 2), (3, 3)]),
    st.booleans(),
    st.sampled_from(["word", "piece"]),
    st.integers(0, 5),
    st.lists(st.integers(0, 3), min_size=4, max_size=4).filter(any),
    st.sampled_from(["instance", "word", "token"]),
    st.floats(0, 1),
)


def tiny_case(case):
    """A world whose instances can be listed, a mixture of some of four tasks, a length and a start."""
    (words, length), repeats, tokens, seed, counts, start, share = case
    distinct = not (repeats and words**length < 10)
    config = WorldConfig(words=words, length=length, distinct=distinct, tokens=tokens, tasks=TASKS, seed=seed)
    instance, offsets = Vocabulary(config).instance_tokens, offsets_of(start, Vocabulary(config))

    def listed(tokens):
        instances = -(-(tokens + 1 + max(offsets)) // instance)
        return 4 * len(offsets) * sentences.count(words, length, distinct) ** instances

    lengths = [each for each in range(1, 2 * instance + 2) if listed(each) <= 4000]
    mixture = Mixture(tuple(zip(TASKS, counts, strict=True)))
    return World(config), mixture, lengths[int(share * (len(lengths) - 1))], start


@given(CASES, st.integers(0, 2**32 - 1))
def test_it_says_what_listing_every_sequence_of_instances_says(case, seed):
    world, mixture, length, start = tiny_case(case)
    offsets = offsets_of(start, Vocabulary(world.config))
    longer = windows_with_chances(world, mixture, length + 1, offsets)
    joint = defaultdict(lambda: np.zeros((Vocabulary(world.config).size, len(TASKS))))
    for row, chance_K in longer.items():
        for end in range(1, length + 1):
            joint[row[:end]][row[end]] += chance_K
    rows = [row for row in joint if len(row) == length]
    asked = [rows[place] for place in np.random.default_rng(seed).integers(len(rows), size=12)]
    predicted = BayesPredictor(world, mixture, start).predict(np.array(asked))
    for row, log_next_TV, log_task_TK in zip(asked, predicted.log_next_NTV, predicted.log_task_NTK, strict=True):
        for end in range(1, length + 1):
            joint_VK = joint[row[:end]]
            np.testing.assert_allclose(np.exp(log_next_TV[end - 1]), joint_VK.sum(axis=1) / joint_VK.sum(), atol=1e-12)
            np.testing.assert_allclose(np.exp(log_task_TK[end - 1]), joint_VK.sum(axis=0) / joint_VK.sum(), atol=1e-12)


@given(CASES, st.floats(1e-9, 0.9), st.data())
def test_with_noise_any_row_of_symbols_has_chances_that_sum_to_one(case, noise, data):
    world, mixture, length, start = tiny_case(case)
    vocabulary = Vocabulary(world.config)
    assume(vocabulary.kind == "word")
    symbol = st.integers(vocabulary.stop, vocabulary.size - 1)
    row = data.draw(st.lists(symbol, min_size=length, max_size=length))
    predicted = BayesPredictor(world, mixture, start, noise).predict(np.array([row]))
    np.testing.assert_allclose(np.exp(predicted.log_next_NTV).sum(axis=2), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(predicted.log_task_NTK).sum(axis=2), 1, rtol=1e-12)
    lowest = noise / (vocabulary.size - vocabulary.stop)
    assert (np.exp(predicted.log_next_NTV[:, :, vocabulary.stop :]) >= lowest * (1 - 1e-9)).all()


def by_the_rules(config, world, mixture, row, noise, offsets):
    """P(row, task) by rule 3 as written, with a loop over the tasks of all instances: for worlds of single words."""
    vocabulary, tasks = Vocabulary(config), config.tasks
    prior = [mixture.examples.get(task, 0) / sum(mixture.examples.values()) for task in tasks]
    symbols = vocabulary.size - vocabulary.stop
    chance_K = np.zeros(len(tasks))
    for offset in offsets:
        instances = -(-(offset + len(row)) // 4)
        for k, own in cartesian(range(len(tasks)), cartesian(range(len(tasks)), repeat=instances)):
            chance = prior[k] / len(offsets)
            for j in own:
                chance *= (1 - noise) * (j == k) + noise * prior[j]
            for time, token in enumerate(row):
                instance, place = divmod(offset + time, 4)
                source, target = tasks[own[instance]].split("->")
                first = {name: vocabulary.first_symbol(name) for name in config.languages}
                strict = np.zeros(vocabulary.size)
                if place == 0:
                    strict[first[source] : first[source] + config.words] = 1 / config.words
                elif place == 2:
                    before = row[time - 2] - first[source] if time >= 2 else -1
                    if 0 <= before < config.words:
                        strict[first[target] + world.dictionary(tasks[own[instance]])[before]] = 1
                    else:
                        strict[first[target] : first[target] + config.words] = 1 / config.words
                else:
                    strict[vocabulary.stop if place == 1 else vocabulary.end] = 1
                chance *= (1 - noise) * strict[token] + noise * (token >= vocabulary.stop) / symbols
            chance_K[k] += chance
    return chance_K


@settings(max_examples=15)
@given(
    st.integers(0, 3),
    st.floats(0.01, 0.5),
    st.sampled_from(["instance", "word"]),
    st.lists(st.integers(1, 8), min_size=2, max_size=7),
)
def test_noise_is_the_rule_as_written(seed, noise, start, row):
    config = WorldConfig(words=2, length=1, seed=seed)
    world, mixture = World(config), Mixture((("A->B", 2), ("B->C", 1), ("A->C", 3)))
    offsets = offsets_of(start, Vocabulary(config))
    predicted = BayesPredictor(world, mixture, start, noise).predict(np.array([row]))
    before_K, after_K = (by_the_rules(config, world, mixture, each, noise, offsets) for each in (row[:-1], row))
    assert np.exp(predicted.log_next_NTV[0, -2, row[-1]]) == pytest.approx(after_K.sum() / before_K.sum(), rel=1e-9)
    np.testing.assert_allclose(np.exp(predicted.log_task_NTK[0, -1]), after_K / after_K.sum(), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    ("config", "mixture", "window"),
    [
        (triangle(), HINTED, 41),
        (triangle(tokens="piece"), HINTED, 46),
        (table1(), Mixture((("A->B", 50), ("D->B", 1), ("D->C", 2), ("B->C", 3))), 41),
    ],
    ids=["words", "pieces", "section 3.2"],
)
def test_its_mean_loss_over_windows_of_a_long_stream_is_the_floor(config, mixture, window):
    """800 windows cut anywhere inside a task, each task as often as the mixture says; the floor within 3.5 errors."""
    world = World(config)
    examples = tuple((task, 3000) for task, _ in mixture.counts)
    read = stream(world, Mixture(examples, shares=tuple(mixture.chances.items())), 7)
    source = window_source(
        read,
        Mixture(examples, shares=tuple(mixture.chances.items())),
        config.tasks,
        kind="random",
        window=window + (config.tokens == "piece"),
        batch=800,
        data_seed=3,
    )
    token_NW = source.batches(0, 1).token_SBW[0].astype(np.int64)
    if config.tokens == "piece":  # the floor is that of windows which begin with a mark
        odd_N = token_NW[:, 0] != 3
        token_NW = np.where(odd_N[:, None], token_NW[:, 1:], token_NW[:, :-1])
    predicted = BayesPredictor(world, mixture, "word").predict(token_NW[:, :-1])
    nats_NT = -np.take_along_axis(predicted.log_next_NTV, token_NW[:, 1:, None], axis=2)[:, :, 0]
    loss_N = nats_NT.mean(axis=1)
    error = loss_N.std(ddof=1) / len(loss_N) ** 0.5
    floor = bayes_floor(config, mixture, window)
    assert error < 0.02 * floor
    assert abs(loss_N.mean() - floor) < 3.5 * error


@pytest.fixture(scope="module")
def triangle_world():
    return World(triangle())


def instance(world, task, words):
    return Vocabulary(world.config).instances(world, task, np.array([words]))[0]


def test_without_shots_the_posterior_is_the_prior_of_the_tasks_with_the_questions_language(triangle_world):
    asked = evaluation_set(
        triangle_world, "A->C", "any", np.arange(5), np.ones(1680, bool), shots=0, coverage=None, seed=0
    )
    predicted = BayesPredictor(triangle_world, HINTED).predict(asked.prompt_NP.astype(np.int64))
    np.testing.assert_allclose(np.exp(predicted.log_task_NTK[:, -1]), [[2500 / 2550, 0, 50 / 2550]] * 5, rtol=1e-12)
    answers_N2 = np.stack(
        [
            Vocabulary(triangle_world.config).instances(
                triangle_world, task, sentences.sentence(np.arange(5), 8, 4, True)
            )[:, 5]
            for task in ("A->B", "A->C")
        ],
        axis=1,
    )
    said_N2 = np.take_along_axis(np.exp(predicted.log_next_NTV[:, -1]), answers_N2, axis=1)
    np.testing.assert_allclose(said_N2, [[2500 / 2550, 50 / 2550]] * 5, rtol=1e-12)


def test_after_one_shot_the_task_is_known_and_the_answer_certain(triangle_world):
    row_T = np.concatenate(
        [instance(triangle_world, "A->C", [0, 1, 2, 3]), instance(triangle_world, "A->C", [4, 5, 6, 7])]
    )
    predicted = BayesPredictor(triangle_world, HINTED).predict(row_T[None, :])
    assert np.exp(predicted.log_task_NTK[0, 5:, 2]) == pytest.approx(1)
    certain = np.exp(predicted.log_next_NTV[0, range(13, 19), row_T[14:20]])
    assert certain == pytest.approx(1)


def test_a_prompt_that_mixes_tasks_is_refused_without_noise_and_answered_with_it(triangle_world):
    shots = [instance(triangle_world, task, [0, 1, 2, 3]) for task in ("A->B", "A->B", "A->C")]
    row_T = np.concatenate([*shots, instance(triangle_world, "A->C", [4, 5, 6, 7])[:5]])
    with pytest.raises(UsageError, match=r"row 1 has probability 0 from its token 25 on.*give noise above 0"):
        BayesPredictor(triangle_world, HINTED).predict(np.stack([np.concatenate([shots[0]] * 3 + [row_T[30:]]), row_T]))
    predicted = BayesPredictor(triangle_world, HINTED, noise=1e-3).predict(row_T[None, :])
    posterior_K = np.exp(predicted.log_task_NTK[0, -1])
    # Two shots of A->B and one of A->C: either of them is the window's, and the other's instances were drawn anew.
    e, prior = 1e-3, np.array([2500, 2500, 50]) / 5050
    own = 1 - e + e * prior
    odds = prior[2] * (e * prior[0]) ** 2 * own[2] / (prior[0] * own[0] ** 2 * (e * prior[2]))
    assert posterior_K[2] / posterior_K[0] == pytest.approx(
        odds * (own[2] + e * prior[0]) / (own[0] + e * prior[2]), rel=1e-3
    )


def test_a_wrong_answer_word_costs_its_noise_and_the_rest_is_still_translated(triangle_world):
    row_T = instance(triangle_world, "A->B", [0, 1, 2, 3])
    wrong_T = row_T.copy()
    wrong_T[5] = Vocabulary(triangle_world.config).first_symbol("A")
    predicted = BayesPredictor(triangle_world, HINTED, noise=0.01).predict(wrong_T[None, :])
    log_next_TV = predicted.log_next_NTV[0]
    assert np.exp(log_next_TV[4, wrong_T[5]]) == pytest.approx(0.01 / 26)
    assert (log_next_TV[[5, 6, 7]].argmax(axis=1) == row_T[6:9]).all()


def test_what_cannot_be_asked_is_refused(triangle_world):
    predictor = BayesPredictor(triangle_world, HINTED)
    with pytest.raises(UsageError, match=r"tokens of this world are 0\.\.26, got 27"):
        predictor.predict(np.array([[3, 27]]))
    with pytest.raises(UsageError, match=r"row 0 has probability 0 from its token 1 on, which is 3"):
        predictor.predict(np.array([[3, 3]]))
    with pytest.raises(UsageError, match=r"noise is a probability.*got 1"):
        BayesPredictor(triangle_world, HINTED, noise=1.0)
    with pytest.raises(UsageError, match="unknown task 'C->B' in the mixture: "):
        BayesPredictor(triangle_world, Mixture((("C->B", 1),)))
    pieces = World(triangle(tokens="piece"))
    with pytest.raises(UsageError, match="word-start marks are misplaced"):
        BayesPredictor(pieces, HINTED, noise=0.1).predict(np.array([[3, 3]]))
