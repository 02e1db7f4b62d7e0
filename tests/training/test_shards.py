"""Claims about one member on several cores: the same gradient in parts, the same bits however it is scheduled."""

import time
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.models import LanguageModel
from seedbed.training import Checkpoint, Finished, Progress, TrainingConfig, train_population
from seedbed.training.growth import Growth, Programs
from seedbed.training.program import batch_gradient
from seedbed.training.shards import Layout


@pytest.fixture(scope="module")
def sharded(small):
    """The small population, each member's batch of 4 in two parts."""
    return replace(small.config, training=replace(small.config.training, shards=2))


@pytest.fixture(scope="module")
def grown(small, sharded):
    return small.grown_here(sharded, small.members(1)[0])


def test_the_parts_of_a_gradient_are_the_whole(small, sharded):
    model = LanguageModel(sharded.model, sharded.vocabulary, key=jax.random.key(0))
    cut = Growth(Programs(small.config), small.members(1)[0], "alone").host.batches(1)
    batch = [jnp.asarray(each[0]) for each in cut if each is not None]
    whole, sums = jax.jit(lambda *given: batch_gradient(small.config, *given))(model, *batch)
    part = jax.jit(lambda shard, *given: batch_gradient(sharded, *given, shard=shard))
    parts = [part(jnp.int32(shard), model, *batch) for shard in range(2)]
    for one, first, second in zip(*map(jax.tree.leaves, (whole, parts[0][0], parts[1][0])), strict=True):
        np.testing.assert_allclose(first + second, one, rtol=1e-3, atol=1e-6)
    assert float(parts[0][1].tokens + parts[1][1].tokens) == float(sums.tokens)


def test_a_model_laid_flat_is_the_model_again(sharded):
    layout, model = Layout(sharded), LanguageModel(sharded.model, sharded.vocabulary, key=jax.random.key(0))
    again = layout.model(layout.flat(model))
    assert all((one == other).all() for one, other in zip(*map(jax.tree.leaves, (model, again)), strict=True))
    assert layout.flat(model).shape == (layout.numbers,)


def test_a_member_on_two_processes_learns_as_on_one(small, grown):
    alone = small.grown_here(small.config, small.members(1)[0])
    np.testing.assert_allclose(grown.losses("alone"), alone.losses("alone"), rtol=1e-3)
    (one,), (other,) = grown.of("alone", Finished), alone.of("alone", Finished)
    for name, array in one.weights.items():
        np.testing.assert_allclose(array, other.weights[name], rtol=0, atol=1e-3)


def test_its_time_is_that_of_all_its_processes(small, sharded):
    programs = Programs(sharded)
    growth = Growth(programs, small.members(1)[0], "alone")
    (told,) = [event for event in growth.advance() if isinstance(event, Progress)]
    assert 0 < programs.helper_seconds < told.core_seconds
    before = programs.helper_seconds
    (again,) = [event for event in growth.advance() if isinstance(event, Progress)]
    assert 0 < programs.helper_seconds - before < again.core_seconds


def test_compiling_the_steps_is_in_no_members_time(small, monkeypatch):
    clock, asked, programs = [0.0], [], Programs(small.config)
    taken = programs.steps

    def steps(*given):
        asked.append(int(given[-1]))
        clock[0] += 1.0 if asked[-1] else 100.0
        return taken(*given)

    programs.steps = steps
    monkeypatch.setattr(time, "process_time", lambda: clock[0])
    for member in small.members(2):
        (told,) = [event for event in Growth(programs, member, "one").advance() if isinstance(event, Progress)]
        assert told.core_seconds == 1.0
    assert asked[0] == 0 and all(asked[1:])


def test_its_bits_are_those_of_a_worker_and_of_a_member_that_was_interrupted(small, sharded, grown):
    heard, member = small.heard(), small.members(1)[0]
    (name,) = train_population([(sharded, member)], heard)
    assert heard.hashes[name] == grown.hashes["alone"]
    growth = Growth(Programs(sharded), member, "alone")
    while growth.host.step < 5:
        list(growth.advance())
    saved = growth.checkpoint()
    assert isinstance(saved, Checkpoint)
    assert small.grown_here(sharded, member, resume=saved.arrays).hashes == grown.hashes


def test_shards_that_do_not_divide_the_batch_are_refused():
    with pytest.raises(UsageError, match=r"training\.shards must divide training\.batch of 4, got 3"):
        TrainingConfig(batch=4, shards=3)
