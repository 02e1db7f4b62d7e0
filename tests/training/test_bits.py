"""Claims about bits: a member is the same alone, in company, on any number of workers and cores, and after any end."""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from seedbed.config import InterruptedRunError, SeedbedError, from_plain, to_plain
from seedbed.training import (
    Checkpoint,
    Diverged,
    Evaluated,
    Finished,
    Member,
    PopulationConfig,
    Progress,
    host,
    pool,
    train_population,
)
from seedbed.training.growth import Growth, Programs

ON_LINUX = hasattr(os, "sched_setaffinity")


def hashes_alone(alone):
    return [next(iter(heard.hashes.values())) for heard in alone]


def grow(small, plan, **options):
    heard = small.heard()
    names = train_population([(small.config, member) for member in plan], heard, **options)
    return heard, names


@pytest.fixture(scope="module")
def by_workers(small):
    """Three members grown by one worker and by two: by number, what was heard and the members' names."""
    return {workers: grow(small, small.members(3), workers=workers) for workers in (1, 2)}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_member_is_the_same_alone_and_among_others_on_any_number_of_workers(by_workers, alone, workers):
    heard, names = by_workers[workers]
    assert [heard.hashes[name] for name in names] == hashes_alone(alone)
    for name, own in zip(names, alone, strict=True):
        assert heard.rows(name) == own.rows("alone")
        np.testing.assert_allclose(heard.losses(name), own.losses("alone"), rtol=1e-6)


def test_members_differ_from_each_other(alone):
    assert len(set(hashes_alone(alone))) == 3


@pytest.mark.parametrize("seconds", [0.0, 1e9], ids=["one step a call", "as many as fit"])
def test_where_calls_end_changes_nothing(small, alone, monkeypatch, seconds):
    monkeypatch.setattr(host, "CALL_SECONDS", seconds)
    heard = small.grown_here(small.config, small.members(1)[0])
    assert list(heard.hashes.values()) == hashes_alone(alone)[:1]
    assert heard.rows("alone") == alone[0].rows("alone")
    np.testing.assert_allclose(heard.losses("alone"), alone[0].losses("alone"), rtol=1e-6)


@pytest.mark.parametrize("steps", [1, 7, 29])
def test_a_member_resumed_from_any_step_goes_on_as_if_nothing_had_happened(small, alone, monkeypatch, steps):
    monkeypatch.setattr(host, "CALL_SECONDS", 0.0)
    member, programs, before = small.members(1)[0], Programs(small.config), small.heard()
    growth = Growth(programs, member, "alone")
    while growth.host.step < steps:
        for event in growth.advance():
            before.receive(event)
    saved = growth.checkpoint()
    assert saved.step == steps
    after = small.grown_here(small.config, member, resume=saved.arrays)
    assert list(after.hashes.values()) == hashes_alone(alone)[:1]
    assert before.rows("alone") + after.rows("alone") == alone[0].rows("alone")


@pytest.mark.skipif(not ON_LINUX, reason="this system cannot bind a process to a core")
def test_a_member_is_the_same_where_only_one_core_can_be_seen(small, alone, tmp_path):
    script = tmp_path / "one_core.py"
    script.write_text(
        "import os, json, sys\n"
        "os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})\n"
        "from seedbed.config import from_plain\n"
        "from seedbed.training import *\n"
        "plan = json.loads(sys.argv[1])\n"
        "class Sink:\n"
        "    def receive(self, event):\n"
        "        if isinstance(event, Finished):\n"
        "            print(event.weights_sha256)\n"
        "config = from_plain(PopulationConfig, plan['config'])\n"
        "train_population([(config, from_plain(Member, member)) for member in plan['members']], Sink())\n"
    )
    plan = {"config": to_plain(small.config), "members": [to_plain(member) for member in small.members(2)]}
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(plan)], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.split() == hashes_alone(alone)[:2]


def test_events_come_in_order_and_account_for_every_step(small, by_workers):
    heard, (name, *_) = by_workers[2]
    events = heard.of(name, object)
    kinds = [type(event) for event in events if not isinstance(event, Progress | Checkpoint)]
    tests = [(event.step, event.final) for event in events if isinstance(event, Evaluated)]
    assert kinds[-2:] == [Evaluated, Finished] and Finished not in kinds[:-1]
    assert tests == [(step, False) for step in (1, 2, 4, 8, 12, 24, 30)] + [(30, True)]
    progress = [event for event in events if isinstance(event, Progress)]
    assert [event.step for event in progress] == sorted(event.step for event in progress)
    assert progress[-1].step == 30
    assert sum(event.tokens for event in progress) == 30 * small.config.tokens_per_step
    for before, event in pairwise(events):
        if isinstance(event, Evaluated) and not event.final:
            assert before.step < event.step  # the test of a step comes before the progress to it
        if isinstance(event, Finished):
            assert isinstance(before, Evaluated) and before.final


def test_a_member_asked_for_twice_is_grown_once(small):
    heard, names = grow(small, [*small.members(1), *small.members(1)], layout="stacked")
    assert names[0] == names[1] and len([e for e in heard.events if isinstance(e, Finished)]) == 1


def test_a_stop_saves_every_member_under_way_and_the_rest_is_grown_from_there(small, alone):
    members = small.members(3)
    first = small.heard()
    tested = []
    first.then = lambda event: tested.append(event) if isinstance(event, Evaluated) else None
    with pytest.raises(InterruptedRunError):
        train_population(
            [(small.config, member) for member in members], first, workers=2, should_stop=lambda: len(tested) > 3
        )
    assert {event.member for event in first.events} == first.saved.keys() | first.hashes.keys()
    assert first.saved
    second = small.heard()
    names = train_population(
        [(small.config, member) for member in members], second, workers=2, resume=lambda name: first.saved.get(name)
    )
    assert [second.hashes[name] for name in names] == hashes_alone(alone)


class FullDisk(SeedbedError):
    """What a sink may raise."""


def test_what_the_sink_raises_stops_the_population_once_every_state_was_passed_on(small):
    heard = small.heard()

    def fail(event):
        if isinstance(event, Evaluated) and len([e for e in heard.events if isinstance(e, Evaluated)]) == 4:
            raise FullDisk("no space left")

    heard.then = fail
    config = small.with_steps(4000)
    with pytest.raises(FullDisk, match="no space left"):
        train_population([(config, member) for member in small.members(2)], heard, workers=2)
    started = {event.member for event in heard.events}
    assert started == set(heard.saved)


@pytest.fixture
def started(monkeypatch):
    """Every worker process that the pool starts."""
    processes, start = [], pool._start

    def recorded(core, crew=None):
        worker = start(core, crew)
        processes.append(worker.process)
        return worker

    monkeypatch.setattr(pool, "_start", recorded)
    return processes


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_told_twice(small, alone, started):
    heard = small.heard()

    def kill_once(event):
        if isinstance(event, Evaluated) and event.step == 4 and len(started) == 1:
            os.kill(started[0].pid, signal.SIGKILL)

    heard.then = kill_once
    config, member = small.with_steps(300), small.members(1)[0]
    (name,) = train_population([(config, member)], heard, workers=1)
    assert len(started) == 2
    own = small.grown_here(config, member)
    assert heard.hashes[name] == own.hashes["alone"]
    assert heard.rows(name) == own.rows("alone")


def test_a_member_whose_workers_all_die_is_given_up_with_a_message(small, monkeypatch):
    start = pool._start

    def doomed(core, crew=None):
        worker = start(core, crew)
        worker.process.kill()
        return worker

    monkeypatch.setattr(pool, "_start", doomed)
    with pytest.raises(SeedbedError, match=r"died 3 times \(last exit status -9\).*--workers 1"):
        grow(small, small.members(1), workers=1)


def test_a_member_that_diverges_is_recorded_and_harms_no_neighbour(small, alone):
    plan = small.members(3)
    plan[1] = Member(small.mixture, 1, 11, learning_rate=1e30)
    heard, names = grow(small, plan, workers=2)
    (diverged,) = heard.of(names[1], Diverged)
    assert 1 < diverged.step < 30 and "no longer a number" in diverged.reason
    assert not heard.of(names[1], Finished)
    assert [heard.hashes[names[place]] for place in (0, 2)] == [hashes_alone(alone)[place] for place in (0, 2)]


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_the_step_of_divergence_does_not_depend_on_where_calls_end(small, monkeypatch, seconds):
    monkeypatch.setattr(host, "CALL_SECONDS", seconds)
    heard = small.grown_here(small.config, Member(small.mixture, 1, 11, learning_rate=2e18))
    (diverged,) = heard.of("alone", Diverged)
    assert 1 < diverged.step < 30
    monkeypatch.setattr(host, "CALL_SECONDS", 0.0)
    again = small.grown_here(small.config, Member(small.mixture, 1, 11, learning_rate=2e18))
    assert again.of("alone", Diverged) == [diverged]


def test_weights_that_the_last_step_ruins_are_not_passed_off_as_finished(small):
    config = small.with_steps(1)
    heard = small.grown_here(config, Member(small.mixture, 1, 11, learning_rate=3e38, init_scale=1e30))
    assert [type(event) for event in heard.events][-1] is Diverged


KILLED = """
import json, sys
from pathlib import Path
from safetensors.numpy import load_file, save_file
from seedbed.config import from_plain, InterruptedRunError
from seedbed.training import *

plan, folder, stop_after = json.loads(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
tests = []

class Sink:
    def receive(self, event):
        if isinstance(event, Checkpoint):
            save_file(event.arrays, folder / (event.member + ".safetensors"))
        if isinstance(event, Evaluated):
            tests.append(event.step)
            print("tested", event.step, flush=True)

def resume(name):
    path = folder / (name + ".safetensors")
    return load_file(path) if path.exists() else None

config, member = from_plain(PopulationConfig, plan["config"]), from_plain(Member, plan["member"])
try:
    train_population([(config, member)], Sink(), workers=1, resume=resume, should_stop=lambda: len(tests) >= stop_after)
except InterruptedRunError:
    sys.exit(130)
"""


def children(pid):
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not ON_LINUX, reason="reads /proc")
def test_a_whole_process_killed_leaves_no_worker_behind_and_its_checkpoint_goes_on(small, tmp_path):
    config, member = small.with_steps(3000), small.members(1)[0]
    plan = json.dumps({"config": to_plain(config), "member": to_plain(member)})
    assert from_plain(PopulationConfig, to_plain(config)) == config
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), plan, str(tmp_path)]
    assert subprocess.run([*command, "6"], timeout=300).returncode == 130
    (checkpoint,) = tmp_path.glob("*.safetensors")
    saved_at = int(load_file(checkpoint)["step"])
    assert 0 < saved_at < 3000

    process = subprocess.Popen([*command, "1000000"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    assert int(first.split()[1]) > saved_at  # it went on from the checkpoint
    workers = children(process.pid)
    process.kill()
    process.wait()
    process.stdout.close()
    assert workers
    until = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)

    own = small.grown_here(config, member)
    resumed = small.grown_here(config, member, resume=load_file(checkpoint))
    assert resumed.hashes == own.hashes


def test_a_checkpoint_survives_a_file(small, tmp_path):
    growth = Growth(Programs(small.config), small.members(1)[0], "m")
    for _ in growth.advance():
        pass
    saved = growth.checkpoint()
    assert isinstance(saved, Checkpoint)
    save_file(saved.arrays, tmp_path / "state.safetensors")
    back = load_file(tmp_path / "state.safetensors")
    assert back.keys() == saved.arrays.keys()
    for name, array in saved.arrays.items():
        assert back[name].dtype == array.dtype and back[name].shape == array.shape and (back[name] == array).all()
