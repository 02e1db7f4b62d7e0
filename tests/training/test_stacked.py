"""Claims about the stacked layout: the same events, and weights that agree with members grown alone within rounding."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from seedbed.config import InterruptedRunError, canonical, fingerprint, to_plain
from seedbed.training import Checkpoint, Diverged, Evaluated, Finished, Member, Progress, stacked, train_population
from seedbed.training.pool import Job

# Thirty steps of Adam at 1e-3, whose sums run in another order: the largest difference of a weight was 1.2e-7 where
# this was measured, and a mistake in a seed or a batch makes it 1e-2.
TOLERANCE = 1e-5


def jobs(config, members, resume=lambda name: None):
    return [
        Job(config, member, f"m{place}", lambda place=place: resume(f"m{place}"), fingerprint(canonical(config)))
        for place, member in enumerate(members)
    ]


def final_weights(heard, name):
    (finished,) = heard.of(name, Finished)
    return finished.weights


def assert_close(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_allclose(array, other[name], rtol=0, atol=TOLERANCE)


@pytest.fixture(scope="module")
def together(small):
    heard = small.heard()
    stacked.grow_stacked(jobs(small.config, small.members(3)), heard)
    return heard


def test_weights_agree_with_those_of_members_grown_alone(together, alone):
    for place, own in enumerate(alone):
        assert_close(final_weights(together, f"m{place}"), final_weights(own, "alone"))


def test_tests_ask_the_same_questions_and_scores_agree(together, alone):
    scores = {"log_likelihood", "brier", "answer_probability"}
    for place, own in enumerate(alone):
        rows, expected = together.rows(f"m{place}"), own.rows("alone")
        assert len(rows) == len(expected)
        for row, other in zip(rows, expected, strict=True):
            assert row.keys() == other.keys()
            for name, value in row.items():
                if name in scores:
                    assert value == pytest.approx(other[name], abs=1e-3)
                else:
                    assert value == other[name], name
        np.testing.assert_allclose(together.losses(f"m{place}"), own.losses("alone"), rtol=1e-5)


def test_events_come_in_the_order_of_the_other_layout(together, alone):
    def told(heard, name):
        events = heard.of(name, Evaluated, Finished)
        return [(type(event).__name__, event.step, getattr(event, "final", None)) for event in events]

    for place, own in enumerate(alone):
        name = f"m{place}"
        assert told(together, name) == told(own, "alone")
        progress = together.of(name, Progress)
        assert sum(event.tokens for event in progress) == sum(event.tokens for event in own.of("alone", Progress))
        assert isinstance(together.of(name, object)[-3], Progress)  # then the final test, then the end


def test_members_are_stacked_by_so_many_and_populations_apart(small, together, monkeypatch):
    sizes, build = [], stacked.Stack.__init__

    def counted(self, programs, jobs):
        sizes.append((programs.config.training.steps, len(jobs)))
        build(self, programs, jobs)

    monkeypatch.setattr(stacked.Stack, "__init__", counted)
    heard = small.heard()
    other = [replace(job, name=f"other {job.name}") for job in jobs(small.with_steps(2), small.members(1))]
    stacked.grow_stacked([*jobs(small.config, small.members(3)), *other], heard, most=2)
    assert sizes == [(30, 2), (30, 1), (2, 1)]
    for place in range(3):
        assert_close(final_weights(heard, f"m{place}"), final_weights(together, f"m{place}"))
    assert heard.of("other m0", Finished)[0].step == 2


def test_a_stop_saves_every_member_and_the_rest_is_grown_from_there(small, together):
    first = small.heard()
    with pytest.raises(InterruptedRunError):
        stacked.grow_stacked(jobs(small.config, small.members(3)), first, lambda: len(first.of("m0", Evaluated)) >= 3)
    assert first.saved.keys() == {"m0", "m1", "m2"}
    steps = {event.step for event in first.events if isinstance(event, Checkpoint)}
    assert len(steps) == 1 and 0 < steps.pop() < 30
    second = small.heard()
    stacked.grow_stacked(jobs(small.config, small.members(3), resume=first.saved.get), second)
    for place in range(3):
        name = f"m{place}"
        assert_close(final_weights(second, name), final_weights(together, name))
        saved_at = int(first.saved[name]["step"])
        kept = [row for row in first.rows(name) if row["step"] <= saved_at]
        assert [row["step"] for row in kept + second.rows(name)] == [row["step"] for row in together.rows(name)]


def test_a_checkpoint_of_one_layout_is_the_other_ones_too(small, together):
    """Both hold the same arrays, so a checkpoint says nothing of the layout that wrote it."""
    first = small.heard()
    with pytest.raises(InterruptedRunError):
        stacked.grow_stacked(jobs(small.config, small.members(1)), first, lambda: len(first.events) > 4)
    own = small.grown_here(small.config, small.members(1)[0], resume=first.saved["m0"])
    assert_close(final_weights(own, "alone"), final_weights(together, "m0"))


def test_members_resumed_from_different_steps_and_new_ones_end_alike(small, together):
    saved = {}
    for place, limit in [(0, 5), (1, 9)]:
        heard = small.heard()
        job = jobs(small.config, small.members(3))[place]
        with pytest.raises(InterruptedRunError):
            stacked.grow_stacked([job], heard, lambda heard=heard, limit=limit: len(heard.events) >= limit)
        saved |= heard.saved
    assert len({int(arrays["step"]) for arrays in saved.values()}) == 2
    heard = small.heard()
    stacked.grow_stacked(jobs(small.config, small.members(3), resume=saved.get), heard)
    for place in range(3):
        assert_close(final_weights(heard, f"m{place}"), final_weights(together, f"m{place}"))


def test_a_member_that_diverges_is_recorded_once_and_harms_no_neighbour(small, together):
    plan = small.members(3)
    wild = Member(small.mixture, 1, 11, learning_rate=1e30)
    plan[1] = wild
    heard = small.heard()
    stacked.grow_stacked(jobs(small.config, plan), heard)
    (diverged,) = heard.of("m1", Diverged)
    (by_itself,) = small.grown_here(small.config, wild).of("alone", Diverged)
    assert (diverged.step, diverged.reason) == (by_itself.step, by_itself.reason)
    assert not heard.of("m1", Finished)
    assert max(event.step for event in heard.of("m1", object)) <= diverged.step
    for place in (0, 2):
        for name, array in final_weights(heard, f"m{place}").items():
            assert (array == final_weights(together, f"m{place}")[name]).all()


def test_state_is_saved_now_and_then(small, monkeypatch):
    monkeypatch.setattr(stacked, "CHECKPOINT_SECONDS", 0.0)
    heard = small.heard()
    stacked.grow_stacked(jobs(small.config, small.members(2)), heard)
    saves = [event.step for event in heard.of("m1", Checkpoint)]
    assert saves == sorted(set(saves)) and len(saves) >= 6 and saves[-1] < 30


def test_what_the_sink_raises_is_raised_once_every_state_was_passed_on(small):
    heard = small.heard()

    def fail(event):
        if isinstance(event, Evaluated) and event.step == 8:
            raise OSError("no space left")

    heard.then = fail
    with pytest.raises(OSError, match="no space left"):
        stacked.grow_stacked(jobs(small.config, small.members(2)), heard)
    assert heard.saved.keys() == {"m0", "m1"}
    assert {int(arrays["step"]) for arrays in heard.saved.values()} <= set(range(4, 8))


def test_a_population_can_be_grown_in_this_layout_by_name(small, together):
    heard = small.heard()
    names = train_population([(small.config, member) for member in small.members(2)], heard, layout="stacked")
    for place, name in enumerate(names):
        assert_close(final_weights(heard, name), final_weights(together, f"m{place}"))


SHARDED = """
import json, sys
import jax
from safetensors.numpy import save_file
from seedbed.config import from_plain
from seedbed.training import *

plan = json.loads(sys.argv[1])

class Sink:
    def receive(self, event):
        if isinstance(event, Finished):
            save_file(event.weights, f"{sys.argv[2]}/{event.member}.safetensors")

config = from_plain(PopulationConfig, plan["config"])
members = [from_plain(Member, member) for member in plan["members"]]
names = train_population([(config, member) for member in members], Sink(), layout="stacked")
print(json.dumps({"devices": len(jax.devices()), "names": names}))
"""


@pytest.mark.parametrize(
    ("devices", "shards"),
    [(2, 1), pytest.param(4, 2, marks=pytest.mark.slow), pytest.param(3, 2, marks=pytest.mark.slow)],
)
def test_members_divided_among_devices_agree_too(small, together, tmp_path, devices, shards):
    """Devices made of one processor, three members: a place is filled and never seen. Two devices may share a member;
    three cannot, and take one each.
    """
    from safetensors.numpy import load_file

    script = tmp_path / "sharded.py"
    script.write_text(SHARDED)
    config = replace(small.config, training=replace(small.config.training, shards=shards))
    plan = {"config": to_plain(config), "members": [to_plain(member) for member in small.members(3)]}
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(plan), str(tmp_path)],
        env={**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    told = json.loads(done.stdout)
    assert told["devices"] == devices
    for place, name in enumerate(told["names"]):
        assert_close(load_file(tmp_path / f"{name}.safetensors"), final_weights(together, f"m{place}"))
