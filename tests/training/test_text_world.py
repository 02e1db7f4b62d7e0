"""Claims about members that read text: grown by the same program, with the same promises."""

from dataclasses import replace
from math import log

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from byte_tokenizer import Bytes

from seedbed.config import UsageError, canonical, from_plain, to_plain
from seedbed.data import CorpusConfig, cache_of, prepare, text_of
from seedbed.evaluation import EvaluationConfig
from seedbed.models import LanguageModel, ModelConfig, named_arrays, restored
from seedbed.tasks import Mixture
from seedbed.training import (
    TEXT_MIXTURE,
    Checkpoint,
    Evaluated,
    Finished,
    Member,
    PopulationConfig,
    TrainingConfig,
    check_member,
    train_population,
)
from seedbed.training.growth import Growth, Programs
from seedbed.training.program import batch_gradient, importance, losses_and_routings
from seedbed.training.reading import reading

MODEL = ModelConfig(width=8, blocks=2, heads=2, context=24, positions="rotary", tied=True)
MEMBER = Member(TEXT_MIXTURE, 1, 2, 1e-2)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Stories of 5 to 60 bytes, as tokens in a cache of the tests' own."""
    place = tmp_path_factory.mktemp("text")
    told = [f"{number} {'the cat sat. ' * (number % 5)}end" for number in range(200)]
    (place / "a.txt").write_text("<|endoftext|>".join(told))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEDBED_CACHE", str(place))
        cache = prepare(CorpusConfig((str(place / "a.txt"),), validation=0.2), Bytes())
        yield PopulationConfig(
            text_of(cache, "bytes"),
            MODEL,
            TrainingConfig(steps=12, batch=4, windows="packed"),
            EvaluationConfig(shots=0, panel=6, regular=6, log_spaced=False, samples=10),
        )


@pytest.fixture(scope="module")
def grown(small, config):
    return small.grown_here(config, MEMBER)


def test_a_worlds_class_is_written_down_and_read_back(config):
    assert '"class":"TextConfig"' in canonical(config)
    assert from_plain(PopulationConfig, to_plain(config)) == config
    check_member(config, MEMBER)


def test_a_member_is_tested_on_held_out_documents_whole(config, grown):
    rows = {row["test"]: row for event in grown.of("alone", Evaluated) for row in event.rows if row["task"] == "text"}
    validation = cache_of(config.world).validation
    assert rows["every"]["n"] == validation.targets
    assert rows["panel"]["n"] < validation.targets
    for test in ("panel", "every"):
        assert 0 <= rows[test]["exact"] <= 1 and 0 < rows[test]["brier"] < 2
        assert rows[test]["log_likelihood"] == -rows[test]["loss"]
    row = rows["every"]
    assert row["bits_per_byte"] == pytest.approx(validation.bits_per_byte(row["loss"]))


def test_scores_are_those_of_each_document_read_alone(config, grown):
    """Of documents that fit the context; the final test keeps each one's nats."""
    (finished,) = grown.of("alone", Finished)
    model = restored(config.model, 257, finished.weights)
    split, items = cache_of(config.world).validation, finished.outcomes
    token_N, start_D = split.token_N(), split.start_D()
    read = eqx.filter_jit(lambda token_BW: losses_and_routings(model, token_BW, None)[0])
    right = 0
    for document, nats, tokens in zip(items["text/document"], items["text/nats"], items["text/tokens"], strict=True):
        own = np.array(token_N[start_D[document] : start_D[document + 1] + 1], dtype=np.int32)
        assert tokens == len(own) - 1
        if tokens <= 24:
            padded_1W = jnp.zeros((1, 25), jnp.int32).at[0, : len(own)].set(own)
            expected = float(read(padded_1W)[0, :tokens].sum())
            assert nats == pytest.approx(expected, rel=1e-4)
            right += 1
    assert right > 5
    row = next(row for row in grown.rows("alone") if row["test"] == "every")
    assert items["text/nats"].sum() / items["text/bytes"].sum() / log(2) == pytest.approx(
        row["bits_per_byte"], rel=1e-5
    )
    for item, score in (("right", "exact"), ("brier", "brier")):
        assert items[f"text/{item}"].sum() / items["text/tokens"].sum() == pytest.approx(row[score], rel=1e-5)


def test_each_test_keeps_a_text_that_the_member_wrote(grown):
    said = [event.samples["text"] for event in grown.of("alone", Evaluated) if not event.final]
    assert len(said) == 2 and all(0 < len(each) <= 10 for each in said)


def test_an_interrupted_member_ends_with_the_same_weights(small, config, grown):
    growth = Growth(Programs(config), MEMBER, "alone")
    while growth.host.step < 5:
        list(growth.advance())
    saved = growth.checkpoint()
    assert isinstance(saved, Checkpoint)
    assert small.grown_here(config, MEMBER, resume=saved.arrays).hashes == grown.hashes


def test_a_worker_grows_the_same_bits(small, config, grown):
    heard = small.heard()
    (name,) = train_population([(config, MEMBER)], heard, workers=1)
    assert heard.hashes[name] == grown.hashes["alone"]
    assert heard.rows(name) == grown.rows("alone")
    assert len(heard.of(name, Evaluated)[0].samples["text"])


def test_the_loss_of_training_is_that_of_tokens_and_padding_weighs_nothing(config):
    host = Growth(Programs(config), MEMBER, "alone").host
    cut = host.batches(1)
    task_BW, real_B = jnp.asarray(cut.task_SBW[0]), jnp.asarray(cut.real_SB[0])
    weight_BT = np.asarray(importance(config, task_BW, real_B))
    assert (np.asarray(task_BW)[:, 1:] < 0).any() and (weight_BT[np.asarray(task_BW)[:, 1:] < 0] == 0).all()
    assert weight_BT.sum() == pytest.approx(1)


def test_a_packed_window_has_the_losses_of_its_documents_read_alone(config):
    """Attention does not cross: each piece has the losses that it has in a window of its own."""
    model = LanguageModel(config.model, 257, key=jax.random.key(0))
    cut = reading(config, MEMBER).batches(0, 4)
    token_BW, document_BW = (jnp.asarray(each.reshape(16, 25)) for each in (cut.token_SBW, cut.document_SBW))
    read = eqx.filter_jit(lambda *given: losses_and_routings(model, given[0], None, *given[1:])[0])
    packed_BT, crossing_BT = read(token_BW, document_BW), read(token_BW)
    several = 0
    for row in range(len(token_BW)):
        for piece in range(int(document_BW[row].max()) + 1):
            (place_P,) = np.nonzero(np.asarray(document_BW[row, :-1]) == piece)
            first, last = place_P[0], place_P[-1] + 1
            alone_BW = jnp.zeros_like(token_BW).at[0, : last + 1 - first].set(token_BW[row, first : last + 1])
            alone_T = read(alone_BW)[0, : last - first]
            np.testing.assert_allclose(packed_BT[row, first:last], alone_T, rtol=2e-4, atol=1e-4)
            several += piece
    assert several > 2 and not np.allclose(packed_BT, crossing_BT, atol=1e-3)


def test_the_gradient_of_a_packed_batch_in_slices_is_that_of_the_whole(config, monkeypatch):
    model = LanguageModel(config.model, 257, key=jax.random.key(0))
    cut = Growth(Programs(config), MEMBER, "alone").host.batches(1)
    token, task, real, document = (jnp.asarray(each[0]) for each in cut)

    def gradient():
        given = (model, token, task, real)
        return eqx.filter_jit(lambda *each: batch_gradient(config, *each, document_BW=document))(*given)[0]

    whole = gradient()
    monkeypatch.setattr("seedbed.training.program.SLICE_TOKENS", 24)
    for one, other in zip(jax.tree.leaves(whole), jax.tree.leaves(gradient()), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training": TrainingConfig(windows="fixed")}, "windows of text are random or packed"),
        ({"model": replace(MODEL, mixer="gru", positions="learned")}, "the mixer gru reads across them.*attention"),
        ({"evaluation": EvaluationConfig()}, "text has no examples to show: evaluation.shots must be 0, got 3"),
        ({"evaluation": EvaluationConfig(shots=0, tasks=("A->B",))}, "unknown task 'A->B' in evaluation.tasks"),
        ({"training": TrainingConfig(windows="packed", pretraining=2)}, "text has no pre-training"),
    ],
)
def test_what_text_cannot_have_is_refused(config, changes, message):
    with pytest.raises(UsageError, match=message):
        replace(config, **changes)


def test_packed_windows_are_of_text_alone_and_a_member_of_text_has_no_other_mixture(config, small):
    with pytest.raises(UsageError, match="packed windows hold documents of a corpus"):
        replace(small.config, training=TrainingConfig(windows="packed"))
    with pytest.raises(UsageError, match="a member of text reads its corpus"):
        check_member(config, Member(Mixture((("A->B", 3),))))


def test_any_mixer_learns_from_random_windows(small, config):
    model = replace(MODEL, mixer="gru", positions="learned")
    training = replace(config.training, windows="random", steps=4)
    heard = small.grown_here(replace(config, model=model, training=training), MEMBER)
    assert np.isfinite([row["bits_per_byte"] for row in heard.rows("alone") if row["test"] == "every"]).all()


def test_training_ends_when_the_held_out_loss_no_longer_falls_and_so_does_a_resumed_member(small, config):
    """At a rate that does harm the loss soon rises; the tests and the step do not depend on an interruption."""
    training = replace(config.training, steps=200, patience=2, schedule="constant", warmup=0)
    config = replace(config, training=training, evaluation=replace(config.evaluation, regular=2, samples=0))
    member = replace(MEMBER, learning_rate=0.3)
    heard = small.grown_here(config, member)
    (finished,) = heard.of("alone", Finished)
    rows = [row for event in heard.of("alone", Evaluated) for row in event.rows]
    losses = [row["loss"] for row in rows if row["test"] == "panel"]
    assert finished.step < 200 and len(losses) == finished.step // 2
    assert min(losses[-2:]) >= min(losses[:-2])
    assert all(min(losses[at - 2 : at]) < min(losses[: at - 2]) for at in range(3, len(losses)))
    growth = Growth(Programs(config), member, "alone")
    while growth.host.step < finished.step - 2:
        list(growth.advance())
    assert small.grown_here(config, member, resume=growth.checkpoint().arrays).hashes == heard.hashes


def test_the_average_of_the_weights_is_what_is_tested_and_kept(small, config):
    """By hand: w_0 = start, then mean + (1 - m) (w - mean) with m = min(0.5, (1 + t) / (10 + t))."""
    training = replace(config.training, steps=4, averaging=0.5)
    averaged = replace(config, training=training, evaluation=replace(config.evaluation, regular=1, samples=0))
    (kept,) = small.grown_here(averaged, MEMBER).of("alone", Finished)
    plain = replace(averaged, training=replace(training, averaging=0.0))
    growth = Growth(Programs(plain), MEMBER, "alone")
    mean = named_arrays(growth.state.model)
    for step in range(4):
        list(growth.advance())
        memory = min(0.5, (1 + step) / (10 + step))
        now = named_arrays(growth.state.model)
        mean = {name: mean[name] + (1 - memory) * (now[name] - mean[name]) for name in mean}
    for name, array in kept.weights.items():
        np.testing.assert_allclose(array, mean[name], rtol=1e-4, atol=1e-6)
        assert name.endswith("scale_D") or not np.allclose(array, now[name], rtol=1e-5, atol=1e-7)
