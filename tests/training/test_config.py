"""Claims about populations: what cannot be is refused before anything is trained, and a name is of bits alone."""

from dataclasses import replace

import pytest

from seedbed.config import UsageError, canonical, from_plain, to_plain
from seedbed.evaluation import EvaluationConfig
from seedbed.models import ModelConfig, flops_per_token
from seedbed.tasks import Mixture, WorldConfig
from seedbed.training import (
    Member,
    PopulationConfig,
    TrainingConfig,
    check_member,
    cpu_type,
    member_fingerprint,
    train_population,
)

MIXTURE = Mixture((("A->C", 50),))


def test_the_default_population_holds_its_prompts_and_counts_its_work():
    config = PopulationConfig()
    assert (config.vocabulary, config.tokens_per_step) == (27, 64 * 40)
    assert config.flops_per_step == 3 * 64 * 40 * flops_per_token(config.model, 27)
    assert canonical(config) == "{}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"model": {"context": 37}},
            "3 shots and a question with its answer are 38 tokens.*37: set evaluation.shots to 2",
        ),
        ({"model": {"context": 8}}, "the context is 8: set evaluation.shots to 0 or a longer context"),
        ({"world": {"tokens": "piece"}}, "are 77 tokens, the context is 40: set evaluation.shots to 1"),
        ({"world": {"words": 7}}, "show 0 of the question's 4 words can use 3 of 7 words"),
        ({"evaluation": {"paper_cuts": [41]}}, "paper_cuts may not exceed the context of 40, got 41"),
        ({"world": {"tasks": []}}, "at least one task"),
        ({"evaluation": {"tasks": ["C->A"]}}, "unknown task 'C->A' in evaluation.tasks: "),
        ({"training": {"steps": 0}}, "training.steps must be at least 1, got 0"),
        ({"training": {"clip": 0.0}}, "training.clip must be a finite number above 0, got 0"),
        ({"training": {"b2": 1.0}}, "training.b2 must lie in 0..1"),
        ({"training": {"warmup": -1}}, "training.warmup must be 0 or more"),
        ({"training": {"optimiser": "adam"}}, "optimiser 'adam': did you mean 'adamw'"),
    ],
)
def test_a_population_that_cannot_be_is_refused_with_its_numbers(settings, message):
    with pytest.raises(UsageError, match=message):
        from_plain(PopulationConfig, settings)


def test_shots_that_just_fit_are_accepted():
    model = ModelConfig(context=38)
    assert PopulationConfig(model=model).model.context == 38


def test_more_tokens_than_16_bits_count_are_refused():
    alphabet = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 33_000))
    world = WorldConfig(words=11_000, length=1, alphabet=alphabet)
    with pytest.raises(UsageError, match="may have 32767 tokens, but this one has 33003"):
        PopulationConfig(world=world)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be a finite number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be a finite number above 0"),
        ({"weight_decay": -0.1}, "weight_decay must be a finite number of 0 or more, got -0.1"),
        ({"init_seed": -1}, r"init_seed must lie in 0..2\^32-1, got -1"),
        ({"data_seed": 2**32}, r"data_seed must lie in 0..2\^32-1"),
    ],
)
def test_a_member_that_cannot_be_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        Member(MIXTURE, **settings)


def test_a_member_that_the_world_cannot_feed_is_refused_before_training():
    def sink_of_nothing():
        raise AssertionError("nothing may be told")

    for mixture, config, message in [
        (Mixture((("A->D", 5),)), PopulationConfig(), "unknown task 'A->D' in the mixture: did you mean 'A->C'"),
        (
            Mixture((("A->C", 50),), shares=(("A->C", 1.0),)),
            PopulationConfig(training=TrainingConfig(windows="fixed")),
            "fixed windows cut across: set training.windows to random",
        ),
    ]:
        with pytest.raises(UsageError, match=message):
            check_member(config, Member(mixture))
        with pytest.raises(UsageError, match=message):
            train_population([(config, Member(mixture))], type("Sink", (), {"receive": sink_of_nothing})())


def test_fewer_than_one_worker_is_refused():
    with pytest.raises(UsageError, match="workers must be at least 1, got 0"):
        train_population([], type("Sink", (), {"receive": lambda self, event: None})(), workers=0)


def test_a_fingerprint_changes_with_whatever_changes_bits_and_with_nothing_else():
    base, member = PopulationConfig(), Member(MIXTURE)
    variants = [
        (base, member, "cpu x"),
        (base, member, "cpu y"),
        (base, replace(member, data_seed=1), "cpu x"),
        (base, replace(member, learning_rate=2e-3), "cpu x"),
        (replace(base, training=TrainingConfig(steps=601)), member, "cpu x"),
        (replace(base, evaluation=EvaluationConfig(panel=255)), member, "cpu x"),
    ]
    names = {member_fingerprint(*variant) for variant in variants}
    assert len(names) == len(variants)
    again = from_plain(PopulationConfig, to_plain(base, defaults=True))
    assert member_fingerprint(again, member, "cpu x") in names


def test_the_type_of_processor_is_a_name_and_its_instruction_sets():
    assert cpu_type() == cpu_type() and len(cpu_type()) > 8
